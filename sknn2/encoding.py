"""Columns of a table as a net likes them: robustly scaled, and cut at quantiles.

The piecewise-linear encoding is that of Gorishniy, Rubachev and Babenko, "On
embeddings for numerical features in tabular deep learning" (2022). The scaling
and the smooth clip in front follow Holzmüller, Grinsztajn and Steinwart, "Better
by default" (2024).
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sknn2.checks import Arguments
from sknn2.data import check_rows, check_weights
from sknn2.names import Auto
from sknn2.standardization import LARGEST, Standardization
from sknn2.tables import has_sparse_columns
from sknn2.threads import quietly

BLOCK = 512
"""Rows that are transformed together, in float64."""

CLIP = 3.0
"""Deviations beyond which the clip lets nothing pass."""

FEW_VALUES = 3
"""A column of so few distinct values gets no bins: a line and a kink tell them
apart."""

MANY_BINS = 1_000_000
"""Of a column. More are a slip: the edges alone would fill the memory."""

LARGEST_BIN_WEIGHT = 1e30
"""The features have to stay finite in float32."""

MOST_BINS = 120
"""Of a table, with ``n_bins="auto"``."""

LEAST_ROWS = 50
"""In a bin beside a value that most rows have."""

ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""A spread below so much of the value itself is rounding: the column is constant."""

IQR_OF_NORMAL = 1.349
"""Between the quartiles of the standard normal distribution."""


