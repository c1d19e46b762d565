"""Data frames of pandas and polars: names, order of columns, nullable types."""

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sknn2 import ShallowNNClassifier, check_gradient

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

NAMES = ["age", "height", "fare"]
X = np.random.default_rng(0).normal(size=(60, 3)) * [10, 0.1, 100]
y = np.array(["died", "lived"])[(X[:, 0] + X[:, 2] / 10 > 0).astype(int)]
FRAMES = {
    "pandas": lambda X: pd.DataFrame(X, columns=NAMES),
    "polars": lambda X: pl.DataFrame(dict(zip(NAMES, X.T, strict=True))),
}
FRAME = pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
METHODS = ["predict", "predict_proba", "predict_log_proba", "decision_function"]


def classifier(**settings):
    """Return a small and fast one that never warns."""
    return ShallowNNClassifier(
        **{"hidden_units": 4, "max_iter": 6, "tol": None, "random_state": 0, **settings}
    )


@FRAME
def test_a_frame_gives_what_the_array_gives(frame):
    expected = classifier().fit(X, y)
    model = classifier().fit(frame(X), y)
    assert model.feature_names_in_.tolist() == NAMES
    assert model.n_features_in_ == 3
    assert not hasattr(expected, "feature_names_in_")
    for method in METHODS:
        a, b = getattr(model, method)(frame(X)), getattr(expected, method)(X)
        assert isinstance(a, np.ndarray)
        if a.dtype.kind == "f":
            np.testing.assert_allclose(a, b, atol=1e-10)
        else:
            np.testing.assert_array_equal(a, b)
    assert check_gradient(model, frame(X[:15]), y[:15])


@FRAME
def test_frames_are_not_changed(frame):
    data = frame(X)
    copy = data.copy() if hasattr(data, "copy") else data.clone()
    classifier().fit(data, y).predict(data)
    assert data.equals(copy)


@FRAME
@pytest.mark.parametrize("method", METHODS)
def test_columns_in_another_order_are_refused(frame, method):
    model = classifier().fit(frame(X), y)
    with pytest.raises(ValueError, match="must be in the same order as they were"):
        getattr(model, method)(frame(X)[["fare", "age", "height"]])


@FRAME
def test_other_columns_are_named(frame):
    model = classifier().fit(frame(X), y)
    other = frame(X)
    other.columns = ["age", "height", "price"]
    with pytest.raises(ValueError, match=r"unseen at fit time:\n- price") as info:
        model.predict(other)
    assert "- fare" in str(info.value)
    with pytest.raises(ValueError, match=r"missing:\n- fare"):
        model.predict(frame(X)[["age", "height"]])


@FRAME
def test_names_on_one_side_only_are_warned_of(frame):
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        classifier().fit(frame(X), y).predict(X)
    with pytest.warns(UserWarning, match="X has feature names, but"):
        classifier().fit(X, y).predict(frame(X))


@FRAME
def test_partial_fit_keeps_the_names(frame):
    model = classifier().partial_fit(frame(X), y, classes=["died", "lived"])
    assert model.feature_names_in_.tolist() == NAMES
    before = model.predict_proba(frame(X))
    with pytest.raises(ValueError, match="must be in the same order"):
        model.partial_fit(frame(X)[["fare", "age", "height"]], y)
    np.testing.assert_array_equal(model.predict_proba(frame(X)), before)


@FRAME
def test_a_refit_takes_new_names(frame):
    model = classifier().fit(frame(X), y)
    model.fit(frame(X)[["fare", "age"]], y)
    assert model.feature_names_in_.tolist() == ["fare", "age"]
    model.fit(X, y)
    assert not hasattr(model, "feature_names_in_")


