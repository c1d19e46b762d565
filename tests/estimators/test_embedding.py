"""`transform`: the last hidden layer of every estimator as columns."""

import numpy as np
import pytest
from family import ESTIMATORS, KINDS, make, targets
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from sknn2 import (
    DeepNNClassifier,
    DeepNNRegressor,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    ShallowNNRegressor,
    ShallowNNRegressorCV,
)

CV = {
    "classes, cv": (ShallowNNClassifierCV, "three classes"),
    "number, cv": (ShallowNNRegressorCV, "number"),
}
FAST = {"max_iter": 3, "tol": None, "random_state": 0}
X = np.random.RandomState(0).standard_normal((60, 4)) * [1, 100, 0.01, 3] + 5
ALL = [*KINDS, *CV]


def model_and_target(kind):
    if kind in CV:
        cls, target = CV[kind]
        return cls(3, max_iter=5, cv=2, random_state=0), targets(target, X)
    return make(kind, **FAST), targets(kind, X)


def by_hand(model, X):
    """Return A[L-1] by the equations, on raw columns."""
    g = model.network_.activation.forward
    A = X
    for W, b in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        A = g(A @ W + b)
    return A


@pytest.mark.parametrize("kind", ALL)
def test_it_is_the_last_hidden_layer(kind):
    model, y = model_and_target(kind)
    A = model.fit(X, y).transform(X)
    assert A.shape == (60, model.network_.units[-2])
    assert A.flags.c_contiguous
    np.testing.assert_allclose(A, by_hand(model, X), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("kind", ALL)
def test_all_ways_to_it_agree(kind):
    model, y = model_and_target(kind)
    w = np.linspace(0.5, 2, 60)
    A = clone(model).fit(X, y, w).transform(X)
    np.testing.assert_array_equal(clone(model).fit_transform(X, y, w), A)
    again = clone(model).fit_transform(X, y, sample_weight=w)
    np.testing.assert_array_equal(again, A)
    fitted = clone(model).fit(X, y, w)
    np.testing.assert_allclose(fitted.transform(csr_array(X)), A, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", ALL)
def test_float32_is_kept_and_far_rows_stay_finite(kind):
    model, y = model_and_target(kind)
    model.fit(X.astype(np.float32), y)
    assert model.transform(X.astype(np.float32)).dtype == np.float32
    far = np.vstack([X, np.full((1, 4), 3e38)]).astype(np.float32)
    A = model.transform(far)
    assert np.isfinite(A).all()
    np.testing.assert_array_equal(A[:-1], model.transform(far[:-1]))
    model.fit(X, y)
    assert np.isfinite(model.transform(np.full((1, 4), 1e308))).all()


@pytest.mark.parametrize("kind", ALL)
def test_frames_and_names(kind):
    pandas = pytest.importorskip("pandas")
    model, y = model_and_target(kind)
    table = pandas.DataFrame(X, columns=list("abcd"), index=np.arange(60) + 7)
    prefix = type(model).__name__.lower()
    for frame in (
        model.set_output(transform="pandas").fit_transform(table, y),
        model.transform(table),
    ):
        assert list(frame.columns) == list(model.get_feature_names_out())
        assert list(frame.index) == list(table.index)
        assert frame.columns[0] == f"{prefix}0"
    assert isinstance(model.predict(table), np.ndarray)


def test_polars_frames():
    pytest.importorskip("polars")
    model, y = model_and_target("two classes")
    frame = model.set_output(transform="polars").fit(X, y).transform(X)
    assert type(frame).__module__.startswith("polars")


@pytest.mark.parametrize(
    "model",
    [
        ShallowNNClassifier(0, **FAST),
        DeepNNClassifier((), **FAST),
        ShallowNNRegressor(0, **FAST),
        DeepNNRegressor((), **FAST),
    ],
)
def test_without_a_hidden_layer_it_says_so(model):
    model.fit(X, targets("two classes", X))
    for ask in (lambda: model.transform(X), model.get_feature_names_out):
        with pytest.raises(ValueError, match="this network has none: give it one"):
            ask()


@pytest.mark.parametrize(
    "cls", list(dict.fromkeys(cls for cls, _ in ESTIMATORS.values()))
)
def test_before_a_fit(cls):
    for ask in (lambda: cls().transform(X), lambda: cls().get_feature_names_out()):
        with pytest.raises(NotFittedError):
            ask()


def test_a_supervised_embedding_in_a_search():
    y = targets("three classes", X)
    pipeline = make_pipeline(ShallowNNClassifier(**FAST), KNeighborsClassifier())
    grid = {
        "shallownnclassifier__hidden_units": [3, 6],
        "kneighborsclassifier__n_neighbors": [1, 5],
    }
    search = GridSearchCV(pipeline, grid, cv=2).fit(X, y)
    assert search.predict(X).shape == (60,)
    best = search.best_estimator_
    embedded = best[:-1].transform(X)
    np.testing.assert_array_equal(best[-1].predict(embedded), search.predict(X))
    assert best[:-1].get_feature_names_out()[0] == "shallownnclassifier0"


def test_metadata_is_routed_through_a_pipeline():
    y, w = targets("two classes", X), np.linspace(0.1, 3, 60)
    with config_context(enable_metadata_routing=True):
        net = ShallowNNClassifier(4, **FAST).set_fit_request(sample_weight=True)
        pipeline = make_pipeline(net, KNeighborsClassifier())
        pipeline.fit(X, y, sample_weight=w)
    alone = ShallowNNClassifier(4, **FAST).fit(X, y, w)
    np.testing.assert_array_equal(pipeline[0].transform(X), alone.transform(X))
