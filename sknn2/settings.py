"""From the arguments of a constructor to the objects that training works with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sklearn.base import is_regressor
from sklearn.metrics import get_scorer, get_scorer_names

from sknn2.activations import ACTIVATIONS, Activation
from sknn2.checks import IN_BETWEEN, NOT_NEGATIVE, POSITIVE, Arguments
from sknn2.initializers import INITIALIZERS
from sknn2.network import find_activation
from sknn2.optimizers import LBFGS, OPTIMIZERS, Optimizer
from sknn2.parameters import Parameters
from sknn2.schedules import SCHEDULES, Constant, Cosine, Schedule


@dataclass(frozen=True)
class Settings:
    """Arguments of an estimator, checked, with names and ``"auto"`` resolved.

    Parameters
    ----------
    activation : Activation
    solver : Optimizer or LBFGS
    learning_rate : float or None
        None for L-BFGS.
    schedule : Schedule
    init : str or Parameters
    scorer : callable or None
        None scores by the loss.
    """

    activation: Activation
    solver: Optimizer | LBFGS
    learning_rate: float | None
    schedule: Schedule
    init: str | Parameters
    scorer: Callable[..., float] | None


def resolve(
    estimator: Any, hidden_layers: tuple[int, ...] = (), *, has_horizon: bool = True
) -> Settings:
    """Check the arguments that all estimators share and resolve them.

    Parameters
    ----------
    estimator : estimator
    hidden_layers : tuple of int, default=()
        ``(n[1], ..., n[L-1])``.
    has_horizon : bool, default=True
        False for ``partial_fit``, where ``schedule="auto"`` is constant.

    Returns
    -------
    Settings

    Raises
    ------
    TypeError, ValueError
        Where an argument has a wrong type or value; the message names the
        argument, what it must be, and what it is.
    """
    check_shared(estimator)
    activation = find_activation(estimator.activation)
    solver = estimator.solver
    if isinstance(solver, str):
        solver = OPTIMIZERS[solver]
    learning_rate = None
    if isinstance(solver, Optimizer):
        given = estimator.learning_rate
        learning_rate = (
            solver.auto_learning_rate(
                len(hidden_layers), regression=is_regressor(estimator)
            )
            if isinstance(given, str)
            else float(given)
        )
    schedule = estimator.schedule
    if isinstance(schedule, str) and schedule == "auto":
        schedule = Cosine() if has_horizon else Constant()
    elif isinstance(schedule, str):
        schedule = SCHEDULES[schedule]
    init = estimator.init
    if isinstance(init, str) and init == "auto":
        init = "he" if activation.name in ("relu", "leaky_relu") else "xavier"
    scoring = estimator.scoring
    by_loss = isinstance(scoring, str) and scoring == "loss"
    scorer = None if by_loss else get_scorer(scoring)
    return Settings(activation, solver, learning_rate, schedule, init, scorer)


def check_shared(estimator: Any) -> None:
    """Check the arguments that all estimators share; see `resolve`."""
    check = Arguments(estimator)
    check.choice("activation", ACTIVATIONS, (Activation,))
    check.choice("solver", OPTIMIZERS, (Optimizer, LBFGS))
    check.name_or_number("learning_rate", ("auto",), "real", **POSITIVE)
    check.choice("schedule", ("auto", *SCHEDULES), (Schedule,))
    check.name_or_number("batch_size", ("auto", "full"), "integer", low=1)
    check.name_or_number("alpha", ("auto",), "real", **NOT_NEGATIVE)
    check.boolean("standardize")
    check.choice("init", ("auto", *INITIALIZERS), (Parameters,))
    check.name_or_number("max_iter", ("auto",), "integer", low=1)
    if estimator.tol is not None:
        check.real("tol", **NOT_NEGATIVE)
    check.integer("n_iter_no_change", low=1)
    if isinstance(estimator.early_stopping, str):
        check.name_or_number(
            "early_stopping", ("auto",), "boolean", interval="True or False"
        )
    else:
        check.boolean("early_stopping")
    check.real("validation_fraction", **IN_BETWEEN)
    if not callable(estimator.scoring):
        check.choice("scoring", ("loss", *get_scorer_names()))
    check.boolean("warm_start")
    check.boolean("shuffle")
    if estimator.n_jobs is not None:
        check.nonzero_integer("n_jobs")
    if not isinstance(estimator.verbose, bool):
        check.integer("verbose", low=0)
