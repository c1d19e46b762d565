"""Optimisers: each against an independent statement of its formula."""

import dataclasses
import pickle

import numpy as np
import pytest
from sklearn.base import clone

from sknn2 import (
    LBFGS,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSProp,
)
from sknn2.training.optimizers import Optimizer
from sknn2.training.solvers import SOLVERS

FIRST_ORDER = [o for o in SOLVERS.values() if isinstance(o, Optimizer)]
# Hyper-parameters other than the defaults, so that none can be ignored.
CHANGED = [
    Momentum(beta=0.5),
    Nesterov(beta=0.6),
    RMSProp(beta=0.7, epsilon=0.02),
    Adam(beta1=0.5, beta2=0.8, epsilon=0.03),
    AdamW(beta1=0.6, beta2=0.7, epsilon=0.04),
]
ETA, LAMBDA, STEPS, P = 0.05, 0.3, 20, 7
MASK = np.array([1.0, 1, 0, 1, 0, 1, 1])


# Statements as sums over the whole past instead of recursions.


def averages(beta, values):
    """Return ``(1 - beta) sum_s beta^(t - s) values[s]`` for the last t."""
    t = len(values)
    return (1 - beta) * sum(beta ** (t - 1 - s) * values[s] for s in range(t))


def change_of(optimizer, gs):
    """Return the change of theta at step ``t = len(gs)`` for ``eta = 1``."""
    t, g = len(gs), gs[-1]
    if isinstance(optimizer, GradientDescent):
        return -g
    if isinstance(optimizer, Momentum):
        return -averages(optimizer.beta, gs)
    if isinstance(optimizer, Nesterov):
        beta = optimizer.beta
        return -(beta * averages(beta, gs) + (1 - beta) * g)
    squares = [g**2 for g in gs]
    if isinstance(optimizer, RMSProp):
        return -g / (np.sqrt(averages(optimizer.beta, squares)) + optimizer.epsilon)
    m_hat = averages(optimizer.beta1, gs) / (1 - optimizer.beta1**t)
    v_hat = averages(optimizer.beta2, squares) / (1 - optimizer.beta2**t)
    return -m_hat / (np.sqrt(v_hat) + optimizer.epsilon)


def gradient_of(theta, s):
    """Return a gradient that depends on theta and on the step, of unlike sizes."""
    return np.logspace(-3, 2, P) * (np.sin(3 * theta + s) + 0.1)


@pytest.mark.parametrize("optimizer", FIRST_ORDER + CHANGED, ids=repr)
@pytest.mark.parametrize("penalised", [False, True], ids=["plain", "penalty"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_twenty_steps_of_the_formula(optimizer, penalised, dtype):
    start = np.random.RandomState(0).randn(P)
    theta = start.astype(dtype)
    memory = optimizer.new_memory(theta)
    assert memory.shape == (optimizer.n_moments, P)
    assert memory.dtype == dtype
    assert not memory.any()
    expected, gs = theta.astype(float), []
    tolerance = 1e-12 if dtype == np.float64 else 2e-5
    for t in range(1, STEPS + 1):
        # Both are fed the gradient at the expected theta: they may not drift apart.
        g = gradient_of(expected, t)
        penalty = LAMBDA * MASK * expected if penalised else None
        optimizer.update(
            theta,
            g.astype(dtype),
            memory,
            t,
            ETA,
            None if penalty is None else penalty.astype(dtype),
        )
        decoupled = isinstance(optimizer, AdamW)
        if penalised and not decoupled:
            g = g + penalty
        gs.append(g)
        change = change_of(optimizer, gs)
        if penalised and decoupled:
            change = change - penalty
        expected = expected + ETA * change
        np.testing.assert_allclose(theta, expected, rtol=tolerance, atol=tolerance)
    assert theta.dtype == dtype
    assert not np.allclose(theta, start, atol=1e-3)


@pytest.mark.parametrize("optimizer", FIRST_ORDER, ids=lambda o: o.name)
def test_a_memory_of_another_array_goes_on(optimizer):
    # All that is remembered is in memory and t.
    theta = np.ones(P)
    memory = optimizer.new_memory(theta)
    for t in range(1, 6):
        optimizer.step(theta, gradient_of(theta, t), memory, t, ETA)
    other, other_memory = theta.copy(), memory.copy()
    twin = pickle.loads(pickle.dumps(optimizer))
    for t in range(6, 11):
        optimizer.step(theta, gradient_of(theta, t), memory, t, ETA)
        twin.step(other, gradient_of(other, t), other_memory, t, ETA)
    np.testing.assert_array_equal(theta, other)


@pytest.mark.parametrize("optimizer", FIRST_ORDER, ids=lambda o: o.name)
def test_rates_may_be_numpy_scalars(optimizer):
    results = []
    for rate in (0.25, np.float64(0.25), np.float32(0.25)):
        theta = np.ones(P, np.float32)
        memory = optimizer.new_memory(theta)
        optimizer.step(theta, np.arange(1, P + 1, dtype=np.float32), memory, 1, rate)
        assert theta.dtype == np.float32
        results.append(theta)
    np.testing.assert_allclose(results[1], results[0], rtol=1e-6)
    np.testing.assert_allclose(results[2], results[0], rtol=1e-6)


def test_what_the_settings_degenerate_to():
    # beta = 0 is no memory at all.
    g = gradient_of(np.ones(P), 1)
    plain = -ETA * g
    for optimizer in (Momentum(0.0), Nesterov(0.0)):
        theta = np.zeros(P)
        optimizer.step(theta, g.copy(), optimizer.new_memory(theta), 1, ETA)
        np.testing.assert_allclose(theta, plain, rtol=1e-14)
    # The corrected first step of Adam is eta along the signs, whatever the betas.
    for optimizer in (Adam(), Adam(0.5, 0.6), AdamW()):
        theta = np.zeros(P)
        optimizer.step(theta, g.copy(), optimizer.new_memory(theta), 1, ETA)
        np.testing.assert_allclose(theta, -ETA * np.sign(g), rtol=1e-4)


def test_the_decoupled_penalty_is_not_divided_by_the_gradient():
    # Two weights alike but for the size of their gradient: AdamW takes the same
    # share of both, Adam lets the penalty vanish beside the large one.
    for optimizer, alike in ((AdamW(), True), (Adam(), False)):
        shares = []
        for penalty in (0.0, 0.2):
            theta = np.ones(2)
            memory = optimizer.new_memory(theta)
            for t in range(1, 4):
                g = np.array([1e-1, 1e3]) * (1, -0.5, 0.3)[t - 1]
                optimizer.update(theta, g, memory, t, ETA, penalty * theta)
            shares.append(theta)
        first, second = shares[1] - shares[0]
        assert (abs(first - second) < 1e-8) == alike


# Parabola and valley: rate, steps, and a factor on the rate that ends at the end.


def parabola(theta):
    return np.array([1.0, 10.0, 0.1]) * (theta - [1, -2, 3])


def rosenbrock(theta):
    x, y = theta
    return np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])


