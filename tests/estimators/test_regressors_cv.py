"""ShallowNNRegressorCV: its losses, folds and outputs, and that it is one net."""

import copy
import pickle
import re

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy.sparse import csc_matrix, csr_array
from sklearn.base import clone
from sklearn.datasets import load_diabetes, make_friedman1
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import RidgeCV
from sklearn.metrics import (
    mean_absolute_error,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_squared_error,
)
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RepeatedKFold,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn2 import (
    Activation,
    Huber,
    Parameters,
    Pinball,
    ShallowNNRegressor,
    ShallowNNRegressorCV,
)
from sknn2.fitting import fit_cv as fitting_cv
from sknn2.fitting.fit_cv import FitCV
from sknn2.network.activations import ACTIVATIONS, tanh_backward, tanh_forward

LOSSES = {
    "squared_error": "squared_error",
    "absolute_error": "absolute_error",
    "huber": Huber(delta=0.5),
    "pinball": Pinball(quantile=0.8),
    "poisson": "poisson",
}
SMOOTH = ["squared_error", "huber", "poisson"]
each_loss = pytest.mark.parametrize("loss", LOSSES)
KINDS = pytest.mark.parametrize("n_outputs", [None, 2])


def table(n_outputs=None, m=90, seed=0, loss="squared_error"):
    """Return noisy rows of unlike scales, and targets of unlike scales."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(m, 4))
    f = np.column_stack([A[:, 0] + np.sin(2 * A[:, 1]), A[:, 2] - 0.5 * A[:, 0]])
    f += 0.3 * rng.normal(size=f.shape)
    Y = rng.poisson(np.exp(1 + f / 2)) if loss == "poisson" else 1e3 + f * [30.0, 0.1]
    X = A * [1, 20, 0.1, 3] + [0, 5, 3, -1]
    return X, Y[:, 0] if n_outputs is None else Y


def regressor(**settings):
    """Return a small and fast one."""
    defaults = {"hidden_units": 5, "max_iter": 30, "random_state": 0}
    return ShallowNNRegressorCV(**(defaults | settings))


def assert_same(model, other, X, tol=1e-7):
    assert model.alpha_ == other.alpha_
    np.testing.assert_allclose(model.predict(X), other.predict(X), rtol=tol)
    np.testing.assert_allclose(model.oof_losses_, other.oof_losses_, rtol=tol)


def loss_of(loss, y, A, w=None, deviation=1.0):
    """Return scikit-learn's figure of a loss, of a scaled target, per row."""
    if loss == "squared_error":
        return mean_squared_error(y, A, sample_weight=w) / 2 / deviation**2
    if loss == "absolute_error":
        return mean_absolute_error(y, A, sample_weight=w) / deviation
    if loss == "pinball":
        return mean_pinball_loss(y, A, alpha=0.8, sample_weight=w) / deviation
    if loss == "poisson":
        return mean_poisson_deviance(y, A, sample_weight=w) / 2
    e = np.abs(y - A) / deviation
    return np.average(np.where(e < 0.5, e**2 / 2, 0.5 * (e - 0.25)), weights=w)


# The path and what is out of fold


@each_loss
@KINDS
def test_what_the_path_leaves(loss, n_outputs):
    X, y = table(n_outputs, loss=loss)
    w = np.random.default_rng(0).uniform(0.5, 2, y.shape[0])
    model = regressor(loss=LOSSES[loss]).fit(X, y, w)
    assert (np.diff(model.alphas_) > 0).all()
    assert set(model.alphas_) <= set(fitting_cv.ALPHAS)
    assert model.oof_losses_.shape == (model.alphas_.size, 4)
    assert model.alpha_ == model.alphas_[model.oof_losses_.mean(axis=1).argmin()]
    assert model.oof_predict_.shape == y.shape
    assert model.n_outputs_ == (n_outputs or 1)
    assert not hasattr(model, "temperature_")
    assert not hasattr(model, "oof_predict_proba_")
    assert (model.target_standardization_ is None) == (loss == "poisson")


def test_noise_asks_for_a_strong_penalty_and_a_clean_table_for_a_weak_one():
    X, y = table(m=200)
    noise = np.random.default_rng(0).permutation(y)
    assert regressor().fit(X, noise).alpha_ >= 30
    clean = np.sin(2 * X[:, 0])
    assert regressor(hidden_units=32, max_iter=100).fit(X, clean).alpha_ <= 1