class PiecewiseLinearEncoder(TransformerMixin, BaseEstimator):
    """Scale columns robustly, and append what they are within quantile bins.

    A column becomes two things. First itself, centred by its median, scaled by
    the range between its quartiles, and clipped smoothly,

    ``z / sqrt(1 + (z / 3)**2)``,

    so that an outlier ends at 3 and nothing is cut off. Then a feature for each
    of its quantile bins, which runs from 0 to 1 within the bin and stays at 0
    below and at 1 above: weights on them bend the column at the edges, where a
    net would have to learn the place of each kink. All features are
    standardised as the classifiers do it, to mean 0 and deviation 1 (and half
    the distance for a column of two values), and those of the bins multiplied
    by ``bin_weight``, so that a penalised net prefers the plain column where a
    line will do.

    For a net that standardises its input itself, switch that off
    (``standardize=False``): it would undo the weight of the bins.

    Parameters
    ----------
    n_bins : int or "auto", default="auto"
        Bins for each column, between equally spaced quantiles; fewer where
        quantiles coincide. A value that more than half of the rows have, as the
        0 of many an amount, is an edge, and the quantiles are those of the
        other values. None for a column that is left with one bin or has
        at most three distinct values, such as a one-hot column. 0 leaves them
        all out. ``"auto"`` is a sixth of the root of the number of rows, so
        that more rows draw a finer line: 2 up to 323 rows, 4 for 576, 8 for
        2,304, at most 16 from 9,216 rows on. Where that would be more than 120
        bins for the table it is fewer, and where it would be 1, none: a wide
        table has features enough, and each takes its time. Beside a value that
        most rows have, a bin of ``"auto"`` has at least 50 rows.
    bin_weight : float, default=0.3
        Deviation of the features of the bins; that of plain columns is 1.

    Attributes
    ----------
    center_ : ndarray of shape (n_features_in_,)
        Median of each column; its mean where the quartiles coincide.
    scale_ : ndarray of shape (n_features_in_,)
        Range between the quartiles over 1.349, which is the deviation if the
        column is normal; the deviation where the quartiles coincide; 0 for a
        constant column, which becomes 0, whatever it is later.
    edges_ : list of n_features_in_ ndarrays
        Edges of the bins, ``edges_[j]`` of shape (bins of column j + 1,), or
        (0,) where there are none.
    standardization_ : Standardization
        Mean and scale of all features, before they are standardised.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X had them and all are strings.

    See Also
    --------
    sklearn.preprocessing.SplineTransformer : Splines of higher degree.
    sklearn.preprocessing.RobustScaler : The scaling alone, without a clip.
    sklearn.preprocessing.KBinsDiscretizer : Steps at the edges.

    Notes
    -----
    Statistics are computed in float64, whatever X is; the features are float32,
    which is precision enough for a net and halves the time of its products. A
    weighted quantile is that of the rows repeated as often as their weight
    says.

    The features do not depend on the unit of a column: neither a shift nor a
    positive factor changes them. Each of them grows with its column.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn2 import PiecewiseLinearEncoder
    >>> X = np.array([[0.0], [1], [2], [3], [1000]])
    >>> encoder = PiecewiseLinearEncoder(n_bins=2).fit(X)
    >>> encoder.edges_
    [array([   0.,    2., 1000.])]
    >>> encoder.transform(X).round(2)
    array([[-1.08, -0.53, -0.15],
           [-0.69, -0.15, -0.15],
           [-0.24,  0.22, -0.15],
           [ 0.21,  0.22, -0.15],
           [ 1.8 ,  0.22,  0.6 ]], dtype=float32)
    >>> encoder.get_feature_names_out(["income"])
    array(['income', 'income_bin0', 'income_bin1'], dtype=object)
    """

    center_: np.ndarray
    scale_: np.ndarray
    edges_: list[np.ndarray]
    standardization_: Standardization
    n_features_in_: int
    feature_names_in_: np.ndarray

    def __init__(
        self,
        n_bins: int | Auto = "auto",
        *,
        bin_weight: float = 0.3,
    ) -> None:
        self.n_bins = n_bins
        self.bin_weight = bin_weight

    def fit(
        self,
        X: ArrayLike,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn centre, scale and bins of each column.

        Parameters
        ----------
        X : array-like of shape (m, n_features)
            Finite numbers.
        y : None
            Ignored.
        sample_weight : array-like of shape (m,), default=None
            None means ones. A row of weight zero does not count.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X is not a finite table, or an argument or a weight is out of
            its range.
        TypeError
            If X is sparse, or an argument is of another type.
        """
        arguments = Arguments(self)
        arguments.name_or_number("n_bins", ("auto",), "integer", low=0, high=MANY_BINS)
        arguments.real(
            "bin_weight",
            interval=f"a number of at least 0, and at most {LARGEST_BIN_WEIGHT:g}",
            low=0,
            high=np.nextafter(LARGEST_BIN_WEIGHT, np.inf),
        )
        X = self._check(X, reset=True)
        w = check_weights(sample_weight, X.shape[0])
        if w is not None:
            X, w = X[w > 0], w[w > 0] / w.max()
        automatic = isinstance(self.n_bins, str)
        n_bins = automatic_bins(X.shape[0]) if automatic else int(self.n_bins)
        least = LEAST_ROWS if automatic else 0
        center, scale, edges = measure_columns(X, w, n_bins, least)
        binned = sum(column.size > 0 for column in edges)
        if automatic and binned * n_bins > MOST_BINS:
            _, _, edges = measure_columns(X, w, MOST_BINS // binned, least)
        self.center_, self.scale_, self.edges_ = center, scale, edges
        self.standardization_ = self._measure_features(X, w)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return the scaled columns, and after them the features of their bins.

        Parameters
        ----------
        X : array-like of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m, n_features + bins)
            float32. A data frame if ``set_output`` asks for one.
        """
        check_is_fitted(self)
        X = self._check(X, reset=False)
        m, n = X.shape
        features = np.empty((m, self.standardization_.mean.size), np.float32)
        bins = self._bins()
        for start in range(0, m, BLOCK):
            rows = slice(start, start + BLOCK)
            bent = self._bend(X[rows], *bins)
            self.standardization_.transform(bent, features[rows])
        features[:, n:] *= np.float32(self.bin_weight)
        return features

    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> np.ndarray:
        """Return the names of the features: ``age``, ..., ``age_bin0``, ....

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,), default=None
            Names of the columns; None takes those of the fit, or ``x0``, ``x1``,
            ... where there were none. Where a column is called like a bin of
            another, e.g. ``a_bin0`` beside ``a``, the bin gets one more
            underscore: ``a__bin0``.

        Returns
        -------
        ndarray of str of shape (n_features + bins,)
        """
        check_is_fitted(self)
        names = OneToOneFeatureMixin.get_feature_names_out(self, input_features)
        bins: list[str] = []
        taken = set(names)
        for name, edges in zip(names, self.edges_, strict=True):
            for j in range(edges.size - 1):
                stem = f"{name}_"
                while f"{stem}bin{j}" in taken:
                    stem += "_"
                bins.append(f"{stem}bin{j}")
                taken.add(bins[-1])
        return np.array([*names, *bins], object)

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: only float32 keeps its precision."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def _check(self, X: Any, reset: bool) -> np.ndarray:
        """Return X as a finite array, or raise a sentence."""
        if issparse(X) or has_sparse_columns(X):
            full = "X.toarray()" if issparse(X) else "X.sparse.to_dense()"
            raise TypeError(
                "PiecewiseLinearEncoder does not take sparse X, since zeros would not "
                f"stay zeros: give {full}, or only the columns that are numbers."
            )
        checked: np.ndarray = check_rows(self, X, reset=reset)
        return checked

    def _measure_features(self, X: np.ndarray, w: np.ndarray | None) -> Standardization:
        """Return mean and scale of the features, before they are standardised."""
        bins, whole = self._bins(), None
        for start in range(0, X.shape[0], BLOCK):
            rows = slice(start, start + BLOCK)
            part = Standardization.of(
                self._bend(X[rows], *bins), None if w is None else w[rows]
            )
            whole = part if whole is None else whole.merge(part)
        assert whole is not None  # there are rows
        return whole

    def _bins(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the column, lower edge and width of all bins, each (bins,)."""
        counts = [max(edges.size - 1, 0) for edges in self.edges_]
        lower = [edges[:-1] for edges in self.edges_]
        width = [edges[1:] - edges[:-1] for edges in self.edges_]
        columns = np.repeat(np.arange(len(counts)), counts)
        return columns, np.concatenate(lower), np.concatenate(width)

    def _bend(
        self, X: np.ndarray, columns: np.ndarray, lower: np.ndarray, width: np.ndarray
    ) -> np.ndarray:
        """Return clipped columns and, after them, what they are in their bins.

        Parameters
        ----------
        X : ndarray of shape (rows, n_features)
        columns, lower, width : ndarray of shape (bins,)
            As from `_bins`.

        Returns
        -------
        ndarray of shape (rows, n_features + bins)
            float64, within [-3, 3] and [0, 1].
        """
        n = X.shape[1]
        bent = np.empty((X.shape[0], n + lower.size))
        z, t = bent[:, :n], bent[:, n:]

        def bend() -> None:
            nonlocal z, t
            # Further out the clip is 3 to the last digit, and squares could overflow.
            far = np.minimum(1e9 * self.scale_, LARGEST)
            np.clip(X - self.center_, -far, far, out=z)
            z /= np.where(self.scale_ > 0, self.scale_, 1)
            z /= np.sqrt(1 + np.square(z / CLIP))
            np.subtract(np.take(X, columns, axis=1), lower, out=t)
            t /= width

        quietly(bend)
        np.maximum(t, 0, out=t)
        np.minimum(t, 1, out=t)
        return bent


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
    w : ndarray of shape (m,) or None
        Positive weights; None means ones.
    n_bins : int
    least : int, default=0
        Rows that a bin has beside a value that most rows have.

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
        x = np.clip(X[:, j].astype(np.float64), -LARGEST / 4, LARGEST / 4)
        if w is None:
            x, w_sorted = np.sort(x), None
        else:
            order = np.argsort(x)
            x, w_sorted = x[order], w[order]
        below, center[j], above, *cuts = weighted_quantiles(x, w_sorted, q)
        scale[j] = (above - below) / IQR_OF_NORMAL
        rounding = max(ROUNDING * abs(center[j]), np.finfo(np.float64).tiny)
        if not scale[j] > rounding:
            measured = Standardization.of(X[:, j : j + 1], w)
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
    0. It is an edge, and the others have the quantiles for themselves.

    Parameters
    ----------
    x : ndarray of shape (m,)
        Sorted.
    w : ndarray of shape (m,) or None
        Positive weights; None means ones.
    cuts : list of float
        The quantiles of all values, one more than bins.
    least : int
        Rows of other values that a bin has; 0 does not count them.

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
    # What is a half but for rounding is not more.
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
    """Return quantiles as of the values repeated as often as their weights say.

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
    # What is a step of the sum but for rounding is one.
    slack = 1e-12 * reached[-1]
    i = np.minimum(np.searchsorted(reached, target - slack), x.size - 1)
    on_step = np.abs(reached[i] - target) <= slack
    j = np.where(on_step, np.minimum(i + 1, x.size - 1), i)
    quantiles: np.ndarray = x[i] + (x[j] - x[i]) / 2
    return quantiles
