"""Check whether a net became a constant although X predicts y, and why."""

import math
from typing import Any

import numpy as np
from scipy.sparse import issparse

from sknn2.data.rows import Rows
from sknn2.data.targets import Targets
from sknn2.inputs.blocks import forward_rows
from sknn2.inputs.standardization import Standardization
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters

SAMPLE, ENTRIES = 512, 2**20
"""Most rows that are checked, and most numbers in them."""


CONSTANT = 0.01
"""An output is constant if its deviation is less than this share of its target's."""


SHUFFLES, TOGETHER, CLEARLY = 320, 16, 1.15
"""A correlation counts if it is this many times that of each of so many shuffles."""


MOST_OUTPUTS = 64
"""Outputs that are compared with the columns: those whose targets vary the most."""


FAR = 3.0
"""Values are limited to so many deviations, so that one row does not decide."""


STRONG, STRONG_DEEP = 0.2, 0.02
"""A penalty explains a constant if ``alpha / S`` is more than this share of the slope
of the loss: in a deep net a weaker one is enough."""


WEAK, WEAK_DEEP = 0.02, 0.002
"""The message suggests a penalty with this share."""


def explain_constant(
    network: Network,
    parameters: Parameters,
    standardization: Standardization | None,
    targets: Targets,
    rows: Rows,
    alpha: float,
    *,
    name: str = "alpha",
    learning_rate: float | None = None,
) -> str | None:
    """Return why a net is a constant, if it should not be one.

    Parameters
    ----------
    network : Network
    parameters : Parameters
        At the end of training.
    standardization : Standardization or None
    targets : Targets
    rows : Rows
        Those that were trained on.
    alpha : float
    name : str, default="alpha"
        The argument that sets it.
    learning_rate : float or None, default=None
        None for a solver without one.

    Returns
    -------
    str or None
        None also where no column of X predicts the targets better than chance:
        then a constant may be the best model.
    """
    m, widest = rows.m, max(rows.n_features, targets.n_outputs)
    sample = rows.take(
        np.linspace(0, m - 1, min(m, SAMPLE, ENTRIES // widest + 2), dtype=int)
    )
    with np.errstate(all="ignore"):
        Z = forward_rows(network, parameters, standardization, sample.X)
        A = network.loss.output(Z.astype(np.float64))
        Y = targets.to_Y(sample.targets, np.float64)
        p = np.full(Y.shape[1], 1.0) if sample.w is None else sample.w
        p = p / p.sum()
        residual = Y - (Y @ p)[:, np.newaxis]
        spread, spread_of_Y = deviation(A, p), deviation(Y, p)
        # Written so that NaN is no constant.
        if not (np.all(spread <= CONSTANT * spread_of_Y) and spread_of_Y.any()):
            return None
        X = as_seen(sample.X, standardization)
        most = np.sort(np.argsort(-spread_of_Y, kind="stable")[:MOST_OUTPUTS])
        if not can_be_learnt(X.T, residual[most], p):
            return None
        hidden = None
        if len(network.units) > 2:
            hidden = forward_rows(network, parameters, None, X, hidden=True)
        slope = float(np.linalg.norm((X - p @ X).T * p @ residual.T))
    S = rows.sum_w
    deep = len(network.units) > 3
    head = (
        "The network has become a constant: it predicts the same for all rows, though "
        "columns of X predict y. "
    )
    if not math.isfinite(slope) or slope == 0:
        return None
    if alpha / S > (STRONG_DEEP if deep else STRONG) * slope:
        weaker = float(f"{(WEAK_DEEP if deep else WEAK) * slope * S:.1g}")
        value = f"{weaker:g}" if name == "alpha" else f"[{weaker:g}]"
        return (
            f"{head}The penalty is too strong: alpha={alpha:.3g} against a sum of "
            f"weights of {S:.3g} over {m} rows. Use a weaker one, e.g. "
            f"{name}={value}, or scale sample_weight up: a weight of 1 is one row."
        )
    if hidden is not None and np.ptp(hidden, axis=1).max() == 0:
        if not parameters.W[1].any():  # another activation would not help
            return f"{head}All weights of layer 1 are 0: take init='auto'."
        advice = "activation='leaky_relu'"
        if learning_rate is not None:
            advice = f"learning_rate={learning_rate / 10:.1g}, or {advice}"
        if standardization is None:
            advice = f"standardize=True, {advice}"
        return (
            f"{head}All units of a hidden layer are dead: their output is the same for "
            f"all rows, so no gradient comes through. Try {advice}."
        )
    return None


def as_seen(X: Any, standardization: Standardization | None) -> np.ndarray:
    """Return rows as the network sees them, as float64 of shape (m, n[0])."""
    X = np.asarray(X.toarray() if issparse(X) else X, np.float64)
    seen: np.ndarray = X
    if standardization is not None:
        seen = np.empty(X.shape)
        standardization.transform(X, seen)
    return seen


def deviation(rows: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return the deviation of each row, whose entries have probabilities p."""
    largest = np.abs(rows).max(axis=1, keepdims=True)
    rows = rows / np.where(largest > 0, largest, 1)
    centred = rows - (rows @ p)[:, np.newaxis]
    deviations: np.ndarray = largest[:, 0] * np.sqrt(centred**2 @ p)
    return deviations


def can_be_learnt(X: np.ndarray, residual: np.ndarray, p: np.ndarray) -> bool:
    """Return whether some column predicts the targets better than chance.

    It compares the largest correlation of a column with a target with that for
    shuffled targets, which is valid for any kind of column.

    Parameters
    ----------
    X : ndarray of shape (n[0], m)
    residual : ndarray of shape (n[L], m)
        Targets less their mean.
    p : ndarray of shape (m,)
        Share of each row in the sum of the weights.
    """
    columns, errors = clipped(X, p), clipped(residual, p)
    if not (columns.size and errors.size):
        return False
    columns = columns * p
    rng = np.random.default_rng(0)
    r = np.abs(columns @ errors.T).max()
    for _ in range(SHUFFLES // TOGETHER):  # one product for several is faster
        shuffled = [rng.permutation(errors.T) for _ in range(TOGETHER)]
        if r <= CLEARLY * np.abs(columns @ np.hstack(shuffled)).max():
            return False
    return True


def clipped(rows: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return the rows that vary, in deviations, limited to `FAR`."""
    for limit in (FAR, math.inf):
        scale = deviation(rows, p)
        varies = (scale > 1e-12 * np.abs(rows).max(axis=1)) & np.isfinite(scale)
        rows = rows[varies]
        rows = (rows - (rows @ p)[:, np.newaxis]) / scale[varies, np.newaxis]
        rows = np.clip(rows, -limit, limit)
    return rows
