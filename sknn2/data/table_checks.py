"""Checks of X before conversion: sparse frames, and values that are not numbers."""

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, is_classifier, is_regressor

from sknn2.data.labels import is_missing_value
from sknn2.data.multilabel_targets import MultilabelTargets

DATES = ("date", "time", "duration", "period")
"""How the types of dates and durations begin in NumPy, pandas, polars and Arrow."""


def has_sparse_columns(X: Any) -> bool:
    """Return whether X is a pandas frame all of whose columns are sparse."""
    types = list(getattr(X, "dtypes", ())) if hasattr(X, "iloc") else []
    return bool(types) and all(str(kind).startswith("Sparse[") for kind in types)


def with_one_sparse_type(X: Any) -> Any:
    """Return a frame of sparse columns with one type of numbers and zeros left out.

    Parameters
    ----------
    X : DataFrame
        Its columns are sparse, of any numbers, and the value left out need not
        be zero.

    Returns
    -------
    DataFrame
        float32 if all columns can be, else float64.
    """
    kinds = list(X.dtypes)
    single = np.result_type(*[kind.subtype for kind in kinds]) == np.float32
    return X.astype(type(kinds[0])(np.float32 if single else np.float64, 0.0))


def way_out(estimator: BaseEstimator, y: Any) -> str:
    """Return which estimator takes text, dates and gaps, as code that can be pasted.

    Parameters
    ----------
    estimator : estimator
        The one that does not take them.
    y : array-like or str
        The target, or a name that stands for none. Several labels want a pipeline
        of their own.

    Returns
    -------
    str
        The middle of a sentence, from ", which ..." to "..., or ".
    """
    name = type(estimator).__name__
    several = has_columns(y) or (
        isinstance(y, str)
        and isinstance(getattr(estimator, "_targets", None), MultilabelTargets)
    )
    if is_classifier(estimator) and several:
        what, package, model = (
            "the encoder of tables in front",
            f"from sklearn.pipeline import make_pipeline; from sknn2 import {name}, "
            "TableEncoder",
            f"make_pipeline(TableEncoder(), {name}(standardize=False))",
        )
    else:
        made, what = "TableEncoder", "the encoder of tables"
        if is_classifier(estimator):
            made, what = "make_tabular_classifier", "the classifier for tables"
        elif is_regressor(estimator):
            made, what = "make_tabular_regressor", "the regressor for tables"
        package, model = f"from sknn2 import {made}", f"{made}()"
    return (
        f", which {name} does not accept: take {what}, `{package}; {model}.fit(X, y)`, "
        "or "
    )


def has_columns(y: Any) -> bool:
    """Return whether a target, of whatever type, has several columns."""
    if isinstance(y, list | tuple):
        return len(y) > 0 and np.iterable(y[0]) and has_columns(np.array([*y[:1]]))
    shape: tuple[int, ...] = getattr(y, "shape", ())
    return len(shape) == 2 and shape[1] > 1


def refuse_masked(X: Any, name: str, way: str) -> None:
    """Raise a ValueError if X is a masked array that masks a value."""
    if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
        mask = np.ma.getmaskarray(X)
        raise ValueError(
            f"{name} is a masked array and {np.count_nonzero(mask)} of its values are "
            f"masked, that is missing{way}give {name}.filled(np.nan) and impute it by "
            "a SimpleImputer() in front."
        )


def refuse_dates(X: Any, name: str, way: str) -> None:
    """Raise a ValueError if a column is of a type of dates or durations."""
    if issparse(X):
        return
    types = getattr(X, "dtypes", None)
    if types is None:
        types = [getattr(X, "dtype", None)]
    elif not np.iterable(types):
        types = [types]
    if any(str(kind).lower().startswith(("timestamp", *DATES)) for kind in types):
        explain(X, name, way)


def refuse_dates_among_objects(X: Any, name: str, way: str) -> None:
    """Raise a ValueError if objects are NumPy's dates, which it takes as numbers."""
    if issparse(X):
        return
    for j, label, values in columns_of(X, objects_only=True):
        for value in values:
            if isinstance(value, (np.datetime64, np.timedelta64)):
                n_missing = sum(map(is_missing_value, values))
                place = place_of(j, label)
                raise ValueError(date_sentence(name, place, value, n_missing, way))


