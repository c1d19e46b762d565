"""One layer: its six equations, and the functions that compute them.

For every layer l = 1 ... L, over the m examples that stand in columns::

    forward                              backward
    Z[l] = W[l] A[l-1] + b[l]    (1)     dZ[l]   = dA[l] * g'(Z[l])      (3)
    A[l] = g(Z[l])               (2)     dW[l]   = dZ[l] A[l-1].T        (4)
                                         db[l]   = sum of dZ[l] by rows  (5)
                                         dA[l-1] = W[l].T dZ[l]          (6)

with ``A[0] = X``. Shapes: ``A[l], Z[l], dA[l], dZ[l]`` are ``(n[l], m)``;
``W[l], dW[l]`` are ``(n[l], n[l-1])``; ``b[l], db[l]`` are ``(n[l], 1)``.
`linear_forward` computes (1), `layer_forward` (1) and (2), `linear_backward` (4)
to (6) and `layer_backward` (3) to (6).

For one hidden layer and a sigmoid output these are the textbook's::

    Z1 = W1 X + b1     (1)               dZ2 = A2 - Y                    (3)
    A1 = g(Z1)         (2)               dW2 = dZ2 A1.T / m              (4)
    Z2 = W2 A1 + b2    (1)               db2 = sum of dZ2 by rows / m    (5)
    A2 = sigmoid(Z2)   (2)               dZ1 = W2.T dZ2 * g'(Z1)         (6), (3)
                                         dW1 = dZ1 X.T / m               (4)
                                         db1 = sum of dZ1 by rows / m    (5)

Here derivatives are sums over the examples; ``network.py`` divides by m. Training
calls these functions with ``out``: see ``passes.py``.
"""

from typing import Any, NamedTuple

import numpy as np

from sknn2.names import ActivationName
from sknn2.network.activations import Activation, find_activation, placed
from sknn2.network.parameters import as_numbers


class Cache(NamedTuple):
    """What the forward step of layer l keeps for its backward step.

    Parameters
    ----------
    A_prev : ndarray of shape (n[l-1], m)
        ``A[l-1]``, the input of the layer.
    W : ndarray of shape (n[l], n[l-1])
        ``W[l]``.
    b : ndarray of shape (n[l], 1) or None
        ``b[l]``; None for a layer without bias.
    Z : ndarray of shape (n[l], m), default=None
        ``Z[l]``. Not kept where ``A[l]`` was written over it.
    A : ndarray of shape (n[l], m), default=None
        ``A[l] = g(Z[l])``. The backward step needs ``Z`` or ``A``.
    """

    A_prev: np.ndarray
    W: np.ndarray
    b: np.ndarray | None
    Z: np.ndarray | None = None
    A: np.ndarray | None = None


