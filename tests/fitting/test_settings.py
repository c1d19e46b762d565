"""What auto means, and the objects that names stand for."""

import inspect
import re

import numpy as np
import pytest

from sknn2 import Adam, ShallowNNClassifier
from sknn2.network.activations import ACTIVATIONS


def small_table(m, n=3):
    """Return rows and labels."""
    rng = np.random.default_rng(m)
    X = rng.normal(size=(m, n))
    return X, (X[:, 0] + 0.3 * rng.normal(size=m) > 0).astype(int)


def fitted(m, **settings):
    """Return theta and the number of epochs, without stopping."""
    model = ShallowNNClassifier(
        **{"hidden_units": 4, "tol": None, "random_state": 0, **settings}
    ).fit(*small_table(m))
    return model.parameters_.theta, model.n_iter_


def alike(m, one, other):
    """Return whether two settings train in the same way, bit for bit."""
    (theta, epochs), (other_theta, other_epochs) = fitted(m, **one), fitted(m, **other)
    return np.array_equal(theta, other_theta) and epochs == other_epochs


def documented(parameter):
    """Return what the docstring says of a parameter, on one line."""
    doc = inspect.getdoc(ShallowNNClassifier)
    (text,) = re.findall(rf"^{parameter} : .*\n((?: .*\n)+)", doc, re.M)
    return " ".join(text.split())


RATES = {
    solver: float(rate)
    for rate, solvers in re.findall(
        r"([\d.]+) for (\w+(?:, \w+)*(?: and \w+)?)", documented("learning_rate")
    )
    for solver in re.split(", | and ", solvers)
}


@pytest.mark.parametrize(
    ("m", "settings", "n_epochs"),
    [
        (10, {}, 300),
        (100, {}, 300),
        (200, {}, 300),
        (201, {}, 150),
        (1000, {}, 60),
        (1400, {}, 43),  # 7 steps an epoch: 42 would make 294
        (1600, {}, 40),
        (5000, {}, 40),
        (100, {"batch_size": 50}, 150),
        (1000, {"batch_size": "full"}, 300),
        (100, {"batch_size": 10_000}, 300),
        (1000, {"solver": "lbfgs"}, None),
    ],
)
def test_max_iter_auto_is_40_or_as_many_more_as_make_300_steps(m, settings, n_epochs):
    if n_epochs is None:  # one step an epoch, and it may be done before
        assert 1 <= fitted(m, **settings)[1] <= 300
    else:
        assert fitted(m, **settings)[1] == n_epochs


@pytest.mark.parametrize("m", [150, 200, 201, 650])
def test_batch_size_auto_is_200(m):
    assert alike(m, {"max_iter": 3}, {"max_iter": 3, "batch_size": min(200, m)})
    full = {"max_iter": 3, "batch_size": "full"}
    assert alike(m, {"max_iter": 3}, full) == (m <= 200)


@pytest.mark.parametrize("solver", RATES)
def test_learning_rate_auto(solver):
    auto = {"solver": solver, "max_iter": 3}
    assert alike(60, auto, {**auto, "learning_rate": RATES[solver]})
    assert not alike(60, auto, {**auto, "learning_rate": 1.1 * RATES[solver]})


def test_learning_rate_auto_of_a_solver_object():
    auto = {"solver": Adam(beta1=0.8), "max_iter": 3}
    assert alike(60, auto, {**auto, "learning_rate": RATES["adam"]})


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_init_auto_is_he_for_relus_and_xavier_otherwise(activation):
    auto = {"activation": activation, "max_iter": 2}
    relus = activation in ("relu", "leaky_relu", "elu", "silu", "gelu")
    assert alike(60, auto, {**auto, "init": "he" if relus else "xavier"})
    assert not alike(60, auto, {**auto, "init": "xavier" if relus else "he"})


def test_schedule_auto_is_cosine_in_fit_and_constant_in_partial_fit():
    assert alike(60, {"max_iter": 5}, {"max_iter": 5, "schedule": "cosine"})
    X, y = small_table(60)
    thetas = []
    for schedule in ("auto", "constant"):
        model = ShallowNNClassifier(4, schedule=schedule, random_state=0)
        for _ in range(3):
            model.partial_fit(X, y, classes=[0, 1])
        thetas.append(model.parameters_.theta)
    np.testing.assert_array_equal(*thetas)
