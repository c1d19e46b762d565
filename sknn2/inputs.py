"""The rows of X as the network takes them: standardised, with a 1 at the end."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sknn2.standardization import Standardization

COPY_LIMIT = 32 * 2**20
"""Bytes up to which the standardised rows are kept; more are made anew, block by
block, each time they are read."""


PIECE = 2**16
"""Numbers that are standardised or gathered at once."""


class Inputs:
    """Rows ``(x, 1)``, the transpose of ``[X; 1]``.

    Parameters
    ----------
    X : ndarray of shape (m, n[0])
        Not changed. May be a memory map.
    standardization : Standardization, default=None
        None takes X as it is.
    dtype : dtype, default=None
        Precision of the products; None is that of X.

    Attributes
    ----------
    m : int
        Rows.
    dtype : dtype
    on_disk : bool
        Whether X is a memory map: then rows that lie together are better read
        together.
    """

    def __init__(
        self,
        X: np.ndarray,
        standardization: "Standardization | None" = None,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        self.X, self.standardization = X, standardization
        self.m, n = X.shape
        self.dtype = np.dtype(X.dtype if dtype is None else dtype)
        self.on_disk = is_memory_map(X)
        self._copy = None
        if self.m * (n + 1) * self.dtype.itemsize <= COPY_LIMIT:
            self._copy = np.ones((self.m, n + 1), self.dtype)
            write_inputs(X, standardization, self._copy)

    def read(self, rows: slice | np.ndarray, out: np.ndarray) -> np.ndarray:
        """Return some rows.

        Parameters
        ----------
        rows : slice or ndarray of int
        out : ndarray of shape (len(rows), n[0] + 1)
            Where to put them if they are not there already. Its last column
            holds ones.

        Returns
        -------
        ndarray of shape (len(rows), n[0] + 1)
            Not to be changed.
        """
        if self._copy is None:
            for part, out_part in pieces(rows, out):
                write_inputs(self.X[part], self.standardization, out_part)
            return out
        if isinstance(rows, slice):
            return self._copy[rows]
        # mode="clip" only because the default mode copies once more.
        return self._copy.take(rows, 0, out=out, mode="clip")


def pieces(
    rows: slice | np.ndarray, out: np.ndarray
) -> Iterator[tuple[slice | np.ndarray, np.ndarray]]:
    """Yield a few rows at a time, and where they go.

    What is gathered or made on the way stays in cache, and takes no memory that
    grows with the rows.

    Parameters
    ----------
    rows : slice or ndarray of int
    out : ndarray of shape (len(rows), n[0] + 1)
    """
    m, length = out.shape
    size = max(1, PIECE // length)
    for start in range(0, m, size):
        end = min(start + size, m)
        if isinstance(rows, slice):
            part: slice | np.ndarray = slice(rows.start + start, rows.start + end)
        else:
            part = rows[start:end]
        yield part, out[start:end]


def write_inputs(
    X: np.ndarray, standardization: "Standardization | None", out: np.ndarray
) -> None:
    """Write rows as the network takes them.

    Parameters
    ----------
    X : ndarray of shape (m, n[0])
    standardization : Standardization or None
        None takes X as it is.
    out : ndarray of shape (m, n[0] + 1)
        The last column, of ones, is left.
    """
    if standardization is None:
        out[:, :-1] = X
    else:
        standardization.transform(X, out[:, :-1])


def is_memory_map(array: object) -> bool:
    """Return whether an array, or what it is a view of, is a memory map."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return False
