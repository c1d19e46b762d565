"""Centre, scale and quantile bins of many columns at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from sknn2.inputs.standardization import LARGEST, Standardization

FEW_VALUES = 3
"""A column of so few distinct values has no bins: a line and a kink tell them
apart."""


MOST_BINS = 120
"""Most bins of a table, with ``n_bins="auto"``."""


LEAST_ROWS = 50
"""Fewest rows in a bin next to a value that most rows have."""


ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""A column is constant if its spread is less than this share of its values."""


TOGETHER = 2**16
"""Values of columns that are sorted together: memory does not grow with the columns."""


IQR_OF_NORMAL = 1.349
"""Distance of the quartiles of the standard normal distribution."""


def automatic_bins(m: int) -> int:
    """Return ``n_bins="auto"`` for m rows, however many columns there are."""
    fewest, most = 2, 16
    return int(min(max(m**0.5 / 6, fewest), most))


def measure_columns(
    X: np.ndarray, w: np.ndarray | None, n_bins: int, least: int = 0
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Return centre, scale and edges of each column.

    Parameters
    ----------
    X : ndarray of shape (m, n_features)
        NaN does not count.
    w : ndarray of shape (m,) or None
        Positive weights; None means ones.
    n_bins : int
    least : int, default=0
        Fewest rows in a bin next to a value that most rows have.

    Returns
    -------
    center, scale : ndarray of shape (n_features,)
    edges : list of n_features ndarrays
    """
    m, n = X.shape
    # A column without values is treated as a constant one.
    center, scale, edges = np.zeros(n), np.zeros(n), [np.empty(0)] * n
    length = max(1, TOGETHER // max(m, n_bins + 2))
    for start in range(0, n, length):
        values = X[:, start : start + length].T.astype(np.float64, order="C")
        (filled,) = np.nonzero(~np.isnan(values).all(axis=1))
        if not filled.size:
            continue
        part = _measure(values[filled], w, n_bins, least)
        center[start + filled], scale[start + filled] = part[:2]
        for j, column_edges in zip(filled.tolist(), part[2], strict=True):
            edges[start + j] = column_edges
    return center, scale, edges


def _measure(
    values: np.ndarray, w: np.ndarray | None, n_bins: int, least: int
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Return what `measure_columns` does, for columns of X that are given as rows.

    Parameters
    ----------
    values : ndarray of shape (k, m)
        float64. Each row has a value that is not NaN.
    w, n_bins, least
        As for `measure_columns`.
    """
    columns = SortedColumns.of(values, w)
    q = np.append([0.25, 0.5, 0.75], np.linspace(0, 1, n_bins + 1))
    quantiles = columns.quantiles(q)
    below, middle, above = quantiles[:, :3].T
    center, scale = middle.copy(), (above - below) / IQR_OF_NORMAL
    rounding = np.maximum(ROUNDING * np.abs(center), np.finfo(np.float64).tiny)
    (flat,) = np.nonzero(~(scale > rounding))
    if flat.size:
        measured = measure_present(values[flat], w)
        center[flat] = measured.mean
        scale[flat] = np.where(measured.factor > 0, measured.deviation, 0)
    cuts = np.full((middle.size, max(n_bins + 2, 3)), np.nan)
    cuts[:, : n_bins + 1] = quantiles[:, 3:]
    if n_bins > 0:
        spread_cuts(columns, middle, cuts, n_bins, least)
    cuts.sort(axis=1)
    kept = ~np.isnan(cuts)
    kept[:, 1:] &= cuts[:, 1:] != cuts[:, :-1]
    binned = (columns.distinct() > FEW_VALUES) & (scale > 0)
    kept[~(binned & (kept.sum(axis=1) > 2))] = False
    ends = np.append(0, np.cumsum(kept.sum(axis=1))).tolist()
    flat_cuts = cuts[kept]
    return center, scale, [flat_cuts[a:b] for a, b in pairwise(ends)]


@dataclass(frozen=True)
class SortedColumns:
    """The values of k columns, each sorted, with NaN at the end.

    Parameters
    ----------
    x : ndarray of shape (k, m)
    sizes : ndarray of shape (k,)
        int, how many values of each column are not NaN; at least one.
    w : ndarray of shape (k, m) or None
        Positive weight of each value; None means ones.
    """

    x: np.ndarray
    sizes: np.ndarray
    w: np.ndarray | None

    @classmethod
    def of(cls, values: np.ndarray, w: np.ndarray | None) -> Self:
        """Sort columns that are given as rows, with the weights of the rows of X."""
        sizes = values.shape[1] - np.count_nonzero(np.isnan(values), axis=1)
        # Distances between values further out would overflow.
        x = np.clip(values, -LARGEST / 4, LARGEST / 4)
        if w is None:
            x.sort(axis=1)
            return cls(x, sizes, None)
        order = np.argsort(x, axis=1)
        return cls(np.take_along_axis(x, order, axis=1), sizes, w[order])

    def quantiles(self, q: np.ndarray) -> np.ndarray:
        """Return the quantiles of the values, each repeated as its weight says.

        It is NumPy's ``"averaged_inverted_cdf"``: an integer weight gives what the
        repeated values give, and the unit of the weights does not matter.

        Parameters
        ----------
        q : ndarray of shape (n_quantiles,)
            Between 0 and 1.

        Returns
        -------
        ndarray of shape (k, n_quantiles)
        """
        last = self.sizes[:, np.newaxis] - 1
        reached = None if self.w is None else np.cumsum(self.w, axis=1)
        if reached is None:
            total = last + 1.0
        else:
            total = np.take_along_axis(reached, last, axis=1)
        target = q * total
        # A step of the sum plus rounding is a step.
        slack = 1e-12 * total
        if reached is None:
            i = np.maximum(np.ceil(target - slack).astype(np.intp) - 1, 0)
        else:
            i = np.stack(
                [
                    np.searchsorted(row[:size], row_target)
                    for row, size, row_target in zip(
                        reached, self.sizes, target - slack, strict=True
                    )
                ]
            )
        i = np.minimum(i, last)
        at = i + 1.0 if reached is None else np.take_along_axis(reached, i, axis=1)
        on_step = np.abs(at - target) <= slack
        j = np.where(on_step, np.minimum(i + 1, last), i)
        low = np.take_along_axis(self.x, i, axis=1)
        high = np.take_along_axis(self.x, j, axis=1)
        quantiles: np.ndarray = low + (high - low) / 2
        return quantiles

    def distinct(self) -> np.ndarray:
        """Return how many distinct values each column has, of shape (k,)."""
        counts: np.ndarray = np.count_nonzero(self.x[:, 1:] > self.x[:, :-1], axis=1)
        return counts + 1

    def without(
        self, columns: np.ndarray, left_out: np.ndarray
    ) -> tuple[SortedColumns, np.ndarray]:
        """Return some columns, each without one value, and which have others.

        Parameters
        ----------
        columns : ndarray of shape (j,)
            int, indices of the columns.
        left_out : ndarray of shape (j,)
            The value of each that is left out.

        Returns
        -------
        SortedColumns
            Of the columns that have other values.
        has_others : ndarray of shape (j,)
            bool
        """
        x = self.x[columns]
        x[x == left_out[:, np.newaxis]] = np.nan
        sizes = x.shape[1] - np.count_nonzero(np.isnan(x), axis=1)
        has_others = sizes > 0
        x, sizes, columns = x[has_others], sizes[has_others], columns[has_others]
        if self.w is None:
            x.sort(axis=1)
            return SortedColumns(x, sizes, None), has_others
        order = np.argsort(np.isnan(x), axis=1, kind="stable")
        w = np.take_along_axis(self.w[columns], order, axis=1)
        x = np.take_along_axis(x, order, axis=1)
        return SortedColumns(x, sizes, w), has_others


def spread_cuts(
    columns: SortedColumns,
    middle: np.ndarray,
    cuts: np.ndarray,
    n_bins: int,
    least: int,
) -> None:
    """Spread edges over the values beside one that most rows have, in place.

    Quantiles coincide at such a value, as at the 0 of an amount that is mostly
    0. It is an edge, and the quantiles are those of the other values. Edges of
    columns without such a value stay as they are.

    Parameters
    ----------
    columns : SortedColumns
    middle : ndarray of shape (k,)
        Median of each column.
    cuts : ndarray of shape (k, n_bins + 2) or wider
        Edges, and NaN where a column has fewer.
    n_bins : int
        At least 1.
    least : int
        Fewest rows of other values in a bin; 0 sets no limit.
    """
    equal = columns.x == middle[:, np.newaxis]
    if columns.w is None:
        share = np.count_nonzero(equal, axis=1) / columns.sizes
    else:
        there = ~np.isnan(columns.x)
        share = (columns.w * equal).sum(axis=1) / (columns.w * there).sum(axis=1)
    # A half plus rounding is not more than a half.
    (most,) = np.nonzero(share > 0.5 + 1e-12)
    if not most.size:
        return
    cuts[most] = np.nan
    cuts[most, 0] = columns.x[most, 0]
    cuts[most, 1] = middle[most]
    cuts[most, 2] = columns.x[most, columns.sizes[most] - 1]
    others, has_others = columns.without(most, middle[most])
    most = most[has_others]
    bins = np.full(most.size, n_bins)
    if least:
        bins = np.minimum(n_bins, others.sizes // least)
    for count in np.unique(bins[bins > 1]):
        (these,) = np.nonzero(bins == count)
        w = None if others.w is None else others.w[these]
        some = SortedColumns(others.x[these], others.sizes[these], w)
        cuts[most[these]] = np.nan
        cuts[most[these], : count + 1] = some.quantiles(np.linspace(0, 1, count + 1))
        cuts[most[these], count + 1] = middle[most[these]]


def measure_present(values: np.ndarray, w: np.ndarray | None) -> Standardization:
    """Measure columns without their missing values.

    Parameters
    ----------
    values : ndarray of shape (k, m)
        float64, a row for each column. NaN does not count; each row has another
        value.
    w : ndarray of shape (m,) or None
        Positive weights; None means ones.

    Returns
    -------
    Standardization
        Of k columns.
    """
    there = ~np.isnan(values)
    p = there.astype(np.float64) if w is None else there * w
    p /= p.sum(axis=1, keepdims=True)
    first = np.take_along_axis(values, there.argmax(axis=1)[:, np.newaxis], axis=1)
    # A quarter, because the difference itself may overflow.
    shifted = np.where(there, values / 4 - first / 4, 0)
    shift = (p * shifted).sum(axis=1, keepdims=True)
    shifted = np.where(there, shifted - shift, 0)
    # Divided by the largest first, so that squares cannot overflow.
    largest = np.abs(shifted).max(axis=1)
    shifted /= np.where(largest > 0, largest, 1)[:, np.newaxis]
    deviation = 4 * largest * np.sqrt((p * np.square(shifted)).sum(axis=1))
    low = np.where(there, values, np.inf).min(axis=1)
    high = np.where(there, values, -np.inf).max(axis=1)
    at_end = (values == low[:, np.newaxis]) | (values == high[:, np.newaxis])
    mean = (first + 4 * shift)[:, 0]
    two_valued = (at_end | ~there).all(axis=1)
    return Standardization(mean, deviation, 1.0, low, high, two_valued)
