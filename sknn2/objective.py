"""The cost over a training set, summed over blocks of examples."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np

from sknn2.inputs import Inputs
from sknn2.network import Network
from sknn2.parameters import Parameters, Workspace

BLOCK = 2048
"""Examples that pass through the network at once: their activations stay in cache."""


class Objective:
    """``J = (sum_i w_i loss_i + alpha/2 sum_l ||W[l]||^2) / S`` over a training set.

    Parameters
    ----------
    network : Network
    inputs : Inputs
        The m rows of ``[X; 1]``.
    Y : ndarray of shape (n[L], m)
    w : ndarray of shape (m,), default=None
        Weights of the examples; None means ones.
    alpha : float, default=0
        Strength of the penalty.
    weight_scale : float, default=1
        What the weights were divided by: ``S = weight_scale * sum_i w_i``.

    Attributes
    ----------
    m : int
        Examples.
    pool : concurrent.futures.Executor or None
        Threads that help with the blocks; None works alone.
    n_jobs : int
        Blocks that are computed at a time, 1 without a pool.
    """

    pool: Any  # with one place there is nothing for it to do

    def __init__(
        self,
        network: Network,
        inputs: Inputs,
        Y: np.ndarray,
        w: np.ndarray | None = None,
        alpha: float = 0.0,
        weight_scale: float = 1.0,
    ) -> None:
        self.network, self.inputs, self.w = network, inputs, w
        self.Y = np.ascontiguousarray(Y)  # np.take would copy all of it each time
        self.m: int = inputs.m
        self.sum_w = self.m if w is None else float(w.sum(dtype=np.float64))
        self.decay = alpha / self.sum_w / weight_scale
        self._mask = Parameters(network.units, dtype=inputs.dtype).weight_mask()
        self.use(None, 1)

    def use(self, pool: Executor | None, n_jobs: int) -> None:
        """Compute ``n_jobs`` blocks at a time, all but one in the pool's threads."""
        self.pool, self.n_jobs = pool, n_jobs
        self._places = [Place(self.network.units, self) for _ in range(n_jobs)]

    def batch(
        self, rows: slice | np.ndarray, parameters: Parameters, gradient: Parameters
    ) -> float:
        """Estimate the cost and its gradient, without penalty, from some rows.

        The estimate is unbiased: the sum over the rows times m / rows.

        Parameters
        ----------
        rows : slice or ndarray of int
            A slice is read in place, an array of indices is gathered.
        parameters : Parameters
        gradient : Parameters
            Overwritten.

        Returns
        -------
        float
        """
        if isinstance(rows, slice):
            m: int = rows.stop - rows.start
            blocks: Sequence[slice | np.ndarray] = [
                slice(first, min(first + BLOCK, rows.stop))
                for first in range(rows.start, rows.stop, BLOCK)
            ]
        else:
            m = rows.size
            blocks = [rows[first : first + BLOCK] for first in range(0, m, BLOCK)]
        cost = self._places[0].sums(blocks[0], parameters, gradient)
        # Added in the order of the blocks, so it does not matter who computes them.
        for part_cost, part in self._parts(blocks[1:], parameters):
            cost += part_cost
            gradient.theta += part.theta
        scale = self.m / m / self.sum_w
        gradient.theta *= scale
        return cost * scale

    def _parts(
        self, blocks: Sequence[slice | np.ndarray], parameters: Parameters
    ) -> Iterator[tuple[float, Parameters]]:
        """Yield cost and gradient sums of each block, in order."""
        for first in range(0, len(blocks), self.n_jobs):
            # A block for each thread of the pool, and the first one for this thread.
            work = list(zip(self._places, blocks[first:], strict=False))
            futures = [
                self.pool.submit(place.sums_in_thread, block, parameters)
                for place, block in work[1:]
            ]
            place, block = work[0]
            yield place.sums(block, parameters, place.gradient), place.gradient
            for future, (place, _) in zip(futures, work[1:], strict=True):
                yield future.result(), place.gradient

    def block_cost(self, rows: slice, parameters: Parameters) -> float:
        """Estimate J, penalty included, from one block of rows.

        Parameters
        ----------
        rows : slice
            At most a block.
        parameters : Parameters

        Returns
        -------
        float
        """
        cost = self._places[0].cost(rows, parameters)
        scale = self.m / block_length(rows) / self.sum_w
        return cost * scale + self.penalty(parameters.theta)[0]

    def penalty(self, theta: np.ndarray) -> tuple[float, np.ndarray | None]:
        """Return the penalty's part of J and its gradient of shape ``(p,)``."""
        if self.decay == 0:
            return 0.0, None
        gradient = self._mask * theta
        gradient *= self.decay
        return float(gradient @ theta) / 2, gradient

    def cost_and_gradient(self, parameters: Parameters, gradient: Parameters) -> float:
        """Write the gradient of J, penalty included, over all rows; return J.

        Parameters
        ----------
        parameters : Parameters
        gradient : Parameters
            Overwritten.

        Returns
        -------
        float
        """
        J = self.batch(slice(0, self.m), parameters, gradient)
        penalty, penalty_gradient = self.penalty(parameters.theta)
        if penalty_gradient is not None:
            gradient.theta += penalty_gradient
        return J + penalty


