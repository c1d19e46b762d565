"""What each step of the core refuses, in one sentence that names the symbol."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from sknn2 import (
    Cache,
    Network,
    Parameters,
    SquaredError,
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


def test_a_derivative_of_another_shape_is_not_broadcast():
    for shape in ((1, 6), (4, 1), (1, 1), (6, 4)):
        with pytest.raises(ValueError, match=r"dA\[l\] has shape .* = \(4, 6\)"):
            layer_backward(np.ones(shape), CACHE, "tanh")
        with pytest.raises(ValueError, match=r"dZ\[l\] has shape .* = \(4, 6\)"):
            linear_backward(np.ones(shape), CACHE)


def test_a_transposed_W_is_named():
    with pytest.raises(ValueError, match=r"^W\[l\] has shape \(3, 4\)"):
        linear_forward(A0, W1.T, b1)
    with pytest.raises(ValueError, match=r"W\[l\].* It looks transposed"):
        layer_forward(A0, W1.T, b1, "tanh")


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


@dataclass(frozen=True)
class FromTwo(SquaredError):
    """A loss of targets of at least 2."""

    lowest: ClassVar[float] = 2.0


def test_targets_below_the_lowest_of_a_loss_are_refused():
    network = Network((3, 1), loss=FromTwo())
    parameters = initialize(network.units, rng=0)
    assert network.cost(A0, np.full((1, 6), 2.0), parameters) >= 0
    with pytest.raises(ValueError, match=r"Y holds 1.9: .* finite and at least 2\."):
        network.cost(A0, np.full((1, 6), 1.9), parameters)
