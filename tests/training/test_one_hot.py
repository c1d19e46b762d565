"""One-hot targets that are made for a block of examples."""

import numpy as np
import pytest

from sknn2 import DeepNNClassifier, ShallowNNClassifier
from sknn2.training.one_hot import OneHot


@pytest.mark.parametrize("rows", [slice(2, 6), np.array([5, 0, 3, 3])])
def test_columns_are_those_of_the_whole(rows):
    codes = np.array([2, 0, 1, 1, 2, 0, 2])
    Y = OneHot(codes, 3, np.dtype(np.float32))
    whole = np.eye(3, dtype=np.float32)[codes].T
    assert (Y.shape, Y.dtype) == (whole.shape, whole.dtype)
    out = np.full((3, 4), 7, np.float32)  # of an earlier block
    np.testing.assert_array_equal(Y.read(rows, out), whole[:, rows])


@pytest.mark.parametrize("cls", [ShallowNNClassifier, DeepNNClassifier])
@pytest.mark.parametrize(
    "arguments",
    [
        {"early_stopping": True},
        {"batch_size": "full", "solver": "momentum", "n_jobs": 2},
        {"solver": "lbfgs"},
        {"class_weight": "balanced"},
    ],
)
def test_training_is_the_same_to_the_last_bit(monkeypatch, cls, arguments):
    X = np.random.default_rng(0).standard_normal((3000, 4))
    y = np.digitize(X[:, 0] + X[:, 1] ** 2, [0, 0.5, 1])
    thetas = []
    for many in (1, 10**9):
        monkeypatch.setattr("sknn2.fitting.objective_of_rows.MANY_CLASSES", many)
        model = cls(max_iter=2, tol=None, random_state=0, **arguments).fit(X, y)
        thetas.append(model.parameters_.theta)
    np.testing.assert_array_equal(*thetas)
