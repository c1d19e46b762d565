"""Training by L-BFGS: two loops over the last steps, and a strong-Wolfe line search."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sknn2.checks import check_fields, check_integer
from sknn2.training.line_search import Trial, wolfe_step
from sknn2.training.objective import Objective
from sknn2.training.state import State


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS, on the whole training set in every iteration.

    It chooses its own step lengths, so it has no learning rate and no schedule,
    and takes no mini-batches: ``learning_rate``, ``schedule``, ``batch_size``
    and ``shuffle`` have no effect. An epoch is one of its iterations, which may
    look at the data more than once.

    Parameters
    ----------
    memory : int, default=10
        Pairs of steps and gradients that approximate the curvature.

    References
    ----------
    D. C. Liu and J. Nocedal, On the limited memory BFGS method for large scale
    optimization, Mathematical Programming 45, 1989.
    """

    memory: int = 10

    name: ClassVar[str] = "lbfgs"

    def __post_init__(self) -> None:
        check_fields(self, check_integer, "memory", low=1)


GRADIENT_LIMIT = 1e-10
"""Training ends where no derivative is larger."""


def dot(a: np.ndarray, v: np.ndarray) -> Any:
    """Return ``a v`` in float64, finite wherever float64 holds it.

    Parameters
    ----------
    a : ndarray of shape (p,) or (k, p)
    v : ndarray of shape (p,)
    """
    product: Any = a @ v
    if v.dtype == np.float64:
        return product
    if not (math.isfinite(product) if a.ndim == 1 else np.isfinite(product).all()):
        return a.astype(np.float64) @ v.astype(np.float64)
    return product.astype(np.float64)


class Curvature:
    """The last steps and what they changed in the gradient.

    With ``s`` a step and ``y`` the change of the gradient over it, the pairs
    ``(s, y)`` define an approximation H of the inverse Hessian (Nocedal and
    Wright, Numerical Optimization, algorithm 7.4). The two loops of that
    algorithm are substitutions in triangular systems, here of one equation for
    each pair. So theta is read in products of all pairs at once.

    Parameters
    ----------
    memory : int
        Pairs that are kept.
    theta : ndarray of shape (p,)
        Whose size and dtype they have.
    """

    def __init__(self, memory: int, theta: np.ndarray) -> None:
        # s and y of each pair are neighbours, so that those in use lie together.
        self._rows = np.empty((2 * memory, theta.size), theta.dtype)
        self._SY, self._YY = np.zeros((2, memory, memory))
        self._places: list[int] = []  # of the pairs, the oldest first

    def __len__(self) -> int:
        return len(self._places)

    def clear(self) -> None:
        """Forget all pairs."""
        self._places.clear()

    def add(self, step: np.ndarray, change: np.ndarray) -> None:
        """Keep a pair, in place of the oldest if there are enough.

        Nothing is kept where rounding hides the curvature: H must be positive.

        Parameters
        ----------
        step : ndarray of shape (p,)
            s.
        change : ndarray of shape (p,)
            y.
        """
        size = math.sqrt(dot(step, step)) * math.sqrt(dot(change, change))
        if not dot(step, change) > np.finfo(step.dtype).eps * size:
            return
        full = 2 * len(self) == len(self._rows)
        place = self._places.pop(0) if full else len(self)
        self._places.append(place)
        self._rows[2 * place], self._rows[2 * place + 1] = step, change
        products = dot(self._rows[: 2 * len(self)], change)
        used = slice(len(self))
        self._SY[used, place] = products[::2]
        self._YY[used, place] = self._YY[place, used] = products[1::2]

    def direction(self, gradient: np.ndarray) -> np.ndarray:
        """Return ``-H gradient``.

        Parameters
        ----------
        gradient : ndarray of shape (p,)

        Returns
        -------
        ndarray of shape (p,)
        """
        if not self._places:
            return -gradient
        rows = self._rows[: 2 * len(self)]
        order = np.array(self._places)
        products = dot(rows, gradient)
        Sg, Yg = products[2 * order], products[2 * order + 1]
        R, YY = (A[order][:, order] for A in (self._SY, self._YY))
        inverse = np.linalg.inv(np.triu(R))
        scale = R[-1, -1] / YY[-1, -1]
        # The first loop, from the newest pair to the oldest.
        a = inverse @ Sg
        # The second loop, from the oldest pair to the newest.
        b = (np.diagonal(R) * a - scale * (Yg - YY @ a)) @ inverse
        factors = np.empty(len(rows), rows.dtype)
        factors[2 * order], factors[2 * order + 1] = -b, scale * a
        direction = factors @ rows
        direction -= gradient.dtype.type(scale) * gradient
        return direction


