"""Training of a network without an estimator."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sknn2.checks import NOT_NEGATIVE, POSITIVE, check_integer, check_real, got
from sknn2.inputs.blas_threads import quietly
from sknn2.inputs.reader import InputReader
from sknn2.network.array_checks import check_inputs, check_targets
from sknn2.network.initializers import alike, alike_message, initialize
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters, as_numbers
from sknn2.training.lbfgs import LBFGS
from sknn2.training.objective import Objective
from sknn2.training.optimizers import GradientDescent, Optimizer
from sknn2.training.schedules import SCHEDULES, Constant, Cosine, Schedule
from sknn2.training.solvers import SOLVERS, new_memory, solve
from sknn2.training.state import State
from sknn2.training.stopping import Patience


@dataclass(frozen=True)
class TrainingResult:
    """Result of `train`.

    Parameters
    ----------
    parameters : Parameters
        The trained parameters.
    losses : ndarray of shape (n_epochs,)
        The cost before the update of each epoch; for mini-batches the mean
        over the batches, each before its own update.
    outcome : {"max_iter", "stopped", "diverged"}
        Why training ended.
    """

    parameters: Parameters
    losses: np.ndarray
    outcome: str


def train(
    network: Network,
    X: np.ndarray,
    Y: np.ndarray,
    parameters: Parameters | None = None,
    *,
    w: np.ndarray | None = None,
    optimizer: str | Optimizer | LBFGS = GradientDescent(),
    learning_rate: float | str = 0.1,
    schedule: str | Schedule = Constant(),
    batch_size: int | str | None = None,
    alpha: float = 0.0,
    max_iter: int = 1000,
    tol: float | None = None,
    n_iter_no_change: int = 10,
    shuffle: bool = True,
    seed: int = 0,
) -> TrainingResult:
    """Train a network on ``(features, examples)`` arrays, without an estimator.

    Parameters
    ----------
    network : Network
    X : ndarray of shape (n[0], m)
        One column per example.
    Y : ndarray of shape (n[L], m)
        As for `Network.cost`: a row of 0 and 1 for two classes, one-hot
        columns for more.
    parameters : Parameters, default=None
        Initial parameters; they are not changed. None draws
        ``initialize(network.units, "xavier", seed)``.
    w : ndarray of shape (m,), default=None
        Weights of the examples, at least 0; None means ones.
    optimizer : {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", \
            "lbfgs"} or object, default=GradientDescent()
        L-BFGS takes all examples at once, and no learning rate or schedule.
    learning_rate : float or "auto", default=0.1
        ``"auto"`` is that of a classifier: the default of the optimiser,
        divided by the number of hidden layers.
    schedule : str or Schedule, default=Constant()
        Factor on the learning rate, epoch by epoch; the names are those of the
        estimators, e.g. ``"cosine"``, and ``"auto"`` is ``"cosine"``.
    batch_size : int or "full", default=None
        Examples for each update; None and ``"full"`` take all of them.
    alpha : float, default=0
        Strength of the penalty, often written lambda.
    max_iter : int, default=1000
        Epochs.
    tol : float, default=None
        Stop when ``n_iter_no_change`` epochs in a row have not brought the
        cost at least ``tol`` below the lowest before. None runs ``max_iter``
        epochs.
    n_iter_no_change : int, default=10
    shuffle : bool, default=True
        Whether each epoch takes mini-batches in another order.
    seed : int, default=0
        Seed of the order, and of the initial weights if none are given.

    Returns
    -------
    TrainingResult

    Raises
    ------
    ValueError, TypeError
        If an argument has a value or type that it cannot have, or a shape does
        not fit; the message names it.
    FloatingPointError
        If the cost is not finite at the start.

    Warns
    -----
    UserWarning
        If hidden units started with equal weights and are equal at the end.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn2 import Network, train
    >>> X = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]])
    >>> Y = np.array([[0.0, 1, 1, 0]])
    >>> network = Network((2, 4, 1))
    >>> result = train(network, X, Y, learning_rate=1.0, max_iter=1000)
    >>> A, _ = network.forward(X, result.parameters)
    >>> A.round()
    array([[0., 1., 1., 0.]])
    """
    solver, rate, factor = resolve_training(network, optimizer, learning_rate, schedule)
    if batch_size is not None and batch_size != "full":
        check_integer("batch_size", batch_size, low=1)
    if tol is not None:
        check_real("tol", tol, **NOT_NEGATIVE)
    for name, value, low in (
        ("max_iter", max_iter, 1),
        ("n_iter_no_change", n_iter_no_change, 1),
        ("seed", seed, 0),
    ):
        check_integer(name, value, low=low)
    if not isinstance(shuffle, (bool, np.bool_)):
        raise TypeError(f"shuffle must be True or False. Got {got(shuffle)} instead.")
    X = as_numbers("X", X)
    if parameters is None:
        dtype = X.dtype if X.dtype == np.float32 else np.float64
        parameters = initialize(network.units, "xavier", int(seed), dtype)
    check_real("alpha", alpha, **NOT_NEGATIVE)
    m = check_inputs(X, parameters, network.units).shape[1]
    dtype = parameters.theta.dtype
    Y, w = check_targets(Y, w, (network.units[-1], m), network.loss, dtype)
    before = alike(parameters)
    theta = parameters.copy()
    objective = Objective(
        network,
        InputReader(X.T, dtype=dtype),
        Y,
        w,
        alpha,
    )
    size: Any = objective.m if batch_size in (None, "full") else batch_size
    patience = Patience(tol, n_iter_no_change)
    state = State(theta, new_memory(solver, theta.theta), int(seed))

    def run() -> str:
        return solve(
            objective,
            state,
            solver,
            rate=lambda epoch: rate * factor(epoch, state.losses, epoch / max_iter),
            batch_size=size,
            shuffle=shuffle,
            max_iter=max_iter,
            report=lambda: patience.exhausted(state.losses[-1]),
        )

    outcome = quietly(run)
    message = alike_message(theta, before)
    if message is not None:
        warnings.warn(message, UserWarning, stacklevel=2)
    return TrainingResult(theta, np.array(state.losses), outcome)


def resolve_training(
    network: Network,
    optimizer: str | Optimizer | LBFGS,
    learning_rate: float | str,
    schedule: str | Schedule,
) -> tuple[Optimizer | LBFGS, float, Schedule]:
    """Return the optimiser, the learning rate and the schedule as objects and number.

    Parameters
    ----------
    network : Network
    optimizer, learning_rate, schedule
        As for `train`.

    Raises
    ------
    ValueError, TypeError
        If one of them is none; the message names it.
    """
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network. Got {got(network)} instead.")
    solver: Optimizer | LBFGS = find(
        "optimizer", optimizer, SOLVERS, (Optimizer, LBFGS)
    )
    factor: Schedule = find(
        "schedule", schedule, {**SCHEDULES, "auto": Cosine()}, (Schedule,)
    )
    if isinstance(learning_rate, str) and learning_rate == "auto":
        learning_rate = 1.0  # L-BFGS has none
        if isinstance(solver, Optimizer):
            learning_rate = solver.auto_learning_rate(
                len(network.units) - 2, regression=False
            )
    check_real("learning_rate", learning_rate, **POSITIVE)
    return solver, float(learning_rate), factor


def find(
    name: str, value: Any, known: Mapping[str, Any], kinds: tuple[type, ...]
) -> Any:
    """Return the object of a known name, or the given object.

    Parameters
    ----------
    name : str
        The argument, for the message.
    value : str or object
    known : mapping from str to object
    kinds : tuple of type
        What an object may be.
    """
    if isinstance(value, kinds):
        return value
    if isinstance(value, str) and value in known:
        return known[value]
    objects = " or ".join(kind.__name__ for kind in kinds)
    raise (ValueError if isinstance(value, str) else TypeError)(
        f"{name} must be one of {', '.join(map(repr, known))}, or an instance of "
        f"{objects}. Got {got(value)} instead."
    )
