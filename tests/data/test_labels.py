"""Labels are compared by value; what is missing or infinite is an error."""

import numpy as np
import pytest
from quick_fits import (
    ALL,
    HALF,
    M,
    X,
    each_classifier,
    each_estimator,
    each_net,
    shallow,
)

from sknn2 import (
    PiecewiseLinearEncoder,
)

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")


DAYS = np.array(["2020-01-01", "2020-01-02"], "M8[D]")
# Classes of the fit, a label that a cast would make one of them, how a message has it.
CAST = {
    "longer text": (np.array(["a", "b"]), "apple", "apple"),
    "yesterday": (np.array(["no", "yes"]), "yesterday", "yesterday"),
    "shorter text": (np.array(["apple", "b"]), "a", "'a'"),
    "text for a number": (np.array([0, 1]), "1", "'1'"),
    "uint8": (np.array([0, 1], np.uint8), 257, "257"),
    "negative": (np.array([1, 255], np.uint8), -1, "-1"),
    "bool": (np.array([False, True]), 5, "5"),
    "large": (np.array([2.0**53, 1]), 2**53 + 1, str(2**53 + 1)),
    "hours": (DAYS, np.datetime64("2020-01-01T07"), "2020-01-01T07"),
    "durations": (
        np.array([1, 2], "m8[D]"),
        np.timedelta64(25, "h"),
        "25 hours|90000",
    ),
    "object": (np.array(["a", "b"], object), "apple", "apple"),
}
cast = pytest.mark.parametrize("case", CAST.values(), ids=CAST)
FORMS = {
    "array": np.array,
    "object array": lambda labels: np.array([*labels, None], object)[:-1],
    "list": list,
    "pandas": pd.Series,
    "pandas object": lambda labels: pd.Series(labels, dtype=object),
}
form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


@form
@cast
@each_net
def test_a_label_is_not_cast_into_a_class(make, case, form):
    classes, label, shown = case
    y = classes[HALF]
    bad = form([label] * M)
    known = rf".*({shown}).*The classes are"
    model = make().partial_fit(X, y, classes=classes)
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match="y holds labels that are not" + known):
        model.partial_fit(X, bad)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    with pytest.raises(ValueError, match="y_val holds labels that are not" + known):
        make().fit(X, y, X_val=X, y_val=bad)
    with pytest.raises(ValueError, match="y holds labels that are not" + known):
        make(warm_start=True).fit(X, y).fit(X, bad)
    # Where NumPy has made one class of the two, or they are mixed, that is said.
    told = "differ from those of the fit|one class|several types|Unknown label type"
    with pytest.raises(ValueError, match=told):
        model.partial_fit(X, y, classes=form([classes[0], label]))


@each_classifier
@cast
def test_a_key_of_class_weight_is_not_cast(make, case):
    classes, label, shown = case
    with pytest.raises(ValueError, match=f"has labels that y lacks: .*({shown})"):
        make(class_weight={label: 2.0}).fit(X, classes[HALF])


SAME = {
    "bool for int": ([0, 1], [False, True]),
    "float for int": ([0, 1], [0.0, 1.0]),
    "objects": (["a", "b"], np.array(["a", "b"], object)),
    "finer dates": (DAYS, DAYS.astype("M8[ns]")),
    "stamps": (DAYS, list(pd.to_datetime(DAYS))),
    "durations": (np.array([1, 2], "m8[D]"), np.array([24, 48], "m8[h]")),
    "wide text": (["a", "b"], np.array(["a", "b"], "U20")),
}


@pytest.mark.parametrize("case", SAME.values(), ids=SAME)
@each_net
def test_equal_values_of_another_type_are_the_same_labels(make, case):
    known, other = (np.asarray(labels) for labels in case)
    one = make().partial_fit(X, known[HALF], classes=known).partial_fit(X, known[HALF])
    two = make().partial_fit(X, known[HALF], classes=known)
    two.partial_fit(X, other[HALF])
    if other.dtype.kind != "O":
        make().partial_fit(X, known[HALF], classes=known).partial_fit(
            X, known[HALF], classes=other
        )
    np.testing.assert_array_equal(one.parameters_.theta, two.parameters_.theta)


@each_classifier
@pytest.mark.parametrize("unit", ["D", "h", "ns"])
def test_dates_as_keys_of_class_weight(make, unit):
    y = DAYS[HALF]
    model = make(class_weight={DAYS.astype(f"M8[{unit}]")[0]: 5.0}).fit(X, y)
    same = make().fit(X, y, sample_weight=np.where(HALF == 0, 5.0, 1.0))
    np.testing.assert_allclose(model.predict_proba(X), same.predict_proba(X), rtol=1e-6)


