"""On a cluster: the same bits, whatever happens to its workers."""

import os
import pickle
import signal
import threading
import warnings

import numpy as np
import pytest
from dask_data import FULL, dask_fit, data, lazy, theta
from family import CLASSES, make

import sknn2.dask_blocks

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=":0",
            silence_logs=50,
        ) as cluster,
    ):
        yield cluster


@pytest.fixture
def client(cluster):
    with distributed.Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        yield client


BATCHES = {
    "lbfgs": {**FULL, "solver": "lbfgs", "max_iter": 3},
    "adam": {**FULL, "batch_size": 45, "max_iter": 3, "early_stopping": True},
}


@pytest.mark.parametrize(
    ("solver", "kind"), [("lbfgs", "number"), ("adam", CLASSES[1])]
)
def test_one_two_and_no_workers_are_the_same_bits(client, solver, kind):
    X, y, w = data(kind)
    here = dask_fit(make(kind, **BATCHES[solver]), X, y, lazy(w))
    there = dask_fit(make(kind, **BATCHES[solver]), X, y, lazy(w), client=client)
    assert np.array_equal(theta(there), theta(here))
    again = pickle.loads(pickle.dumps(there))
    assert np.array_equal(again.predict(X), here.predict(X))


def stop(client, number):
    """Send a signal to a worker a moment from now."""
    (pid, *_) = client.run(os.getpid).values()
    timer = threading.Timer(0.2, os.kill, (pid, number))
    timer.start()
    return timer


LONG = {**FULL, "max_iter": 8, "batch_size": 45}


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no such signals")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGSTOP"])
def test_a_worker_that_dies_or_hangs_changes_no_bit(client, name, monkeypatch):
    # Longer than a busy machine keeps a healthy worker silent.
    monkeypatch.setattr(sknn2.dask_blocks, "HUNG", 6.0)
    monkeypatch.setattr(sknn2.dask_blocks, "POLL", 0.5)
    X, y, _ = data()
    expected = theta(dask_fit(make("two classes", **LONG), X, y))
    timer = stop(client, getattr(signal, name))
    model = dask_fit(make("two classes", **LONG), X, y, client=client)
    timer.join()
    assert np.array_equal(theta(model), expected)


def test_all_workers_gone_is_one_error_and_the_last_good_weights(monkeypatch):
    monkeypatch.setattr(sknn2.dask_blocks, "GONE", 0.5)
    monkeypatch.setattr(sknn2.dask_blocks, "POLL", 0.2)
    X, y, _ = data()
    model = make("two classes", **{**FULL, "max_iter": 10_000})
    with (
        distributed.LocalCluster(
            n_workers=1, processes=False, dashboard_address=":0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        timer = threading.Timer(0.5, cluster.scale, (0,))
        timer.start()
        with pytest.raises(RuntimeError, match="No worker of the cluster"):
            dask_fit(model, X, y, client=client)
        timer.join()
    assert 0 < model.n_iter_ < 10_000
    assert np.isfinite(model.predict_proba(X)).all()
