"""The network: forward, cost, backward, against the unrolled equations."""

import itertools
import pickle

import numpy as np
import pytest
import reference
from scipy.special import expit, softmax

from sknn2 import (
    Activation,
    Cache,
    Network,
    Parameters,
    initialize,
    layer_backward,
    layer_forward,
    linear_backward,
    linear_forward,
)
from sknn2.network.activations import find_activation
from sknn2.network.losses import LOSSES

ACTIVATIONS = sorted(reference.G)
OUTPUTS = {1: "binary_cross_entropy", 3: "categorical_cross_entropy"}
# Outputs of the network -> hidden layers by the number of layers L.
HIDDEN = {1: (), 2: (4,), 3: (4, 3), 4: (3, 4, 2)}

each_activation = pytest.mark.parametrize("activation", ACTIVATIONS)
each_loss = pytest.mark.parametrize("n_out", OUTPUTS, ids=OUTPUTS.values())
each_depth = pytest.mark.parametrize("L", HIDDEN, ids=lambda L: f"L{L}")


def problem(activation, n_out, L, weighted=True, m=6):
    """Return the network, X, Y, w and parameters, of order 1 and off the kinks."""
    units = (3, *HIDDEN[L], n_out)
    X, Y, W, b, w = reference.draw(units, m, activation, seed=L)
    parameters = Parameters.from_arrays(W, b)
    return Network(units, activation), X, Y, w if weighted else None, parameters


def lists(parameters):
    """Return W and b as lists of the layers."""
    return parameters.W[1:], parameters.b[1:]


def relative_error(a, b):
    return np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))


@each_activation
@each_loss
@each_depth
@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("alpha", [0.0, 0.7], ids=["plain", "penalty"])
def test_gradient_against_central_differences(activation, n_out, L, weighted, alpha):
    # The differences are those of a cost that is written independently.
    network, X, Y, w, parameters = problem(activation, n_out, L, weighted)
    J, gradient = network.cost_and_gradient(X, Y, parameters, w, alpha)

    def cost():
        return reference.deep_cost(X, Y, *lists(parameters), activation, w, alpha)

    assert pytest.approx(cost(), rel=1e-12) == J
    assert network.cost(X, Y, parameters, w, alpha) == J
    numerical, h = np.empty(parameters.theta.size), 6e-6
    for i, value in enumerate(parameters.theta):
        parameters.theta[i] = value + h
        up = cost()
        parameters.theta[i] = value - h
        numerical[i] = (up - cost()) / (2 * h)
        parameters.theta[i] = value
    assert relative_error(gradient.theta, numerical) <= 1e-7


@each_activation
@each_loss
@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("alpha", [0.0, 0.7], ids=["plain", "penalty"])
def test_two_layers_are_the_unrolled_equations(activation, n_out, weighted, alpha):
    network, X, Y, w, parameters = problem(activation, n_out, 2, weighted)
    (W1, W2), (b1, b2) = lists(parameters)
    args = X, Y, W1, b1, W2, b2, activation, w, alpha
    _, A1, Z2, A2 = reference.forward(X, W1, b1, W2, b2, activation)
    A, caches = network.forward(X, parameters)
    np.testing.assert_allclose(A, A2, rtol=1e-12)
    np.testing.assert_allclose(caches[1].A, A1, rtol=1e-12)
    np.testing.assert_allclose(caches[2].Z, Z2, rtol=1e-12)
    J, gradient = network.cost_and_gradient(X, Y, parameters, w, alpha)
    assert pytest.approx(reference.cost(*args), rel=1e-13) == J
    _, dW2, db2, _, dW1, db1 = reference.gradients(*args)
    for own, expected in zip(
        (gradient.W[1], gradient.b[1], gradient.W[2], gradient.b[2]),
        (dW1, db1, dW2, db2),
        strict=True,
    ):
        np.testing.assert_allclose(own, expected, rtol=1e-11, atol=1e-14)


