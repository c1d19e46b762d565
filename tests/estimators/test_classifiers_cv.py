"""ShallowNNClassifierCV: path, folds, what it leaves, and that it is one net."""

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csc_matrix, csr_array
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    StratifiedKFold,
    cross_val_score,
)

from sknn2 import Activation, Parameters, ShallowNNClassifier, ShallowNNClassifierCV
from sknn2.fitting import fit_cv as fitting_cv
from sknn2.fitting.fit_cv import FitCV
from sknn2.fitting.folded_rows import Point
from sknn2.fitting.penalty_path import follow_path
from sknn2.network.activations import ACTIVATIONS, tanh_backward, tanh_forward

CLASSES = pytest.mark.parametrize("n_classes", [2, 3])


def table(n_classes=3, m=90, seed=0):
    """Return noisy rows of unlike scales, and class indices."""
    rng = np.random.default_rng(seed)
    y = np.arange(m) % n_classes
    X = rng.normal(size=(m, 4)) + y[:, np.newaxis] * [1, 0.5, 0, -0.5]
    return X * [1, 20, 0.1, 3] + [0, 5, 3, -1], y


def classifier(**settings):
    """Return a small and fast one."""
    defaults = {"hidden_units": 5, "max_iter": 30, "random_state": 0}
    return ShallowNNClassifierCV(**(defaults | settings))


def assert_same(model, other, X, tol=1e-7):
    np.testing.assert_array_equal(model.classes_, other.classes_)
    assert model.alpha_ == other.alpha_
    np.testing.assert_allclose(
        model.predict_proba(X), other.predict_proba(X), rtol=0, atol=tol
    )
    np.testing.assert_allclose(model.oof_losses_, other.oof_losses_, rtol=tol)


@CLASSES
def test_what_the_path_leaves(n_classes):
    X, y = table(n_classes)
    w = np.random.default_rng(0).uniform(0.5, 2, y.size)
    model = classifier(hidden_units=8).fit(X, y, w)
    assert model.alphas_.ndim == 1
    assert (np.diff(model.alphas_) > 0).all()
    assert model.alphas_.size >= 3
    assert model.oof_losses_.shape == (model.alphas_.size, 4)
    assert model.alpha_ == model.alphas_[model.oof_losses_.mean(axis=1).argmin()]
    # Up and down by a thirtieth and thirtyfold: noise asks for more than a clean table.
    assert set(model.alphas_) <= set(fitting_cv.ALPHAS)


def test_noise_asks_for_a_strong_penalty_and_a_clean_table_for_a_weak_one():
    X, y = table(2, m=200)
    rng = np.random.default_rng(0)
    assert classifier().fit(X, rng.permutation(y)).alpha_ >= 30
    clean = np.abs(X[:, 0]) > 0.7
    assert classifier(hidden_units=32, max_iter=100).fit(X, clean).alpha_ <= 1


def test_given_alphas():
    X, y = table()
    model = classifier(alphas=[30, 1, 0.1]).fit(X, y)
    assert model.alphas_.tolist() == [0.1, 1, 30]
    for alphas in ([2.0], np.array([2]), (2, 2)):
        model = classifier(alphas=alphas).fit(X, y)
        assert model.alphas_.tolist() == [2.0]
        assert model.alpha_ == 2.0


@pytest.mark.filterwarnings("ignore:The network has become a constant")
@pytest.mark.parametrize("m", [90, 600])
@CLASSES
@pytest.mark.parametrize("alphas", [[0.3, 1e3, 1e4], [1e30, 1e-6, 1e300, 1], [1e-9, 3]])
def test_in_any_grid_a_penalty_has_the_loss_that_it_has_alone(alphas, n_classes, m):
    X, y = table(n_classes, m)
    model = classifier(alphas=alphas).fit(X, y)
    assert model.alphas_.tolist() == sorted(alphas)
    for alpha, losses in zip(model.alphas_, model.oof_losses_, strict=True):
        alone = classifier(alphas=[alpha]).fit(X, y)
        np.testing.assert_array_equal(alone.oof_losses_, [losses])
        if alpha >= 1e3:  # how frequent the classes are is all that is left
            p = np.bincount(y) / m
            np.testing.assert_allclose(losses.mean(), -(p * np.log(p)).sum(), rtol=0.02)
    assert model.alpha_ == model.alphas_[model.oof_losses_.mean(axis=1).argmin()]


