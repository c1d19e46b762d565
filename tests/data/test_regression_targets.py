"""Numbers as targets: their scale, shape and precision."""

import numpy as np
import pytest
from sklearn.metrics import (
    r2_score,
)

from sknn2 import (
    Pinball,
    ShallowNNRegressor,
)
from sknn2.network.losses import REGRESSION_LOSSES

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


@pytest.mark.parametrize("loss", [*REGRESSION_LOSSES, Pinball(quantile=0.9)], ids=str)
def test_a_constant_target_is_predicted_as_it_is(loss):
    X, _, _ = table()
    solver = "lbfgs" if loss == "poisson" else "adam"
    model = regressor(loss=loss, solver=solver).fit(X, np.full(M, 0.1))
    if loss == "poisson":  # whose target is not scaled: it has to be learnt
        np.testing.assert_allclose(model.predict(X), 0.1, rtol=0.01)
    else:
        assert (model.predict(100 * X) == 0.1).all()


def test_outputs_are_scaled_each_on_its_own():
    X, y, _ = table()
    Y = np.stack([y, 1e6 + 1e3 * y, np.full(M, -4.0)], axis=1)
    model = regressor(20, max_iter=100).fit(X, Y)
    P = model.predict(X)
    assert P.shape == (M, 3)
    assert (P[:, 2] == -4.0).all()
    for k in (0, 1):
        assert r2_score(Y[:, k], P[:, k]) > 0.5
    scale = model.target_standardization_
    np.testing.assert_allclose(scale.mean, Y.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(scale.deviation, Y.std(axis=0), rtol=1e-9)
    assert model.n_outputs_ == 3


def test_the_statistics_of_the_target_are_weighted():
    X, y, w = table()
    scale = regressor().fit(X, y, w).target_standardization_
    mean = np.average(y, weights=w)
    assert scale.mean[0] == pytest.approx(mean, rel=1e-12)
    assert scale.deviation[0] == pytest.approx(
        np.sqrt(np.average((y - mean) ** 2, weights=w)), rel=1e-12
    )


def test_a_target_of_two_values_is_scaled_by_its_deviation():
    X, y, _ = table()
    rare = np.where(y > np.quantile(y, 0.9), 5.0, 2.0)
    model = regressor().fit(X, rare)
    assert model.target_standardization_.scale[0] == pytest.approx(rare.std())
    Z = (model.predict(X) - rare.mean()) / rare.std()
    layers = zip(model.parameters_.W[1:], model.parameters_.b[1:], strict=True)
    (W1, b1), (W2, b2) = layers
    A1 = np.maximum(W1 @ ((X - X.mean(axis=0)) / X.std(axis=0)).T + b1, 0)
    np.testing.assert_allclose((W2 @ A1 + b2).ravel(), Z, rtol=1e-9, atol=1e-9)


def test_predictions_have_the_shape_of_y():
    X, y, _ = table()
    Y = np.stack([y, -y], axis=1)
    assert regressor().fit(X, y).predict(X).shape == (M,)
    assert regressor().fit(X, Y).predict(X).shape == (M, 2)
    assert regressor().fit(X, Y).predict(X).flags.c_contiguous


@pytest.mark.parametrize("X_dtype", [np.float32, np.float64])
@pytest.mark.parametrize("y_dtype", [np.float32, np.float64, np.int64, bool])
def test_predictions_have_the_precision_of_y(X_dtype, y_dtype):
    X, y, _ = table()
    y = (10 * y).astype(y_dtype)
    model = regressor().fit(X.astype(X_dtype), y)
    expected = np.float32 if y_dtype is np.float32 else np.float64
    assert model.predict(X.astype(X_dtype)).dtype == expected
    assert model.parameters_.theta.dtype == X_dtype


def test_integers_are_numbers():
    X, y, _ = table()
    y = (10 * y).astype(int)
    np.testing.assert_array_equal(
        regressor().fit(X, y).predict(X), regressor().fit(X, y.astype(float)).predict(X)
    )
