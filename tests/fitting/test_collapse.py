"""Weights that sum to little, few rows, and nets that end as a constant."""

import re
import warnings

import numpy as np
import pytest
from family import KINDS, classes_of, each_kind, make, raw_output, targets
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor, StackingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score

from sknn2 import (
    DeepNNClassifier,
    DeepNNRegressor,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    ShallowNNRegressor,
)
from sknn2.fitting.collapse import can_be_learnt

M = 120


def table(kind, m=M):
    X = np.random.default_rng(0).normal(size=(m, 3))
    return X, targets(kind, X)


def auto(kind, **settings):
    return make(kind, max_iter=20, tol=None, random_state=0, **settings)


# Weights that sum to little


@pytest.mark.parametrize("weight", [0.5, 1 / M, 1e-10, 1e-300])
@each_kind
def test_auto_does_not_depend_on_the_unit_of_small_weights(kind, weight):
    X, y = table(kind)
    ones = auto(kind).fit(X, y)
    model = auto(kind).fit(X, y, np.full(M, weight))
    assert ones.alpha_ == 3
    assert model.alpha_ == pytest.approx(3 * weight)
    np.testing.assert_allclose(
        raw_output(model, X), raw_output(ones, X), rtol=1e-6, atol=1e-6
    )


@each_kind
def test_auto_takes_weights_from_one_for_rows(kind):
    X, y = table(kind)
    k = np.random.default_rng(1).integers(0, 3, M)
    model = auto(kind, batch_size="full").fit(X, y, k)
    rows = np.repeat(np.arange(M), k)
    repeated = auto(kind, batch_size="full").fit(X[rows], y[rows])
    assert model.alpha_ == repeated.alpha_ == 3
    np.testing.assert_allclose(
        raw_output(model, X), raw_output(repeated, X), rtol=1e-6, atol=1e-6
    )


@each_kind
def test_auto_looks_at_the_rows_of_each_call_of_partial_fit(kind):
    X, y = table(kind)
    model = auto(kind).partial_fit(
        X, y, sample_weight=np.full(M, 0.01), **classes_of(kind, y)
    )
    assert model.alpha_ == pytest.approx(0.03)
    assert model.partial_fit(X, y).alpha_ == 3


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "classes" in kind])
def test_auto_counts_class_weights_too(kind):
    X, y = table(kind)
    weights = dict.fromkeys(np.unique(y), 0.1)
    assert auto(kind, class_weight=weights).fit(X, y).alpha_ == pytest.approx(0.3)
    w = np.random.default_rng(0).uniform(1, 2, M)
    assert auto(kind, class_weight="balanced").fit(X, y, w).alpha_ == 3


@pytest.mark.parametrize("weight", [1 / 40, 1e-3, 1e-300])
@pytest.mark.parametrize(
    "cls", [ShallowNNClassifier, DeepNNClassifier, ShallowNNClassifierCV]
)
def test_one_column_tells_two_classes(cls, weight):
    X, y = np.array([[0.0], [1.0]] * 20), np.array([0, 1] * 20)
    model = cls(random_state=0).fit(X, y, np.full(40, weight))
    low, high = model.predict_proba(X[:2])[:, 1]
    assert low < 0.1
    assert high > 0.9


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
@pytest.mark.parametrize("cls", [ShallowNNClassifier, DeepNNClassifier])
def test_adaboost(cls, load):
    X, y = load(return_X_y=True)
    boosted = AdaBoostClassifier(cls(random_state=0), n_estimators=3, random_state=0)
    assert cross_val_score(boosted, X, y, cv=3).mean() > 0.95


def test_stacking_and_calibration():
    X, y = load_wine(return_X_y=True)
    w = np.full(y.size, 1 / y.size)
    net = ShallowNNClassifier(random_state=0)
    assert CalibratedClassifierCV(net, cv=3).fit(X, y, w).score(X, y) > 0.97
    stacked = StackingClassifier([("net", net)], net, cv=3)
    assert stacked.fit(X, y, sample_weight=w).score(X, y) > 0.9


@pytest.mark.parametrize("cls", [ShallowNNRegressor, DeepNNRegressor])
def test_regressors_with_weights_of_one_in_all(cls):
    X, y = load_diabetes(return_X_y=True)
    assert cls(random_state=0).fit(X, y, np.full(y.size, 1 / y.size)).score(X, y) > 0.5
    boosted = AdaBoostRegressor(cls(random_state=0), n_estimators=2, random_state=0)
    assert boosted.fit(X, y).score(X, y) > 0.5


