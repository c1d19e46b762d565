"""Activation functions g: each a forward/backward pair, all in one registry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Activation:
    """``A = g(Z)`` on the way forward, ``dZ = dA * g'(Z)`` on the way back.

    Parameters
    ----------
    name : str
        What estimators call it.
    forward : callable
        ``forward(Z, out=None, scratch=None) -> A``. ``Z`` and ``A`` have shape
        ``(n[l], m)``; ``out`` may be ``Z`` itself.
    backward : callable
        ``backward(dA, A, out=None, scratch=None) -> dZ``, all of shape
        ``(n[l], m)``. The derivative is written with ``A = g(Z)``, which is
        what forward keeps, not with ``Z``. ``out`` may be ``dA`` itself;
        ``scratch`` is C-ordered and is overwritten.
    """

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]

    def __repr__(self) -> str:
        return f"Activation({self.name!r})"


def sigmoid_forward(
    Z: np.ndarray, out: np.ndarray | None = None, scratch: np.ndarray | None = None
) -> np.ndarray:
    """``A = 1 / (1 + exp(-Z)) = (1 + tanh(Z / 2)) / 2``, which cannot overflow."""
    A: np.ndarray = np.multiply(Z, 0.5, out=out)
    np.tanh(A, out=A)
    A += 1
    A *= 0.5
    return A


def sigmoid_backward(
    dA: np.ndarray,
    A: np.ndarray,
    out: np.ndarray | None = None,
    scratch: np.ndarray | None = None,
) -> np.ndarray:
    """``dZ = dA * A (1 - A)``."""
    derivative = np.subtract(1, A, out=scratch)
    derivative *= A
    dZ: np.ndarray = np.multiply(dA, derivative, out=out)
    return dZ


def tanh_forward(
    Z: np.ndarray, out: np.ndarray | None = None, scratch: np.ndarray | None = None
) -> np.ndarray:
    """``A = tanh(Z)``."""
    A: np.ndarray = np.tanh(Z, out=out)
    return A


def tanh_backward(
    dA: np.ndarray,
    A: np.ndarray,
    out: np.ndarray | None = None,
    scratch: np.ndarray | None = None,
) -> np.ndarray:
    """``dZ = dA * (1 - A^2)``, as ``dA - dA A^2``: array with array is fastest."""
    rest = np.multiply(A, A, out=scratch)
    rest *= dA
    dZ: np.ndarray = np.subtract(dA, rest, out=out)
    return dZ


def relu_forward(
    Z: np.ndarray, out: np.ndarray | None = None, scratch: np.ndarray | None = None
) -> np.ndarray:
    """``A = max(Z, 0)``."""
    zero: float | np.ndarray = 0
    if scratch is not None:  # NumPy compares two arrays faster than one with a number.
        scratch.fill(0)
        zero = scratch
    A: np.ndarray = np.maximum(Z, zero, out=out)
    return A


def relu_backward(
    dA: np.ndarray,
    A: np.ndarray,
    out: np.ndarray | None = None,
    scratch: np.ndarray | None = None,
) -> np.ndarray:
    """``dZ = dA * [Z > 0]``; the derivative at 0 is taken as 0."""
    mask = None
    if scratch is not None:  # One byte an entry is read faster than a float.
        mask = np.ndarray(A.shape, np.bool_, buffer=scratch)
    mask = np.greater(A, 0, out=mask)
    dZ: np.ndarray = np.multiply(dA, mask, out=out)
    return dZ


LEAK = 0.01


def leaky_relu_forward(
    Z: np.ndarray, out: np.ndarray | None = None, scratch: np.ndarray | None = None
) -> np.ndarray:
    """``A = max(Z, 0.01 Z)``."""
    leak = np.multiply(Z, LEAK, out=scratch)
    A: np.ndarray = np.maximum(Z, leak, out=out)
    return A


def leaky_relu_backward(
    dA: np.ndarray,
    A: np.ndarray,
    out: np.ndarray | None = None,
    scratch: np.ndarray | None = None,
) -> np.ndarray:
    """``dZ = dA`` where ``Z > 0``, ``0.01 dA`` elsewhere."""
    derivative = np.sign(A, out=scratch)
    np.maximum(derivative, LEAK, out=derivative)
    dZ: np.ndarray = np.multiply(dA, derivative, out=out)
    return dZ


def identity_forward(
    Z: np.ndarray, out: np.ndarray | None = None, scratch: np.ndarray | None = None
) -> np.ndarray:
    """``A = Z``."""
    A: np.ndarray = np.positive(Z, out=out)
    return A


def identity_backward(
    dA: np.ndarray,
    A: np.ndarray,
    out: np.ndarray | None = None,
    scratch: np.ndarray | None = None,
) -> np.ndarray:
    """``dZ = dA``."""
    dZ: np.ndarray = np.positive(dA, out=out)
    return dZ


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", sigmoid_forward, sigmoid_backward),
        Activation("tanh", tanh_forward, tanh_backward),
        Activation("relu", relu_forward, relu_backward),
        Activation("leaky_relu", leaky_relu_forward, leaky_relu_backward),
        Activation("identity", identity_forward, identity_backward),
    )
}
ACTIVATIONS["logistic"] = ACTIVATIONS["sigmoid"]  # scikit-learn's name for it
