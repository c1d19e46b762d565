"""Activations of one's own in the estimators."""

import numpy as np
import pytest
from reference import TANH_IN_DOUBLE, WRONG

from sknn2 import (
    Activation,
    DeepNNRegressor,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
)


def double(**given):
    return Activation("mine", **(TANH_IN_DOUBLE | given))


def test_the_cv_classifier_takes_it_in_single_precision_too():
    rng = np.random.RandomState(0)
    X = rng.randn(510, 2)  # beyond 500 rows it computes in float32
    y = X[:, 0] + X[:, 1] > 0
    model = ShallowNNClassifierCV(
        4, activation=double(), alphas=[1.0], cv=2, max_iter=20, random_state=0
    )
    assert model.fit(X, y).score(X, y) > 0.95


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_activation_is_refused_at_the_start_and_named(case):
    wrong = double(**WRONG[case])
    (which,) = WRONG[case]
    X, y = np.random.RandomState(0).randn(20, 2), np.arange(20) % 2
    for fit in (
        lambda: ShallowNNClassifier(3, activation=wrong).fit(X, y),
        lambda: DeepNNRegressor((3, 3), activation=wrong).fit(X, y),
        lambda: ShallowNNClassifierCV(3, activation=wrong).fit(X, y),
    ):
        with pytest.raises((ValueError, TypeError), match=f"{which} of the .*'mine'"):
            fit()


@pytest.mark.parametrize("name", ["silu", "gelu", "elu", "selu", "softplus"])
def test_estimators_train_with_it_alone_side_by_side_and_in_threads(name):
    rng = np.random.RandomState(0)
    X = rng.randn(300, 3)
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    settings = {"activation": name, "random_state": 0}
    for model in (
        ShallowNNClassifier(20, alpha=0.1, n_jobs=2, **settings),
        ShallowNNClassifierCV(10, cv=2, alphas=[0.1], **settings),
    ):
        assert model.fit(X, y).score(X, y) > 0.9
