"""ShallowNNRegressor and DeepNNRegressor: targets, losses, scaling, predictions."""

import inspect
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone, is_regressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.exceptions import DataConversionWarning
from sklearn.linear_model import (
    HuberRegressor,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
)
from sklearn.metrics import (
    get_scorer,
    mean_absolute_error,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_squared_error,
    r2_score,
)
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from sknn2 import (
    DeepNNRegressor,
    DivergenceWarning,
    Huber,
    Pinball,
    Poisson,
    ShallowNNRegressor,
    check_gradient,
    initialize,
)
from sknn2.training.solvers import SOLVERS

M = 120


def table(m=M, seed=0):
    """Return standardised X, a smooth target of order 1 and weights."""
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((m, 4))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.1 * rng.standard_normal(m)
    return X, y, rng.uniform(0.2, 2, m)


def regressor(hidden_units=5, **settings):
    """Return a small one that runs exactly its epochs."""
    defaults = {"max_iter": 20, "tol": None, "random_state": 0}
    return ShallowNNRegressor(hidden_units, **(defaults | settings))


def linear(**settings):
    """Return one without hidden layer that goes to its minimum."""
    defaults = {"solver": "lbfgs", "standardize": False, "max_iter": 5000}
    return regressor(0, **(defaults | settings))


# ------------------------------------------------ without a hidden layer: linear models


@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("alpha", [0.5, 20.0])
def test_it_is_ridge(alpha, n_outputs, weighted):
    X, y, w = table()
    if n_outputs > 1:
        y = np.stack([y, 5 + 3 * X[:, 1], 0.1 * y**2], axis=1)
    w = w if weighted else None
    model = linear(alpha=alpha).fit(X, y, w)
    ridge = Ridge(alpha=alpha, tol=1e-12).fit(X, y, w)
    np.testing.assert_allclose(model.coefs_[0].T.squeeze(), ridge.coef_, atol=1e-4)
    np.testing.assert_allclose(model.intercepts_[0], ridge.intercept_, atol=1e-4)
    np.testing.assert_allclose(model.predict(X), ridge.predict(X), atol=1e-4)


@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
def test_it_is_poisson_regression(weighted):
    X, _, w = table()
    y = np.random.RandomState(1).poisson(np.exp(1 + 0.4 * X[:, 0] - 0.3 * X[:, 1]))
    w = w if weighted else None
    S = M if w is None else w.sum()
    model = linear(loss="poisson", alpha=0.1 * S).fit(X, y, w)
    poisson = PoissonRegressor(alpha=0.1, tol=1e-10, max_iter=1000).fit(X, y, w)
    np.testing.assert_allclose(model.coefs_[0].ravel(), poisson.coef_, atol=1e-4)
    np.testing.assert_allclose(model.intercepts_[0], poisson.intercept_, atol=1e-4)
    np.testing.assert_allclose(model.predict(X), poisson.predict(X), rtol=1e-4)