def test_the_grids_of_the_reports():
    X, y = load_iris(return_X_y=True)
    model = ShallowNNClassifierCV(alphas=[0.3, 1e3, 1e4], random_state=0).fit(X, y)
    assert model.score(X, y) > 0.95
    X, y = load_breast_cancer(return_X_y=True)
    grid = np.logspace(0, 6, 7)
    model = ShallowNNClassifierCV(alphas=grid, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.97
    assert model.oof_losses_[0].mean() < 0.12


def test_nothing_starts_from_a_dead_net():
    starts = {}

    def visit(alpha, start):
        starts[alpha] = start
        loss = 9.0 if alpha > 2 else alpha
        return Point(alpha, np.array([loss]), alpha, is_dead=alpha > 2)

    points = follow_path((1, 2, 3, 4, 5, 6, 7, 8, 9), visit, "start")
    assert starts == {5: "start", 6: "start", 4: "start", 3: "start", 2: "start", 1: 2}
    assert min(points, key=lambda point: point.loss).alpha == 1


@pytest.mark.parametrize("weight", [1e-300, 1e-10, 1 / 90, 1])
def test_the_path_does_not_depend_on_the_unit_of_small_weights(weight):
    X, y = table()
    ones = classifier().fit(X, y)
    model = classifier().fit(X, y, np.full(90, weight))
    np.testing.assert_allclose(model.alphas_, ones.alphas_ * weight, rtol=1e-12)
    np.testing.assert_allclose(model.predict_proba(X), ones.predict_proba(X), atol=1e-6)
    np.testing.assert_allclose(model.temperature_, ones.temperature_, rtol=1e-5)


WEIGHTS = {
    "one of 1e50": np.where(np.arange(600) == 5, 1e50, 1.0),
    "one of 1e-300": np.where(np.arange(600) == 5, 1e-300, 1.0),
    "all powers": 10.0 ** np.linspace(-320, 308, 600),
    "a class of denormal ones": np.where(np.arange(600) % 2, 1e-320, 1.0),
    "two extremes": np.where(np.arange(600) % 2, 5e-324, 1.7e308),
}


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 1e-310}, {1: 1e300}])
@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_of_all_sizes_together(name, class_weight):
    X, y = table(2, m=600)
    model = classifier(class_weight=class_weight, max_iter=10)
    try:
        model.fit(X, y, WEIGHTS[name])
    except ValueError as error:  # all but one class are nothing beside it
        assert "one class only" in str(error)  # noqa: PT017
        return
    for values in (model.oof_losses_, model.predict_proba(X), model.parameters_.theta):
        assert np.isfinite(values).all()


def test_balanced_with_a_class_of_denormal_weights():
    X, y = table(2, m=600)
    model = classifier(class_weight="balanced").fit(X, y, np.where(y, 1e-320, 1.0))
    other = classifier(class_weight="balanced").fit(X, y)
    np.testing.assert_allclose(
        model.predict_proba(X), other.predict_proba(X), atol=0.02
    )


# What is out of fold


