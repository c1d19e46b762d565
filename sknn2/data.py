"""What comes from outside: X, sample weights, and errors that name the column."""

from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import validate_data

from sknn2.labels import read_targets, read_weights
from sknn2.tables import (
    explain,
    has_sparse_columns,
    refuse_dates,
    refuse_dates_among_objects,
    refuse_masked,
    with_one_sparse_type,
)
from sknn2.threads import quietly

NO_TARGET = "no_validation"
"""Stands for a y that is left out, where None is a mistake."""

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
        check_finite(estimator, X, name, allow_nan)
        return X
    alone = isinstance(y, str) and y == NO_TARGET
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )
    given = X
    refuse_masked(X, name)
    refuse_dates(X, name)
    single = {str(dtype) for dtype in getattr(X, "dtypes", ())} == {"Float32"}
    if has_sparse_columns(X):
        X = with_one_sparse_type(X)
        single = X.dtypes.iloc[0].subtype == np.float32
    try:
        if getattr(getattr(X, "dtype", None), "kind", "O") == "O":
            refuse_dates_among_objects(X, name)
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
            explain(given, name, error)
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
    check_finite(estimator, rows, name, allow_nan)
    return rows if alone else (rows, y)


def is_plain(estimator: BaseEstimator, X: Any, y: Any) -> bool:
    """Return whether X can only be right, but for its numbers, at first sight.

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
    estimator: BaseEstimator, X: Any, name: str, allow_nan: bool = False
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
    advice = (
        "impute it first, e.g. make_pipeline(SimpleImputer(), "
        f"{type(estimator).__name__}())."
        if kind == "NaN"
        else "replace or clip it first."
    )
    rows = np.count_nonzero(columns == j)
    raise ValueError(
        f"{name_column(estimator, j)} of {name} holds {kind} in {rows} of "
        f"{X.shape[0]} rows, which {type(estimator).__name__} does not accept: {advice}"
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


@dataclass(frozen=True)
class Rows:
    """The rows that count: those whose weight is not zero.

    Parameters
    ----------
    X : ndarray or CSR array or matrix of shape (m, n_features)
    y : ndarray of shape (m,) or (m, n_columns)
        Targets as the user has them.
    targets : ndarray of shape (m,) or (m, n[L])
        Targets as the estimator encodes them, e.g. class indices.
    sample_weight : ndarray of shape (m,) or None
        As the user gave them.
    w : ndarray of shape (m,) or None
        Sample weight times class weight, divided by the largest; None means
        ones. So 1e300 is as good as 1.
    weight_scale : float
        What ``w`` was divided by.
    """

    X: Any
    y: np.ndarray
    targets: np.ndarray
    sample_weight: np.ndarray | None = None
    w: np.ndarray | None = None
    weight_scale: float = 1.0

    @property
    def weight_unit(self) -> float:
        """The mean of the weights, S / m, but at most 1.

        A penalty that is meant for rows of weight 1 is multiplied by it, so
        that it does not depend on the unit of small weights. Weights above 1
        count as so many rows.
        """
        mean = 1.0 if self.w is None else float(self.w.mean()) * self.weight_scale
        # Weights that are balanced add up to the number of rows but for rounding.
        return mean if mean < 1 - 1e-9 else 1.0

    @property
    def sum_w(self) -> float:
        """S, the sum of the weights."""
        return self.weight_scale * float(
            self.X.shape[0] if self.w is None else self.w.sum()
        )

    def take(self, index: np.ndarray) -> "Rows":
        """Return some of the rows."""
        parts: dict[str, Any] = {
            name: None if (array := getattr(self, name)) is None else array[index]
            for name in ("X", "y", "targets", "sample_weight", "w")
        }
        return replace(self, **parts)

    def weighted_by_class(self, class_weight: np.ndarray | None) -> "Rows":
        """Return the rows with ``w`` set to sample weight times class weight.

        Parameters
        ----------
        class_weight : ndarray of shape (n_classes,) or None
            A factor for each value of ``targets``; rows of factor 0 go.
        """
        w, scale = self.relative_weights(class_weight)
        if w is None:
            return self
        rows = replace(self, w=w, weight_scale=scale)
        return rows if w.min() > 0 else rows.take(w > 0)

    def relative_weights(self, class_weight: np.ndarray | None) -> tuple[Any, float]:
        """Return sample weight times class weight, divided by the largest.

        Parameters
        ----------
        class_weight : ndarray of shape (n_classes,) or None

        Returns
        -------
        w : ndarray of shape (m,) or None
            0 also for what underflows beside the largest.
        scale : float
            What they were divided by.
        """
        w, exponent = self.sample_weight, 0
        if class_weight is not None:
            # The powers of two are added up by themselves: no product overflows.
            w, power = np.frexp(class_weight[self.targets])
            if self.sample_weight is not None:
                fraction, power_of_sample = np.frexp(self.sample_weight)
                w, power = w * fraction, power + power_of_sample
            exponent = int(power[w > 0].max(initial=-4000))
            w = np.ldexp(w, power - exponent)
        if w is None:
            return None, 1.0
        largest = float(w.max())
        if largest == 0:
            raise ValueError(
                "All rows have weight zero, by sample_weight times class_weight: at "
                "least one needs a positive weight."
            )
        return w / largest, scaled_up(largest, exponent)


def scaled_up(number: float, exponent: int) -> float:
    """Return ``number * 2**exponent``, at least the smallest, at most the largest."""
    smallest, largest = np.finfo(np.float64).smallest_subnormal, np.finfo(float).max
    with np.errstate(over="ignore", under="ignore"):
        return float(np.clip(np.ldexp(number, exponent), smallest, largest))


def hold_out(
    rows: Rows, strata: np.ndarray | None, fraction: float, seed: int
) -> tuple[Rows, Rows]:
    """Split rows into those to train on and those to validate on, class by class.

    Parameters
    ----------
    rows : Rows
    strata : ndarray of shape (m,) or None
        Class indices; None makes no difference between rows.
    fraction : float
        Share of each class to hold out, rounded, but at least one row.
    seed : int

    Returns
    -------
    train : Rows
    held : Rows
        Both in the order of the data.

    Raises
    ------
    ValueError
        If a class, or the whole, has one row only, which cannot be on both
        sides; the message names it.
    """
    # A stream of its own: those of the epochs are default_rng([seed, epoch]).
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    held = np.zeros(rows.X.shape[0], bool)
    codes = np.zeros(held.size, np.intp) if strata is None else strata
    for code in np.unique(codes):
        (members,) = np.nonzero(codes == code)
        if members.size < 2:
            name, of_each = "The training set", ""
            if strata is not None:
                name = f"Class {rows.y[members].tolist()[0]!r}"
                of_each = " of each class"
            raise ValueError(
                f"{name} has 1 row, and holding out validation_fraction={fraction:g}"
                f"{of_each} needs one to train on and one to validate on: give X_val "
                "and y_val, or set early_stopping=False."
            )
        n_held = min(max(round(fraction * members.size), 1), members.size - 1)
        held[rng.permutation(members)[:n_held]] = True
    return rows.take(~held), rows.take(held)


def read_rows(
    estimator: BaseEstimator,
    X: Any,
    y: Any,
    sample_weight: npt.ArrayLike | None,
    *,
    reset: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Check X, y and sample weights, and drop the rows of weight zero.

    Parameters
    ----------
    estimator : estimator
    X, y, sample_weight
        As the user gave them.
    reset : bool
        Whether the columns are taken from X, or checked against those of the
        fit.

    Returns
    -------
    X : ndarray or CSR array or matrix of shape (m, n_features)
    y : ndarray of shape (m,)
    sample_weight : ndarray of shape (m,) or None
        float64, all positive.
    """
    X, y = check_rows(estimator, X, y, reset=reset)
    w = check_weights(sample_weight, X.shape[0])
    if w is not None and w.min() == 0:
        X, y, w = X[w > 0], y[w > 0], w[w > 0]
    return X, y, w


