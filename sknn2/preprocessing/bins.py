"""Centre, scale and quantile bins of each column."""

from __future__ import annotations

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
    n = X.shape[1]
    q = np.append([0.25, 0.5, 0.75], np.linspace(0, 1, n_bins + 1))
    center, scale, edges = np.empty(n), np.empty(n), []
    for j in range(n):
        # One column at a time, so that memory does not grow with their number.
        # Distances between values further out would overflow.
        there = ~np.isnan(X[:, j])
        if not there.any():
            center[j] = scale[j] = 0  # as for a constant column
            edges.append(np.empty(0))
            continue
        values, w_there = X[there, j], None if w is None else w[there]
        x = np.clip(values.astype(np.float64), -LARGEST / 4, LARGEST / 4)
        if w_there is None:
            x, w_sorted = np.sort(x), None
        else:
            order = np.argsort(x)
            x, w_sorted = x[order], w_there[order]
        below, center[j], above, *cuts = weighted_quantiles(x, w_sorted, q)
        scale[j] = (above - below) / IQR_OF_NORMAL
        rounding = max(ROUNDING * abs(center[j]), np.finfo(np.float64).tiny)
        if not scale[j] > rounding:
            measured = Standardization.of(values[:, np.newaxis], w_there)
            center[j] = measured.mean[0]
            scale[j] = measured.deviation[0] if measured.factor[0] > 0 else 0
        distinct = 1 + np.count_nonzero(x[1:] > x[:-1])
        kept = np.unique(spread_edges(x, w_sorted, cuts, least))
        binned = kept.size > 2 and distinct > FEW_VALUES and scale[j] > 0
        edges.append(kept if binned else kept[:0])
    return center, scale, edges


def spread_edges(
    x: np.ndarray, w: np.ndarray | None, cuts: list[float], least: int
) -> np.ndarray:
    """Return edges that are spread over the values beside one that most rows have.

    Quantiles coincide at such a value, as at the 0 of an amount that is mostly
    0. It is an edge, and the quantiles are those of the other values.

    Parameters
    ----------
    x : ndarray of shape (m,)
        Sorted.
    w : ndarray of shape (m,) or None
        Positive weights; None means ones.
    cuts : list of float
        The quantiles of all values, one more than bins.
    least : int
        Fewest rows of other values in a bin; 0 sets no limit.

    Returns
    -------
    ndarray
        The quantiles as they are where no value has more than half of the rows.
    """
    n_bins = len(cuts) - 1
    (middle,) = weighted_quantiles(x, w, np.array([0.5]))
    first, last = np.searchsorted(x, middle), np.searchsorted(x, middle, "right")
    total = x.size if w is None else w.sum()
    share = (last - first if w is None else w[first:last].sum()) / total
    # A half plus rounding is not more than a half.
    if n_bins == 0 or share <= 0.5 + 1e-12:
        return np.array(cuts)
    others = np.delete(x, slice(first, last))
    bins = n_bins if least == 0 else min(n_bins, others.size // least)
    if bins < 2 or others.size == 0:
        return x[[0, first, -1]]
    w_others = None if w is None else np.delete(w, slice(first, last))
    q = np.linspace(0, 1, bins + 1)
    return np.append(weighted_quantiles(others, w_others, q), middle)


def weighted_quantiles(
    x: np.ndarray, w: np.ndarray | None, q: np.ndarray
) -> np.ndarray:
    """Return the quantiles of the values, each repeated as often as its weight says.

    It is NumPy's ``"averaged_inverted_cdf"``: an integer weight gives what the
    repeated values give, and the unit of the weights does not matter.

    Parameters
    ----------
    x : ndarray of shape (m,)
        Sorted.
    w : ndarray of shape (m,) or None
        Positive weights; None means ones.
    q : ndarray of shape (k,)
        Between 0 and 1.

    Returns
    -------
    ndarray of shape (k,)
    """
    reached = np.arange(1.0, x.size + 1) if w is None else np.cumsum(w)
    target = q * reached[-1]
    # A step of the sum plus rounding is a step.
    slack = 1e-12 * reached[-1]
    i = np.minimum(np.searchsorted(reached, target - slack), x.size - 1)
    on_step = np.abs(reached[i] - target) <= slack
    j = np.where(on_step, np.minimum(i + 1, x.size - 1), i)
    quantiles: np.ndarray = x[i] + (x[j] - x[i]) / 2
    return quantiles
