"""Pairs that a user has written are tried, and named if they are wrong."""

import numpy as np
import pytest
from reference import TANH_IN_DOUBLE, WRONG

from sknn2 import Activation, Network
from sknn2.network.activation_checks import check_activation
from sknn2.network.activations import ACTIVATIONS


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_those_of_the_package_pass(name):
    check_activation(ACTIVATIONS[name])


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_one_is_named(case):
    g = Activation("mine", **(TANH_IN_DOUBLE | WRONG[case]))
    (which,) = WRONG[case]
    with pytest.raises((ValueError, TypeError), match=f"{which} of the .*'mine'"):
        check_activation(g)


def test_a_plain_pair_passes_and_one_that_fails_says_how_it_is_called():
    check_activation(Activation("mine", np.tanh, lambda dA, A: dA * (1 - A**2)))
    bad = Activation("mine", np.tanh, lambda dA: dA, needs_Z=True)
    with pytest.raises(TypeError, match=r"called as backward\(dA, Z\)"):
        Network((2, 3, 1), bad)
