"""A small table in Dask's blocks, and fits on it."""

import numpy as np
import pytest
from family import targets

import sknn2.dask

da = pytest.importorskip("dask.array")
pytest.importorskip("distributed")

M, N = 90, 4
CHUNKS = (40, 20, 30)
FULL = {"batch_size": "full", "max_iter": 6, "tol": None, "random_state": 0}


def data(kind="two classes"):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(M, N)) * [1, 10, 0.1, 1] + [0, 100, 0, 1]
    return X, targets(kind, X), rng.integers(0, 4, M) / 4


def lazy(array, chunks=CHUNKS):
    return da.from_array(array, chunks=(chunks, *array.shape[1:]))


def dask_fit(model, X, y, *args, **kwargs):
    return sknn2.dask.fit(model, lazy(X), lazy(y), *args, **kwargs)


def theta(model):
    return model.parameters_.theta
