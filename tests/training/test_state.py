"""What a training needs to go on: copies of it, and the way back."""

import numpy as np
import pytest

from sknn2 import initialize
from sknn2.training.state import State


def state():
    parameters = initialize((3, 4, 1), rng=0)
    memory = np.random.RandomState(0).randn(2, parameters.theta.size)
    return State(parameters, memory, seed=1, updates=5, losses=[0.5])


@pytest.mark.parametrize("in_place", [False, True])
def test_a_snapshot_is_a_copy_and_restore_goes_back_to_it(in_place):
    there = state()
    expected = there.parameters.theta.copy(), there.memory.copy()
    into = None
    if in_place:
        into = np.empty_like(expected[0]), np.empty_like(expected[1]), 0
    snapshot = there.snapshot(into)
    if in_place:
        assert all(a is b for a, b in zip(snapshot[:2], into, strict=False))
    theta, memory = there.parameters.theta, there.memory
    theta += 1
    memory -= 1
    there.updates = 9
    there.losses.append(0.4)
    there.restore(snapshot)
    # The arrays stay the same: W and b are views of theta.
    assert there.parameters.theta is theta
    assert there.memory is memory
    np.testing.assert_array_equal(theta, expected[0])
    np.testing.assert_array_equal(memory, expected[1])
    assert there.updates == 5
    assert there.losses == [0.5, 0.4]  # histories are no part of a snapshot


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_is_finite_looks_at_every_parameter(bad):
    there = state()
    assert there.is_finite()
    there.parameters.theta[-1] = bad
    assert not there.is_finite()


def test_each_state_has_losses_of_its_own():
    parameters = initialize((2, 1))
    one, other = (State(parameters, np.zeros((0, 3)), 0) for _ in range(2))
    one.losses.append(1.0)
    assert other.losses == []
