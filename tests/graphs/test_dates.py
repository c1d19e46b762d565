"""The calendar in a graph, against NumPy's."""

import numpy as np
import pandas as pd
from onnx_runs import check, fitted, runs

import sknn2.onnx
from sknn2 import TableEncoder
from sknn2.preprocessing.columns import date_features


def encoder_of_a_date():
    """Return an encoder that leaves the features of a date as they are, nearly."""
    days = np.arange("1970-01-01", "1971-01-01", dtype="datetime64[D]")
    frame = pd.DataFrame({"t": days.astype("datetime64[us]")})
    return fitted(TableEncoder(n_bins=0, clip=False), frame, None)


def test_the_clock_of_every_kind_of_year():
    rng = np.random.default_rng(0)
    edges = [
        np.datetime64(f"{year:04d}-{day}", "us") + np.timedelta64(step, "us")
        for year in (1, 3, 4, 99, 100, 400, 1600, 1900, 1970, 2000, 2024, 2100, 9999)
        for day in ("01-01", "02-28", "03-01", "12-31")
        for step in (0, 1, 86_399_999_999)
    ]
    drawn = rng.integers(-62_135_596_800_000_000, 253_402_300_799_999_999, 1000)
    t = np.concatenate(
        [edges, drawn.astype("datetime64[us]"), [np.datetime64("NaT", "us")]]
    )
    check(encoder_of_a_date(), pd.DataFrame({"t": t}))


def test_the_input_is_what_numpy_has():
    encoder = encoder_of_a_date()
    t = np.array(["2024-02-29T12:00", "NaT", "1969-12-31"], "datetime64[us]")
    frame = pd.DataFrame({"t": t})
    graph = sknn2.onnx.to_onnx(encoder, frame[:1])
    inputs = sknn2.onnx.to_inputs(encoder, frame)
    np.testing.assert_array_equal(inputs["t"][:, 0], t.astype(np.int64))
    assert inputs["t"].dtype == np.int64
    expected = encoder.encoder_.transform(date_features(t))
    for (features,) in runs(graph, inputs):
        np.testing.assert_allclose(features, expected, rtol=1e-6)
