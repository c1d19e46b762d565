"""A table, small estimators and a comparison of states, for tests of resuming."""

import dataclasses

import numpy as np
from family import make, targets

from sknn2 import Parameters

K = 4


def table(n_classes=2, m=61, seed=0):
    """Return X of unlike scales and offsets, and noisy labels of n_classes.

    Or targets of a kind, if a kind of `family` stands for the number of classes.
    """
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((m, 7))
    if isinstance(n_classes, str):
        return X * np.logspace(-2, 2, 7) + np.arange(7), targets(n_classes, X, seed)
    scores = X @ rng.standard_normal((7, n_classes)) + rng.standard_normal((m, 1))
    y = scores.argmax(axis=1)
    y[:n_classes] = np.arange(n_classes)
    return X * np.logspace(-2, 2, 7) + np.arange(7), y


def network(kind="two classes", **params):
    """Return a small estimator that runs exactly max_iter epochs."""
    defaults = {
        "schedule": "constant",
        "batch_size": 16,
        "alpha": 1.0,
        "max_iter": K,
        "tol": None,
        "random_state": 3,
    }
    return make(kind, **(defaults | params))


def scaled(X):
    """Return X with columns of mean 0 and deviation 1."""
    return (X - X.mean(axis=0)) / X.std(axis=0)


def assert_equal(a, b, path="vars"):
    """Assert that two fitted states hold the same values, down to the last bit."""
    assert type(a) is type(b), path
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype, path
        np.testing.assert_array_equal(a, b, err_msg=path)
    elif isinstance(a, Parameters):
        assert_equal(a.theta, b.theta, f"{path}.theta")
    elif isinstance(a, dict):
        assert a.keys() == b.keys(), path
        for key in a:
            assert_equal(a[key], b[key], f"{path}[{key!r}]")
    elif dataclasses.is_dataclass(a):
        for field in dataclasses.fields(a):
            name = field.name
            assert_equal(getattr(a, name), getattr(b, name), f"{path}.{name}")
    else:
        assert a == b, path