# Peak learning rates for the parabola and for the Rosenbrock valley.
RATES = {
    "sgd": (0.15, 0.0015),
    "momentum": (0.3, 0.006),
    "nesterov": (0.2, 0.006),
    "rmsprop": (0.03, 0.01),
    "adam": (0.1, 0.03),
    "adamw": (0.1, 0.03),
}


def descend(optimizer, gradient, theta, rate, steps):
    memory = optimizer.new_memory(theta)
    for t in range(1, steps + 1):
        eta = rate * (1 + np.cos(np.pi * t / steps)) / 2
        optimizer.step(theta, gradient(theta), memory, t, eta)
    return theta


@pytest.mark.parametrize("optimizer", FIRST_ORDER, ids=lambda o: o.name)
def test_it_solves_a_parabola(optimizer):
    theta = descend(optimizer, parabola, np.zeros(3), RATES[optimizer.name][0], 2000)
    np.testing.assert_allclose(theta, [1, -2, 3], atol=1e-3)


@pytest.mark.parametrize("optimizer", FIRST_ORDER, ids=lambda o: o.name)
def test_it_solves_the_rosenbrock_valley(optimizer):
    start = np.array([-1.2, 1.0])
    theta = descend(optimizer, rosenbrock, start, RATES[optimizer.name][1], 20_000)
    np.testing.assert_allclose(theta, [1, 1], atol=5e-3)


def test_registry():
    for name, optimizer in SOLVERS.items():
        assert optimizer.name == name
        assert optimizer == type(optimizer)()
    assert not isinstance(LBFGS(), Optimizer)
    for optimizer in FIRST_ORDER:
        assert 0 < optimizer.default_learning_rate < 1


ALL = [*SOLVERS.values(), *CHANGED, LBFGS(memory=3)]


@pytest.mark.parametrize("optimizer", ALL, ids=repr)
def test_a_value_that_compares_prints_pickles_and_clones(optimizer):
    cls = type(optimizer)
    assert eval(repr(optimizer), {cls.__name__: cls}) == optimizer
    duplicates = (
        cls(**dataclasses.asdict(optimizer)),
        pickle.loads(pickle.dumps(optimizer)),
        clone(optimizer, safe=False),
    )
    for duplicate in duplicates:
        assert type(duplicate) is cls
        assert duplicate == optimizer
        assert hash(duplicate) == hash(optimizer)
    for field in dataclasses.fields(optimizer):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(optimizer, field.name, 0.5)
        value = getattr(optimizer, field.name)
        changed = value + 1 if isinstance(value, int) else value / 2
        assert dataclasses.replace(optimizer, **{field.name: changed}) != optimizer
    assert all(optimizer != other for other in ALL if other is not optimizer)


FRACTION = "a number in [0, 1)"
POSITIVE = "a positive finite number"
REFUSED = [
    *(
        (cls, field, value, FRACTION)
        for cls, fields in (
            (Momentum, ["beta"]),
            (Nesterov, ["beta"]),
            (RMSProp, ["beta"]),
            (Adam, ["beta1", "beta2"]),
            (AdamW, ["beta1", "beta2"]),
        )
        for field in fields
        for value in (1, 1.5, -0.1, np.nan, np.inf, "0.9", None, True)
    ),
    *(
        (cls, "epsilon", value, POSITIVE)
        for cls in (RMSProp, Adam, AdamW)
        for value in (0, -1e-8, np.nan, np.inf, "1e-8", None)
    ),
    *(
        (LBFGS, "memory", value, "an integer of at least 1")
        for value in (0, -1, 2.0, "10", None, True)
    ),
]


@pytest.mark.parametrize(
    ("cls", "field", "value", "interval"),
    REFUSED,
    ids=lambda v: getattr(v, "__name__", repr(v)),
)
def test_bad_hyper_parameters(cls, field, value, interval):
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    wrong_type = not number or (cls is LBFGS and not isinstance(value, int))
    with pytest.raises(TypeError if wrong_type else ValueError) as caught:
        cls(**{field: value})
    assert str(caught.value) == (
        f"{field} of {cls.__name__} must be {interval}. Got {value!r} instead."
    )


def test_numpy_scalars_are_numbers():
    assert Momentum(np.float32(0.5)) == Momentum(0.5)
    assert LBFGS(np.int64(5)) == LBFGS(5)
    assert Adam(beta1=0).beta1 == 0
