"""What each step of a network refuses, in one sentence that names the symbol."""

import numpy as np
import pytest

from sknn2 import (
    Cache,
    Network,
    Parameters,
    initialize,
    layer_backward,
    layer_forward,
    linear_backward,
    linear_forward,
)

W1, b1, A0 = np.ones((4, 3)), np.ones((4, 1)), np.ones((3, 6))
CACHE = layer_forward(A0, W1, b1, "tanh")[1]
NOT_NUMBERS = ("abc", None, object(), [[1, 2], [3]], 1j)
STEPS = {
    "linear_forward W": lambda a: linear_forward(A0, a, b1),
    "linear_forward A": lambda a: linear_forward(a, W1, b1),
    "layer_forward W": lambda a: layer_forward(A0, a, b1, "tanh"),
    "layer_forward b": lambda a: layer_forward(
        A0, W1, a if a is not None else 0, "tanh"
    ),
    "linear_backward dZ": lambda a: linear_backward(a, CACHE),
    "layer_backward dA": lambda a: layer_backward(a, CACHE, "tanh"),
    "layer_backward cache": lambda a: layer_backward(np.ones((4, 6)), a, "tanh"),
    "cache Z": lambda a: layer_backward(np.ones((4, 6)), Cache(A0, W1, b1, a), "tanh"),
    "forward X": lambda a: Network((3, 4, 1)).forward(a, initialize((3, 4, 1))),
    "forward parameters": lambda a: Network((3, 4, 1)).forward(A0, a),
    "cost Y": lambda a: Network((3, 4, 1)).cost(A0, a, initialize((3, 4, 1))),
    "cost w": lambda a: Network((3, 4, 1)).cost(
        A0, np.ones((1, 6)), initialize((3, 4, 1)), "x" if a is None else a
    ),
    "backward caches": lambda a: Network((3, 4, 1)).backward(np.ones((1, 6)), a),
    "units": lambda a: Network(a),
    "theta": lambda a: Parameters((3, 4, 1), 3 if a is None else a),
}


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


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "value",
    [*NOT_NUMBERS, 2.0, np.ones((7, 6)), np.ones(6), np.ones((4, 1, 6))],
    ids=lambda value: f"{type(value).__name__} {getattr(value, 'shape', '')}",
)
def test_each_step_refuses_what_does_not_fit_in_one_sentence(step, value):
    if step == "cost w" and isinstance(value, np.ndarray) and value.ndim == 1:
        value = value[1:]
    with pytest.raises((ValueError, TypeError)) as caught:
        STEPS[step](value)
    message = str(caught.value)
    assert "sknn2" in caught.traceback[-1].path.parts  # not from inside NumPy
    assert "expected" in message or "give" in message or "needs" in message
    assert len(message) > 20


def test_lists_are_arrays():
    Z = linear_forward(A0.tolist(), W1.tolist(), b1.tolist())
    assert np.array_equal(Z, linear_forward(A0, W1, b1))
    A, cache = layer_forward(A0.tolist(), W1.tolist(), b1.tolist(), "tanh")
    for given, expected in zip(
        layer_backward(A.tolist(), cache, "tanh"),
        layer_backward(A, CACHE, "tanh"),
        strict=True,
    ):
        assert np.array_equal(given, expected)
    net, parameters = Network((3, 4, 1)), initialize((3, 4, 1), rng=0)
    Y = np.ones((1, 6))
    assert net.cost(A0.tolist(), Y.tolist(), parameters, [1] * 6) == net.cost(
        A0, Y, parameters
    )


@pytest.mark.parametrize(
    ("loss", "n", "Y"),
    [
        ("binary_cross_entropy", 1, 7.0),
        ("binary_cross_entropy", 2, -0.1),
        ("binary_cross_entropy", 1, np.nan),
        ("categorical_cross_entropy", 3, 1.0),
        ("categorical_cross_entropy", 3, 0.0),
        ("poisson", 1, -1.0),
        ("squared_error", 1, np.inf),
    ],
)
def test_targets_that_a_loss_does_not_take(loss, n, Y):
    net = Network((3, 4, n), loss=loss)
    parameters = initialize(net.units, rng=0)
    caches = net.forward(A0, parameters)[1]
    for call in (
        lambda Y: net.cost(A0, Y, parameters),
        lambda Y: net.cost_and_gradient(A0, Y, parameters),
        lambda Y: net.backward(Y, caches),
    ):
        with pytest.raises(ValueError, match=r"of Y sums to|Y holds"):
            call(np.full((n, 6), Y))


def test_soft_targets_are_targets():
    net = Network((3, 4, 3), loss="categorical_cross_entropy")
    assert np.isfinite(net.cost(A0, np.full((3, 6), 1 / 3), initialize(net.units)))


@pytest.mark.parametrize("w", [[-1] + [1] * 5, [np.nan] + [1] * 5, [0] * 6])
def test_weights_that_are_none(w):
    net = Network((3, 4, 1))
    with pytest.raises(ValueError, match=r"^w holds"):
        net.cost(A0, np.ones((1, 6)), initialize(net.units), w)


@pytest.mark.parametrize("alpha", [-5, np.nan, "auto", None])
def test_penalties_that_are_none(alpha):
    net = Network((3, 4, 1))
    with pytest.raises((ValueError, TypeError), match=r"^alpha must be"):
        net.cost(A0, np.ones((1, 6)), initialize(net.units), None, alpha)
