"""The cost over blocks is that over all rows, and a batch takes rows of every block."""

import numpy as np
import pytest

from sknn2.dask_blocks import LocalBlocks
from sknn2.data.class_targets import ClassTargets
from sknn2.data.rows import Rows
from sknn2.fitting.blocked_objective import BlockedObjective, Context, Draw
from sknn2.fitting.blocked_rows import BlockedRows, as_tuple
from sknn2.fitting.objective_of_rows import objective_of_rows
from sknn2.network.activations import find_activation
from sknn2.network.initializers import initialize
from sknn2.network.network import Network

SIZES = (23, 40, 1, 36)


def objectives(weighted):
    rng = np.random.default_rng(0)
    m = sum(SIZES)
    X, y = rng.normal(size=(m, 3)), rng.integers(0, 3, m)
    w = rng.random(m) if weighted else None
    targets = ClassTargets.of(y)
    network = Network((3, 5, 3), find_activation("tanh"), targets.loss)
    rows = Rows(X, y, y, w).weighted_by_class(None)
    parts, start = [], 0
    for size in SIZES:
        some = slice(start, start + size)
        w_some = None if w is None else w[some]
        part = Rows(X[some], y[some], y[some], w_some).weighted_by_class(None)
        parts.append(as_tuple(part))
        start += size
    blocked = BlockedRows(LocalBlocks(parts), 3, X.dtype)
    statistics = rows.standardization()
    here = objective_of_rows(network, targets, rows, statistics, 2.0, X.dtype)
    context = Context(network, targets, statistics, X.dtype)
    return here, BlockedObjective(blocked, context, 2.0), network


@pytest.mark.parametrize("weighted", [False, True])
def test_the_cost_and_its_gradient(weighted):
    here, there, network = objectives(weighted)
    parameters = initialize(network.units, "xavier", np.random.default_rng(1))
    one, other = parameters.zeros_like(), parameters.zeros_like()
    J = here.cost_and_gradient(parameters, one)
    assert there.cost_and_gradient(parameters, other) == pytest.approx(J, rel=1e-13)
    np.testing.assert_allclose(other.theta, one.theta, rtol=1e-10, atol=1e-14)
    first = slice(0, 10)
    assert there.block_cost(first, parameters) == pytest.approx(
        here.block_cost(first, parameters)
    )


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("batch_size", [3, 7, 50, 99])
def test_an_epoch_takes_each_row_once(batch_size, shuffle):
    _, there, _ = objectives(False)
    seen, sizes = [[] for _ in SIZES], []
    for draw, m in there.batches(batch_size, shuffle, [5, 2]):
        parts = [draw.rows(k, size) for k, size in enumerate(SIZES)]
        for rows, part in zip(seen, parts, strict=True):
            rows.extend(part.tolist())
        sizes.append(sum(map(len, parts)))
        assert sizes[-1] == m
    assert [sorted(rows) for rows in seen] == [list(range(size)) for size in SIZES]
    assert (seen[1] != sorted(seen[1])) == shuffle
    assert len(sizes) <= -(-sum(SIZES) // batch_size)
    assert max(sizes) - min(sizes) <= len(SIZES)


def test_the_sum_of_a_mini_batch_is_unbiased():
    _, there, network = objectives(True)
    parameters = initialize(network.units, "xavier", np.random.default_rng(1))
    total, whole = parameters.zeros_like(), parameters.zeros_like()
    gradient = parameters.zeros_like()
    for draw, m in there.batches(20, True, [0, 0]):
        there.batch_cost_and_gradient(draw, parameters, gradient)
        total.theta += gradient.theta * m / there.m
    there.batch_cost_and_gradient(slice(0, there.m), parameters, whole)
    np.testing.assert_allclose(total.theta, whole.theta, atol=1e-12)


def test_draws_depend_on_seed_epoch_and_block_alone():
    draw = Draw([3, 1], True, 0, 1, 4)
    assert np.array_equal(draw.rows(2, 30), draw.rows(2, 30))
    others = Draw([3, 2], True, 0, 1, 4).rows(2, 30), draw.rows(1, 30)
    assert not any(np.array_equal(draw.rows(2, 30), other) for other in others)
