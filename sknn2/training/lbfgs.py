"""Training by SciPy's L-BFGS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.optimize import minimize

from sknn2.checks import check_fields, check_integer
from sknn2.training.objective import Objective
from sknn2.training.state import State


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS of SciPy, on the whole training set in every iteration.

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


def minimize_lbfgs(
    objective: Objective,
    state: "State",
    solver: LBFGS,
    *,
    max_iter: int,
    report: Callable[[], bool],
) -> str:
    """Train by SciPy's L-BFGS on the whole training set.

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
    # SciPy keeps the functions below in a cycle, in which the data must not stay: what
    # holds the data stands in a list that is emptied at the end.
    calls: list[Any] = [objective.cost_and_gradient, report]
    trial = state.parameters.copy()
    gradient = trial.zeros_like()
    costs: list[float] = []  # of every evaluation; the first is the cost at the start

    def cost_and_gradient(theta: np.ndarray) -> tuple[float, np.ndarray]:
        trial.theta[:] = theta  # SciPy works in float64, the products as X is
        costs.append(calls[0](trial, gradient))
        slope = gradient.theta.astype(np.float64)
        # SciPy squares the gradient, and makes NaN of it where that overflows.
        if not (np.isfinite(costs[-1]) and np.isfinite(slope @ slope)):
            if len(costs) == 1:
                raise FloatingPointError("The cost is not finite at the start.")
            # The trial step was too long: a larger cost makes the line search shorten
            # it. It is not much larger, or the step would become too short.
            costs[-1] = 1 + 10 * max(abs(cost) for cost in costs[:-1])
            return costs[-1], np.zeros(theta.size)
        return costs[-1], slope

    before: float | None = None
    asked_to_stop = False

    def finish_epoch(intermediate_result: Any) -> None:
        nonlocal before, asked_to_stop
        start, epoch = state.snapshot(), len(state.losses)
        state.losses.append(costs[0] if before is None else before)
        state.parameters.theta[:] = intermediate_result.x
        try:
            asked_to_stop = calls[1]()
        except BaseException:
            state.restore(start)
            del state.losses[epoch:]
            raise
        before = float(intermediate_result.fun)
        if asked_to_stop:
            raise StopIteration

    try:
        result = minimize(
            cost_and_gradient,
            state.parameters.theta.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=finish_epoch,
            options={
                "maxiter": max_iter,
                "maxfun": 100 * max_iter,
                "maxcor": solver.memory,
                "maxls": 50,
                # report decides when to stop. SciPy only detects that rounding hides
                # any further progress.
                "ftol": 4 * np.finfo(trial.theta.dtype).eps,
                "gtol": 1e-10,
            },
        )
        if before is None:  # at a minimum from the start
            state.losses.append(costs[0])
            report()
            return "stopped"
    finally:
        calls.clear()
    return "stopped" if asked_to_stop or result.nit < max_iter else "max_iter"