@pytest.mark.parametrize("m", [8, 10, 12, 20])
@pytest.mark.parametrize("cls", [ShallowNNClassifier, DeepNNClassifier])
def test_few_rows(cls, m):
    X, y = load_breast_cancer(return_X_y=True)
    rows = np.concatenate([np.flatnonzero(y == label)[: m // 2] for label in (0, 1)])
    model = cls(random_state=0).fit(X[rows], y[rows])
    assert model.score(X[rows], y[rows]) == 1
    assert model.score(X, y) > 0.8


@pytest.mark.parametrize("m", [100, 300, 569])
@pytest.mark.parametrize(
    ("cls", "least"), [(ShallowNNClassifier, 0), (DeepNNClassifier, 0)]
)
def test_the_rows_limit_the_penalty_of_few_rows_only(cls, least, m):
    X, y = load_breast_cancer(return_X_y=True)
    assert cls(max_iter=1, random_state=0).fit(X[:m], y[:m]).alpha_ == 7.5 >= least


# Nets that end as a constant


def too_strong(name="alpha"):
    return pytest.warns(ConvergenceWarning, match=rf"constant.*penalty.* {name}=")


@pytest.mark.parametrize("weight", [1, 1 / 569])
@pytest.mark.parametrize("load", [load_wine, load_breast_cancer, load_diabetes])
@pytest.mark.parametrize(
    "cls",
    [*(ShallowNNClassifier, DeepNNClassifier, ShallowNNRegressor), DeepNNRegressor],
)
def test_a_penalty_that_is_too_strong_is_named_and_the_advice_works(cls, load, weight):
    X, y = load(return_X_y=True)
    if ("Classifier" in cls.__name__) == (load is load_diabetes):
        pytest.skip("no targets of this estimator")
    w = np.full(y.size, weight)
    with too_strong() as caught:
        cls(alpha=1e4, random_state=0).fit(X, y, w)
    assert caught[0].filename == __file__
    alpha = float(re.search(r"e\.g\. alpha=(\S+),", str(caught[0].message))[1])
    model = cls(alpha=alpha, random_state=0).fit(X, y, w)
    assert model.score(X, y) > (0.95 if "Classifier" in cls.__name__ else 0.5)


def test_so_it_is_by_the_classifier_that_chooses():
    X, y = load_wine(return_X_y=True)
    with too_strong("alphas") as caught:
        ShallowNNClassifierCV(alphas=[1e4], random_state=0).fit(X, y)
    assert caught[0].filename == __file__
    alpha = float(re.search(r"e\.g\. alphas=\[(\S+)\],", str(caught[0].message))[1])
    model = ShallowNNClassifierCV(alphas=[alpha], random_state=0).fit(X, y)
    assert model.score(X, y) > 0.95


@each_kind
def test_dead_units_are_named(kind):
    X, y = table(kind, m=400)
    model = make(kind, alpha=0.0, max_iter=1, tol=None, random_state=0)
    start = model.fit(X, y).parameters_.copy()
    start.b[1][:] = -100
    model.set_params(init=start, max_iter=5)
    with pytest.warns(ConvergenceWarning, match=r"dead.*learning_rate=0\.\d+, or act"):
        model.fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.set_params(activation="leaky_relu", max_iter=100).fit(X, y)


@each_kind
def test_noise_is_no_reason_to_warn(kind):
    X, y = table(kind)  # warnings are errors
    y = np.random.default_rng(2).permutation(y)
    make(kind, alpha=1e5, max_iter=100, tol=None, random_state=0).fit(X, y)


@pytest.mark.parametrize("m", [8, 20, 60, 300])
@pytest.mark.parametrize("n", [1, 50])
def test_chance_does_not_pass_for_something_to_learn(n, m):
    rng = np.random.default_rng(0)
    draw = {
        "normal": rng.standard_normal,
        "Cauchy": rng.standard_cauchy,
        "rare": lambda shape: (rng.random(shape) < 0.05) * 1.0,
        "even": lambda shape: (rng.random(shape) < 0.5) * 1.0,
    }
    alarms = 0
    for columns in draw.values():
        for labels in draw.values():
            for weights in (np.ones(m), rng.exponential(size=m)):
                p = weights / weights.sum()
                y = labels((1, m))
                residual = y - (y @ p)[:, np.newaxis]
                alarms += can_be_learnt(columns((n, m)), residual, p)
    assert alarms <= 1


@pytest.mark.parametrize("m", [40, 400])
def test_what_a_column_tells_is_seen(m):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(m)
    y = (x + 0.3 * rng.standard_normal(m) > 0) - 0.5
    X = np.vstack([rng.standard_normal((5, m)), x])
    p = np.full(m, 1 / m)
    assert can_be_learnt(X, y[np.newaxis] - y.mean(), p)
    assert can_be_learnt(1e200 * X + 1e203, y[np.newaxis] - y.mean(), p)
