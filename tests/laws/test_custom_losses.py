"""A loss of one's own in the regressors: trained on as those of the package are."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from sknn2 import (
    CustomLoss,
    DeepNNRegressor,
    RegressionLoss,
    ShallowNNRegressor,
    ShallowNNRegressorCV,
    check_gradient,
)

X = np.random.RandomState(0).standard_normal((60, 3))
Y = np.column_stack([X[:, 0] * X[:, 1], X[:, 2]]) + 10
FAST = {"max_iter": 5, "tol": None, "random_state": 0}


def half_square(Z, Y):
    return (Z - Y) ** 2 / 2, Z - Y


def log_cosh(Z, Y):
    return np.logaddexp(Z - Y, Y - Z) - np.log(2), np.tanh(Z - Y)


def wrong_sign(Z, Y):
    return (Z - Y) ** 2 / 2, Y - Z


class LogCosh(RegressionLoss):
    """The same on the public base."""

    name = "log_cosh"

    def loss_and_dZ(self, Z, Y, out=None, scratch=None):
        return log_cosh(Z, Y)


ESTIMATORS = [
    ShallowNNRegressor(5, **FAST),
    DeepNNRegressor((5, 4), **FAST),
    ShallowNNRegressor(5, solver="lbfgs", **FAST),
    ShallowNNRegressorCV(4, cv=2, alphas=[1.0], max_iter=5, random_state=0),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("model", ESTIMATORS, ids=str)
def test_it_is_the_loss_that_it_computes(model, dtype):
    w = np.linspace(0.5, 2, 60)
    expected = clone(model).fit(X.astype(dtype), Y, w).predict(X)
    own = clone(model).set_params(loss=CustomLoss(half_square))
    own.fit(X.astype(dtype), Y, w)
    rtol = 1e-3 if dtype == np.float32 else 1e-9
    np.testing.assert_allclose(own.predict(X), expected, rtol=rtol)
    again = pickle.loads(pickle.dumps(own))
    np.testing.assert_array_equal(again.predict(X), own.predict(X))


@pytest.mark.parametrize("model", ESTIMATORS[:2], ids=str)
@pytest.mark.parametrize("loss", [CustomLoss(log_cosh), LogCosh()])
def test_the_gradient_check_takes_it_and_finds_a_wrong_one(model, loss):
    model = clone(model).set_params(loss=loss, activation="tanh")
    assert check_gradient(model, X, Y).ok
    model.set_params(loss=CustomLoss(wrong_sign))
    assert not check_gradient(model, X, Y).ok


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda Z, Y: (Z - Y) ** 2, "expected two arrays"),
        (lambda Z, Y: (((Z - Y) ** 2).sum(), Z - Y), r"loss of shape \(\)"),
        (lambda Z, Y: ((Z - Y) ** 2, (Z - Y).sum(0)), r"dZ of shape \(.*for Z"),
    ],
)
def test_what_is_no_loss_is_refused(function, message):
    for model in ESTIMATORS:
        with pytest.raises((TypeError, ValueError), match=message):
            clone(model).set_params(loss=CustomLoss(function)).fit(X, Y)
