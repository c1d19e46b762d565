"""The arrays that a forward and a backward pass fill."""

from typing import Any

import numpy as np
import numpy.typing as npt


class Workspace:
    """The arrays that a forward and backward pass over ``m`` examples fill.

    Allocated once and used for every batch of that size, so that a training
    step allocates nothing that grows with the batch, but for the temporaries
    of selu, silu and gelu.

    Parameters
    ----------
    units : tuple of int
        ``(n[0], ..., n[L])``.
    m : int
        Examples in a batch.
    dtype : dtype
        Precision of the products.
    keep_Z : bool, default=False
        Whether ``Z[l]`` of the hidden layers has an array of its own, for an
        activation whose step back needs it. ``A[l]`` is written over it
        otherwise.

    Attributes
    ----------
    A : tuple
        ``A[l]`` of shape ``(n[l], m)`` for the hidden layers ``0 < l < L``.
    A_ones : tuple
        ``A_ones[l] = [A[l]; 1]`` of shape ``(n[l] + 1, m)``: the memory behind
        ``A[l]``, and a row of ones.
    hidden_Z : tuple
        ``Z[l]`` of shape ``(n[l], m)`` with ``keep_Z``, else None.
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

    def __init__(
        self,
        units: tuple[int, ...],
        m: int,
        dtype: npt.DTypeLike,
        *,
        keep_Z: bool = False,
    ) -> None:
        hidden = units[1:-1]
        self.A_ones: tuple[Any, ...] = (
            None,
            *(np.ones((n + 1, m), dtype) for n in hidden),
        )
        self.A: tuple[Any, ...] = (None, *(ones[:-1] for ones in self.A_ones[1:]))
        self.hidden_Z: tuple[Any, ...] = (
            None,
            *(np.empty((n, m), dtype) if keep_Z else None for n in hidden),
        )
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