def minimize_lbfgs(
    objective: Objective,
    state: State,
    solver: LBFGS,
    *,
    max_iter: int,
    report: Callable[[], bool],
) -> str:
    """Train by L-BFGS on the whole training set.

    Parameters
    ----------
    objective : Objective
    state : State
        Updated in place. After any exception it is the state after the last
        complete iteration.
    solver : LBFGS
    max_iter : int
        Iterations to run at most.
    report : callable
        Called without arguments after each iteration; a true value stops.

    Returns
    -------
    outcome : {"max_iter", "stopped"}
        ``"stopped"`` also where no step lowers the cost any further.

    Raises
    ------
    FloatingPointError
        If the cost, or the square of its gradient, is not finite at the start.
    """
    steps = Steps(objective, state, solver.memory)
    for iteration in range(max_iter):
        cost = steps.cost
        found = steps.go()
        if not found and iteration > 0:
            return "stopped"
        start, epoch = state.snapshot(), len(state.losses)
        try:
            state.losses.append(cost)
            if found:
                state.parameters.theta[:] = steps.trial.theta
            asked_to_stop = report()
        except BaseException:
            state.restore(start)
            del state.losses[epoch:]
            raise
        if asked_to_stop or not found:
            return "stopped"
    return "max_iter"


class Steps:
    """The steps of L-BFGS from the parameters of a training.

    Parameters
    ----------
    objective : Objective
    state : State
        Read only: the caller moves its parameters to those of ``trial``.
    memory : int
        Pairs that are kept.

    Attributes
    ----------
    cost : float
        At the parameters of the state.
    trial : Parameters
        Where the latest step led.
    """

    def __init__(self, objective: Objective, state: State, memory: int) -> None:
        self.objective, self.state = objective, state
        self.trial = state.parameters.copy()
        self._gradient = self.trial.zeros_like()
        self._trial_gradient = self.trial.zeros_like()
        self._curvature = Curvature(memory, self.trial.theta)
        self.cost = objective.cost_and_gradient(self.trial, self._gradient)
        gradient = self._gradient.theta
        if not (math.isfinite(self.cost) and np.isfinite(dot(gradient, gradient))):
            raise FloatingPointError("The cost is not finite at the start.")
        self._epsilon = float(np.finfo(gradient.dtype).eps)
        self._fall = math.inf
        self._step: np.ndarray | None = None  # the last

    def go(self) -> bool:
        """Go one step; return False if rounding hides any further progress."""
        gradient = self._gradient.theta
        # The same tests as SciPy's.
        tolerance = 4 * self._epsilon * max(abs(self.cost), 1.0)
        if self._fall <= tolerance or np.abs(gradient).max() <= GRADIENT_LIMIT:
            return False
        found = None
        if len(self._curvature):
            direction = self._curvature.direction(gradient)
            found = self._search(direction, 1.0, tolerance)
        if found is None:  # the first step, or a direction that rounding has spoilt
            self._curvature.clear()
            # As long as the step before; 1 at first.
            length = 1.0 if (s := self._step) is None else math.sqrt(dot(s, s))
            first = length / math.sqrt(dot(gradient, gradient))
            found = self._search(-gradient, first, tolerance)
        if found is None:
            return False
        self._step = self.trial.theta - self.state.parameters.theta
        self._fall = self.cost - found.cost
        np.subtract(self._trial_gradient.theta, gradient, out=gradient)
        self._curvature.add(self._step, gradient)
        self._gradient, self._trial_gradient = self._trial_gradient, self._gradient
        self.cost = found.cost
        return True

    def _search(
        self, direction: np.ndarray, first: float, tolerance: float
    ) -> Trial | None:
        """Search along a direction; leave the result in the trial."""
        start, trial = self.state.parameters.theta, self.trial
        gradient = self._trial_gradient
        slope = float(dot(direction, self._gradient.theta))
        if not slope < 0:
            return None

        def evaluate(step: float) -> tuple[float, float]:
            np.multiply(direction, step, out=trial.theta)
            trial.theta += start
            cost = self.objective.cost_and_gradient(trial, gradient)
            if not np.isfinite(dot(gradient.theta, gradient.theta)):
                return math.inf, math.inf
            return cost, float(dot(direction, gradient.theta))

        return wolfe_step(evaluate, self.cost, slope, first, tolerance)
