"""Training of a network without an estimator."""

import numpy as np
import pytest
import reference

from sknn2 import (
    Network,
    Parameters,
    initialize,
    train,
)
from sknn2.training.schedules import SCHEDULES
from sknn2.training.solvers import SOLVERS

TRAIN_X = np.random.default_rng(0).standard_normal((3, 12))
TRAIN_Y = (TRAIN_X[:1] > 0).astype(float)


def problem(n_out=1, m=30, activation="tanh"):
    """Return a network, X, Y, w and parameters to start from."""
    units = (3, 4, n_out)
    X, Y, W, b, w = reference.draw(units, m, activation)
    return Network(units, activation), X, Y, w, Parameters.from_arrays(W, b)


def test_the_flower():
    X, Y = reference.flower()
    network = Network((2, 4, 1), "tanh")
    start = initialize(network.units, "small_normal", np.random.RandomState(2))
    result = train(network, X, Y, start, learning_rate=1.2, max_iter=10_000)
    assert result.losses[0] == pytest.approx(0.6930, abs=5e-5)
    assert network.cost(X, Y, result.parameters) == pytest.approx(0.218, abs=1e-3)
    A, _ = network.forward(X, result.parameters)
    assert 0.895 <= np.mean((A > 0.5) == Y) <= 0.93
    # Many thousand steps magnify rounding, a hundred do not.
    _, costs = reference.gradient_descent(
        X, Y, start.W[1], start.b[1], start.W[2], start.b[2], "tanh", 1.2, 100
    )
    np.testing.assert_allclose(result.losses[:100], costs, rtol=1e-12)


def test_train_changes_nothing_that_is_handed_in():
    network, X, Y, w, parameters = problem(3)
    arrays = X, Y, w, parameters.theta
    before = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    result = train(network, X, Y, parameters, w=w, batch_size=7, max_iter=3)
    for a, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, old)
    assert not np.shares_memory(result.parameters.theta, parameters.theta)


def test_train_draws_where_no_parameters_are_given():
    network, X, Y, *_ = problem(3)
    drawn = train(network, X, Y, max_iter=4, batch_size=7, seed=5)
    start = initialize(network.units, "xavier", 5)
    given = train(network, X, Y, start, max_iter=4, batch_size=7, seed=5)
    np.testing.assert_array_equal(drawn.parameters.theta, given.parameters.theta)
    other = train(network, X, Y, start, max_iter=4, batch_size=7, seed=6)
    assert not np.array_equal(other.parameters.theta, given.parameters.theta)


def test_errors_of_shape():
    network, X, Y, _, parameters = problem()
    for arguments, message in (
        ((X.T, Y, parameters), "X has shape (30, 3), expected (n[0], m) = (3, m)"),
        ((X, Y.T, parameters), "Y has shape (30, 1), expected (n[L], m) = (1, 30)"),
        ((X, Y, Parameters((3, 5, 1))), "W[1] has shape (5, 3), expected"),
    ):
        with pytest.raises(ValueError) as caught:
            train(network, *arguments)
        assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("learning_rate", (-0.1, 0, np.nan, np.inf, None, "fast", True)),
        ("alpha", (-5, np.nan, np.inf, None, "auto")),
        ("w", (-np.ones(12), np.zeros(12), np.full(12, np.nan), np.ones(3), 1.0)),
        ("max_iter", (2.5, 0, -1, None, "auto", True)),
        ("batch_size", (0, 2.5, "some")),
        ("tol", (-1, np.nan, "a")),
        ("n_iter_no_change", (0, 2.5)),
        ("optimizer", ("adams", 3, None)),
        ("schedule", ("cosines", 3, None)),
        ("shuffle", (2, "yes", None)),
        ("seed", (-1, 2.5, None)),
        ("Y", (np.full((1, 12), 3.0), -TRAIN_Y, np.ones(12), 1.0, "a")),
        ("X", (TRAIN_X.T, 1.0, TRAIN_X * np.nan, "a", TRAIN_X * 1j)),
        ("parameters", ([1, 2], np.zeros(21), initialize((3, 5, 1)))),
        ("network", ("net", None)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_train_names_the_argument_that_it_cannot_take(name, values):
    for value in values:
        arguments = {"network": Network((3, 4, 1)), "X": TRAIN_X, "Y": TRAIN_Y}
        with pytest.raises((ValueError, TypeError)) as caught:
            train(**(arguments | {"max_iter": 3, name: value}))
        expected = "W[1]" if name == "parameters" else name
        assert str(caught.value).startswith((name, expected)), caught.value


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("schedule", [*SCHEDULES, "auto"])
def test_train_takes_the_names_of_the_estimators(name, schedule):
    if schedule == "auto":
        objects = {"schedule": SCHEDULES["cosine"]}
    else:
        objects = {"schedule": SCHEDULES[schedule]}
    net = Network((3, 4, 1))
    by_name = train(
        net, TRAIN_X, TRAIN_Y, optimizer=name, schedule=schedule, max_iter=5
    )
    by_object = train(
        net, TRAIN_X, TRAIN_Y, optimizer=SOLVERS[name], max_iter=5, **objects
    )
    assert np.array_equal(by_name.parameters.theta, by_object.parameters.theta)
    assert by_name.losses[-1] < by_name.losses[0]


def test_train_takes_lists_full_batches_and_an_automatic_rate():
    net = Network((3, 4, 1))
    given = train(
        net, TRAIN_X.tolist(), TRAIN_Y.tolist(), batch_size="full", max_iter=5
    )
    expected = train(net, TRAIN_X, TRAIN_Y, max_iter=5)
    assert np.array_equal(given.parameters.theta, expected.parameters.theta)
    auto = train(net, TRAIN_X, TRAIN_Y, optimizer="adam", learning_rate="auto")
    assert auto.losses[-1] < auto.losses[0]


def test_train_of_an_exploding_cost_warns_of_nothing():
    net = Network((3, 4, 1), "identity", loss="squared_error")
    state = np.geterr()
    result = train(net, 1e3 * TRAIN_X, 1e3 * TRAIN_Y, learning_rate=1e30, max_iter=50)
    assert result.outcome == "diverged"
    assert np.geterr() == state
