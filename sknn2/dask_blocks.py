"""From Dask collections to blocks of rows, on a cluster or in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from functools import partial
from typing import Any

import numpy as np

from sknn2.checks import got
from sknn2.fitting.blocked_rows import BlocksLost, Names, read_block

POLL = 2.0
"""Seconds after which a wait for the workers looks whether they are all well."""


HUNG = 20.0
"""Seconds without a sign of life after which a worker is given up."""


GONE = 30.0
"""Seconds without any worker after which the cluster is: one that was restarted needs
some."""


ATTEMPTS = 5
"""How often one step is tried, where results or workers get lost on the way."""


SENT_ALONE = 2**18
"""Bytes of an argument that is sent once, in place of with each task."""


def import_dask() -> Any:
    """Return Dask's parts that are needed, or raise an ImportError that says how."""
    try:
        import dask
        import dask.array
        import distributed
    except ImportError as error:
        raise ImportError("sknn2.dask needs Dask: pip install 'sknn2[dask]'") from error
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
        if value is None or (np.ndim(value) == 0 and not dask.is_collection(value)):
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
        wait: Any = import_dask().distributed.wait

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
            if time.monotonic() - alone_since > GONE:
                raise BlocksLost(
                    f"No worker of the cluster has been there for {GONE:g} seconds: "
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
