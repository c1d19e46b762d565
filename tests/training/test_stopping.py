"""Stopping: patience, and messages that say what to do."""

import math

import pytest

from sknn2.training.stopping import Patience


def epochs_until_exhausted(patience, values):
    """Return how many epochs were run, or None if there were not enough."""
    for k, value in enumerate(values, start=1):
        if patience.exhausted(value):
            return k
    return None


@pytest.mark.parametrize("n", [1, 2, 5])
def test_n_means_n(n):
    # One epoch that is the best so far, then n in a row that are not.
    assert epochs_until_exhausted(Patience(1e-4, n), [1.0] * 50) == n + 1
    falling = [3.0, 2.0, 1.0]
    assert epochs_until_exhausted(Patience(0.1, n), falling + [1.0] * 50) == n + 3


@pytest.mark.parametrize(
    ("tol", "values", "expected"),
    [
        # A good epoch starts the count again.
        (0.1, [1, 1, 1, 0.5, 1, 1, 1, 1], 7),
        # It has to beat the lowest before, not the last.
        (0.1, [1, 3, 2, 1.5], 4),
        # Falling by less than tol is no improvement, by more it is.
        (0.1, [1, 0.95, 0.90, 0.85], 4),
        (0.1, [1, 0.85, 0.70, 0.55, 0.40], None),
        # With tol = 0 any fall counts, and standing still does not.
        (0, [1, 1 - 1e-12, 1 - 2e-12, 1 - 3e-12, 1 - 4e-12], None),
        (0, [1, 1, 1, 1], 4),
        # Values may be negative, as minus a score is.
        (0.1, [-0.5, -0.7, -0.9, -0.9, -0.8, -0.95], 6),
    ],
    ids=["reset", "lowest", "slow", "falling", "any", "still", "negative"],
)
def test_patience(tol, values, expected):
    assert epochs_until_exhausted(Patience(tol, 3), values) == expected


def test_no_tol_never_runs_out():
    assert epochs_until_exhausted(Patience(None, 1), [1.0] * 1000) is None


def test_values_that_are_not_finite():
    # The first finite value after infinite ones counts as an improvement.
    patience = Patience(0.1, 2)
    assert not any(patience.exhausted(v) for v in (math.inf, math.inf, 1.0, 1.0))
    assert patience.exhausted(1.0)
    # A NaN is no improvement.
    assert epochs_until_exhausted(Patience(0.1, 2), [1.0, math.nan, math.nan]) == 3
