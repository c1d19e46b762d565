"""Standardisation: weighted, exact far from zero, and taken back in W[1]."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

import sknn2
from sknn2.inputs.standardization import Standardization


def table(m=60, n=4, seed=0):
    """Return rows of unlike scale, and weights."""
    rng = np.random.RandomState(seed)
    return rng.randn(m, n) * [1e-6, 1, 30, 1e6] + [1, -2, 0, 5e6], rng.uniform(
        0.1, 3, m
    )


def transformed(standardization, X, dtype=np.float64):
    out = np.full(X.shape, np.nan, dtype)
    standardization.transform(X, out)
    return out


def exact(x, w):
    """Return the weighted mean and deviation of a column in rational arithmetic."""
    x, w = [Fraction(float(v)) for v in x], [Fraction(float(v)) for v in w]
    mean = sum(a * b for a, b in zip(w, x, strict=True)) / sum(w)
    squares = sum(a * (b - mean) ** 2 for a, b in zip(w, x, strict=True))
    variance = squares / sum(w)
    # The root of a fraction whose parts may be beyond the floats.
    shift = 2 * (
        (variance.numerator.bit_length() - variance.denominator.bit_length()) // 2
    )
    return float(mean), float(variance / Fraction(2) ** shift) ** 0.5 * 2.0 ** (
        shift // 2
    )


def assert_exact(standardization, X, w, rtol=1e-12):
    for j in range(X.shape[1]):
        mean, deviation = exact(X[:, j], w)
        # A mean counts in deviations: 1e-12 of one, or the last digit of the mean.
        error = abs(standardization.mean[j] - mean)
        assert error <= rtol * deviation + 2 * np.spacing(abs(mean))
        assert standardization.deviation[j] == pytest.approx(deviation, rel=rtol)


@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("block", [7, 2048], ids=["blocks", "block"])
def test_it_is_the_standard_scaler(monkeypatch, weighted, block):
    monkeypatch.setattr(sknn2.inputs.standardization, "BLOCK", block)
    X, w = table()
    w = w if weighted else None
    scaler = StandardScaler().fit(X, sample_weight=w)
    own = Standardization.of(X, w)
    np.testing.assert_allclose(own.mean, scaler.mean_, rtol=1e-10)
    np.testing.assert_allclose(own.deviation, scaler.scale_, rtol=1e-9)
    np.testing.assert_allclose(transformed(own, X), scaler.transform(X), atol=1e-6)
    assert own.weight == pytest.approx(60 if w is None else w.sum())
    assert_exact(own, X, np.ones(60) if w is None else w)


@pytest.mark.parametrize("block", [7, 2048], ids=["blocks", "block"])
def test_weights_are_repeated_rows(monkeypatch, block):
    monkeypatch.setattr(sknn2.inputs.standardization, "BLOCK", block)
    X, _ = table()
    k = np.random.RandomState(1).randint(1, 4, 60)
    own = Standardization.of(X, k.astype(float))
    repeated = Standardization.of(np.repeat(X, k, axis=0))
    np.testing.assert_allclose(own.mean, repeated.mean, rtol=1e-10)
    np.testing.assert_allclose(own.deviation, repeated.deviation, rtol=1e-10)
    assert own.weight == pytest.approx(repeated.weight)


@pytest.mark.parametrize("scale", [2.0**-900, 2.0**-20, 2.0**900])
def test_the_scale_of_the_weights_cancels(scale):
    X, w = table()
    expected = Standardization.of(X, w)
    own = Standardization.of(X, w * scale)
    np.testing.assert_allclose(own.mean, expected.mean, rtol=1e-13)
    np.testing.assert_allclose(own.deviation, expected.deviation, rtol=1e-13)
    divided = Standardization.of(X, w / w.max(), w.max())
    assert divided.weight == pytest.approx(expected.weight)


@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("block", [50, 2048], ids=["blocks", "block"])
@pytest.mark.parametrize("offset", [1e3, 1e6, -1e9], ids="offset{:.0e}".format)
def test_offsets_of_many_deviations(monkeypatch, weighted, block, offset):
    monkeypatch.setattr(sknn2.inputs.standardization, "BLOCK", block)
    rng = np.random.RandomState(0)
    X = offset + rng.randn(300, 2)
    w = rng.uniform(0.1, 3, 300) if weighted else None
    own = Standardization.of(X, w)
    weights = np.ones(300) if w is None else w
    # Means of blocks are rounded where they are; within a block nothing is lost.
    assert_exact(own, X, weights, 1e-12 if block > 300 else np.spacing(abs(offset)))
    # The differences of such numbers are exact, so what comes out is standardised.
    T = transformed(own, X)
    for j in range(2):
        mean, deviation = exact(X[:, j], weights)
        expected = [float(Fraction(x) - Fraction(mean)) / deviation for x in X[:, j]]
        np.testing.assert_allclose(T[:, j], expected, atol=4 * np.spacing(abs(offset)))


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150, 1e300], ids="{:.0e}".format)
@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("block", [7, 2048], ids=["blocks", "block"])
def test_columns_of_any_scale(monkeypatch, scale, weighted, block):
    monkeypatch.setattr(sknn2.inputs.standardization, "BLOCK", block)
    rng = np.random.RandomState(0)
    X, w = rng.randn(60, 3), rng.uniform(0.1, 3, 60) if weighted else None
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        own = Standardization.of(X * scale, w)
        T = transformed(own, X * scale)
    expected = transformed(Standardization.of(X, w), X)
    np.testing.assert_allclose(T, expected, rtol=1e-10, atol=1e-13)
    assert_exact(own, X * scale, np.ones(60) if w is None else w)


@pytest.mark.parametrize(
    "value", [0.0, 1.0, 0.1, 1e-300, -1e6, 1e300], ids="{:.0e}".format
)
@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_constant_columns_are_exactly_zero(monkeypatch, value, weighted, dtype):
    if abs(value) == 1e300 and dtype == np.float32:
        value = 1e30
    rng = np.random.RandomState(0)
    X = np.column_stack([np.full(100, value), rng.randn(100)]).astype(dtype)
    w = rng.uniform(0.1, 3, 100) if weighted else None
    for block in (7, 2048):
        monkeypatch.setattr(sknn2.inputs.standardization, "BLOCK", block)
        own = Standardization.of(X, w)
        assert own.deviation[0] == 0
        assert own.mean[0] == X[0, 0]
        assert own.factor[0] == 0
        np.testing.assert_array_equal(transformed(own, X)[:, 0], 0)
        # Whatever it is later.
        later = np.array([[1e6, 0], [-3, 0]], dtype)
        np.testing.assert_array_equal(transformed(own, later)[:, 0], 0)
        W, _ = own.fold_into(np.ones((3, 2)), np.zeros((3, 1)))
        np.testing.assert_array_equal(W[:, 0], 0)


def test_one_row():
    own = Standardization.of(np.array([[3.0, -1e300]]))
    np.testing.assert_array_equal(own.mean, [3, -1e300])
    np.testing.assert_array_equal(own.deviation, 0)


@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("cuts", [[30], [1, 2, 59], [10, 10, 40]], ids=str)
def test_merged_parts_are_the_whole(weighted, cuts):
    X, w = table()
    w = w if weighted else np.ones(60)
    cuts = sorted({0, 60, *cuts})
    whole = None
    for start, stop in pairwise(cuts):
        part = Standardization.of(X[start:stop], w[start:stop])
        whole = part if whole is None else whole.merge(part)
    expected = Standardization.of(X, w)
    np.testing.assert_allclose(whole.mean, expected.mean, rtol=1e-13)
    np.testing.assert_allclose(whole.deviation, expected.deviation, rtol=1e-10)
    assert whole.weight == pytest.approx(expected.weight)
    assert_exact(whole, X, w, 1e-10)


def test_merging_works_both_ways_and_changes_nothing():
    X, w = table()
    a, b = Standardization.of(X[:20], w[:20]), Standardization.of(X[20:], w[20:])
    before = a.mean.copy(), a.deviation.copy()
    ab, ba = a.merge(b), b.merge(a)
    np.testing.assert_allclose(ab.mean, ba.mean, rtol=1e-12)
    np.testing.assert_allclose(ab.deviation, ba.deviation, rtol=1e-12)
    np.testing.assert_array_equal(a.mean, before[0])
    np.testing.assert_array_equal(a.deviation, before[1])


def test_merging_huge_weights():
    # Their sum is beyond the floats; their ratio is not.
    X, w = table()
    w = np.concatenate([w[:30], w[:30]])
    scale = 1e308 / w[:30].sum()
    parts = [Standardization.of(X[i : i + 30], w[:30], scale) for i in (0, 30)]
    merged, both = parts[0].merge(parts[1]), Standardization.of(X, w)
    assert np.isfinite(merged.weight)
    np.testing.assert_allclose(merged.mean, both.mean, rtol=1e-10)
    np.testing.assert_allclose(merged.deviation, both.deviation, rtol=1e-10)


@pytest.mark.parametrize("offset", [0, 1000, 1e6])
def test_float32_rows_keep_their_digits(offset):
    # A float32 of 1e6 has steps of 1/16: what is there is standardised in float64.
    X = (offset + 3 * np.random.RandomState(0).randn(300, 2)).astype(np.float32)
    own, double = Standardization.of(X), Standardization.of(X.astype(float))
    assert own.mean.dtype == own.deviation.dtype == np.float64
    np.testing.assert_allclose(own.mean, double.mean, rtol=1e-15)
    np.testing.assert_allclose(own.deviation, double.deviation, rtol=1e-13)
    assert_exact(own, X, np.ones(300))
    expected = transformed(double, X.astype(float)).astype(np.float32)
    T = transformed(own, X, np.float32)
    np.testing.assert_allclose(T, expected, rtol=2e-7, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("block", [7, 2048], ids=["blocks", "block"])
def test_nothing_handed_in_is_changed(monkeypatch, dtype, block):
    monkeypatch.setattr(sknn2.inputs.standardization, "BLOCK", block)
    X, w = table()
    X = X.astype(dtype)
    before = X.copy(), w.copy()
    X.flags.writeable = w.flags.writeable = False
    transformed(Standardization.of(X, w), X)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(w, before[1])


@pytest.mark.parametrize("order", ["C", "F"])
def test_out_may_be_part_of_a_wider_array(order):
    X, w = table()
    own = Standardization.of(np.asarray(X, order=order), w)
    X_ones = np.ones((60, 5))
    own.transform(np.asarray(X, order=order), X_ones[:, :-1])
    np.testing.assert_array_equal(X_ones[:, -1], 1)
    np.testing.assert_allclose(X_ones[:, :-1], transformed(Standardization.of(X, w), X))


def test_weights_are_carried_on_as_they_are():
    X, w = table()
    old, new = Standardization.of(X[:20], w[:20]), Standardization.of(X + 0.5, w)
    W = np.random.RandomState(3).randn(5, 4)
    np.testing.assert_array_equal(old.carry(W, new), W)
    np.testing.assert_array_equal(old.carry(W, old), W)


# Columns of two values


def coded(m=60, seed=0):
    """Return columns of two values, rare or not, one of three, and weights."""
    rng = np.random.RandomState(seed)
    X = np.zeros((m, 4))
    X[: m // 2, 0] = 1
    X[0, 1] = 1
    X[:, 2] = np.where(rng.rand(m) < 0.2, -1e6, 3e6)
    X[:3, 3] = [1, 1, 2]
    return rng.permutation(X), rng.uniform(0.1, 3, m)


@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("block", [7, 2048], ids=["blocks", "block"])
def test_two_values_lie_a_distance_of_two_apart(monkeypatch, weighted, block):
    monkeypatch.setattr(sknn2.inputs.standardization, "BLOCK", block)
    X, w = coded()
    own = Standardization.of(X, w if weighted else None)
    np.testing.assert_array_equal(own.scale[:3], [0.5, 0.5, 2e6])
    assert own.scale[3] == own.deviation[3]
    T = transformed(own, X)
    np.testing.assert_allclose(np.ptp(T[:, :3], axis=0), 2, rtol=1e-12)
    mean = np.average(T, axis=0, weights=w if weighted else None)
    np.testing.assert_allclose(mean, 0, atol=1e-12)
    # The deviation is still told, and is the scale of two equally frequent values.
    if not weighted:
        assert own.deviation[0] == pytest.approx(own.scale[0])


@pytest.mark.parametrize("cut", [1, 5, 30, 59])
def test_two_values_in_merged_parts(cut):
    X, w = coded()
    whole = Standardization.of(X, w)
    parts = [Standardization.of(X[:cut], w[:cut]), Standardization.of(X[cut:], w[cut:])]
    for merged in (parts[0].merge(parts[1]), parts[1].merge(parts[0])):
        np.testing.assert_array_equal(merged.two_valued, whole.two_valued)
        np.testing.assert_allclose(merged.scale, whole.scale, rtol=1e-10)


def test_a_third_value_ends_it():
    X = np.array([[0.0], [1.0], [1.0]])
    first = Standardization.of(X)
    for more in ([[0.5]], [[2.0]], [[0.25], [0.75]]):
        merged = first.merge(Standardization.of(np.array(more)))
        assert merged.scale[0] == merged.deviation[0]
    assert first.merge(Standardization.of(X[:1])).scale[0] == 0.5
    # Two constants that differ are two values.
    ends = Standardization.of(X[:1]).merge(Standardization.of(X[1:]))
    assert ends.scale[0] == 0.5


def test_two_huge_values():
    X = np.array([[-8e307], [8e307], [8e307]])
    own = Standardization.of(X)
    assert own.scale[0] == 8e307
    assert np.isfinite(transformed(own, X / 2)).all()


def test_a_third_value_changes_the_measure_but_not_the_function():
    X, w = coded()
    old = Standardization.of(X, w)
    new = replace(old, two_valued=np.zeros(4, bool))
    W = np.random.RandomState(3).randn(5, 4)
    carried = old.carry(W, new)
    assert (np.abs(carried) <= np.abs(W)).all()
    np.testing.assert_allclose(
        carried @ transformed(new, X).T, W @ transformed(old, X).T, rtol=1e-9, atol=1e-9
    )


def test_statistics_that_count_no_rows_are_replaced():
    X, w = table()
    other = Standardization.of(X, w)
    assert replace(Standardization.of(2 * X), weight=0.0).merge(other) is other


def test_on_raw_is_standardise_then_apply():
    X, w = table()
    own = Standardization.of(X, w)
    rng = np.random.RandomState(3)
    W, b = rng.randn(5, 4), rng.randn(5, 1)
    W_raw, b_raw = own.fold_into(W, b)
    Z = W @ transformed(own, X).T + b
    # The raw products are large and cancel: 1 / 1e-6 times rounding.
    np.testing.assert_allclose(W_raw @ X.T + b_raw, Z, atol=1e-8)
    assert W_raw.shape == W.shape
    assert b_raw.shape == b.shape


def test_on_raw_of_float32_weights_is_float64():
    X, w = table()
    own = Standardization.of(X, w)
    W, b = own.fold_into(np.ones((5, 4), np.float32), np.ones((5, 1), np.float32))
    assert W.dtype == b.dtype == np.float64


def test_a_column_from_one_end_of_float64_to_the_other():
    largest = np.finfo(np.float64).max
    X = np.array([[largest, 1.0], [-largest, 2], [largest, 3], [-largest, 6]])
    measured = Standardization.of(X)
    np.testing.assert_allclose(measured.mean, [0, 3], atol=1e-12)
    np.testing.assert_allclose(measured.deviation, [largest, 3.5**0.5])
    out = np.empty_like(X)
    measured.transform(X, out)
    np.testing.assert_allclose(out[:, 0], [1, -1, 1, -1])
    X[2, 0] = -largest
    measured = Standardization.of(X)
    measured.transform(X, out)
    np.testing.assert_allclose(out[:, 0], [1.5, -0.5, -0.5, -0.5])
