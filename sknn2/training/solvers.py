"""The solvers by name, and the one place that knows both kinds of them."""

from collections.abc import Callable

import numpy as np

from sknn2.training.descent import descend
from sknn2.training.lbfgs import LBFGS, minimize_lbfgs
from sknn2.training.objective import Objective
from sknn2.training.optimizers import (
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
)
from sknn2.training.state import State

SOLVERS: dict[str, Optimizer | LBFGS] = {
    optimizer.name: optimizer
    for optimizer in (
        GradientDescent(),
        Momentum(),
        Nesterov(),
        RMSProp(),
        Adam(),
        AdamW(),
        LBFGS(),
    )
}


def new_memory(solver: Optimizer | LBFGS, theta: np.ndarray) -> np.ndarray:
    """Return what a solver remembers before its first step.

    Parameters
    ----------
    solver : Optimizer or LBFGS
    theta : ndarray of shape (p,)

    Returns
    -------
    ndarray of shape (n_moments, p)
        Without rows for L-BFGS, which starts afresh each time.
    """
    if isinstance(solver, LBFGS):
        return np.zeros((0, theta.size), theta.dtype)
    return solver.new_memory(theta)


def solve(
    objective: Objective,
    state: State,
    solver: Optimizer | LBFGS,
    *,
    rate: Callable[[int], float],
    batch_size: int,
    shuffle: bool,
    max_iter: int,
    report: Callable[[], bool],
) -> str:
    """Train by a solver of either kind.

    Parameters
    ----------
    objective, state
        As for `descend` and `minimize_lbfgs`.
    solver : Optimizer or LBFGS
    rate, batch_size, shuffle
        As for `descend`; L-BFGS does not use them.
    max_iter, report
        As for `descend` and `minimize_lbfgs`.

    Returns
    -------
    outcome : {"max_iter", "stopped", "diverged"}
    """
    if isinstance(solver, LBFGS):
        return minimize_lbfgs(
            objective, state, solver, max_iter=max_iter, report=report
        )
    return descend(
        objective,
        state,
        solver,
        rate=rate,
        batch_size=batch_size,
        shuffle=shuffle,
        max_iter=max_iter,
        report=report,
    )