@CLASSES
def test_out_of_fold_probabilities_are_those_of_separate_nets(n_classes, monkeypatch):
    for name in ("SLOW", "SLOW_ON_PATH"):  # to the minimum, as far as rounding goes
        monkeypatch.setattr(fitting_cv, name, -1.0)
    X, y = table(n_classes)
    w = np.random.default_rng(0).uniform(0.5, 2, y.size)
    splits = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))
    model = classifier(
        cv=splits, alphas=[5.0], activation="tanh", max_iter=3000, hidden_units=3
    )
    fit = FitCV(model)
    fit.read(X, y, w)
    fit.split({})
    start = fit._start()
    fit.run()
    fit.commit()
    A = (X - model.standardization_.mean) * model.standardization_.factor
    single = ShallowNNClassifier(
        3,
        activation="tanh",
        solver="lbfgs",
        alpha=5.0,
        standardize=False,
        max_iter=3000,
        tol=None,
    )
    Z = []
    for k, (train, test) in enumerate(splits):
        single.set_params(init=start.member(k)).fit(A[train], y[train], w[train])
        np.testing.assert_allclose(
            single.predict_proba(A[test]), model.oof_predict_proba_[test], atol=1e-5
        )
        # What is kept is the mean of nets of all rows, each at its minimum.
        single.set_params(init=fit.trained.member(k)).fit(A, y, w)
        Z.append(single.decision_function(A))
    np.testing.assert_allclose(
        model.temperature_ * model.decision_function(X), np.mean(Z, axis=0), atol=1e-4
    )


# One net


@CLASSES
def test_it_is_one_net_with_all_its_methods(n_classes):
    X, y = table(n_classes)
    names = np.array(["x", "y", "z"])[:n_classes]
    model = classifier().fit(X, names[y])
    n_outputs = 1 if n_classes == 2 else n_classes
    assert model.network_.units == (4, 4 * 5, n_outputs)
    assert model.parameters_.units == model.network_.units
    assert model.classes_.tolist() == names.tolist()
    P = model.predict_proba(X)
    np.testing.assert_allclose(P.sum(axis=1), 1)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), P)
    np.testing.assert_array_equal(model.predict(X), names[P.argmax(axis=1)])
    assert model.score(X, names[y]) > 0.6
    hidden = np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0)
    Z = hidden @ model.coefs_[1] + model.intercepts_[1]
    np.testing.assert_allclose(model.decision_function(X), np.squeeze(Z), atol=1e-10)
    assert model.n_iter_ > 30
    assert model.n_features_in_ == 4


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "own"])
def test_activations(activation):
    if activation == "own":
        activation = Activation("own", tanh_forward, tanh_backward)
    X, y = table()
    model = classifier(activation=activation).fit(X, y)
    assert model.score(X, y) > 0.6
    assert model.network_.activation == ACTIVATIONS.get(activation, activation)


@pytest.mark.parametrize(
    ("load", "least"),
    [(load_iris, 0.94), (load_wine, 0.96), (load_breast_cancer, 0.96)],
)
def test_it_learns(load, least):
    X, y = load(return_X_y=True)
    cv = StratifiedKFold(4, shuffle=True, random_state=0)
    model = ShallowNNClassifierCV(random_state=0)
    assert cross_val_score(model, X, y, cv=cv).mean() > least


@CLASSES
def test_many_rows(n_classes, monkeypatch):
    """The penalty from a sample, and Adam on all rows."""
    monkeypatch.setattr(fitting_cv, "LARGE", 500)
    monkeypatch.setattr(fitting_cv, "SAMPLE", 200)
    monkeypatch.setattr(fitting_cv, "STEPS", 300)
    X, y = table(n_classes, m=800)
    y = (y + (np.sin(2 * X[:, 0]) > 0)) % n_classes
    model = classifier(hidden_units=16).fit(X, y)
    factor = 0.5
    ratio = model.alphas_[:, np.newaxis] / (factor * np.array(fitting_cv.ALPHAS))
    assert np.isclose(ratio, 1).any(axis=1).all()
    assert model.alpha_ in model.alphas_
    assert model.oof_losses_.shape == (model.alphas_.size, 4)
    assert np.isfinite(model.oof_predict_proba_).all()
    held_out = log_loss(y, model.oof_predict_proba_)
    assert held_out < model.oof_losses_.mean(axis=1).min()  # from more rows
    assert log_loss(y, model.predict_proba(X)) < held_out
    alphas, train = [], fitting_cv.train_lbfgs

    def record(objective, *args, **keywords):
        alphas.append(objective.alpha)
        return train(objective, *args, **keywords)

    monkeypatch.setattr(fitting_cv, "train_lbfgs", record)  # on the sample alone
    given = classifier(alphas=[1, 3, 10]).fit(X, y)
    assert set(alphas) <= {2, 6, 20}
    assert set(given.alphas_) <= {1, 3, 10}
    again = classifier(hidden_units=16).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


