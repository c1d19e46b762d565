"""Text, dates and gaps: the error says, as code, which estimator takes them."""

import numpy as np
import pytest
from family import ESTIMATORS, make, targets

from sknn2 import (
    PiecewiseLinearEncoder,
    ShallowNNClassifierCV,
    ShallowNNRegressorCV,
)

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

M = 24
X = np.random.default_rng(0).normal(size=(M, 3))
WITH_NAN = np.where(X > 1.5, np.nan, X)
CITIES = ["Lima", "Oslo", "Pune"] * (M // 3)
DAYS = np.datetime64("2024-01-01", "us") + np.arange(M) * np.timedelta64(86400, "s")
TABLES = {
    "NaN": WITH_NAN,
    "NaN in a frame": pd.DataFrame(WITH_NAN, columns=list("abc")),
    "NaN in polars": pl.DataFrame(WITH_NAN, list("abc")),
    "NA": pd.DataFrame(WITH_NAN, columns=list("abc")).astype("Float64"),
    "NA among objects": pd.DataFrame(WITH_NAN, dtype=object).mask(
        np.isnan(WITH_NAN), pd.NA
    ),
    "null": pl.DataFrame(X, list("abc")).with_columns(
        pl.col("a").replace(X[0, 0], None)
    ),
    "masked": np.ma.masked_array(X, X > 1.5),
    "text": pd.DataFrame({"a": X[:, 0], "city": CITIES}),
    "text in polars": pl.DataFrame({"a": X[:, 0], "city": CITIES}),
    "text among objects": np.array(
        [*map(list, zip(X[:, 0], CITIES, strict=True))], object
    ),
    "text in lists": [*map(list, zip(X[:, 0].tolist(), CITIES, strict=True))],
    "text and NaN": pd.DataFrame({"a": WITH_NAN[:, 0], "b": [None, *CITIES[1:]]}),
    "category": pd.DataFrame({"a": X[:, 0], "b": pd.Categorical(CITIES)}),
    "dates": pd.DataFrame({"a": X[:, 0], "when": DAYS}),
    "dates in polars": pl.DataFrame({"a": X[:, 0], "when": DAYS}),
    "dates in an array": DAYS[:, np.newaxis],
    "durations": pd.DataFrame({"a": X[:, 0], "b": DAYS - DAYS[0]}),
}
MODELS = {
    **{kind: lambda kind=kind: make(kind) for kind in ESTIMATORS},
    "cv classes": ShallowNNClassifierCV,
    "cv number": ShallowNNRegressorCV,
    "encoder": PiecewiseLinearEncoder,
}
each_model = pytest.mark.parametrize("kind", MODELS)
TAKES_NAN = ("NaN", "NaN in a frame", "NaN in polars", "NA", "null")
RAN = set()


def target(kind):
    """Return targets of a kind of model."""
    kinds = {"cv classes": "two classes", "cv number": "number", "encoder": "number"}
    return targets(kinds.get(kind, kind), X)


def follow(error, table, y):
    """Run the code in a message, once for each table, and predict."""
    code = str(error.value).split("`")[1]
    if (code, id(table)) not in RAN:
        *imports, fit = code.split("; ")
        names = {"X": table, "y": y}
        exec("; ".join(imports), names)
        model = eval(fit, names)
        if hasattr(model, "predict"):
            assert np.shape(model.predict(table)) == np.shape(y)
        RAN.add((code, id(table)))
    return code


@pytest.mark.parametrize("name", TABLES)
@each_model
def test_what_the_message_says_runs(kind, name):
    table, y = TABLES[name], target(kind)
    model = MODELS[kind]()
    if kind == "encoder" and name in TAKES_NAN:
        assert np.isfinite(model.fit_transform(table)).all()
        return
    with pytest.raises(ValueError, match=r"does not accept: take the .*, or ") as error:
        model.fit(table, y)
    code = follow(error, table, y)
    wanted = {
        "labels": "make_pipeline(TableEncoder(), ShallowNNClassifier(",
        "encoder": "TableEncoder()",
    }
    other = "make_tabular_classifier" if "class" in kind else "make_tabular_regressor"
    assert wanted.get(kind, other) in code


@pytest.mark.parametrize("kind", [kind for kind in MODELS if kind != "encoder"])
def test_at_prediction_too(kind):
    y, model = target(kind), MODELS[kind]().set_params(max_iter=2)
    model.set_params(**({} if "cv" in kind else {"tol": None})).fit(X, y)
    with pytest.raises(ValueError, match="holds NaN") as error:
        model.predict(WITH_NAN)
    follow(error, WITH_NAN, y)
