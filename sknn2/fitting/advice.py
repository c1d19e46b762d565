"""The sentences of the warnings that end a training."""

from collections.abc import Sequence

from sknn2.training.stopping import Patience


def convergence_message(
    losses: Sequence[float],
    max_iter: int,
    patience: Patience,
    what: str = "the cost",
    *,
    advice: str = "Raise max_iter, or learning_rate if the curve falls smoothly",
) -> str:
    """Say what the cost was still doing after ``max_iter`` epochs, and what to do.

    Parameters
    ----------
    losses : sequence of float
        What was watched, the lower the better, epoch by epoch.
    max_iter : int
    patience : Patience
        The one that was not exhausted.
    what : str, default="the cost"
        What to call it.
    advice : str
        What to do where it was still falling.

    Returns
    -------
    str
    """
    span = losses[-patience.n_iter_no_change - 1 :]
    head = f"Training stopped after max_iter={max_iter} epochs "
    tail = (
        " tol=None trains for exactly max_iter epochs and says nothing; a larger tol "
        "calls this converged."
    )
    if len(span) < 2:
        return f"{head}before it could be seen to converge: raise max_iter.{tail}"
    over = f" over the last {len(span) - 1}."
    if span[-1] < span[0]:
        return (
            f"{head}while {what} was still falling, from {span[0]:.4g} to "
            f"{span[-1]:.4g}{over} {advice}.{tail}"
        )
    if max(span) - min(span) <= (patience.tol or 0):
        return (
            f"{head}while {what} hardly moved from {span[-1]:.4g}{over} It may have "
            f"converged: raise max_iter to see, or n_iter_no_change.{tail}"
        )
    return (
        f"{head}while {what} was going up and down, between {min(span):.4g} and "
        f"{max(span):.4g}{over} Lower learning_rate, or take larger batches or a "
        f"schedule that falls.{tail}"
    )


def divergence_message(learning_rate: float | None, column: str | None) -> str:
    """Say that training diverged, and what to do.

    Parameters
    ----------
    learning_rate : float or None
        None for a solver without one.
    column : str or None
        A sentence on the unscaled column that is the likely cause.
    """
    message = (
        "The cost exploded or was not finite: training was stopped, and the last "
        "weights with a good cost are kept."
    )
    if learning_rate is not None:
        message += (
            f" learning_rate={learning_rate:g} is too high here: try "
            f"{learning_rate / 10:g}."
        )
    if column is not None:
        message += f" {column}"
    return message
