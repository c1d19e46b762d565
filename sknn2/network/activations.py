"""Activation functions g and their derivatives, as forward/backward pairs by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Activation:
    """An activation function: ``A = g(Z)`` forward, ``dZ = dA * g'(Z)`` backward.

    Parameters
    ----------
    name : str
        The name that estimators take.
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


ONE = 40.0
"""From here on the sigmoid rounds to 1, in float32 and in float64."""


def sigmoid_forward(
    Z: np.ndarray, out: np.ndarray | None = None, scratch: np.ndarray | None = None
) -> np.ndarray:
    """``A = 1 / (1 + exp(-Z)) = exp(Z) / (1 + exp(Z))``, accurate to a few ulp.

    The code uses the second form and limits Z from above, so nothing overflows
    and an A near 0 keeps all its digits.
    """
    limit: float | np.ndarray = ONE
    if scratch is not None:  # NumPy compares two arrays faster than one with a number.
        scratch.fill(ONE)
        limit = scratch
    A: np.ndarray = np.minimum(Z, limit, out=out)
    np.exp(A, out=A)
    A /= np.add(A, 1, out=scratch)
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
    """``dZ = dA * (1 - A^2)``, computed as ``dA - dA A^2``, which is faster."""
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


def placed(
    value: Any, like: np.ndarray, out: np.ndarray | None, g: Activation, name: str
) -> np.ndarray:
    """Write to ``out`` what an activation of a user returned elsewhere.

    Parameters
    ----------
    value : ndarray
        What the function returned, in any precision.
    like : ndarray
        An array of the shape and precision that the result must have.
    out : ndarray or None
        Where to write; None for a new array.
    g : Activation
    name : {"forward", "backward"}
    """
    if np.shape(value) != like.shape:
        raise ValueError(
            f"{name} of the activation {g.name!r} returned shape {np.shape(value)} for "
            f"shape {like.shape}: it has to be a function of each entry alone."
        )
    if out is None:
        return np.asarray(value, like.dtype)
    out[:] = value
    return out


PROBE = np.array([[-20.0, -3, -1, -0.1, 0], [0.1, 1, 3, 20, -2], [2, 0, 0.5, -5, 5]])
"""The values of Z that `check_activation` uses."""


def check_activation(g: Activation) -> None:
    """Check an activation of a user on a few numbers, in float32 and float64.

    Parameters
    ----------
    g : Activation

    Raises
    ------
    ValueError, TypeError
        If forward or backward cannot be called as `Activation` says, returns
        another shape or something that is not finite, is not a function of
        each entry alone, or gives other values where ``out`` and ``scratch``
        are given. The message names the activation.
    """
    with np.errstate(all="ignore"):
        for dtype in (np.float32, np.float64):
            Z = PROBE.astype(dtype)
            A = _try_pass(g, "forward", (Z,)).astype(dtype)
            _try_pass(g, "backward", (np.full_like(Z, 0.5), A))


def _try_pass(g: Activation, name: str, arrays: tuple[np.ndarray, ...]) -> np.ndarray:
    """Check ``g.forward(Z)`` or ``g.backward(dA, A)``, and return what it gives."""
    function = getattr(g, name)
    called = f"{name} of the activation {g.name!r}"

    def call(*given: np.ndarray, **places: np.ndarray) -> np.ndarray:
        shape, dtype = given[0].shape, given[0].dtype
        try:
            value = np.asarray(function(*given, **places))
        except Exception as error:
            raise TypeError(
                f"{called} failed on {dtype} arrays of shape {shape} ({error}). It is "
                f"called as {'forward(Z' if name == 'forward' else 'backward(dA, A'}, "
                "out=None, scratch=None)."
            ) from error
        if value.dtype.kind not in "biuf" or value.shape != shape:
            raise ValueError(
                f"{called} returned an array of shape {value.shape} and type "
                f"{value.dtype} for arrays of shape {shape} and type {dtype}: it has "
                "to return real numbers of that shape."
            )
        if not np.isfinite(value).all():
            where = tuple(np.argwhere(~np.isfinite(value))[0])
            at = ", ".join(f"{array[where]:g}" for array in given)
            raise ValueError(
                f"{called} returned {value[where]} at {at}: it has to be finite."
            )
        return value.copy()

    value = call(*(array.copy() for array in arrays))
    rtol = 1e-4 if arrays[0].dtype == np.float32 else 1e-8
    entry = call(*(array[1:2, 2:3].copy() for array in arrays))
    column = call(*(array[:, 3:4].copy() for array in arrays))
    if not (
        np.allclose(entry, value[1:2, 2:3], rtol, 1e-12)
        and np.allclose(column, value[:, 3:4], rtol, 1e-12)
    ):
        raise ValueError(
            f"{called} gives an entry another value when other entries stand beside "
            "it: an activation has to be a function of each entry alone."
        )
    for in_place in (True, False):
        given = [array.copy() for array in arrays]
        out = given[0] if in_place else np.full_like(given[0], np.nan)
        scratch = np.full_like(given[0], np.nan)
        # The caller uses what is returned, whether it was written to out or not.
        if not np.allclose(call(*given, out=out, scratch=scratch), value, rtol, 1e-12):
            raise ValueError(
                f"{called} returns other values where out and scratch are given. out "
                "may be the first argument itself, so nothing may be read from that "
                "after out was written, and scratch comes with anything in it."
            )
    return value


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


def find_activation(activation: str | Activation) -> Activation:
    """Return the `Activation` of a name; an `Activation` is returned as it is.

    Parameters
    ----------
    activation : str or Activation

    Raises
    ------
    ValueError
        If no activation has that name.
    """
    if isinstance(activation, Activation):
        return activation
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ValueError(
            f"activation is {activation!r}, expected one of {list(ACTIVATIONS)}."
        )
    return ACTIVATIONS[activation]
