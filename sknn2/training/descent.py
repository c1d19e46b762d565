"""First-order training: theta is updated batch by batch, epoch by epoch.

Whatever the solver, an epoch ends in one call of ``report``, and ``report``
alone decides whether to go on. A solver leaves a `State`, from which training
can resume as if it had never stopped.
"""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from sknn2.network.parameters import Parameters
from sknn2.training.objective import Objective
from sknn2.training.optimizers import Optimizer
from sknn2.training.state import Snapshot, State


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
        Updated in place. After any exception, Ctrl-C too, it is the state after
        the last complete epoch.
    optimizer : Optimizer
    rate : callable
        ``rate(epoch)`` is the learning rate of that epoch.
    batch_size : int
        Rows for each update. The last batch may be shorter.
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
    # Only one snapshot is kept, because theta may be large: of the start of the last
    # epoch that made a step, which is made again only when the cost of the next start
    # is known.
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
                float(rate(epoch)),  # a NumPy float64 would make float32 arrays float64
                objective.batches(batch_size, shuffle, [state.seed, epoch]),
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
    """Return whether the cost exploded in the last update of the training.

    No later update computes its cost, so it is computed here, on one block of
    rows.

    Parameters
    ----------
    objective, state, batch_size
        As for `descend`.
    """
    rows = slice(0, min(objective.m, batch_size, objective.block))
    J = objective.block_cost(rows, state.parameters)
    return not (state.is_finite() and EXPLODED * (1 + state.losses[0]) >= J)


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
        J = objective.batch_cost_and_gradient(rows, state.parameters, gradient)
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
