"""The search along the path of penalties."""

import numpy as np
import pytest

from sknn2.fitting.folded_rows import Point
from sknn2.fitting.penalty_path import SLOW_ITER, Slowness, follow_path


def walk(losses, alphas=(1, 2, 3, 4, 5, 6, 7)):
    """Return the strengths that are visited where these are their losses."""
    starts = {}

    def visit(alpha, start):
        starts[alpha] = start
        return Point(alpha, np.array([losses[alpha - 1]] * 2), alpha)

    points = follow_path(alphas, visit, "start")
    assert [point.alpha for point in points] == list(starts)
    return list(starts), starts


@pytest.mark.parametrize(
    ("losses", "visited"),
    [
        ([9, 9, 9, 5, 4, 3, 2], [4, 5, 6, 7]),  # up to the end
        ([9, 9, 9, 5, 4, 6, 2], [4, 5, 6]),  # no further than the first that is worse
        ([9, 9, 3, 5, 6, 1, 1], [4, 5, 3, 2]),  # down only after a look above
        ([1, 2, 3, 5, 5, 1, 1], [4, 5, 3, 2, 1]),
        ([1, 1, 6, 5, 6, 1, 1], [4, 5, 3]),
        ([9, 9, 9, 5, 4.9999, 1, 1], [4, 5]),  # less than a thousandth
        ([9, 9, 9, 5, np.nan, 1, 1], [4, 5, 3]),
    ],
)
def test_the_path_goes_up_first_and_stops(losses, visited):
    assert walk(losses)[0] == visited


def test_each_step_starts_where_the_best_one_on_its_way_ended():
    assert walk([1, 2, 3, 5, 6, 1, 1])[1] == {4: "start", 5: 4, 3: 4, 2: 3, 1: 2}


@pytest.mark.parametrize(("n", "middle"), [(1, 1), (2, 1), (3, 2), (4, 2), (9, 5)])
def test_the_middle(n, middle):
    assert walk([1] * n, tuple(range(1, n + 1)))[0][0] == middle


@pytest.mark.parametrize("share", [0.01, 0.1])
def test_training_ends_when_the_cost_falls_slowly(share):
    costs = 1 + 0.5 ** np.arange(30.0)
    slow = Slowness(share)
    ended = next(k for k, cost in enumerate(costs) if slow.exhausted(cost))
    falls = (costs[:-SLOW_ITER] - costs[SLOW_ITER:]) / costs[SLOW_ITER:]
    assert ended == SLOW_ITER + np.flatnonzero(falls < share)[0]
