"""Labels, targets and weights as arrays, without casts and without missing values.

Labels are compared by value: 1 is 1.0 and True, but "a" is not "apple", 257 is not
1, and a date is the same date in every unit.
"""

import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse
from sklearn.utils import column_or_1d

ATTOSECONDS = {
    "W": 7 * 86_400 * 10**18,
    "D": 86_400 * 10**18,
    "h": 3_600 * 10**18,
    "m": 60 * 10**18,
    "s": 10**18,
    "ms": 10**15,
    "us": 10**12,
    "ns": 10**9,
    "ps": 10**6,
    "fs": 10**3,
    "as": 1,
}
"""Units of NumPy's dates and durations."""


def read_array(values: Any, name: str) -> np.ndarray:
    """Return the user's values as an array, without changing any value.

    ``np.asarray`` makes text of the 1 in ``["a", 1]``, text of the NaN in
    ``["a", nan]``, and drops the mask of a masked array.

    Parameters
    ----------
    values : array-like or sparse
        Also a series or a frame of pandas or polars.
    name : str
        What to call it in messages.

    Returns
    -------
    ndarray
        Of dtype object where the values have no common type.

    Raises
    ------
    ValueError
        If a value is missing or infinite, or rows have unlike lengths.
    """
    if issparse(values):
        values = values.toarray()
    check_complete(name, outer_missing(values))
    try:
        array = np.asarray(values)
        if isinstance(values, (list, tuple)) or array.dtype.kind in "OT":
            array = natural(np.array(values, object), array)
    except ValueError as error:
        raise ValueError(
            f"{name} has rows of unlike length, or of unlike shape: give one value for "
            "each row, or a matrix in which all rows have as many."
        ) from error
    check_complete(name, missing(array))
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        check_complete(name, [(np.isinf(array), "infinity")])
    return array


def natural(objects: np.ndarray, array: np.ndarray) -> np.ndarray:
    """Return objects in their common type, if this changes none of them.

    Parameters
    ----------
    objects : ndarray of object
        The values as they were given.
    array : ndarray
        The same as NumPy read them.
    """
    values = objects.tolist()
    if array.dtype.kind in "OT":
        if objects.size == 0 or isinstance(objects.flat[0], (str, bytes)):
            return objects
        array = np.asarray(values)
    if array.dtype.kind not in "USf":
        return array
    return array if array.tolist() == values else objects


Marks = list[tuple[np.ndarray, str]]


def outer_missing(values: Any) -> Marks:
    """Return which values are missing to pandas, polars or a mask, and their name."""
    if isinstance(values, np.ma.MaskedArray):
        return [(np.ma.getmaskarray(values), "masked values")]
    if hasattr(values, "isna"):  # of pandas
        return [(np.asarray(values.isna(), bool), "NaN or another missing value")]
    if hasattr(values, "is_null"):  # a series of polars
        return [(np.asarray(values.is_null(), bool), "null, a missing value,")]
    return []


def missing(array: np.ndarray) -> Marks:
    """Return which values of an array are missing, and their name.

    Parameters
    ----------
    array : ndarray
        NaN, NaT, None and pandas' NA count as missing, in a dtype of their own
        or among objects.
    """
    kind = array.dtype.kind
    if kind in "fc":
        return [(np.isnan(array), "NaN")]
    if kind in "mM":
        return [(np.isnat(array), "NaT, a missing date or duration,")]
    if kind == "O":
        marks = np.array([is_missing_value(value) for value in array.ravel()], bool)
        marks = marks.reshape(array.shape)
        names = {str(value) for value in array[marks][:3].tolist()}
        return [(marks, f"{' or '.join(sorted(names))}, a missing value,")]
    return []


