"""Schedules: each factor against its formula."""

import dataclasses
import math
import pickle

import numpy as np
import pytest
from sklearn.base import clone

from sknn2 import (
    Constant,
    Cosine,
    DivideOnStall,
    Exponential,
    InverseTime,
    Step,
    WarmUp,
)
from sknn2.training.schedules import SCHEDULES

EPOCHS = range(25)
FORMULAS = [
    (Constant(), [1] * 25),
    (InverseTime(), [1 / (1 + k / 10) for k in EPOCHS]),
    (InverseTime(decay=2), [1 / (1 + 2 * k) for k in EPOCHS]),
    (Exponential(), [math.exp(k * math.log(0.95)) for k in EPOCHS]),
    (Exponential(decay=0.5), [2.0**-k for k in EPOCHS]),
    (Exponential(decay=0), [1] + [0] * 24),
    (Step(every=10), [1] * 10 + [1 / 2] * 10 + [1 / 4] * 5),
    (Step(every=7, factor=0.1), [1] * 7 + [0.1] * 7 + [0.01] * 7 + [0.001] * 4),
    (WarmUp(), [1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6] + [1] * 20),
    (WarmUp(epochs=1), [1 / 2] + [1] * 24),
    (Cosine(), [math.cos(math.pi / 2 * k / 25) ** 2 for k in EPOCHS]),
]


@pytest.mark.parametrize(
    ("schedule", "factors"), FORMULAS, ids=[repr(s) for s, _ in FORMULAS]
)
def test_formula(schedule, factors):
    own = [schedule(k, [1.0] * k, k / 25) for k in EPOCHS]
    np.testing.assert_allclose(own, factors, rtol=1e-13)
    assert all(type(f) in (int, float) for f in own)
    # A function of its arguments: asked again, in another order, it says the same.
    backwards = [schedule(k, [1.0] * k, k / 25) for k in reversed(EPOCHS)]
    assert own == backwards[::-1]


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=list(SCHEDULES))
def test_only_a_horizon_needs_progress(schedule):
    assert schedule.horizon == (schedule.name == "cosine")
    if schedule.horizon:
        with pytest.raises(ValueError, match="the cosine schedule needs to know where"):
            schedule(0, [], None)
    else:
        for k in EPOCHS:
            losses = [1.0] * k
            assert schedule(k, losses) == schedule(k, losses, k / 25)


def test_cosine_goes_by_progress_and_not_by_epoch():
    assert Cosine()(1000, [1.0] * 1000, 0.0) == 1
    assert Cosine()(0, [], 0.5) == pytest.approx(0.5)
    assert 0 < Cosine()(0, [], 0.99) < 1e-3


def stalls(schedule, losses):
    """Return how often the rate was divided before each epoch and at the end."""
    factors = [schedule(k, losses[:k]) for k in range(len(losses) + 1)]
    return [round(-math.log(f, schedule.divisor)) for f in factors]


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        # The first epoch is an improvement; then three in a row make a stall.
        ([1.0] * 8, [0, 0, 0, 0, 1, 1, 1, 2, 2]),
        # A good epoch starts the count again.
        ([1, 1, 1, 0.5, 0.5, 0.5, 0.5], [0, 0, 0, 0, 0, 0, 0, 1]),
        # Falling by less than tol is no improvement, by more it is.
        ([1, 0.95, 0.9, 0.85], [0, 0, 0, 0, 1]),
        ([1, 0.85, 0.7, 0.55, 0.4], [0, 0, 0, 0, 0, 0]),
        # It has to beat the lowest before, not the last.
        ([1, 3, 2, 1.5], [0, 0, 0, 0, 1]),
        ([], [0]),
    ],
    ids=["flat", "reset", "slow", "falling", "lowest", "empty"],
)
def test_divide_on_stall(losses, expected):
    schedule = DivideOnStall(divisor=2.0, patience=3, tol=0.1)
    assert stalls(schedule, losses) == expected
    assert stalls(DivideOnStall(10, 3, 0.1), losses) == expected


def test_divide_on_stall_by_default():
    factors = [DivideOnStall()(k, [1.0] * k) for k in range(12)]
    assert factors == pytest.approx([1] * 6 + [1 / 5] * 5 + [1 / 25])
    falling = [1 - 2e-4 * k for k in range(50)]
    assert DivideOnStall()(50, falling) == 1
    crawling = [1 - 0.5e-4 * k for k in range(50)]
    assert DivideOnStall()(50, crawling) < 1


def test_registry():
    names = "constant inverse_time exponential step cosine warm_up divide_on_stall"
    assert list(SCHEDULES) == names.split()
    for name, schedule in SCHEDULES.items():
        assert schedule.name == name
        assert schedule == type(schedule)()


ALL = [*SCHEDULES.values(), Step(7, 0.1), WarmUp(2), DivideOnStall(2.0, 3, 0.1)]


@pytest.mark.parametrize("schedule", ALL, ids=repr)
def test_a_value_that_compares_prints_pickles_and_clones(schedule):
    cls = type(schedule)
    assert eval(repr(schedule), {cls.__name__: cls}) == schedule
    for duplicate in (
        pickle.loads(pickle.dumps(schedule)),
        clone(schedule, safe=False),
    ):
        assert type(duplicate) is cls
        assert duplicate == schedule
        assert hash(duplicate) == hash(schedule)
    for field in dataclasses.fields(schedule):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(schedule, field.name, 0.5)
        value = getattr(schedule, field.name)
        changed = value + 1 if isinstance(value, int) else value / 2
        assert dataclasses.replace(schedule, **{field.name: changed}) != schedule
    assert all(schedule != other for other in ALL if other is not schedule)


FRACTION = "a number in [0, 1)"
POSITIVE = "a positive finite number"
NOT_NEGATIVE = "a finite number of at least 0"
INTEGER = "an integer of at least 1"
REFUSED = [
    *((InverseTime, "decay", v, POSITIVE) for v in (0, -1, np.nan, np.inf, "1", None)),
    *((Exponential, "decay", v, FRACTION) for v in (1, -0.1, np.nan, "1", True)),
    *((Step, "factor", v, FRACTION) for v in (1, -0.1, np.nan, "1", True)),
    *((Step, "every", v, INTEGER) for v in (0, -1, 2.5, "1", True)),
    *((WarmUp, "epochs", v, INTEGER) for v in (0, -1, 2.5, "1", True)),
    *((DivideOnStall, "divisor", v, POSITIVE) for v in (0, -1, np.nan, np.inf, "1")),
    *((DivideOnStall, "patience", v, INTEGER) for v in (0, -1, 2.5, "1", True)),
    *((DivideOnStall, "tol", v, NOT_NEGATIVE) for v in (-1, np.nan, np.inf, None)),
]


@pytest.mark.parametrize(
    ("cls", "field", "value", "interval"),
    REFUSED,
    ids=lambda v: getattr(v, "__name__", repr(v)),
)
def test_bad_hyper_parameters(cls, field, value, interval):
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    wrong_type = not number or (interval == INTEGER and not isinstance(value, int))
    with pytest.raises(TypeError if wrong_type else ValueError) as caught:
        cls(**{field: value})
    assert str(caught.value) == (
        f"{field} of {cls.__name__} must be {interval}. Got {value!r} instead."
    )