@each_loss
@pytest.mark.parametrize("weighted", [False, True])
def test_out_of_fold_losses_are_those_of_the_predictions(loss, weighted):
    X, y = table(loss=loss)
    w = np.random.default_rng(0).uniform(0.5, 2, y.size) if weighted else None
    splits = list(KFold(3).split(X))
    model = regressor(cv=splits, loss=LOSSES[loss]).fit(X, y, w)
    deviation = 1.0
    if loss != "poisson":
        deviation = np.sqrt(np.cov(y, aweights=w, ddof=0))
    best = model.oof_losses_[model.alphas_ == model.alpha_].ravel()
    for found, (_, rows) in zip(best, splits, strict=True):
        expected = loss_of(
            loss,
            y[rows],
            model.oof_predict_[rows],
            w[rows] if weighted else None,
            deviation,
        )
        assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("loss", SMOOTH)
@KINDS
def test_out_of_fold_predictions_are_those_of_separate_nets(
    loss, n_outputs, monkeypatch
):
    for name in ("SLOW", "SLOW_ON_PATH"):  # to the minimum, as far as rounding goes
        monkeypatch.setattr(fitting_cv, name, -1.0)
    X, y = table(n_outputs, loss=loss, m=60)
    w = np.random.default_rng(0).uniform(0.5, 2, y.shape[0])
    splits = list(KFold(3, shuffle=True, random_state=0).split(X))
    alpha = 5.0
    settings = {"loss": LOSSES[loss], "activation": "tanh", "max_iter": 3000}
    model = regressor(cv=splits, alphas=[alpha], hidden_units=3, **settings)
    fit = FitCV(model)
    fit.read(X, y, w)
    fit.split({})
    fit.run()
    fit.commit()
    A = (X - model.standardization_.mean) * model.standardization_.factor
    center, deviation = 0.0, 1.0
    if loss != "poisson":
        center = model.target_standardization_.mean
        deviation = model.target_standardization_.deviation
    single = ShallowNNRegressor(
        3, solver="lbfgs", alpha=alpha, standardize=False, tol=None, **settings
    )
    scaled = ((y.reshape(60, -1) - center) / deviation).reshape(y.shape)
    outputs = []
    for k, (train, test) in enumerate(splits):
        # There are several minima: each has to be one of its own net's cost.
        single.set_params(init=fit.judged.member(k)).fit(
            A[train], scaled[train], w[train]
        )
        found = (model.oof_predict_[test].reshape(test.size, -1) - center) / deviation
        expected = single.predict(A[test]).reshape(test.size, -1)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
        # What is kept is the mean of nets of all rows, each at its minimum.
        single.set_params(init=fit.trained.member(k)).fit(A, scaled, w)
        A_L = single.predict(A).reshape(60, -1)
        outputs.append(np.log(A_L) if loss == "poisson" else A_L)
    mean = np.mean(outputs, axis=0)
    expected = np.exp(mean) if loss == "poisson" else center + deviation * mean
    np.testing.assert_allclose(
        model.predict(X).reshape(60, -1), expected, rtol=1e-4, atol=1e-4
    )


def test_rows_that_no_fold_judges_have_no_prediction():
    X, y = table(m=60)
    w = np.ones(60)
    w[[50, 55]] = 0
    model = regressor(cv=TimeSeriesSplit(3)).fit(X, y, w)
    expected = [*range(15), 50, 55]
    np.testing.assert_array_equal(
        np.flatnonzero(np.isnan(model.oof_predict_)), expected
    )


def test_rows_in_several_folds_have_the_mean_of_the_predictions():
    X, y = table(2, m=60)
    cv = RepeatedKFold(n_splits=2, n_repeats=2, random_state=0)
    fit = FitCV(model := regressor(cv=cv))
    model.fit(X, y)
    fit.read(X, y, None)
    fit.split({})
    fit.run()
    P = np.full((4, 60, 2), np.nan)
    for k, Z in enumerate(fit.folds.held_out_Z(fit.judged)):
        P[k, fit.folds.test[k]] = fit.targets.predictions(Z)
    np.testing.assert_allclose(model.oof_predict_, np.nanmean(P, axis=0))


