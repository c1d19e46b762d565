"""Some rows of a large table, read when they are needed instead of copied."""

from typing import Any

import numpy as np
from scipy.sparse import issparse

COPY_LIMIT = 32 * 2**20
"""Bytes of a table, or of its standardised rows, up to which a copy is kept."""


class SelectedRows:
    """Rows of a table, as an array of them would be, but without a copy.

    Parameters
    ----------
    X : ndarray of shape (m_all, n[0])
    index : ndarray of shape (m,)
        int, increasing.

    Attributes
    ----------
    shape : tuple of int
        ``(m, n[0])``.
    dtype : dtype
    """

    ndim = 2

    def __init__(self, X: np.ndarray, index: np.ndarray) -> None:
        self.X, self.index = X, index
        self.shape, self.dtype = (index.size, X.shape[1]), X.dtype

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Return a copy of some rows: what an array of all of them would return."""
        selected = self.index[rows]
        if isinstance(rows, slice) and selected.size > 1:
            first, last = int(selected[0]), int(selected[-1])
            if last - first == selected.size - 1:  # without a gap
                return self.X[first : last + 1]
        some: np.ndarray = self.X[selected]
        return some

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return all rows as an array, for code that needs one."""
        return np.asarray(self.X[self.index], dtype)


def select(X: Any, index: np.ndarray) -> Any:
    """Return some rows of a table, without a copy where the table is large.

    Parameters
    ----------
    X : ndarray, SelectedRows or CSR array or matrix of shape (m, n[0])
    index : ndarray of shape (m,) or (m_selected,)
        bool, or int.
    """
    if index.dtype == bool:
        index = np.flatnonzero(index)
    if isinstance(X, SelectedRows):
        X, index = X.X, X.index[index]
    size = 0 if issparse(X) else X.shape[0] * X.shape[1] * X.dtype.itemsize
    if size <= COPY_LIMIT or 8 * index.size < X.shape[0]:
        return X[index]
    return SelectedRows(X, index)
