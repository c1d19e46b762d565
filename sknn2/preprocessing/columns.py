"""Convert the columns of a frame or an array to a few kinds of NumPy array.

Only this file knows pandas and polars. Neither is imported unless X comes from
it.
"""

import datetime
import decimal
import numbers
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

MICROSECONDS = "datetime64[us]"


SECOND = np.timedelta64(1, "s")


@dataclass(frozen=True)
class Column:
    """A column of X as a NumPy array.

    Parameters
    ----------
    kind : {"number", "category", "date", "duration", "empty"}
        "empty" has missing values only, whatever its type.
    values : ndarray of shape (m,)
        float64 with NaN for numbers, and for durations in seconds; str or None
        for categories; datetime64[us] for dates, as the clock of their time
        zone shows them.
    zone : tzinfo or None, default=None
        Of dates that have one.
    declared : bool, default=False
        Whether the type of the column says that it is a category.
    """

    kind: str
    values: np.ndarray
    zone: datetime.tzinfo | None = None
    declared: bool = False

    def take(self, rows: np.ndarray) -> "Column":
        """Return some of the rows."""
        return replace(self, values=self.values[rows]).emptied()

    def emptied(self) -> "Column":
        """Return the column as "empty" if all its values are missing."""
        if self.kind == "category":
            there = any(value is not None for value in self.values)
        else:
            there = bool((self.values == self.values).any())  # NaN and NaT are not
        return self if there else Column("empty", np.full(self.values.size, np.nan))


class WrongKind(Exception):
    """Raised where the values of a column cannot be used.

    Parameters
    ----------
    message : str
        The message after the name of the column.
    error : type, default=ValueError
        The error to raise with the whole message.
    """

    def __init__(self, message: str, error: type[Exception] = ValueError) -> None:
        super().__init__(message)
        self.error = error


def is_frame(X: Any) -> bool:
    """Return whether X is a data frame of pandas or polars."""
    return hasattr(X, "columns") and (hasattr(X, "iloc") or hasattr(X, "get_columns"))


def split_columns(X: Any) -> list[Any]:
    """Return the columns of a data frame or of a two-dimensional array."""
    if hasattr(X, "get_columns"):
        return list(X.get_columns())
    if hasattr(X, "iloc"):
        return [series for _, series in X.items()]  # quicker than iloc
    return list(X.T)


def read_column(column: Any, zone: datetime.tzinfo | None = None) -> Column:
    """Return a column of pandas, polars or NumPy as one of the kinds.

    Parameters
    ----------
    column : Series or ndarray of shape (m,)
    zone : tzinfo, default=None
        Dates of another time zone are converted to this one.

    Raises
    ------
    WrongKind
        If it holds objects that are not single values, or complex numbers.
    """
    if isinstance(column, np.ndarray):
        read = read_array(column, zone)
    elif hasattr(column, "to_physical"):
        read = read_polars(column, zone)
    else:
        read = read_pandas(column, zone)
    refuse_infinity(read)
    return read.emptied()


def refuse_infinity(column: Column) -> None:
    """Raise WrongKind if a column of numbers or durations holds infinity."""
    if column.kind in ("number", "duration") and np.isinf(column.values).any():
        rows = np.count_nonzero(np.isinf(column.values))
        raise WrongKind(
            f"holds infinity in {rows} of {column.values.size} rows: replace it first, "
            "with NaN where the value is missing"
        )


def read_array(x: np.ndarray, zone: datetime.tzinfo | None) -> Column:
    """Return a NumPy array as a column."""
    if x.dtype.kind in "biuf":
        return Column("number", x.astype(np.float64))
    if x.dtype.kind == "M":
        return Column("date", x.astype(MICROSECONDS))
    if x.dtype.kind == "m":
        return Column("duration", seconds(x))
    if x.dtype.kind in "US":
        # NumPy converts all columns to text if one is text.
        try:
            return Column("number", x.astype(np.float64))
        except ValueError:
            x = x.astype(str).astype(object)
    if x.dtype.kind == "c":
        raise WrongKind("holds complex numbers. Complex data not supported: " + SPLIT)
    return read_objects(x, zone)


def read_pandas(series: Any, zone: datetime.tzinfo | None) -> Column:
    """Return a Series of pandas, of whatever type, as a column."""
    dtype = series.dtype
    if dtype.name == "category":
        codes, names = series.array.codes, category_names(dtype.categories)
        values = names[codes] if names.size else np.full(codes.size, None, object)
        values[codes < 0] = None
        return Column("category", values, declared=True)
    if dtype.name.startswith("period"):
        return read_pandas(series.dt.to_timestamp(), zone)
    kind = getattr(dtype, "kind", "O")
    if kind in "biuf" and isinstance(dtype, np.dtype):
        return Column("number", series.to_numpy(np.float64))
    if kind in "biuf":
        return Column("number", series.to_numpy(np.float64, na_value=np.nan))
    if kind == "M":
        arrow = getattr(dtype, "pyarrow_dtype", None)
        own = getattr(dtype, "tz", None) or getattr(arrow, "tz", None)
        if own is not None:
            zone = zone or find_zone(own)
            if arrow is not None:  # pandas 2.2 drops the zone of these without shift
                series = series.astype(f"datetime64[us, {own}]")
            series = series.dt.tz_convert(zone).dt.tz_localize(None)
        values = series.to_numpy(MICROSECONDS, na_value=np.datetime64("NaT", "us"))
        return Column("date", values, None if own is None else zone)
    if kind == "m":
        values = series.to_numpy(
            "timedelta64[us]", na_value=np.timedelta64("NaT", "us")
        )
        return Column("duration", seconds(values))
    if kind == "c":
        return read_array(series.to_numpy(), zone)
    return read_objects(series.to_numpy(object), zone)