# Folds


# Weights


def repeated(X, y, w, splits):
    """Return rows as often as their weights say, and the splits that go with it."""
    rows = np.repeat(np.arange(y.size), w)
    own = [tuple(np.flatnonzero(np.isin(rows, part)) for part in s) for s in splits]
    return X[rows], y[rows], own


@CLASSES
def test_a_weight_is_as_many_rows(n_classes):
    X, y = table(n_classes, m=45)
    w = np.random.default_rng(0).integers(0, 4, y.size)
    splits = list(StratifiedKFold(3).split(X, y))
    X_repeated, y_repeated, own = repeated(X, y, w, splits)
    model = classifier(cv=splits).fit(X, y, w)
    other = classifier(cv=own).fit(X_repeated, y_repeated)
    assert_same(model, other, X, tol=1e-6)
    np.testing.assert_allclose(model.temperature_, other.temperature_, rtol=1e-5)


def test_a_row_of_weight_zero_is_a_row_that_is_not_there():
    X, y = table()
    w = np.random.default_rng(0).uniform(0.5, 2, y.size)
    w[::7] = 0
    keep = w > 0
    model = classifier().fit(X, y, w)
    other = classifier().fit(X[keep], y[keep], w[keep])
    assert_same(model, other, X, tol=0)
    np.testing.assert_array_equal(
        model.oof_predict_proba_[keep], other.oof_predict_proba_
    )
    assert np.isnan(model.oof_predict_proba_[~keep]).all()


def test_class_weights():
    X, y = table(3)
    y[y == 2] = np.where(np.arange(30) < 20, 2, 0)
    factors = {0: 0.5, 1: 1.0, 2: 3.0}
    model = classifier(class_weight=factors).fit(X, y)
    w = np.array([factors[label] for label in y])
    assert_same(model, classifier().fit(X, y, w), X, tol=1e-9)
    balanced = classifier(class_weight="balanced").fit(X, y)
    counts = np.bincount(y)
    w = y.size / (3 * counts[y])
    assert_same(balanced, classifier().fit(X, y, w), X, tol=1e-9)
    absent = classifier(class_weight={2: 0}).fit(X, y)
    assert_same(absent, classifier().fit(X[y < 2], y[y < 2]), X, tol=0)
    assert np.isnan(absent.oof_predict_proba_[y == 2]).all()


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_weights_of_any_size(scale):
    X, y = table()
    model = classifier(alphas=[scale]).fit(X, y, np.full(y.size, scale))
    other = classifier(alphas=[1.0]).fit(X, y)
    np.testing.assert_allclose(
        model.oof_predict_proba_, other.oof_predict_proba_, atol=1e-4
    )


# Tables of all kinds


def extreme_tables():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    y = (X[:, 0] + 0.3 * rng.normal(size=80) > 0).astype(int)
    names = np.array(["no", "yes"])[y]
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    codes = np.arange(156) % 26
    many = rng.normal(size=(156, 5)) + 3 * rng.normal(size=(26, 5))[codes]
    return {
        "strings": (X, names),
        "booleans": (X, y.astype(bool)),
        "objects": (X, names.astype(object)),
        "26 classes": (many, letters[codes]),
        "20 rows": (X[:20], y[:20]),
        "a class of one row": (X, np.where(np.arange(80) == 5, 2, y)),
        "4 rows": (X[:4], np.array([0, 1, 0, 1])),
        "one column": (X[:, :1], y),
        "1,000 columns": (rng.normal(size=(40, 1000)), y[:40]),
        "a constant column": (np.column_stack([X, np.full(80, 7.3)]), y),
        "constant columns": (np.full((80, 2), 1.5), y),
        "1e150": (X * [1, 1e150, 1e-150], y),
        "an offset": (X + np.array([1.7e9, 0, 0]), y),
        "separable": (X, (X[:, 0] > 0).astype(int)),
        "noise": (X, rng.permutation(y)),
        "Cauchy": (rng.standard_cauchy((80, 3)), y),
        "float32": (X.astype(np.float32), y),
        "integers": (np.round(10 * X).astype(int), y),
        "more than a few rows": (np.tile(X, (8, 1)), np.tile(y, 8)),
        "frame": (pd.DataFrame(X, columns=list("abc")), pd.Series(names)),
        "Fortran": (np.asfortranarray(X), y),
    }


