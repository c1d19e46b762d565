"""TableEncoder: kinds of columns, levels, dates, and what changes after the fit."""

import copy
import datetime
import decimal
import pickle
import timeit
import zoneinfo

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils import estimator_checks

from sknn2 import (
    PiecewiseLinearEncoder,
    TableEncoder,
    make_tabular_classifier,
    make_tabular_regressor,
)
from sknn2.preprocessing.table import name_level

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

M = 60
RNG = np.random.default_rng(0)
AGE = np.where(RNG.random(M) < 0.2, np.nan, RNG.normal(40, 10, M).round(1))
COUNT = RNG.integers(9, size=M)
CITY = [["Lima", "Oslo", "Pune", None][k] for k in RNG.integers(4, size=M)]
CITY[7] = "Quito"
SEX = [["f", "m"][k] for k in RNG.integers(2, size=M)]
OWNS = RNG.random(M) < 0.5
DAY = np.datetime64("2024-01-01T06:00", "us") + RNG.integers(10**8, size=M) * (
    np.timedelta64(1, "s")
)
SPAN = RNG.integers(10**6, size=M) * np.timedelta64(10**6, "us")
COLUMNS = {
    "age": AGE,
    "count": COUNT,
    "city": CITY,
    "sex": SEX,
    "owns": OWNS,
    "day": DAY,
    "span": SPAN,
}
Y = np.where(np.array(SEX) == "f", "yes", "no")
Y[COUNT > 5] = "yes"
FRAMES = {"pandas": pd.DataFrame, "polars": pl.DataFrame}
FRAME = pytest.mark.parametrize("kind", FRAMES)


def frame(kind="pandas", rows=slice(None)):
    return FRAMES[kind]({name: values[rows] for name, values in COLUMNS.items()})


def encode(X, X_new=None, w=None, **arguments):
    encoder = TableEncoder(**arguments).fit(X, sample_weight=w)
    return encoder.transform(X if X_new is None else X_new)


def column(values, dtype=None):
    return pd.DataFrame({"a": pd.Series(values, dtype=dtype)})


@FRAME
def test_kinds_and_names(kind):
    encoder = TableEncoder(n_bins=0).fit(frame(kind))
    assert encoder.kinds_ == (
        ["number", "number", "category", "category", "number", "date", "duration"]
    )
    assert encoder.feature_names_in_.tolist() == list(COLUMNS)
    assert encoder.get_feature_names_out().tolist() == [
        *("age", "count", "owns", "day", "day_year_sin", "day_year_cos"),
        *("day_week_sin", "day_week_cos", "day_day_sin", "day_day_cos", "span"),
        *("city_Lima", "city_Oslo", "city_Pune", "city_missing", "city_rare"),
        *("sex_m", "age_missing"),
    ]


def test_the_features_are_those_of_the_table_of_numbers():
    seconds = (DAY - np.datetime64(0, "us")) / np.timedelta64(1, "s")
    stamps = pd.DatetimeIndex(DAY)
    days = 365 + stamps.is_leap_year
    year = (stamps.day_of_year - 1 + seconds % 86400 / 86400) / days
    week = (stamps.day_of_week + seconds % 86400 / 86400) / 7
    angles = [2 * np.pi * np.asarray(part) for part in (year, week, seconds / 86400)]
    city = np.array([str(value) for value in CITY])
    table = np.column_stack(
        [AGE, COUNT, OWNS, seconds]
        + [g(angle) for angle in angles for g in (np.sin, np.cos)]
        + [SPAN / np.timedelta64(1, "s")]
        + [city == level for level in ("Lima", "Oslo", "Pune", "None", "Quito")]
        + [np.array(SEX) == "m"]
    )
    expected = PiecewiseLinearEncoder().fit_transform(table)
    np.testing.assert_allclose(encode(frame()), expected, atol=1e-5)


def test_an_array_of_numbers_is_encoded_as_by_the_encoder_of_numbers():
    X = RNG.normal(size=(50, 3))
    X[::7, 1] = np.nan
    expected = PiecewiseLinearEncoder().fit_transform(X)
    for table in (X, X.astype(object), X.tolist(), pd.DataFrame(X), X.astype(str)):
        np.testing.assert_array_equal(encode(table), expected)
    np.testing.assert_array_equal(
        encode(X, clip=False), PiecewiseLinearEncoder(clip=False).fit_transform(X)
    )


