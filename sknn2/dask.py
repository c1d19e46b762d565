"""Training on more rows than one machine holds, by Dask.

>>> import dask.array as da
>>> from sknn2 import ShallowNNClassifier
>>> from sknn2.dask import fit, predict
>>> X = da.random.default_rng(0).normal(size=(1000, 5), chunks=(250, 5))
>>> y = (X[:, 0] > 0).astype(int)
>>> model = fit(ShallowNNClassifier(random_state=0), X, y)
>>> predict(model, X)
dask.array<predict, shape=(1000,), dtype=int64, chunksize=(250,), chunktype=numpy.ndarray>
"""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from functools import partial
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from sknn2.checks import got
from sknn2.estimators.base import FittedNetwork, NeuralNetwork
from sknn2.fitting.blocked_fit import BlockedFit
from sknn2.fitting.blocked_rows import BlocksLost, Names, read_block
from sknn2.fitting.callbacks import with_callbacks

POLL = 2.0
"""Seconds after which a wait for the workers looks whether they are all well."""


HUNG = 20.0
"""Seconds without a sign of life after which a worker is given up, and without any
worker after which the cluster is."""


ATTEMPTS = 5
"""How often one step is tried, where results or workers get lost on the way."""


SENT_ALONE = 2**18
"""Bytes of an argument that is sent once, in place of with each task."""


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
        "model must be an estimator of sknn2, e.g. ShallowNNClassifier(). "
        f"{got(model)}"
    )


def import_dask() -> Any:
    """Return Dask's parts that are needed, or raise an ImportError that says how."""
    try:
        import dask
        import dask.array
        import distributed
    except ImportError as error:
        raise ImportError(
            "sknn2.dask needs Dask: pip install 'sknn2[dask]'"
        ) from error
    return Dask(dask, distributed)


class Dask:
    """What is needed of Dask, an optional package.

    Parameters
    ----------
    dask, distributed : module
    """

    def __init__(self, dask: Any, distributed: Any) -> None:
        self.dask, self.array, self.distributed = dask, dask.array, distributed

    def is_collection(self, value: Any) -> bool:
        """Return whether a value is an array, frame or series of Dask."""
        return bool(self.dask.is_dask_collection(value)) and hasattr(
            value, "to_delayed"
        )

    def is_array(self, value: Any) -> bool:
        """Return whether a value is an array of Dask."""
        return isinstance(value, self.array.Array)


def find_client(client: Any) -> Any:
    """Return a client, the one that Dask uses, or None if there is none."""
    if client is None:
        try:
            return import_dask().distributed.default_client()
        except ValueError:
            return None
    if not isinstance(client, import_dask().distributed.Client):
        raise TypeError(f"client must be a distributed.Client or None. {got(client)}")
    return client


# From collections to blocks.


def split(
    client: Any, X: Any, y: Any, sample_weight: Any, stub: Any, names: Names
) -> Any:
    """Return blocks of checked rows, one for each partition; see `read_block`.

    Parameters
    ----------
    client : distributed.Client or None
    X, y, sample_weight
        As of `fit`.
    stub : estimator
    names : Names
    """
    dask = import_dask()
    if y is None:
        raise ValueError(f"{names.y} is missing: training needs a target.")
    lengths = lengths_of(X, names.X)
    parts = partitions(X, names.X)
    columns = [parts]
    for name, value in ((names.y, y), (names.weight, sample_weight)):
        if value is None or np.ndim(value) == 0 and not dask.is_collection(value):
            columns.append([value] * len(parts))
            continue
        columns.append(partitions(aligned(value, name, lengths, names.X), name))
        if len(columns[-1]) != len(parts):
            raise ValueError(
                f"{name} has {len(columns[-1])} partitions and {names.X} has "
                f"{len(parts)}: give them the same. Take both from one frame, or let "
                "Dask count the rows: those of a frame by "
                f"{name} = {name}.to_dask_array(lengths=True), of an array by "
                f"{name}.compute_chunk_sizes(), and the same for {names.X}."
            )
    read = dask.dask.delayed(partial(read_block, stub=stub, names=names), pure=False)
    blocks = [read(*block) for block in zip(*columns, strict=True)]
    if client is None:
        return LocalBlocks(list(dask.dask.compute(*blocks)))
    return ClusterBlocks(client, client.compute(blocks))


