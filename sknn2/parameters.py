"""The weights and biases of a network, held in one vector theta."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt


class Parameters:
    """``W[1], b[1], ..., W[L], b[L]`` as views of one flat vector ``theta``.

    What changes ``theta`` changes the weights, and the other way round. So a
    whole update is one line on ``theta``, whatever the number of layers, while
    the equations keep the names of the course. The gradient of a cost is a
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
    W : tuple
        ``W[l]`` is a view of shape ``(n[l], n[l-1])``. ``W[0]`` is None, so
        that the index is the layer, as in the notation.
    b : tuple
        ``b[l]`` is a view of shape ``(n[l], 1)``; ``b[0]`` is None.
    Wb : tuple
        ``Wb[l]`` is the block ``[W[l] b[l]]`` of shape
        ``(n[l], n[l-1] + 1)``; ``Wb[0]`` is None.

    Raises
    ------
    ValueError
        If ``units`` does not name at least an input and an output layer of
        one unit each, or ``theta`` has another length than they ask for.

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
        self.units = tuple(int(n) for n in units)
        if len(self.units) < 2 or min(self.units) < 1:
            raise ValueError(
                f"units = {self.units}: give (n[0], ..., n[L]), at least the number of "
                "inputs and the number of outputs, each at least 1."
            )
        p = sum(n * (n_prev + 1) for n_prev, n in pairwise(self.units))
        if theta is None:
            theta = np.zeros(p, dtype)
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
        self.W: tuple[Any, ...] = (None, *(block[:, :-1] for block in blocks[1:]))
        self.b: tuple[Any, ...] = (None, *(block[:, -1:] for block in blocks[1:]))

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
        W, b = [np.asarray(a) for a in W], [np.asarray(a) for a in b]
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


class Workspace:
    """The arrays that a forward and backward pass over ``m`` examples fill.

    Allocated once and used for every batch of that size, so that a training
    step allocates nothing that grows with the batch.

    Parameters
    ----------
    units : tuple of int
        ``(n[0], ..., n[L])``.
    m : int
        Examples in a batch.
    dtype : dtype
        Precision of the products.

    Attributes
    ----------
    A : tuple
        ``A[l]`` of shape ``(n[l], m)`` for the hidden layers ``0 < l < L``.
    A_ones : tuple
        ``A_ones[l] = [A[l]; 1]`` of shape ``(n[l] + 1, m)``: the memory behind
        ``A[l]``, and a row of ones.
    dA, dA_ones : tuple
        The same for the derivatives. The last row of ``dA_ones[l]``, the
        derivative by the constant, is not used.
    scratch : tuple
        ``scratch[l]`` of shape ``(n[l], m)``, for ``g'(Z[l])``; all layers
        share its memory.
    Z : ndarray of shape (n[L], m)
        Output pre-activations ``Z[L]``.
    dZ : ndarray of shape (n[L], m)
        Their derivatives ``dZ[L]``.
    output_scratch : ndarray of shape (n[L], m)
        For the loss.
    """

    def __init__(self, units: tuple[int, ...], m: int, dtype: npt.DTypeLike) -> None:
        hidden = units[1:-1]
        self.A_ones: tuple[Any, ...] = (
            None,
            *(np.ones((n + 1, m), dtype) for n in hidden),
        )
        self.A: tuple[Any, ...] = (None, *(ones[:-1] for ones in self.A_ones[1:]))
        self.dA_ones: tuple[Any, ...] = (
            None,
            *(np.empty((n + 1, m), dtype) for n in hidden),
        )
        self.dA: tuple[Any, ...] = (None, *(ones[:-1] for ones in self.dA_ones[1:]))
        scratch = np.empty((max(hidden, default=0), m), dtype)
        self.scratch: tuple[Any, ...] = (None, *(scratch[:n] for n in hidden))
        self.Z = np.empty((units[-1], m), dtype)
        self.dZ = np.empty((units[-1], m), dtype)
        self.output_scratch = np.empty((units[-1], m), dtype)
