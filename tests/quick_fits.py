"""Estimators that fit in a moment, on a few rows, for tests of what they refuse."""

import numpy as np
import pytest

from sknn2 import (
    DeepNNClassifier,
    DeepNNRegressor,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    ShallowNNRegressor,
)

M = 24
X = np.random.default_rng(0).normal(size=(M, 3))
HALF = np.arange(M) % 2
FAST = {"max_iter": 2, "tol": None, "random_state": 0}


def shallow(**settings):
    """Return a small and fast classifier."""
    return ShallowNNClassifier(3, **{**FAST, **settings})


NETS = {
    "shallow": shallow,
    "deep": lambda **s: DeepNNClassifier((3, 2), **{**FAST, **s}),
}
ALL = {
    **NETS,
    "cv": lambda **s: ShallowNNClassifierCV(3, cv=2, max_iter=2, random_state=0, **s),
    "shallow regressor": lambda **s: ShallowNNRegressor(3, **{**FAST, **s}),
    "deep regressor": lambda **s: DeepNNRegressor((3, 2), **{**FAST, **s}),
}
each_net = pytest.mark.parametrize("make", NETS.values(), ids=NETS)
each_estimator = pytest.mark.parametrize("make", ALL.values(), ids=ALL)
each_classifier = pytest.mark.parametrize(
    "make", [*NETS.values(), ALL["cv"]], ids=[*NETS, "cv"]
)
