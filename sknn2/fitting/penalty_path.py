"""The path of the penalty, with warm starts from one penalty to the next."""

import math
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from sknn2.fitting.callbacks import EpochTasks
from sknn2.fitting.folded_rows import Point
from sknn2.fitting.monitor import Monitor
from sknn2.network.ensemble import EnsembleParameters
from sknn2.training.descent import descend
from sknn2.training.lbfgs import LBFGS, minimize_lbfgs
from sknn2.training.objective import Objective
from sknn2.training.optimizers import Adam
from sknn2.training.state import State
from sknn2.training.stopping import Patience

LEAST_GAIN = 1e-3
"""The path continues while a step lowers the out-of-fold loss by this share."""


SLOW, SLOW_ITER = 3e-3, 5
"""The last training ends when so many iterations lower the cost by less than this
share."""


SLOW_ON_PATH = 1e-2
"""The same share for the trainings on the path: they only have to rank penalties. On
34 tables of mixed columns the accuracy and log loss are those of the smaller share."""


MEMORY = 5
"""Pairs of steps and gradients that L-BFGS keeps. Ten are no better, and on small
tables they take longer."""


def follow_path(
    alphas: Sequence[float],
    visit: Callable[[float, EnsembleParameters], Point],
    start: EnsembleParameters,
) -> list[Point]:
    """Follow the path from the middle up, and down if no larger penalty was better.

    Each direction ends where a step does not lower the out-of-fold loss by a
    thousandth. Up comes first: a strong penalty kills units, and training from
    dead units cannot revive them. So no training starts from a dead net, and
    the path down does not end at one.

    Parameters
    ----------
    alphas : sequence of float
        In ascending order.
    visit : callable
        ``visit(alpha, parameters)`` trains from the given parameters, which it
        leaves as they are.
    start : EnsembleParameters
        New weights, for the middle and after a dead net.

    Returns
    -------
    list of Point
        In the order in which they were tried.
    """
    middle = (len(alphas) - 1) // 2
    points = [visit(alphas[middle], start)]
    for way in (alphas[middle + 1 :], alphas[:middle][::-1]):
        last = points[0]
        for alpha in way:
            points.append(visit(alpha, start if last.is_dead else last.parameters))
            better = points[-1].loss < (1 - LEAST_GAIN) * last.loss
            revivable = points[-1].is_dead and alpha < alphas[middle]
            if not (better or revivable):
                break
            last = points[-1]
        if best_of(points) is not points[0]:
            break
    return points


def best_of(points: Sequence[Point]) -> Point:
    """Return the point of the lowest out-of-fold loss."""
    return min(points, key=lambda point: point.loss)


class Slowness(Patience):
    """Stops training when the cost falls by a small share only.

    Parameters
    ----------
    share : float
        Of the cost, in `SLOW_ITER` iterations.
    """

    def __init__(self, share: float) -> None:
        super().__init__(None, SLOW_ITER)
        self.share = share
        self.costs: deque[float] = deque(maxlen=SLOW_ITER + 1)

    def exhausted(self, value: float) -> bool:
        """Record the cost of one more iteration; return whether to stop."""
        self.costs.append(value)
        fall = self.costs[0] - value
        return len(self.costs) > SLOW_ITER and fall < self.share * value


def train_lbfgs(
    objective: Objective,
    parameters: EnsembleParameters,
    max_iter: int,
    *,
    slow: float,
    verbose: int = 0,
    tasks: EpochTasks | None = None,
) -> int:
    """Minimise the cost of all members by L-BFGS, until it falls slowly.

    Parameters
    ----------
    objective : Objective
    parameters : EnsembleParameters
        Changed in place.
    max_iter : int
    slow : float
        Training ends when `SLOW_ITER` iterations lower the cost by less than this
        share.
    verbose : int, default=0
        Print a line every so many iterations; 0 prints nothing.
    tasks : EpochTasks, default=None
        scikit-learn's callbacks, where any are set.

    Returns
    -------
    int
        Iterations run.
    """
    memory = np.zeros((0, parameters.theta.size), parameters.theta.dtype)
    state = State(parameters, memory, seed=0)
    monitor = Monitor(state, Slowness(slow), max_iter, verbose=verbose, tasks=tasks)
    minimize_lbfgs(objective, state, LBFGS(MEMORY), max_iter=max_iter, report=monitor)
    return len(state.losses)


def train_adam(
    objective: Objective,
    parameters: EnsembleParameters,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    verbose: int = 0,
    tasks: EpochTasks | None = None,
) -> int:
    """Minimise the cost of all members by Adam with a cosine schedule.

    Parameters
    ----------
    objective : Objective
    parameters : EnsembleParameters
        Changed in place.
    epochs, batch_size : int
    learning_rate : float
        The peak, at the start.
    seed : int
        Seed of the order of the rows.
    verbose : int, default=0
        Print a line every so many epochs; 0 prints nothing.
    tasks : EpochTasks, default=None
        scikit-learn's callbacks, where any are set.

    Returns
    -------
    int
        Epochs run.
    """
    adam = Adam()
    state = State(parameters, adam.new_memory(parameters.theta), seed)

    def rate(epoch: int) -> float:
        return learning_rate * (1 + math.cos(math.pi * epoch / epochs)) / 2

    never = Patience(None, epochs)
    descend(
        objective,
        state,
        adam,
        rate=rate,
        batch_size=batch_size,
        shuffle=True,
        max_iter=epochs,
        report=Monitor(state, never, epochs, rate=rate, verbose=verbose, tasks=tasks),
    )
    return len(state.losses)


STRONGEST = 1e12
"""A larger ``alpha / S`` leaves the same constant, and overflows in float32."""


def penalise(objective: Objective, alpha: float) -> None:
    """Set the strength of the penalty."""
    objective.alpha = alpha
    if not objective.decay < STRONGEST:
        objective.alpha = STRONGEST * objective.weight_scale * objective.sum_w
