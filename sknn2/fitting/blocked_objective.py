"""The cost over rows that lie elsewhere: sums of their blocks, added in their order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sknn2.data.rows import Rows
from sknn2.data.targets import Targets
from sknn2.fitting.blocked_rows import BlockedRows, as_tuple, rows_of
from sknn2.fitting.model import Model
from sknn2.inputs.blas_threads import one_blas_thread, quietly
from sknn2.inputs.blocks import BLOCK, block_size, forward_rows
from sknn2.inputs.reader import InputReader
from sknn2.inputs.standardization import Standardization
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters
from sknn2.training.objective import Objective
from sknn2.training.workers import BlockWorker, cut


@dataclass(frozen=True)
class Context:
    """What the sums over a block need besides its rows and theta."""

    network: Network
    targets: Targets
    standardization: Standardization | None
    dtype: np.dtype[Any]

    def parameters(self, theta: np.ndarray) -> Parameters:
        """Return parameters for a theta as it was sent, which is not written to."""
        return Parameters(self.network.units, theta.astype(self.dtype, copy=False))

    def worker(self, rows: Rows) -> BlockWorker:
        """Return what computes sums over some rows.

        It is made for each sum: its arrays take the memory of a few thousand rows, and
        two threads of one process may compute the same block.
        """
        # Nothing is kept: the rows are the only thing that takes a worker's memory.
        inputs = InputReader(rows.X, self.standardization, self.dtype, keep=False)
        Y = np.ascontiguousarray(self.targets.to_Y(rows.targets, self.dtype))
        w = None if rows.w is None else rows.w.astype(self.dtype)
        return BlockWorker(self.network, inputs, Y, w)

    def block(self, is_sparse: bool) -> int:
        """Return how many rows pass through the network at once."""
        return block_size(self.network.units, self.dtype, is_sparse)


@dataclass(frozen=True)
class Draw:
    """One mini-batch: every block gives its share of the rows.

    The order of the rows of a block is drawn by (seed, epoch, block), so it depends
    neither on the worker nor on how many there are.

    Parameters
    ----------
    seed : sequence of int
        (seed, epoch).
    shuffle : bool
    step, n_steps : int
        Which mini-batch of the epoch this is, of how many.
    n_blocks : int
    """

    seed: Sequence[int]
    shuffle: bool
    step: int
    n_steps: int
    n_blocks: int

    def ends(self, k: Any, m: Any) -> tuple[Any, Any]:
        """Return where the share of block k begins and ends among its m rows.

        What is left of a division comes in other steps for other blocks, so that all
        batches are of one size, or nearly so.
        """
        offset = k * self.n_steps // self.n_blocks
        first = (m * self.step + offset) // self.n_steps
        return first, (m * (self.step + 1) + offset) // self.n_steps

    def rows(self, k: int, m: int) -> np.ndarray:
        """Return the rows of block k, which has m rows, that are in this batch."""
        order = np.arange(m)
        if self.shuffle:
            np.random.default_rng([*self.seed, k]).shuffle(order)
        first, end = self.ends(k, m)
        return order[first:end]


Block = tuple[Any, ...]


def with_context(block: Block, context: Context) -> Block:
    """Return a block together with its context, so that it is sent once."""
    rows = rows_of(block)
    # What the user gave for y and as weights is not needed any more.
    rows = replace(rows, y=rows.targets, sample_weight=rows.w)
    return *as_tuple(rows), context


def sums_of_block(
    block: Block, theta: np.ndarray, draw: Draw | None, k: int
) -> tuple[float, np.ndarray]:
    """Return the sums of the losses of some rows of block k, and of their gradients.

    Parameters
    ----------
    block : tuple
        From `with_context`.
    theta : ndarray of shape (p,)
    draw : Draw or None
        None takes all rows.
    k : int

    Returns
    -------
    cost : float
    gradient : ndarray of shape (p,)
    """
    rows, context = rows_of(block), block[-1]
    parameters = context.parameters(theta)
    worker = context.worker(rows)
    size = context.block(worker.inputs.is_sparse)
    index: Any = slice(0, rows.m) if draw is None else draw.rows(k, rows.m)
    m = rows.m if draw is None else index.size
    total = parameters.zeros_like()

    def add_up() -> float:
        cost = 0.0
        for strand in cut(index, m, size):
            cost += worker.strand_sums(strand, parameters, worker.total)
            total.theta[:] += worker.total.theta
        return float(cost)

    with one_blas_thread():
        return quietly(add_up), total.theta


def cost_of_block(block: Block, theta: np.ndarray, m: int) -> float:
    """Return the sum of the losses of the first m rows of a block."""
    context = block[-1]
    worker = context.worker(rows_of(block))
    with one_blas_thread():
        parameters = context.parameters(theta)
        return float(quietly(lambda: worker.cost(slice(0, m), parameters)))


def loss_of_block(block: Block, theta: np.ndarray) -> float:
    """Return the sum of the losses of a block of a validation set."""
    rows, context = rows_of(block), block[-1]
    parameters = context.parameters(theta)
    Z = forward_rows(context.network, parameters, context.standardization, rows.X)
    Y = context.targets.to_Y(rows.targets, context.dtype)
    w = None if rows.w is None else rows.w.astype(context.dtype)
    return float(quietly(lambda: context.network.loss.cost(Z, Y, w)))


class BlockedObjective(Objective):
    """What `Objective` is to a solver, for rows that lie elsewhere.

    Parameters
    ----------
    rows : BlockedRows
    context : Context
    alpha : float
        Strength of the penalty.

    Attributes
    ----------
    block : int
        All rows: no threads are used here.
    """

    def __init__(self, rows: BlockedRows, context: Context, alpha: float) -> None:
        self.rows, self.m, self.block = rows, rows.m, rows.m
        # In place of those without: a worker that spills would store the rows twice.
        self.blocks = rows.blocks = rows.blocks.make(with_context, context)
        self.sum_w = rows.sum_of_w
        self.alpha, self.weight_scale = alpha, rows.weight_scale
        self._new_penalty(context.network.zeros(context.dtype))

    def batches(
        self, batch_size: int, shuffle: bool, seed: Sequence[int]
    ) -> Iterable[tuple[Any, int]]:
        """Return the batches of an epoch, and how many rows each has."""
        if batch_size >= self.m:
            yield slice(0, self.m), self.m
            return
        n_steps, n_blocks = -(-self.m // batch_size), len(self.blocks)
        places = np.arange(n_blocks)
        for step in range(n_steps):
            draw = Draw(list(seed), shuffle, step, n_steps, n_blocks)
            first, end = draw.ends(places, self.rows.sizes)
            if m := int((end - first).sum()):
                yield draw, m

    def batch_cost_and_gradient(
        self, rows: Any, parameters: Parameters, gradient: Parameters
    ) -> float:
        """Estimate the cost and its gradient, without penalty, from some rows.

        Parameters
        ----------
        rows : slice or Draw
            A slice is all rows.
        parameters : Parameters
        gradient : Parameters
            Overwritten.
        """
        places, m, draw = np.arange(len(self.blocks)), self.m, None
        if isinstance(rows, Draw):
            draw = rows
            first, end = draw.ends(places, self.rows.sizes)
            (places,) = np.nonzero(end > first)
            m = int((end - first).sum())
        chosen = places.tolist()
        blocks = self.blocks if draw is None else self.blocks.keep(chosen)
        sums = blocks.ask(sums_of_block, parameters.theta, draw, each=chosen)
        cost = 0.0
        gradient.theta.fill(0)
        for k, (part_cost, part) in zip(chosen, sums, strict=True):
            factor = float(self.rows.factors[k])
            cost += part_cost if factor == 1 else factor * part_cost
            gradient.theta += part if factor == 1 else part * factor
        scale = self.m / m / self.sum_w
        gradient.theta *= scale
        return cost * scale

    def block_cost(self, rows: slice, parameters: Parameters) -> float:
        """Estimate J, penalty included, from rows of the first block."""
        m = min(rows.stop, int(self.rows.sizes[0]), BLOCK)
        (cost,) = self.blocks.keep([0]).ask(cost_of_block, parameters.theta, m)
        scale = float(self.rows.factors[0]) * self.m / m / self.sum_w
        return float(cost * scale) + self.penalty(parameters.theta)[0]


class BlockedValidationSet:
    """What `ValidationSet` is to the monitor, where the loss is the score.

    Parameters
    ----------
    rows : BlockedRows
    model : Model
    dtype : dtype
        Precision of the parameters.
    """

    def __init__(self, rows: BlockedRows, model: Model, dtype: Any) -> None:
        standardization = model.standardization
        context = Context(model.network, model.targets, standardization, dtype)
        self.rows, self.blocks = rows, rows.blocks.make(with_context, context)

    def __call__(self, parameters: Parameters) -> tuple[float, float]:
        """Return the weighted mean loss, and minus it."""
        losses = self.blocks.ask(loss_of_block, parameters.theta)
        factors = self.rows.factors.tolist()
        total = sum(f * loss for f, loss in zip(factors, losses, strict=True))
        loss = total / self.rows.sum_of_w
        return loss, -loss