@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
def test_it_is_huber_regression(weighted):
    X, y, w = table()
    y = X @ [2.0, -1.0, 0.5, 0.0] + 0.3 * y
    y[:6] += 30  # far out
    w = w if weighted else None
    huber = HuberRegressor(epsilon=1.5, alpha=0.02, tol=1e-10, max_iter=10_000)
    huber.fit(X, y, w)
    # Its cost is ours times 2 / scale_, so its alpha is ours over scale_.
    model = linear(loss=Huber(delta=1.5 * huber.scale_), alpha=0.02 * huber.scale_).fit(
        X, y, w
    )
    np.testing.assert_allclose(
        model.coefs_[0].ravel(), huber.coef_, rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(model.intercepts_[0], huber.intercept_, rtol=1e-4)


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_it_is_quantile_regression(quantile):
    X, y, _ = table(300)
    y = X @ [2.0, -1.0, 0.5, 0.0] + y
    model = linear(loss=Pinball(quantile=quantile), alpha=0.0).fit(X, y)
    best = QuantileRegressor(quantile=quantile, alpha=0).fit(X, y)
    cost, least = (
        mean_pinball_loss(y, m.predict(X), alpha=quantile) for m in (model, best)
    )
    assert least <= cost * (1 + 1e-9)
    assert cost <= least * (1 + 1e-3)


def test_without_layers_deep_is_linear_as_well():
    X, y, _ = table()
    settings = {"solver": "lbfgs", "alpha": 2.0, "random_state": 0}
    shallow = ShallowNNRegressor(0, **settings).fit(X, y)
    for sizes in ((), [], 0):
        deep = DeepNNRegressor(sizes, **settings).fit(X, y)
        np.testing.assert_array_equal(deep.predict(X), shallow.predict(X))


# --------------------------------------------------------- what the cost and score are


METRICS = {
    "squared_error": lambda y, p, w: mean_squared_error(y, p, sample_weight=w) / 2,
    "absolute_error": lambda y, p, w: mean_absolute_error(y, p, sample_weight=w),
    "pinball": lambda y, p, w: mean_pinball_loss(y, p, sample_weight=w, alpha=0.5),
    "poisson": lambda y, p, w: mean_poisson_deviance(y, p, sample_weight=w) / 2,
}


@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("name", METRICS)
def test_loss_curve_and_score_are_the_metrics_of_scikit_learn(name, weighted):
    X, y, w = table()
    y = np.abs(y) if name == "poisson" else 50 + 7 * y
    w = w if weighted else None
    model = regressor(loss=name, alpha=0.0, batch_size="full", max_iter=1)
    costs = []
    model.set_params(warm_start=True, schedule="constant").fit(X, y, w)
    for _ in range(3):
        scale = 1.0
        if model.target_standardization_ is not None:
            scale = model.target_standardization_.deviation[0]
        power = 2 if name == "squared_error" else 1
        costs.append(METRICS[name](y, model.predict(X), w) / scale**power)
        model.fit(X, y, w)  # entry k is the cost before its update
    np.testing.assert_allclose(model.loss_curve_[1:], costs, rtol=1e-10)
    assert model.score(X, y, w) == r2_score(y, model.predict(X), sample_weight=w)
    assert model.loss_ == model.loss_curve_[-1]


def test_the_validation_loss_is_the_metric_too():
    X, y, w = table()
    model = regressor(standardize=False)
    model.fit(X[:80], y[:80], X_val=X[80:], y_val=y[80:], sample_weight_val=w[80:])
    metric = METRICS["squared_error"](y[80:], model.predict(X[80:]), w[80:])
    assert model.validation_loss_curve_[-1] == pytest.approx(metric, rel=1e-12)
    assert model.validation_scores_[-1] == -model.validation_loss_curve_[-1]


@pytest.mark.parametrize("loss", ["squared_error", Huber(delta=0.5), "poisson"])
@pytest.mark.parametrize("fitted", [False, True], ids=["unfitted", "fitted"])
def test_check_gradient(fitted, loss):
    X, y, w = table(20)
    y = np.stack([np.abs(y), 3 + np.abs(X[:, 1])], axis=1)
    model = DeepNNRegressor(
        (4, 3),
        activation="tanh",
        loss=loss,
        alpha=0.5,
        max_iter=3,
        tol=None,
        random_state=0,
    )
    if fitted:
        model.fit(X, y, w)
    report = check_gradient(model, X, y, sample_weight=w)
    assert report.ok, str(report)


# ------------------------------------------------------------------ the target's scale


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_target_of_1e9_plus_1e6_z_is_fitted_as_well_as_z(solver, dtype):
    X, z, _ = table()
    X = X.astype(dtype)
    model = regressor(20, solver=solver, max_iter=60)
    plain = clone(model).fit(X, z)
    moved = model.fit(X, 1e9 + 1e6 * z)
    assert moved.predict(X).dtype == np.float64
    np.testing.assert_allclose(
        (moved.predict(X) - 1e9) / 1e6,
        plain.predict(X),
        # Rounded targets are others, to 1e-7 / 1e6 of their deviation.
        atol=1e-5 if dtype is np.float64 else 2e-3,
    )
    np.testing.assert_allclose(moved.loss_curve_, plain.loss_curve_, rtol=1e-4)


def test_rows_held_out_have_no_part_in_the_statistics():
    X, y, _ = table()
    y[7] = 1e6
    model = regressor(early_stopping=True, validation_fraction=0.5)
    means = {
        seed: clone(model)
        .set_params(random_state=seed)
        .fit(X, y)
        .target_standardization_
        for seed in range(12)
    }
    without = [s.mean[0] for s in means.values() if s.mean[0] < 10]
    assert 0 < len(without) < 12  # in about half of the splits it is held out


@pytest.mark.parametrize("hidden", [(), (5,), (6, 4)], ids=str)
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_coefs_act_on_raw_columns_and_give_the_raw_target(hidden, n_outputs):
    X, y, _ = table()
    X = X * [1, 10, 0.1, 1e3] + [0, 5, 100, -7]
    Y = y if n_outputs == 1 else np.stack([1e4 + 50 * y, y], axis=1)
    model = DeepNNRegressor(
        hidden, activation="tanh", max_iter=5, tol=None, random_state=0
    )
    model.fit(X, Y)
    A = X
    for W, b in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        A = np.tanh(A @ W + b)
    raw = A @ model.coefs_[-1] + model.intercepts_[-1]
    np.testing.assert_allclose(raw.reshape(Y.shape), model.predict(X), rtol=1e-9)


def test_weights_in_mlp_regressor_give_the_same_predictions():
    X, y, _ = table()
    Y = np.stack([y, 3 + 2 * y], axis=1)
    model = DeepNNRegressor((6, 4), max_iter=5, tol=None, random_state=0).fit(X, Y)
    mlp = MLPRegressor(hidden_layer_sizes=(6, 4), max_iter=1, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlp.fit(X, Y)
    mlp.coefs_, mlp.intercepts_ = model.coefs_, model.intercepts_
    np.testing.assert_allclose(mlp.predict(X), model.predict(X), rtol=1e-9)


def test_a_target_that_starts_to_vary_is_learnt_from_then_on():
    X, y, _ = table()
    model = regressor(20, solver="adam", learning_rate=0.01)
    model.partial_fit(X, np.full(M, 3.0))
    assert (model.predict(X) == 3.0).all()
    for _ in range(200):
        model.partial_fit(X, y)
    assert model.score(X, y) > 0.5


def test_a_warm_start_on_another_scale_keeps_the_weights():
    # The statistics are those of the new target; in deviations nothing has changed.
    X, y, _ = table()
    model = regressor(warm_start=True).fit(X, y)
    before = (model.predict(X) - y.mean()) / y.std()
    y = 1e3 + 40 * y
    model.set_params(learning_rate=1e-13).fit(X, y)
    after = (model.predict(X) - y.mean()) / y.std()
    np.testing.assert_allclose(after, before, rtol=1e-6, atol=1e-6)


def test_without_standardize_nothing_is_scaled():
    X, y, _ = table()
    model = regressor(standardize=False).fit(X, y)
    assert model.standardization_ is None
    assert model.target_standardization_ is None


@pytest.mark.parametrize("solver", ["sgd", "momentum", "nesterov"])
def test_a_target_of_1e9_that_is_not_scaled_is_named(solver):
    X, y, _ = table()
    model = regressor(solver=solver, standardize=False, learning_rate=1.0)
    with pytest.warns(
        DivergenceWarning, match="The target reaches .*e\\+09 and is not"
    ):
        model.fit(X, 1e9 * y)
    assert np.isfinite(model.predict(X)).all()


# ---------------------------------------------------------------------------- Poisson


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("mean", [1e-3, 1.0, 1e6])
def test_counts_of_any_size(mean, solver):
    X, _, w = table(400)
    rate = mean * np.exp(0.5 * np.sin(2 * X[:, 0]))
    y = np.random.RandomState(0).poisson(rate) if mean >= 1 else rate
    model = regressor(20, loss="poisson", solver=solver, alpha=0.1 * mean, max_iter=300)
    model.fit(X, y, w)
    assert model.target_standardization_ is None
    P = model.predict(X)
    assert (P > 0).all()
    flat = np.full(400, np.average(y, weights=w))
    # It explains most of what there is to explain.
    gain = mean_poisson_deviance(y, flat, sample_weight=w) - mean_poisson_deviance(
        y, P, sample_weight=w
    )
    most = mean_poisson_deviance(y, flat, sample_weight=w) - mean_poisson_deviance(
        y, rate, sample_weight=w
    )
    assert gain > 0.8 * most


def test_the_bias_of_counts_starts_from_the_logarithm_of_their_mean():
    X, _, w = table()
    Y = np.random.RandomState(0).poisson([1e6, 2.0, 0.0], (M, 3))
    settings = {"loss": "poisson", "learning_rate": 1e-15, "max_iter": 1}
    model = regressor(**settings).fit(X, Y, w)
    start = np.log(np.average(Y[:, :2], axis=0, weights=w))
    np.testing.assert_allclose(model.parameters_.b[-1].ravel(), [*start, 0], atol=1e-9)
    # Those of other losses, and of given parameters, do not.
    other = regressor(**(settings | {"loss": "squared_error"})).fit(X, Y)
    np.testing.assert_allclose(other.parameters_.b[-1], 0, atol=1e-9)
    init = initialize((4, 5, 3), rng=0)
    given = regressor(init=init, **settings).fit(X, Y)
    np.testing.assert_allclose(given.parameters_.theta, init.theta, atol=1e-9)


def test_counts_of_zero_alone_are_welcome():
    X, _, _ = table()
    model = regressor(loss="poisson", max_iter=100).fit(X, np.zeros(M))
    assert (model.predict(X) < 0.1).all()
    first = regressor(loss="poisson").partial_fit(X, np.zeros(M))
    assert np.isfinite(first.partial_fit(X, np.ones(M)).predict(X)).all()


# ---------------------------------------------------------------- shapes and precision


def test_one_column_is_taken_as_none_as_mlp_regressor_does():
    X, y, _ = table()
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        model = regressor().fit(X, y[:, np.newaxis])
    mlp = MLPRegressor(hidden_layer_sizes=(3,), max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert mlp.fit(X, y[:, np.newaxis]).predict(X).shape == (M,)
    np.testing.assert_array_equal(model.predict(X), regressor().fit(X, y).predict(X))


@pytest.mark.parametrize(
    "wrap",
    [
        list,
        pd.Series,
        lambda y: y.astype(object),
        lambda y: pd.Series(y, dtype="Float64"),
    ],
    ids=["list", "series", "object", "Float64"],
)
def test_targets_in_other_containers(wrap):
    X, y, _ = table()
    np.testing.assert_array_equal(
        regressor().fit(X, wrap(y)).predict(X), regressor().fit(X, y).predict(X)
    )


@pytest.mark.parametrize(
    "wrap", [np.ndarray.tolist, pd.DataFrame, csr_array, np.asfortranarray]
)
def test_several_targets_in_other_containers(wrap):
    X, y, _ = table()
    Y = np.stack([y, np.maximum(y, 0)], axis=1)
    model, plain = regressor().fit(X, wrap(Y)), regressor().fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), plain.predict(X))


# ------------------------------------------------------------------------ deep, shallow


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_one_layer_is_the_shallow_net_bit_for_bit(solver):
    X, y, w = table()
    settings = {"solver": solver, "max_iter": 10, "tol": None, "random_state": 3}
    shallow = ShallowNNRegressor(7, **settings).fit(X, y, w)
    for sizes in (7, (7,), [7], np.array([7]), np.int64(7)):
        deep = DeepNNRegressor(sizes, **settings).fit(X, y, w)
        np.testing.assert_array_equal(deep.parameters_.theta, shallow.parameters_.theta)
        np.testing.assert_array_equal(deep.loss_curve_, shallow.loss_curve_)


def test_the_defaults_are_two_layers():
    X, y, _ = table()
    model = DeepNNRegressor(max_iter=1, tol=None, random_state=0).fit(X, y)
    assert len(model.network_.units) == 4
    assert len(model.coefs_) == 3


@pytest.mark.parametrize("cls", [ShallowNNRegressor, DeepNNRegressor])
def test_the_size_is_the_only_positional_argument(cls):
    first, *others = inspect.signature(cls).parameters.values()
    assert first.name in ("hidden_units", "hidden_layer_sizes")
    assert {p.kind for p in others} == {inspect.Parameter.KEYWORD_ONLY}
    assert "loss" in [p.name for p in others]
    assert "class_weight" not in [p.name for p in others]


# ------------------------------------------------------------- validation and the rest


def test_early_stopping_holds_out_rows_at_random():
    X, y, _ = table(200)
    Y = np.stack([y, -y], axis=1)
    model = regressor(early_stopping=True, max_iter=30, validation_fraction=0.2)
    for target in (y, Y):
        model.fit(X, target)
        assert model.validation_scores_.shape == (30,)
        assert model.best_iteration_ == model.validation_scores_.argmax()
    with pytest.raises(ValueError, match="The training set has 1 row, and holding out"):
        model.fit(X[:1], y[:1])


@pytest.mark.parametrize("scoring", ["r2", "neg_mean_absolute_error"])
def test_any_scorer_scores_in_units_of_y(scoring):
    X, y, _ = table()
    y = 100 + 30 * y
    model = regressor(scoring=scoring, early_stopping=False)
    model.fit(X[:80], y[:80], X_val=X[80:], y_val=y[80:])
    score = get_scorer(scoring)(model, X[80:], y[80:])
    assert model.validation_scores_[-1] == pytest.approx(score, rel=1e-12)


def test_in_searches_and_pipelines():
    X, y, _ = table()
    losses = ["squared_error", Huber(delta=1.0), Pinball(quantile=0.4)]
    search = GridSearchCV(regressor(), {"loss": losses, "hidden_units": [0, 5]}, cv=3)
    search.fit(X, y)
    assert search.best_params_["loss"] in losses
    assert search.best_params_["hidden_units"] == 5
    pipe = make_pipeline(StandardScaler(), regressor())
    assert cross_val_score(pipe, X, y, cv=3).shape == (3,)
    logged = TransformedTargetRegressor(regressor(), func=np.log, inverse_func=np.exp)
    assert (logged.fit(X, np.exp(y)).predict(X) > 0).all()
    assert is_regressor(regressor())
    assert get_tags(regressor()).target_tags.multi_output
    assert not get_tags(regressor()).target_tags.positive_only
    assert get_tags(regressor(loss=Poisson())).target_tags.positive_only
    assert repr(regressor(loss=Pinball(quantile=0.4))).startswith(
        "ShallowNNRegressor(hidden_units=5, loss=Pinball(quantile=0.4)"
    )


def test_on_a_real_table():
    X, y = load_diabetes(return_X_y=True)
    for model in (ShallowNNRegressor(random_state=0), DeepNNRegressor(random_state=0)):
        assert cross_val_score(model, X, y, cv=4).mean() > 0.35
    for quantile in (0.1, 0.9):
        model = ShallowNNRegressor(loss=Pinball(quantile=quantile), random_state=0)
        below = (y[::2] <= model.fit(X[1::2], y[1::2]).predict(X[::2])).mean()
        assert below == pytest.approx(quantile, abs=0.12)


def test_a_regressor_is_stored_in_little_more_than_its_parameters():
    X, y, _ = table(2000)
    model = regressor(50, max_iter=2).fit(X, np.stack([y, y**2], axis=1))
    stored = pickle.dumps(model)
    assert len(stored) <= 1.5 * model.parameters_.theta.nbytes + 5000
    np.testing.assert_array_equal(pickle.loads(stored).predict(X), model.predict(X))


# --------------------------------------------------------------------------- bad input


X_BAD, Y_BAD, _ = table()
BAD = {
    "text": ({}, np.array(["a", "b"] * (M // 2)), "y is not made of numbers"),
    "text in objects": (
        {},
        np.array(["a", 1.0] * (M // 2), object),
        "could not convert",
    ),
    "digits as text": ({}, np.array(["1", "2"] * (M // 2)), "y is not made of numbers"),
    "nan": ({}, np.where(Y_BAD > 1, np.nan, Y_BAD), "NaN"),
    "infinity": ({}, np.where(Y_BAD > 1, np.inf, Y_BAD), "infinity"),
    "complex": ({}, Y_BAD + 1j, "[Cc]omplex"),
    "three dimensions": ({}, np.zeros((M, 2, 2)), "dim 3"),
    "fewer": ({}, Y_BAD[:-1], "inconsistent"),
    "negative counts": (
        {"loss": "poisson"},
        Y_BAD,
        "y reaches down to -.* and loss='poisson' takes targets of at least 0",
    ),
    "loss": ({"loss": "hinge"}, Y_BAD, "'loss' parameter of .* Got 'hinge' instead"),
    "loss of classes": ({"loss": "binary_cross_entropy"}, Y_BAD, "must be one of 'squ"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
@pytest.mark.parametrize("resume", [None, "fit", "partial_fit"])
def test_bad_targets(case, resume):
    settings, y, message = case
    model = regressor(warm_start=resume is not None)
    if resume is not None:
        good = np.abs(Y_BAD) if settings.get("loss") == "poisson" else Y_BAD
        loss = "poisson" if settings.get("loss") == "poisson" else "squared_error"
        model.set_params(loss=loss).fit(X_BAD, good)
        before = model.predict(X_BAD)
    with pytest.raises(ValueError, match=message):
        getattr(model.set_params(**settings), resume or "fit")(X_BAD, y)
    if resume is not None:
        np.testing.assert_array_equal(model.predict(X_BAD), before)


def test_other_columns_than_at_fit_are_refused():
    X, y, _ = table()
    Y = np.stack([y, -y], axis=1)
    one, two = regressor(warm_start=True).fit(X, y), regressor().fit(X, Y)
    with pytest.raises(ValueError, match="but the fit had one number for each row"):
        one.partial_fit(X, Y)
    with pytest.raises(ValueError, match=r"y has shape \(120,\), but the fit had 2"):
        two.partial_fit(X, y)
    with pytest.raises(ValueError, match="y_val has shape"):
        regressor().fit(X, y, X_val=X[:9], y_val=Y[:9])
    with pytest.raises(ValueError, match="Input y_val contains NaN in 9 of 9 rows"):
        regressor().fit(X, y, X_val=X[:9], y_val=np.full(9, np.nan))
    with pytest.raises(ValueError, match="y_val has 8 values for the 9 rows"):
        regressor().fit(X, Y, X_val=X[:9], y_val=Y[:8])


def test_another_loss_on_a_warm_start_is_refused():
    X, y, _ = table()
    model = regressor(loss=Huber(delta=1.0), warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"loss=Huber\(delta=1.0\).*loss='huber'"):
        model.set_params(loss="huber").fit(X, y)


@pytest.mark.parametrize("loss", [None, 3, Pinball, np.array([1])], ids=str)
def test_a_loss_that_is_none(loss):
    with pytest.raises(TypeError, match="The 'loss' parameter of ShallowNNRegressor"):
        regressor(loss=loss).fit(X_BAD, Y_BAD)


@pytest.mark.parametrize(
    ("sizes", "error"),
    [
        ((5, 0), ValueError),
        (-1, ValueError),
        ((5, -3), ValueError),
        (2.0, TypeError),
        ((5, 2.0), TypeError),
        ("100", TypeError),
        (None, TypeError),
        (True, TypeError),
        ((True, 2), TypeError),
        (np.ones((2, 2), int), TypeError),
    ],
    ids=str,
)
def test_bad_sizes(sizes, error):
    with pytest.raises(
        error, match="'hidden_layer_sizes' parameter of DeepNNRegressor"
    ):
        DeepNNRegressor(sizes).fit(X_BAD, Y_BAD)


def test_what_partial_fit_cannot_do_is_refused():
    with pytest.raises(ValueError, match="early_stopping=True is not supported"):
        regressor(early_stopping=True).partial_fit(X_BAD, Y_BAD)
    assert not hasattr(regressor(solver="lbfgs"), "partial_fit")


def test_large_targets_that_are_not_scaled_are_trained_in_float64():
    X, y, _ = table()
    model = regressor(loss="absolute_error", standardize=False, max_iter=3)
    X = X.astype(np.float32)
    assert model.fit(X, y * 1e250).parameters_.theta.dtype == np.float64
    assert model.fit(X, y).parameters_.theta.dtype == np.float32
    model.set_params(loss="squared_error")
    with pytest.raises(ValueError, match=r"The target reaches .*e\+300 and is not sc"):
        model.fit(X, y * 1e300)
    diverging = {"solver": "sgd", "learning_rate": 1e10, "schedule": "constant"}
    model.set_params(loss="absolute_error", alpha=1e300, **diverging)
    with pytest.warns(DivergenceWarning, match="The target reaches"):
        model.fit(X, y * 1e250)