@FRAME
@pytest.mark.parametrize("when", ["fit", "predict"])
@pytest.mark.parametrize(("value", "kind"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_the_message_names_the_column(frame, when, value, kind):
    bad = X.copy()
    bad[[3, 7], 1] = value
    message = rf"Column 1 \('height'\) of X holds {kind} in 2 of 60 rows"
    model = classifier().fit(frame(X), y)
    with pytest.raises(ValueError, match=message) as info:
        model.fit(frame(bad), y) if when == "fit" else model.predict(frame(bad))
    assert ("SimpleImputer" in str(info.value)) == (kind == "NaN")


@FRAME
def test_the_first_fit_names_the_column_too(frame):
    bad = X.copy()
    bad[3, 2] = np.nan
    with pytest.raises(ValueError, match=r"Column 2 \('fare'\) of X holds NaN in 1"):
        classifier().fit(frame(bad), y)


def test_validation_frames_are_checked_as_well():
    frame = FRAMES["pandas"]
    model = classifier()
    model.fit(frame(X), y, X_val=frame(X[:20]), y_val=y[:20])
    assert model.validation_scores_.shape == (6,)
    bad = X[:20].copy()
    bad[3, 2] = np.nan
    with pytest.raises(ValueError, match=r"Column 2 \('fare'\) of X_val holds NaN"):
        model.fit(frame(X), y, X_val=frame(bad), y_val=y[:20])
    with pytest.raises(ValueError, match="must be in the same order"):
        model.fit(frame(X), y, X_val=frame(X)[["fare", "age", "height"]], y_val=y)


@FRAME
def test_precision_of_a_frame_is_kept(frame):
    model = classifier().fit(frame(X.astype(np.float32)), y)
    assert model.parameters_.theta.dtype == np.float32
    assert model.predict_proba(frame(X.astype(np.float32))).dtype == np.float32


# Types of columns

MIXED = np.column_stack([np.arange(60) % 7, X[:, 1], np.arange(60) % 2])
TYPED = {
    "numpy": ("int64", "float64", "bool"),
    "small": ("int8", "float32", "uint8"),  # their common type is float32
    "nullable": ("Int64", "Float64", "boolean"),
    "nullable small": ("UInt8", "Float32", "Int32"),
}


@pytest.mark.parametrize("types", TYPED.values(), ids=TYPED)
def test_types_of_pandas_columns(types):
    data = FRAMES["pandas"](MIXED).astype(dict(zip(NAMES, types, strict=True)))
    small = types == TYPED["small"]
    plain = data.to_numpy("float32" if small else "float64")
    model, expected = classifier().fit(data, y), classifier().fit(plain, y)
    assert model.parameters_.theta.dtype == plain.dtype
    np.testing.assert_allclose(
        model.predict_proba(data),
        expected.predict_proba(plain),
        atol=1e-4 if small else 1e-10,
    )


def test_types_of_polars_columns():
    types = {"age": pl.Int16, "height": pl.Float64, "fare": pl.Boolean}
    data = pl.DataFrame(
        {
            "age": MIXED[:, 0].astype(int),
            "height": MIXED[:, 1],
            "fare": MIXED[:, 2] == 1,
        },
        schema=types,
    )
    model, expected = classifier().fit(data, y), classifier().fit(MIXED, y)
    np.testing.assert_allclose(
        model.predict_proba(data), expected.predict_proba(MIXED), atol=1e-10
    )


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "Float32", "boolean"])
def test_missing_values_of_nullable_columns_are_named(dtype):
    data = FRAMES["pandas"](MIXED)
    data["fare"] = data["fare"].astype(dtype)
    data.loc[4, "fare"] = pd.NA
    with pytest.raises(ValueError, match=r"Column 2 \('fare'\) of X holds NaN in 1"):
        classifier().fit(data, y)


def test_null_of_polars_is_named():
    data = FRAMES["polars"](X).with_columns(
        pl.when(pl.col("age") > 15).then(None).otherwise(pl.col("age")).alias("age")
    )
    with pytest.raises(ValueError, match=r"Column 0 \('age'\) of X holds NaN"):
        classifier().fit(data, y)