def test_rows_as_lists_keep_their_types():
    rows = list(zip(AGE.tolist(), CITY, strict=True))
    encoder = TableEncoder().fit(rows)
    assert encoder.kinds_ == ["number", "category"]
    assert encoder.get_feature_names_out()[1] == "x1_Lima"
    np.testing.assert_array_equal(
        encoder.transform(rows), encode(frame()[["age", "city"]])
    )


def test_pandas_and_polars_are_alike_to_the_bit():
    a, b = (TableEncoder().fit(frame(kind)) for kind in FRAMES)
    for kind in FRAMES:
        np.testing.assert_array_equal(
            a.transform(frame(kind)), b.transform(frame(kind))
        )


def test_levels_are_those_of_the_one_hot_encoder():
    X = pd.DataFrame({"a": CITY, "b": SEX, "c": ["p", "p", "q", "q", "r"] * 12})
    encoder = TableEncoder(n_bins=0).fit(X)
    values = np.array(
        [[None, "f", "q"], ["Rome", "m", "p"], ["Quito", "f", "r"]], object
    )
    whole = encoder.levels_.transform(values)
    named = copy.copy(encoder.levels_).set_params(feature_name_combiner=name_level)
    names = named.get_feature_names_out(["a", "b", "c"]).tolist()
    kept = [names.index(name) for name in encoder.get_feature_names_out()]
    parts = zip(encoder._levels, values.T, strict=True)
    ours = np.hstack([levels.one_hot(column) for levels, column in parts])
    np.testing.assert_array_equal(ours, whole[:, kept])


# Each of the same values, in other types.

NUMBERS = [1, 2, 3, 5, 5, 8] * 4
LEVELS = ["a", "b", "b", None, "c", "c"] * 4
DATES = [datetime.datetime(2024, 1, 1 + k, k, 30) for k in range(24)]
SPANS = [datetime.timedelta(hours=k * k) for k in range(24)]
ALIKE = {
    "numbers": [
        column(NUMBERS, dtype)
        for dtype in (
            *("int64", "int8", "uint16", "float32", "float64", "Int64", "UInt8"),
            *("Float64", "object", "int64[pyarrow]", "double[pyarrow]"),
        )
    ]
    + [
        column([decimal.Decimal(k) for k in NUMBERS], "object"),
        column(pd.arrays.SparseArray(np.array(NUMBERS, float))),
        *(pl.DataFrame({"a": NUMBERS}, {"a": t}) for t in (pl.Int8, pl.Float32)),
        pl.DataFrame({"a": NUMBERS}).cast(pl.Decimal(10, 2)),
    ],
    "numbers with gaps": [
        column([None if k == 3 else k for k in NUMBERS], dtype)
        for dtype in ("float64", "Int64", "Float32", "object", "int32[pyarrow]")
    ]
    + [pl.DataFrame({"a": [None if k == 3 else k for k in NUMBERS]})],
    "booleans with gaps": [
        column([True, False, None] * 8, dtype)
        for dtype in ("boolean", "object", "bool[pyarrow]")
    ]
    + [pl.DataFrame({"a": [True, False, None] * 8}), column([1, 0, np.nan] * 8)],
    "text": [
        column(LEVELS, dtype)
        for dtype in ("object", "str", "string", "category", "string[pyarrow]")
    ]
    + [
        pl.DataFrame({"a": LEVELS}, {"a": t})
        for t in (pl.String, pl.Categorical, pl.Enum(["c", "b", "a"]))
    ],
    "codes": [
        column(NUMBERS, "category"),
        column([str(k) for k in NUMBERS]),
        column(pd.Categorical(np.array(NUMBERS, float))),
        pl.DataFrame({"a": [str(k) for k in NUMBERS]}),
    ],
    "dates": [
        column(DATES, dtype)
        for dtype in (
            *("datetime64[ns]", "datetime64[s]", "object"),
            *("timestamp[us][pyarrow]", "timestamp[ns][pyarrow]"),
        )
    ]
    + [
        pl.DataFrame({"a": DATES}),
        pl.DataFrame({"a": DATES}).cast(pl.Datetime("ms")),
        column([np.datetime64(d) for d in DATES], "object"),
    ],
    "days": [
        column([d.date() for d in DATES], "object"),
        column([d.date() for d in DATES], "datetime64[s]"),
        column([d.date() for d in DATES], "date32[pyarrow]"),
        column(pd.PeriodIndex([d.date() for d in DATES], freq="D")),
        pl.DataFrame({"a": [d.date() for d in DATES]}),
    ],
    "durations": [
        column(SPANS, dtype)
        for dtype in ("timedelta64[ns]", "object", "duration[us][pyarrow]")
    ]
    + [pl.DataFrame({"a": SPANS})],
    "times": [
        column([d.time() for d in DATES], "object"),
        column([d.time() for d in DATES], "time64[us][pyarrow]"),
        pl.DataFrame({"a": [d.time() for d in DATES]}),
    ],
}
for name in ("dates", "durations"):
    pieces = {"dates": DATES, "durations": SPANS}[name]
    ALIKE[f"{name} with gaps"] = [
        column([None, *pieces[1:]], X["a"].dtype) if hasattr(X, "iloc") else X
        for X in ALIKE[name][:-1]
        if hasattr(X, "iloc")
    ] + [pl.DataFrame({"a": [None, *pieces[1:]]})]


