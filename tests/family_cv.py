"""The estimators that choose their penalty, and targets for them, for many tests."""

import numpy as np
import pytest

from sknn2 import ShallowNNClassifierCV, ShallowNNRegressorCV

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 4))
NUMBER = X[:, 0] + np.sin(2 * X[:, 1]) + 0.3 * rng.normal(size=80)
TARGETS = {
    "classes": (ShallowNNClassifierCV, {}, np.digitize(NUMBER, [-0.5, 0.5])),
    "number": (ShallowNNRegressorCV, {}, NUMBER),
    "numbers": (ShallowNNRegressorCV, {"loss": "huber"}, np.c_[NUMBER, -X[:, 2]]),
    "counts": (ShallowNNRegressorCV, {"loss": "poisson"}, np.exp(NUMBER).round()),
}
each_kind = pytest.mark.parametrize("kind", TARGETS)
each_size = pytest.mark.parametrize("many", [False, True], ids=["few", "many"])


def make(kind, **settings):
    """Return a small and fast estimator, and targets for it."""
    cls, own, y = TARGETS[kind]
    defaults = {"hidden_units": 4, "max_iter": 20, "random_state": 0}
    return cls(**(defaults | own | settings)), y


def output(model):
    return (
        model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)
    )
