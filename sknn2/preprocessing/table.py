"""Encoding of a table of mixed columns for a net."""

from __future__ import annotations

import copy
import datetime
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import check_is_fitted, validate_data

from sknn2.data.input_checks import (
    NO_TARGET,
    check_finite,
    check_weights,
    is_plain,
    name_column,
)
from sknn2.data.stored_state import CheckedStateMixin
from sknn2.names import Auto
from sknn2.preprocessing.columns import (
    DATE_FEATURES,
    Column,
    WrongKind,
    convert,
    date_features,
    find_zone,
    is_frame,
    name_zone,
    read_column,
    split_columns,
)
from sknn2.preprocessing.piecewise_linear import PiecewiseLinearEncoder
from sknn2.versioning import VersionedPickleMixin


@dataclass(frozen=True)
class Levels:
    """Which column of a fitted OneHotEncoder each level of a category sets to 1.

    For one row it takes a hundredth of the time of the OneHotEncoder.

    Parameters
    ----------
    places : dict of str or None to int
        The column of each level.
    size : int
        Number of columns.
    unknown : int
        The column of all other levels, which is that of the pool; -1 if there
        is no pool.
    """

    places: dict[str | None, int]
    size: int
    unknown: int

    def __post_init__(self) -> None:
        if not isinstance(self.places, dict):
            names, columns = self.places
            places = dict(zip(names, columns.tolist(), strict=True))
            object.__setattr__(self, "places", places)

    def __reduce__(self) -> tuple[Any, ...]:
        # A list and an array: the keys of a dict of skops are text, never None.
        columns = np.array(list(self.places.values()), np.intp)
        return Levels, ((list(self.places), columns), self.size, self.unknown)

    @classmethod
    def of(cls, known: list[str | None], pooled: set[str | None]) -> Levels:
        """Place known levels in their order, and those that are pooled at the end."""
        alone = [level for level in known if level not in pooled]
        pool, end = dict.fromkeys(pooled, len(alone)), len(alone)
        places = {**{level: k for k, level in enumerate(alone)}, **pool}
        return cls(places, end + bool(pool), end if pool else -1)

    @property
    def kept(self) -> np.ndarray:
        """Which columns are kept: the second of two, else all."""
        return np.arange(self.size) >= (self.size == 2)

    def one_hot(self, values: np.ndarray) -> np.ndarray:
        """Return 0 and 1 for each column that is kept, NaN for an unknown level."""
        codes = np.array([self.places.get(value, self.unknown) for value in values])
        Z = np.zeros((codes.size, self.size))
        Z[np.arange(codes.size), codes] = 1
        Z[codes < 0] = np.nan
        return Z[:, self.kept]


