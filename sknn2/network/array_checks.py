"""Checks of the arrays that users hand to a network; the message names the symbol.

Training does not call them: it made its arrays itself.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from sknn2.network.layers import Cache
from sknn2.network.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Loss,
    RegressionLoss,
)
from sknn2.network.parameters import Parameters, as_numbers, check_shapes


def check_inputs(X: Any, parameters: Parameters, units: tuple[int, ...]) -> np.ndarray:
    """Check the shapes and return ``[X; 1]`` of shape ``(n[0] + 1, m)``."""
    if not isinstance(parameters, Parameters):
        raise TypeError(
            f"parameters is of type {type(parameters).__name__}, expected "
            "Parameters, e.g. of initialize(units) or Parameters.from_arrays(W, b)."
        )
    check_shapes(parameters.W[1:], parameters.b[1:], units)
    X = as_numbers("X", X)
    if X.ndim != 2 or X.shape[0] != units[0] or X.shape[1] == 0:
        raise ValueError(
            f"X has shape {X.shape}, expected (n[0], m) = "
            f"({units[0]}, m) with m >= 1: one column per example."
        )
    if not np.isfinite(X).all():
        i, j = np.argwhere(~np.isfinite(X))[0]
        raise ValueError(f"X holds {X[i, j]} at [{i}, {j}]: it must be finite.")
    return np.concatenate([X, np.ones((1, X.shape[1]))], dtype=parameters.theta.dtype)


def check_caches(caches: list[Any], units: tuple[int, ...]) -> np.ndarray:
    """Return ``Z[L]``, if there is a cache for each layer, as `forward` returns."""
    expected = [((n, n_prev), (n, 1)) for n_prev, n in pairwise(units)]
    layers = caches[1:] if isinstance(caches, list) else []
    if (
        not all(isinstance(cache, Cache) for cache in layers)
        or [(np.shape(cache.W), np.shape(cache.b)) for cache in layers] != expected
        or layers[-1].Z is None
    ):
        raise ValueError(
            "caches are not those of the forward step of this network: give the "
            "list that forward returns."
        )
    Z = as_numbers("Z[L]", layers[-1].Z)
    return Z.astype(np.result_type(np.float32, Z.dtype), copy=False)


def check_targets(
    Y: Any, w: Any, shape: tuple[int, int], loss: Loss, dtype: npt.DTypeLike
) -> tuple[np.ndarray, np.ndarray | None]:
    """Check ``Y`` of this shape and ``w``, and return them in this precision."""
    m = shape[1]
    Y = as_numbers("Y", Y)
    if Y.shape != shape:
        raise ValueError(
            f"Y has shape {Y.shape}, expected (n[L], m) = "
            f"{shape}: one column per example."
        )
    check_target_values(Y, loss)
    if w is None:
        return np.asarray(Y, dtype), None
    w = as_numbers("w", w)
    if w.shape != (m,):
        raise ValueError(
            f"w has shape {w.shape}, expected (m,) = {(m,)}: one weight for "
            "each example."
        )
    if not (np.isfinite(w).all() and w.min() >= 0 and w.max() > 0):
        bad = w[~((w >= 0) & (w < np.inf))]
        raise ValueError(
            f"w holds {bad[0] if bad.size else 'zeros alone'}: weights are finite, "
            "at least 0, and not all 0."
        )
    return np.asarray(Y, dtype), np.asarray(w, dtype)


def check_target_values(Y: np.ndarray, loss: Loss) -> None:
    """Raise a ValueError if ``Y`` holds a value that the loss does not take.

    Parameters
    ----------
    Y : ndarray of shape (n[L], m)
    loss : loss object
    """
    low, high, interval = -np.inf, np.inf, "finite"
    if isinstance(loss, (BinaryCrossEntropy, CategoricalCrossEntropy)):
        low, high, interval = 0, 1, "within [0, 1]"
    elif isinstance(loss, RegressionLoss) and loss.lowest > -np.inf:
        low, interval = loss.lowest, f"finite and at least {loss.lowest:g}"
    bad = Y[~(np.isfinite(Y) & (low <= Y) & (high >= Y))]
    if bad.size:
        raise ValueError(f"Y holds {bad[0]}: for {loss.name!r} it must be {interval}.")
    if isinstance(loss, CategoricalCrossEntropy):
        sums = Y.sum(axis=0, dtype=np.float64)
        j = int(np.argmax(np.abs(sums - 1)))
        if abs(sums[j] - 1) > SUM_TOL:
            raise ValueError(
                f"Column {j} of Y sums to {sums[j]:.6g}: for {loss.name!r} the columns "
                "are one-hot, or probabilities that sum to 1."
            )


SUM_TOL = 1e-3
"""How far from 1 the sum of a column of probabilities may be."""
