"""Fits on a cluster whose workers are killed: do they end, with the same bits?

    python tests/benchmarks/dask_kills.py            50 fits, about ten minutes
    python tests/benchmarks/dask_kills.py 10         fewer

Three worker processes of a LocalCluster. In each fit one or two of them get a signal at
a random moment: SIGKILL, or in each tenth fit SIGSTOP, after which a worker hangs and
is given up. A fit that takes more than five minutes counts as hung and ends the script.
Each fit has a cluster of its own: a worker that is killed while it starts is not always
started again by Dask.
"""

import argparse
import faulthandler
import os
import signal
import threading
import time
import warnings
from contextlib import suppress

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster

from sknn2 import DeepNNRegressor, ShallowNNClassifier, ShallowNNRegressor
from sknn2.dask import fit

N_WORKERS = 3
PATIENCE = 300  # seconds after which a fit has hung
KINDS = [
    (ShallowNNClassifier, {"solver": "lbfgs", "max_iter": 30}),
    (ShallowNNRegressor, {"solver": "momentum", "batch_size": "full", "max_iter": 40}),
    (ShallowNNClassifier, {"solver": "adam", "batch_size": 3_000, "max_iter": 8}),
    (DeepNNRegressor, {"solver": "adam", "batch_size": 4_000, "max_iter": 10}),
]


def data():
    """Return rows in six blocks, which a worker can make again, and both targets."""
    X = da.random.default_rng(0).normal(size=(24_000, 10), chunks=(4_000, 10))
    number = X[:, 0] - X[:, 1] * X[:, 2]
    return X, number, (number > 0).astype(int)


def strike(cluster, rng, kind, moments, struck):
    """Signal random workers at some moments of a fit, until it has ended."""
    start = time.monotonic()
    for moment in moments:
        if struck["ended"].wait(max(0, start + moment - time.monotonic())):
            return
        pids = [nanny.pid for nanny in cluster.workers.values() if nanny.pid]
        pids = [pid for pid in pids if pid not in struck["pids"]]
        if pids:
            pid = int(rng.choice(pids))
            os.kill(pid, kind)
            struck["pids"].append(pid)


def disturbed(cluster, rng, kind, seconds, train):
    """Return the fitted model, how many workers were struck, and seconds taken."""
    struck = {"pids": [], "ended": threading.Event()}
    moments = np.sort(rng.uniform(0, seconds, rng.integers(1, 3)))
    thread = threading.Thread(target=strike, args=(cluster, rng, kind, moments, struck))
    start = time.monotonic()
    thread.start()
    try:
        model = train()
    finally:
        took = time.monotonic() - start
        struck["ended"].set()
        thread.join()
        if kind == signal.SIGSTOP:
            for pid in struck["pids"]:
                with suppress(ProcessLookupError):  # it was given up
                    os.kill(pid, signal.SIGCONT)
    return model, len(struck["pids"]), took


def main(n_fits):
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    X, number, label = data()
    same, n_struck, times = 0, {"SIGKILL": 0, "SIGSTOP": 0}, []
    options = {"n_workers": N_WORKERS, "threads_per_worker": 1}
    options |= {"dashboard_address": "127.0.0.1:0", "silence_logs": 50}

    def train(k):
        kind, params = KINDS[k % len(KINDS)]
        y = label if kind is ShallowNNClassifier else number
        return fit(kind(random_state=0, tol=None, **params), X, y)

    calm, seconds = [], []
    with LocalCluster(**options) as cluster, Client(cluster):
        for k in range(len(KINDS)):
            start = time.monotonic()
            calm.append(train(k).parameters_.theta)
            seconds.append(time.monotonic() - start)
    print("undisturbed:", ", ".join(f"{s:.1f} s" for s in seconds), flush=True)

    for k in range(n_fits):
        with LocalCluster(**options) as cluster, Client(cluster):
            faulthandler.dump_traceback_later(PATIENCE, exit=True)
            kind = signal.SIGSTOP if k % 10 == 4 else signal.SIGKILL
            which = k % len(KINDS)
            try:
                model, n, took = disturbed(
                    cluster, rng, kind, seconds[which], lambda k=k: train(k)
                )
            except Exception as error:
                print(f"fit {k}: {kind.name}: {type(error).__name__}: {error}")
                continue
            finally:
                faulthandler.cancel_dump_traceback_later()
        equal = np.array_equal(model.parameters_.theta, calm[which])
        same += equal
        n_struck[kind.name] += n
        times.append(took)
        print(f"fit {k}: {n} x {kind.name}, {took:.1f} s, same: {equal}", flush=True)
    print(
        f"{same} of {n_fits} fits ended with the same bits; {n_struck['SIGKILL']} "
        f"workers were killed and {n_struck['SIGSTOP']} stopped; the longest fit took "
        f"{max(times, default=0):.0f} s"
    )
    return same != n_fits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n_fits", nargs="?", type=int, default=50)
    raise SystemExit(main(parser.parse_args().n_fits))
