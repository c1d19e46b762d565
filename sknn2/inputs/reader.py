"""The rows of X as the network takes them: standardised, with a 1 at the end."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse

from sknn2.inputs.selected_rows import COPY_LIMIT, SelectedRows
from sknn2.inputs.sparse import SparseInputs, row_of_values
from sknn2.inputs.standardization import Standardization

FILLED, NARROW = 1 / 8, 2048
"""Share of a sparse X that is filled, and columns up to which, beyond it, products are
faster on a block of rows that is made dense."""


PIECE = 2**16
"""Numbers that are standardised or gathered at once."""


class InputReader:
    """Rows ``(x, 1)``, the transpose of ``[X; 1]``.

    Parameters
    ----------
    X : ndarray, SelectedRows or CSR array or matrix of shape (m, n[0])
        Not changed. May be a memory map.
    standardization : Standardization, default=None
        None takes X as it is.
    dtype : dtype, default=None
        Precision of the products; None is that of X.
    keep : bool, default=True
        Whether to keep the standardised rows: they are read more than once.

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
        X: Any,
        standardization: "Standardization | None" = None,
        dtype: npt.DTypeLike | None = None,
        keep: bool = True,
    ) -> None:
        self.X, self.standardization = X, standardization
        self.m, n = X.shape
        self.dtype = np.dtype(X.dtype if dtype is None else dtype)
        self._copy = self._sparse = None
        if issparse(X):
            self.on_disk = is_memory_map(X.data)
            if n > NARROW or X.nnz <= FILLED * self.m * n:
                self._sparse = SparseInputs(X, standardization, self.dtype)
            return
        self.on_disk = is_memory_map(X)
        if keep and self.m * (n + 1) * self.dtype.itemsize <= COPY_LIMIT:
            self._copy = np.ones((self.m, n + 1), self.dtype)
            write_inputs(X, standardization, self._copy)

    @property
    def is_sparse(self) -> bool:
        """Whether rows are read as they are stored, without a dense copy."""
        return self._sparse is not None

    def gather(self) -> None:
        """Prepare to read rows in random order: copy an X that is stored by columns.

        A row of such an X, as most frames hand it over, lies in as many places of
        memory as it has columns, and reading them takes several times as long.
        Whole blocks of neighbouring rows need no copy.
        """
        stored = self.X.X if isinstance(self.X, SelectedRows) else self.X
        if self._copy is not None or self.on_disk or issparse(stored):
            return
        if stored.strides[0] < stored.strides[1]:
            by_rows = np.empty(self.X.shape, self.X.dtype)
            for part, out in pieces(slice(0, self.m), by_rows):
                out[:] = self.X[part]
            self.X = by_rows

    def new_buffer(self, m: int) -> np.ndarray | None:
        """Return an array for m rows from `read`; None if it makes no dense copy."""
        if self._sparse is not None:
            return None
        return np.ones((m, self.X.shape[1] + 1), self.dtype)

    def read(self, rows: slice | np.ndarray, out: Any) -> Any:
        """Return some rows.

        Parameters
        ----------
        rows : slice or ndarray of int
        out : ndarray of shape (len(rows), n[0] + 1) or None
            From `new_buffer`: where to put them if they are not there already. Its
            last column holds ones.

        Returns
        -------
        ndarray or SparseRows of shape (len(rows), n[0] + 1)
            Not to be changed.
        """
        if self._sparse is not None:
            return self._sparse.read(rows)
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
    """Yield a few rows at a time, and their part of ``out``.

    What is gathered or made on the way stays in cache, and takes no memory that
    grows with the rows.

    Parameters
    ----------
    rows : slice or ndarray of int
    out : ndarray of shape (len(rows), length)
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
    X: Any, standardization: "Standardization | None", out: np.ndarray
) -> None:
    """Write rows as the network takes them.

    Parameters
    ----------
    X : ndarray or CSR array or matrix of shape (m, n[0])
    standardization : Standardization or None
        None takes X as it is.
    out : ndarray of shape (m, n[0] + 1)
        The last column, of ones, is left.
    """
    if issparse(X):
        values, where = X.data, (row_of_values(X), X.indices)
        X = np.zeros(X.shape, X.dtype)
        X[where] = values
    if standardization is None:
        out[:, :-1] = X
    else:
        standardization.transform(X, out[:, :-1])


def is_memory_map(array: object) -> bool:
    """Return whether an array, or what it is a view of, is a memory map."""
    if isinstance(array, SelectedRows):
        array = array.X
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return False
