"""Rows, their targets and a standardisation as the objective of a training."""

import numpy as np
import pytest

from sknn2 import Network, initialize
from sknn2.data.class_targets import ClassTargets
from sknn2.data.rows import Rows
from sknn2.fitting.objective_of_rows import objective_of_rows
from sknn2.inputs.standardization import Standardization

M = 30


def problem(weighted, scale=1.0):
    rng = np.random.RandomState(0)
    X = rng.randn(M, 3) * [1, 10, 100] + 5
    codes = np.arange(M) % 3
    w = rng.uniform(0.2, 1, M) if weighted else None
    return Rows(X, codes, codes, w=w, weight_scale=scale), np.eye(3)[codes].T


def compute(rows, standardization, alpha=0.7, dtype=np.float64):
    network = Network((3, 4, 3), loss="categorical_cross_entropy")
    parameters = initialize(network.units, rng=1, dtype=dtype)
    targets = ClassTargets(np.arange(3))
    objective = objective_of_rows(
        network, targets, rows, standardization, alpha, np.dtype(dtype)
    )
    gradient = parameters.zeros_like()
    J = objective.cost_and_gradient(parameters, gradient)
    return network, parameters, J, gradient.theta


@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("standardize", [False, True])
def test_it_is_the_cost_of_the_network(weighted, standardize):
    rows, Y = problem(weighted)
    standardization = Standardization.of(rows.X) if standardize else None
    network, parameters, J, gradient = compute(rows, standardization)
    X = rows.X
    if standardize:
        X = (X - X.mean(axis=0)) / X.std(axis=0)
    expected, of = network.cost_and_gradient(X.T, Y, parameters, rows.w, 0.7)
    assert pytest.approx(expected, rel=1e-12) == J
    np.testing.assert_allclose(gradient, of.theta, rtol=1e-9, atol=1e-12)


def test_the_scale_of_the_weights_counts_for_the_penalty():
    rows, Y = problem(True, scale=10.0)
    network, parameters, J, _ = compute(rows, None)
    expected = network.cost(rows.X.T, Y, parameters, 10 * rows.w, 0.7)
    assert pytest.approx(expected, rel=1e-12) == J


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_targets_of_a_large_table_are_kept_as_bool(monkeypatch, dtype):
    rows, _ = problem(False)
    standardization = Standardization.of(rows.X)
    expected = compute(rows, standardization, dtype=dtype)[2:]
    monkeypatch.setattr("sknn2.fitting.objective_of_rows.COPY_LIMIT", 0)
    targets = ClassTargets(np.arange(3))
    objective = objective_of_rows(
        Network((3, 4, 3), loss="categorical_cross_entropy"),
        targets,
        rows,
        standardization,
        0.7,
        np.dtype(dtype),
    )
    assert objective.Y.dtype == bool
    found = compute(rows, standardization, dtype=dtype)[2:]
    assert found[0] == expected[0]
    np.testing.assert_array_equal(found[1], expected[1])
