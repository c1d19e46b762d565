"""The line search: both conditions, on the standard functions for such searches."""

import math

import numpy as np
import pytest

from sknn2.training.line_search import CURVATURE, DECREASE, wolfe_step


def yanai(b1, b2):
    """Return the function of Yanai, Ozawa and Kaneko, as Moré and Thuente use it."""
    g1, g2 = (math.hypot(1, b) - b for b in (b1, b2))

    def f(t):
        r1, r2 = math.hypot(1 - t, b2), math.hypot(t, b1)
        return g1 * r1 + g2 * r2, -g1 * (1 - t) / r1 + g2 * t / r2

    return f


def wavy(t, flat=0.01, waves=39):
    """Return their third function: a valley with waves on its sides."""
    if t <= 1 - flat:
        base, slope = 1 - t, -1.0
    elif t >= 1 + flat:
        base, slope = t - 1, 1.0
    else:
        base, slope = (t - 1) ** 2 / 2 / flat + flat / 2, (t - 1) / flat
    angle = waves * math.pi / 2 * t
    wave = 2 * (1 - flat) / waves / math.pi * math.sin(angle)
    return base + wave, slope + (1 - flat) * math.cos(angle)


# J. J. Moré and D. J. Thuente, Line search algorithms with guaranteed sufficient
# decrease, ACM TOMS 20, 1994, section 5.
FUNCTIONS = {
    "1": lambda t: (-t / (t * t + 2), (t * t - 2) / (t * t + 2) ** 2),
    "2": lambda t: (
        (t + 0.004) ** 5 - 2 * (t + 0.004) ** 4,
        5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3,
    ),
    "3": wavy,
    "4": yanai(0.001, 0.001),
    "5": yanai(0.01, 0.001),
    "6": yanai(0.001, 0.01),
    "barrier": lambda t: (
        (-2 * t - math.log(1 - t), -2 + 1 / (1 - t)) if t < 1 else (math.nan, math.nan)
    ),
    "infinite": lambda t: ((t - 3) ** 2, 2 * t - 6) if t < 3.5 else (math.inf, 1.0),
    "without a slope": lambda t: ((t - 3) ** 2, 2 * t - 6 if t < 3.5 else math.nan),
    "far": lambda t: (
        -t if t < 1e5 else (t - 1e5) ** 2 - t,
        -1.0 + 2 * max(t - 1e5, 0),
    ),
}
FIRST = [1e-3, 0.1, 1.0, 10.0, 1e3]


class Recorder:
    """A function that keeps the steps at which it was asked."""

    def __init__(self, f):
        self.f, self.steps = f, []

    def __call__(self, step):
        self.steps.append(step)
        return self.f(step)


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_both_conditions_hold(name, first):
    f = Recorder(FUNCTIONS[name])
    cost, slope = f.f(0.0)
    found = wolfe_step(f, cost, slope, first, tolerance=0.0)
    assert (found.cost, found.slope) == f.f(found.step)
    assert found.cost <= cost + DECREASE * found.step * slope
    assert abs(found.slope) <= CURVATURE * abs(slope)
    assert f.steps[-1] == found.step
    assert len(f.steps) <= 30


@pytest.mark.parametrize("unit", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("name", ["1", "3", "infinite"])
def test_the_units_of_cost_and_step_do_not_matter(name, unit):
    f = FUNCTIONS[name]

    def scaled(t):
        cost, slope = f(t / unit)
        return cost * unit**2, slope * unit

    plain = wolfe_step(f, *f(0.0), 10.0, 0.0)
    found = wolfe_step(scaled, *scaled(0.0), 10.0 * unit, 0.0)
    assert found.step == pytest.approx(unit * plain.step, rel=1e-6)


def test_where_rounding_hides_the_fall_there_is_no_step():
    f = Recorder(lambda t: (1.0 + float(t > 0) * 1e-16, -1e-18))
    assert wolfe_step(f, 1.0, -1e-18, 1.0, tolerance=1e-15) is None
    assert len(f.steps) < 3


def test_an_end_without_the_second_condition_is_the_lowest_step():
    # A kink: no step meets the second condition.
    f = Recorder(lambda t: (abs(t - 0.7), np.sign(t - 0.7)))
    found = wolfe_step(f, 0.7, -1.0, 1.0, tolerance=1e-6)
    assert found.step == pytest.approx(0.7, abs=1e-5)
    assert found.cost == min(f.f(t)[0] for t in f.steps)
    assert f.steps[-1] == found.step


def test_a_direction_in_which_nothing_is_finite():
    f = Recorder(lambda t: (math.nan, math.nan))
    assert wolfe_step(f, 1.0, -1.0, 1.0, tolerance=1e-15) is None


def test_a_cost_without_bound():
    f = Recorder(lambda t: (-t, -1.0))
    found = wolfe_step(f, 0.0, -1.0, 1.0, tolerance=0.0)
    assert found.step == f.steps[-1] > 1e9
