"""The passes of training against the textbook's, which a reader calls."""

import numpy as np
import pytest
import reference

from sknn2 import Network, Parameters
from sknn2.network.losses import LOSSES
from sknn2.network.workspace import Workspace

DEPTHS = {1: (), 2: (4,), 3: (4, 3)}


def relative_error(a, b):
    return np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))


@pytest.mark.parametrize("activation", sorted(reference.G))
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("L", DEPTHS)
@pytest.mark.parametrize("weighted", [False, True])
def test_training_computes_the_equations(activation, loss, L, weighted):
    n_out = 3 if loss == "categorical_cross_entropy" else 2
    units = (3, *DEPTHS[L], n_out)
    X, Y, W, b, w = reference.draw(units, 6, activation, seed=L)
    Y, w = np.abs(Y), w if weighted else None
    parameters = Parameters.from_arrays(W, b)
    network = Network(units, activation, loss)
    _, caches = network.forward(X, parameters)
    expected = network.backward(Y, caches, w)

    A_ones = np.vstack([X, np.ones(6)])
    keep_Z = network.activation.needs_Z
    workspace = Workspace(units, 6, np.float64, keep_Z=keep_Z)
    gradient = parameters.like(np.full_like(parameters.theta, np.nan))
    for _ in range(2):  # the arrays of a workspace may hold anything
        cost = network.cost_and_gradient_sums(
            A_ones, Y, w, parameters, gradient, workspace
        )
        assert relative_error(gradient.theta, expected.theta) < 1e-13
        assert cost == network.cost_sum(A_ones, Y, w, parameters, workspace)
    assert cost == pytest.approx(network.loss.cost(caches[L].Z, Y, w), rel=1e-12)


def test_the_caches_of_training_hold_the_bias_as_one_more_weight():
    network, units = Network((3, 4, 2), "tanh"), (3, 4, 2)
    X, _, W, b, _ = reference.draw(units, 6, "tanh", seed=0)
    parameters = Parameters.from_arrays(W, b)
    A_ones = np.vstack([X, np.ones(6)])
    workspace = Workspace(units, 6, np.float64)
    Z, training = network.forward_to_Z(A_ones, parameters, workspace)
    _, textbook = network.forward(X, parameters)
    np.testing.assert_allclose(Z, textbook[2].Z, rtol=1e-12)
    for l in (1, 2):
        assert textbook[l].W is parameters.W[l]
        assert textbook[l].b is parameters.b[l]
        assert training[l].W is parameters.Wb[l]
        assert training[l].b is None
        np.testing.assert_allclose(training[l].A_prev[:-1], textbook[l].A_prev)
        np.testing.assert_array_equal(training[l].A_prev[-1], 1)
