"""Rows in blocks: merged answers are those of all rows, in the order of the blocks."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from sknn2 import ShallowNNClassifier, ShallowNNRegressor
from sknn2.dask_blocks import LocalBlocks
from sknn2.data.class_targets import ClassTargets
from sknn2.data.regression_targets import RegressionTargets
from sknn2.data.rows import Rows
from sknn2.fitting.blocked_rows import BlockedRows, Names, Problem, as_tuple, read_block
from sknn2.network.losses import SquaredError

CUTS = [0, 20, 21, 50]


def whole(kind, weighted):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3)) * [1, 100, 0] + [0, 1e6, 3]
    y = rng.integers(0, 3, 50) if kind == "classes" else rng.normal(size=(50, 2))
    w = rng.random(50) * 7 if weighted else None
    targets = ClassTargets.of(y) if kind == "classes" else None
    targets = targets or RegressionTargets.of(y, SquaredError(), True)
    rows = Rows(X, y, targets.encode(y), w).weighted_by_class(None)
    return rows, targets


def in_blocks(rows):
    parts = []
    for a, b in pairwise(CUTS):
        w = None if rows.sample_weight is None else rows.sample_weight[a:b]
        part = Rows(rows.X[a:b], rows.y[a:b], rows.targets[a:b], w)
        parts.append(as_tuple(part.weighted_by_class(None)))
    return BlockedRows(LocalBlocks([(), *parts]), rows.n_features, rows.dtype)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_merged_answers_are_those_of_all_rows(kind, weighted):
    rows, targets = whole(kind, weighted)
    blocked = in_blocks(rows)
    assert blocked.m == 50
    assert blocked.sum_w == pytest.approx(rows.sum_w)
    assert blocked.weight_unit == pytest.approx(rows.weight_unit)
    for name in ("mean", "deviation", "weight", "low", "high", "two_valued"):
        np.testing.assert_allclose(
            getattr(blocked.standardization(), name),
            getattr(rows.standardization(), name),
            rtol=1e-12,
        )
    assert np.array_equal(blocked.largest_in_columns(), rows.largest_in_columns())
    measured = blocked.measured(targets, merge=False)
    expected = rows.measured(targets, merge=False)
    if kind == "numbers":
        np.testing.assert_allclose(
            measured.statistics.deviation, expected.statistics.deviation
        )
        assert np.abs(blocked.targets).max() == np.abs(rows.targets).max()


def test_rows_are_taken_by_their_numbers():
    rows, targets = whole("classes", True)
    blocked = in_blocks(rows)
    index = np.array([0, 19, 20, 33, 49])
    taken = blocked.take(index)
    assert np.array_equal(taken.X, rows.X[index])
    np.testing.assert_allclose(taken.w, rows.w[index])
    assert np.array_equal(blocked.strata(targets), rows.targets)
    mask = np.arange(50) % 7 == 0
    some = blocked.select(mask)
    assert np.array_equal(some.take(np.arange(some.m)).y, rows.y[mask])


def test_a_block_is_checked_where_it_is():
    X, y = np.ones((4, 2)), np.array([0, 1, 0, 1])
    stub, names = ShallowNNClassifier(), Names()
    assert read_block(X[:0], y[:0], None, stub, names) == ()
    assert read_block(X, y, np.zeros(4), stub, names) == ()
    kept = read_block(csr_matrix(X), y, np.array([1, 0, 2, 0.0]), stub, names)
    assert kept[0].shape == (2, 2)
    assert kept[2].tolist() == [1, 2]
    X[1, 1] = np.inf
    for X_bad, y_bad, w in ((X, y, None), (X, y[:3], None), (X, y, -np.ones(4))):
        problem = read_block(X_bad, y_bad, w, ShallowNNRegressor(), names)
        assert isinstance(problem, Problem)