def category_names(categories: Any) -> np.ndarray:
    """Return the names of the levels of a categorical type of pandas."""
    values = categories.to_numpy(object)
    try:
        return level_names(read_objects(values, None))
    except WrongKind:  # intervals, as pd.cut makes them, or anything else
        return np.array([*map(str, values), None], object)[:-1]


def read_polars(series: Any, zone: datetime.tzinfo | None) -> Column:
    """Return a Series of polars as a column."""
    own = getattr(series.dtype, "time_zone", None)
    if own is not None:
        zone = zone or find_zone(own)
        utc = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return Column("date", on_clock(utc.to_numpy(), zone), zone)
    values = series.to_numpy()
    if values.dtype.kind in "biufMm" and values.ndim == 1:
        return read_array(values, zone)
    values = np.empty(len(series), object)
    values[:] = series.to_list()
    declared = str(series.dtype).startswith(("Categorical", "Enum"))
    return replace(read_objects(values, zone), declared=declared)


def read_objects(values: np.ndarray, zone: datetime.tzinfo | None) -> Column:
    """Return Python objects as a column of the kind of their types.

    Parameters
    ----------
    values : ndarray of shape (m,)
        object.
    zone : tzinfo or None
        As for `read_column`.
    """
    listed = values.tolist()
    types = set(map(type, listed))
    if types <= {str, type(None)}:
        return Column("category", values)
    there = np.array([not is_missing(value) for value in listed], bool)
    found = [value for value, known in zip(listed, there, strict=True) if known]
    if not found:
        return Column("number", np.full(values.size, np.nan))
    kinds = {kind_of(value) for value in found}
    if kinds == {"number"}:
        return Column("number", fill(there, [float(value) for value in found]))
    if kinds == {"duration"}:
        return Column("duration", fill(there, [in_seconds(value) for value in found]))
    if kinds == {"date"}:
        zones = {value.tzinfo for value in found if getattr(value, "tzinfo", None)}
        if zones:
            zone = zone or find_zone(zones.pop())
        out = np.full(values.size, np.datetime64("NaT", "us"), MICROSECONDS)
        out[there] = [as_date(value, zone) for value in found]
        return Column("date", out, zone if zones or zone else None)
    if kinds <= {"number", "text"}:
        out = np.full(values.size, None, object)
        out[there] = [level_name(value) for value in found]
        return Column("category", out)
    raise WrongKind(
        f"holds values of different kinds, {' and '.join(sorted(kinds))}: convert all "
        "of them to one kind, or to text"
    )


SPLIT = "give real numbers, e.g. its real and imaginary parts as two columns"


def kind_of(value: Any) -> str:
    """Return the kind of a value that is not missing, or raise WrongKind."""
    if isinstance(value, str | bytes):
        return "text"
    if isinstance(value, numbers.Real | np.bool_ | decimal.Decimal):
        return "number"
    if isinstance(value, datetime.date | np.datetime64) or hasattr(
        value, "to_timestamp"
    ):
        return "date"
    if isinstance(value, datetime.timedelta | np.timedelta64 | datetime.time):
        return "duration"
    if isinstance(value, numbers.Complex):
        raise WrongKind("holds complex numbers. Complex data not supported: " + SPLIT)
    text = repr(value)
    raise WrongKind(
        f"holds a {type(value).__name__} "
        f"({text[:40]}{'...' * (len(text) > 40)}), where "
        "each argument must be a string, a number, a date or a duration: make columns "
        "of what is inside, or leave the column out",
        TypeError,
    )


def is_missing(value: Any) -> bool:
    """Return whether a value is None, NaN, NaT or NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return isinstance(value, float | np.floating | decimal.Decimal) and value != value


def fill(there: np.ndarray, found: list[float]) -> np.ndarray:
    """Return float64 with the values in their places, and NaN elsewhere."""
    out = np.full(there.size, np.nan)
    out[there] = found
    return out


def level_name(value: Any) -> str:
    """Return the name of a level; numbers that are equal have the same name."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    number = float(value)
    return str(int(number)) if number.is_integer() else repr(number)


def level_names(column: Column) -> np.ndarray:
    """Return the values of a column as names of levels, None where missing."""
    if column.kind == "category":
        return column.values
    if column.kind in ("number", "duration"):
        values: list[Any] = column.values.tolist()
        name: Callable[[Any], str] = level_name
        names = [None if value != value else name(value) for value in values]
    else:
        names = [None if np.isnat(value) else str(value) for value in column.values]
    out = np.empty(len(names), object)
    out[:] = names
    return out