@pytest.mark.parametrize("name", ALIKE)
def test_types_of_the_same_values_are_alike(name):
    first, *rest = ALIKE[name]
    encoder = TableEncoder().fit(first)
    expected = encoder.transform(first)
    assert np.ptp(expected, axis=0).any()
    for other in rest:
        np.testing.assert_array_equal(encode(other), expected)
        np.testing.assert_array_equal(encoder.transform(other), expected)
        np.testing.assert_array_equal(
            TableEncoder().fit(other).transform(first), expected
        )


@pytest.mark.parametrize("name", ALIKE)
def test_a_row_alone_is_as_among_others(name):
    for X in ALIKE[name]:
        encoder = TableEncoder().fit(X)
        whole = encoder.transform(X)
        for i in range(6):
            row = X.iloc[[i]] if hasattr(X, "iloc") else X[i : i + 1]
            np.testing.assert_array_equal(encoder.transform(row), whole[i : i + 1])


@pytest.mark.parametrize("kind", [*FRAMES, "array"])
def test_one_row_takes_few_milliseconds(kind):
    """On a frame of 21 columns at most five, on an array at most one."""
    X = pd.concat([frame().add_suffix(f"_{k}") for k in range(3)], axis=1)
    X = pl.from_pandas(X) if kind == "polars" else X
    X = np.tile(AGE[:, np.newaxis], 21) if kind == "array" else X
    model = make_tabular_classifier(hidden_units=4, alphas=[1, 3], random_state=0)
    one = model.fit(X, Y) and (X.iloc[:1] if kind == "pandas" else X[:1])
    seconds = min(timeit.repeat(lambda: model.predict(one), number=1, repeat=100))
    assert seconds < (0.001 if kind == "array" else 0.005)


# Dates

ZONE = zoneinfo.ZoneInfo("America/New_York")
INSTANTS = pd.Series(pd.DatetimeIndex(DAY, tz="UTC"))


def test_a_date_is_what_the_clock_of_its_zone_shows():
    local = pd.DataFrame({"a": INSTANTS.dt.tz_convert("America/New_York")})
    naive = pd.DataFrame({"a": local["a"].dt.tz_localize(None)})
    encoder = TableEncoder().fit(local)
    expected = encode(naive)
    others = [
        local,
        pd.DataFrame({"a": INSTANTS}),
        pd.DataFrame({"a": INSTANTS.dt.tz_convert("Asia/Tokyo")}),
        pd.DataFrame({"a": INSTANTS.dt.tz_convert("+01:00")}),
        pd.DataFrame({"a": INSTANTS.astype("timestamp[us, tz=Europe/Oslo][pyarrow]")}),
        pd.DataFrame({"a": INSTANTS.astype(object)}),
        pl.DataFrame({"a": DAY}).with_columns(
            pl.col("a").dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo")
        ),
        naive,
    ]
    for other in others:
        np.testing.assert_array_equal(encoder.transform(other), expected)
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(encoder)).transform(local), expected
    )


def test_polars_zone_at_fit():
    X = pl.DataFrame({"a": DAY}).with_columns(
        pl.col("a").dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE.key)
    )
    local = pd.DataFrame({"a": INSTANTS.dt.tz_convert(ZONE.key)})
    np.testing.assert_array_equal(encode(X), encode(local))
    np.testing.assert_array_equal(encode(X, local), encode(local))


# What changes between fit and predict


