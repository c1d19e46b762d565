"""The encoders of tables as graphs: the same bits."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from onnx_runs import check, fitted, runs

import sknn2.onnx
from sknn2 import (
    PiecewiseLinearEncoder,
    TableEncoder,
    make_tabular_classifier,
    make_tabular_regressor,
)
from sknn2.graphs.tables import unknown_level


def table(m, seed, new=()):
    """Return a frame with a column of every kind, and some that are unlike the fit."""
    rng = np.random.default_rng(seed)

    def gaps(values):
        return [
            None if gap else v
            for v, gap in zip(values, rng.random(m) < 0.2, strict=True)
        ]

    dates = pd.to_datetime(rng.integers(-2e9, 4e9, m), unit="s")
    return pd.DataFrame(
        {
            "in come": np.array(gaps(rng.lognormal(0, 3, m)), float),
            "count": rng.integers(0, 9, m),
            "single": rng.random(m).astype(np.float32),
            "nullable": pd.array(gaps(rng.integers(0, 9, m).tolist()), "Int64"),
            "city": gaps(rng.choice(["Lima", "Oslo", "São Paulo", *new], m)),
            "two": rng.choice(["x", "y"], m),
            "rare": rng.choice(["p", "q", *new], m),
            "code": pd.Categorical(rng.choice([1, 2, 3], m)),
            "flag": rng.random(m) < 0.5,
            "date": pd.Series(gaps(dates), dtype="datetime64[us]"),
            "zone": dates.tz_localize("UTC").tz_convert("Europe/Oslo"),
            "length": pd.to_timedelta(rng.integers(0, 10**6, m), unit="s"),
            "empty": np.full(m, np.nan),
        }
    )


@pytest.fixture(scope="module")
def seen():
    frame = table(300, 0)
    frame.loc[:1, "rare"] = ["once", "one more"]
    return frame


@pytest.fixture(scope="module")
def new():
    frame = table(1000, 1, new=["Quito", "", "Lima "])
    frame.loc[:99, "in come"] = np.tile([1e30, -1e30, 1e4, -7.0], 25)
    return frame


@pytest.mark.parametrize("clip", [True, False])
@pytest.mark.parametrize("n_bins", [0, 5])
def test_a_table_of_every_kind(seen, new, n_bins, clip):
    encoder = TableEncoder(n_bins, clip=clip).fit(seen)
    assert set(encoder.kinds_) == {"number", "category", "date", "duration", "empty"}
    check(encoder, new)
    check(encoder, new[new.columns[::-1]])


def to_polars(frame):
    """Return a frame of polars; its own way needs pyarrow."""
    return pl.DataFrame(
        {
            name: pl.Series(x.astype(object).where(x.notna(), None).tolist())
            for name, x in frame.drop(columns=["zone", "code", "length"]).items()
        }
    )


def test_columns_of_polars(seen, new):
    check(TableEncoder().fit(to_polars(seen)), to_polars(new))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("settings", [{}, {"clip": False}, {"n_bins": 0}], ids=str)
@pytest.mark.parametrize("encoder", [PiecewiseLinearEncoder, TableEncoder])
def test_columns_of_numbers(seen, new, encoder, settings, dtype):
    columns = ["in come", "count", "single"]
    seen, new = (x[columns].to_numpy(dtype) for x in (seen, new))
    check(encoder(**settings).fit(seen), new)
    check(encoder(**settings).fit(np.nan_to_num(seen)), new)  # NaN that was not seen


def test_pipelines(seen, new):
    rng = np.random.default_rng(0)
    settings = {"alphas": [1.0], "cv": 2, "max_iter": 5, "random_state": 0}
    y = np.where(rng.random(len(seen)) < 0.5, "no", "yes")
    check(fitted(make_tabular_classifier(**settings), seen, y), new)
    y = 1e9 + seen["count"] * 10.0
    check(fitted(make_tabular_regressor(**settings), seen, y), new)


def test_missing_text_and_empty_text():
    for seen in (["a", "b", None], ["a", "b", ""], ["a", "b", "c"]):
        frame = pd.DataFrame({"x": seen * 5})
        check(TableEncoder().fit(frame), pd.DataFrame({"x": ["a", "", None, "c", "d"]}))
    frame = pd.DataFrame({"x": ["a", None, "", "b"] * 5})
    with pytest.raises(ValueError, match=r"Column 0 \('x'\) had both missing values"):
        sknn2.onnx.to_onnx(TableEncoder().fit(frame), frame[:1])


def test_infinity_becomes_nan():
    X = np.linspace(0, 1, 50)[:, np.newaxis]
    encoder = PiecewiseLinearEncoder().fit(X)
    graph = sknn2.onnx.to_onnx(encoder, X)
    for (features,) in runs(graph, {"X": np.array([[0.5], [np.inf], [np.nan]])}):
        assert np.isnan(features).all(axis=1).tolist() == [False, True, False]


def test_an_array_of_text():
    X = np.array([["a", "b"], ["b", "c"], ["a", "c"]] * 5, object)
    check(TableEncoder().fit(X), X)


def test_inputs_of_the_wrong_type(seen):
    import skl2onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    sknn2.onnx.register_converters()
    encoder = TableEncoder().fit(seen[["count", "city"]])
    number, text = FloatTensorType([None, 1]), StringTensorType([None, 1])
    for types, message in (
        ([("count", text), ("city", text)], r"\('count'\) was a number at fit"),
        ([("count", number), ("city", number)], r"\('city'\) .* has to hold text"),
        ([("a", number), ("b", number), ("c", text)], "2 columns .* 3 inputs"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            skl2onnx.to_onnx(encoder, initial_types=types)


def test_a_text_that_is_no_level():
    assert unknown_level(["a", None, "?a"]) not in ("a", "?a", "")
