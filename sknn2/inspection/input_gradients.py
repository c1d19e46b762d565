"""The derivative of what a fitted estimator puts out by the columns of X."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sknn2.data.input_checks import check_rows
from sknn2.estimators.base import FittedNetwork
from sknn2.inputs.blas_threads import one_blas_thread
from sknn2.inputs.blocks import block_size, largest_input, shrunk
from sknn2.network.layers import layer_backward, linear_backward
from sknn2.network.network import Network
from sknn2.network.parameters import Parameters
from sknn2.network.workspace import Workspace


def input_gradients(model: FittedNetwork, X: ArrayLike) -> np.ndarray:
    """Return the derivative of each output of a model by each column of X.

    Backpropagation goes one step further than in training, to ``dA[0]``, the
    derivative by the inputs. It starts from one output at a time, in place of
    the loss. The result is exact, row by row, and tells how the output answers
    to a small change of one column. It is computed in float64, whatever the
    precision of the model.

    Parameters
    ----------
    model : estimator
        A fitted classifier or regressor of this package.
    X : array-like of shape (m, n_features)
        Dense.

    Returns
    -------
    ndarray of shape (m, n_features) or (m, n_features, n_outputs)
        In units of the output per unit of the raw column: standardisation is
        part of the function. For a classifier the output is
        ``decision_function(X)``, the logit; one for two classes, else one for
        each class or label. For a regressor it is ``predict(X)``, in the units
        of ``y``. The last axis is there where that output has a second one.

    Raises
    ------
    TypeError
        If ``model`` is not an estimator of this package, or X is sparse.
    ValueError
        If X cannot be used.
    sklearn.exceptions.NotFittedError
        If ``model`` is not fitted.

    Notes
    -----
    At the kink of relu and leaky_relu, where ``Z = 0``, the derivative from
    the left is taken, as in training. A column that was constant in ``fit`` has
    no effect, so its derivative is 0. A row so large that the network cannot
    take it in float64 has the derivative of the row in the same direction that
    it can.

    A Pipeline is refused. Whether a step is affine, and what its derivative is,
    cannot be asked of a transformer. ``input_gradients(pipeline[-1],
    pipeline[:-1].transform(X))`` is the derivative by the columns that the
    network is given. Behind a StandardScaler divide it by ``scale_`` to have
    that by the raw columns, or leave the scaler out: the estimators standardise
    by themselves.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sknn2 import ShallowNNRegressor, input_gradients
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = ShallowNNRegressor(random_state=0).fit(X, y)
    >>> input_gradients(model, X).shape
    (442, 10)
    """
    _check_model(model)
    if issparse(X):
        raise TypeError(
            "X is sparse, and the derivative by each of its columns is dense: give the "
            "rows of interest as X[rows].toarray()."
        )
    rows: Any = check_rows(model, X, reset=False)
    network, targets = model.network_, cast(Any, model._targets)
    parameters = Parameters(network.units, model.parameters_.theta.astype(np.float64))
    standardization = model.standardization_
    factor = (
        np.ones(rows.shape[1]) if standardization is None else standardization.factor
    )
    bound = largest_input(parameters)
    n, n_outputs = network.units[0], network.units[-1]
    result = np.empty((rows.shape[0], n, n_outputs))
    size = block_size(network.units, np.dtype(np.float64))
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, rows.shape[0], size):
            block = rows[start : start + size].astype(np.float64)
            A_ones = np.ones((n + 1, block.shape[0]))
            A_ones[:-1] = shrunk(block, standardization, bound).T
            Z, dX = _backward_to_input(network, parameters, A_ones)
            part = result[start : start + size]
            np.multiply(dX.transpose(2, 1, 0), factor[:, np.newaxis], out=part)
            if not is_classifier(model):
                part *= targets.slope(Z)[:, np.newaxis]
    return result[..., 0] if _has_one_output(model) else result


def _backward_to_input(
    network: Network, parameters: Parameters, A_ones: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return ``Z[L]``, and ``dA[0]`` for each output.

    Parameters
    ----------
    network : Network
    parameters : Parameters
    A_ones : ndarray of shape (n[0] + 1, m)
        ``[X; 1]``.

    Returns
    -------
    Z : ndarray of shape (n[L], m)
    dA : ndarray of shape (n[L], n[0], m)
    """
    units, m = network.units, A_ones.shape[1]
    keep_Z = network.activation.needs_Z
    workspace = Workspace(units, m, A_ones.dtype, keep_Z=keep_Z)
    Z, caches = network.forward_to_Z(A_ones, parameters, workspace)
    result = np.empty((units[-1], units[0], m))
    unused = parameters.zeros_like()  # dW and db
    dA = (np.empty(A_ones.shape), *workspace.dA_ones[1:])
    L = len(units) - 1
    for k in range(units[-1]):
        dZ = np.zeros(Z.shape)
        dZ[k] = 1
        linear_backward(dZ, caches[L], out=(dA[L - 1], unused.Wb[L]))
        for l in range(L - 1, 0, -1):
            layer_backward(
                workspace.dA[l],
                caches[l],
                network.activation,
                out=(dA[l - 1], unused.Wb[l]),
                scratch=workspace.scratch[l],
            )
        result[k] = dA[0][:-1]
    return Z, result


def _has_one_output(model: Any) -> bool:
    """Return whether the output of a model for m rows is of shape (m,)."""
    targets, Z = model._targets, np.zeros((model.network_.units[-1], 1))
    decide = targets.decision if is_classifier(model) else targets.predictions
    return bool(decide(Z).ndim == 1)


def _check_model(model: Any) -> None:
    """Raise where a model has no derivative that is known here."""
    if isinstance(model, Pipeline):
        raise TypeError(
            "model is a Pipeline, whose earlier steps do not tell their derivative. "
            "Give its last step what they make of X: "
            "input_gradients(pipeline[-1], pipeline[:-1].transform(X))."
        )
    if not isinstance(model, FittedNetwork):
        raise TypeError(
            f"model is of type {type(model).__name__}, expected a fitted estimator of "
            "sknn2, e.g. ShallowNNClassifier. (For a Network call layer_backward down "
            "to the first layer: it returns dA[0].)"
        )
    check_is_fitted(model)