@FRAME
def test_columns_are_taken_by_name(kind):
    encoder = TableEncoder().fit(frame(kind))
    expected = encoder.transform(frame(kind))
    turned = frame(kind)[list(COLUMNS)[::-1]]
    np.testing.assert_array_equal(encoder.transform(turned), expected)
    with pytest.raises(ValueError, match=r"missing:\n- city"):
        encoder.transform(turned[[name for name in COLUMNS if name != "city"]])
    more = turned[list(COLUMNS)]
    more = (
        more.assign(extra=1)
        if kind == "pandas"
        else more.with_columns(pl.lit(1).alias("extra"))
    )
    with pytest.raises(ValueError, match=r"unseen at fit time:\n- extra"):
        encoder.transform(more)


def test_a_new_level_is_one_of_the_pool_or_the_mean():
    X = pd.DataFrame({"a": ["x", "x", "y", "y", "z"], "b": ["u", "u", "v", "v", "v"]})
    encoder = TableEncoder().fit(X)
    assert encoder.get_feature_names_out().tolist() == ["a_x", "a_y", "a_rare", "b_v"]
    new = encoder.transform(
        pd.DataFrame({"a": ["?", "z", None], "b": ["?", None, "u"]})
    )
    np.testing.assert_array_equal(new[0, :3], new[1, :3])
    np.testing.assert_array_equal(new[0, :3], new[2, :3])
    assert (new[:2, 3] == 0).all()
    three = pd.DataFrame({"a": ["x", "y", "z"] * 3})
    assert (encode(three, pd.DataFrame({"a": ["?"]})) == 0).all()


def test_other_types_at_predict():
    X = pd.DataFrame({"n": [1, 2, 3, 4] * 5, "c": pd.Categorical([1, 2, 3, 3] * 5)})
    encoder = TableEncoder().fit(X)
    expected = encoder.transform(X)
    for n in ("float64", "Int64", "object", "category", "str"):
        for c in ("int64", "float64", "object", "str", "Int8"):
            other = X.astype({"c": c}).astype({"n": n})
            np.testing.assert_array_equal(encoder.transform(other), expected)


@pytest.mark.parametrize("value", [None, np.nan])
def test_nan_only_at_predict_is_the_mean(value):
    X = pd.DataFrame({"n": np.arange(20), "day": DAY[:20]})
    encoder = TableEncoder().fit(X)
    new = pd.DataFrame({"n": [value, 3], "day": [pd.NaT, DAY[0]]})
    features = encoder.transform(new)
    assert (features[0] == 0).all()
    assert features[1].any()


@pytest.mark.parametrize(
    "empty",
    [
        np.full(20, np.nan),
        [None] * 20,
        pd.Series([None] * 20, dtype="category"),
        pd.Series([None] * 20, dtype="datetime64[ns]"),
        pd.Series([None] * 20, dtype="string"),
    ],
)
def test_a_column_that_is_all_missing_is_0_whatever_it_is_later(empty):
    X = pd.DataFrame({"n": np.arange(20.0), "e": empty})
    encoder = TableEncoder().fit(X)
    assert encoder.kinds_ == ["number", "empty"]
    for later in (empty, ["text"] * 20, np.arange(20), DAY[:20], [[1]] * 20):
        F = encoder.transform(pd.DataFrame({"n": np.arange(20.0), "e": list(later)}))
        assert (F[:, 1] == 0).all()
    # And one that is all missing at predict.
    full = pd.DataFrame({"n": np.arange(20.0), "e": ["a", "b"] * 10})
    assert np.isfinite(encode(full, X)).all()


@pytest.mark.parametrize(
    ("fitted", "later", "message"),
    [
        ([1, 2] * 5, ["a", "b"] * 5, r"Column 0 \('a'\).*numbers.*text now.*'a'"),
        (DAY[:10], [1, 2] * 5, r"Column 0 \('a'\).*held dates at fit.*numbers now"),
        (DAY[:10], ["1", "2"] * 5, r"held dates at fit and holds text now"),
        (SPAN[:10], DAY[:10], r"held durations at fit and holds dates now"),
        (["a", "b"] * 5, DAY[:10], r"held text at fit and holds dates now"),
    ],
)
def test_another_kind_at_predict_is_named(fitted, later, message):
    encoder = TableEncoder().fit(pd.DataFrame({"a": fitted}))
    with pytest.raises(ValueError, match=message):
        encoder.transform(pd.DataFrame({"a": later}))


@pytest.mark.parametrize("dtype", ["object", "category", "str"])
def test_infinity_as_text_is_named(dtype):
    encoder = TableEncoder().fit(pd.DataFrame({"c": list("ab") * 5, "n": range(10)}))
    new = pd.DataFrame({"c": ["a"], "n": pd.Series(["inf"], dtype=dtype)})
    with pytest.raises(
        ValueError, match=r"Column 1 \('n'\) of X holds infinity in 1 of"
    ):
        encoder.transform(new)