def linear_forward(
    A_prev: np.ndarray,
    W: np.ndarray,
    b: np.ndarray | None = None,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Return ``Z[l] = W[l] A[l-1] + b[l]``, equation (1).

    Parameters
    ----------
    A_prev : ndarray of shape (n[l-1], m)
    W : ndarray of shape (n[l], n[l-1])
    b : ndarray of shape (n[l], 1), default=None
        None for no bias.
    out : ndarray of shape (n[l], m), default=None
        Where to write; C-ordered.

    Returns
    -------
    Z : ndarray of shape (n[l], m)

    Raises
    ------
    ValueError, TypeError
        If an argument is no array of numbers, or the shapes do not fit; the
        message names them. Nothing is checked where ``out`` is given, as in
        training.
    """
    if out is None:
        A_prev, W, b = check_layer(A_prev, W, b)
    Z = np.dot(W, A_prev, out=out)  # (1)
    if b is not None:
        Z += b
    return Z


def layer_forward(
    A_prev: np.ndarray,
    W: np.ndarray,
    b: np.ndarray | None,
    activation: ActivationName | Activation,
    *,
    out: np.ndarray | None = None,
    Z_out: np.ndarray | None = None,
    scratch: np.ndarray | None = None,
) -> tuple[np.ndarray, Cache]:
    """Return ``A[l] = g(W[l] A[l-1] + b[l])`` and the cache, equations (1), (2).

    Parameters
    ----------
    A_prev : ndarray of shape (n[l-1], m)
    W : ndarray of shape (n[l], n[l-1])
    b : ndarray of shape (n[l], 1) or None
        None for no bias.
    activation : str or Activation
        g, e.g. ``"tanh"``.
    out : ndarray of shape (n[l], m), default=None
        Where to write ``Z[l]`` and then, over it, ``A[l]``.
    Z_out : ndarray of shape (n[l], m), default=None
        Where to write ``Z[l]`` instead, with ``out``, so that it is kept: for
        an activation with ``needs_Z``.
    scratch : ndarray of shape (n[l], m), default=None
        Overwritten, if given.

    Returns
    -------
    A : ndarray of shape (n[l], m)
    cache : Cache
        For `layer_backward`.

    Raises
    ------
    ValueError, TypeError
        As `linear_forward`.
    """
    if out is None:  # the cache holds the arrays, also of lists
        A_prev, W, b = check_layer(A_prev, W, b)
    Z = linear_forward(A_prev, W, b, out=out if Z_out is None else Z_out)
    g = find_activation(activation)
    A = g.forward(Z, out=out, scratch=scratch)  # (2)
    if A is not out:
        A = placed(A, Z, out, g, "forward")
    return A, Cache(A_prev, W, b, None if A is Z else Z, A)


def linear_backward(
    dZ: np.ndarray,
    cache: Cache,
    *,
    out: tuple[np.ndarray | None, np.ndarray] | None = None,
    to_input: bool = True,
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray | None]:
    """Return ``dA[l-1], dW[l], db[l]`` from ``dZ[l]``, equations (4) to (6).

    Parameters
    ----------
    dZ : ndarray of shape (n[l], m)
    cache : Cache
        Its ``A_prev``, ``W`` and ``b`` are used.
    out : tuple of (dA_prev, dW), default=None
        Where to write; C-ordered. For a layer without bias.
    to_input : bool, default=True
        False leaves out ``dA[l-1]`` and returns None for it: training does not
        need the derivative with respect to X.

    Returns
    -------
    dA_prev : ndarray of shape (n[l-1], m) or None
    dW : ndarray of shape (n[l], n[l-1])
        Summed over the examples, as ``db``.
    db : ndarray of shape (n[l], 1) or None
        None for a layer without bias.

    Raises
    ------
    ValueError, TypeError
        If ``dZ`` or the cache is no array of numbers of the shape above; the
        message names it. Nothing is checked where ``out`` is given.
    """
    if out is None:
        cache = check_cache(cache)
        dZ = check_like_Z("dZ[l]", dZ, cache)
    dA_prev, dW = (None, None) if out is None else out
    dW = np.dot(dZ, cache.A_prev.T, out=dW)  # (4)
    db = None if cache.b is None else dZ.sum(axis=1, keepdims=True)  # (5)
    if to_input:
        dA_prev = np.dot(cache.W.T, dZ, out=dA_prev)  # (6)
    return dA_prev, dW, db


def layer_backward(
    dA: np.ndarray,
    cache: Cache,
    activation: ActivationName | Activation,
    *,
    out: tuple[np.ndarray | None, np.ndarray] | None = None,
    scratch: np.ndarray | None = None,
    to_input: bool = True,
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray | None]:
    """Return ``dA[l-1], dW[l], db[l]`` from ``dA[l]``, equations (3) to (6).

    Parameters
    ----------
    dA : ndarray of shape (n[l], m)
        ``dA[l]``. Overwritten by ``dZ[l]`` where ``out`` is given.
    cache : Cache
        From `layer_forward`, or made by hand:
        ``Cache(A_prev, W, b, Z)`` is enough.
    activation : str or Activation
        g, the same as forward.
    out : tuple of (dA_prev, dW), default=None
        As in `linear_backward`.
    scratch : ndarray of shape (n[l], m), default=None
        Overwritten, if given.
    to_input : bool, default=True
        As in `linear_backward`.

    Returns
    -------
    dA_prev, dW, db
        As from `linear_backward`.

    Raises
    ------
    ValueError, TypeError
        As `linear_backward`, for ``dA`` too.
    """
    g = find_activation(activation)
    if out is None:
        cache = check_cache(cache)
        dA = check_like_Z("dA[l]", dA, cache)
        if cache.Z is None and cache.A is None:
            raise ValueError("The cache has neither Z[l] nor A[l]: give one of them.")
        if cache.Z is None and g.needs_Z:
            raise ValueError(
                f"The cache has no Z[l], and the activation {g.name!r} needs it: give "
                "Cache(A_prev, W, b, Z)."
            )
    A: Any = cache.A
    if g.needs_Z:
        A = cache.Z
    elif A is None:
        A = g.forward(cache.Z)
    place = None if out is None else dA
    dZ = g.backward(dA, A, out=place, scratch=scratch)  # (3)
    if dZ is not place:
        dZ = placed(dZ, A, place, g, "backward")
    return linear_backward(dZ, cache, out=out, to_input=to_input)


def check_layer(
    A_prev: Any, W: Any, b: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return the inputs of a layer as arrays, if their shapes fit."""
    A_prev, W = as_numbers("A[l-1]", A_prev), as_numbers("W[l]", W)
    for symbol, array, expected in (
        ("A[l-1]", A_prev, "(n[l-1], m)"),
        ("W[l]", W, "(n[l], n[l-1])"),
    ):
        if array.ndim != 2:
            raise ValueError(
                f"{symbol} has shape {array.shape}, expected two dimensions {expected}."
            )
    b = None if b is None else as_numbers("b[l]", b)
    if W.shape[1] != A_prev.shape[0]:
        hint = ""
        if W.shape[0] == A_prev.shape[0] and (b is None or b.shape[0] == W.shape[1]):
            hint = " It looks transposed."
        raise ValueError(
            f"W[l] has shape {W.shape} and A[l-1] has shape {A_prev.shape}: W[l] needs "
            f"one column for each of the n[l-1] = {A_prev.shape[0]} rows of A[l-1]."
            + hint
        )
    if b is not None and b.shape != (W.shape[0], 1):
        raise ValueError(
            f"b[l] has shape {b.shape}, expected (n[l], 1) = {(W.shape[0], 1)}"
        )
    return A_prev, W, b


def check_cache(cache: Cache) -> Cache:
    """Return a cache of arrays, if it is a `Cache` and its shapes fit."""
    if not isinstance(cache, Cache):
        raise TypeError(
            f"cache is of type {type(cache).__name__}, expected the Cache that "
            "layer_forward returns, or Cache(A_prev, W, b, Z)."
        )
    A_prev, W, b = check_layer(cache.A_prev, cache.W, cache.b)
    checked = Cache(A_prev, W, b)
    Z, A = (
        None if array is None else check_like_Z(symbol, array, checked)
        for symbol, array in (("Z[l]", cache.Z), ("A[l]", cache.A))
    )
    return checked._replace(Z=Z, A=A)


def check_like_Z(symbol: str, value: Any, cache: Cache) -> np.ndarray:
    """Return an array, if it has the shape of ``Z[l]``."""
    array = as_numbers(symbol, value)
    expected = cache.W.shape[0], cache.A_prev.shape[1]
    if array.shape != expected:
        raise ValueError(
            f"{symbol} has shape {array.shape}, expected (n[l], m) = {expected}."
        )
    return array
