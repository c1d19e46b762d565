"""The loss and the score on a validation set."""

import numpy as np
import pytest
from family import make
from sklearn.base import clone
from sklearn.metrics import log_loss

from sknn2.training.solvers import SOLVERS

NAMES = list(SOLVERS)


def table(n_classes=2, m=80, seed=0):
    """Return X and labels that are mostly noise, so that a net soon overfits."""
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((m, 6)) * np.logspace(-1, 2, 6) + 3
    y = ((X[:, 0] - 3) * 10 + 2 * rng.standard_normal(m) > 0).astype(int)
    if n_classes > 2:
        y += (rng.uniform(size=m) > 0.5).astype(int) * (1 + np.arange(m) % 2)
    return X, np.unique(y, return_inverse=True)[1]


def network(kind="two classes", **params):
    """Return a small estimator that overfits soon."""
    deep = kind.startswith("deep")
    defaults = {
        **({"hidden_layer_sizes": (30, 5)} if deep else {"hidden_units": 30}),
        "activation": "tanh",
        "schedule": "constant",
        "batch_size": 20,
        "alpha": 1e-3,
        "learning_rate": 0.02,
        "max_iter": 60,
        "n_iter_no_change": 8,
        "random_state": 1,
    }
    return make(kind, **(defaults | params))


X, y = table()
X_VAL, Y_VAL = table(m=33, seed=7)


def validated(model, **arguments):
    """Fit on the table, with the validation set."""
    return model.fit(X, y, X_val=X_VAL, y_val=Y_VAL, **arguments)


def after_each_epoch(model, n, **arguments):
    """Yield the models that stopped after 1, ..., n epochs."""
    for k in range(1, n + 1):
        yield clone(model).set_params(max_iter=k, tol=None).fit(X, y, **arguments)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("solver", NAMES)
def test_validation_loss_curve_is_the_log_loss_after_each_epoch(solver, weighted):
    w = np.random.RandomState(0).exponential(size=33) if weighted else None
    if weighted:
        w[::3] = 0
    model = network(solver=solver, tol=None, max_iter=4, alpha=5.0)
    recorded = validated(clone(model), sample_weight_val=w).validation_loss_curve_
    expected = [
        log_loss(Y_VAL, short.predict_proba(X_VAL), sample_weight=w)
        for short in after_each_epoch(model, 4)
    ]
    np.testing.assert_allclose(recorded, expected, rtol=1e-10)


def test_validation_loss_counts_the_class_weights():
    model = network(class_weight={1: 3.0}, tol=None, max_iter=3)
    recorded = validated(clone(model)).validation_loss_curve_
    w = np.where(Y_VAL == 1, 3.0, 1.0)
    expected = [
        log_loss(Y_VAL, short.predict_proba(X_VAL), sample_weight=w)
        for short in after_each_epoch(model, 3)
    ]
    np.testing.assert_allclose(recorded, expected, rtol=1e-10)


def test_rows_of_weight_zero_are_not_validated_on():
    w = np.ones(33)
    w[20:] = 0
    wrong = Y_VAL.copy()
    wrong[20:] = 9  # not even a class
    some = network().fit(X, y, X_val=X_VAL[:20], y_val=Y_VAL[:20])
    all_of_them = network().fit(X, y, X_val=X_VAL, y_val=wrong, sample_weight_val=w)
    np.testing.assert_allclose(
        all_of_them.validation_loss_curve_, some.validation_loss_curve_, rtol=1e-12
    )