class Place:
    """Where one block at a time is computed, with room for all that it needs.

    Parameters
    ----------
    units : tuple of int
    objective : Objective
        Whose examples are read.

    Attributes
    ----------
    gradient : Parameters
        For the sums of a block.
    """

    def __init__(self, units: tuple[int, ...], objective: Objective) -> None:
        self.objective = objective
        self.gradient = Parameters(units, dtype=objective.inputs.dtype)
        self._workspaces: dict[int, Batch] = {}

    def sums(self, rows: Any, parameters: Parameters, gradient: Parameters) -> float:
        """Write the gradient sums over a block of rows, and return its cost.

        Parameters
        ----------
        rows : slice or ndarray of int
        parameters : Parameters
        gradient : Parameters
            Overwritten.

        Returns
        -------
        float
        """
        X_ones, Y, w, workspace = self._read(rows)
        network = self.objective.network
        return network.sums(X_ones.T, Y, w, parameters, gradient, workspace)

    def cost(self, rows: slice | np.ndarray, parameters: Parameters) -> float:
        """Return the cost of a block of rows, without a gradient."""
        X_ones, Y, w, workspace = self._read(rows)
        network = self.objective.network
        Z, _ = network.forward_to_Z(X_ones.T, parameters, workspace)
        return network.loss.cost(Z, Y, w)

    def _read(self, rows: slice | np.ndarray) -> tuple[Any, Any, Any, Any]:
        """Return ``(X_ones, Y, w, workspace)`` for a block of rows."""
        objective = self.objective
        workspace = self._workspaces.get(length := block_length(rows))
        if workspace is None:
            workspace = Batch(objective.network.units, length, objective)
            self._workspaces[length] = workspace
        X_ones = objective.inputs.read(rows, workspace.X_ones)
        Y, w = objective.Y, objective.w
        if isinstance(rows, slice):
            return X_ones, Y[:, rows], None if w is None else w[rows], workspace
        Y = np.take(Y, rows, 1, out=workspace.Y, mode="clip")
        if w is not None:
            w = np.take(w, rows, out=workspace.w, mode="clip")
        return X_ones, Y, w, workspace

    def sums_in_thread(self, rows: slice | np.ndarray, parameters: Parameters) -> float:
        """Do `sums` into ``gradient`` with a diverging cost as quiet as in fit."""
        # NumPy keeps its error state for each thread.
        with np.errstate(over="ignore", invalid="ignore"):
            return self.sums(rows, parameters, self.gradient)


def block_length(rows: slice | np.ndarray) -> int:
    """Return how many rows a slice from start to stop, or an array of indices, has."""
    return rows.stop - rows.start if isinstance(rows, slice) else rows.size


class Batch(Workspace):
    """A workspace that also has room for the rows gathered into a batch.

    Parameters
    ----------
    units : tuple of int
    m : int
        Examples in the batch.
    objective : Objective
        Whose examples are read.

    Attributes
    ----------
    X_ones : ndarray of shape (m, n[0] + 1)
        Ones, to be overwritten but for the last column.
    Y : ndarray of shape (n[L], m)
    w : ndarray of shape (m,)
    """

    def __init__(self, units: tuple[int, ...], m: int, objective: Objective) -> None:
        dtype = objective.inputs.dtype
        super().__init__(units, m, dtype)
        self.X_ones = np.ones((m, units[0] + 1), dtype)
        self.Y = np.empty((units[-1], m), objective.Y.dtype)
        self.w = np.empty(m, dtype)