TABLES = extreme_tables()


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_all_kinds(name):
    X, y = TABLES[name]  # warnings are errors
    model = classifier(hidden_units=8).fit(X, y)
    P = model.predict_proba(X)
    assert np.isfinite(P).all()
    assert np.isfinite(model.oof_predict_proba_).all()
    assert np.isfinite(model.oof_losses_).all()
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-6)
    assert np.isfinite(model.parameters_.theta).all()
    assert set(model.predict(X)) <= set(np.unique(y))
    expected = np.float32 if name == "float32" else np.float64
    assert model.parameters_.theta.dtype == expected


@pytest.mark.parametrize("form", [csr_array, csc_matrix])
def test_sparse(form, monkeypatch):
    X, y = table(m=150)
    X[np.random.default_rng(0).random(X.shape) < 0.6] = 0
    w = np.arange(150) % 3
    model, other = classifier().fit(X, y, w), classifier().fit(form(X), y, w)
    assert_same(model, other, X)
    np.testing.assert_allclose(
        other.predict_proba(form(X)), model.predict_proba(X), atol=1e-7
    )
    cv = KFold(3)
    assert_same(classifier(cv=cv).fit(X, y), classifier(cv=cv).fit(form(X), y), X)
    monkeypatch.setattr(fitting_cv, "LARGE", 100)
    monkeypatch.setattr(fitting_cv, "SAMPLE", 80)
    monkeypatch.setattr(fitting_cv, "STEPS", 50)
    assert classifier().fit(form(X), y).score(form(X), y) > 0.5


def test_in_float32_it_is_the_same_but_for_rounding(monkeypatch):
    X, y = table(m=150)
    model = classifier(alphas=[3.0]).fit(X, y)
    monkeypatch.setattr(fitting_cv, "FEW", 100)
    other = classifier(alphas=[3.0]).fit(X, y)
    gap = np.abs(model.predict_proba(X) - other.predict_proba(X)).max()
    assert 0 < gap < 0.02


# Life


def test_one_seed_one_result():
    X, y = table()
    model, other = classifier().fit(X, y), classifier().fit(X, y)
    np.testing.assert_array_equal(model.parameters_.theta, other.parameters_.theta)
    rng = np.random.RandomState(0)
    first = classifier(random_state=rng).fit(X, y)
    np.testing.assert_array_equal(first.parameters_.theta, model.parameters_.theta)
    second = classifier(random_state=rng).fit(X, y)
    assert (second.parameters_.theta != first.parameters_.theta).any()


@pytest.mark.parametrize(
    "store",
    [
        lambda model, _: pickle.loads(pickle.dumps(model)),
        lambda model, _: copy.deepcopy(model),
        lambda model, file: joblib.load(joblib.dump(model, file)[0]),
        lambda model, file: joblib.load(joblib.dump(model, file)[0], mmap_mode="r"),
    ],
    ids=["pickle", "copy", "joblib", "joblib map"],
)
def test_stored_and_loaded(store, tmp_path):
    X, y = table()
    model = classifier(cv=StratifiedKFold(3), alphas=[1.0, 3.0]).fit(X, y)
    loaded = store(model, tmp_path / "model.joblib")
    assert_same(loaded, model, X, tol=0)
    np.testing.assert_array_equal(loaded.oof_predict_proba_, model.oof_predict_proba_)
    assert isinstance(loaded.parameters_, Parameters)
    again = clone(loaded)
    with pytest.raises(NotFittedError):
        again.predict(X)
    assert_same(again.fit(X, y), model, X, tol=0)
    # What is kept is one net and a few numbers, not what it was found with.
    assert len(pickle.dumps(model)) < 20_000


