"""Sparse X: time against MLPClassifier on text, and memory of a fit.

    python tests/benchmarks/sparse_tables.py            both, about ten minutes
    python tests/benchmarks/sparse_tables.py time       one of them

Time: tables like tf-idf, words drawn by Zipf's law. Each pair is fitted in alternation,
with the same epochs, batches and units, in one thread, whose CPU time is taken; what is
quoted is the median of the ratios, with the lowest and the highest. Memory: the peak
that tracemalloc sees during ``fit``, beyond the matrix that is handed in, for one that
would take 40 GB if it were written out. Run it on a quiet machine.
"""

import argparse
import os
import time
import tracemalloc
import warnings

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported

import numpy as np
import scipy.sparse as sp
from sklearn.neural_network import MLPClassifier

from sknn2 import ShallowNNClassifier

# m, n, words in a row, hidden units, batch size, solver, epochs
WORKS = [
    (10_000, 20_000, 100, 100, 200, "adam", 4),
    (10_000, 20_000, 100, 100, 200, "sgd", 4),
    (10_000, 20_000, 100, 100, 10_000, "sgd", 10),
    (10_000, 20_000, 100, 10, 200, "adam", 20),
    (10_000, 1_000, 30, 100, 200, "adam", 20),
]
# m, n, share that is filled, hidden units, batch size
LARGE = [
    (100_000, 50_000, 1e-3, 100, 200),
    (100_000, 50_000, 1e-3, 10, 200),
    (100_000, 50_000, 1e-3, 10, 100_000),
]
ROUNDS = 5


def text(m, n, words):
    """Return rows of word weights, and labels."""
    rng = np.random.default_rng(0)
    share = 1 / np.arange(1, n + 1)
    columns = rng.choice(n, (m, words), p=share / share.sum()).ravel()
    parts = rng.uniform(0.5, 1, m * words), (np.repeat(np.arange(m), words), columns)
    X = sp.csr_array(parts, shape=(m, n))
    X.data /= np.repeat(np.sqrt(X.multiply(X).sum(axis=1)), np.diff(X.indptr))
    return X, np.asarray(X[:, :50].sum(axis=1) > np.median(X[:, :50].sum(axis=1)))


def seconds(model, X, y):
    start = time.process_time()
    model.fit(X, y)
    return time.process_time() - start


def compare_times():
    print(f"{'m x n, words in a row':24}{'units':>6}{'batch':>7} solver  ", end="")
    print(f"{'ms a step':>9}  MLPClassifier takes")
    for m, n, words, units, batch, solver, epochs in WORKS:
        X, y = text(m, n, words)
        common = {"activation": "relu", "max_iter": epochs, "random_state": 0}
        theirs = {"momentum": 0} if solver == "sgd" else {}
        pair = (
            ShallowNNClassifier(units, solver=solver, batch_size=batch, **common),
            MLPClassifier(
                (units,), solver=solver, batch_size=batch, **common, **theirs
            ),
        )
        times = np.array(
            [[seconds(model, X, y) for model in pair] for _ in range(ROUNDS + 1)][1:]
        )
        step = np.median(times[:, 0]) / epochs / -(-m // batch) * 1e3
        low, *_, high = ratios = np.sort(times[:, 1] / times[:, 0])
        print(
            f"{f'{m:,} x {n:,}, {words}':24}{units:6}{batch:7} {solver:6}  {step:9.1f}"
            f"  {np.median(ratios):.1f} times as long ({low:.1f} to {high:.1f})"
        )


def compare_memory():
    print(f"{'m x n, share filled':24}{'units':>6}{'batch':>8}{'format':>8}", end="")
    print(f"{'matrix':>8}{'theta':>8}{'peak':>8}   peak / matrix  MLPClassifier's")
    for m, n, share, units, batch in LARGE:
        X = sp.random_array((m, n), density=share, format="csr", rng=0)
        y = np.arange(m) % 2
        size = (X.data.nbytes + X.indices.nbytes + X.indptr.nbytes) / 2**20
        for form in ("csr", "csc") if batch == 200 else ("csr",):
            rows = X.asformat(form)
            peaks = []
            for model in (
                ShallowNNClassifier(units, batch_size=batch, max_iter=2, tol=None),
                MLPClassifier((units,), batch_size=batch, max_iter=1),
            ):
                tracemalloc.start()
                model.fit(rows, y)
                peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
                tracemalloc.stop()
            print(
                f"{f'{m:,} x {n:,}, {share:.1%}':24}{units:6}{batch:8}{form:>8}"
                f"{size:8.0f}{n * units * 8 / 2**20:8.0f}{peaks[0]:8.0f}"
                f"{peaks[0] / size:14.1f}{peaks[1] / size:17.1f}"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=["time", "memory"])
    warnings.simplefilter("ignore")
    for part in parser.parse_args().parts:
        {"time": compare_times, "memory": compare_memory}[part]()
        print()
