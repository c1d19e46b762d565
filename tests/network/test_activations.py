"""Activations: each backward is the derivative of its forward."""

import copy
import pickle

import numpy as np
import pytest
from reference import TANH_IN_DOUBLE, WRONG, G, sigmoid_exact, ulps

from sknn2 import (
    Activation,
    Network,
    check_gradient,
    initialize,
)
from sknn2.network.activations import ACTIVATIONS, find_activation
from sknn2.network.layers import layer_backward, layer_forward

DTYPES = [np.float32, np.float64]


def kept(g, Z):
    """Return what backward is given besides dA."""
    return Z if g.needs_Z else g.forward(Z)


def points(dtype=np.float64):
    """Values off the kink at 0, some large, as a (3, 8) array."""
    Z = np.random.RandomState(0).randn(3, 8)
    Z[0, :4] = -30, 30, -700, 700
    assert np.abs(Z).min() > 1e-3
    return Z.astype(dtype)


def test_registry():
    # Whoever adds an activation adds its formula to tests/reference.py.
    names = {*G, "logistic"}
    assert set(ACTIVATIONS) == names
    assert ACTIVATIONS["logistic"] is ACTIVATIONS["sigmoid"]
    for name in names - {"logistic"}:
        assert ACTIVATIONS[name].name == name
        assert repr(ACTIVATIONS[name]) == f"Activation({name!r})"


def test_find_activation():
    g = Activation("mine", None, None)
    assert find_activation(g) is g
    assert find_activation("relu") is ACTIVATIONS["relu"]
    with pytest.raises(ValueError, match="activation is 'swish', expected one of"):
        find_activation("swish")


@pytest.mark.parametrize("name", sorted(G))
def test_forward_and_backward_are_their_formulas(name):
    g, g_prime = G[name]
    Z = np.random.RandomState(0).randn(3, 8)
    dA = np.random.RandomState(1).randn(3, 8)
    A = ACTIVATIONS[name].forward(Z)
    np.testing.assert_allclose(A, g(Z), rtol=1e-13)
    dZ = ACTIVATIONS[name].backward(dA, kept(ACTIVATIONS[name], Z))
    np.testing.assert_allclose(dZ, dA * g_prime(Z), rtol=1e-12)


