"""One-hot targets of many classes, made a block of examples at a time."""

from typing import Any

import numpy as np


class OneHot:
    """One-hot columns ``Y`` of class indices, which are never all in memory.

    Parameters
    ----------
    codes : ndarray of shape (m,)
        int, the class of each example.
    n_classes : int
    dtype : dtype

    Attributes
    ----------
    shape : tuple of int
        ``(n_classes, m)``.
    dtype : dtype
    """

    def __init__(self, codes: np.ndarray, n_classes: int, dtype: np.dtype[Any]) -> None:
        self.codes = codes
        self.shape, self.dtype = (n_classes, codes.size), dtype

    def read(self, rows: slice | np.ndarray, out: np.ndarray) -> np.ndarray:
        """Return the columns of some examples.

        Parameters
        ----------
        rows : slice or ndarray of int
        out : ndarray of shape (n_classes, len(rows))
            Overwritten, and returned.
        """
        out.fill(0)
        out[self.codes[rows], np.arange(out.shape[1])] = 1
        return out
