"""Where training starts."""

import numpy as np
import pytest

from sknn2 import (
    initialize,
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


@pytest.mark.parametrize("init", INITIALIZERS)
def test_no_initial_number_is_minus_zero(init):
    theta = initialize((5, 8, 3), init, rng=0).theta
    assert not np.signbit(theta[theta == 0]).any()


@pytest.mark.parametrize("rng", [-1, 2.5, "a"])
def test_an_rng_that_is_none(rng):
    with pytest.raises(ValueError, match=r"^rng is"):
        initialize((2, 1), rng=rng)
