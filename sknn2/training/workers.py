"""The sums of the loss and its gradient over one block of rows at a time."""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from sknn2.inputs.blocks import block_length
from sknn2.inputs.reader import InputReader
from sknn2.network.ensemble import Ensemble
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters
from sknn2.network.workspace import Workspace
from sknn2.training.one_hot import OneHot

STRANDS = 48
"""Sums at most into which the blocks of a batch are dealt out: many, so that no thread
is left long without work at the end, and as many for 2, 3, 4, 6 or 8 threads each."""


class BlockWorker:
    """Computes one block at a time, in arrays that it keeps.

    Parameters
    ----------
    network : Network or Ensemble
    inputs : InputReader
    Y : ndarray or OneHot of shape (n[L], m)
        C-ordered.
    w : ndarray of shape (m,) or (K, m), or None
    """

    def __init__(
        self,
        network: Network | Ensemble,
        inputs: InputReader,
        Y: np.ndarray | OneHot,
        w: np.ndarray | None,
    ) -> None:
        self.network, self.inputs, self.Y, self.w = network, inputs, Y, w
        self._workspaces: dict[int, BlockBuffers] = {}

    # The two are made when they are needed: with many columns theta is large.

    @cached_property
    def total(self) -> Parameters:
        """For the gradient sums of a strand, where one at a time is computed."""
        return self.network.zeros(self.inputs.dtype)

    @cached_property
    def _gradient(self) -> Parameters:
        """For the gradient sums of a block that is not the first of its strand."""
        return self.total.zeros_like()

    def strand_sums(
        self,
        strand: Sequence[slice | np.ndarray],
        parameters: Parameters,
        total: Parameters,
    ) -> float:
        """Compute the gradient sums over a strand of blocks, and return its cost.

        Parameters
        ----------
        strand : sequence of (slice or ndarray of int)
        parameters : Parameters
        total : Parameters
            Overwritten.

        Returns
        -------
        float
        """
        cost = self.cost_and_gradient_sums(strand[0], parameters, total)
        for block in strand[1:]:
            cost += self.cost_and_gradient_sums(block, parameters, self._gradient)
            total.theta += self._gradient.theta
        return cost

    def cost_and_gradient_sums(
        self, rows: Any, parameters: Parameters, gradient: Parameters
    ) -> float:
        """Compute the gradient sums over a block of rows, and return its cost.

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
        return self.network.cost_and_gradient_sums(
            X_ones.T, Y, w, parameters, gradient, workspace
        )

    def cost(self, rows: slice | np.ndarray, parameters: Parameters) -> float:
        """Return the cost of a block of rows, without a gradient."""
        X_ones, Y, w, workspace = self._read(rows)
        return self.network.cost_sum(X_ones.T, Y, w, parameters, workspace)

    def _read(self, rows: slice | np.ndarray) -> tuple[Any, Any, Any, Any]:
        """Return ``(X_ones, Y, w, workspace)`` for a block of rows."""
        workspace = self._workspaces.get(length := block_length(rows))
        if workspace is None:
            workspace = BlockBuffers(
                self.network.units,
                length,
                self.inputs,
                self.Y,
                self.w,
                keep_Z=self.network.activation.needs_Z,
            )
            self._workspaces[length] = workspace
        X_ones = self.inputs.read(rows, workspace.X_ones)
        Y, w = self.Y, self.w
        if isinstance(Y, OneHot):
            Y = Y.read(rows, workspace.Y)
        elif isinstance(rows, slice):
            Y = Y[:, rows]
        else:
            Y = Y.take(rows, 1, out=workspace.Y, mode="clip")
        if isinstance(rows, slice):
            return X_ones, Y, None if w is None else w[..., rows], workspace
        if w is not None:
            w = w.take(rows, -1, out=workspace.w, mode="clip")
        return X_ones, Y, w, workspace


def cut(rows: slice | np.ndarray, m: int, block: int) -> list[list[slice | np.ndarray]]:
    """Divide rows into strands of blocks, the same for any number of threads.

    Parameters
    ----------
    rows : slice or ndarray of int
    m : int
        Number of rows.
    block : int
        Rows in a block.

    Returns
    -------
    list of lists of (slice or ndarray of int)
        At most `STRANDS` strands, of as many blocks each as can be, to one.
    """
    starts = range(0, m, block)
    if isinstance(rows, slice):
        first, end = rows.start, rows.stop
        blocks: list[slice | np.ndarray] = [
            slice(first + start, min(first + start + block, end)) for start in starts
        ]
    else:
        blocks = [rows[start : start + block] for start in starts]
    n = min(STRANDS, len(blocks))
    ends = [len(blocks) * k // n for k in range(n + 1)]
    return [blocks[a:b] for a, b in pairwise(ends)]


class BlockBuffers(Workspace):
    """A workspace that also has room for the rows gathered into a batch.

    Parameters
    ----------
    units : tuple of int
    m : int
        Examples in the batch.
    inputs : InputReader
        Whose rows are gathered.
    Y : ndarray or OneHot of shape (n[L], m_all)
    w : ndarray of shape (m_all,) or (K, m_all), or None
        All targets and weights; only their kind is used.
    keep_Z : bool, default=False
        As for `Workspace`.

    Attributes
    ----------
    X_ones : ndarray of shape (m, n[0] + 1) or None
        Ones, to be overwritten but for the last column; None for sparse X.
    Y : ndarray of shape (n[L], m)
    w : ndarray of shape (m,) or (K, m)
    """

    def __init__(
        self,
        units: tuple[int, ...],
        m: int,
        inputs: InputReader,
        Y: np.ndarray | OneHot,
        w: np.ndarray | None,
        *,
        keep_Z: bool = False,
    ) -> None:
        super().__init__(units, m, inputs.dtype, keep_Z=keep_Z)
        self.X_ones = inputs.new_buffer(m)
        self.Y = np.empty((Y.shape[0], m), Y.dtype)
        each = () if w is None else w.shape[:-1]
        self.w = np.empty((*each, m), inputs.dtype)
