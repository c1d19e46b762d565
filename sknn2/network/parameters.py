"""The weights and biases of a network, held in one vector theta."""

import operator
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt


class Layers(tuple[Any, ...]):
    """``W`` or ``b`` of `Parameters`: a tuple of views, with item assignment.

    ``W[l] = array`` writes the numbers into the view, and so into ``theta``.
    Everything else is as for a tuple.

    Parameters
    ----------
    symbol : str
        Its name in messages, e.g. ``"W"``.
    views : iterable of (ndarray or None)
        One for each layer; ``views[0]`` is None.
    """

    symbol: str

    def __new__(cls, symbol: str, views: Any) -> Self:
        self = super().__new__(cls, views)
        self.symbol = symbol
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.symbol, tuple(self))

    def __setitem__(self, l: int, value: Any) -> None:
        symbol, L = self.symbol, len(self) - 1
        if isinstance(l, slice):
            raise TypeError(
                f"{symbol} is assigned one layer at a time, e.g. {symbol}[1] = array."
            )
        if not -len(self) <= operator.index(l) < len(self):
            raise IndexError(f"{symbol}[{l}] does not exist: layers are 1 to {L}.")
        view = self[l]
        if value is view:  # the end of W[l] -= step
            return
        l = range(L + 1)[l]
        if view is None:
            raise ValueError(
                f"{symbol}[0] is None, as layer 0 is the input: assign to "
                f"{symbol}[1], ..., {symbol}[{L}]."
            )
        value = as_numbers(f"{symbol}[{l}]", value)
        if value.shape != view.shape:
            raise ValueError(
                f"{symbol}[{l}] is given an array of shape {value.shape}, expected "
                f"{view.shape}."
            )
        view[...] = value


def as_numbers(symbol: str, value: Any) -> np.ndarray:
    """Return an array-like of real numbers as an ndarray, without a copy if it is one.

    Parameters
    ----------
    symbol : str
        Its name in the message.
    value : array-like

    Raises
    ------
    TypeError
        If it is sparse or no array of real numbers.
    """
    if hasattr(value, "tocsr"):
        raise TypeError(
            f"{symbol} is a sparse {type(value).__name__}, expected an ndarray: sparse "
            "X is for the estimators."
        )
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        array = np.array(None)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{symbol} is of type {type(value).__name__} and dtype {array.dtype}, "
            "expected an array of real numbers."
        )
    return array


