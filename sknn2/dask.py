"""Training on more rows than one machine holds, by Dask.

>>> import dask.array as da
>>> from sknn2 import ShallowNNClassifier
>>> from sknn2.dask import fit, predict
>>> X = da.random.default_rng(0).normal(size=(1000, 5), chunks=(250, 5))
>>> y = (X[:, 0] > 0).astype(int)
>>> model = fit(ShallowNNClassifier(random_state=0), X, y)
>>> predict(model, X).compute().shape
(1000,)
"""

from __future__ import annotations

import copy
import warnings
from functools import partial
from typing import Any
from uuid import uuid4

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from sknn2.checks import got
from sknn2.dask_blocks import import_dask, lengths_of, split
from sknn2.estimators.base import FittedNetwork, NeuralNetwork
from sknn2.fitting.blocked_fit import BlockedFit
from sknn2.fitting.callbacks import with_callbacks

__all__ = ["decision_function", "fit", "predict", "predict_proba", "transform"]


def fit(
    model: Any,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    X_val: Any = None,
    y_val: Any = None,
    sample_weight_val: Any = None,
    client: Any = None,
) -> Any:
    """Train an estimator on Dask arrays or frames, as its ``fit`` does on a table.

    The workers keep the partitions and compute sums over them; everything else is
    done here, by the code of ``fit``. With full batches the weights are those of
    ``fit`` on the same rows but for rounding, and they are the same to the last bit
    for any number of workers.

    Parameters
    ----------
    model : estimator
        One of the classifiers and regressors of sknn2, but not those that choose
        their penalty (``...CV``).
    X : dask.array.Array or dask.dataframe.DataFrame of shape (m, n_features)
        In partitions of rows; blocks of an array may be sparse. Rows of unknown
        number are counted.
    y : Dask collection or array-like of shape (m,) or (m, n_columns)
        In the same partitions. What is not a collection is divided as X is.
    sample_weight : Dask collection or array-like of shape (m,), default=None
    X_val, y_val, sample_weight_val : Dask collection or array-like, default=None
        A validation set. For a scoring other than the loss its rows are brought
        here.
    client : distributed.Client, default=None
        None takes the client that Dask uses at the time, and computes in this
        process where there is none.

    Returns
    -------
    model : estimator
        The same object, fitted. It knows nothing of Dask.

    Raises
    ------
    ImportError
        If Dask is not installed.
    TypeError, ValueError
        As ``fit`` does; what is wrong in a partition is said with its number.
    RuntimeError
        If no worker is left, or a partition cannot be computed any more. The model
        then has the weights of the last complete epoch, as after Ctrl-C.

    Notes
    -----
    Mini-batches are drawn by seed, epoch and partition: each partition gives its
    share of every batch. Each update waits for the slowest worker, which takes
    tens of milliseconds whatever the size: ``batch_size="auto"`` makes 50 updates
    an epoch at most, and ``solver="lbfgs"`` needs the fewest.

    A worker that dies, or gives no sign of life for 20 seconds, is given up: its
    partitions are computed again elsewhere, and the step is repeated.

    Examples
    --------
    >>> import dask.array as da
    >>> from sknn2 import ShallowNNRegressor
    >>> from sknn2.dask import fit
    >>> X = da.random.default_rng(0).normal(size=(1000, 5), chunks=(250, 5))
    >>> model = fit(ShallowNNRegressor(solver="lbfgs", random_state=0), X, X[:, 0])
    >>> bool(model.predict(X.compute())[0] - X[0, 0].compute() < 0.1)
    True
    """
    check_model(model)
    collections = import_dask()
    if not collections.is_collection(X):
        raise TypeError(
            f"X must be a Dask array or frame. {got(X)} A table of this machine is for "
            "model.fit(X, y)."
        )
    validation = X_val, y_val, sample_weight_val
    return fit_blocks(model, X, y, sample_weight, validation, find_client(client))


@with_callbacks
def fit_blocks(
    model: Any, X: Any, y: Any, sample_weight: Any, validation: Any, client: Any
) -> Any:
    """Train, after the arguments have been checked; see `fit`."""
    kind = partial(
        BlockedFit,
        split=partial(split, client),
        is_partitioned=import_dask().is_collection,
    )
    return model._train(X, y, sample_weight, validation, one_pass=False, kind=kind)


def check_model(model: Any) -> None:
    """Raise a TypeError unless a model can be trained in blocks."""
    if isinstance(model, NeuralNetwork):
        return
    name = type(model).__name__
    if isinstance(model, FittedNetwork):
        single = name.removesuffix("CV")
        raise TypeError(
            f"{name} chooses its penalty with all rows on one machine. Take {single} "
            f"here: with a fixed alpha, e.g. that of {name} on a sample of the rows, "
            f"or search for it by GridSearchCV({single}(), "
            "{'alpha': [1, 10, 100]}) under joblib.parallel_config('dask')."
        )
    raise TypeError(
        f"model must be an estimator of sknn2, e.g. ShallowNNClassifier(). {got(model)}"
    )


