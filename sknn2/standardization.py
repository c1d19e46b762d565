"""Centring and scaling of the columns of X, inside the network.

Everything here is computed in float64, whatever the precision of X: a column
whose mean is a million times its deviation keeps all the digits it came with.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

BLOCK = 2048
"""Rows that are looked at together."""

LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class Standardization:
    """Weighted mean and deviation of each column: ``x -> (x - mean) / deviation``.

    A constant column has deviation 0 and becomes 0, whatever it is later: it
    could not be learnt from, so it must not act.

    Parameters
    ----------
    mean : ndarray of shape (n[0],)
        float64.
    deviation : ndarray of shape (n[0],)
        float64, population form (divided by the sum of the weights).
    weight : float
        Sum of the weights of the rows behind them.
    """

    mean: np.ndarray
    deviation: np.ndarray
    weight: float

    @classmethod
    def of(
        cls, X: np.ndarray, w: np.ndarray | None = None, weight_scale: float = 1.0
    ) -> "Standardization":
        """Measure the columns of ``X``.

        Parameters
        ----------
        X : ndarray of shape (m, n[0])
            Finite.
        w : ndarray of shape (m,), default=None
            Positive weights of the rows; None means ones.
        weight_scale : float, default=1
            What the weights were divided by.

        Returns
        -------
        Standardization
        """
        whole = None
        for start in range(0, X.shape[0], BLOCK):
            rows = slice(start, start + BLOCK)
            part = cls._of_block(X[rows], None if w is None else w[rows])
            whole = part if whole is None else whole.merge(part)
        assert whole is not None  # there are rows
        return replace(whole, weight=min(whole.weight * float(weight_scale), LARGEST))

    @classmethod
    def _of_block(cls, X: np.ndarray, w: np.ndarray | None) -> "Standardization":
        """Measure a block at once: two passes, each free of cancellation."""
        weight = float(X.shape[0] if w is None else w.sum(dtype=np.float64))
        p = np.full(X.shape[0], 1 / weight) if w is None else w / weight
        shifted = X - X[0].astype(np.float64)
        shift = p @ shifted
        shifted -= shift
        # Divided by the largest first, so that squares cannot overflow.
        largest = np.abs(shifted).max(axis=0)
        shifted /= np.where(largest > 0, largest, 1)
        shifted *= shifted
        deviation = largest * np.sqrt(p @ shifted)
        return cls(X[0] + shift, deviation, weight)

    def merge(self, other: "Standardization") -> "Standardization":
        """Return the standardisation of the rows behind both (Chan et al., 1979)."""
        half = self.weight / 2 + other.weight / 2  # the whole might overflow
        q = other.weight / 2 / half
        p = 1 - q
        step = other.mean - self.mean
        deviation = np.hypot(
            np.hypot(np.sqrt(p) * self.deviation, np.sqrt(q) * other.deviation),
            np.sqrt(p * q) * step,
        )
        return Standardization(
            self.mean + q * step, deviation, min(half, LARGEST / 2) * 2
        )

    @cached_property
    def factor(self) -> np.ndarray:
        """1 / deviation, and 0 for a constant column; ndarray of shape (n[0],)."""
        # Less is rounding, as of a sum that should have been 0.3, or 1 / it overflows.
        least = 4 * np.finfo(np.float64).eps * np.abs(self.mean)
        varies = self.deviation > np.maximum(least, np.finfo(np.float64).tiny)
        return np.where(varies, 1 / np.where(varies, self.deviation, 1), 0)

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
            np.multiply(X[rows] - self.mean, factor, out=out[rows], casting="same_kind")

    def reexpress(
        self, W: np.ndarray, b: np.ndarray, new: "Standardization"
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return W[1] and b[1] that do on ``new``'s columns what they did on these.

        Parameters
        ----------
        W : ndarray of shape (n[1], n[0])
        b : ndarray of shape (n[1], 1)
        new : Standardization

        Returns
        -------
        W : ndarray of shape (n[1], n[0])
        b : ndarray of shape (n[1], 1)
            ``W new(x) + b`` is what the given ones made of ``self(x)``.
        """
        # self(x) = (x - mean) factor, and x = new.mean + new.deviation new(x). Equal
        # statistics have to give back W to the last bit, or two half trainings would
        # not be one whole.
        shift = (new.mean - self.mean) * self.factor
        same = new.deviation == self.deviation
        ratio = np.where(same, 1, new.deviation * self.factor)
        return W * ratio, b + (W @ shift)[:, np.newaxis]

    def on_raw(self, W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return W[1] and b[1] that do on raw columns what the given ones do here.

        Parameters
        ----------
        W : ndarray of shape (n[1], n[0])
        b : ndarray of shape (n[1], 1)

        Returns
        -------
        W : ndarray of shape (n[1], n[0])
        b : ndarray of shape (n[1], 1)
        """
        raw = Standardization(np.zeros_like(self.mean), np.ones_like(self.mean), 1.0)
        return self.reexpress(W, b, raw)
