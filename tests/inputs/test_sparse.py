"""Sparse rows: their products, the cost, and the statistics of their columns."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp

from sknn2 import Network
from sknn2.inputs.reader import InputReader
from sknn2.inputs.standardization import Standardization
from sknn2.network.parameters import Parameters
from sknn2.training.objective import Objective


@pytest.fixture(autouse=True)
def never_written_out(monkeypatch):
    """Small tables are full; without this, blocks of them would be written out."""
    monkeypatch.setattr("sknn2.inputs.reader.FILLED", 1.0)


def table(m=120, n=12, seed=0):
    """Return rows of every kind of column that a sparse matrix may have."""
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((m, n)) * (rng.uniform(size=(m, n)) < 0.15)
    X *= np.logspace(-2, 2, n)
    X[:, 3] = 0  # empty
    X[:, 4] = 7.5  # constant
    X[:, 5] = rng.randint(1, 4, m)  # full, near zero
    X[:, 6] = 1e6 + rng.standard_normal(m)  # full, far from zero
    X[:, 7] = 40 + rng.standard_normal(m)  # far from zero, but for a few
    X[:3, 7] = 0
    X[10:13] = 0  # empty rows
    X[10:13, 6] = 1e6
    return X


X = table()
Y = (X[:, 0] * 100 + X[:, 5] + X[:, 6] - 1e6 + np.arange(120) % 3 > 2.5).astype(int)
W = np.random.RandomState(1).uniform(0.1, 3, 120) * (np.arange(120) % 10 > 0)


@pytest.mark.parametrize("units", [(1,), (3,), (5, 1), (5, 4, 3), (20, 5, 4, 1)])
@pytest.mark.parametrize("rows", [slice(0, 120), np.array([7, 7, 3, 119, 11])])
def test_the_cost_of_any_depth(units, rows):
    net = Network((12, *units), "tanh")
    rng = np.random.RandomState(2)
    parameters = Parameters(
        net.units, rng.standard_normal(Parameters(net.units).theta.size)
    )
    targets = np.eye(3)[np.arange(120) % 3].T if units[-1] == 3 else Y[np.newaxis] * 1.0
    standardization = Standardization.of(X)
    found = []
    for kind in (X, sp.csr_array(X)):
        gradient = parameters.zeros_like()
        gradient.theta.fill(np.nan)
        objective = Objective(net, InputReader(kind, standardization), targets, W)
        found.append(
            (
                objective.batch_cost_and_gradient(rows, parameters, gradient),
                gradient.theta,
            )
        )
    (cost, gradient), (expected_cost, expected) = found[1], found[0]
    assert cost == pytest.approx(expected_cost, rel=1e-12)
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-11)


def rows_of(X, standardization=None, dtype=np.float64):
    """Return all rows as the network gets them, of X sparse and of X dense."""
    rows = slice(0, X.shape[0])
    sparse = InputReader(sp.csr_array(X), standardization, dtype)
    dense = InputReader(X, standardization, dtype)
    return sparse.read(rows, sparse.new_buffer(X.shape[0])), dense.read(rows, None)


@pytest.mark.parametrize("standardized", [True, False])
@pytest.mark.parametrize("given", [True, False], ids=["out", "no out"])
def test_both_products(standardized, given):
    sparse, dense = rows_of(X, Standardization.of(X, W + 0.1) if standardized else None)
    rng = np.random.RandomState(3)
    weights, dZ = rng.standard_normal((7, 13)), rng.standard_normal((7, 120))
    assert sparse.shape == dense.shape == (120, 13)
    assert sparse.T.shape == (13, 120)
    assert sparse.T.T.shape == (120, 13)
    for left, ours, theirs in ((weights, sparse.T, dense.T), (dZ, sparse, dense)):
        expected = np.dot(left, theirs)
        before = left.copy()
        out = np.full_like(expected, np.nan) if given else None
        found = np.dot(left, ours, out=out)
        assert out is None or found is out
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
        assert np.array_equal(left, before)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_mean_far_from_zero_costs_no_digits(dtype):
    """In ``W * factor @ x - W * factor @ mean`` nine digits would cancel."""
    rng = np.random.RandomState(0)
    values = 1.7e9 + 128 * rng.randint(-500, 500, (300, 3))
    values[:, 1] = rng.uniform(size=300) < 0.1
    values = values.astype(dtype)  # nothing is rounded
    seen = Standardization.of(values)
    values[::7] = 0  # rows that are far out, as may come later
    sparse, _ = rows_of(values, seen, dtype)
    weights = rng.standard_normal((4, 4)).astype(dtype)
    exact = (values.astype(np.float64) - seen.mean) * seen.factor
    exact = weights.astype(np.float64) @ np.column_stack([exact, np.ones(300)]).T
    found = np.dot(weights, sparse.T)
    assert found.dtype == dtype
    # Up to rounding of the terms: those of the rows that are far out are large.
    scale = np.abs(exact).max(axis=0)
    assert (np.abs(found - exact) <= 8 * np.finfo(dtype).eps * (scale + 1)).all()


def test_what_it_cannot_do_is_an_error():
    sparse, _ = rows_of(X)
    with pytest.raises(ValueError, match=r"\(7, 12\) and \(13, 120\)"):
        np.dot(np.ones((7, 12)), sparse.T)
    for attempt in (
        lambda: np.dot(sparse.T, np.ones((120, 2))),
        lambda: np.concatenate([sparse, sparse]),
        lambda: np.sum(sparse),
    ):
        with pytest.raises(TypeError):
            attempt()


def exact(x, w):
    """Return the weighted mean and deviation of a column in rational arithmetic."""
    x, w = [Fraction(float(v)) for v in x], [Fraction(float(v)) for v in w]
    mean = sum(a * b for a, b in zip(w, x, strict=True)) / sum(w)
    squares = sum(a * (b - mean) ** 2 for a, b in zip(w, x, strict=True))
    return float(mean), float(squares / sum(w)) ** 0.5


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("block", [7, 2048], ids=["blocks", "block"])
def test_mean_and_deviation(monkeypatch, block, weighted, dtype):
    monkeypatch.setattr("sknn2.inputs.standardization.BLOCK", block)
    monkeypatch.setattr("sknn2.inputs.standardization.BLOCK_ENTRIES", 5 * block)
    rows, w = X.astype(dtype), W + 0.01
    found = Standardization.of(sp.csr_array(rows), w if weighted else None, 3.0)
    dense = Standardization.of(rows, w if weighted else None, 3.0)
    np.testing.assert_allclose(found.mean, dense.mean, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(found.deviation, dense.deviation, rtol=1e-9)
    np.testing.assert_allclose(found.factor, dense.factor, rtol=1e-9)
    for name in ("low", "high", "two_valued"):
        np.testing.assert_array_equal(getattr(found, name), getattr(dense, name))
    assert found.weight == pytest.approx(dense.weight)
    for j in range(12):
        mean, deviation = exact(rows[:, j], w if weighted else np.ones(120))
        error = abs(found.mean[j] - mean)
        assert error <= 1e-12 * deviation + 2 * np.spacing(abs(mean))
        assert found.deviation[j] == pytest.approx(deviation, rel=1e-9)


def test_columns_of_two_values():
    """One-hot columns, with and without zeros, and those that only look like them."""
    rows = np.zeros((60, 8))
    rows[0, 0] = 1  # a rare 1
    rows[5:, 1] = 1
    rows[:, 2] = np.where(np.arange(60) % 3, 2.0, -1.0)  # none is zero
    rows[:30, 3] = -4
    rows[:3, 4] = [1, 2, 2]  # three values with zero
    rows[:2, 5] = [-1, 1]  # zero lies between
    rows[:, 6] = 3
    dense, found = Standardization.of(rows), Standardization.of(sp.csr_array(rows))
    assert found.two_valued.tolist() == [True] * 4 + [False] * 2 + [True] * 2
    np.testing.assert_array_equal(found.two_valued, dense.two_valued)
    np.testing.assert_array_equal(found.scale[:4], [0.5, 0.5, 1.5, 2])
    np.testing.assert_allclose(found.factor, dense.factor, rtol=1e-12)
    stored = rows.ravel(), np.tile(np.arange(8), 60), np.arange(0, 481, 8)
    explicit = Standardization.of(sp.csr_array(stored, shape=rows.shape))
    np.testing.assert_allclose(explicit.factor, dense.factor, rtol=1e-12)


@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**-20, 2.0**1010])
def test_statistics_of_the_largest_and_smallest_numbers(scale):
    rows = np.where(X == 0, 0, 1 + np.abs(X) / 1e7)
    expected = Standardization.of(rows)
    found = Standardization.of(sp.csr_array(rows * scale))
    np.testing.assert_allclose(found.mean, expected.mean * scale, rtol=1e-12)
    np.testing.assert_allclose(found.deviation, expected.deviation * scale, rtol=1e-7)


def test_weights_that_fill_a_sparse_column():
    """Few rows hold a value, but nearly all of the weight."""
    rows = np.zeros((50, 2))
    rows[:5] = 1e5 + np.arange(10).reshape(5, 2)
    w = np.where(np.arange(50) < 5, 1.0, 2.0**-60)
    found = Standardization.of(sp.csr_array(rows), w)
    for j in range(2):
        mean, deviation = exact(rows[:, j], w)
        assert found.mean[j] == pytest.approx(mean, rel=1e-14)
        assert found.deviation[j] == pytest.approx(deviation, rel=1e-9)