@each_activation
@each_loss
@each_depth
def test_a_loop_over_layers_equals_the_network(activation, n_out, L):
    network, X, Y, w, parameters = problem(activation, n_out, L)
    W, b = parameters.W, parameters.b
    A, caches = X, [None]
    for l in range(1, L):
        A, cache = layer_forward(A, W[l], b[l], activation)
        assert cache.Z is not None
        assert cache.A is A or activation == "identity"
        caches.append(cache)
    Z = linear_forward(A, W[L], b[L])
    caches.append(Cache(A, W[L], b[L], Z))
    A_out = expit(Z) if n_out == 1 else softmax(Z, axis=0)
    A_network, network_caches = network.forward(X, parameters)
    np.testing.assert_allclose(A_network, A_out, rtol=1e-12, atol=1e-14)
    assert len(network_caches) == L + 1
    assert network_caches[0] is None
    for l in range(1, L):
        np.testing.assert_allclose(network_caches[l].A, caches[l].A, rtol=1e-12)
    for weights in (None, w):
        dZ = (A_out - Y) if weights is None else (A_out - Y) * weights
        gradient = network.backward(Y, network_caches, weights)
        # Caches that a reader's own loop made serve as well.
        own = network.backward(Y, caches, weights)
        np.testing.assert_array_equal(own.theta, gradient.theta)
        dA, dW, db = linear_backward(dZ, caches[L])
        for l in range(L, 0, -1):
            assert dA.shape == caches[l].A_prev.shape
            assert dW.shape == W[l].shape
            assert db.shape == b[l].shape
            assert relative_error(gradient.W[l], dW) < 1e-12
            assert relative_error(gradient.b[l], db) < 1e-12
            if l > 1:
                dA, dW, db = layer_backward(dA, caches[l - 1], activation)
        # Sums; the 1/S comes with the cost.
        _, mean = network.cost_and_gradient(X, Y, parameters, weights)
        S = X.shape[1] if weights is None else weights.sum()
        np.testing.assert_allclose(gradient.theta / S, mean.theta, rtol=1e-12)


def test_the_literal_start_gives_the_gradient_of_the_fused_one():
    # dA[L] = -(Y/A - (1-Y)/(1-A)) and one more step back through a sigmoid, with
    # caches that a student made: Cache(A_prev, W, b, Z) is enough.
    network, X, Y, _, parameters = problem("tanh", 1, 2)
    (W1, W2), (b1, b2) = lists(parameters)
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = expit(Z2)
    dA2 = -(Y / A2 - (1 - Y) / (1 - A2))
    dA1, dW2, db2 = layer_backward(dA2, Cache(A1, W2, b2, Z2), "sigmoid")
    dX, dW1, db1 = layer_backward(dA1, Cache(X, W1, b1, Z1), "tanh")
    gradient = network.backward(Y, network.forward(X, parameters)[1])
    np.testing.assert_allclose(gradient.W[2], dW2, rtol=1e-11)
    np.testing.assert_allclose(gradient.b[2], db2, rtol=1e-11)
    np.testing.assert_allclose(gradient.W[1], dW1, rtol=1e-11)
    np.testing.assert_allclose(gradient.b[1], db1, rtol=1e-11)
    assert dX.shape == X.shape
    np.testing.assert_allclose(network.loss.dA(A2, Y), dA2, rtol=1e-15)


def test_the_derivative_by_the_input():
    network, X, Y, _, parameters = problem("tanh", 3, 2)
    (W1, W2), (b1, b2) = lists(parameters)
    A1, cache1 = layer_forward(X, W1, b1, "tanh")
    A2 = softmax(W2 @ A1 + b2, axis=0)
    dA1, _, _ = linear_backward(A2 - Y, Cache(A1, W2, b2))
    dX, _, _ = layer_backward(dA1, cache1, "tanh")
    numerical, h, m = np.empty_like(X), 6e-6, X.shape[1]
    for index in np.ndindex(X.shape):
        up, down = X.copy(), X.copy()
        up[index] += h
        down[index] -= h
        difference = network.cost(up, Y, parameters) - network.cost(down, Y, parameters)
        numerical[index] = m * difference / (2 * h)
    assert relative_error(dX, numerical) < 1e-8


@each_loss
@each_depth
def test_float32_stays_float32(n_out, L):
    network, X, Y, w, parameters = problem("tanh", n_out, L)
    single = Parameters(parameters.units, parameters.theta.astype(np.float32))
    J, expected = network.cost_and_gradient(X, Y, parameters, w, 0.5)
    # The parameters say the precision, whatever X, Y and w come in.
    for dtype in (np.float32, np.float64):
        X_, Y_, w_ = X.astype(dtype), Y.astype(dtype), w.astype(dtype)
        A, caches = network.forward(X_, single)
        assert A.dtype == np.float32
        J_single, gradient = network.cost_and_gradient(X_, Y_, single, w_, 0.5)
        assert gradient.theta.dtype == np.float32
        assert J_single == pytest.approx(J, rel=1e-5)
        assert relative_error(gradient.theta, expected.theta) < 1e-5
        sums = network.backward(Y_, caches, w_)
        assert sums.theta.dtype == np.float32
        expected_sums = network.backward(Y, network.forward(X, parameters)[1], w)
        assert relative_error(sums.theta, expected_sums.theta) < 1e-5