class TableEncoder(
    VersionedPickleMixin, CheckedStateMixin, TransformerMixin, BaseEstimator
):
    """Encode a table of numbers, text, dates and missing values for a net.

    A frame of pandas or polars, or an array, becomes a table of numbers, and
    `PiecewiseLinearEncoder` scales it and appends ramps and columns that mark
    missing values:

    - **numbers and booleans** stay numbers, and a missing value is the mean of
      each of their features;
    - **categories and text** become one column of 0 and 1 for each level, one
      for two levels. A missing value is a level of its own. Levels that only
      one row has share one column. So does a level that the training rows did
      not have; without such a column it becomes the mean of each feature;
    - **dates** become seconds since 1970, and sine and cosine of their position
      in the year, the week and the day, in local time of their time zone;
    - **durations and times of day** become seconds.

    A column whose values are all missing becomes 0, whatever it is later. The
    type decides: convert numbers that are codes to a category or to text, and
    text that holds numbers to numbers.

    Parameters
    ----------
    n_bins : int or "auto", default="auto"
        As for PiecewiseLinearEncoder.
    bin_weight : float, default=0.3
        As for PiecewiseLinearEncoder.
    clip : bool, default=True
        As for PiecewiseLinearEncoder; False is better for regression.

    Attributes
    ----------
    kinds_ : list of n_features_in_ str
        The kind of each column: "number", "category", "date", "duration", or
        "empty", where all values are missing.
    levels_ : OneHotEncoder or None
        The encoder of the categories; None if there are none.
    encoder_ : PiecewiseLinearEncoder
        The encoder of the table of numbers: all other columns in their order,
        then the levels.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X had them and all are strings.

    See Also
    --------
    make_tabular_classifier : This in front of a classifier.
    make_tabular_regressor : This in front of a regressor.
    sklearn.compose.ColumnTransformer : Other transformers for some columns.

    Notes
    -----
    Columns of a frame are found by their names, in any order; those of an array
    by their position. A column may change its type as long as its values can be
    read as before: text for a category, integers for floats. Other values are
    an error that names the column.

    The levels are those of scikit-learn's OneHotEncoder with
    ``min_frequency=2``. A row of weight 2 or more counts as two.

    Examples
    --------
    >>> import pandas as pd
    >>> from sknn2 import TableEncoder
    >>> X = pd.DataFrame(
    ...     {"age": [31, 45, None, 62], "city": ["Lima", "Oslo", "Oslo", "Lima"]}
    ... )
    >>> encoder = TableEncoder(n_bins=0).fit(X)
    >>> encoder.get_feature_names_out()
    array(['age', 'city_Oslo', 'age_missing'], dtype=object)
    >>> encoder.transform(X).round(2)
    array([[-1.19, -1.  , -0.15],
           [-0.08,  1.  , -0.15],
           [ 0.  ,  1.  ,  0.45],
           [ 1.26, -1.  , -0.15]], dtype=float32)
    """

    kinds_: list[str]
    levels_: OneHotEncoder | None
    encoder_: PiecewiseLinearEncoder
    n_features_in_: int
    feature_names_in_: np.ndarray

    learnt = "kinds_", "levels_", "encoder_"

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
        X: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn the kind of each column, its levels, centre, scale and bins.

        Parameters
        ----------
        X : data frame or array-like of shape (m, n_features)
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
            If a column holds infinity, complex numbers, or text that differs in
            every row; or if an argument or a weight is out of its range.
        TypeError
            If X is sparse, a column holds lists or other objects, or an
            argument is of another type.
        """
        X = self._check(X, reset=True)
        w = check_weights(sample_weight, X.shape[0])
        encoder = PiecewiseLinearEncoder(
            self.n_bins, bin_weight=self.bin_weight, clip=self.clip
        ).set_output(transform="default")
        columns = [self._read(j, x) for j, x in enumerate(split_columns(X))]
        if w is not None:
            columns = [column.take(w > 0) for column in columns]
            w = w[w > 0]
        self.kinds_ = [column.kind for column in columns]
        # By name: a file then holds plain values.
        self._zones = [name_zone(column.zone) for column in columns]
        self._all_numbers = set(self.kinds_) == {"number"}
        self.levels_ = self._learn_levels(columns, w)
        self.encoder_ = encoder.fit(self._to_numbers(columns), sample_weight=w)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the features.

        Parameters
        ----------
        X : data frame or array-like of shape (m, n_features)

        Returns
        -------
        ndarray of shape (m, n_features_out)
            float32. A data frame if ``set_output`` asks for one.

        Raises
        ------
        ValueError
            If a column is missing, unknown, or of another kind than at fit.
        """
        check_is_fitted(self)
        if self._all_numbers and is_plain(self, X, NO_TARGET):
            return self.encoder_.transform(X)
        X = self._check(X, reset=False)
        columns = [
            self._read(j, x, kind, None if zone is None else find_zone(zone))
            for j, (x, kind, zone) in enumerate(
                zip(split_columns(X), self.kinds_, self._zones, strict=True)
            )
        ]
        return self.encoder_.transform(self._to_numbers(columns))

    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> np.ndarray:
        """Return the names: ``age``, ``city_Oslo``, ``age_bin0``, ``age_missing``.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,), default=None
            Names of the columns; None takes those of the fit, or ``x0``, ``x1``,
            ... where there were none.

        Returns
        -------
        ndarray of str of shape (n_features_out,)
        """
        check_is_fitted(self)
        names = OneToOneFeatureMixin.get_feature_names_out(self, input_features)
        table: list[str] = []
        for name, kind in zip(names, self.kinds_, strict=True):
            if kind == "date":
                table += [name + feature for feature in DATE_FEATURES]
            elif kind != "category":
                table.append(name)
        if self.levels_ is not None:
            categories = names[np.array(self.kinds_) == "category"]
            # Named by a copy: what is stored holds no function.
            named = copy.copy(self.levels_)
            named.set_params(feature_name_combiner=name_level)
            kept = np.concatenate([levels.kept for levels in self._levels])
            table += list(named.get_feature_names_out(categories)[kept])
        return self.encoder_.get_feature_names_out(table)

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: categories and NaN are fine."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def _check(self, X: Any, reset: bool) -> Any:
        """Return X as a frame with the columns of the fit, or as an array."""
        if issparse(X):
            raise TypeError(
                "TableEncoder does not take sparse X, since zeros would not stay "
                "zeros: give X.toarray(), or only the columns that are numbers."
            )
        if hasattr(X, "collect_schema") and not hasattr(X, "get_columns"):
            raise TypeError("X is a LazyFrame of polars: give X.collect().")
        if is_frame(X):
            return self._check_frame(X, reset)
        if isinstance(X, list | tuple):
            X = array_of(X)
        if isinstance(X, np.ma.MaskedArray):  # what is masked is missing
            X, mask = X.data, np.ma.getmaskarray(X)
            X = np.where(mask, None, X) if mask.any() else X
        X = validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False)
        if X.dtype.kind == "f":
            check_finite(self, X, "X", allow_nan=True)
        return X

    def _check_frame(self, X: Any, reset: bool) -> Any:
        """Return a frame with the columns of the fit, in their order."""
        names = list(X.columns)
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(
                f"X has {names.count(twice)} columns called {twice!r}: give each "
                "column a name of its own."
            )
        expected = [] if reset else list(getattr(self, "feature_names_in_", []))
        if not expected or set(names) != set(expected):
            validate_data(self, X, reset=reset, skip_check_array=True)
        elif names != expected:
            X = X[expected]
        for size, what in zip(X.shape, ("sample", "feature"), strict=True):
            if size == 0:
                raise ValueError(
                    f"Found array with 0 {what}(s) (shape={X.shape}) while a minimum "
                    "of 1 is required by TableEncoder."
                )
        return X

    def _read(
        self,
        j: int,
        x: Any,
        kind: str | None = None,
        zone: datetime.tzinfo | None = None,
    ) -> Column:
        """Return column j, converted to the kind that it had at fit."""
        try:
            if kind == "empty":
                return Column(kind, np.full(len(x), np.nan))
            column = read_column(x, zone)
            return column if kind in (None, column.kind) else convert(column, kind)
        except WrongKind as error:
            raise error.error(f"{name_column(self, j)} of X {error}.") from None

    def _learn_levels(
        self, columns: list[Column], w: np.ndarray | None
    ) -> OneHotEncoder | None:
        """Return the levels of the categories; refuse text without repeated values."""
        if "category" not in self.kinds_:
            return None
        levels = self._categories(columns)
        if w is not None:
            levels = np.concatenate([levels, levels[w >= 2]])
        encoder = OneHotEncoder(
            min_frequency=2,
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
        )
        encoder.set_output(transform="default").fit(levels)
        self._levels = []
        for j, known, rare in zip(
            np.flatnonzero(np.array(self.kinds_) == "category").tolist(),
            encoder.categories_,
            encoder.infrequent_categories_,
            strict=True,
        ):
            pooled = set() if rare is None else set(rare.tolist())
            if len(pooled) == known.size > 1 and not columns[j].declared:
                raise ValueError(
                    f"{name_column(self, j)} of X is text that differs in each of its "
                    f"{known.size} rows ({known[0]!r}, {known[1]!r}, ...), so nothing "
                    "can be learnt from it: leave it out, or make a column of what "
                    "rows have in common."
                )
            self._levels.append(Levels.of(known.tolist(), pooled))
        return encoder

    def _categories(self, columns: list[Column]) -> np.ndarray:
        """Return the columns that are categories, (m, categories), of object."""
        return np.column_stack(
            [
                column.values
                for column, kind in zip(columns, self.kinds_, strict=True)
                if kind == "category"
            ]
        )

    def _to_numbers(self, columns: list[Column]) -> np.ndarray:
        """Return the table of numbers, of shape (m, encoder_.n_features_in_)."""
        parts = [
            date_features(column.values)
            if kind == "date"
            else column.values[:, np.newaxis]
            for column, kind in zip(columns, self.kinds_, strict=True)
            if kind != "category"
        ]
        if self.levels_ is not None:
            categories = [column for column in columns if column.kind == "category"]
            parts += [
                levels.one_hot(column.values)
                for levels, column in zip(self._levels, categories, strict=True)
            ]
        return np.hstack(parts)


def array_of(rows: Any) -> Any:
    """Return a list of rows as an array that keeps the type of each value."""
    try:
        X = np.asarray(rows)
    except ValueError:  # rows of unlike length: scikit-learn says so
        return rows
    # NumPy converts all values to text if one is text.
    return np.array(rows, object) if X.dtype.kind in "USO" else X


def name_level(column: str, level: Any) -> str:
    """Return the name of the column of a level."""
    if level is None:
        return f"{column}_missing"
    return f"{column}_{'rare' if level == 'infrequent_sklearn' else level}"