@pytest.mark.parametrize("dtype", ["object", "str", "string", "category"])
def test_text_in_a_frame(dtype):
    data = FRAMES["pandas"](X)
    data["port"] = pd.Series(["Cobh", "Cherbourg"] * 30).astype(dtype)
    with pytest.raises(ValueError, match=r"X holds text .*'Cobh'.*OneHotEncoder"):
        classifier().fit(data, y)
    # The advice works.
    encoder = make_column_transformer(
        (OneHotEncoder(), ["port"]), remainder="passthrough"
    )
    model = make_pipeline(encoder, classifier()).fit(data, y)
    assert model[-1].n_features_in_ == 5


def test_text_in_a_polars_frame():
    data = FRAMES["polars"](X).with_columns(pl.Series("port", ["Cobh", "Brest"] * 30))
    with pytest.raises(ValueError, match=r"X holds text .*'Cobh'.*OneHotEncoder"):
        classifier().fit(data, y)


# Labels

CODES = (y == "lived").astype(int)
SERIES = {
    "object": lambda: pd.Series(y, dtype=object),
    "string": lambda: pd.Series(y, dtype="string"),
    "category": lambda: pd.Series(y, dtype="category"),
    "category of other order": lambda: pd.Series(
        pd.Categorical(y, categories=["lived", "nobody", "died"], ordered=True)
    ),
    "Categorical": lambda: pd.Categorical(y),
    "another index": lambda: pd.Series(y, index=np.arange(60)[::-1] * 3),
    "frame of one column": lambda: pd.DataFrame({"fate": y}),
    "polars": lambda: pl.Series("fate", y.tolist()),
    "polars Categorical": lambda: pl.Series("fate", y.tolist(), dtype=pl.Categorical),
    "polars Enum": lambda: pl.Series(
        "fate", y.tolist(), dtype=pl.Enum(["lived", "died"])
    ),
}


@pytest.mark.filterwarnings("ignore:A column-vector y was passed")
@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)
def test_labels_in_a_series(series):
    expected = classifier().fit(X, y)
    model = classifier().fit(FRAMES["pandas"](X), series())
    # Sorted as the labels are, whatever the order of the categories.
    assert model.classes_.tolist() == ["died", "lived"]
    assert model.predict(FRAMES["pandas"](X)).tolist() == expected.predict(X).tolist()


NUMBERS = {
    "int": lambda: pd.Series(CODES),
    "Int64": lambda: pd.Series(CODES, dtype="Int64"),
    "boolean": lambda: pd.Series(CODES == 1, dtype="boolean"),
    "bool": lambda: pd.Series(CODES == 1),
    "category of int": lambda: pd.Series(CODES, dtype="category"),
    "polars int": lambda: pl.Series(CODES.tolist()),
    "polars bool": lambda: pl.Series((CODES == 1).tolist()),
}


@pytest.mark.parametrize("series", NUMBERS.values(), ids=NUMBERS)
def test_numbers_in_a_series(series):
    expected = classifier().fit(X, CODES)
    model = classifier().fit(X, series())
    assert model.classes_.tolist() == [0, 1]
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    np.testing.assert_array_equal(model.predict(X).astype(int), expected.predict(X))
    assert model.score(X, CODES) == expected.score(X, CODES)


# Pipelines of frames


@pytest.mark.parametrize("output", ["pandas", "polars"])
@FRAME
def test_pipeline_whose_steps_hand_on_frames(frame, output):
    pipeline = make_pipeline(StandardScaler(), classifier())
    pipeline.set_output(transform=output)
    pipeline.fit(frame(X), y)
    assert pipeline[-1].feature_names_in_.tolist() == NAMES
    scaled = StandardScaler().fit_transform(X)
    np.testing.assert_allclose(
        pipeline.predict_proba(frame(X)),
        classifier().fit(scaled, y).predict_proba(scaled),
        atol=1e-10,
    )


@FRAME
def test_pipeline_with_missing_values_in_a_search(frame):
    holes = X.copy()
    holes[::7, 1] = np.nan
    # The advice of the message on NaN works.
    pipeline = make_pipeline(SimpleImputer(), classifier())
    search = GridSearchCV(pipeline, {"shallownnclassifier__hidden_units": [0, 3]}, cv=2)
    search.fit(frame(holes), y)
    assert search.feature_names_in_.tolist() == NAMES
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(frame(holes)).shape == (60,)
