"""The path of the penalty: members warm started from strength to strength."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from sknn2.callbacks import EpochTasks
from sknn2.data import Rows
from sknn2.evaluation import make_objective, output_Z
from sknn2.lbfgs import minimize_lbfgs
from sknn2.members import MemberParameters, Members
from sknn2.monitoring import Monitor
from sknn2.objective import Objective
from sknn2.optimizers import LBFGS, Adam
from sknn2.parameters import Parameters
from sknn2.standardization import Standardization
from sknn2.stopping import Patience
from sknn2.targets import Targets
from sknn2.training import State, descend

NEGLIGIBLE = 0.01
"""Outputs of a net that differ by less than this between rows count as a constant."""

LEAST_GAIN = 1e-3
"""Share of the out-of-fold loss that a step has to take off for another to follow."""

SLOW, SLOW_ITER = 3e-3, 5
"""L-BFGS ends when so many iterations have taken less than this share off the cost."""

MEMORY = 5
"""Pairs of steps and gradients that L-BFGS keeps. Ten are no better, and on small
tables SciPy takes longer over them than the nets over a gradient."""

SHARPNESS_DEVIATION = 0.2
"""How far the logarithm of the sharpness is thought to be from 0."""


@dataclass(frozen=True)
class Point:
    """A point of the path.

    Parameters
    ----------
    alpha : float
        Strength of the penalty.
    losses : ndarray of shape (K,)
        Out-of-fold loss of each member.
    parameters : MemberParameters
        What they came to.
    is_dead : bool, default=False
        Whether a member came to a constant. Its weights are next to zero, and
        a weaker penalty does not bring them back.
    """

    alpha: float
    losses: np.ndarray
    parameters: MemberParameters
    is_dead: bool = False

    @property
    def loss(self) -> float:
        """Mean over the folds."""
        return float(self.losses.mean())


@dataclass(frozen=True)
class FoldedRows:
    """Rows, the folds they are in, and the nets that are trained on them.

    Parameters
    ----------
    members : Members
        One for each fold.
    targets : Targets
    rows : Rows
        m of them.
    standardization : Standardization or None
    train, test : ndarray of shape (K, m)
        bool: whether member k learns from row i, and whether it is judged by
        it.
    dtype : dtype
        Precision of the products, on columns that were standardised in
        float64.
    """

    members: Members
    targets: Targets
    rows: Rows
    standardization: Standardization | None
    train: np.ndarray
    test: np.ndarray
    dtype: np.dtype[Any]

    def take(self, index: np.ndarray) -> "FoldedRows":
        """Return some of the rows."""
        return replace(
            self,
            rows=self.rows.take(index),
            train=self.train[:, index],
            test=self.test[:, index],
        )

    def objective(self, *, of_all_rows: bool = False) -> Objective:
        """Return the cost of all members, without a penalty yet.

        Parameters
        ----------
        of_all_rows : bool, default=False
            Whether each member learns from all rows, not from those of its
            fold alone.

        Returns
        -------
        Objective
        """
        w = np.ones(self.train.shape) if of_all_rows else self.train.astype(float)
        if self.rows.w is not None:
            w *= self.rows.w
        return make_objective(
            self.members,
            self.targets,
            replace(self.rows, w=w),
            self.standardization,
            0.0,
            self.dtype,
        )

    def held_out_Z(self, parameters: MemberParameters) -> list[np.ndarray]:
        """Return each member's ``Z[2]`` of shape ``(n[2], m_k)`` on its test rows."""
        return [
            output_Z(
                self.members.network,
                parameters.member(k),
                self.standardization,
                self.rows.X[rows],
            )
            for k, rows in enumerate(self.test)
        ]

    def judge(self, alpha: float, parameters: MemberParameters) -> Point:
        """Return what the members do on the rows that they have not seen.

        Parameters
        ----------
        alpha : float
            The penalty with which they were trained.
        parameters : MemberParameters

        Returns
        -------
        Point
            With each member's weighted mean loss.
        """
        losses, is_dead = [], False
        for rows, Z in zip(self.test, self.held_out_Z(parameters), strict=True):
            Y = self.targets.Y(self.rows.targets[rows], Z.dtype)
            w = None
            if self.rows.w is not None:
                # By a power of two, which costs no digits: what is negligible beside
                # other folds is not zero here.
                w = self.rows.w[rows]
                w = np.ldexp(w, -np.frexp(w.max())[1]).astype(Z.dtype)
            sum_w = Y.shape[1] if w is None else float(w.sum(dtype=np.float64))
            losses.append(self.members.loss.cost(Z, Y, w) / sum_w)
            is_dead |= Z.shape[1] > 1 and bool(np.ptp(Z, axis=1).max() < NEGLIGIBLE)
        return Point(alpha, np.array(losses), parameters, is_dead)

    def sharpness(self, parameters: MemberParameters) -> float:
        """Return the factor by which the held-out logits would have done best.

        It is the inverse of a temperature (Guo et al., 2017): the c with the
        least loss of ``c Z[2]``. Few rows say little about it, so ``log c`` is
        held near 0, as if it were normal with a deviation of a fifth.

        Returns
        -------
        float
        """
        Z = np.concatenate(self.held_out_Z(parameters), axis=1, dtype=np.float64)
        rows = np.nonzero(self.test)[1]
        Y = self.targets.Y(self.rows.targets[rows], np.float64)
        w = 1 / self.test.sum(axis=0)[rows]  # one vote a row, in how many folds it is
        if self.rows.w is not None:
            w *= self.rows.w[rows]
        unit = self.rows.weight_scale / self.rows.weight_unit  # w times it are rows

        def cost(log_c: float) -> float:
            prior = (log_c / SHARPNESS_DEVIATION) ** 2 / 2 / unit
            return self.members.loss.cost(math.exp(log_c) * Z, Y, w) + prior

        return math.exp(minimize_scalar(cost, bounds=(-3, 3), method="bounded").x)


