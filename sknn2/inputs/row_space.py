"""Wide tables in fewer columns: coordinates of the rows in the space that they span.

Of m rows with n columns, n far above m, a first layer uses only the part of
``W[1]`` in the space of the rows: its outputs for these rows do not depend on
the rest, its gradient has no other part, and the penalty makes the rest zero.
So the rows are turned to coordinates R of shape (m, r), with r at most m::

    G = X X.T = U diag(lambda) U.T      R = U diag(sqrt(lambda))

``R R.T = G``: all products of rows are the same, and with them the costs, the
gradients and their products, in which L-BFGS thinks. A layer V on R is the
layer ``V diag(lambda)^-1/2 U.T X`` on X, with the same outputs and the same sum
of squares.
"""

from typing import Any

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import issparse

from sknn2.inputs.reader import InputReader, write_inputs
from sknn2.inputs.selected_rows import COPY_LIMIT
from sknn2.inputs.standardization import Standardization

MOST_ROWS = 2000
"""With more rows the eigenvectors take longer than they save."""


COLUMN, VALUE = 100, 10
"""What a step of L-BFGS takes for a column, and for a value of a sparse X, over what
it takes for one of a dense X."""


def is_wide(X: Any) -> bool:
    """Return whether training takes less time in the space of the rows.

    Parameters
    ----------
    X : ndarray or CSR array or matrix of shape (m, n)
    """
    m, n = map(int, X.shape)
    values = VALUE * int(X.nnz) if issparse(X) else m * n
    return 2 * m <= n and m <= MOST_ROWS and 2 * m * m < values + COLUMN * n


class RowSpace:
    """The space that the rows of a table span.

    Parameters
    ----------
    X : ndarray or CSR array or matrix of shape (m, n)
    standardization : Standardization or None

    Attributes
    ----------
    R : ndarray of shape (m, r)
        float64, the coordinates of the standardised rows.

    Raises
    ------
    FloatingPointError
        If a product of two rows is not finite.
    """

    def __init__(self, X: Any, standardization: Standardization | None) -> None:
        m, n = X.shape
        self.n = n
        self._inputs = InputReader(X, standardization, np.float64)
        size = max(1, COPY_LIMIT // (8 * (n + 1)))
        blocks = [slice(i, min(i + size, m)) for i in range(0, m, size)]
        self._blocks = [slice(0, m)] if self._inputs.is_sparse else blocks
        G = np.empty((m, m))
        for rows in blocks:
            part = np.zeros((rows.stop - rows.start, n + 1))
            write_inputs(X[rows], standardization, part)
            G[rows] = self._times_rows(part)
        if not np.isfinite(G).all():
            raise FloatingPointError("A product of two rows is not finite.")
        values, U = eigh(G, overwrite_a=True, check_finite=False)
        # Smaller ones are rounding errors of the largest.
        kept = values > m * np.finfo(np.float64).eps * values[-1]
        kept[-1] = True
        roots = np.sqrt(np.maximum(values[kept], 0))
        self.R = U[:, kept] * roots
        self._inverse = np.divide(
            U[:, kept], roots, out=np.zeros(self.R.shape), where=roots > 0
        )

    def _read(self, rows: slice) -> Any:
        """Return the standardised rows, with a column of ones."""
        return self._inputs.read(rows, self._inputs.new_buffer(rows.stop - rows.start))

    def _times_rows(self, Wb: np.ndarray) -> np.ndarray:
        """Return ``Wb [X; 1]`` of shape (k, m)."""
        return np.concatenate(
            [np.dot(Wb, self._read(rows).T) for rows in self._blocks], axis=1
        )

    def shrink(self, Wb: np.ndarray) -> np.ndarray:
        """Return the layer on R with the outputs of a layer on X.

        Parameters
        ----------
        Wb : ndarray of shape (k, n + 1)
            ``[W b]``. What of W does not lie in the space is left out.

        Returns
        -------
        ndarray of shape (k, r + 1)
        """
        b = Wb[:, -1:]
        return np.concatenate([(self._times_rows(Wb) - b) @ self._inverse, b], axis=1)

    def expand(self, Wb: np.ndarray) -> np.ndarray:
        """Return the layer on X with the outputs of a layer on R.

        Parameters
        ----------
        Wb : ndarray of shape (k, r + 1)
            ``[W b]``.

        Returns
        -------
        ndarray of shape (k, n + 1)
        """
        shares = Wb[:, :-1].astype(np.float64) @ self._inverse.T
        full = np.zeros((len(Wb), self.n + 1))
        for rows in self._blocks:
            full += np.dot(np.ascontiguousarray(shares[:, rows]), self._read(rows))
        full[:, -1] = Wb[:, -1]
        return full