@each_loss
def test_targets_may_be_integers(n_out):
    network, X, Y, _, parameters = problem("tanh", n_out, 2)
    J, gradient = network.cost_and_gradient(X, Y, parameters)
    J_int, gradient_int = network.cost_and_gradient(X, Y.astype(int), parameters)
    assert J_int == J
    np.testing.assert_array_equal(gradient_int.theta, gradient.theta)
    _, caches = network.forward(X, parameters)
    np.testing.assert_array_equal(
        network.backward(Y.astype(int), caches).theta, network.backward(Y, caches).theta
    )


@each_loss
@each_depth
def test_nothing_handed_in_is_changed(n_out, L):
    network, X, Y, w, parameters = problem("relu", n_out, L)
    arrays = X, Y, w, parameters.theta
    before = [a.copy() for a in arrays]
    for a in (X, Y, w):
        a.flags.writeable = False
    A, caches = network.forward(X, parameters)
    kept = A.copy()
    network.backward(Y, caches, w)
    first = network.backward(Y, caches, w).theta
    network.cost_and_gradient(X, Y, parameters, w, 1.0)
    # Caches may be used again, too.
    np.testing.assert_array_equal(network.backward(Y, caches, w).theta, first)
    np.testing.assert_array_equal(A, kept)
    for a, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, old)


@each_loss
def test_layout_of_X_and_Y_does_not_matter(n_out):
    network, X, Y, w, parameters = problem("tanh", n_out, 3)
    J, gradient = network.cost_and_gradient(X, Y, parameters, w)
    for X_, Y_ in itertools.product(
        (np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2]),
        (np.asfortranarray(Y), np.repeat(Y, 2, axis=1)[:, ::2]),
    ):
        J_, gradient_ = network.cost_and_gradient(X_, Y_, parameters, w)
        assert pytest.approx(J, rel=1e-14) == J_
        np.testing.assert_allclose(gradient_.theta, gradient.theta, rtol=1e-12)


@each_loss
def test_weights_count_examples(n_out):
    network, X, Y, _, parameters = problem("tanh", n_out, 2)
    k = np.array([1, 0, 2, 3, 1, 0])
    X_k, Y_k = np.repeat(X, k, axis=1), np.repeat(Y, k, axis=1)
    J, gradient = network.cost_and_gradient(X, Y, parameters, k.astype(float), 0.5)
    J_k, gradient_k = network.cost_and_gradient(X_k, Y_k, parameters, None, 0.5)
    assert pytest.approx(J_k, rel=1e-13) == J
    np.testing.assert_allclose(gradient.theta, gradient_k.theta, rtol=1e-12, atol=1e-14)


def test_penalty_spares_the_biases():
    network, X, Y, _, parameters = problem("tanh", 1, 3)
    J, plain = network.cost_and_gradient(X, Y, parameters)
    J_penalty, gradient = network.cost_and_gradient(X, Y, parameters, alpha=2.0)
    m = X.shape[1]
    squares = sum(np.sum(W**2) for W in parameters.W[1:])
    assert J_penalty == pytest.approx(J + squares / m, rel=1e-13)
    for l in (1, 2, 3):
        np.testing.assert_array_equal(gradient.b[l], plain.b[l])
        np.testing.assert_allclose(
            gradient.W[l] - plain.W[l], 2 * parameters.W[l] / m, rtol=1e-10, atol=1e-14
        )


@pytest.mark.parametrize("one_out", [True, False], ids=["binary", "softmax"])
def test_logistic_is_sigmoid(one_out):
    network, X, Y, _, parameters = problem("sigmoid", 1 if one_out else 3, 2)
    other = Network(network.units, "logistic")
    assert other.cost(X, Y, parameters) == network.cost(X, Y, parameters)
    assert other == network


def test_what_a_network_is():
    network = Network([2, 4, 1])
    assert network.units == (2, 4, 1)
    assert network.activation is find_activation("tanh")
    assert network.loss is LOSSES["binary_cross_entropy"]
    assert Network((2, 4, 3)).loss is LOSSES["categorical_cross_entropy"]
    assert repr(network) == (
        "Network((2, 4, 1), activation='tanh', loss='binary_cross_entropy')"
    )
    assert network == Network((2, 4, 1), "tanh", "binary_cross_entropy")
    assert hash(network) == hash(Network((2, 4, 1)))
    for other in (Network((2, 4, 3)), Network((2, 4, 1), "relu"), "network"):
        assert network != other


