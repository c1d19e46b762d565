"""`sknn2.onnx`: pipelines, searches, skl2onnx itself, and what is refused."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from onnx_runs import check, fitted, runs
from onnxruntime import InferenceSession
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, VotingClassifier, VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import sknn2
from sknn2 import PiecewiseLinearEncoder, ShallowNNClassifier, ShallowNNRegressor
from sknn2.onnx import register_converters, to_inputs, to_onnx

SHORT = {"max_iter": 3, "tol": None, "random_state": 0}
NET = ShallowNNClassifier(4, **SHORT)
REGRESSOR = ShallowNNRegressor(4, **SHORT)
SIZES = {"hidden_units": [3, 4]}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 3)) * [1, 10, 100]
    return X, np.where(X[:, 0] + rng.standard_normal(300) > 0, "yes", "no")


each_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@each_dtype
@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), NET),
        make_pipeline(PiecewiseLinearEncoder(), NET),
        make_pipeline("passthrough", make_pipeline(StandardScaler(), NET)),
        GridSearchCV(NET, SIZES, cv=2),
        RandomizedSearchCV(NET, SIZES, n_iter=1, cv=2, random_state=0),
        make_pipeline(StandardScaler(), GridSearchCV(NET, SIZES, cv=2)),
        GridSearchCV(
            make_pipeline(PiecewiseLinearEncoder(), NET),
            {"shallownnclassifier__hidden_units": [3, 4]},
            cv=2,
        ),
    ],
    ids=lambda model: type(model).__name__,
)
def test_pipelines_and_searches_of_classifiers(model, data, dtype):
    X, y = data
    model = fitted(clone(model), X.astype(dtype), y)
    graph = to_onnx(model, X[:1].astype(dtype))
    expected = model.predict_proba(X.astype(dtype))
    for label, proba in runs(graph, to_inputs(model, X.astype(dtype))):
        assert (label == model.predict(X.astype(dtype))).all()
        np.testing.assert_allclose(proba, expected, atol=2e-6)


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), REGRESSOR),
        GridSearchCV(REGRESSOR, SIZES, cv=2),
        VotingRegressor([("a", REGRESSOR), ("b", clone(REGRESSOR))]),
    ],
    ids=lambda model: type(model).__name__,
)
@each_dtype
def test_regressors_in_other_models(model, data, dtype):
    X = data[0].astype(dtype)
    y = 1000 + 10.0 * X[:, 0]
    model = fitted(clone(model), X, y)
    for (values,) in runs(to_onnx(model, X[:1]), {"X": X}):
        np.testing.assert_allclose(values[:, 0], model.predict(X), rtol=1e-6)


@pytest.mark.parametrize(
    "model",
    [
        VotingClassifier(
            [("a", NET), ("b", clone(NET))], voting="soft", flatten_transform=False
        ),
        StackingClassifier([("a", NET), ("b", clone(NET))], cv=2),
        CalibratedClassifierCV(NET, cv=2),
    ],
    ids=lambda model: type(model).__name__,
)
def test_classifiers_in_other_models(model, data):
    X, y = data
    X = X.astype(np.float32)
    model = fitted(clone(model), X, y)
    for label, proba in runs(to_onnx(model, X[:1]), {"X": X}):
        np.testing.assert_allclose(proba, model.predict_proba(X), atol=2e-6)
        assert (label == model.predict(X)).mean() > 0.99


@each_dtype
@pytest.mark.parametrize("search", [False, True])
def test_skl2onnx_itself(data, dtype, search):
    import skl2onnx

    register_converters()
    X, y = data
    X = X.astype(dtype)
    model = GridSearchCV(NET, SIZES, cv=2) if search else clone(NET)
    model = fitted(model, X, y)
    graph = skl2onnx.to_onnx(model, X[:1], options={"zipmap": False})
    for label, proba in runs(graph, {"X": X}):
        assert (label == model.predict(X)).all()
        np.testing.assert_allclose(proba, model.predict_proba(X), atol=1e-6)


def test_zipmap(data):
    X, y = data
    X = X.astype(np.float32)
    model = fitted(clone(NET), X, y)
    graph = to_onnx(model, X[:1], options={"zipmap": True})
    session = InferenceSession(graph.SerializeToString())
    label, maps = session.run(None, {"X": X})
    assert (label == model.predict(X)).all()
    proba = [[row["no"], row["yes"]] for row in maps]
    np.testing.assert_allclose(proba, model.predict_proba(X), atol=1e-6)


def test_settings_of_skl2onnx(data):
    X, y = data
    model = fitted(clone(NET), X, y)
    graph = to_onnx(model, X[:1], target_opset=15, name="mine")
    assert graph.graph.name == "mine"
    assert {o.domain: o.version for o in graph.opset_import}[""] == 15
    check(model, X, target_opset=15)
    assert [x.name for x in graph.graph.output] == ["label", "probabilities"]


def test_frames(data):
    X, y = data
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = fitted(clone(NET), frame, y)
    assert list(to_inputs(model, frame)) == ["X"]
    check(model, frame)
    frame["text"] = np.resize(["u", "v", "w"], len(X))
    columns = ColumnTransformer(
        [("n", StandardScaler(), ["a", "b"]), ("t", OneHotEncoder(), ["text"])]
    )
    model = fitted(make_pipeline(columns, clone(NET)), frame, y)
    for label, proba in runs(to_onnx(model, frame[:1]), to_inputs(model, frame)):
        assert (label == model.predict(frame)).all()
        np.testing.assert_allclose(proba, model.predict_proba(frame), atol=1e-6)


def test_columns_of_any_name():
    names = ["a b", "a_b", "label", "mul", "größe (m²)", "0"]
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.random((60, 6)), columns=names)
    frame["text"] = np.resize(["u", "v", "w"], 60)
    model = sknn2.TableEncoder().fit(frame)
    assert list(to_inputs(model, frame)) == list(frame.columns)
    check(model, frame)
    check(model, frame[frame.columns[::-1]])


def test_a_sparse_X(data):
    X, y = data
    model = fitted(clone(NET), csr_array(X), y)
    with pytest.raises(TypeError, match=r"X is sparse, .*: give X.toarray\(\)"):
        to_onnx(model, csr_array(X)[:1])
    check(model, X)


@pytest.mark.parametrize("cls", [ShallowNNClassifier, ShallowNNRegressor])
@pytest.mark.parametrize(
    "wrap", [lambda m: m, lambda m: make_pipeline(StandardScaler(), m)]
)
def test_a_model_that_is_not_fitted(cls, wrap):
    import skl2onnx

    with pytest.raises(NotFittedError, match="not fitted yet"):
        to_onnx(wrap(cls()), np.zeros((1, 2)))
    options = {"zipmap": False} if cls is ShallowNNClassifier else None
    with pytest.raises(NotFittedError, match="not fitted yet"):
        skl2onnx.to_onnx(cls(), np.zeros((1, 2)), options=options)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((1, 2)), "X has 2 features, but ShallowNNClassifier is expecting 3"),
        (np.zeros(3), r"X has shape \(3,\), expected \(m, n_features\)"),
        ([["a", "b", "c"]], "numbers"),
    ],
)
def test_an_X_that_does_not_fit(X, message, data):
    model = fitted(clone(NET), *data)
    with pytest.raises(ValueError, match=message):
        to_onnx(model, X)


def test_columns_in_another_order(data):
    X, y = data
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    for model in (clone(NET), make_pipeline(StandardScaler(), clone(NET))):
        fitted(model, frame, y)
        with pytest.raises(ValueError, match="feature names"):
            to_inputs(model, frame[["b", "a", "c"]])


def test_a_search_without_a_best_estimator(data):
    search = fitted(GridSearchCV(NET, SIZES, cv=2, refit=False), *data)
    with pytest.raises(ValueError, match="fitted with refit=False"):
        to_onnx(search, data[0])


def test_a_net_that_is_not_the_last_step():
    model = Pipeline([("net", clone(NET)), ("last", clone(NET))])
    with pytest.raises(ValueError, match="ShallowNNClassifier is not the last step"):
        to_onnx(model, np.zeros((1, 2)))


def in_a_process(code, tmp_path):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        env=dict(os.environ, PYTHONPATH=str(Path(sknn2.__file__).parents[1])),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_package_alone_imports_none_of_it(tmp_path):
    code = (
        "import sys, sknn2; model = sknn2.ShallowNNClassifier(5, random_state=0)"
        ".fit([[0], [1]] * 9, [0, 1] * 9)\n"
        "print({'onnx', 'skl2onnx', 'onnxruntime'} & set(sys.modules))\n"
        "sys.modules['skl2onnx'] = None\n"
        "try: sknn2.onnx.to_onnx(model, [[0.0]])\n"
        "except ImportError as error: print(error)"
    )
    done = in_a_process(code, tmp_path)
    assert done.stdout == (
        'set()\nONNX needs skl2onnx: install it by pip install "sknn2[onnx]".\n'
    ), done.stderr
