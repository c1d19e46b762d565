"""Centring and scaling of the columns of X, inside the network.

Everything here is computed in float64, whatever the precision of X: a column
whose mean is a million times its deviation keeps all the digits it came with.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import issparse

BLOCK = 2048
"""Rows that are measured together."""


BLOCK_ENTRIES = 2**20
"""Values of a sparse X that are made dense together, to be measured."""


LARGEST = float(np.finfo(np.float64).max)
TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Standardization:
    """Weighted mean and scale of each column: ``x -> (x - mean) / scale``.

    The scale is the deviation, or half the distance between the two values of a
    column that has no others (Gelman, 2008): that is the deviation where both
    are equally frequent, and keeps a rare 1 of a one-hot column from reaching
    far beyond everything else. A constant column has scale 0 and becomes 0,
    whatever it is later: nothing could be learnt from it.

    Parameters
    ----------
    mean : ndarray of shape (n[0],)
        float64.
    deviation : ndarray of shape (n[0],)
        float64, population form (divided by the sum of the weights).
    weight : float
        Sum of the weights of the rows behind them.
    low, high : ndarray of shape (n[0],)
        float64, the least and the greatest value of each column.
    two_valued : ndarray of shape (n[0],)
        bool, whether a column has no others.

    References
    ----------
    A. Gelman, Scaling regression inputs by dividing by two standard deviations,
    Statistics in Medicine 27, 2008.
    """

    mean: np.ndarray
    deviation: np.ndarray
    weight: float
    low: np.ndarray
    high: np.ndarray
    two_valued: np.ndarray

    def __post_init__(self) -> None:
        arrays = self.deviation, self.low, self.high, self.two_valued
        if any(np.shape(array) != np.shape(self.mean) for array in arrays):
            shapes = [np.shape(array) for array in (self.mean, *arrays)]
            raise ValueError(
                f"mean, deviation, low, high and two_valued have shapes {shapes}: give "
                "all of them one number for each column."
            )

    def __reduce__(self) -> tuple[Any, ...]:
        # The fields alone: what is computed from them is computed again.
        return type(self), tuple(getattr(self, field.name) for field in fields(self))

    @classmethod
    def of(
        cls, X: Any, w: np.ndarray | None = None, weight_scale: float = 1.0
    ) -> "Standardization":
        """Measure the columns of ``X``.

        Parameters
        ----------
        X : ndarray or CSR array or matrix of shape (m, n[0])
            Finite; a sparse one without duplicates.
        w : ndarray of shape (m,), default=None
            Positive weights of the rows; None means ones.
        weight_scale : float, default=1
            What the weights were divided by.

        Returns
        -------
        Standardization
        """
        whole = cls._of_sparse(X, w) if issparse(X) else cls._of_blocks(X, w)
        return replace(whole, weight=min(whole.weight * float(weight_scale), LARGEST))

    @classmethod
    def _of_blocks(cls, X: Any, w: np.ndarray | None) -> "Standardization":
        """Measure block by block; a sparse block is made dense."""
        whole = None
        length = (
            max(1, min(BLOCK, BLOCK_ENTRIES // X.shape[1])) if issparse(X) else BLOCK
        )
        for start in range(0, X.shape[0], length):
            rows = slice(start, start + length)
            block = X[rows].toarray() if issparse(X) else X[rows]
            part = cls._of_block(block, None if w is None else w[rows])
            whole = part if whole is None else whole.merge(part)
        assert whole is not None  # there are rows
        return whole

    @classmethod
    def _of_sparse(cls, X: Any, w: np.ndarray | None) -> "Standardization":
        """Measure the stored values, and count the zeros that are not stored."""
        m, n = X.shape
        weight = float(m if w is None else w.sum(dtype=np.float64))
        p = np.full(m, 1 / weight) if w is None else w / weight
        filled, mean, variance = np.zeros((3, n))
        count, others = np.zeros((2, n), np.intp)
        low, high = np.full(n, np.inf), np.full(n, -np.inf)
        for j, x, p_x in values_in_blocks(X, p):
            count += np.bincount(j, minlength=n)
            filled += np.bincount(j, p_x, n)
            mean += np.bincount(j, p_x * x, n)
            np.minimum.at(low, j, x)
            np.maximum.at(high, j, x)
        has_zero = count < m
        low, high = (
            np.where(has_zero, np.minimum(low, 0), low),
            np.where(has_zero, np.maximum(high, 0), high),
        )
        # Divided by the largest first, so that squares cannot overflow.
        largest = np.maximum(np.abs(low), np.abs(high))
        scale = np.where(largest > 0, largest, 1)
        for j, x, p_x in values_in_blocks(X, p):
            variance += np.bincount(j, p_x * ((x - mean[j]) / scale[j]) ** 2, n)
            others += np.bincount(j[(x != low[j]) & (x != high[j])], minlength=n)
        variance += np.maximum(1 - filled, 0) * (mean / scale) ** 2  # of the zeros
        deviation = largest * np.sqrt(variance)
        two_valued = (others == 0) & (~has_zero | (low == 0) | (high == 0))
        # With few zeros their weight, and a mean far from zero, lose digits.
        (full,) = np.nonzero(filled > 0.5)
        if full.size:
            part = cls._of_blocks(X[:, full], w)
            mean[full], deviation[full] = part.mean, part.deviation
        return cls(mean, deviation, weight, low, high, two_valued)

    @classmethod
    def _of_block(cls, X: np.ndarray, w: np.ndarray | None) -> "Standardization":
        """Measure a block at once: two passes, each free of cancellation."""
        weight = float(X.shape[0] if w is None else w.sum(dtype=np.float64))
        p = np.full(X.shape[0], 1 / weight) if w is None else w / weight
        with np.errstate(over="ignore", invalid="ignore"):
            shifted = X - X[0].astype(np.float64)
            shift = p @ shifted
            shifted -= shift
        # Divided by the largest first, so that squares cannot overflow.
        largest = np.abs(shifted).max(axis=0)
        if not np.isfinite(largest).all():  # the difference of two values overflows
            part = cls._of_block(X / 4.0, w)
            mean, deviation = part.mean * 4, part.deviation * 4
            return cls(mean, deviation, weight, *extremes(X))
        shifted /= np.where(largest > 0, largest, 1)
        shifted *= shifted
        deviation = largest * np.sqrt(p @ shifted)
        return cls(X[0] + shift, deviation, weight, *extremes(X))

    def merge(self, other: "Standardization") -> "Standardization":
        """Return the standardisation of the rows behind both (Chan et al., 1979)."""
        if self.weight == 0:  # of a first partial_fit that was interrupted
            return other
        half = self.weight / 2 + other.weight / 2  # the whole might overflow
        q = other.weight / 2 / half if half > TINY else share_of(other, self)
        p = 1 - q
        step = other.mean - self.mean
        deviation = np.hypot(
            np.hypot(np.sqrt(p) * self.deviation, np.sqrt(q) * other.deviation),
            np.sqrt(p * q) * step,
        )
        low, high, fit = extremes(
            np.stack([self.low, self.high, other.low, other.high])
        )
        two_valued = fit & self.two_valued & other.two_valued
        weight = min(half, LARGEST / 2) * 2 or max(self.weight, other.weight)
        return Standardization(
            self.mean + q * step, deviation, weight, low, high, two_valued
        )

    @cached_property
    def scale(self) -> np.ndarray:
        """The divisor of each column; ndarray of shape (n[0],)."""
        half = self.high / 2 - self.low / 2  # the whole might overflow
        return np.where(self.two_valued, half, self.deviation)

    @cached_property
    def factor(self) -> np.ndarray:
        """1 / scale, and 0 for a constant column; ndarray of shape (n[0],)."""
        # Less is rounding, as of a sum that should have been 0.3, or 1 / it overflows.
        least = 4 * np.finfo(np.float64).eps * np.abs(self.mean)
        varies = self.deviation > np.maximum(least, np.finfo(np.float64).tiny)
        # Rows of next to no weight may lie any number of deviations apart.
        varies &= self.deviation > 1e-15 * (self.high / 2 - self.low / 2)
        return np.where(varies, 1 / np.where(varies, self.scale, 1), 0)

    @cached_property
    def _overflows(self) -> bool:
        """Whether two values of a column differ by more than float64 can hold."""
        half = self.high / 2 - self.low / 2
        return bool((half > LARGEST / 2).any())

    def transform(self, X: np.ndarray, out: np.ndarray) -> None:
        """Write the standardised ``X`` into ``out``, block by block.

        Parameters
        ----------
        X : ndarray of shape (m, n[0])
        out : ndarray of shape (m, n[0])
            float32 or float64.
        """
        factor = self.factor
        for start in range(0, X.shape[0], BLOCK):
            rows = slice(start, start + BLOCK)
            if self._overflows:
                quarter = X[rows] / 4.0 - self.mean / 4
                out[rows] = quarter * factor * 4
                continue
            np.multiply(X[rows] - self.mean, factor, out=out[rows], casting="same_kind")

    def carry(self, W: np.ndarray, new: "Standardization") -> np.ndarray:
        """Return W[1] for further training on columns standardised by ``new``.

        Weights stay as they are while mean and deviation move, as behind a
        StandardScaler. A column that had two values and now has more was divided
        by half their distance and is now divided by its deviation: its weights
        are multiplied by the ratio of the two, which is at most 1, so that this
        change of the measure alone changes no prediction. A column that was
        constant so far starts from weights of 0, if others were not: nothing was
        learnt from it.

        Parameters
        ----------
        W : ndarray of shape (n[1], n[0])
        new : Standardization

        Returns
        -------
        ndarray of shape (n[1], n[0])
        """
        varied = (self.factor > 0) & (self.weight > 0)
        changed = self.two_valued & ~new.two_valued & varied
        ratio = np.where(changed, self.deviation * self.factor, 1)
        if varied.any():  # else the hidden units would all be the same
            ratio[~varied & (new.factor > 0)] = 0
        return W * ratio

    def fold_into(self, W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return W[1] and b[1] for raw columns with the output of the given ones here.

        Parameters
        ----------
        W : ndarray of shape (n[1], n[0])
        b : ndarray of shape (n[1], 1)

        Returns
        -------
        W : ndarray of shape (n[1], n[0])
        b : ndarray of shape (n[1], 1)
        """
        return W * self.factor, b - (W @ (self.mean * self.factor))[:, np.newaxis]


def share_of(one: Standardization, other: Standardization) -> float:
    """Return the share of one in two weights whose halves have lost their digits."""
    ratio = other.weight / one.weight
    return 1 / (1 + ratio)


def extremes(X: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the least and greatest value of each column, and whether it has no others.

    Parameters
    ----------
    X : ndarray of shape (m, n[0])

    Returns
    -------
    low, high : ndarray of shape (n[0],)
        float64.
    two_valued : ndarray of shape (n[0],)
        bool; True for a constant column too.
    """
    low, high = X.min(axis=0), X.max(axis=0)
    two_valued = (np.equal(X, low) | np.equal(X, high)).all(axis=0)
    return low.astype(np.float64), high.astype(np.float64), two_valued


def values_in_blocks(
    X: Any, p: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield columns, values and weights of the stored values of a sparse X, in blocks.

    Parameters
    ----------
    X : CSR array or matrix of shape (m, n[0])
    p : ndarray of shape (m,)
        Weights of the rows.
    """
    for start in range(0, X.shape[0], BLOCK):
        block = X[start : start + BLOCK]
        lengths = np.diff(block.indptr)
        p_x = np.repeat(p[start : start + BLOCK], lengths)
        yield block.indices, block.data.astype(np.float64, copy=False), p_x
