"""A line search for the strong Wolfe conditions."""

import math
from collections.abc import Callable
from typing import NamedTuple

DECREASE, CURVATURE = 1e-3, 0.9
"""Shares of the slope at the start in the two conditions."""


MAX_EVALUATIONS = 50
"""Steps that are tried at most."""


LEAST_GROWTH, MOST_GROWTH = 1.1, 4.0
"""While the cost falls, a step is by at least and at most so many times as much longer
than the one before it as that was longer than its own."""


MARGIN = 0.1
"""Share of an interval that the next step keeps away from both ends."""


class Trial(NamedTuple):
    """A step that was tried.

    Parameters
    ----------
    step : float
    cost : float
    slope : float
        Derivative of the cost by the step.
    """

    step: float
    cost: float
    slope: float

    @property
    def is_finite(self) -> bool:
        """Whether cost and slope are finite numbers."""
        return math.isfinite(self.cost) and math.isfinite(self.slope)


def wolfe_step(
    evaluate: Callable[[float], tuple[float, float]],
    cost: float,
    slope: float,
    first: float,
    tolerance: float,
) -> Trial | None:
    """Return a step that meets the strong Wolfe conditions.

    With ``f(t)`` the cost at step t they are::

        f(t) <= f(0) + DECREASE t f'(0)      |f'(t)| <= CURVATURE |f'(0)|

    The step grows until there is an interval that must hold such a step. Then
    the interval shrinks (Nocedal and Wright, Numerical Optimization, algorithms
    3.5 and 3.6). The next step is the minimum of the cubic with the costs and
    slopes of the two steps before, within bounds.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(t)`` returns ``f(t), f'(t)``. A step where one of them is not
        finite counts as too long.
    cost, slope : float
        ``f(0)``, and ``f'(0)``, which is negative.
    first : float
        The first step to try.
    tolerance : float
        The search ends where the cost cannot fall by more than this in the
        interval, for rounding hides it.

    Returns
    -------
    Trial or None
        The last step that was evaluated. Where the search ends without a step
        that meets both conditions, this is the lowest that meets the first;
        None if no step does.
    """
    # The cost at low is the lowest so far, and falls from there towards high.
    low, high = Trial(0.0, cost, slope), None
    step = first
    for _ in range(MAX_EVALUATIONS):
        trial = Trial(step, *evaluate(step))
        before = low
        bound = min(cost + DECREASE * step * slope, low.cost)
        if not trial.is_finite or trial.cost > bound or trial.cost == low.cost:
            high = trial
        elif abs(trial.slope) <= CURVATURE * abs(slope):
            return trial
        else:
            if (trial.slope >= 0) == (high is None or high.step > low.step):
                high = low
            low = trial
        if high is None:
            step = beyond(before, low)
        elif abs(low.slope * (high.step - low.step)) <= tolerance:
            break
        else:
            step = between(low, high)
    if low.step == 0:
        return None
    if low is not trial:
        evaluate(low.step)
    return low


def beyond(before: Trial, last: Trial) -> float:
    """Return a step longer than the last two, at both of which the cost falls."""
    grown = last.step - before.step
    shortest, longest = (
        last.step + LEAST_GROWTH * grown,
        last.step + MOST_GROWTH * grown,
    )
    step = cubic_minimum(before, last)
    return longest if step is None else min(max(step, shortest), longest)


def between(low: Trial, high: Trial) -> float:
    """Return a step between two others, in either order."""
    width = high.step - low.step
    if not high.is_finite:
        return low.step + MARGIN * width
    step = cubic_minimum(low, high)
    share = 0.5 if step is None else (step - low.step) / width
    return low.step + min(max(share, MARGIN), 1 - MARGIN) * width


def cubic_minimum(a: Trial, b: Trial) -> float | None:
    """Return where the cubic with the costs and slopes of two steps is lowest.

    Equation (3.59) of Nocedal and Wright. None where it has no minimum.
    """
    width = b.step - a.step
    d1 = a.slope + b.slope + 3 * (a.cost - b.cost) / width
    square = d1 * d1 - a.slope * b.slope
    if not 0 <= square < math.inf:
        return None
    d2 = math.copysign(math.sqrt(square), width)
    denominator = b.slope - a.slope + 2 * d2
    if denominator == 0:
        return None
    return b.step - width * (b.slope + d2 - d1) / denominator
