"""A sparse X for the first layer: standardised, without a dense copy.

A standardised zero is not zero, so the standardised rows of a sparse X are
dense. But every row is the same dense row ``r``, that of an x of zeros, plus a
sparse row::

    (x - mean) * factor  =  x * factor  +  r,      r = -mean * factor

A layer uses its input only in the products ``W A`` and ``dZ A.T``. So
`SparseRows` represents ``[X; 1]`` and computes these two products, and ``[X;
1]`` itself is never built.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from sknn2.inputs.standardization import Standardization

FAR = 3.0
"""Deviations from zero beyond which a column is centred value by value: in the sum
above its large terms would cancel. Nine in ten of its values are not zero."""


CHUNK = 2**17
"""Weights that are copied at a time, so that the copy stays in cache."""


class SparseInputs:
    """The rows of a sparse X, ready to be read in blocks.

    Parameters
    ----------
    X : sparse array or matrix of shape (m, n[0])
        CSR, without duplicates. Not changed.
    standardization : Standardization or None
        None takes X as it is.
    dtype : dtype
        Precision of the products.
    """

    def __init__(
        self,
        X: Any,
        standardization: "Standardization | None",
        dtype: npt.DTypeLike,
    ) -> None:
        self.X, self.dtype = X, np.dtype(dtype)
        n = X.shape[1]
        self.row = np.zeros(n + 1, dtype)
        self.row[-1] = 1
        self.factor, self.far = None, np.zeros(0, np.intp)
        if standardization is not None:
            r = -standardization.mean * standardization.factor
            (self.far,) = np.nonzero(np.abs(r) > FAR)
            self.far_mean = standardization.mean[self.far]
            self.far_factor = standardization.factor[self.far]
            self.factor = standardization.factor.copy()
            self.factor[self.far] = r[self.far] = 0
            self.row[:-1] = r
            self.far_place = np.full(n, -1)
            self.far_place[self.far] = np.arange(self.far.size)

    def read(self, rows: slice | np.ndarray) -> "SparseRows":
        """Return some rows, standardised.

        Parameters
        ----------
        rows : slice or ndarray of int
        """
        X = self.X[rows]
        values = X.data if self.factor is None else X.data * self.factor[X.indices]
        # Only the weights of columns with values other than zero are read one by one.
        holds = np.zeros(X.shape[1], bool)
        holds[X.indices] = True
        (columns,) = np.nonzero(holds)
        place = np.empty(X.shape[1], X.indices.dtype)
        place[columns] = np.arange(columns.size)
        parts = values.astype(self.dtype, copy=False), place[X.indices], X.indptr
        V = csr_array(parts, shape=(X.shape[0], columns.size))
        F = self._far_columns(X) if self.far.size else None
        return SparseRows(V, columns, self.row, self.far, F)

    def _far_columns(self, X: Any) -> np.ndarray:
        """Return the columns far from zero, standardised, of shape ``(m, n_far)``."""
        place = self.far_place[X.indices]
        (there,) = np.nonzero(place >= 0)
        F = np.zeros((X.shape[0], self.far.size))
        F[row_of_values(X)[there], place[there]] = X.data[there]
        F -= self.far_mean
        F *= self.far_factor
        return F.astype(self.dtype, copy=False)


class SparseRows:
    """Rows ``(x, 1) = (v, 0) + row``, with v sparse and the same row everywhere.

    To NumPy's ``dot`` it is an array: ``np.dot(W, rows.T)`` and ``np.dot(dZ,
    rows)``, the products of a layer's step forward and back, come to the
    methods here (``__array_function__``, NEP 18). It has no other operations.

    Parameters
    ----------
    V : csr_array of shape (m, n_used)
        The columns of v that are not all zero.
    columns : ndarray of shape (n_used,)
        Their indices.
    row : ndarray of shape (n[0] + 1,)
    far : ndarray of shape (n_far,)
        Columns that are 0 in v and row.
    F : ndarray of shape (m, n_far) or None
        Their values; None if there are none.
    transposed : bool, default=False
        Whether this is ``[X; 1]`` and not its transpose.
    """

    def __init__(
        self,
        V: csr_array,
        columns: np.ndarray,
        row: np.ndarray,
        far: np.ndarray,
        F: np.ndarray | None,
        transposed: bool = False,
    ) -> None:
        self.V, self.columns, self.row, self.far, self.F = V, columns, row, far, F
        self.transposed = transposed

    @property
    def shape(self) -> tuple[int, int]:
        """``(m, n[0] + 1)``, or the other way round."""
        m, n = self.V.shape[0], self.row.size
        return (n, m) if self.transposed else (m, n)

    @property
    def T(self) -> "SparseRows":
        """The transpose."""
        parts = self.V, self.columns, self.row, self.far, self.F
        return SparseRows(*parts, not self.transposed)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Answer ``np.dot(array, self)``, and nothing else."""
        if func is not np.dot or len(args) != 2 or args[1] is not self:
            return NotImplemented
        left, out = args[0], kwargs.get("out")
        if left.shape[1] != self.shape[0]:
            raise ValueError(f"shapes {left.shape} and {self.shape} do not fit.")
        if out is None:
            out = np.empty((left.shape[0], self.shape[1]), self.row.dtype)
        times = self._W_times if self.transposed else self._dZ_times
        return times(left, out)

    def _chunks(self, n: int) -> list[slice]:
        """Return n units in chunks."""
        size = max(16, CHUNK // max(self.columns.size, 1))
        return [slice(first, first + size) for first in range(0, n, size)]

    def _W_times(self, W: np.ndarray, Z: np.ndarray) -> np.ndarray:
        """Return ``Z = W [X; 1]``, from W of shape ``(n[1], n[0] + 1)``."""
        for units in self._chunks(W.shape[0]):
            Z[units] = (self.V @ W[units, self.columns].T).T
        Z += np.dot(W, self.row)[:, np.newaxis]
        if self.F is not None:
            Z += np.dot(W[:, self.far], self.F.T)
        return Z

    def _dZ_times(self, dZ: np.ndarray, dW: np.ndarray) -> np.ndarray:
        """Return ``dW = dZ [X; 1].T``, from dZ of shape ``(n[1], m)``."""
        db, V_T = dZ.sum(axis=1), self.V.T
        np.outer(db, self.row, out=dW)
        row_used = self.row[self.columns]
        for units in self._chunks(dZ.shape[0]):
            dW_used = V_T @ dZ[units].T
            dW_used += np.outer(row_used, db[units])
            dW[units, self.columns] = dW_used.T
        if self.F is not None:
            dW[:, self.far] = np.dot(dZ, self.F)
        return dW


def row_of_values(X: Any) -> np.ndarray:
    """Return the row of each value that a CSR array or matrix holds."""
    rows: np.ndarray = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    return rows