def test_a_search_over_hidden_units():
    X, y = table()
    search = GridSearchCV(classifier(), {"hidden_units": [2, 8]}, cv=2)
    search.fit(X, y)
    assert search.best_params_["hidden_units"] in (2, 8)
    assert search.best_estimator_.network_.units[1] in (8, 32)


# Bad input

INTEGER_1 = "an integer of at least 1"
WRONG_ARGUMENTS = [
    ("hidden_units", 0, ValueError, INTEGER_1),
    ("hidden_units", 2.5, TypeError, INTEGER_1),
    ("hidden_units", "32", TypeError, INTEGER_1),
    ("alphas", "log", ValueError, "'auto', or positive numbers"),
    ("alphas", [], ValueError, "is empty"),
    ("alphas", [1, 0], ValueError, "a positive finite number"),
    ("alphas", [1, -2.0], ValueError, "a positive finite number"),
    ("alphas", [1, np.inf], ValueError, "a positive finite number"),
    ("alphas", [np.nan], ValueError, "a positive finite number"),
    ("alphas", ["one"], TypeError, "a positive finite number"),
    ("alphas", None, TypeError, "a positive finite number"),
    ("cv", 1, ValueError, "an integer of at least 2"),
    ("cv", True, TypeError, "an integer of at least 2"),
    ("cv", "five", ValueError, "cv"),
    ("cv", 2.5, ValueError, "cv"),
    ("cv", 100, ValueError, "cv=100 .* 90 rows"),
    ("activation", "swoosh", ValueError, "one of 'sigmoid'"),
    ("standardize", "yes", TypeError, "True or False"),
    ("class_weight", "even", ValueError, "None, 'balanced' or a dict"),
    ("max_iter", 0, ValueError, INTEGER_1),
    ("verbose", -1, ValueError, "an integer of at least 0"),
    ("random_state", "seed", ValueError, "an integer from 0 .* Got 'seed'"),
]


@pytest.mark.parametrize(
    ("parameter", "value", "error", "message"),
    WRONG_ARGUMENTS,
    ids=[f"{p}={v!r}" for p, v, *_ in WRONG_ARGUMENTS],
)
def test_wrong_arguments(parameter, value, error, message):
    X, y = table()
    with pytest.raises(error, match=message):
        classifier(**{parameter: value}).fit(X, y)


def test_wrong_data():
    X, y = table()
    with pytest.raises(ValueError, match="y holds one class only"):
        classifier().fit(X, np.zeros(y.size))
    with pytest.raises(ValueError, match=r"Column 2 of X holds NaN.*SimpleImputer"):
        classifier().fit(np.where(np.arange(4) == 2, np.nan, X), y)
    with pytest.raises(ValueError, match="y has 2 columns: ShallowNNClassifierCV"):
        classifier().fit(X, np.eye(2, dtype=int)[y % 2])
    with pytest.raises(ValueError, match="negative weights"):
        classifier().fit(X, y, -np.ones(y.size))
    rows = np.arange(90)
    model = classifier(cv=[(rows[:50], rows[50:]), (rows, rows[:0])])
    with pytest.raises(ValueError, match=r"Fold 1 of cv has no .* to be judged by"):
        model.fit(X, y)
    with pytest.raises(ValueError, match=r"not finite .* standardize=True"):
        classifier(standardize=False).fit(X * 1e300, y)


def test_more_folds_than_rows():
    X, y = table(m=3)
    with pytest.raises(ValueError, match=r"cv=4 .* 3 rows"):
        classifier().fit(X, y % 2)
