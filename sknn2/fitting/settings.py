"""Convert the arguments of a constructor to the objects that training uses."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import is_regressor
from sklearn.metrics import check_scoring, get_scorer, get_scorer_names

from sknn2.checks import (
    FINITE,
    IN_BETWEEN,
    LARGEST_LAYER,
    NOT_NEGATIVE,
    POSITIVE,
    check_real,
    got,
)
from sknn2.data.argument_checks import Arguments
from sknn2.data.rows import Rows
from sknn2.names import InitName
from sknn2.network.activations import ACTIVATIONS, Activation, find_activation
from sknn2.network.initializers import INITIALIZERS
from sknn2.network.parameters import Parameters, check_shapes
from sknn2.training.lbfgs import LBFGS
from sknn2.training.optimizers import Optimizer
from sknn2.training.schedules import SCHEDULES, Constant, Cosine, Schedule
from sknn2.training.solvers import SOLVERS
from sknn2.training.state import State


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
    init: InitName | Parameters
    scorer: Callable[..., float] | None


LIKE_RELU = ("relu", "leaky_relu", "elu", "silu", "gelu")
"""Activations that let about half of the variance through: they start from he."""


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
        solver = SOLVERS[solver]
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
        init = "he" if activation.name in LIKE_RELU else "xavier"
    scoring = estimator.scoring
    by_loss = isinstance(scoring, str) and scoring == "loss"
    scorer = None if by_loss else get_scorer(scoring)
    return Settings(activation, solver, learning_rate, schedule, init, scorer)


def check_shared(estimator: Any) -> None:
    """Check the arguments that all estimators share; see `resolve`."""
    check = Arguments(estimator)
    check.choice("activation", ACTIVATIONS, (Activation,))
    check.choice("solver", SOLVERS, (Optimizer, LBFGS))
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
    if callable(estimator.scoring):
        check_callable_scorer(estimator)
    else:
        check.choice("scoring", ("loss", *get_scorer_names()))
    check.boolean("warm_start")
    check.boolean("shuffle")
    if estimator.n_jobs is not None:
        check.nonzero_integer("n_jobs")
    check.flag_or_count("verbose")
    check.seed("random_state")


def check_init(estimator: str, init: Parameters, units: tuple[int, ...]) -> None:
    """Raise a ValueError for initial parameters that do not fit the network.

    Parameters
    ----------
    estimator : str
        Name of its class.
    init : Parameters
    units : tuple of int
        Of the network.
    """
    name = f"The 'init' parameter of {estimator}"
    if not np.isfinite(init.theta).all():
        raise ValueError(f"{name} holds NaN or infinity.")
    try:
        check_shapes(init.W[1:], init.b[1:], units)
    except ValueError as error:
        raise ValueError(f"{name} is not of this network: {error}") from None


def check_callable_scorer(estimator: Any) -> None:
    """Raise an error for a callable that cannot be called as a scorer."""
    scoring: Any = estimator.scoring
    try:
        callable_so = not isinstance(scoring, type)
        inspect.signature(scoring).bind(estimator, None, None)
    except TypeError:
        callable_so = False
    except ValueError:  # compiled, without a signature
        pass
    check_scoring(estimator, scoring)  # says how to make a scorer of a metric
    if not callable_so:
        raise TypeError(
            f"The 'scoring' parameter of {type(estimator).__name__} must be called as "
            f"scoring(estimator, X, y). {got(scoring)}"
        )


def ask_scorer(
    scorer: Callable[..., float],
    model: Any,
    held: Rows,
) -> float:
    """Return the score of a model on the validation set.

    Parameters
    ----------
    scorer : callable
        As scikit-learn has them: ``scorer(model, X, y)``, the higher the better.
    model : NeuralNetwork
        Fitted.
    held : Rows
        The validation set.

    Returns
    -------
    float

    Raises
    ------
    TypeError
        If there are weights that the scorer does not take, or it does not
        return a number.
    ValueError
        If it returns NaN or infinity.
    """
    name = f"scoring={model.scoring!r}"
    given = held.sample_weight
    weights = {} if given is None else {"sample_weight": given}
    try:
        score: Any = scorer(model, held.X, held.y, **weights)
    except TypeError as error:
        if given is None or "sample_weight" not in str(error):
            raise
        raise TypeError(
            f"{name} does not take sample_weight, and the rows of the validation set "
            "have weights: take a scorer that does, e.g. scoring='loss', or give no "
            "weights to those rows."
        ) from error
    if isinstance(score, np.ndarray) and score.ndim == 0:
        score = score.item()
    if not isinstance(score, Real):
        raise TypeError(
            f"{name} must return a number for the validation set. {got(score)}"
        )
    if not math.isfinite(score):
        raise ValueError(
            f"{name} gave {'NaN' if math.isnan(score) else score} on the validation "
            "set: it cannot say which epoch is the best. Take another scorer, or a "
            "validation set on which it is defined."
        )
    return float(score)


def check_cv_arguments(estimator: Any) -> None:
    """Raise an error for an argument that cannot be used; it names it."""
    check = Arguments(estimator)
    check.integer("hidden_units", low=1, high=LARGEST_LAYER)
    if isinstance(estimator.alphas, str):
        check.name_or_number("alphas", ("auto",), "real", interval="positive numbers")
    else:
        alphas = np.ravel(np.asarray(estimator.alphas, object))
        if alphas.size == 0:
            raise ValueError(
                f"The 'alphas' parameter of {type(estimator).__name__} is empty: give "
                "at least one positive number, or 'auto'."
            )
        for alpha in alphas.tolist():
            check_real(
                f"Each of the 'alphas' of {type(estimator).__name__}", alpha, **POSITIVE
            )
    if isinstance(estimator.cv, Integral):
        check.integer("cv", low=2)
    check.choice("activation", ACTIVATIONS, (Activation,))
    check.boolean("standardize")
    check.integer("max_iter", low=1)
    check.boolean("keep_oof")
    check.flag_or_count("verbose")
    check.seed("random_state")


class Rates:
    """The learning rate of each epoch: the peak rate times the schedule's factor.

    Parameters
    ----------
    settings : Settings
    state : State
    n_epochs : int
        Epochs of this call at most.
    one_pass : bool
        Whether the number of epochs is not known, as in ``partial_fit``.
    """

    def __init__(
        self, settings: Settings, state: State, n_epochs: int, one_pass: bool
    ) -> None:
        self.settings, self.losses = settings, state.losses
        self.first, self.n_epochs = len(state.losses), n_epochs
        self.one_pass = one_pass

    def __call__(self, epoch: int) -> float:
        """Return the learning rate of an epoch."""
        assert self.settings.learning_rate is not None  # else there is no rate
        progress = (epoch - self.first) / self.n_epochs
        schedule = self.settings.schedule
        factor = schedule(
            epoch, self.losses[:epoch], None if self.one_pass else progress
        )
        name = f"What schedule={schedule!r} returns for epoch {epoch}"
        check_real(name, factor, **FINITE)
        return self.settings.learning_rate * float(factor)
