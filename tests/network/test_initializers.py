"""Where training starts."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sknn2 import (
    DeepNNClassifier,
    DeepNNRegressor,
    Network,
    Parameters,
    ShallowNNClassifier,
    ShallowNNRegressor,
    initialize,
    train,
)
from sknn2.network.initializers import INITIALIZERS

UNITS = (200, 100, 50)
DEVIATION = {
    "small_normal": lambda n_prev, n: 0.01,
    "xavier": lambda n_prev, n: (2 / (n_prev + n)) ** 0.5,
    "he": lambda n_prev, n: (2 / n_prev) ** 0.5,
    "zeros": lambda n_prev, n: 0.0,
}


def test_registry():
    assert set(INITIALIZERS) == set(DEVIATION)


@pytest.mark.parametrize("init", sorted(DEVIATION))
def test_draws_in_order_and_scale(init):
    # W[1] before W[2], each row by row: the order of the course's randn.
    parameters = initialize(UNITS, init, np.random.RandomState(3))
    rng = np.random.RandomState(3)
    for l in (1, 2):
        n, n_prev = UNITS[l], UNITS[l - 1]
        expected = DEVIATION[init](n_prev, n) * rng.randn(n, n_prev)
        np.testing.assert_allclose(parameters.W[l], expected, rtol=1e-14)
        np.testing.assert_array_equal(parameters.b[l], 0)


@pytest.mark.parametrize("init", ["xavier", "he"])
def test_signals_keep_their_size(init):
    # What they are for: the variance of Z is that of A[l-1], or of its positive
    # half for relu, where the layers are of equal width.
    rng = np.random.RandomState(0)
    W = initialize((400, 400), init, 0).W[1]
    A = rng.randn(400, 200)
    if init == "he":
        A = np.maximum(A, 0)
    assert np.var(W @ A) == pytest.approx(1, rel=0.1)


def test_what_may_draw():
    expected = initialize(UNITS, "xavier", np.random.default_rng(5)).theta
    np.testing.assert_array_equal(initialize(UNITS, "xavier", 5).theta, expected)
    assert not np.array_equal(initialize(UNITS).theta, initialize(UNITS).theta)
    # A generator goes on, so two calls differ.
    rng = np.random.default_rng(5)
    np.testing.assert_array_equal(initialize(UNITS, rng=rng).theta, expected)
    assert not np.array_equal(initialize(UNITS, rng=rng).theta, expected)


@pytest.mark.parametrize("init", sorted(DEVIATION))
def test_precision_does_not_change_the_draws(init):
    double = initialize(UNITS, init, 0).theta
    single = initialize(UNITS, init, 0, np.float32).theta
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, double.astype(np.float32))


def test_unknown_name():
    with pytest.raises(ValueError, match="init is 'ones', expected one of") as caught:
        initialize(UNITS, "ones")
    assert all(repr(name) in str(caught.value) for name in DEVIATION)


def equal(units, value=0.5, n_equal=None):
    """Parameters in which the first units of each hidden layer are equal."""
    parameters = initialize(units, rng=0)
    for W in parameters.W[1:]:
        W[:n_equal] = value
        W[:, :n_equal] = value
    return parameters


def table():
    X = np.random.RandomState(0).randn(40, 3)
    return X, (X[:, 0] > 0).astype(float)


STARTS = {
    "zeros": lambda units: "zeros",
    "equal rows": equal,
    "two of them": lambda units: equal(units, n_equal=2),
    "underflow": lambda units: Parameters(
        units, initialize(units, "small_normal", 0).theta * 1e-323
    ),
}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize(
    "cls", [ShallowNNClassifier, DeepNNClassifier, ShallowNNRegressor, DeepNNRegressor]
)
def test_units_that_stay_equal_are_warned_of_once(cls, activation, solver, start):
    X, y = table()
    deep = cls.__name__.startswith("Deep")
    units = (3, 4, 4, 1) if deep else (3, 4, 1)
    model = cls((4, 4) if deep else 4, activation=activation, solver=solver)
    model.set_params(init=STARTS[start](units), max_iter=3, tol=None, random_state=0)
    for warm_start in (False, True):
        model.set_params(warm_start=warm_start)
        with pytest.warns(UserWarning, match=r"units of layer 1 .*init='auto'") as w:
            model.fit(X, y)
        assert len(w) == 1
        assert w[0].filename == __file__
    model.set_params(warm_start=False, init="auto").fit(X, y)


def test_partial_fit_warns_once_and_train_does():
    X, y = table()
    model = ShallowNNClassifier(4, init="zeros")
    with pytest.warns(UserWarning, match="Hidden units of layer 1 had equal weights"):
        model.partial_fit(X, y, classes=[0, 1])
    model.partial_fit(X, y)
    network = Network((3, 4, 1))
    with pytest.warns(UserWarning, match="compute no more than 1 would") as w:
        train(network, X.T, y[None], initialize(network.units, "zeros"), max_iter=3)
    assert w[0].filename == __file__
    train(network, X.T, y[None], max_iter=3)


def test_units_that_differ_behind_are_not_warned_of():
    # Equal weights in front, but not behind: the gradients differ from the first step.
    X, y = table()
    parameters = initialize((3, 4, 1), rng=0)
    parameters.W[1][:] = 0.5
    model = ShallowNNClassifier(4, activation="tanh", init=parameters, random_state=0)
    model.set_params(alpha=0.01).fit(X, y)
    with pytest.warns(ConvergenceWarning, match=r"layer 1 are 0: take init='auto'"):
        ShallowNNClassifier(1, init="zeros", max_iter=3, tol=None).fit(X, y)
    ShallowNNClassifier(0, init="zeros", max_iter=3, tol=None).fit(X, y)


@pytest.mark.parametrize("init", INITIALIZERS)
def test_no_initial_number_is_minus_zero(init):
    theta = initialize((5, 8, 3), init, rng=0).theta
    assert not np.signbit(theta[theta == 0]).any()


@pytest.mark.parametrize("rng", [-1, 2.5, "a"])
def test_an_rng_that_is_none(rng):
    with pytest.raises(ValueError, match=r"^rng is"):
        initialize((2, 1), rng=rng)