class Parameters:
    """``W[1], b[1], ..., W[L], b[L]`` as views of one flat vector ``theta``.

    A change of ``theta`` changes the weights, and the other way round. So a
    parameter update is one line on ``theta``, whatever the number of layers,
    while the equations keep the names of the textbook. The gradient of a cost is a
    ``Parameters`` too: its ``W[l]`` is ``dW[l]``, its ``b[l]`` is ``db[l]``.

    In ``theta`` each layer is one block ``[W[l] b[l]]`` of shape
    ``(n[l], n[l-1] + 1)``, row by row: the bias is the weight of one more
    input that is always 1, so ``Z[l] = [W[l] b[l]] [A[l-1]; 1]``.

    Parameters
    ----------
    units : sequence of int
        ``(n[0], n[1], ..., n[L])``: inputs, units of each hidden layer,
        outputs.
    theta : ndarray of shape (p,), default=None
        The vector to use, as it is: no copy is made. Zeros by default.
    dtype : dtype, default=float64
        Precision of the zeros; unused where ``theta`` is given.

    Attributes
    ----------
    units : tuple of int
        ``(n[0], ..., n[L])``.
    theta : ndarray of shape (p,)
        All parameters. ``p = sum over l of n[l] (n[l-1] + 1)``.
    W : Layers
        ``W[l]`` is a view of shape ``(n[l], n[l-1])``. ``W[0]`` is None, so
        that the index is the layer, as in the notation. It is a tuple to which
        layers can be assigned: ``W[l] = array`` and ``W[l] -= step`` write
        into ``theta``.
    b : Layers
        ``b[l]`` is a view of shape ``(n[l], 1)``; ``b[0]`` is None.
    Wb : tuple
        ``Wb[l]`` is the block ``[W[l] b[l]]`` of shape
        ``(n[l], n[l-1] + 1)``; ``Wb[0]`` is None.

    Raises
    ------
    ValueError
        If ``units`` does not name at least an input and an output layer of
        one unit each, or ``theta`` has another length than they ask for.
    TypeError
        If ``units`` is no sequence of integers, ``theta`` is no array of real
        numbers, or ``dtype`` is not a float.

    Examples
    --------
    >>> from sknn2 import Parameters
    >>> parameters = Parameters((2, 4, 1))
    >>> parameters.W[1].shape, parameters.b[1].shape, parameters.theta.size
    ((4, 2), (4, 1), 17)
    >>> parameters.theta += 1
    >>> parameters.W[2]
    array([[1., 1., 1., 1.]])
    """

    def __init__(
        self,
        units: Sequence[int],
        theta: np.ndarray | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        try:
            self.units = tuple(operator.index(n) for n in units)
        except TypeError:
            raise TypeError(
                f"units is {units!r}, expected integers (n[0], ..., n[L])."
            ) from None
        if len(self.units) < 2 or min(self.units) < 1:
            raise ValueError(
                f"units = {self.units}: give (n[0], ..., n[L]), at least the number of "
                "inputs and the number of outputs, each at least 1."
            )
        p = sum(n * (n_prev + 1) for n_prev, n in pairwise(self.units))
        if theta is None:
            theta = np.zeros(p, dtype)
            if theta.dtype.kind != "f":
                raise TypeError(f"dtype is {dtype!r}, expected float64 or float32.")
        elif not isinstance(theta, np.ndarray) or theta.dtype.kind != "f":
            raise TypeError(
                f"theta is of type {type(theta).__name__} and dtype "
                f"{getattr(theta, 'dtype', None)}, expected an ndarray of floats of "
                f"shape ({p},)."
            )
        elif np.shape(theta) != (p,):
            raise ValueError(
                f"theta has shape {np.shape(theta)}, expected ({p},) for "
                f"units = {self.units}."
            )
        self.theta = theta
        blocks: list[Any] = [None]
        start = 0
        for n_prev, n in pairwise(self.units):
            stop = start + n * (n_prev + 1)
            blocks.append(theta[start:stop].reshape(n, n_prev + 1))
            start = stop
        self.Wb: tuple[Any, ...] = tuple(blocks)
        self.W = Layers("W", (None, *(block[:, :-1] for block in blocks[1:])))
        self.b = Layers("b", (None, *(block[:, -1:] for block in blocks[1:])))

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep ``theta`` and its views one memory: later values are copied into it."""
        if name not in vars(self) or value is vars(self)[name]:
            super().__setattr__(name, value)
        elif name == "theta":
            value = as_numbers(name, value)
            if value.shape != self.theta.shape:
                raise ValueError(
                    f"theta is given an array of shape {value.shape}, expected "
                    f"{self.theta.shape}."
                )
            self.theta[...] = value
        elif name in ("W", "b"):
            raise AttributeError(
                f"{name} holds views of theta and cannot be replaced: assign layer by "
                f"layer, {name}[l] = array, or take Parameters.from_arrays(W, b)."
            )
        else:
            raise AttributeError(f"{name} cannot be replaced: make new Parameters.")

    @classmethod
    def from_arrays(cls, W: Sequence[Any], b: Sequence[Any]) -> Self:
        """Copy given weights and biases into one ``theta``.

        Parameters
        ----------
        W : sequence of array-like
            ``[W[1], ..., W[L]]``, ``W[l]`` of shape ``(n[l], n[l-1])``.
        b : sequence of array-like
            ``[b[1], ..., b[L]]``, ``b[l]`` of shape ``(n[l], 1)``.

        Returns
        -------
        Parameters
            In the common precision of the arrays, at least float32.

        Raises
        ------
        ValueError
            If the shapes do not follow from each other; the message names the
            layer, the shape and the shape expected.
        """
        for symbol, arrays in (("W", W), ("b", b)):
            if not np.iterable(arrays):
                raise TypeError(
                    f"{symbol} is {arrays!r}, expected a sequence of arrays, one for "
                    "each layer."
                )
        W = [as_numbers(f"W[{l}]", a) for l, a in enumerate(W, start=1)]
        b = [as_numbers(f"b[{l}]", a) for l, a in enumerate(b, start=1)]
        if not W or len(W) != len(b):
            raise ValueError(
                f"{len(W)} arrays in W and {len(b)} in b: give one of each per layer."
            )
        for l, a in enumerate(W, start=1):
            if a.ndim != 2:
                raise ValueError(
                    f"W[{l}] has shape {a.shape}, expected two dimensions "
                    f"(n[{l}], n[{l - 1}])."
                )
        units = (W[0].shape[1], *(a.shape[0] for a in W))
        check_shapes(W, b, units)
        self = cls(units, dtype=np.result_type(np.float32, *W, *b))
        for l in range(1, len(units)):
            self.W[l][:], self.b[l][:] = W[l - 1], b[l - 1]
        return self

    def copy(self) -> Self:
        """Return parameters of equal values with a ``theta`` of their own."""
        # np.array, unlike ndarray.copy, also brings a memory map into memory.
        return self.like(np.array(self.theta))

    def zeros_like(self) -> Self:
        """Return zeros in the same layout and precision, e.g. for a gradient."""
        return self.like(np.zeros(self.theta.size, self.theta.dtype))

    def like(self, theta: np.ndarray) -> Self:
        """Return parameters in the same layout that use ``theta``, as it is."""
        return type(self)(self.units, theta)

    def weight_mask(self) -> np.ndarray:
        """Return 1 where ``theta`` holds a weight, 0 where it holds a bias.

        Returns
        -------
        ndarray of shape (p,)
            In the precision of ``theta``. The penalty acts on weights only:
            ``mask * theta`` is the gradient of ``sum_l ||W[l]||^2 / 2``.
        """
        mask = self.zeros_like()
        for l in range(1, len(self.units)):
            mask.W[l][:] = 1
        return mask.theta

    def __reduce__(self) -> tuple[type["Parameters"], tuple[Any, ...]]:
        # Pickling the views would store each number three times and lose the aliasing.
        return Parameters, (self.units, self.theta)

    def __repr__(self) -> str:
        return f"Parameters(units={self.units}, dtype={self.theta.dtype})"


def check_shapes(
    W: Sequence[np.ndarray], b: Sequence[np.ndarray], units: tuple[int, ...]
) -> None:
    """Raise a ValueError where a weight or bias does not fit ``units``.

    Parameters
    ----------
    W : sequence of ndarray
        ``[W[1], ..., W[L]]``.
    b : sequence of ndarray
        ``[b[1], ..., b[L]]``.
    units : tuple of int
        ``(n[0], ..., n[L])``.
    """
    if len(W) != len(units) - 1:
        raise ValueError(
            f"W and b have {len(W)} layers, expected L = {len(units) - 1} for "
            f"units = {units}."
        )
    for l in range(1, len(units)):
        expected = units[l], units[l - 1]
        if W[l - 1].shape != expected:
            raise ValueError(
                f"W[{l}] has shape {W[l - 1].shape}, "
                f"expected (n[{l}], n[{l - 1}]) = {expected}"
            )
        if b[l - 1].shape != (units[l], 1):
            raise ValueError(
                f"b[{l}] has shape {b[l - 1].shape}, "
                f"expected (n[{l}], 1) = {(units[l], 1)}"
            )