def convert(column: Column, kind: str) -> Column:
    """Return a column as the kind that it had at fit, or raise WrongKind."""
    m = column.values.size
    if column.kind == "empty":
        missing = {"category": None, "date": np.datetime64("NaT", "us")}
        return Column(kind, np.full(m, missing.get(kind, np.nan)))
    if (column.kind, kind) == ("number", "category"):
        return Column(kind, level_names(column))
    if (column.kind, kind) == ("category", "number"):
        try:
            values = [np.nan if v is None else float(v) for v in column.values]
            read = Column(kind, np.array(values))
            refuse_infinity(read)
            return read
        except ValueError as error:
            raise WrongKind(
                f"held numbers at fit and holds text now ({error}): give it numbers, "
                "and NaN where they are missing"
            ) from error
    raise WrongKind(
        f"held {PLURALS[kind]} at fit and holds {PLURALS[column.kind]} now: give it "
        f"{PLURALS[kind]}, as at fit"
    )


PLURALS = {
    "number": "numbers",
    "category": "text",
    "date": "dates",
    "duration": "durations",
}


def seconds(x: np.ndarray) -> np.ndarray:
    """Return durations in seconds, NaN for NaT."""
    out: np.ndarray = np.where(np.isnat(x), np.nan, x / SECOND)
    return out


def in_seconds(value: Any) -> float:
    """Return a duration, or a time of day since midnight, in seconds."""
    if isinstance(value, datetime.time):
        value = datetime.timedelta(
            hours=value.hour,
            minutes=value.minute,
            seconds=value.second,
            microseconds=value.microsecond,
        )
    return float(np.timedelta64(value, "us") / SECOND)


def as_date(value: Any, zone: datetime.tzinfo | None) -> np.datetime64:
    """Return a date as the clock of the zone shows it."""
    if hasattr(value, "to_timestamp"):  # a period of pandas: its start
        value = value.to_timestamp()
    if getattr(value, "tzinfo", None) is not None:
        value = value.astimezone(zone).replace(tzinfo=None)
    return np.datetime64(value, "us")


def find_zone(zone: Any) -> datetime.tzinfo:
    """Return a time zone by its name or its seconds from UTC, or itself."""
    if isinstance(zone, datetime.tzinfo):
        return zone
    if isinstance(zone, float):
        return datetime.timezone(datetime.timedelta(seconds=zone))
    import zoneinfo

    return zoneinfo.ZoneInfo(zone)


def name_zone(zone: datetime.tzinfo | None) -> Any:
    """Return what `find_zone` finds a time zone by, as plain as there is."""
    if isinstance(zone, datetime.timezone):
        return zone.utcoffset(None).total_seconds()
    # ZoneInfo has a key, those of pytz are called zone.
    return getattr(zone, "key", None) or getattr(zone, "zone", None) or zone


def on_clock(utc: np.ndarray, zone: datetime.tzinfo) -> np.ndarray:
    """Return instants as the clock of a time zone shows them.

    Parameters
    ----------
    utc : ndarray of shape (m,)
        datetime64.
    zone : tzinfo
    """
    utc = utc.astype(MICROSECONDS)
    # The offset from UTC is the same in nearly all neighbouring hours.
    hours, place = np.unique(utc.astype("datetime64[m]"), return_inverse=True)
    shift = np.array(
        [
            np.timedelta64("NaT", "us")
            if np.isnat(hour)
            else hour.astype(datetime.datetime)
            .replace(tzinfo=datetime.UTC)
            .astimezone(zone)
            .utcoffset()
            for hour in hours
        ],
        "timedelta64[us]",
    )
    shown: np.ndarray = utc + shift[place]
    return shown


def date_features(t: np.ndarray) -> np.ndarray:
    """Return a date as a number, and its position in the year, week and day.

    Parameters
    ----------
    t : ndarray of shape (m,)
        datetime64[us].

    Returns
    -------
    ndarray of shape (m, 7)
        float64: seconds since 1970, and sine and cosine of the three; NaN for
        NaT.
    """
    start = t.astype("datetime64[Y]")
    year = (t - start.astype(MICROSECONDS)) / (
        (start + np.timedelta64(1, "Y")).astype(MICROSECONDS)
        - start.astype(MICROSECONDS)
    )
    since = seconds(t - np.datetime64(0, "us"))
    day = since / 86400
    week = (day + 3) / 7  # 1970 began on a Thursday
    angles = 2 * np.pi * np.mod(np.column_stack([year, week, day]), 1)
    features = np.empty((t.size, 7))
    features[:, 0] = since
    features[:, 1::2], features[:, 2::2] = np.sin(angles), np.cos(angles)
    return features


DATE_FEATURES = (
    *("", "_year_sin", "_year_cos"),
    *("_week_sin", "_week_cos", "_day_sin", "_day_cos"),
)
