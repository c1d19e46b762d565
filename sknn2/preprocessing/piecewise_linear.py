"""Robust scaling and piecewise-linear encoding of numeric columns.

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

from sknn2.data.argument_checks import Arguments
from sknn2.data.input_checks import check_rows, check_weights
from sknn2.data.stored_state import CheckedStateMixin
from sknn2.data.table_checks import has_sparse_columns
from sknn2.inputs.blas_threads import quietly
from sknn2.inputs.standardization import LARGEST, Standardization
from sknn2.names import Auto
from sknn2.preprocessing.bins import (
    LEAST_ROWS,
    MOST_BINS,
    automatic_bins,
    measure_columns,
    measure_present,
)
from sknn2.versioning import VersionedPickleMixin

BLOCK, BLOCK_ENTRIES = 512, 2**16
"""Rows that are transformed together, in float64, and features: of narrow tables there
are more rows in a block, because each call of NumPy takes time too."""


PART = 2**16
"""Features of columns with missing values that are measured together."""


CLIP = 3.0
"""Largest absolute value of a clipped column, in deviations."""


MANY_BINS = 1_000_000
"""Most bins of a column. More are a mistake: the edges alone would fill the memory."""


LARGEST_BIN_WEIGHT = 1e30
"""The features have to stay finite in float32."""


Bins = tuple[np.ndarray, np.ndarray, np.ndarray]
"""The column, lower edge and width of each bin."""


class PiecewiseLinearEncoder(
    VersionedPickleMixin, CheckedStateMixin, TransformerMixin, BaseEstimator
):
    """Scale columns robustly, and append piecewise-linear features of quantile bins.

    A column becomes several features. The first is the column, centred by its
    median, scaled by the range between its quartiles, and clipped smoothly,

    ``z / sqrt(1 + (z / 3)**2)``,

    so that an outlier is at most 3 and the order of values is kept;
    ``clip=False`` leaves it linear, for targets that depend on large values of
    a column. Then follows a feature for each quantile bin, which rises from 0
    to 1 within the bin and is 0 below and 1 above it: a weighted sum of these
    is piecewise linear with kinks at the edges, so a net need not learn where
    the kinks are. All features are standardised as in the classifiers, to mean
    0 and deviation 1 (or by half the distance for a column of two values), and
    those of the bins are multiplied by ``bin_weight``, so that a penalised net
    prefers the plain column where a line is enough.

    NaN is a missing value. Centre, quartiles, edges, mean and deviation are
    computed without missing values, and a missing value becomes 0, the mean, in
    every feature of its column. Where a column has missing values in the
    training rows, a column of 0 and 1 says so; it is scaled as the features of
    the bins are.

    For a net that standardises its input itself, switch that off
    (``standardize=False``): it would undo the weight of the bins.

    Parameters
    ----------
    n_bins : int or "auto", default="auto"
        Bins for each column, between equally spaced quantiles; fewer where
        quantiles coincide. A value that more than half of the rows have, such
        as the 0 of an amount, is an edge, and the quantiles are those of the
        other values. A column with only one bin left, or with at most three
        distinct values, such as a one-hot column, has none. 0 makes no bins.
        ``"auto"`` is a sixth of the root of the number of rows, so that more
        rows give a finer line: 2 up to 323 rows, 4 for 576, 8 for 2,304, at
        most 16 from 9,216 rows on. A table has at most 120 bins, and none if
        that leaves 1 for each column: a wide table has features enough, and
        each takes time. Next to a value that most rows have, a bin of
        ``"auto"`` has at least 50 rows.
    bin_weight : float, default=0.3
        Deviation of the features of the bins; that of plain columns is 1. The
        columns that say where values are missing are multiplied by it too.
    clip : bool, default=True
        Whether the plain column is clipped smoothly. For regression use False,
        as `make_tabular_regressor` does, so that predictions can depend on
        large values.

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
    missing_ : ndarray of shape (columns with missing values,)
        Indices of the columns of X that had both missing and other values in
        the training rows, and so have a column that says where.
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
    Statistics are computed in float64; the features are float32, which is
    precise enough for a net and halves the time of its products. A weighted
    quantile is that of the rows, each repeated as often as its weight says.

    The features do not depend on the unit of a column: neither a shift nor a
    positive factor changes them. Each of them increases with its column.

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
    missing_: np.ndarray
    standardization_: Standardization
    n_features_in_: int
    feature_names_in_: np.ndarray

    learnt = "center_", "scale_", "edges_", "missing_", "standardization_"

    def __init__(
        self,
        n_bins: int | Auto = "auto",
        *,
        bin_weight: float = 0.3,
        clip: bool = True,
    ) -> None:
        self.n_bins = n_bins
        self.bin_weight = bin_weight
        self.clip = clip

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
            Numbers, and NaN where they are missing.
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
            If X is not a table of numbers or holds infinity, or an argument or
            a weight is out of its range.
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
        arguments.boolean("clip")
        X = self._check(X, reset=True)
        w = check_weights(sample_weight, X.shape[0])
        if w is not None:
            X, w = X[w > 0], w[w > 0] / w.max()
        automatic = isinstance(self.n_bins, str)
        n_bins = automatic_bins(X.shape[0]) if automatic else int(self.n_bins)
        least = LEAST_ROWS if automatic else 0
        center, scale, edges = measure_columns(X, w, n_bins, least)
        binned = int(np.count_nonzero([column.size for column in edges]))
        if automatic and binned > MOST_BINS:
            edges = [np.empty(0)] * X.shape[1]
        elif automatic and binned * n_bins > MOST_BINS:
            _, _, edges = measure_columns(X, w, MOST_BINS // binned, least)
        self.center_, self.scale_, self.edges_ = center, scale, edges
        there = ~np.isnan(X)
        (self.missing_,) = np.nonzero(there.any(axis=0) & ~there.all(axis=0))
        self.standardization_ = self._measure_features(X, w)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return scaled columns, features of their bins, and columns that mark NaN.

        Parameters
        ----------
        X : array-like of shape (m, n_features)
            Numbers, and NaN where they are missing.

        Returns
        -------
        ndarray of shape (m, n_features + bins + columns with missing values)
            float32. A data frame if ``set_output`` asks for one.
        """
        check_is_fitted(self)
        X = self._check(X, reset=False)
        m, n = X.shape
        features = np.empty((m, self.standardization_.mean.size), np.float32)
        bins, length = self._bins(), self._block_length()
        for start in range(0, m, length):
            rows = slice(start, start + length)
            bent = self._bend(X[rows], bins)
            self.standardization_.transform(bent, features[rows])
            if np.isnan(X[rows]).any():
                features[rows][np.isnan(features[rows])] = 0
        features[:, n:] *= np.float32(self.bin_weight)
        return features

    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> np.ndarray:
        """Return the names: ``age``, ..., ``age_bin0``, ..., ``age_missing``, ....

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,), default=None
            Names of the columns; None takes those of the fit, or ``x0``, ``x1``,
            ... where there were none. Where a column is called like a bin of
            another, e.g. ``a_bin0`` beside ``a``, the bin gets one more
            underscore: ``a__bin0``.

        Returns
        -------
        ndarray of str of shape (n_features + bins + columns with missing values,)
        """
        check_is_fitted(self)
        names = OneToOneFeatureMixin.get_feature_names_out(self, input_features)
        new: list[str] = []
        taken = set(names)
        endings = [
            (names[j], f"bin{k}")
            for j, edges in enumerate(self.edges_)
            for k in range(edges.size - 1)
        ]
        for name, ending in [*endings, *((names[j], "missing") for j in self.missing_)]:
            stem = f"{name}_"
            while f"{stem}{ending}" in taken:
                stem += "_"
            new.append(f"{stem}{ending}")
            taken.add(new[-1])
        return np.array([*names, *new], object)

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: only float32 keeps its precision; NaN is fine."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def _check(self, X: Any, reset: bool) -> np.ndarray:
        """Return X as an array without infinity, or raise an error."""
        if issparse(X) or has_sparse_columns(X):
            full = "X.toarray()" if issparse(X) else "X.sparse.to_dense()"
            raise TypeError(
                "PiecewiseLinearEncoder does not take sparse X, since zeros would not "
                f"stay zeros: give {full}, or only the columns that are numbers."
            )
        checked: np.ndarray = check_rows(self, X, reset=reset, allow_nan=True)
        return checked

    def _measure_features(self, X: np.ndarray, w: np.ndarray | None) -> Standardization:
        """Return mean and scale of the features, before they are standardised."""
        bins, whole, length = self._bins(), None, self._block_length()
        for start in range(0, X.shape[0], length):
            rows = slice(start, start + length)
            bent = self._bend(X[rows], bins)
            bent[np.isnan(bent)] = 0  # columns with NaN are measured below
            part = Standardization.of(bent, None if w is None else w[rows])
            whole = part if whole is None else whole.merge(part)
        assert whole is not None  # there are rows
        columns, lower, width = bins
        (ramps,) = np.nonzero(np.isin(columns, self.missing_))
        size = max(1, PART // X.shape[0])
        for start in range(0, self.missing_.size, size):
            some = self.missing_[start : start + size]
            bent = clipped(X[:, some], self.center_[some], self.scale_[some], self.clip)
            replace_columns(whole, some, measure_present(bent.T.copy(), w))
        for start in range(0, ramps.size, size):
            some = ramps[start : start + size]
            bent = ramp(X, (columns[some], lower[some], width[some]))
            part = measure_present(bent.T.copy(), w)
            replace_columns(whole, X.shape[1] + some, part)
        return whole

    def _block_length(self) -> int:
        """Return how many rows are transformed together."""
        features = self.n_features_in_ + sum(map(len, self.edges_))
        return max(BLOCK, BLOCK_ENTRIES // features)

    def _bins(self) -> Bins:
        """Return the column, lower edge and width of all bins, each (bins,)."""
        counts = [max(edges.size - 1, 0) for edges in self.edges_]
        lower = [edges[:-1] for edges in self.edges_]
        width = [edges[1:] - edges[:-1] for edges in self.edges_]
        columns = np.repeat(np.arange(len(counts)), counts)
        return columns, np.concatenate(lower), np.concatenate(width)

    def _bend(self, X: np.ndarray, bins: Bins) -> np.ndarray:
        """Return clipped columns, features of their bins, and columns that mark NaN.

        Parameters
        ----------
        X : ndarray of shape (rows, n_features)
        bins : tuple of 3 ndarrays of shape (bins,)
            As from `_bins`.

        Returns
        -------
        ndarray of shape (rows, n_features + bins + columns with missing values)
            float64, within [-3, 3], [0, 1] and {0, 1}.
        """
        bent = bend(X, self.center_, self.scale_, bins, self.clip)
        if not self.missing_.size:
            return bent
        return np.hstack([bent, np.isnan(X[:, self.missing_])])


def bend(
    X: np.ndarray, center: np.ndarray, scale: np.ndarray, bins: Bins, clip: bool
) -> np.ndarray:
    """Return clipped columns and, after them, the features of their bins.

    Parameters
    ----------
    X : ndarray of shape (rows, n_features)
    center, scale : ndarray of shape (n_features,)
    bins : tuple of 3 ndarrays of shape (bins,)
        The column, lower edge and width of each.
    clip : bool

    Returns
    -------
    ndarray of shape (rows, n_features + bins)
        float64, within [-3, 3] and [0, 1]; NaN where X is NaN.
    """
    n = X.shape[1]
    bent = np.empty((X.shape[0], n + bins[0].size))
    clipped(X, center, scale, clip, out=bent[:, :n])
    ramp(X, bins, out=bent[:, n:])
    return bent


def clipped(
    X: np.ndarray,
    center: np.ndarray,
    scale: np.ndarray,
    clip: bool,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Return the columns centred, scaled and clipped; as for `bend`."""
    z = np.empty(X.shape) if out is None else out

    def fill() -> None:
        nonlocal z
        # Beyond this the clip is exactly 3, and squares could overflow.
        far = np.minimum(1e9 * scale, LARGEST)
        np.clip(X - center, -far, far, out=z)
        z /= np.where(scale > 0, scale, 1)
        if clip:
            z /= np.sqrt(1 + np.square(z / CLIP))

    quietly(fill)
    return z


def ramp(X: np.ndarray, bins: Bins, out: np.ndarray | None = None) -> np.ndarray:
    """Return the features of bins, from 0 to 1; as for `bend`."""
    columns, lower, width = bins
    t = np.empty((X.shape[0], lower.size)) if out is None else out

    def fill() -> None:
        nonlocal t
        np.subtract(np.take(X, columns, axis=1), lower, out=t)
        t /= width

    quietly(fill)
    np.maximum(t, 0, out=t)
    np.minimum(t, 1, out=t)
    return t


def replace_columns(
    whole: Standardization, columns: np.ndarray, part: Standardization
) -> None:
    """Write the statistics of some columns into those of all."""
    for name in ("mean", "deviation", "low", "high", "two_valued"):
        getattr(whole, name)[columns] = getattr(part, name)