def test_cv_as_scikit_learn_takes_it():
    X, y = table(m=60)
    splits = list(KFold(3, shuffle=True, random_state=1).split(X))
    model = regressor(cv=splits).fit(X, y)
    same = regressor(cv=KFold(3, shuffle=True, random_state=1)).fit(X, y)
    assert_same(model, same, X, tol=0)
    five = regressor(cv=None).fit(X, y)
    assert_same(five, regressor(cv=KFold(5)).fit(X, y), X, tol=0)
    assert regressor(cv=3).fit(X, y).network_.units[1] == 15


def test_groups_and_metadata_routing():
    X, y = table(m=60)
    groups = np.arange(60) // 10
    cv = GroupKFold(3)
    model = regressor(cv=cv).fit(X, y, groups=groups)
    expected = regressor(cv=list(cv.split(X, y, groups))).fit(X, y)
    assert_same(model, expected, X, tol=0)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = regressor(cv=cv).fit(X, y, groups=groups)
        assert_same(routed, model, X, tol=0)
    with pytest.raises(TypeError, match=r"fit was given \['groups'\], which cv=4"):
        regressor().fit(X, y, groups=groups)


# Weights


@pytest.mark.parametrize("loss", SMOOTH)
@KINDS
def test_a_weight_is_as_many_rows(loss, n_outputs):
    X, y = table(n_outputs, m=45, loss=loss)
    w = np.random.default_rng(0).integers(0, 4, y.shape[0])
    splits = list(KFold(3).split(X))
    rows = np.repeat(np.arange(45), w)
    own = [tuple(np.flatnonzero(np.isin(rows, part)) for part in s) for s in splits]
    settings = {"loss": LOSSES[loss], "alphas": [3.0, 10.0, 30.0]}
    model = regressor(cv=splits, **settings).fit(X, y, w)
    other = regressor(cv=own, **settings).fit(X[rows], y[rows])
    assert_same(model, other, X, tol=1e-5)


@each_loss
def test_a_row_of_weight_zero_is_a_row_that_is_not_there(loss):
    X, y = table(loss=loss)
    w = np.random.default_rng(0).uniform(0.5, 2, y.size)
    w[::7] = 0
    keep = w > 0
    model = regressor(loss=LOSSES[loss]).fit(X, y, w)
    other = regressor(loss=LOSSES[loss]).fit(X[keep], y[keep], w[keep])
    assert_same(model, other, X, tol=0)
    np.testing.assert_array_equal(model.oof_predict_[keep], other.oof_predict_)
    assert np.isnan(model.oof_predict_[~keep]).all()


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_weights_of_any_size(scale):
    X, y = table()
    model = regressor(alphas=[scale]).fit(X, y, np.full(y.size, scale))
    other = regressor(alphas=[1.0]).fit(X, y)
    np.testing.assert_allclose(model.oof_predict_, other.oof_predict_, rtol=1e-4)


# One net


@each_loss
@KINDS
def test_it_is_one_net(loss, n_outputs):
    X, y = table(n_outputs, loss=loss)
    model = regressor(loss=LOSSES[loss]).fit(X, y)
    assert model.network_.units == (4, 4 * 5, n_outputs or 1)
    assert (
        model.network_.loss
        == ShallowNNRegressor(loss=LOSSES[loss]).fit(X, y).network_.loss
    )
    hidden = np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0)
    Z = hidden @ model.coefs_[1] + model.intercepts_[1]
    A = np.exp(Z) if loss == "poisson" else Z
    assert model.predict(X).shape == y.shape
    np.testing.assert_allclose(model.predict(X), A.reshape(y.shape), rtol=1e-9)
    assert model.score(X, y) > 0.3


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "own"])
def test_activations(activation):
    if activation == "own":
        activation = Activation("own", tanh_forward, tanh_backward)
    X, y = table()
    model = regressor(activation=activation).fit(X, y)
    assert model.score(X, y) > 0.4
    assert model.network_.activation == ACTIVATIONS.get(activation, activation)


