"""Activation functions g and their derivatives, as forward/backward pairs by name."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, signature
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
        ``forward(Z) -> A``, or, without an allocation in each step,
        ``forward(Z, out=None, scratch=None) -> A``. ``Z`` and ``A`` have shape
        ``(n[l], m)``; ``out`` may be ``Z`` itself.
    backward : callable
        ``backward(dA, A) -> dZ`` or ``backward(dA, A, out=None, scratch=None)
        -> dZ``, all of shape ``(n[l], m)``. The derivative is written with
        ``A = g(Z)``, which is what forward keeps, not with ``Z``. ``out`` may
        be ``dA`` itself; ``scratch`` is C-ordered and is overwritten.
    needs_Z : bool, default=False
        Whether backward is given ``Z`` in place of ``A``, which it must not
        change: for a g that takes a value twice, as silu does. Training then
        keeps one more array for each hidden layer.
    """

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    needs_Z: bool = False

    def __post_init__(self) -> None:
        for field in ("forward", "backward"):
            object.__setattr__(self, field, with_places(getattr(self, field)))

    def __repr__(self) -> str:
        return f"Activation({self.name!r})"

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # Asked for by pickle and copy, which may name functions.
        if ACTIVATIONS.get(self.name) is self:
            return find_activation, (self.name,)
        return Activation, (self.name, self.forward, self.backward, self.needs_Z)

    def __reduce__(self) -> tuple[Any, ...]:
        # Asked for by skops, whose files hold no code.
        own = ACTIVATIONS.get(self.name) is not self
        what = "is one of your own" if own else "is given as an object"
        advice = f"set activation={self.name!r}, its name"
        if own:
            advice = "store the model by joblib, or take an activation by its name"
        raise TypeError(
            f"The activation {self.name!r} {what}, and a file that runs no code when "
            f"it is loaded holds activations by name only: {advice}."
        )


@dataclass(frozen=True)
class Plain:
    """A function that returns a new array, called as one that is told where to write.

    Parameters
    ----------
    function : callable
    """

    function: Callable[..., Any]

    def __call__(
        self, *arrays: np.ndarray, out: Any = None, scratch: Any = None
    ) -> Any:
        """Return what the function does; the caller puts it in its place."""
        return self.function(*arrays)


def with_places(function: Any) -> Any:
    """Return a function that takes ``out`` and ``scratch``, used or not.

    Parameters
    ----------
    function : callable
    """
    if not callable(function) or isinstance(function, Plain):
        return function
    try:
        parameters = signature(function).parameters
    except ValueError:  # written in C
        return Plain(function)
    takes_any = any(p.kind is Parameter.VAR_KEYWORD for p in parameters.values())
    takes_places = takes_any or {"out", "scratch"} <= set(parameters)
    return function if takes_places else Plain(function)


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


def elu_forward(
    Z: np.ndarray, out: np.ndarray | None = None, scratch: np.ndarray | None = None
) -> np.ndarray:
    """``A = Z`` where ``Z > 0``, ``exp(Z) - 1`` elsewhere."""
    low = np.minimum(Z, 0, out=scratch)
    np.expm1(low, out=low)
    A: np.ndarray = np.maximum(Z, 0, out=out)
    A += low
    return A


