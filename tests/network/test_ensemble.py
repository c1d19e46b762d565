"""K nets side by side against K nets one by one, and against the mathematics."""

import numpy as np
import pytest

from sknn2 import Network
from sknn2.inputs.reader import InputReader
from sknn2.network.activations import ACTIVATIONS
from sknn2.network.ensemble import Ensemble
from sknn2.training.objective import Objective

K, N0, N1, M = 3, 4, 5, 17
OUTPUTS = pytest.mark.parametrize("n_outputs", [1, 3])


def problem(n_outputs, activation="tanh", seed=0):
    """Return members, parameters and data, with weights of which some are zero."""
    rng = np.random.default_rng(seed)
    members = Ensemble(Network((N0, N1, n_outputs), activation), K)
    parameters = members.initialize("xavier", rng)
    parameters.theta += 0.1 * rng.standard_normal(parameters.theta.size)
    X = rng.standard_normal((N0, M))
    codes = rng.integers(max(n_outputs, 2), size=M)
    Y = np.eye(n_outputs)[codes].T if n_outputs > 1 else codes[np.newaxis].astype(float)
    w = rng.uniform(0.5, 2, (K, M)) * (np.arange(M) % K != np.arange(K)[:, np.newaxis])
    return members, parameters, X, Y, w


def objective_of(members, X, Y, w, alpha=0.0):
    return Objective(members, InputReader(np.ascontiguousarray(X.T)), Y, w, alpha)


def relative(a, b):
    return np.linalg.norm(a - b) / np.linalg.norm(a)


@OUTPUTS
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("weighted", [True, False])
def test_cost_and_gradient_are_those_of_single_networks(
    n_outputs, activation, weighted
):
    members, parameters, X, Y, w = problem(n_outputs, activation)
    alpha = 0.7
    objective = objective_of(members, X, Y, w if weighted else None, alpha)
    gradient = parameters.zeros_like()
    J = objective.cost_and_gradient(parameters, gradient)
    expected, S = 0.0, objective.sum_w
    for k in range(K):
        w_k = w[k] if weighted else np.ones(M)
        J_k, gradient_k = members.network.cost_and_gradient(
            X, Y, parameters.member(k), w_k, alpha
        )
        expected += J_k * w_k.sum() / S
        share = gradient.member(k).theta * S / w_k.sum()
        assert relative(gradient_k.theta, share) < 1e-12
    assert pytest.approx(expected, rel=1e-12) == J


@OUTPUTS
def test_gradient_against_central_differences(n_outputs):
    members, parameters, X, Y, w = problem(n_outputs)
    objective = objective_of(members, X, Y, w, alpha=0.7)
    gradient = parameters.zeros_like()
    objective.cost_and_gradient(parameters, gradient)
    trial, scratch = parameters.copy(), parameters.zeros_like()
    # Differences of the tenth order, whose error is h^10 where h^2 is usual.
    h, numeric = 0.01, np.zeros(gradient.theta.size)
    for i, value in enumerate(parameters.theta):
        for step, factor in enumerate((5 / 6, -5 / 21, 5 / 84, -5 / 504, 1 / 1260), 1):
            for sign in (1, -1):
                trial.theta[i] = value + sign * step * h
                J = objective.cost_and_gradient(trial, scratch)
                numeric[i] += sign * factor / h * J
        trial.theta[i] = value
    assert relative(numeric, gradient.theta) < 1e-12


@OUTPUTS
def test_a_row_of_weight_zero_is_a_row_that_is_not_there(n_outputs):
    members, parameters, X, Y, w = problem(n_outputs)
    gradient = parameters.zeros_like()
    objective_of(members, X, Y, w).cost_and_gradient(parameters, gradient)
    for k in range(K):
        rows = w[k] > 0
        assert 0 < rows.sum() < M
        _, alone = members.network.cost_and_gradient(
            X[:, rows], Y[:, rows], parameters.member(k), w[k, rows]
        )
        share = gradient.member(k).theta * w.sum() / w[k].sum()
        assert relative(alone.theta, share) < 1e-12
