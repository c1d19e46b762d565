"""X as it comes: dates, masks, sparse columns, what is no number."""

import numpy as np
import pytest
from quick_fits import ALL, HALF, M, X, each_estimator

from sknn2 import (
    PiecewiseLinearEncoder,
)

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")


DAYS = np.array(["2020-01-01", "2020-01-02"], "M8[D]")


def first_missing(values, mark):
    """Return values with a mark in rows 3 and 5."""
    return [mark if i in (3, 5) else value for i, value in enumerate(values)]


STAMPS = pd.to_datetime(DAYS[HALF])
WITH_DATES = {
    "array": DAYS[HALF][:, np.newaxis],
    "durations": (DAYS[HALF] - DAYS[0])[:, np.newaxis],
    "objects": np.array([[1.0, day] for day in DAYS[HALF]], object),
    "NumPy objects": np.array([[1.0, DAYS[0]]] * M, object),
    "list": [[1.0, day] for day in DAYS[HALF].tolist()],
    "pandas": pd.DataFrame({"a": X[:, 0], "when": STAMPS}),
    "pandas zone": pd.DataFrame({"a": X[:, 0], "when": STAMPS.tz_localize("UTC")}),
    "pandas alone": pd.DataFrame({"when": STAMPS}),
    "polars": pl.DataFrame({"a": X[:, 0], "when": DAYS[HALF]}),
    "polars durations": pl.DataFrame(
        {"a": X[:, 0], "when": (DAYS[HALF] - DAYS[0]).astype("m8[us]")}
    ),
    "NaT": pd.DataFrame({"when": first_missing(STAMPS, pd.NaT)}),
}
EVERYWHERE = {
    **ALL,
    "encoder": lambda: PiecewiseLinearEncoder(),
}
everywhere = pytest.mark.parametrize("make", EVERYWHERE.values(), ids=EVERYWHERE)
DUMMIES = pd.get_dummies(pd.Series(list("abc") * (M // 3)), sparse=True)


@pytest.mark.parametrize("name", WITH_DATES)
@everywhere
def test_dates_in_X(make, name):
    data = WITH_DATES[name]
    j = int("alone" not in name and name not in ("array", "durations", "NaT"))
    place = rf"column {j}" + (r" \('when'\)" if hasattr(data, "columns") else "")
    expected = f"X holds dates or durations in {place}, e.g. "
    if name == "NaT":
        expected += ".*2 are missing"
    with pytest.raises(ValueError, match=expected):
        make().fit(data, HALF)


@everywhere
def test_masked_X(make):
    with pytest.raises(ValueError, match="X is a masked array and 1 of its values"):
        make().fit(np.ma.masked_array(X, X[3, 1] == X), HALF)


@everywhere
@pytest.mark.parametrize("mark", [pd.NA, pd.NaT])
def test_missing_objects_in_X(make, mark):
    data = X.astype(object)
    data[[3, 5], 1] = mark
    with pytest.raises(ValueError, match=r"Column 1 of X holds NaN .* in 2 of 24"):
        make().fit(data, HALF)


@pytest.mark.parametrize("dtype", ["bool", "float32", "float64", "int64"])
@each_estimator
def test_frames_of_sparse_columns(make, dtype):
    precision = np.float32 if dtype == "float32" else np.float64
    full = DUMMIES.sparse.to_dense().astype(precision)
    left_out = {"bool": False, "int64": 0}.get(dtype, np.nan)  # those of pandas
    columns = {
        name: pd.arrays.SparseArray(full[name].astype(dtype), fill_value=left_out)
        for name in full
    }
    sparse = pd.DataFrame(columns)
    one, two = make().fit(sparse, HALF), make().fit(full, HALF)
    assert one.feature_names_in_.tolist() == ["a", "b", "c"]
    assert one.parameters_.theta.dtype == precision
    np.testing.assert_allclose(one.predict(sparse), two.predict(full), rtol=1e-4)


def test_the_encoder_refuses_frames_of_sparse_columns():
    make = PiecewiseLinearEncoder
    with pytest.raises(TypeError, match=r"does not take sparse X.*X.sparse.to_dense"):
        make().fit(DUMMIES, HALF)
    make().fit(DUMMIES.sparse.to_dense(), HALF)