def lengths_of(X: Any, name: str) -> tuple[int, ...] | None:
    """Return the rows of each partition of X where they are known.

    Raises
    ------
    ValueError
        If X is not divided by rows alone.
    """
    if not import_dask().is_array(X):
        return None
    if X.ndim != 2:
        raise ValueError(f"{name} has {X.ndim} dimensions, expected rows and columns.")
    if X.numblocks[1] > 1:
        raise ValueError(
            f"{name} is divided by columns too, in {X.numblocks[1]} parts: each block "
            f"needs whole rows. Take {name} = {name}.rechunk({{1: -1}})."
        )
    lengths: tuple[int, ...] = X.chunks[0]
    return None if np.isnan(lengths).any() else lengths


def aligned(value: Any, name: str, lengths: Any, name_of_X: str) -> Any:
    """Return a collection with the partitions of X, where that is known.

    Parameters
    ----------
    value : Dask collection or array-like
    name : str
    lengths : tuple of int or None
        Rows of each partition of X.
    name_of_X : str
    """
    dask = import_dask()
    m = None if lengths is None else sum(lengths)
    if not dask.is_collection(value):
        if lengths is None:
            raise TypeError(
                f"{name} must be a Dask collection in the partitions of {name_of_X}, "
                f"whose rows are not counted. {got(value)}"
            )
        value = np.asarray(value)
        value = dask.array.from_array(value, chunks=value.shape)
    if not dask.is_array(value):
        return value
    if value.ndim > 1:
        value = value.rechunk({1: -1})
    known = not np.isnan(value.shape[0])
    if lengths is None or not known or value.chunks[0] == lengths:
        return value
    if value.shape[0] != m:
        raise ValueError(
            f"{name} has {value.shape[0]} rows and {name_of_X} has {m}: give one for "
            "each row."
        )
    return value.rechunk({0: lengths})


def partitions(value: Any, name: str) -> list[Any]:
    """Return a delayed object for each partition of rows."""
    parts: list[Any] = np.ravel(np.array(value.to_delayed(), object)).tolist()
    return parts


class LocalBlocks:
    """Blocks in this process.

    Parameters
    ----------
    blocks : list
    """

    def __init__(self, blocks: list[Any]) -> None:
        self.blocks = blocks

    def __len__(self) -> int:
        return len(self.blocks)

    def ask(
        self, function: Callable[..., Any], *arguments: Any, each: Any = None
    ) -> list[Any]:
        """Return the result for each block."""
        if each is None:
            return [function(block, *arguments) for block in self.blocks]
        pairs = zip(self.blocks, each, strict=True)
        return [function(block, *arguments, last) for block, last in pairs]

    def make(
        self, function: Callable[..., Any], *arguments: Any, each: Any = None
    ) -> LocalBlocks:
        """Return blocks that are the results."""
        return LocalBlocks(self.ask(function, *arguments, each=each))

    def keep(self, places: Sequence[int]) -> LocalBlocks:
        """Return some of the blocks."""
        return LocalBlocks([self.blocks[k] for k in places])