def test_a_network_pickles():
    for activation in ACTIVATIONS:
        network = Network((2, 4, 1), activation)
        assert pickle.loads(pickle.dumps(network)) == network


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((2, 4, 1), "swish"), "activation is 'swish', expected one of ["),
        (((2, 4, 1), "tanh", "hinge"), "loss is 'hinge', expected one of ["),
        (
            ((2, 4, 1), "tanh", "categorical_cross_entropy"),
            "loss is 'categorical_cross_entropy' with n[L] = 1: it has one output for",
        ),
        (((2,),), "units = (2,): give (n[0], ..., n[L])"),
    ],
    ids=["activation", "loss", "categorical", "units"],
)
def test_a_network_that_cannot_be(arguments, message):
    with pytest.raises(ValueError) as caught:
        Network(*arguments)
    assert str(caught.value).startswith(message)


def zeros(*shape):
    return np.zeros(shape)


@pytest.mark.parametrize(
    ("X", "Y", "units", "message"),
    [
        pytest.param(
            zeros(2, 6),
            zeros(1, 6),
            (3, 4, 1),
            "W[1] has shape (4, 3), expected (n[1], n[0]) = (4, 2)",
            id="W1",
        ),
        pytest.param(
            zeros(2, 6),
            zeros(1, 6),
            (2, 5, 1),
            "W[1] has shape (5, 2), expected (n[1], n[0]) = (4, 2)",
            id="n1",
        ),
        pytest.param(
            zeros(2, 6),
            zeros(1, 6),
            (2, 4, 2),
            "W[2] has shape (2, 4), expected (n[2], n[1]) = (1, 4)",
            id="W2",
        ),
        pytest.param(
            zeros(2, 6),
            zeros(1, 6),
            (2, 4, 3, 1),
            "W and b have 3 layers, expected L = 2 for units = (2, 4, 1).",
            id="layers",
        ),
        *(
            pytest.param(
                zeros(*shape),
                zeros(1, 6),
                (2, 4, 1),
                f"X has shape {shape}, expected (n[0], m) = (2, m) with m >= 1: one "
                "column per example.",
                id=f"X{shape}",
            )
            for shape in ((6, 2), (2,), (2, 0), (1, 2, 6))
        ),
        *(
            pytest.param(
                zeros(2, 6),
                zeros(*shape),
                (2, 4, 1),
                f"Y has shape {shape}, expected (n[L], m) = (1, 6): one column per "
                "example.",
                id=f"Y{shape}",
            )
            for shape in ((6,), (6, 1), (2, 6), (1, 5))
        ),
    ],
)
def test_errors_of_shape_teach(X, Y, units, message):
    network, parameters = Network((2, 4, 1)), Parameters(units)
    calls = [
        lambda: network.cost(X, Y, parameters),
        lambda: network.cost_and_gradient(X, Y, parameters),
    ]
    if message.startswith("Y"):
        _, caches = network.forward(X, parameters)
        calls.append(lambda: network.backward(Y, caches))
    else:
        calls.append(lambda: network.forward(X, parameters))
    for call in calls:
        with pytest.raises(ValueError) as caught:
            call()
        assert str(caught.value) == message


@pytest.mark.parametrize("shape", [(1,), (5,), (6, 1), (1, 6), ()], ids=str)
def test_weights_of_another_shape_are_refused(shape):
    # One weight too few must not be spread over all examples.
    network, X, Y, _, parameters = problem("tanh", 1, 2)
    with pytest.raises(ValueError, match="w has shape"):
        network.cost(X, Y, parameters, np.ones(shape))


def test_an_initial_symmetry_is_never_broken():
    network, X, Y, _, _ = problem("tanh", 1, 2)
    parameters = initialize(network.units, "zeros")
    for _ in range(20):
        _, gradient = network.cost_and_gradient(X, Y, parameters)
        parameters.theta -= 0.5 * gradient.theta
        assert np.ptp(parameters.W[1], axis=0).max() == 0
        assert np.ptp(parameters.W[2]) == 0


def test_an_activation_object_is_taken_as_it_is():
    g = Activation(
        "mine", find_activation("tanh").forward, find_activation("tanh").backward
    )
    network, X, Y, _, parameters = problem("tanh", 1, 3)
    mine = Network(network.units, g)
    assert mine.activation is g
    assert mine.cost(X, Y, parameters) == network.cost(X, Y, parameters)
    A, _ = layer_forward(X, parameters.W[1], parameters.b[1], g)
    np.testing.assert_allclose(A, np.tanh(parameters.W[1] @ X + parameters.b[1]))
