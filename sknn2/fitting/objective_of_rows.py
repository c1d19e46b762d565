"""A network on the rows of a table: the cost to train on, the outputs to predict by.

Here rows become the columns of the equations: ``X.T`` is the ``X`` of the network.
"""

from typing import Any

import numpy as np

from sknn2.data.rows import Rows
from sknn2.data.targets import Targets
from sknn2.inputs.reader import InputReader
from sknn2.inputs.selected_rows import COPY_LIMIT
from sknn2.inputs.standardization import Standardization
from sknn2.network.ensemble import Ensemble
from sknn2.network.network import Network
from sknn2.training.objective import Objective
from sknn2.training.one_hot import OneHot

MANY_CLASSES = 32
"""From so many classes on, one-hot targets are made for each batch: that takes less
time than to gather them from all, and no memory that grows with rows and classes."""


def objective_of_rows(
    network: Network | Ensemble,
    targets: Targets,
    rows: Rows,
    standardization: Standardization | None,
    alpha: float,
    dtype: np.dtype[Any],
) -> Objective:
    """Return the cost over some rows, as a function of the parameters.

    Parameters
    ----------
    network : Network or Ensemble
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
    Y: np.ndarray | OneHot
    size = network.units[-1] * rows.X.shape[0] * dtype.itemsize
    if rows.targets.ndim == 1 and targets.n_outputs >= MANY_CLASSES:
        Y = OneHot(rows.targets, targets.n_outputs, dtype)
    elif targets.is_binary and size > COPY_LIMIT:
        # 0 and 1 all the same, in an eighth of the memory.
        Y = targets.to_Y(rows.targets, np.dtype(bool))
    else:
        Y = targets.to_Y(rows.targets, dtype)
    return Objective(
        network,
        InputReader(rows.X, standardization, dtype),
        Y,
        None if rows.w is None else rows.w.astype(dtype),
        alpha,
        rows.weight_scale,
    )
