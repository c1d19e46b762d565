"""The estimators and the kinds of targets that they take, for parametrised tests."""

import numpy as np
import pytest

from sknn2 import (
    DeepNNClassifier,
    DeepNNRegressor,
    ShallowNNClassifier,
    ShallowNNRegressor,
)

# Kind -> the estimator and its arguments, with small hidden layers.
ESTIMATORS = {
    "two classes": (ShallowNNClassifier, {"hidden_units": 5}),
    "three classes": (ShallowNNClassifier, {"hidden_units": 5}),
    "labels": (ShallowNNClassifier, {"hidden_units": 5}),
    "deep classes": (DeepNNClassifier, {"hidden_layer_sizes": (5, 4)}),
    "number": (ShallowNNRegressor, {"hidden_units": 5}),
    "numbers": (ShallowNNRegressor, {"hidden_units": 5, "loss": "huber"}),
    "counts": (ShallowNNRegressor, {"hidden_units": 5, "loss": "poisson"}),
    "deep number": (DeepNNRegressor, {"hidden_layer_sizes": (5, 4)}),
}
KINDS = list(ESTIMATORS)
CLASSES = [kind for kind in KINDS if "class" in kind]
CLASSIFIERS = [*CLASSES, "labels"]
REGRESSORS = [kind for kind in KINDS if kind not in CLASSIFIERS]

COUNTS = "counts"  # whose target is not scaled

each_kind = pytest.mark.parametrize("kind", KINDS)


def make(kind, **params):
    """Return an estimator for targets of that kind."""
    cls, defaults = ESTIMATORS[kind]
    return cls(**(defaults | params))


def targets(kind, X, seed=0):
    """Return noisy targets of that kind, of scales unlike 1, for rows of X."""
    rng = np.random.RandomState(seed)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    k = {"two classes": 2, "numbers": 2, "number": 1, "counts": 1, "deep number": 1}
    n = k.get(kind, 3)
    scores = X @ rng.standard_normal((X.shape[1], n))
    scores += 0.5 * rng.standard_normal(scores.shape)
    if kind in CLASSES:
        y = scores.argmax(axis=1)
        y[:n] = np.arange(n)
        return y
    if kind == "labels":
        return (scores > 0).astype(int)
    if kind == "counts":
        return rng.poisson(np.exp(1 + scores[:, 0] / np.abs(scores).max()))
    y = 1000.0 + scores * [30.0, 0.1][:n]
    return y if kind == "numbers" else y[:, 0]


def classes_of(kind, y):
    """Return the arguments that the first ``partial_fit`` needs."""
    if kind in CLASSES:
        return {"classes": np.unique(y)}
    return {"classes": np.arange(y.shape[1])} if kind == "labels" else {}


def raw_output(model, X):
    """Return what a fitted model makes of X before labels are chosen."""
    if hasattr(model, "decision_function"):
        return model.decision_function(X)
    return model.predict(X)
