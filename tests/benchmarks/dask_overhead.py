"""What a step over a cluster costs, against the sums that it is for.

    python tests/benchmarks/dask_overhead.py        about two minutes, 2 GB of memory

A full-batch update of a network of 20 columns and 32 units, float32, on two worker
processes of one thread each, that hold one block each: the milliseconds of an update
through ``sknn2.dask.fit``, and those of ``fit`` of the same rows here, with one thread.
Each is the difference of fits of few and many epochs, the least of some rounds in turn.
"""

import os
import platform
import time
import warnings

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster
from threadpoolctl import threadpool_info

import sknn2.dask
from sknn2 import ShallowNNClassifier

SIZES = 1_000, 10_000, 100_000, 1_000_000
BLOCKS = 2, 8, 32
N_WORKERS = 2
ROUNDS = 3


def model(n_epochs):
    return ShallowNNClassifier(
        32,
        solver="momentum",
        batch_size="full",
        max_iter=n_epochs,
        tol=None,
        random_state=0,
    )


def seconds(train, n_epochs):
    start = time.perf_counter()
    train(model(n_epochs))
    return time.perf_counter() - start


def step(trains, n_epochs):
    """Return the milliseconds of an update of each way to train, measured in turn."""
    rounds = [
        [[seconds(train, n) for n in (1, 1 + n_epochs)] for train in trains]
        for _ in range(ROUNDS)
    ]
    least = np.min(rounds, axis=0)
    return (least[:, 1] - least[:, 0]) / n_epochs * 1e3


def measure(client, size, n_blocks, n_epochs):
    """Return the milliseconds of an update over blocks on the cluster, and here."""
    shape = n_blocks * size, 20
    X = da.random.default_rng(0).normal(size=shape, chunks=(size, 20))
    X = X.astype(np.float32).persist()
    y = (X[:, 0] > 0).astype(int).persist()
    here = X.compute(), y.compute()
    return step(
        [
            lambda model: sknn2.dask.fit(model, X, y, client=client),
            lambda model: model.fit(*here),
        ],
        n_epochs,
    )


def main():
    warnings.simplefilter("ignore")
    kernels = {info.get("architecture") for info in threadpool_info()} - {None}
    print(
        f"{platform.machine()}, BLAS kernels {', '.join(kernels)}, "
        f"{os.cpu_count()} cores, {time.strftime('%d %b %Y')}\n"
    )
    options = {"n_workers": N_WORKERS, "threads_per_worker": 1}
    with (
        LocalCluster(
            **options, dashboard_address="127.0.0.1:0", memory_limit=0
        ) as cluster,
        Client(cluster) as client,
    ):
        print("rows of a block  update, ms  here, ms  overhead / sum  here / update")
        for size in SIZES:
            n_epochs = max(3, min(30, 1_000_000 // size))
            there, here = measure(client, size, N_WORKERS, n_epochs)
            total = here / N_WORKERS  # what each worker has to add up
            print(
                f"{size:15,}{there:12.1f}{here:10.2f}{(there - total) / total:16.2f}"
                f"{here / there:15.2f}",
                flush=True,
            )
        print("\nblocks of 1,000 rows  update, ms")
        for n_blocks in BLOCKS:
            there, _ = measure(client, 1_000, n_blocks, 30)
            print(f"{n_blocks:20}{there:12.1f}", flush=True)


if __name__ == "__main__":
    main()