def is_missing_value(value: Any) -> bool:
    """Return whether a value is None, NaN, NaT or NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    return isinstance(value, (float, np.floating)) and bool(value != value)


def check_complete(name: str, marks: Marks) -> None:
    """Raise a ValueError that says what is missing or infinite, and where.

    Parameters
    ----------
    name : str
    marks : list of (ndarray of bool, str)
        Which values cannot be used, and what they are.
    """
    for bad, what in marks:
        if not bad.any():
            continue
        table = np.atleast_1d(bad).reshape(bad.shape[0] if bad.ndim else 1, -1)
        rows = table.any(axis=1)
        raise ValueError(
            f"Input {name} contains {what} in {np.count_nonzero(rows)} of {rows.size} "
            f"rows, the first of them row {int(rows.argmax())}: leave those rows out, "
            "or fill them in before."
        )


def read_targets(y: Any, name: str = "y") -> np.ndarray:
    """Return targets as an array, one value or one row for each row of X.

    Parameters
    ----------
    y : array-like or sparse of shape (m,) or (m, n_columns)
    name : str, default="y"

    Returns
    -------
    ndarray of shape (m,) or (m, n_columns)
        One column is taken as none, with a warning.

    Raises
    ------
    ValueError
        If values are missing, infinite or complex, or the shape is another.
    """
    array = read_array(y, name)
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} holds complex numbers.")
    if array.ndim != 2 or array.shape[1] == 1:
        column: np.ndarray = column_or_1d(array, warn=True)
        return column
    if array.shape[1] == 0:
        raise ValueError(f"{name} has shape {array.shape}: it has no columns.")
    return array


def label_key(value: Any) -> Any:
    """Return a key that is equal for two labels if and only if their values are equal.

    Parameters
    ----------
    value : object
        A label, as a scalar of Python, NumPy or pandas.

    Returns
    -------
    object
        Hashable.
    """
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        exact = getattr(value, "to_datetime64", None)  # of pandas, to the nanosecond
        value = np.datetime64(value) if exact is None else exact()
    elif isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = np.datetime64(value)
    elif isinstance(value, datetime.timedelta):
        exact = getattr(value, "to_timedelta64", None)
        value = np.timedelta64(value) if exact is None else exact()
    if not isinstance(value, (np.datetime64, np.timedelta64)):
        return value.item() if isinstance(value, np.generic) else value
    kind = value.dtype.kind
    unit, count = np.datetime_data(value.dtype)
    if kind == "M" and unit in "YM":
        value, unit, count = value.astype("M8[D]"), "D", 1
    ticks = int(value.astype(np.int64)) * count
    if unit in ATTOSECONDS:
        return kind, ticks * ATTOSECONDS[unit]
    months = {"Y": 12, "M": 1}  # a month has no fixed number of days
    return kind, "months", ticks * months.get(unit, 1), unit == "generic"


def find_classes(labels: np.ndarray, name: str) -> np.ndarray:
    """Return the sorted distinct labels.

    Parameters
    ----------
    labels : ndarray of shape (m,)
        From `read_targets`.
    name : str
        What to call them in messages.

    Raises
    ------
    ValueError
        If their types cannot be compared with each other.
    """
    if labels.dtype.kind != "O":
        return np.unique(labels)
    distinct = set(labels.tolist())
    try:
        return np.array([*sorted(distinct), None], object)[:-1]
    except TypeError as error:
        raise ValueError(mixed_sentence(name, labels)) from error


def mixed_sentence(name: str, labels: np.ndarray) -> str:
    """Return what is wrong with labels of several types, by an example of each."""
    examples: dict[str, Any] = {}
    for label in labels.tolist():
        examples.setdefault(type(label).__name__, label)
    types = ", ".join(f"{kind} ({label!r})" for kind, label in examples.items())
    return (
        f"{name} holds labels of several types, {types}: give all labels one type, "
        f"e.g. {name} = [str(label) for label in {name}]."
    )


def encode_labels(labels: np.ndarray, classes: np.ndarray, name: str) -> np.ndarray:
    """Return the index of each label among the classes.

    Parameters
    ----------
    labels : ndarray of shape (m,)
        From `read_targets`.
    classes : ndarray of shape (n_classes,)
    name : str
        What to call the labels in messages.

    Returns
    -------
    ndarray of shape (m,)
        int.

    Raises
    ------
    ValueError
        If a label is not one of the classes; the message names it.
    """
    table = {label_key(label): code for code, label in enumerate(classes)}
    distinct, places = labels, np.arange(labels.size)
    if labels.dtype.kind != "O":
        distinct, places = np.unique(labels, return_inverse=True)
    codes = np.array([table.get(label_key(label), -1) for label in distinct], np.intp)
    if (codes < 0).any():
        found = distinct[codes < 0]
        unknown = list({label_key(label): readable(label) for label in found}.values())
        more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        raise ValueError(
            f"{name} holds labels that are not among the classes: {unknown[:SHOWN]}"
            f"{more}. The classes are {[readable(label) for label in classes]}; all of "
            "them have to be in the first fit, or in classes= of the first partial_fit."
        )
    encoded: np.ndarray = codes[places]
    return encoded


SHOWN = 10
"""Unknown labels that a message names."""


def readable(label: Any) -> Any:
    """Return a label as a message shows it: dates as text, numbers without a type."""
    if isinstance(label, (np.datetime64, np.timedelta64)):
        return str(label)
    return label.item() if isinstance(label, np.generic) else label


def read_weights(sample_weight: npt.ArrayLike, name: str) -> np.ndarray:
    """Return weights as float64, a copy.

    Parameters
    ----------
    sample_weight : array-like
    name : str
        What to call it in messages.

    Raises
    ------
    ValueError
        If they are not finite real numbers.
    """
    array = read_array(sample_weight, name)
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} holds complex numbers.")
    if array.dtype.kind in "mM":
        raise ValueError(
            f"{name} holds dates or durations ({array.dtype}): a weight is a number."
        )
    try:
        return np.array(array, np.float64)
    except (TypeError, ValueError) as error:
        kind = "text" if "convert string" in str(error) else "what is no number"
        raise ValueError(f"{name} holds {kind}: {error}.") from error
