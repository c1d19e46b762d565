"""The cost over a training set, summed over blocks of examples."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from queue import SimpleQueue
from typing import Any

import numpy as np

from sknn2.inputs.blocks import block_length, block_size
from sknn2.inputs.reader import InputReader
from sknn2.network.ensemble import Ensemble
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters
from sknn2.training.one_hot import OneHot
from sknn2.training.workers import BlockWorker, cut

THREADS_PAY = 10**6
"""Products of a parameter and an example in a block from which on a second thread pays.
With fewer, two threads wait for each other in Python, and take longer than one."""


class Objective:
    """``J = (sum_i w_i loss_i + alpha/2 sum_l ||W[l]||^2) / S`` over a training set.

    A batch of more than one block is divided into strands of neighbouring
    blocks. The blocks of a strand are added up in order, then the strands in
    order. So the sum is the same to the last bit, however many threads compute
    strands.

    Parameters
    ----------
    network : Network or Ensemble
    inputs : InputReader
        The m rows of ``[X; 1]``.
    Y : ndarray or OneHot of shape (n[L], m)
    w : ndarray of shape (m,) or (K, m), default=None
        Weights of the examples, of members for each; None means ones.
    alpha : float, default=0
        Strength of the penalty.
    weight_scale : float, default=1
        What the weights were divided by: ``S = weight_scale * sum_i w_i``.

    Attributes
    ----------
    m : int
        Examples.
    block : int
        Examples in a block.
    pool : concurrent.futures.Executor or None
        Threads that compute the strands; None for no threads.
    """

    def __init__(
        self,
        network: Network | Ensemble,
        inputs: InputReader,
        Y: np.ndarray | OneHot,
        w: np.ndarray | None = None,
        alpha: float = 0.0,
        weight_scale: float = 1.0,
    ) -> None:
        self.network, self.inputs, self.w = network, inputs, w
        # take would copy all of it each time if it were not contiguous.
        self.Y = Y if isinstance(Y, OneHot) else np.ascontiguousarray(Y)
        self.m: int = inputs.m
        self.sum_w = self.m if w is None else float(w.sum(dtype=np.float64))
        self.alpha, self.weight_scale = alpha, weight_scale
        self._new_penalty(network.zeros(inputs.dtype))
        self.block = block_size(network.units, inputs.dtype, inputs.is_sparse)
        self._worker = self._new_worker()
        self.use_threads(None, 1)

    def _new_penalty(self, parameters: Parameters) -> None:
        """Make the array of the gradient of the penalty."""
        self._penalty_gradient = parameters.weight_mask()
        self._biases = np.flatnonzero(self._penalty_gradient == 0)

    def _new_worker(self) -> "BlockWorker":
        # Not of the objective itself: a cycle would keep the data alive.
        return BlockWorker(self.network, self.inputs, self.Y, self.w)

    def use_threads(self, pool: Executor | None, n_jobs: int) -> None:
        """Compute strands in the ``n_jobs`` threads of a pool; None for no pool."""
        self.pool: Executor | None = pool
        self._workers: SimpleQueue[BlockWorker] = SimpleQueue()
        for worker in (self._worker, *(self._new_worker() for _ in range(n_jobs - 1))):
            self._workers.put(worker)
        # Two for each thread, so that a thread that is ahead need not wait.
        self._ahead = 2 * n_jobs

    def batches(
        self, batch_size: int, shuffle: bool, seed: Sequence[int]
    ) -> Iterable[tuple[Any, int]]:
        """Return the batches of an epoch, and how many rows each has.

        Parameters
        ----------
        batch_size, shuffle, seed
            As for `row_batches`.
        """
        if shuffle and batch_size < self.m:
            self.inputs.gather()
        together = ON_DISK if self.inputs.on_disk else 1
        return row_batches(self.m, batch_size, shuffle, seed, together=together)

    def batch_cost_and_gradient(
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
        m = block_length(rows)
        if m <= self.block:
            cost = self._worker.cost_and_gradient_sums(rows, parameters, gradient)
        else:
            cost = 0.0
            gradient.theta.fill(0)
            for part_cost, part in self._strands(cut(rows, m, self.block), parameters):
                cost += part_cost
                gradient.theta += part.theta
        scale = self.m / m / self.sum_w
        gradient.theta *= scale
        return cost * scale

    def _strands(
        self, strands: Sequence[Sequence[slice | np.ndarray]], parameters: Parameters
    ) -> Iterator[tuple[float, Parameters]]:
        """Yield the cost and gradient sums of each strand, in order."""
        if self.pool is None:
            part = self._worker.total
            for strand in strands:
                yield self._worker.strand_sums(strand, parameters, part), part
            return
        parts = [parameters.zeros_like() for _ in range(self._ahead)]
        futures: deque[Any] = deque()
        for k, strand in enumerate(strands):
            part = parts[k % len(parts)]
            if len(futures) == len(parts):
                yield futures.popleft().result(), part
            futures.append(self.pool.submit(self._in_thread, strand, parameters, part))
        for k in range(len(strands) - len(futures), len(strands)):
            yield futures.popleft().result(), parts[k % len(parts)]

    def _in_thread(
        self,
        strand: Sequence[slice | np.ndarray],
        parameters: Parameters,
        total: Parameters,
    ) -> float:
        """Call `BlockWorker.strand_sums` without warnings of overflow, as in fit."""
        worker = self._workers.get()
        try:
            # NumPy keeps its error state for each thread.
            with np.errstate(over="ignore", invalid="ignore"):
                return worker.strand_sums(strand, parameters, total)
        finally:
            self._workers.put(worker)

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
        cost = self._worker.cost(rows, parameters)
        scale = self.m / block_length(rows) / self.sum_w
        return cost * scale + self.penalty(parameters.theta)[0]

    @property
    def decay(self) -> float:
        """``alpha / S``, the factor of the penalty in J."""
        if self.alpha < 1e-200:  # a smaller share would lose digits
            return self.alpha / self.weight_scale / self.sum_w
        return self.alpha / self.sum_w / self.weight_scale

    def penalty(self, theta: np.ndarray) -> tuple[float, np.ndarray | None]:
        """Return the penalty's part of J and its gradient of shape ``(p,)``.

        The next call writes into the same array.
        """
        decay = self.decay
        if decay == 0:
            return 0.0, None
        gradient = np.multiply(theta, decay, out=self._penalty_gradient)
        gradient[self._biases] = 0
        return float(np.dot(gradient, theta)) / 2, gradient

    def cost_and_gradient(self, parameters: Parameters, gradient: Parameters) -> float:
        """Compute the gradient of J, with the penalty, over all rows; return J.

        Parameters
        ----------
        parameters : Parameters
        gradient : Parameters
            Overwritten.

        Returns
        -------
        float
        """
        J = self.batch_cost_and_gradient(slice(0, self.m), parameters, gradient)
        penalty, penalty_gradient = self.penalty(parameters.theta)
        if penalty_gradient is not None:
            gradient.theta += penalty_gradient
        return J + penalty


ON_DISK = 4096
"""Rows of a memory map that are shuffled among themselves: a seek for each row would
take longer than the training."""


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
