"""
More rows than memory
=====================

A table that does not fit into the memory of this machine can still be trained on.
Dask reads it in blocks, keeps those that fit, and spills the others to disk;
``sknn2.dask.fit`` asks it for sums over the blocks.

The example writes a table, trains on it, and prints the memory that was used. It is
small as it stands, to take seconds. A table of several times the memory that the
workers may use is made by::

    python out_of_core.py --gigabytes 3 --workers 2 --limit 0.6

It needs the extra ``dask``: ``pip install "sknn2[dask]"``.
"""

import argparse
import os
import resource
import sys
import tempfile
from pathlib import Path

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster

from sknn2 import ShallowNNClassifier
from sknn2.dask import fit, predict

N_COLUMNS = 100
GB = 1e9

# %%
# The table
# ---------
# A stack of ``.npy`` files, one for each block of rows. A worker needs a few blocks at
# a time: a twenty-fifth of its memory is a good size. ``dask.dataframe.read_parquet``
# and ``dask.array.from_zarr`` read other files.


def write_table(folder, n_bytes, n_bytes_of_block):
    """Write rows of float32 and their labels, a block at a time; return them."""
    size = int(n_bytes_of_block / N_COLUMNS / 4)
    m = int(n_bytes / N_COLUMNS / 4)
    X = da.random.default_rng(0).normal(size=(m, N_COLUMNS), chunks=(size, N_COLUMNS))
    X = X.astype(np.float32)
    da.to_npy_stack(folder / "X", X)
    X = da.from_npy_stack(folder / "X", mmap_mode=None)
    return X, (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)


# %%
# Training
# --------
# The fit is the same as on one table. L-BFGS needs the fewest passes over the rows.


def train(X, y):
    """Return a fitted model, and its accuracy on all rows."""
    model = ShallowNNClassifier(8, solver="lbfgs", max_iter=5, tol=None, random_state=0)
    model = fit(model, X, y)
    return model, float((predict(model, X) == y).mean().compute())


# %%
# The memory
# ----------
# Each process knows its peak. A worker that takes more than its limit is killed by Dask
# and started again, with another number.


def peak():
    """Return the largest memory that this process had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(gigabytes, n_workers, limit):
    options = {"n_workers": n_workers, "threads_per_worker": 1}
    with (
        tempfile.TemporaryDirectory() as name,
        LocalCluster(
            **options,
            memory_limit=int(limit * GB),
            local_directory=name,
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        Client(cluster) as client,
    ):
        before = client.run(os.getpid)
        X, y = write_table(Path(name), gigabytes * GB, limit * GB / 25)
        print(
            f"{X.shape[0]} rows of {N_COLUMNS} columns: {X.nbytes / GB:.2f} GB in "
            f"{X.numblocks[0]} blocks, {X.nbytes / GB / limit / n_workers:.1f} times "
            "the memory of the workers",
            flush=True,
        )
        model, right = train(X, y)
        print(
            f"{model.n_iter_} iterations, cost {model.loss_curve_[0]:.4f} at first "
            f"and {model.loss_curve_[-1]:.4f} at the end; {right:.1%} are right"
        )
        for place, memory in enumerate(client.run(peak).values()):
            print(f"worker {place}: peak {memory / GB:.2f} GB of {limit:.2f} GB")
        print(f"client: peak {peak() / GB:.2f} GB")
        killed = before != client.run(os.getpid)
        print(f"a worker was killed: {'yes' if killed else 'no'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="More rows than memory")
    parser.add_argument("--gigabytes", type=float, default=0.06, help="of the table")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--limit", type=float, default=0.6, help="GB of a worker")
    arguments = parser.parse_args()
    main(arguments.gigabytes, arguments.workers, arguments.limit)