def explain(X: Any, name: str, way: str, error: Exception | None = None) -> None:
    """Raise a ValueError that names the first column of X that is not made of numbers.

    Parameters
    ----------
    X : array-like
        What scikit-learn could not read as numbers. Where every column can be
        read, nothing is raised.
    name : str
        What to call X in the message.
    way : str
        As from `way_out`.
    error : Exception, default=None
        What scikit-learn said.
    """
    for j, label, values in columns_of(X):
        place = place_of(j, label)
        present = [value for value in values if not is_missing_value(value)]
        n_missing = len(values) - len(present)
        for value in present:
            if isinstance(value, str) and not is_number(value):
                raise ValueError(text_sentence(name, place, value, way)) from error
            if is_date(value):
                sentence = date_sentence(name, place, value, n_missing, way)
                raise ValueError(sentence) from error
            if not is_number(value):
                raise TypeError(
                    f"{name} holds {value!r} in {place}, of type "
                    f"{type(value).__name__} ({error}): give numbers."
                ) from error
        marks = {str(value) for value in values if is_missing_value(value)}
        if marks & {"NaT", "<NA>"}:
            raise ValueError(
                f"C{place[1:]} of {name} holds NaN or another missing value "
                f"({' or '.join(sorted(marks))}) in {n_missing} of {len(values)} "
                f"rows{way}make numbers of it, e.g. by "
                f"pd.DataFrame({name}).astype('Float64'), and impute it by a "
                "SimpleImputer() in front."
            ) from error


def place_of(j: int, label: Any) -> str:
    """Return ``"column 3"``, with its name where X has names."""
    return f"column {j}" + ("" if label is None else f" ({label!r})")


def columns_of(X: Any, objects_only: bool = False) -> Any:
    """Yield number, name (None without names) and values, as a list, of each column.

    With ``objects_only`` leave out columns whose type is known.
    """
    if hasattr(X, "columns") and hasattr(X, "shape"):
        for j, label in enumerate(X.columns):
            column = X.iloc[:, j] if hasattr(X, "iloc") else X[:, j]
            if objects_only and "object" not in str(column.dtype).lower():
                continue
            as_list = getattr(column, "tolist", None) or column.to_list
            yield j, label, as_list()
        return
    try:
        array = np.asarray(X)
        if objects_only and array.dtype.kind not in "OmM":
            return
        if array.dtype.kind not in "mMUT":
            array = np.array(X, object)
    except ValueError:
        return
    if array.ndim == 2:
        for j in range(array.shape[1]):
            yield j, None, list(array[:, j])


def is_number(value: Any) -> bool:
    """Return whether ``float`` takes a value."""
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def is_date(value: Any) -> bool:
    """Return whether a value is a date, a time or a duration, of whatever library."""
    return (
        isinstance(value, (np.datetime64, np.timedelta64))
        or any(kind.__module__ == "datetime" for kind in type(value).__mro__)
        or type(value).__name__ == "Period"
    )


def text_sentence(name: str, place: str, value: str, way: str) -> str:
    """Return what to do about a column of text."""
    column = place.split("(", 1)[1][:-1] if "(" in place else place.split()[1]
    return (
        f"{name} holds text in {place}, e.g. {str(value)!r}{way}encode it first, "
        "e.g. with make_column_transformer("
        f"(OneHotEncoder(sparse_output=False), [{column}]), "
        "remainder='passthrough') in front."
    )


def date_sentence(name: str, place: str, value: Any, n_missing: int, way: str) -> str:
    """Return what to do about a column of dates or durations."""
    missing = f", and {n_missing} are missing (NaT)" if n_missing else ""
    return (
        f"{name} holds dates or durations in {place}, e.g. {str(value)!r}{missing}{way}"
        "make numbers of them first, e.g. days by "
        "(dates - np.datetime64('2000-01-01')) / np.timedelta64(1, 'D'), or "
        "durations / np.timedelta64(1, 'D')."
    )