class ClusterBlocks:
    """Blocks that are results of tasks, which Dask keeps, spills and makes again.

    Parameters
    ----------
    client : distributed.Client
    futures : list of distributed.Future
        One for each block.
    """

    def __init__(self, client: Any, futures: list[Any]) -> None:
        self.client, self.futures = client, futures

    def __len__(self) -> int:
        return len(self.futures)

    def keep(self, places: Sequence[int]) -> ClusterBlocks:
        """Return some of the blocks."""
        return ClusterBlocks(self.client, [self.futures[k] for k in places])

    def make(
        self, function: Callable[..., Any], *arguments: Any, each: Any = None
    ) -> ClusterBlocks:
        """Return blocks that are the results; they stay with the workers."""
        futures = self._submit(function, arguments, each)
        return ClusterBlocks(self.client, futures)

    def _submit(
        self, function: Callable[..., Any], arguments: Any, each: Any
    ) -> list[Any]:
        """Return a future of the result for each block."""
        # One call for all: it takes half the time of one for each.
        columns = [[argument] * len(self) for argument in arguments]
        columns += [] if each is None else [list(each)]
        name = function.__name__
        futures: list[Any] = self.client.map(
            function, self.futures, *columns, pure=False, key=name
        )
        return futures

    def ask(
        self, function: Callable[..., Any], *arguments: Any, each: Any = None
    ) -> list[Any]:
        """Return the result for each block, whatever happens to workers meanwhile.

        Raises
        ------
        BlocksLost
            If no worker is left, or what a block is made of is gone.
        """
        from distributed import KilledWorker

        for _ in range(ATTEMPTS):
            try:
                shared = [self._sent(argument) for argument in arguments]
                futures = self._submit(function, shared, each)
                return self._results(futures)
            except CancelledError as error:
                reason: Exception = error
            except KilledWorker as error:
                reason = error
                self.client.retry(futures)
            if self.client.status not in ("running", "connecting", "newly-created"):
                break
            time.sleep(POLL / 4)
        raise BlocksLost(
            f"A step on the cluster failed {ATTEMPTS} times ({reason}): workers die of "
            "it, or the data of a partition are gone and cannot be computed again. "
            "Take smaller partitions, or more memory for each worker, and data that "
            "Dask can read again. The model has the weights of the last complete "
            "epoch, if there was one."
        ) from reason

    def _sent(self, argument: Any) -> Any:
        """Return an argument, or a future of it if it is large."""
        if isinstance(argument, np.ndarray) and argument.nbytes > SENT_ALONE:
            return self.client.scatter(argument, hash=False)
        return argument

    def _results(self, futures: list[Any]) -> list[Any]:
        """Wait for results, and give up workers that hang."""
        from distributed import wait

        alone_since = None
        while True:
            try:
                # Alone, because a gather that is cancelled complains in the log.
                with self.client.as_current():
                    wait(futures, timeout=POLL)
                results: list[Any] = self.client.sync(
                    lambda: self.client.gather(futures, asynchronous=True),
                    callback_timeout=POLL,
                )
                return results
            except TimeoutError:
                n_workers = self._give_up_hung()
            if n_workers:
                alone_since = None
                continue
            alone_since = alone_since or time.monotonic()
            if time.monotonic() - alone_since > HUNG:
                raise BlocksLost(
                    f"No worker of the cluster has been there for {HUNG:g} seconds: "
                    "training was stopped. The model has the weights of the last "
                    "complete epoch, if there was one; with warm_start=True another "
                    "fit goes on from them."
                )

    def _give_up_hung(self) -> int:
        """Have workers without a sign of life replaced; return how many are left."""
        try:
            n_workers: int = self.client.run_on_scheduler(give_up_hung, HUNG)
        except OSError:  # no scheduler
            return 0
        return n_workers


async def give_up_hung(seconds: float, dask_scheduler: Any = None) -> int:
    """Restart the workers that have been silent for some time, on the scheduler.

    Dask does the same after its ``worker-ttl`` of five minutes, which is long for a
    step of milliseconds.

    Parameters
    ----------
    seconds : float
    dask_scheduler : distributed.Scheduler
        Given by Dask.
    """
    now = time.time()
    hung = [
        address
        for address, worker in dask_scheduler.workers.items()
        if now - worker.last_seen > seconds
    ]
    if hung:
        await dask_scheduler.restart_workers(
            hung,
            timeout=10.0,  # a nanny waits for 4 before it kills
            wait_for_workers=False,
            on_error="return",
            stimulus_id=f"sknn2-silent-{now}",
        )
    return len(dask_scheduler.workers)


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
        shape = {} if sample.ndim == 2 else {"drop_axis": 1}
        if sample.ndim == 2:
            shape = {"chunks": (X.chunks[0], (sample.shape[1],))}
        return X.map_blocks(
            method_of, as_it_is, method, meta=sample, name=None, token=method, **shape
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
