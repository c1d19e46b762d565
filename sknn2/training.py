"""Training: how theta is brought down the cost, epoch by epoch.

Whatever the solver, an epoch ends in one call of ``report``, and ``report``
alone decides whether to go on. What a solver leaves behind is a `State`, which
is enough to go on later as if it had never stopped.
"""

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sknn2.checks import NOT_NEGATIVE, POSITIVE, check_integer, check_real
from sknn2.initializers import alike, alike_message, initialize
from sknn2.inputs import Inputs
from sknn2.lbfgs import minimize_lbfgs
from sknn2.network import Network
from sknn2.objective import Objective
from sknn2.optimizers import LBFGS, OPTIMIZERS, GradientDescent, Optimizer
from sknn2.parameters import Parameters, as_numbers
from sknn2.schedules import SCHEDULES, Constant, Cosine, Schedule
from sknn2.stopping import Patience
from sknn2.threads import quietly

Snapshot = tuple[np.ndarray, np.ndarray, int]
"""Parameters, the optimiser's memory and the number of its steps."""


@dataclass
class State:
    """All that training needs to go on as if it had never stopped.

    Parameters
    ----------
    parameters : Parameters
        Where training stands.
    memory : ndarray of shape (n_moments, p)
        What the optimiser remembers.
    seed : int
        Epoch k shuffles with ``default_rng([seed, k])``: no generator is kept.
    updates : int, default=0
        Steps that the optimiser has made with this memory.
    losses : list of float
        The cost of each epoch so far, so its length is the number of epochs.
    """

    parameters: Parameters
    memory: np.ndarray
    seed: int
    updates: int = 0
    losses: list[float] = field(default_factory=list)

    def snapshot(self, into: Snapshot | None = None) -> Snapshot:
        """Return a copy of what a step changes, in the arrays of an earlier one."""
        if into is None:
            return self.parameters.theta.copy(), self.memory.copy(), self.updates
        theta, memory, _ = into
        theta[:], memory[:] = self.parameters.theta, self.memory
        return theta, memory, self.updates

    def is_finite(self) -> bool:
        """Return whether all parameters are finite numbers."""
        return bool(np.isfinite(self.parameters.theta).all())

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot; the losses stay."""
        self.parameters.theta[:], self.memory[:], self.updates = snapshot


def descend(
    objective: Objective,
    state: State,
    optimizer: Optimizer,
    *,
    rate: Callable[[int], float],
    batch_size: int,
    shuffle: bool,
    max_iter: int,
    report: Callable[[], bool],
) -> str:
    """Train by a first-order optimiser.

    Parameters
    ----------
    objective : Objective
    state : State
        Brought forward in place. Whatever is raised, Ctrl-C among it, it is
        left as it was after the last whole epoch.
    optimizer : Optimizer
    rate : callable
        ``rate(epoch)`` is the learning rate of that epoch.
    batch_size : int
        Rows for each step. A last, shorter batch takes what is left.
    shuffle : bool
        Whether each epoch takes the rows in another order. One batch that
        holds all rows is never shuffled.
    max_iter : int
        Epochs to run at most.
    report : callable
        Called without arguments after each epoch; a true value stops.

    Returns
    -------
    outcome : {"max_iter", "stopped", "diverged"}
        After ``"diverged"`` the state is the last one whose cost was seen to
        be finite and not exploding.

    Raises
    ------
    FloatingPointError
        If the cost is not finite at the very first step.
    """
    gradient = state.parameters.zeros_like()
    chunks = in_chunks(state, gradient)
    # One snapshot is kept, for theta may be large: of the start of the last epoch that
    # made a step, which is made again only when the cost of the next start is known.
    start: Snapshot | None = None
    started = None

    def keep_start() -> None:
        nonlocal start, started
        start = state.snapshot(into=start)
        started = epoch

    end = len(state.losses) + max_iter
    while len(state.losses) < end:
        epoch = len(state.losses)
        try:
            cost, m_seen = run_epoch(
                objective,
                state,
                optimizer,
                gradient,
                chunks,
                float(rate(epoch)),  # a NumPy float64 would take float32 arrays with it
                row_batches(
                    objective.m,
                    batch_size,
                    shuffle,
                    [state.seed, epoch],
                    together=ON_DISK if objective.inputs.on_disk else 1,
                ),
                keep_start,
            )
            if m_seen == 0:
                # The cost was bad at the weights that this epoch started from.
                if start is None:
                    raise FloatingPointError("The cost is not finite at the start.")
                state.restore(start)
                return "diverged"
            assert start is not None  # a step was made
            state.losses.append(cost)
            diverged = m_seen < objective.m
            if diverged:
                state.restore(start)
            asked = report()
            ends = asked or len(state.losses) == end
            if ends and not diverged and has_exploded(objective, state, batch_size):
                state.restore(start)
                diverged = True
        except BaseException:
            if start is not None and started == epoch:
                state.restore(start)
            del state.losses[epoch:]
            raise
        if diverged:
            return "diverged"
        if asked:
            return "stopped"
    return "max_iter"


def has_exploded(objective: Objective, state: State, batch_size: int) -> bool:
    """Return whether the last step of all went too far.

    No later step will see its cost, so it is taken here, of one block of rows.

    Parameters
    ----------
    objective, state, batch_size
        As for `descend`.
    """
    rows = slice(0, min(objective.m, batch_size, objective.block))
    J = objective.block_cost(rows, state.parameters)
    return not (state.is_finite() and EXPLODED * (1 + state.losses[0]) >= J)


ON_DISK = 4096
"""Rows of a memory map that are shuffled among themselves: a seek for each row would
take longer than the training."""

EXPLODED = 1e8
"""Training has diverged when J > EXPLODED (1 + J_first)."""


CHUNK = 2**16
"""Parameters that an optimiser steps at a time: what it needs stays in cache."""


def in_chunks(
    state: State, gradient: Parameters
) -> list[tuple[slice, np.ndarray, np.ndarray, np.ndarray]]:
    """Return views of theta, its gradient and the memory, and which part they are.

    Parameters
    ----------
    state : State
    gradient : Parameters
    """
    theta = state.parameters.theta
    chunks = (slice(k, k + CHUNK) for k in range(0, theta.size, CHUNK))
    return [
        (chunk, theta[chunk], gradient.theta[chunk], state.memory[:, chunk])
        for chunk in chunks
    ]


def run_epoch(
    objective: Objective,
    state: State,
    optimizer: Optimizer,
    gradient: Parameters,
    chunks: Sequence[tuple[slice, np.ndarray, np.ndarray, np.ndarray]],
    rate: float,
    batches: Iterable[tuple[slice | np.ndarray, int]],
    keep_start: Callable[[], None],
) -> tuple[float, int]:
    """Take one step for each batch, until the cost is not finite or explodes.

    Parameters
    ----------
    objective, state, optimizer
        As for `descend`.
    gradient : Parameters
        Overwritten.
    chunks : sequence of tuple
        From `in_chunks`.
    rate : float
        Learning rate.
    batches : iterable of (slice or ndarray of int, int)
        Rows of each batch and how many they are.
    keep_start : callable
        Called without arguments before the first step, if its cost is good.

    Returns
    -------
    cost : float
        Mean over the rows seen of the cost before each step, penalty included.
    m_seen : int
        Rows seen: all, unless the cost was not finite or exploded.
    """
    theta = state.parameters.theta
    total, m_seen = 0.0, 0
    bound = EXPLODED * (1 + state.losses[0]) if state.losses else math.inf
    for rows, m in batches:
        J = objective.batch(rows, state.parameters, gradient)
        penalty_cost, penalty_gradient = objective.penalty(theta)
        J += penalty_cost
        if not math.isfinite(EXPLODED * J) or bound < J:  # so that sums of J are finite
            break
        if bound == math.inf:
            bound = EXPLODED * (1 + J)
        if m_seen == 0:
            keep_start()
        total += m * J
        m_seen += m
        state.updates += 1
        for chunk, theta_chunk, g, memory in chunks:
            penalty = None if penalty_gradient is None else penalty_gradient[chunk]
            optimizer.update(theta_chunk, g, memory, state.updates, rate, penalty)
    return total / max(m_seen, 1), m_seen


def row_batches(
    m: int, batch_size: int, shuffle: bool, seed: Sequence[int], *, together: int = 1
) -> Iterator[tuple[slice | np.ndarray, int]]:
    """Yield the rows of each batch of an epoch, and how many they are.

    Parameters
    ----------
    m : int
        Rows in all.
    batch_size : int
    shuffle : bool
    seed : sequence of int
        Seed of the order.
    together : int, default=1
        Rows that lie together and stay together: they are shuffled among
        themselves, and as wholes. For data on a disk.

    Yields
    ------
    rows : slice or ndarray of int
    m : int
    """
    if batch_size >= m:
        yield slice(0, m), m
        return
    order = None
    if shuffle:
        rng = np.random.default_rng(seed)
        starts = together * rng.permutation(-(-m // together))
        order = starts
        if together > 1:
            parts = (np.arange(s, min(s + together, m)) for s in starts)
            order = np.concatenate([rng.permutation(part) for part in parts])
    for start in range(0, m, batch_size):
        rows = slice(start, min(start + batch_size, m))
        yield (rows if order is None else order[rows]), rows.stop - rows.start


@dataclass(frozen=True)
class TrainingResult:
    """What `train` returns.

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
        Where to start; they are not changed. None draws
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
        Examples for each step; None and ``"full"`` take all of them.
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
        Of the order, and of the initial weights if none are given.

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
        raise TypeError(f"shuffle must be True or False. Got {shuffle!r} instead.")
    X = as_numbers("X", X)
    if parameters is None:
        dtype = X.dtype if X.dtype == np.float32 else np.float64
        parameters = initialize(network.units, "xavier", int(seed), dtype)
    # For its errors. The solver finds out about a cost that is not finite.
    quietly(lambda: network.cost(X, Y, parameters, w, alpha))
    before = alike(parameters)
    theta = parameters.copy()
    dtype = theta.theta.dtype
    objective = Objective(
        network,
        Inputs(X.T, dtype=dtype),
        np.asarray(Y, dtype),
        None if w is None else np.asarray(w, dtype),
        alpha,
    )
    size: Any = objective.m if batch_size in (None, "full") else batch_size
    patience = Patience(tol, n_iter_no_change)
    state = State(theta, np.zeros((0, theta.theta.size), dtype), int(seed))

    def report() -> bool:
        return patience.exhausted(state.losses[-1])

    def solve() -> str:
        if isinstance(solver, LBFGS):
            return minimize_lbfgs(
                objective, state, solver, max_iter=max_iter, report=report
            )
        state.memory = solver.new_memory(theta.theta)
        return descend(
            objective,
            state,
            solver,
            rate=lambda epoch: rate * factor(epoch, state.losses, epoch / max_iter),
            batch_size=size,
            shuffle=shuffle,
            max_iter=max_iter,
            report=report,
        )

    outcome = quietly(solve)
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
    """Return the optimiser, the learning rate and the schedule that are meant.

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
        raise TypeError(f"network must be a Network. Got {network!r} instead.")
    solver: Optimizer | LBFGS = find(
        "optimizer", optimizer, OPTIMIZERS, (Optimizer, LBFGS)
    )
    factor: Schedule = find(
        "schedule", schedule, {**SCHEDULES, "auto": Cosine()}, (Schedule,)
    )
    if isinstance(learning_rate, str) and learning_rate == "auto":
        learning_rate = 1.0  # L-BFGS has none
        if isinstance(solver, Optimizer):
            hidden = max(1, len(network.units) - 2)
            learning_rate = solver.default_learning_rate / hidden
    check_real("learning_rate", learning_rate, **POSITIVE)
    return solver, float(learning_rate), factor


def find(
    name: str, value: Any, known: Mapping[str, Any], kinds: tuple[type, ...]
) -> Any:
    """Return the object of a known name, or the one that was given.

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
        f"{objects}. Got {value!r} instead."
    )