@pytest.mark.parametrize("name", sorted(G))
def test_backward_is_the_derivative_of_forward(name):
    g = ACTIVATIONS[name]
    Z = np.random.RandomState(0).randn(3, 8)
    h = 1e-5
    slope = (g.forward(Z + h) - g.forward(Z - h)) / (2 * h)
    np.testing.assert_allclose(
        g.backward(np.ones(Z.shape), kept(g, Z)), slope, rtol=1e-8
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_out_and_scratch_change_nothing(name, dtype):
    g, Z = ACTIVATIONS[name], points(dtype)
    dA = np.random.RandomState(1).randn(3, 8).astype(dtype)
    Z_before, dA_before = Z.copy(), dA.copy()
    A = g.forward(Z)
    dZ = g.backward(dA, kept(g, Z))
    assert A.dtype == dZ.dtype == dtype
    np.testing.assert_array_equal(Z, Z_before)
    np.testing.assert_array_equal(dA, dA_before)
    for in_place in (False, True):
        # Scratch comes with anything in it.
        scratch = np.full(Z.shape, np.nan, dtype)
        source = Z.copy()
        out = source if in_place else np.empty_like(Z)
        assert g.forward(source, out=out, scratch=scratch) is out
        np.testing.assert_array_equal(out, A)
        scratch = np.full(Z.shape, np.nan, dtype)
        A_out, source = kept(g, Z), dA.copy()
        out = source if in_place else np.empty_like(dA)
        assert g.backward(source, A_out, out=out, scratch=scratch) is out
        np.testing.assert_array_equal(out, dZ)
        np.testing.assert_array_equal(A_out, kept(g, Z))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_nothing_overflows(name, dtype):
    g = ACTIVATIONS[name]
    huge = np.array([[-1, 1]], dtype) * np.finfo(dtype).max / 8
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        A = g.forward(huge)
        dZ = g.backward(np.ones_like(A), kept(g, huge))
    assert np.isfinite(A).all()
    assert np.isfinite(dZ).all()


def test_relu_is_flat_at_zero():
    relu, zero = ACTIVATIONS["relu"], np.zeros((1, 1))
    assert relu.backward(np.ones((1, 1)), relu.forward(zero)) == 0


SOFTPLUS = Activation(
    "softplus",
    lambda Z, out=None, scratch=None: np.logaddexp(0, Z, out=out),
    lambda dA, A, out=None, scratch=None: np.multiply(dA, -np.expm1(-A), out=out),
)


def small_problem():
    rng = np.random.RandomState(0)
    return rng.randn(3, 6), rng.randint(0, 2, (1, 6)).astype(float)


def test_an_activation_of_ones_own():
    network = Network((3, 4, 4, 1), SOFTPLUS)
    X, Y = small_problem()
    parameters = initialize(network.units, rng=0)
    assert check_gradient(network, X, Y, parameters).ok
    W, b = parameters.W, parameters.b
    A = X
    for l in (1, 2):
        A = np.log1p(np.exp(W[l] @ A + b[l]))
    A = 1 / (1 + np.exp(-(W[3] @ A + b[3])))
    np.testing.assert_allclose(network.forward(X, parameters)[0], A, rtol=1e-13)


def test_an_activation_of_ones_own_that_does_not_write_to_out():
    # The shortest pair that a student writes returns new arrays. What it returns
    # must count, not what is left in out.
    plain = Activation(
        "plain",
        lambda Z, out=None, scratch=None: np.tanh(Z),
        lambda dA, A, out=None, scratch=None: dA * (1 - A**2),
    )
    X, Y = small_problem()
    parameters = initialize((3, 4, 4, 1), rng=0)
    J, gradient = Network((3, 4, 4, 1), plain).cost_and_gradient(X, Y, parameters)
    expected = Network((3, 4, 4, 1), "tanh").cost_and_gradient(X, Y, parameters)
    assert expected[0] == pytest.approx(J, rel=1e-14)
    np.testing.assert_allclose(gradient.theta, expected[1].theta, rtol=1e-12)


def swish(Z):
    return Z / (1 + np.exp(-Z))


def swish_backward(dA, Z):
    s = 1 / (1 + np.exp(-Z))
    return dA * (s + Z * s * (1 - s))


def test_the_shortest_pair_of_ones_own_and_one_that_needs_Z():
    pairs = {
        "tanh": Activation("mine", np.tanh, lambda dA, A: dA * (1 - A**2)),
        "silu": Activation("mine", swish, swish_backward, needs_Z=True),
    }
    X, Y = small_problem()
    parameters = initialize((3, 4, 4, 1), rng=0)
    for name, pair in pairs.items():
        J, gradient = Network((3, 4, 4, 1), pair).cost_and_gradient(X, Y, parameters)
        expected = Network((3, 4, 4, 1), name).cost_and_gradient(X, Y, parameters)
        assert expected[0] == pytest.approx(J, rel=1e-13)
        np.testing.assert_allclose(gradient.theta, expected[1].theta, rtol=1e-11)


def test_a_pair_of_ones_own_is_pickled_copied_and_compared():
    g = Activation("mine", np.tanh, swish_backward, needs_Z=True)
    for copied in (pickle.loads(pickle.dumps(g)), copy.deepcopy(g)):
        assert copied == g
        assert copied.needs_Z


def test_a_cache_without_Z_is_refused_where_Z_is_needed():
    A, cache = layer_forward(np.ones((2, 4)), np.ones((3, 2)), None, "silu")
    with pytest.raises(ValueError, match=r"no Z\[l\], and the activation 'silu' needs"):
        layer_backward(A, cache._replace(Z=None), "silu")


def double(**given):
    return Activation("mine", **(TANH_IN_DOUBLE | given))


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_activation_of_ones_own_may_compute_in_double(dtype):
    X, Y = (array.astype(dtype) for array in small_problem())
    parameters = initialize((3, 4, 4, 1), rng=0, dtype=dtype)
    J, gradient = Network((3, 4, 4, 1), double()).cost_and_gradient(X, Y, parameters)
    expected = Network((3, 4, 4, 1), "tanh").cost_and_gradient(X, Y, parameters)
    assert expected[0] == pytest.approx(J, rel=1e-6)
    assert gradient.theta.dtype == dtype
    np.testing.assert_allclose(gradient.theta, expected[1].theta, atol=1e-6)
    A, cache = layer_forward(X, parameters.W[1], parameters.b[1], double())
    assert A.dtype == dtype
    assert layer_backward(A, cache, double())[1].dtype == dtype


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_activation_is_refused_at_the_start_and_named(case):
    wrong = double(**WRONG[case])
    (which,) = WRONG[case]
    with pytest.raises((ValueError, TypeError), match=f"{which} of the .*'mine'"):
        Network((2, 3, 1), wrong)


def test_a_layer_alone_does_not_broadcast_what_an_activation_returns():
    wrong = double(**WRONG["mean"])
    with pytest.raises(ValueError, match="forward of the activation 'mine' returned"):
        layer_forward(np.ones((2, 4)), np.ones((3, 2)), np.zeros((3, 1)), wrong)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_sigmoid_is_right_at_both_ends(dtype):
    low = -103 if dtype == np.float32 else -744
    Z = np.concatenate([np.linspace(low, 45, 150), [-38, -34, -20, -17, 0]])
    Z = Z.astype(dtype)[np.newaxis]
    A, _ = layer_forward(Z, np.ones((1, 1), dtype), None, "sigmoid")
    assert ulps(A, [sigmoid_exact(z) for z in Z[0]]) <= 4