def find_client(client: Any) -> Any:
    """Return a client, the one that Dask uses, or None if there is none."""
    if client is None:
        try:
            return import_dask().distributed.default_client()
        except ValueError:
            return None
    known = isinstance(client, import_dask().distributed.Client)
    if not known or client.asynchronous:
        raise TypeError(
            "client must be a distributed.Client that is not asynchronous, or None. "
            f"{got(client)}"
        )
    return client


# Predictions.


def predict(model: Any, X: Any) -> Any:
    """Return predictions of a Dask collection, which are computed when they are needed.

    Parameters
    ----------
    model : estimator
        A fitted one of sknn2, also one that chooses its penalty.
    X : dask.array.Array or dask.dataframe.DataFrame of shape (m, n_features)

    Returns
    -------
    Dask collection
        For an array an array, in the same blocks of rows. For a frame a series, or a
        frame where there are several outputs, with the same index.

    Raises
    ------
    TypeError, ValueError
        If X is no Dask collection, or has other columns than the fit.
    """
    return lazily(model, "predict", X)


def predict_proba(model: Any, X: Any) -> Any:
    """Return the probabilities of the classes, lazily; see `predict`.

    Parameters
    ----------
    model : estimator
    X : dask.array.Array or dask.dataframe.DataFrame of shape (m, n_features)

    Returns
    -------
    Dask collection
        The columns of a frame are named by ``classes_``.
    """
    return lazily(model, "predict_proba", X)


def decision_function(model: Any, X: Any) -> Any:
    """Return the logits, lazily; see `predict`.

    Parameters
    ----------
    model : estimator
    X : dask.array.Array or dask.dataframe.DataFrame of shape (m, n_features)

    Returns
    -------
    Dask collection
    """
    return lazily(model, "decision_function", X)


def transform(model: Any, X: Any) -> Any:
    """Return the activations of the last hidden layer, lazily; see `predict`.

    Parameters
    ----------
    model : estimator
    X : dask.array.Array or dask.dataframe.DataFrame of shape (m, n_features)

    Returns
    -------
    Dask collection
        The columns of a frame are named by ``get_feature_names_out``.
    """
    return lazily(model, "transform", X)


def lazily(model: Any, method: str, X: Any) -> Any:
    """Return what a method of a model returns for each partition.

    Parameters
    ----------
    model : estimator
    method : str
    X : Dask collection
    """
    dask = import_dask()
    if not isinstance(model, FittedNetwork):
        check_model(model)
    check_is_fitted(model)
    if not hasattr(model, method):
        raise TypeError(f"{type(model).__name__} has no {method}.")
    if not dask.is_collection(X) or getattr(X, "ndim", 2) != 2:
        raise TypeError(
            f"X must be a Dask array or frame with rows and columns. {got(X)} A table "
            f"of this machine is for model.{method}(X)."
        )
    lengths_of(X, "X")
    as_it_is = copy.copy(model)  # a later fit must not change what was asked before
    vars(as_it_is).pop("_skl_callbacks", None)
    if dask.is_array(X):
        validate_data(model, np.zeros((1, X.shape[1])), reset=False)
        sample = method_of(np.zeros((0, X.shape[1]), X.dtype), as_it_is, method)
        shape: dict[str, Any] = {} if sample.ndim == 2 else {"drop_axis": 1}
        if sample.ndim == 2:
            shape = {"chunks": (X.chunks[0], (sample.shape[1],))}
        name = f"{method}-{uuid4().hex}"
        return X.map_blocks(
            method_of, as_it_is, method, meta=sample, name=name, **shape
        )
    validate_data(model, X._meta, reset=False, skip_check_array=True)
    columns = columns_of(model, method)
    meta = frame_of(X._meta_nonempty, as_it_is, method, columns).iloc[:0]
    return X.map_partitions(frame_of, as_it_is, method, columns, meta=meta)


def columns_of(model: Any, method: str) -> Any:
    """Return the names of the columns of a frame of results, or None."""
    if method == "transform":
        return model.get_feature_names_out()
    return None if method == "predict" else getattr(model, "classes_", None)


def method_of(X: Any, model: Any, method: str) -> np.ndarray:
    """Return what a method of a model returns for a partition, an array."""
    call = getattr(model, method)
    with warnings.catch_warnings():
        # It was said when the result was asked for.
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        if X.shape[0]:
            return np.asarray(call(X))
        some = np.zeros((1, X.shape[1]), getattr(X, "dtype", float))
        return np.asarray(call(some))[:0]


def frame_of(X: Any, model: Any, method: str, columns: Any) -> Any:
    """Return what a method of a model returns for a partition, as a series or frame."""
    import pandas as pd

    if not X.shape[0]:
        X = pd.DataFrame(np.zeros((1, X.shape[1])), columns=X.columns)
        return frame_of(X, model, method, columns).iloc[:0]
    result = np.asarray(getattr(model, method)(X))
    if result.ndim == 1:
        return pd.Series(result, X.index)
    return pd.DataFrame(result, X.index, columns)
