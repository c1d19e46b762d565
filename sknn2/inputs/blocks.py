"""Blocks of rows: their size, and the output of a network for all rows of X."""

from contextlib import nullcontext
from typing import Any

import numpy as np
from scipy.sparse import issparse

from sknn2.inputs.blas_threads import one_blas_thread
from sknn2.inputs.reader import InputReader
from sknn2.inputs.standardization import Standardization
from sknn2.network.losses import CategoricalCrossEntropy
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters
from sknn2.network.workspace import Workspace


def forward_rows(
    network: Network,
    parameters: Parameters,
    standardization: Standardization | None,
    X: np.ndarray,
    *,
    hidden: bool = False,
) -> np.ndarray:
    """Return the output pre-activations for the rows of X, block by block.

    Parameters
    ----------
    network : Network
    parameters : Parameters
    standardization : Standardization or None
    X : ndarray or CSR array or matrix of shape (m, n[0])
    hidden : bool, default=False
        Whether to return the activations of the last hidden layer instead.

    Returns
    -------
    ndarray of shape (n[L], m), or (n[L-1], m) where ``hidden``
        In the precision of the parameters. Finite, if the parameters are,
        except for a custom activation that is not. Hidden activations are
        F-ordered: their transpose has a row for each row of X.
    """
    m, dtype = X.shape[0], parameters.theta.dtype
    inputs = InputReader(X, standardization, dtype, keep=False)
    result = np.empty(
        (network.units[-2 if hidden else -1], m), dtype, order="F" if hidden else "C"
    )
    workspace: Any = None
    buffer, size = None, 0
    block = block_size(network.units, dtype, inputs.is_sparse)
    # A block is over before a limit would have paid.
    with (
        one_blas_thread() if m > block else nullcontext(),
        np.errstate(over="ignore", invalid="ignore"),
    ):
        for start in range(0, m, block):
            rows = slice(start, min(start + block, m))
            if rows.stop - rows.start != size:
                size = rows.stop - rows.start
                workspace = Workspace(network.units, size, dtype)
                buffer = inputs.new_buffer(size)
            X_ones = inputs.read(rows, buffer)
            Z, _ = network.forward_to_Z(X_ones.T, parameters, workspace)
            result[:, rows] = workspace.A[-1] if hidden else Z
            # NaN is not in range either.
            in_range = np.abs(result[:, rows]) <= np.finfo(dtype).max / FAR
            if not in_range.all():
                far = rows.start + np.flatnonzero(~in_range.all(axis=0))
                result[:, far] = far_output(
                    network, parameters, standardization, X, far, hidden=hidden
                )
    return result


FAR = 8.0
"""Outputs reach to the largest number over this, so that a difference of two is one."""


FAR_ENTRIES = 2**20
"""Values of far rows that are made dense together."""


def far_output(
    network: Network,
    parameters: Parameters,
    standardization: Standardization | None,
    X: Any,
    rows: np.ndarray,
    *,
    hidden: bool = False,
) -> np.ndarray:
    """Return what `forward_rows` does for rows so large that something overflowed.

    They are computed again in float64. A row that is too large even for that is
    shrunk as a whole, which keeps its direction. Outputs beyond what the
    precision can hold become its limits, those of softmax after the largest was
    subtracted, so that their order stays.

    Parameters
    ----------
    network, parameters, standardization, X
        As for `forward_rows`.
    rows : ndarray of int
    hidden : bool, default=False
        As for `forward_rows`.

    Returns
    -------
    ndarray of shape (n[L], len(rows)), or (n[L-1], len(rows)) where ``hidden``
        float64.
    """
    wide = Parameters(parameters.units, parameters.theta.astype(np.float64))
    bound = largest_input(wide)
    largest = float(np.finfo(np.float64).max) / FAR
    limit = float(np.finfo(parameters.theta.dtype).max) / FAR
    result = np.empty((network.units[-2 if hidden else -1], rows.size))
    step = max(1, FAR_ENTRIES // max(network.units))
    for start in range(0, rows.size, step):
        part = X[rows[start : start + step]]
        dense = part.toarray() if issparse(part) else part
        X_ones = np.ones((dense.shape[0], dense.shape[1] + 1))
        X_ones[:, :-1] = shrunk(dense.astype(np.float64), standardization, bound)
        workspace = Workspace(network.units, dense.shape[0], np.dtype(np.float64))
        Z = network.forward_to_Z(X_ones.T, wide, workspace)[0]
        if hidden:
            Z = workspace.A[-1]
        elif isinstance(network.loss, CategoricalCrossEntropy):
            np.clip(Z, -largest, largest, out=Z)
            Z -= Z.max(axis=0)
        np.clip(Z, -limit, limit, out=result[:, start : start + step])
    return result


def largest_input(parameters: Parameters) -> float:
    """Return up to what size inputs pass through all layers without overflow.

    Parameters
    ----------
    parameters : Parameters
        In float64.
    """
    bound = float(np.finfo(np.float64).max) / FAR
    for Wb in parameters.Wb[1:]:  # what such an input can become, layer by layer
        bound /= max(1.0, float(np.abs(Wb).sum(axis=1).max()))
    return max(bound, 1.0)


def shrunk(
    X: np.ndarray, standardization: Standardization | None, bound: float
) -> np.ndarray:
    """Return rows standardised, and each divided so that it is within a bound.

    Parameters
    ----------
    X : ndarray of shape (m, n[0])
        float64.
    standardization : Standardization or None
    bound : float

    Returns
    -------
    ndarray of shape (m, n[0])
    """
    mean: Any = 0.0 if standardization is None else standardization.mean
    factor: Any = 1.0 if standardization is None else standardization.factor
    quarter = X / 4 - mean / 4  # the difference itself may overflow
    with np.errstate(divide="ignore"):
        share = (bound / 4 / factor / np.abs(quarter)).min(axis=1, keepdims=True)
    result: np.ndarray = quarter * np.minimum(share, 1) * factor * 4
    return np.clip(result, -bound, bound, out=result)


BLOCK = 2048
"""Examples, at most, that pass through the network at once."""


SHORT = 256
"""Fewest examples of a block, however wide the network: each call takes time too."""


CACHE = 2**19
"""Bytes of the widest layer of a block: what a step writes is then read from cache."""


def block_length(rows: slice | np.ndarray) -> int:
    """Return how many rows a slice from start to stop, or an array of indices, has."""
    return rows.stop - rows.start if isinstance(rows, slice) else rows.size


def block_size(
    units: tuple[int, ...], dtype: np.dtype[Any], is_sparse: bool = False
) -> int:
    """Return how many examples pass through a network at once.

    Parameters
    ----------
    units : tuple of int
        ``(n[0], ..., n[L])``.
    dtype : dtype
        Precision of the products.
    is_sparse : bool, default=False
        Whether the inputs are sparse: their width does not count then, but a
        block costs as much as theta is long, so there are fewer.
    """
    if is_sparse:
        return 2 * BLOCK
    fits = CACHE // (max(units) * dtype.itemsize)
    return min(max(fits // 64 * 64, SHORT), BLOCK)
