"""The messages of the warnings at the end of a training."""

from collections.abc import Callable, Sequence

import numpy as np

from sknn2.training.stopping import Patience


def convergence_message(
    losses: Sequence[float],
    max_iter: int,
    patience: Patience,
    what: str = "the cost",
    *,
    has_rate: bool = True,
) -> str:
    """Return how the cost changed last in ``max_iter`` epochs, and what to do.

    Parameters
    ----------
    losses : sequence of float
        The cost, or minus the validation score, of each epoch.
    max_iter : int
    patience : Patience
        The stopping rule that did not stop training.
    what : str, default="the cost"
        What to call it.
    has_rate : bool, default=True
        Whether the solver has a learning rate that could be raised.

    Returns
    -------
    str
    """
    span = losses[-patience.n_iter_no_change - 1 :]
    head = f"Training stopped after max_iter={max_iter} epochs "
    tail = (
        " tol=None trains for exactly max_iter epochs without this warning; a larger "
        "tol counts this as converged."
    )
    if len(span) < 2:
        return f"{head}too early to see whether it converges: raise max_iter.{tail}"
    advice = "Raise max_iter"
    if has_rate:
        advice += ", or learning_rate if the curve falls smoothly"
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
    advice = "Raise max_iter, or n_iter_no_change"
    if has_rate:
        advice = "Lower learning_rate, or use larger batches or a decreasing schedule"
    return (
        f"{head}while {what} was going up and down, between {min(span):.4g} and "
        f"{max(span):.4g}{over} {advice}.{tail}"
    )


def divergence_message(learning_rate: float | None, column: str | None) -> str:
    """Return the message that training diverged, with what to do.

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


def risen_message(learning_rate: float) -> str:
    """Return the message that the cost ended above its start, with what to do."""
    return (
        "Training stopped where the cost is higher than at the weights that it "
        f"started from: nothing was learnt. learning_rate={learning_rate:g} is too "
        f"high here: try {learning_rate / 10:g}."
    )


UNSCALED = 100.0
"""A column that reaches beyond this counts as unscaled in a message."""


def unscaled_message(
    target: float, columns: np.ndarray, name_column: Callable[[int], str]
) -> str | None:
    """Return a sentence on the largest column that is not scaled, or None.

    Parameters
    ----------
    target : float
        The largest absolute value of a target that is not scaled.
    columns : ndarray of shape (n_features,)
        The largest absolute value of each column.
    name_column : callable
        ``name_column(j)`` is what to call column j.

    Returns
    -------
    str or None
    """
    if target > max(float(columns.max()), UNSCALED):
        return (
            f"The target reaches {target:.3g} and is not scaled: set "
            "standardize=True or scale it before."
        )
    j = int(columns.argmax())
    if columns[j] < UNSCALED:
        return None
    return (
        f"{name_column(j)} of X reaches {columns[j]:.3g} and is not scaled: set "
        "standardize=True or scale it before."
    )