def follow_path(
    alphas: Sequence[float],
    visit: Callable[[float, MemberParameters], Point],
    start: MemberParameters,
) -> list[Point]:
    """Walk from the middle of the path up, or down where nothing above was better.

    A way ends where a step does not take a thousandth off the out-of-fold
    loss. Up comes first: a strong penalty kills units, and what starts from
    dead units cannot revive them. So nothing starts from a dead net, and the
    way down does not end at one.

    Parameters
    ----------
    alphas : sequence of float
        In ascending order.
    visit : callable
        ``visit(alpha, parameters)`` trains from the given parameters, which it
        leaves as they are.
    start : MemberParameters
        New weights, for the middle and for what follows a dead net.

    Returns
    -------
    list of Point
        In the order in which they were visited.
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
    """Runs out when the cost falls slowly, as a share of what is left of it."""

    def __init__(self) -> None:
        super().__init__(None, SLOW_ITER)
        self.costs: deque[float] = deque(maxlen=SLOW_ITER + 1)

    def exhausted(self, value: float) -> bool:
        """Take the cost of one more iteration; return whether to stop."""
        self.costs.append(value)
        fall = self.costs[0] - value
        return len(self.costs) > SLOW_ITER and fall < SLOW * value


def train_lbfgs(
    objective: Objective,
    parameters: MemberParameters,
    max_iter: int,
    *,
    verbose: int = 0,
    tasks: EpochTasks | None = None,
) -> int:
    """Bring the cost of all members down by L-BFGS, until it falls slowly.

    Parameters
    ----------
    objective : Objective
    parameters : MemberParameters
        Changed in place.
    max_iter : int
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
    monitor = Monitor(state, Slowness(), max_iter, verbose=verbose, tasks=tasks)
    minimize_lbfgs(objective, state, LBFGS(MEMORY), max_iter=max_iter, report=monitor)
    return len(state.losses)


def train_adam(
    objective: Objective,
    parameters: MemberParameters,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    verbose: int = 0,
    tasks: EpochTasks | None = None,
) -> int:
    """Bring the cost of all members down by Adam under half a cosine.

    Parameters
    ----------
    objective : Objective
    parameters : MemberParameters
        Changed in place.
    epochs, batch_size : int
    learning_rate : float
        The peak, at the start.
    seed : int
        Of the order of the rows.
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


def sharpened(parameters: Parameters, factor: float) -> Parameters:
    """Return the net whose logits are those of the given one times a factor."""
    parameters = parameters.copy()
    parameters.Wb[-1][:] *= factor
    return parameters