@each_loss
def test_it_does_not_depend_on_the_unit_of_the_target(loss):
    X, y = table(loss=loss)
    model = regressor(loss=LOSSES[loss], alphas=[3.0]).fit(X, y)
    if loss == "poisson":  # half of the counts with twice the weight cost as much
        other = regressor(loss="poisson", alphas=[3.0]).fit(X, y / 2, np.full(90, 2.0))
        np.testing.assert_allclose(2 * other.predict(X), model.predict(X), rtol=0.05)
        return
    same = regressor(loss=LOSSES[loss], alphas=[3.0]).fit(X, 7 + 1e3 * y)
    np.testing.assert_allclose((same.predict(X) - 7) / 1e3, model.predict(X))


def test_standardize_is_of_the_columns_alone():
    X, y = table()
    A = StandardScaler().fit_transform(X)
    model = regressor(standardize=False).fit(A, y)
    assert model.standardization_ is None
    assert model.target_standardization_ is not None
    np.testing.assert_allclose(model.predict(A), regressor().fit(X, y).predict(X))


def test_it_learns():
    cv = KFold(3, shuffle=True, random_state=0)
    X, y = make_friedman1(300, noise=1.0, random_state=0)
    score = cross_val_score(ShallowNNRegressorCV(random_state=0), X, y, cv=cv).mean()
    assert score > 0.88
    X, y = load_diabetes(return_X_y=True)
    score = cross_val_score(ShallowNNRegressorCV(random_state=0), X, y, cv=cv).mean()
    assert score > cross_val_score(RidgeCV(), X, y, cv=cv).mean() - 0.02


def test_a_quantile_has_its_share_of_the_rows_out_of_fold():
    X, y = table(m=400)
    model = regressor(loss=Pinball(quantile=0.8), max_iter=100).fit(X, y)
    assert (y <= model.oof_predict_).mean() == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_many_rows(loss, monkeypatch):
    """The penalty from a sample, and Adam on all rows."""
    monkeypatch.setattr(fitting_cv, "LARGE", 500)
    monkeypatch.setattr(fitting_cv, "SAMPLE", 200)
    monkeypatch.setattr(fitting_cv, "STEPS", 300)
    X, y = table(m=800, loss=loss)
    model = regressor(hidden_units=16, max_iter=100, loss=loss).fit(X, y)
    ratio = model.alphas_[:, np.newaxis] / (0.5 * np.array(fitting_cv.ALPHAS))
    assert np.isclose(ratio, 1).any(axis=1).all()
    deviation = 1 if loss == "poisson" else y.std()
    held_out = loss_of(loss, y, model.oof_predict_, deviation=deviation)
    assert held_out < model.oof_losses_.mean(axis=1).min()  # from more rows
    assert loss_of(loss, y, model.predict(X), deviation=deviation) < held_out
    again = regressor(hidden_units=16, max_iter=100, loss=loss).fit(X, y)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


# Tables of all kinds


def extreme_tables():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    y = X[:, 0] + 0.3 * rng.normal(size=80)
    return {
        "integers": (np.round(10 * X).astype(int), np.round(10 * y).astype(int)),
        "booleans": (X, y > 0),
        "objects": (X, y.astype(object)),
        "20 rows": (X[:20], y[:20]),
        "4 rows": (X[:4], y[:4]),
        "one column": (X[:, :1], y),
        "1,000 columns": (rng.normal(size=(40, 1000)), y[:40]),
        "constant columns": (np.full((80, 2), 1.5), y),
        "a constant target": (X, np.full(80, 7.3)),
        "a constant output": (X, np.column_stack([y, np.full(80, 7.3)])),
        "two values": (X, np.where(y > 1, 5.0, -5.0)),
        "outputs of any scale": (X, np.column_stack([1e150 * y, 1e-150 * y])),
        "an offset": (X + np.array([1.7e9, 0, 0]), 1.7e9 + y),
        "no noise": (X, X[:, 0]),
        "Cauchy": (rng.standard_cauchy((80, 3)), rng.standard_cauchy(80)),
        "float32": (X.astype(np.float32), y.astype(np.float32)),
        "more than a few rows": (np.tile(X, (8, 1)), np.tile(y, 8)),
        "frame": (pd.DataFrame(X, columns=list("abc")), pd.Series(y)),
        "frame of outputs": (X, pd.DataFrame({"y": y, "z": -y})),
        "Fortran": (np.asfortranarray(X), np.asfortranarray(np.c_[y, -y])),
    }