def read_validation(
    estimator: BaseEstimator,
    X_val: npt.ArrayLike | None,
    y_val: npt.ArrayLike | None,
    sample_weight_val: npt.ArrayLike | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None] | None:
    """Check a validation set, and drop its rows of weight zero.

    Parameters
    ----------
    estimator : estimator
        Its number and names of columns are known.
    X_val, y_val, sample_weight_val
        As the user gave them.

    Returns
    -------
    X, y, sample_weight
        As from `read_rows`; None if no set was given.

    Raises
    ------
    ValueError
        As for the training rows, or if one of ``X_val`` and ``y_val`` is
        missing.
    """
    if X_val is None and y_val is None and sample_weight_val is None:
        return None
    if X_val is None or y_val is None:
        missing = "X_val" if X_val is None else "y_val"
        raise ValueError(f"{missing} is missing: give X_val and y_val together.")
    X = check_rows(estimator, X_val, reset=False, name="X_val")
    y = read_targets(y_val, "y_val")
    if y.shape[0] != X.shape[0]:
        raise ValueError(
            f"y_val has {y.shape[0]} values for the {X.shape[0]} rows of X_val."
        )
    w = check_weights(sample_weight_val, X.shape[0], "sample_weight_val")
    if w is not None and w.min() == 0:
        X, y, w = X[w > 0], y[w > 0], w[w > 0]
    return X, y, w