def test_intervals_are_levels():
    cut = pd.cut(pd.Series(COUNT), [-1, 2, 5, 9])
    encoder = TableEncoder().fit(pd.DataFrame({"a": cut}))
    assert encoder.get_feature_names_out().tolist() == [
        *("a_(-1, 2]", "a_(2, 5]", "a_(5, 9]")
    ]
    expected = encoder.transform(pd.DataFrame({"a": cut.astype(str)}))
    np.testing.assert_array_equal(encoder.transform(pd.DataFrame({"a": cut})), expected)


@FRAME
def test_a_frame_changes_in_every_way_at_once(kind):
    """In order, types, levels and gaps; both models predict, alike for both kinds."""
    X = frame().assign(void=None)
    new = X.assign(
        age=X["age"].astype("float32"),
        count=X["count"].where(X["count"] > 3),
        city="Rome",
        sex=pd.Categorical(SEX, ["x", "m", "f"]),
        owns=X["owns"].where(X["count"] > 3).astype(object),
        day=X["day"].astype("datetime64[s]").where(X["count"] > 3),
        span=None,
        void="text",
    )[[*list(X)[::-1]]]
    w = np.where(np.arange(M) < 5, 0.0, 1.5)
    new_frame = pl.from_pandas(new) if kind == "polars" else new
    for make in (make_tabular_classifier, make_tabular_regressor):
        model = make(hidden_units=4, alphas=[1, 3], random_state=0)
        y = Y if make is make_tabular_classifier else COUNT.astype(float)
        weights = {"encoder__sample_weight": w, "net__sample_weight": w}
        model.fit(pl.from_pandas(X) if kind == "polars" else X, y, **weights)
        A = model.predict(new_frame)
        assert A.shape == (M,)
        np.testing.assert_array_equal(model.fit(X, y, **weights).predict(new), A)


# Weights


def test_a_row_of_weight_zero_is_absent():
    X = frame()
    w = np.where(np.arange(M) % 3, 1.0, 0)
    X.loc[w == 0, "age"] = 1e9
    X.loc[w == 0, "city"] = "Nowhere"
    X["odd"] = [object() if v == 0 else v for v in w]
    encoder = TableEncoder()
    kept = X[w > 0].astype({"odd": float})
    X["odd"] = X["odd"].where(w > 0, "text")
    X["odd"] = X["odd"].mask(w == 0, np.nan)
    a = encoder.fit(X, sample_weight=w)
    b = TableEncoder().fit(kept)
    assert a.get_feature_names_out().tolist() == b.get_feature_names_out().tolist()
    np.testing.assert_array_equal(a.transform(kept), b.transform(kept))


def test_a_weight_is_a_number_of_rows():
    w = RNG.integers(4, size=M)
    repeated = encode(frame().iloc[np.repeat(np.arange(M), w)], frame(), n_bins=2)
    weighted = encode(frame(), frame(), w, n_bins=2)
    np.testing.assert_allclose(weighted, repeated, atol=1e-5)


def test_the_unit_of_small_weights_pools_nothing_more():
    small = encode(frame(), w=np.full(M, 0.01))
    np.testing.assert_allclose(small, encode(frame()), atol=1e-6)


# What is refused


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([[1, 2]] * 4, TypeError, r"Column 0 \('a'\) of X holds a list \(\[1, 2\]\)"),
        ([{"k": 1}] * 4, TypeError, "holds a dict .*leave the column out"),
        ([object()] * 4, TypeError, "holds a object .*number, a date or a duration"),
        (["p", "q", "r", "s"], ValueError, r"differs in each of its 4 rows \('p', 'q'"),
        ([1j] * 4, ValueError, "Complex data not supported"),
        (
            [1.0, np.inf, 2, 3],
            ValueError,
            r"\('a'\) of X holds infinity in 1 of 4 rows",
        ),
        ([DAY[0].item(), "x", 1, 1], ValueError, "date and number and text"),
    ],
)
def test_what_cannot_be_used_is_named(values, error, message):
    dtype = None if values[0] == 1j else object
    X = pd.DataFrame({"a": pd.Series(values, dtype=dtype)})
    with pytest.raises(error, match=message):
        TableEncoder().fit(X)
    without_name = message.replace(r" \('a'\)", "").replace(r"\('a'\) ", "")
    with pytest.raises(error, match=without_name):
        TableEncoder().fit(X.to_numpy())