TABLES = extreme_tables()


@pytest.mark.parametrize("loss", ["squared_error", "pinball"])
@pytest.mark.parametrize("name", TABLES)
def test_tables_of_all_kinds(name, loss):
    X, y = TABLES[name]  # warnings are errors
    model = regressor(hidden_units=8, loss=LOSSES[loss]).fit(X, y)
    A = model.predict(X)
    assert A.shape == np.shape(y)
    for numbers in (A, model.oof_predict_, model.oof_losses_, model.parameters_.theta):
        assert np.isfinite(numbers).all()
    expected = np.float32 if name == "float32" else np.float64
    assert A.dtype == model.parameters_.theta.dtype == expected
    if name.startswith("a constant"):
        np.testing.assert_allclose(A.reshape(80, -1)[:, -1], 7.3, rtol=1e-12)


@pytest.mark.parametrize("factor", [1, 1e6, 1e30])
def test_counts_of_any_size(factor):
    X, y = table(loss="poisson", m=600)
    model = regressor(loss="poisson", max_iter=60).fit(X, factor * y)
    assert mean_poisson_deviance(y, model.predict(X) / factor) < 0.6 * (
        mean_poisson_deviance(y, np.full(600, y.mean()))
    )


def test_counts_that_are_all_zero():
    X, _ = table()
    model = regressor(loss="poisson").fit(X, np.zeros(90))
    assert (model.predict(X) < 0.1).all()


@pytest.mark.parametrize("form", [csr_array, csc_matrix])
def test_sparse(form, monkeypatch):
    X, y = table(m=150)
    X[np.random.default_rng(0).random(X.shape) < 0.6] = 0
    w = np.arange(150) % 3
    model, other = regressor().fit(X, y, w), regressor().fit(form(X), y, w)
    assert_same(model, other, X)
    np.testing.assert_allclose(other.predict(form(X)), model.predict(X))
    monkeypatch.setattr(fitting_cv, "LARGE", 100)
    monkeypatch.setattr(fitting_cv, "SAMPLE", 80)
    monkeypatch.setattr(fitting_cv, "STEPS", 50)
    assert np.isfinite(regressor().fit(form(X), y).predict(form(X))).all()


# Life


@each_loss
def test_one_seed_one_result(loss):
    X, y = table(loss=loss)
    model = regressor(loss=LOSSES[loss]).fit(X, y)
    other = regressor(loss=LOSSES[loss]).fit(X, y)
    np.testing.assert_array_equal(model.parameters_.theta, other.parameters_.theta)
    other.set_params(random_state=1).fit(X, y)
    assert (other.parameters_.theta != model.parameters_.theta).any()


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
@KINDS
def test_stored_and_loaded(store, n_outputs, tmp_path):
    X, y = table(n_outputs)
    model = regressor(cv=KFold(3), alphas=[1.0, 3.0], loss=Huber(2.0)).fit(X, y)
    loaded = store(model, tmp_path / "model.joblib")
    assert_same(loaded, model, X, tol=0)
    np.testing.assert_array_equal(loaded.oof_predict_, model.oof_predict_)
    assert isinstance(loaded.parameters_, Parameters)
    again = clone(loaded)
    with pytest.raises(NotFittedError):
        again.predict(X)
    assert_same(again.fit(X, y), model, X, tol=0)
    assert len(pickle.dumps(model)) < 20_000


def test_a_fit_starts_afresh():
    X, y = table(2)
    model = regressor().fit(X[:, :2], y[:, 0])
    model.fit(X, y)
    assert_same(model, regressor().fit(X, y), X, tol=0)
    assert model.n_features_in_ == 4
    assert model.n_outputs_ == 2


def test_in_a_pipeline_and_a_search():
    X, y = table()
    pipe = make_pipeline(StandardScaler(), regressor())
    grid = {"shallownnregressorcv__loss": ["huber", Pinball(quantile=0.5)]}
    search = GridSearchCV(pipe, grid, cv=2).fit(X, y)
    assert search.best_score_ > 0.3


