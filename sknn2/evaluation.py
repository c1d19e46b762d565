"""A network on the rows of a table: the cost to train on, the outputs to predict by.

Here rows become the columns of the equations: ``X.T`` is the ``X`` of the network.
"""

from contextlib import nullcontext
from typing import Any

import numpy as np

from sknn2.data import Rows
from sknn2.inputs import COPY_LIMIT, Inputs
from sknn2.members import Members
from sknn2.network import Network
from sknn2.objective import Objective, block_size
from sknn2.parameters import Parameters, Workspace
from sknn2.standardization import Standardization
from sknn2.targets import Targets
from sknn2.threads import one_blas_thread


def make_objective(
    network: Network | Members,
    targets: Targets,
    rows: Rows,
    standardization: Standardization | None,
    alpha: float,
    dtype: np.dtype[Any],
) -> Objective:
    """Return the cost over some rows, as a function of the parameters.

    Parameters
    ----------
    network : Network or Members
    targets : Targets
    rows : Rows
    standardization : Standardization or None
    alpha : float
    dtype : dtype
        Precision of the products.

    Returns
    -------
    Objective
    """
    Y_dtype = dtype
    size = network.units[-1] * rows.X.shape[0] * dtype.itemsize
    if targets.is_binary and size > COPY_LIMIT:
        Y_dtype = np.dtype(bool)  # 0 and 1 all the same, in an eighth of the memory
    return Objective(
        network,
        Inputs(rows.X, standardization, dtype),
        targets.Y(rows.targets, Y_dtype),
        None if rows.w is None else rows.w.astype(dtype),
        alpha,
        rows.weight_scale,
    )


def output_Z(
    network: Network,
    parameters: Parameters,
    standardization: Standardization | None,
    X: np.ndarray,
) -> np.ndarray:
    """Return the output pre-activations for the rows of X, block by block.

    Parameters
    ----------
    network : Network
    parameters : Parameters
    standardization : Standardization or None
    X : ndarray or CSR array or matrix of shape (m, n[0])

    Returns
    -------
    ndarray of shape (n[L], m)
        In the precision of the parameters.
    """
    m, dtype = X.shape[0], parameters.theta.dtype
    inputs = Inputs(X, standardization, dtype, keep=False)
    Z = np.empty((network.units[-1], m), dtype)
    workspace: Any = None
    room, size = None, 0
    block = block_size(network.units, dtype, inputs.is_sparse)
    # A block is over before a limit would have paid.
    with one_blas_thread() if m > block else nullcontext():
        for start in range(0, m, block):
            rows = slice(start, min(start + block, m))
            if rows.stop - rows.start != size:
                size = rows.stop - rows.start
                workspace = Workspace(network.units, size, dtype)
                room = inputs.room(size)
            X_ones = inputs.read(rows, room)
            Z[:, rows] = network.forward_to_Z(X_ones.T, parameters, workspace)[0]
    return Z