@pytest.mark.parametrize("dtype", [pl.List(pl.Int64), pl.Struct({"k": pl.Int64})])
def test_nested_columns_of_polars_are_refused(dtype):
    value = [1, 2] if dtype == pl.List else {"k": 1}
    with pytest.raises(TypeError, match=r"Column 0 \('a'\) of X holds a (list|dict)"):
        TableEncoder().fit(pl.DataFrame({"a": [value] * 4}, {"a": dtype}))


def test_unique_text_that_is_called_a_category_is_taken():
    X = pd.DataFrame({"a": pd.Categorical(list("pqrs")), "n": [1.0, 2, 3, 4]})
    assert TableEncoder().fit(X).get_feature_names_out().tolist()[:2] == ["n", "a_rare"]


def test_frames_without_columns_or_values():
    with pytest.raises(ValueError, match=r"0 feature\(s\)"):
        TableEncoder().fit(frame()[[]])
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        TableEncoder().fit(frame()[:0])
    with pytest.raises(TypeError, match=r"LazyFrame of polars: give X.collect\(\)"):
        TableEncoder().fit(frame("polars").lazy())


def test_what_is_masked_is_missing():
    masked = np.ma.masked_array(np.column_stack([AGE, COUNT]), mask=False)
    masked[3:9, 1] = np.ma.masked
    filled = masked.filled(np.nan)
    np.testing.assert_array_equal(encode(masked), encode(filled))
    assert TableEncoder().fit(masked).get_feature_names_out()[-1] == "x1_missing"


def test_two_columns_of_one_name():
    X = pd.DataFrame(np.ones((3, 3)), columns=["a", "b", "a"])
    with pytest.raises(ValueError, match="2 columns called 'a'"):
        TableEncoder().fit(X)


# Life as an estimator


@FRAME
def test_frames_come_out(kind):
    encoder = TableEncoder().set_output(transform=kind)
    out = encoder.fit_transform(frame(kind))
    assert type(out) is FRAMES[kind]
    assert list(out.columns) == encoder.get_feature_names_out().tolist()
    np.testing.assert_array_equal(out.to_numpy(), encode(frame(kind)))


@FRAME
def test_the_pipelines_take_frames(kind):
    X = frame(kind)
    model = make_tabular_classifier(hidden_units=4, alphas=[1, 3], random_state=0)
    P = model.fit(X, Y).predict_proba(X)
    assert model.score(X, Y) > 0.8
    for other in (pickle.loads(pickle.dumps(model)), clone(model).fit(X, Y)):
        np.testing.assert_array_equal(other.predict_proba(X), P)
    one = X[:1] if kind == "polars" else X.iloc[:1]
    np.testing.assert_allclose(model.predict_proba(one), P[:1], rtol=1e-5)
    grid = {"encoder__n_bins": [0, 3], "net__hidden_units": [2, 4]}
    search = GridSearchCV(model, grid, cv=2, scoring="neg_log_loss").fit(X, Y)
    assert set(search.best_params_) == set(grid)


@FRAME
def test_the_regressor_follows_a_column_far_out(kind):
    X = frame(kind)
    y = 3.0 * COUNT + 2 * (np.array(SEX) == "f")
    model = make_tabular_regressor(random_state=0).fit(X, y)
    assert model["encoder"].clip is False
    assert model.score(X, y) > 0.9


ENCODERS = [TableEncoder(), TableEncoder(n_bins=3, clip=False)]
NOT_YIELDED = [
    name
    for name in (
        "check_set_output_transform",
        "check_set_output_transform_pandas",
        "check_set_output_transform_polars",
        "check_global_output_transform_pandas",
        "check_global_set_output_transform_polars",
        "check_transformer_get_feature_names_out",
        "check_transformer_get_feature_names_out_pandas",
        "check_get_feature_names_out_error",
    )
    if hasattr(estimator_checks, name)
]


@pytest.mark.parametrize("encoder", ENCODERS, ids=repr)
def test_scikit_learn_checks(encoder):
    results = estimator_checks.check_estimator(encoder, on_skip=None, on_fail=None)
    failed = {
        r["check_name"]: r["exception"] for r in results if r["status"] == "failed"
    }
    assert failed == {}


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@pytest.mark.parametrize("check", NOT_YIELDED)
def test_scikit_learn_checks_that_no_generator_yields(check):
    getattr(estimator_checks, check)("TableEncoder", TableEncoder())