def test_the_data_is_left_as_it_was():
    X, y = table(2)
    X_before, y_before, w = X.copy(), y.copy(), np.ones(90)
    X.flags.writeable = y.flags.writeable = w.flags.writeable = False
    regressor().fit(X, y, w)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)


# Bad input


@pytest.mark.parametrize(
    ("parameter", "value", "error", "message"),
    [
        ("loss", "mse", ValueError, "loss.*squared_error.*'mse'"),
        ("loss", 2, TypeError, "loss"),
        ("loss", None, TypeError, "loss"),
        ("hidden_units", 0, ValueError, "an integer of at least 1"),
        ("alphas", [1, -2.0], ValueError, "a positive finite number"),
        ("cv", 1, ValueError, "an integer of at least 2"),
        ("cv", 100, ValueError, "cv=100 .* 90 rows"),
        ("activation", "swoosh", ValueError, "one of 'sigmoid'"),
        ("standardize", "yes", TypeError, "True or False"),
        ("keep_oof", "yes", TypeError, "True or False"),
        ("keep_oof", None, TypeError, "True or False"),
        ("max_iter", 0, ValueError, "an integer of at least 1"),
        ("verbose", -1, ValueError, "an integer of at least 0"),
    ],
)
def test_wrong_arguments(parameter, value, error, message):
    X, y = table()
    with pytest.raises(error, match=message):
        regressor(**{parameter: value}).fit(X, y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.where(np.arange(90) == 3, np.nan, 1.0), "y .*(NaN|infinity)"),
        (np.where(np.arange(90) == 3, np.inf, 1.0), "y .*(NaN|infinity)"),
        (np.array(["a", "b", "c"] * 30), "y is not made of numbers"),
        (np.array(["2026-01-01"] * 90, "datetime64[D]"), "y is not made of numbers"),
        (np.ones(90) * 1j, "omplex"),
        (np.ones(80), "inconsistent numbers of samples"),
    ],
)
def test_wrong_targets(y, message):
    X, _ = table()
    with pytest.raises(ValueError, match=message):
        regressor().fit(X, y)


def test_wrong_data():
    X, y = table()
    with pytest.raises(ValueError, match=r"Column 2 of X holds NaN.*SimpleImputer"):
        regressor().fit(np.where(np.arange(4) == 2, np.nan, X), y)
    with pytest.raises(ValueError, match="negative weights"):
        regressor().fit(X, y, -np.ones(y.size))
    with pytest.raises(ValueError, match=r"y reaches down to -3.*'poisson'"):
        regressor(loss="poisson").fit(X, np.full(90, -3.0))
    with pytest.raises(ValueError, match=r"y reaches 1e\+200.*divide y"):
        regressor(loss="poisson").fit(X, np.full(90, 1e200))
    with pytest.raises(ValueError, match=r"not finite .* standardize=True"):
        regressor(standardize=False).fit(X * 1e300, y)
    with pytest.raises(ValueError, match=r"1 sample .* at least two rows"):
        regressor().fit(X[:1], y[:1])
    with pytest.raises(ValueError, match=r"cv=4 .* 3 rows"):
        regressor().fit(X[:3], y[:3])
    rows = np.arange(90)
    model = regressor(cv=[(rows[:50], rows[50:]), (rows, rows[:0])])
    with pytest.raises(ValueError, match=r"Fold 1 of cv has no .* to be judged by"):
        model.fit(X, y)


def test_the_docstring_says_of_every_parameter_what_it_is():
    names = ShallowNNRegressorCV().get_params()
    for name in names:
        assert re.search(rf"^ *{name} : ", ShallowNNRegressorCV.__doc__, re.M)


@pytest.mark.parametrize("factor", [1e25, 1e37, 1e60])
def test_large_counts_in_float32_are_trained_in_float64(factor):
    X = np.random.default_rng(0).standard_normal((60, 2))
    y = factor * np.round(np.exp(1 + X[:, 0]))
    model = ShallowNNRegressorCV(5, loss="poisson", cv=2, alphas=[1.0], random_state=0)
    double = model.fit(X, y).score(X, y)
    single = model.fit(X.astype(np.float32), y)
    assert single.parameters_.theta.dtype == np.float64
    assert single.score(X, y) == pytest.approx(double, abs=0.05)
