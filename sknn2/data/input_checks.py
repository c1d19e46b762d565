"""Checks of X and of sample weights, with errors that name the column."""

from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import validate_data

from sknn2.data.labels import read_targets, read_weights
from sknn2.data.table_checks import (
    explain,
    has_sparse_columns,
    refuse_dates,
    refuse_dates_among_objects,
    refuse_masked,
    way_out,
    with_one_sparse_type,
)
from sknn2.inputs.blas_threads import quietly

NO_TARGET = "no_validation"
"""Default of y where None is an error."""


NOT_NUMBERS = "convert", "float()", "promote", "DType", "dtype"
"""Parts of the errors of NumPy, pandas and scikit-learn on values that are no
numbers."""


def check_rows(
    estimator: BaseEstimator,
    X: Any,
    y: Any = NO_TARGET,
    *,
    reset: bool,
    name: str = "X",
    allow_nan: bool = False,
) -> Any:
    """Validate X, and y with it, and say what is wrong in one sentence.

    Parameters
    ----------
    estimator : estimator
    X : array-like or sparse of shape (m, n_features)
    y : array-like of shape (m,) or (m, n_columns), default=NO_TARGET
        Left out, X is validated alone. May be sparse.
    reset : bool
        Whether the number and names of the columns are taken from X, or
        checked against those of the fit.
    name : str, default="X"
        What to call X in messages.
    allow_nan : bool, default=False
        Whether NaN may stand in X.

    Returns
    -------
    X : ndarray or CSR array or matrix of shape (m, n_features)
        float32 if it came so, else float64. CSR, whatever the format was, and
        without duplicates.
    y : ndarray of shape (m,) or (m, n_columns)
        Only if y was given. One column is taken as none, with a warning.

    Raises
    ------
    ValueError
        If X is not two-dimensional, has other columns than at fit, holds text,
        NaN or infinity, or y has another length.
    """
    if not reset and is_plain(estimator, X, y):
        check_finite(estimator, X, name, allow_nan, y)
        return X
    alone = isinstance(y, str) and y == NO_TARGET
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )
    given, way = X, way_out(estimator, y)
    refuse_masked(X, name, way)
    refuse_dates(X, name, way)
    single = {str(dtype) for dtype in getattr(X, "dtypes", ())} == {"Float32"}
    if has_sparse_columns(X):
        X = with_one_sparse_type(X)
        single = X.dtypes.iloc[0].subtype == np.float32
    try:
        if getattr(getattr(X, "dtype", None), "kind", "O") == "O":
            refuse_dates_among_objects(X, name, way)
        rows = validate_data(
            estimator,
            X,
            reset=reset,
            accept_sparse="csr",  # batches are rows
            dtype=(np.float64, np.float32),
            ensure_all_finite=False,
        )
    except (ValueError, TypeError) as error:
        if any(said in str(error) for said in NOT_NUMBERS):
            explain(given, name, way, error)
        raise
    if not alone:
        y = read_targets(y)
        check_consistent_length(rows, y)
    if single:
        # scikit-learn does not see the precision of these frames.
        rows = rows.astype(np.float32, copy=False)
    if issparse(rows) and not rows.has_canonical_format:
        rows = rows.copy()  # it may be the user's
        rows.sum_duplicates()
    check_finite(estimator, rows, name, allow_nan, y)
    return rows if alone else (rows, y)


def is_plain(estimator: BaseEstimator, X: Any, y: Any) -> bool:
    """Return whether X is plainly valid, except perhaps for its values.

    scikit-learn's validation of one row takes longer than its prediction.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X, y
        As for `check_rows`.
    """
    return (
        isinstance(y, str)
        and type(X) is np.ndarray
        and X.dtype in (np.float64, np.float32)
        and X.ndim == 2
        and X.shape[0] > 0
        and X.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
    )


def check_finite(
    estimator: BaseEstimator,
    X: Any,
    name: str,
    allow_nan: bool = False,
    y: Any = NO_TARGET,
) -> None:
    """Raise a ValueError that names the column if X holds NaN or infinity.

    Parameters
    ----------
    estimator : estimator
    X : ndarray or CSR array or matrix of shape (m, n_features)
    name : str
        What to call X in the message.
    allow_nan : bool, default=False
        Whether only infinity is refused.
    y : array-like, default=NO_TARGET
        Its shape decides what is advised.
    """
    values = X.data if issparse(X) else X
    # One pass without a temporary: a sum is finite unless a term is not, or it
    # overflows, and then the slow way decides.
    if np.isfinite(quietly(values.sum)) or np.isfinite(values).all():
        return
    bad = np.nonzero(np.isinf(values) if allow_nan else ~np.isfinite(values))
    if not bad[0].size:
        return
    columns = X.indices[bad] if issparse(X) else bad[1]
    j = int(columns.min())
    kind = "NaN" if np.isnan(values[bad][columns == j]).any() else "infinity"
    cls = type(estimator).__name__
    advice = f", which {cls} does not accept: replace or clip it first."
    if kind == "NaN":
        # A sparse table goes into no frame.
        way = (
            f", which {cls} does not accept: " if issparse(X) else way_out(estimator, y)
        )
        advice = f"{way}impute it first, e.g. make_pipeline(SimpleImputer(), {cls}())."
    rows = np.count_nonzero(columns == j)
    raise ValueError(
        f"{name_column(estimator, j)} of {name} holds {kind} in {rows} of "
        f"{X.shape[0]} rows{advice}"
    )


def name_column(estimator: BaseEstimator, j: int) -> str:
    """Return ``"Column 3"``, with its name where the fit had names."""
    names = getattr(estimator, "feature_names_in_", None)
    return f"Column {j}" if names is None else f"Column {j} ({names[j]!r})"


def largest_in_columns(X: Any) -> np.ndarray:
    """Return the largest absolute value of each column, of shape ``(n_features,)``."""
    if not issparse(X):
        largest: np.ndarray = np.abs(X).max(axis=0)
        return largest
    largest = np.zeros(X.shape[1])
    np.maximum.at(largest, X.indices, np.abs(X.data))
    return largest


def check_weights(
    sample_weight: npt.ArrayLike | None, m: int, name: str = "sample_weight"
) -> np.ndarray | None:
    """Validate the weights of m rows.

    Parameters
    ----------
    sample_weight : array-like of shape (m,), float or None
        None means ones, a number the same for each row.
    m : int
    name : str, default="sample_weight"

    Returns
    -------
    ndarray of shape (m,) or None
        float64, a copy; None for None.

    Raises
    ------
    ValueError
        If the shape is another, or a weight is negative, NaN or infinite, or
        all are zero.
    """
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):
        sample_weight = np.full(m, sample_weight)
    w = read_weights(sample_weight, name)
    if w.shape != (m,):
        raise ValueError(
            f"{name}.shape == {w.shape}, expected {(m,)}: one weight for each row."
        )
    if w.min() < 0:
        raise ValueError(
            f"{name} holds negative weights, down to {w.min():g}: weights must be at "
            "least 0."
        )
    if w.max() == 0:
        raise ValueError(
            f"All weights in {name} are zero: at least one row needs a positive weight."
        )
    return w


def scaled_up(number: float, exponent: int) -> float:
    """Return ``number * 2**exponent``, at least the smallest, at most the largest."""
    smallest, largest = np.finfo(np.float64).smallest_subnormal, np.finfo(float).max
    with np.errstate(over="ignore", under="ignore"):
        return float(np.clip(np.ldexp(number, exponent), smallest, largest))