def elu_backward(
    dA: np.ndarray,
    A: np.ndarray,
    out: np.ndarray | None = None,
    scratch: np.ndarray | None = None,
) -> np.ndarray:
    """``dZ = dA`` where ``Z > 0``, ``dA (A + 1)`` elsewhere."""
    derivative = np.minimum(A, 0, out=scratch)
    derivative += 1
    dZ: np.ndarray = np.multiply(dA, derivative, out=out)
    return dZ


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""With them a layer keeps mean 0 and variance 1 (Klambauer et al., 2017)."""


def selu_forward(
    Z: np.ndarray, out: np.ndarray | None = None, scratch: np.ndarray | None = None
) -> np.ndarray:
    """``A = s Z`` where ``Z > 0``, ``s alpha (exp(Z) - 1)`` elsewhere."""
    low = np.minimum(Z, 0, out=scratch)
    np.expm1(low, out=low)
    low *= SELU_ALPHA
    A: np.ndarray = np.maximum(Z, 0, out=out)
    A += low
    A *= SELU_SCALE
    return A


def selu_backward(
    dA: np.ndarray,
    A: np.ndarray,
    out: np.ndarray | None = None,
    scratch: np.ndarray | None = None,
) -> np.ndarray:
    """``dZ = s dA`` where ``Z > 0``, ``dA (A + s alpha)`` elsewhere."""
    derivative = np.minimum(A, 0, out=scratch)
    derivative += SELU_SCALE * SELU_ALPHA
    np.copyto(derivative, SELU_SCALE, where=A > 0)
    dZ: np.ndarray = np.multiply(dA, derivative, out=out)
    return dZ


def softplus_forward(
    Z: np.ndarray, out: np.ndarray | None = None, scratch: np.ndarray | None = None
) -> np.ndarray:
    """``A = log(1 + exp(Z))``."""
    A: np.ndarray = np.logaddexp(0, Z, out=out)
    return A


def softplus_backward(
    dA: np.ndarray,
    A: np.ndarray,
    out: np.ndarray | None = None,
    scratch: np.ndarray | None = None,
) -> np.ndarray:
    """``dZ = dA (1 - exp(-A))``, the sigmoid of Z."""
    derivative = np.negative(A, out=scratch)
    np.expm1(derivative, out=derivative)
    np.negative(derivative, out=derivative)
    dZ: np.ndarray = np.multiply(dA, derivative, out=out)
    return dZ


FLAT = 80.0
"""Below minus this silu is next to 0, and beyond it Z, to the last digit."""


def silu_forward(
    Z: np.ndarray, out: np.ndarray | None = None, scratch: np.ndarray | None = None
) -> np.ndarray:
    """``A = Z / (1 + exp(-Z))``, also called swish."""
    share = np.clip(Z, -FLAT, FLAT, out=scratch)
    np.negative(share, out=share)
    np.exp(share, out=share)
    share += 1
    A: np.ndarray = np.maximum(Z, -FLAT, out=out)
    A /= share
    return A


def silu_backward(
    dA: np.ndarray,
    Z: np.ndarray,
    out: np.ndarray | None = None,
    scratch: np.ndarray | None = None,
) -> np.ndarray:
    """``dZ = dA s (1 + Z (1 - s))`` with the sigmoid s of Z."""
    derivative = np.clip(Z, -FLAT, FLAT, out=scratch)
    s = sigmoid_forward(derivative)
    derivative *= 1 - s
    derivative += 1
    derivative *= s
    dZ: np.ndarray = np.multiply(dA, derivative, out=out)
    return dZ


GELU_SLOPE, GELU_CUBE, GELU_FLAT = 2 * np.sqrt(2 / np.pi).item(), 0.044715, 10.0


def gelu_forward(
    Z: np.ndarray, out: np.ndarray | None = None, scratch: np.ndarray | None = None
) -> np.ndarray:
    """``A = Z / (1 + exp(-2u))`` with ``u = sqrt(2 / pi) (Z + 0.044715 Z^3)``.

    That is ``Z (1 + tanh(u)) / 2``, the usual approximation of Z times the normal
    distribution function, which NumPy does not have.
    """
    share = np.clip(Z, -GELU_FLAT, GELU_FLAT, out=scratch)
    share *= -GELU_SLOPE * (1 + GELU_CUBE * share * share)
    np.exp(share, out=share)
    share += 1
    A: np.ndarray = np.maximum(Z, -GELU_FLAT, out=out)
    A /= share
    return A


def gelu_backward(
    dA: np.ndarray,
    Z: np.ndarray,
    out: np.ndarray | None = None,
    scratch: np.ndarray | None = None,
) -> np.ndarray:
    """``dZ = dA s (1 + Z (1 - s) 2u')`` with the sigmoid s of 2u."""
    derivative = np.clip(Z, -GELU_FLAT, GELU_FLAT, out=scratch)
    square = GELU_CUBE * derivative * derivative
    s = sigmoid_forward(GELU_SLOPE * derivative * (1 + square))
    derivative *= GELU_SLOPE * (1 + 3 * square)
    derivative *= 1 - s
    derivative += 1
    derivative *= s
    dZ: np.ndarray = np.multiply(dA, derivative, out=out)
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


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", sigmoid_forward, sigmoid_backward),
        Activation("tanh", tanh_forward, tanh_backward),
        Activation("relu", relu_forward, relu_backward),
        Activation("leaky_relu", leaky_relu_forward, leaky_relu_backward),
        Activation("identity", identity_forward, identity_backward),
        Activation("elu", elu_forward, elu_backward),
        Activation("selu", selu_forward, selu_backward),
        Activation("softplus", softplus_forward, softplus_backward),
        Activation("silu", silu_forward, silu_backward, needs_Z=True),
        Activation("gelu", gelu_forward, gelu_backward, needs_Z=True),
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
