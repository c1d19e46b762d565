"""The functions of one layer, and one numbering of the six equations."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
import reference

from sknn2 import (
    Cache,
    layer_backward,
    layer_forward,
    linear_backward,
    linear_forward,
)
from sknn2.network import ensemble, layers
from sknn2.network.activations import find_activation

ROOT = Path(__file__).parents[2]
NUMBERS = {"Z": 1, "A": 2, "dZ": 3, "dW": 4, "db": 5, "dA": 6}

each_activation = pytest.mark.parametrize("activation", sorted(reference.G))


def zeros(*shape):
    return np.zeros(shape)


def test_each_line_of_code_has_the_number_of_its_equation():
    code = inspect.getsource(layers)
    found = dict(re.findall(r"^ +(\w+) = .*  # \((\d)\)$", code, flags=re.M))
    assert {k.replace("_prev", ""): int(n) for k, n in found.items()} == NUMBERS


def test_the_pages_and_the_example_number_as_the_module():
    (equations,) = re.findall(r"    forward  .*?\(6\)\n", layers.__doc__, flags=re.S)
    assert equations in (ROOT / "docs/conventions.rst").read_text("utf-8")
    example = (ROOT / "examples/one_pass_by_hand.py").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    for text in (example, ensemble.__doc__, readme):
        found = re.findall(r"\((\d)\) +(d?[A-Za-z])\[", text)
        assert {int(number) for number, _ in found} == set(NUMBERS.values())
        assert all(NUMBERS[symbol] == int(number) for number, symbol in found)


W1, b1, A0 = np.ones((4, 3)), np.ones((4, 1)), np.ones((3, 6))
CACHE = layer_forward(A0, W1, b1, "tanh")[1]


def test_to_input_leaves_out_the_derivative_by_the_input():
    rng = np.random.RandomState(0)
    A_prev, W, b, dA = (
        rng.randn(3, 5),
        rng.randn(4, 3),
        rng.randn(4, 1),
        rng.randn(4, 5),
    )
    _, cache = layer_forward(A_prev, W, b, "tanh")
    full = layer_backward(dA, cache, "tanh")
    dA_prev, dW, db = layer_backward(dA, cache, "tanh", to_input=False)
    assert dA_prev is None
    np.testing.assert_array_equal(dW, full[1])
    np.testing.assert_array_equal(db, full[2])


@each_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_out_changes_nothing(activation, dtype):
    rng = np.random.RandomState(0)
    A_prev = rng.randn(4, 5).astype(dtype)
    W, dA = rng.randn(3, 4).astype(dtype), rng.randn(3, 5).astype(dtype)
    arguments = A_prev.copy(), W.copy(), dA.copy()
    A, cache = layer_forward(A_prev, W, None, activation)
    dA_prev, dW, db = layer_backward(dA, cache, activation)
    assert db is None
    for own, before in zip((A_prev, W, dA), arguments, strict=True):
        np.testing.assert_array_equal(own, before)

    def empty(a):
        return np.full_like(a, np.nan)

    out = empty(A)
    Z_out = empty(A) if find_activation(activation).needs_Z else None
    A_out, cache_out = layer_forward(
        A_prev, W, None, activation, out=out, Z_out=Z_out, scratch=empty(A)
    )
    assert A_out is out
    assert cache_out.Z is Z_out  # if None, A was written over it
    np.testing.assert_array_equal(out, A)
    out = empty(dA_prev), empty(dW)
    own = layer_backward(dA.copy(), cache_out, activation, out=out, scratch=empty(A))
    assert own[0] is out[0]
    assert own[1] is out[1]
    np.testing.assert_array_equal(out[0], dA_prev)
    np.testing.assert_array_equal(out[1], dW)


def test_a_column_of_ones_stands_for_b():
    # Equations (1), (4), (5) as training has them: [W b] [A; 1].
    rng = np.random.RandomState(0)
    A_prev, W, b, dZ = (
        rng.randn(3, 5),
        rng.randn(4, 3),
        rng.randn(4, 1),
        rng.randn(4, 5),
    )
    A_ones, Wb = np.vstack([A_prev, np.ones(5)]), np.hstack([W, b])
    np.testing.assert_allclose(
        linear_forward(A_ones, Wb), linear_forward(A_prev, W, b), rtol=1e-13
    )
    dA_prev, dW, db = linear_backward(dZ, Cache(A_prev, W, b))
    dA_ones, dWb, none = linear_backward(dZ, Cache(A_ones, Wb, None))
    assert none is None
    np.testing.assert_allclose(dWb, np.hstack([dW, db]), rtol=1e-13)
    np.testing.assert_allclose(dA_ones[:-1], dA_prev, rtol=1e-13)
    # And in plain sums, entry by entry.
    np.testing.assert_allclose(db[:, 0], [sum(row) for row in dZ], rtol=1e-13)
    for i, j in np.ndindex(dW.shape):
        entry = sum(dZ[i, k] * A_prev[j, k] for k in range(5))
        assert dW[i, j] == pytest.approx(entry, rel=1e-12)


def test_errors_of_shape_in_one_layer():
    W, b, A_prev = zeros(4, 3), zeros(4, 1), zeros(2, 6)
    with pytest.raises(ValueError) as caught:
        linear_forward(A_prev, W, b)
    assert str(caught.value) == (
        "W[l] has shape (4, 3) and A[l-1] has shape (2, 6): W[l] needs one column for "
        "each of the n[l-1] = 2 rows of A[l-1]."
    )
    for shape in ((4,), (1, 4), (3, 1)):
        with pytest.raises(ValueError) as caught:
            layer_forward(zeros(3, 6), W, zeros(*shape), "tanh")
        assert (
            str(caught.value) == f"b[l] has shape {shape}, expected (n[l], 1) = (4, 1)"
        )


def test_other_errors_of_an_out_are_passed_on():
    with pytest.raises(ValueError, match="output array"):
        linear_forward(zeros(3, 6), zeros(4, 3), out=zeros(4, 5))


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
