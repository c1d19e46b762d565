"""Counts of every size as targets of the estimators."""

import re
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import (
    d2_tweedie_score,
    mean_poisson_deviance,
)

from sknn2 import (
    ShallowNNRegressor,
)

DTYPES = [np.float32, np.float64]


def counts(scale=1.0):
    rng = np.random.RandomState(0)
    X = rng.randn(300, 3)
    return X, scale * rng.poisson(np.exp(1 + 0.5 * X[:, 0]))


@pytest.mark.parametrize("constant", [0.0, 7.0, 1e6])
@pytest.mark.parametrize("alone", [True, False])
def test_a_constant_count_is_predicted_as_it_is(constant, alone):
    X, y = counts()
    Y = np.full(300, constant) if alone else np.c_[np.full(300, constant), y]
    model = ShallowNNRegressor(5, loss="poisson", random_state=0).fit(X, Y)
    A = model.predict(X + 3)
    A = A.reshape(300, -1)
    np.testing.assert_allclose(A[:, 0], constant, rtol=1e-15, atol=1e-300)
    assert (A > 0).all()
    hidden = np.maximum((X + 3) @ model.coefs_[0] + model.intercepts_[0], 0)
    Z = hidden @ model.coefs_[1] + model.intercepts_[1]
    np.testing.assert_allclose(np.exp(Z), A, rtol=1e-10)


def test_a_count_that_is_constant_at_first_is_learnt_when_it_varies():
    X, y = counts()
    model = ShallowNNRegressor(20, loss="poisson", random_state=0)
    model.partial_fit(X[:20], np.full(20, 1000.0))
    np.testing.assert_array_equal(model.predict(X), 1000)
    model.partial_fit(X[:100], 1000 + 20 * y[:100])
    assert (abs(np.log(model.predict(X) / 1000)) < 2).all()
    for _ in range(60):
        model.partial_fit(X, 100 * y)
    assert d2_tweedie_score(100 * y, model.predict(X), power=1) > 0.35


def test_an_output_of_few_counts_is_learnt_beside_one_of_many():
    X, y = counts()
    many = np.random.RandomState(1).poisson(1e5 * np.exp(0.3 * X[:, 1]))
    model = ShallowNNRegressor(20, loss="poisson", random_state=0)
    A = model.fit(X, np.c_[y, many]).predict(X)
    assert d2_tweedie_score(y, A[:, 0], power=1) > 0.35
    assert d2_tweedie_score(many, A[:, 1], power=1) > 0.95


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale", [1e13, 1e25, 1e90])
def test_large_counts_are_learnt_in_either_precision(scale, dtype):
    X, y = counts(scale)
    model = ShallowNNRegressor(20, loss="poisson", alpha=0, random_state=0)
    A = model.fit(X.astype(dtype), y).predict(X.astype(dtype))
    assert d2_tweedie_score(y / scale, A / scale, power=1) > 0.35


def test_counts_beyond_any_precision_are_refused():
    X, y = counts(1e150)
    with pytest.raises(ValueError, match=r"y reaches .*\+15\d, and loss='poisson'"):
        ShallowNNRegressor(loss="poisson").fit(X, y)
    single = ShallowNNRegressor(loss="poisson").partial_fit(
        X.astype(np.float32), y / 1e150
    )
    with pytest.raises(ValueError, match=r"y reaches .*too large for the float32"):
        single.partial_fit(X.astype(np.float32), y / 1e120)


def heavy_tails(seed):
    rng = np.random.RandomState(seed)
    X = rng.pareto(1, (600, 4))
    return X, rng.poisson(np.exp(1 + np.tanh(X[:, 0] - np.median(X[:, 0]))))


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_columns_of_heavy_tails_are_learnt_from_or_warned_of(solver, seed):
    X, y = heavy_tails(seed)
    model = ShallowNNRegressor(loss="poisson", solver=solver, random_state=seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    assert all(issubclass(w.category, ConvergenceWarning) for w in caught)
    start = mean_poisson_deviance(y, np.full(600, y.mean()))
    if caught and solver == "adam":
        advised = float(re.search(r"try (\S+)\.$", str(caught[0].message)).group(1))
        model.set_params(learning_rate=advised).fit(X, y)
    if solver == "adam" or not caught:
        assert mean_poisson_deviance(y, model.predict(X)) < 1.2 * start