MIXED = {
    "list": ["a", 1] * (M // 2),
    "object array": np.array(["a", 1] * (M // 2), object),
    "pandas": pd.Series(["a", 1] * (M // 2), dtype=object),
}


@pytest.mark.parametrize("y", MIXED.values(), ids=MIXED)
@each_classifier
def test_labels_of_several_types_are_named(make, y):
    with pytest.raises(ValueError, match=r"y holds labels of several types, str"):
        make().fit(X, y)


def first_missing(values, mark):
    """Return values with a mark in rows 3 and 5."""
    return [mark if i in (3, 5) else value for i, value in enumerate(values)]


STAMPS = pd.to_datetime(DAYS[HALF])
MISSING = {
    "NaN": np.array(first_missing(HALF, np.nan), float),
    "NaN in float32": np.array(first_missing(HALF, np.nan), np.float32),
    "list": first_missing(HALF.tolist(), None),
    "list of text": first_missing(["a", "b"] * (M // 2), np.nan),
    "None": np.array(first_missing(HALF.tolist(), None), object),
    "None among text": np.array(first_missing(["a", "b"] * (M // 2), None), object),
    "NaT": np.array(first_missing(DAYS[HALF], np.datetime64("NaT", "us"))),
    "NaT of durations": np.array(first_missing(DAYS[HALF], "NaT"), "M8[D]") - DAYS[0],
    "pandas dates": pd.Series(first_missing(STAMPS, pd.NaT)),
    "pandas zone": pd.Series(first_missing(STAMPS, pd.NaT)).dt.tz_localize("UTC"),
    "pandas Int64": pd.Series(first_missing(HALF.tolist(), None), dtype="Int64"),
    "pandas boolean": pd.Series(first_missing(HALF == 1, None), dtype="boolean"),
    "pandas string": pd.Series(first_missing(["a"] * M, None), dtype="string"),
    "pandas category": pd.Series(first_missing(["a"] * M, None), dtype="category"),
    "pandas NA": pd.Series(first_missing(HALF.tolist(), pd.NA), dtype=object),
    "polars": pl.Series(first_missing(HALF.tolist(), None)),
    "polars text": pl.Series(first_missing(["a", "b"] * (M // 2), None)),
    "polars bool": pl.Series(first_missing((HALF == 1).tolist(), None)),
    "polars dates": pl.Series(first_missing(DAYS[HALF].tolist(), None)),
    "masked": np.ma.masked_array(HALF, [i in (3, 5) for i in range(M)]),
}
missing = pytest.mark.parametrize("values", MISSING.values(), ids=MISSING)
WHERE = "in 2 of 24 rows, the first of them row 3"


@missing
@each_estimator
def test_missing_targets(make, values):
    with pytest.raises(ValueError, match=f"Input y contains .*{WHERE}"):
        make().fit(X, values)
    if make is ALL["cv"]:
        return
    with pytest.raises(ValueError, match=f"Input y_val contains .*{WHERE}"):
        make().fit(X, HALF, X_val=X, y_val=values)


@missing
@each_net
def test_missing_labels_in_classes(make, values):
    with pytest.raises(ValueError, match=f"Input classes contains .*{WHERE}"):
        make().partial_fit(X, HALF, classes=values)


@missing
@pytest.mark.parametrize("make", [*ALL.values(), lambda: PiecewiseLinearEncoder()])
def test_missing_weights(make, values):
    with pytest.raises(ValueError, match=f"Input sample_weight contains .*{WHERE}"):
        make().fit(X, HALF, sample_weight=values)
    if hasattr(make(), "early_stopping"):
        with pytest.raises(ValueError, match=f"sample_weight_val contains .*{WHERE}"):
            make().fit(X, HALF, X_val=X, y_val=HALF, sample_weight_val=values)


@each_estimator
def test_infinite_targets_and_weights(make):
    bad = np.where(np.isin(np.arange(M), (3, 5)), np.inf, 1.0)
    with pytest.raises(ValueError, match=f"Input y contains infinity {WHERE}"):
        make().fit(X, bad)
    with pytest.raises(ValueError, match=f"sample_weight contains infinity {WHERE}"):
        make().fit(X, HALF, sample_weight=bad)


def test_dates_are_no_weights():
    with pytest.raises(ValueError, match="sample_weight holds dates or durations"):
        shallow().fit(X, HALF, sample_weight=DAYS[HALF])


@each_classifier
def test_a_missing_key_of_class_weight(make):
    with pytest.raises(ValueError, match="label nan, a missing value"):
        make(class_weight={np.nan: 2.0, 0: 1.0, 1: 1.0}).fit(X, HALF)


def test_missing_labels_of_several_columns():
    Y = np.column_stack([HALF, 1 - HALF]).astype(float)
    Y[[3, 5], 1] = np.nan
    with pytest.raises(ValueError, match=f"Input y contains NaN {WHERE}"):
        shallow().fit(X, Y)
    with pytest.raises(ValueError, match="2 columns and holds 257"):
        shallow().fit(X, np.where(np.isnan(Y), 257, Y).astype(int))


# X

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
EVERYWHERE = {**ALL, "encoder": lambda: PiecewiseLinearEncoder()}
everywhere = pytest.mark.parametrize("make", EVERYWHERE.values(), ids=EVERYWHERE)


DUMMIES = pd.get_dummies(pd.Series(list("abc") * (M // 3)), sparse=True)


def test_names_of_bins_are_unique():
    table = pd.DataFrame(
        np.random.default_rng(1).normal(size=(60, 4)),
        columns=["a", "a_bin0", "a_", "a__bin0"],
    )
    encoder = PiecewiseLinearEncoder(n_bins=3).fit(table)
    names = encoder.get_feature_names_out()
    assert len(set(names)) == names.size == encoder.transform(table).shape[1]
    assert names[:4].tolist() == table.columns.tolist()
    encoder.set_output(transform="polars").transform(table)
