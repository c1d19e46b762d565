"""Columns of every type, read as numbers, levels, dates or durations."""

import datetime
import decimal

import numpy as np
import pytest

from sknn2.preprocessing.columns import (
    Column,
    WrongKind,
    convert,
    date_features,
    find_zone,
    is_missing,
    kind_of,
    level_name,
    level_names,
    on_clock,
    read_column,
    split_columns,
)

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

DAY = datetime.date(2020, 2, 29)
HOUR = datetime.timedelta(hours=1)
# Values, as a list with one that is missing, and what they are.
COLUMNS = {
    "number": ([1.5, None, -2.0], "number", [1.5, np.nan, -2]),
    "decimal": ([decimal.Decimal("1.5"), None], "number", [1.5, np.nan]),
    "text": (["a", None, "b"], "category", ["a", None, "b"]),
    "mixed": (["a", 1.0, None, 1], "category", ["a", "1", None, "1"]),
    "date": (
        [DAY, None],
        "date",
        np.array(["2020-02-29", "NaT"], "datetime64[us]"),
    ),
    "duration": ([HOUR, None], "duration", [3600, np.nan]),
    "none": ([None, None], "empty", [np.nan, np.nan]),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_of_objects(name):
    values, kind, expected = COLUMNS[name]
    array = np.empty(len(values), object)
    array[:] = values
    column = read_column(array)
    assert column.kind == kind
    np.testing.assert_array_equal(column.values, expected)


@pytest.mark.parametrize("name", ["number", "text", "date", "duration"])
@pytest.mark.parametrize("make", [pd.Series, pl.Series], ids=["pandas", "polars"])
def test_frames_hold_the_same(make, name):
    values, kind, expected = COLUMNS[name]
    column = read_column(make(values))
    assert column.kind == kind
    np.testing.assert_array_equal(column.values, expected)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("a", "text"),
        (b"a", "text"),
        (1, "number"),
        (np.True_, "number"),
        (np.float32(1), "number"),
        (DAY, "date"),
        (np.datetime64("2020"), "date"),
        (pd.Period("2020-01", "M"), "date"),
        (HOUR, "duration"),
        (datetime.time(1), "duration"),
    ],
    ids=repr,
)
def test_the_kind_of_a_value(value, kind):
    assert kind_of(value) == kind


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (1j, ValueError, "complex"),
        ([1], TypeError, "holds a list"),
        ({}, TypeError, "{"),
    ],
)
def test_values_of_no_kind(value, error, message):
    with pytest.raises(WrongKind, match=message) as caught:
        kind_of(value)
    assert caught.value.error is error


def test_missing_values():
    for value in (
        None,
        np.nan,
        np.float32("nan"),
        pd.NA,
        pd.NaT,
        np.datetime64("NaT", "us"),
    ):
        assert is_missing(value)
    for value in ("", "nan", 0, np.inf, DAY, np.datetime64("2020")):
        assert not is_missing(value)


def test_equal_numbers_are_one_level():
    names = {
        level_name(value) for value in (1, 1.0, np.float32(1), np.True_, "1", b"1")
    }
    assert names == {"1"}
    assert level_name(0.1) == "0.1"
    column = Column("number", np.array([2.0, np.nan, 2.5]))
    assert level_names(column).tolist() == ["2", None, "2.5"]


def test_a_column_of_another_kind_than_at_fit():
    numbers = Column("number", np.array([2.0, np.nan]))
    assert convert(numbers, "category").values.tolist() == ["2", None]
    text = Column("category", np.array(["2", None], object))
    np.testing.assert_array_equal(convert(text, "number").values, [2, np.nan])
    empty = Column("empty", np.full(2, np.nan))
    assert convert(empty, "category").values.tolist() == [None, None]
    assert np.isnat(convert(empty, "date").values).all()
    with pytest.raises(WrongKind, match="held numbers at fit and holds text now"):
        convert(Column("category", np.array(["two"], object)), "number")


def test_rows_that_are_all_missing_are_empty():
    column = Column("number", np.array([1.0, np.nan]))
    assert column.take(np.array([1])).kind == "empty"
    assert column.take(np.array([0])).kind == "number"


def test_a_date_is_a_number_and_three_places_on_circles():
    # 1 January 1970 was a Thursday; half a year, a week and a day later.
    t = np.array(["1970-01-01", "1970-01-08", "1970-01-01T06:00", "NaT"], "M8[us]")
    found = date_features(t)
    np.testing.assert_allclose(found[0, :3], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(found[1, 3:], found[0, 3:], atol=1e-12)  # a week later
    assert found[1, 0] == 7 * 86400
    np.testing.assert_allclose(found[2, 5:], [1, 0], atol=1e-12)  # a quarter of a day
    assert np.isnan(found[3]).all()
    circles = found[:3, 1::2] ** 2 + found[:3, 2::2] ** 2
    np.testing.assert_allclose(circles, 1)
    angle = 2 * np.pi * 3 / 7
    np.testing.assert_allclose(found[0, 3:5], [np.sin(angle), np.cos(angle)])


def test_the_clock_of_a_zone():
    utc = np.array(["2020-01-01T12:00", "2020-07-01T12:00", "NaT"], "M8[us]")
    shown = on_clock(utc, find_zone("Europe/Paris"))
    expected = np.array(["2020-01-01T13:00", "2020-07-01T14:00", "NaT"], "M8[us]")
    np.testing.assert_array_equal(shown, expected)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_a_frame_is_its_columns(make):
    first, second = split_columns(make({"a": [1, 2], "b": ["x", "y"]}))
    assert read_column(first).values.tolist() == [1, 2]
    assert read_column(second).values.tolist() == ["x", "y"]
