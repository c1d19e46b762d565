"""Losses: from Z, without infinities, with their own first step back."""

import warnings

import numpy as np
import pytest
from reference import EXACT, sigmoid_exact, softmax_exact, ulps
from scipy.special import expit, log_expit, log_softmax, logsumexp, softmax
from sklearn.metrics import log_loss

from sknn2.network.activations import ACTIVATIONS
from sknn2.network.losses import (
    LOSSES,
    AbsoluteError,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Huber,
    Pinball,
    Poisson,
    SquaredError,
)

BINARY, CATEGORICAL = BinaryCrossEntropy(), CategoricalCrossEntropy()
DTYPES = [np.float32, np.float64]
HUGE = {np.float32: 1e30, np.float64: 1e300}
both = pytest.mark.parametrize("loss", [BINARY, CATEGORICAL], ids=lambda x: x.name)


def problem(loss, dtype=np.float64, m=40, scale=3.0):
    """Return Z, Y, w and the labels."""
    rng = np.random.RandomState(0)
    n = 1 if loss is BINARY else 4
    Z = (scale * rng.randn(n, m)).astype(dtype)
    labels = rng.randint(0, max(n, 2), m)
    Y = labels[np.newaxis] if n == 1 else np.eye(n)[:, labels]
    return Z, Y.astype(dtype), rng.uniform(0.1, 3, m).astype(dtype), labels


def independent_loss(Z, labels):
    """Return the loss of each example, by SciPy, in float64."""
    Z = np.asarray(Z, np.float64)
    if len(Z) == 1:
        return -log_expit(np.where(labels == 1, Z[0], -Z[0]))
    return -log_softmax(Z, axis=0)[labels, np.arange(labels.size)]


def test_registry():
    expected = {
        "binary_cross_entropy": BINARY,
        "categorical_cross_entropy": CATEGORICAL,
        "squared_error": SquaredError(),
        "absolute_error": AbsoluteError(),
        "huber": Huber(delta=1.35),
        "pinball": Pinball(quantile=0.5),
        "quantile": Pinball(quantile=0.5),
        "poisson": Poisson(),
    }
    assert {name: LOSSES[name] for name in expected} == expected


@both
@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
def test_cost_is_the_log_loss(loss, weighted):
    Z, Y, w, labels = problem(loss)
    w = w if weighted else None
    each = independent_loss(Z, labels)
    expected = each.sum() if w is None else w @ each
    assert loss.cost(Z, Y, w) == pytest.approx(expected, rel=1e-13)
    proba = expit(Z[0]) if len(Z) == 1 else softmax(Z, axis=0).T
    assert loss.cost(Z, Y, w) == pytest.approx(
        log_loss(labels, proba, normalize=False, sample_weight=w), rel=1e-12
    )


@both
def test_cost_is_a_sum_over_examples(loss):
    Z, Y, w, _ = problem(loss)
    parts = [
        loss.cost(Z[:, i : i + 7], Y[:, i : i + 7], w[i : i + 7])
        for i in range(0, 40, 7)
    ]
    assert loss.cost(Z, Y, w) == pytest.approx(sum(parts), rel=1e-13)
    assert loss.cost(Z, Y) == pytest.approx(loss.cost(Z, Y, np.ones(40)), rel=1e-14)


@both
def test_probabilities(loss):
    Z, _, _, _ = problem(loss)
    stacked = Z if len(Z) > 1 else np.concatenate([np.zeros_like(Z), Z])
    np.testing.assert_allclose(loss.proba(Z), softmax(stacked, axis=0), rtol=1e-13)
    np.testing.assert_allclose(
        loss.log_proba(Z), log_softmax(stacked, axis=0), rtol=1e-12
    )
    np.testing.assert_allclose(loss.output(Z), loss.proba(Z)[-len(Z) :], rtol=1e-14)
    out = np.empty_like(Z)
    assert loss.output(Z, out=out) is out
    np.testing.assert_array_equal(out, loss.output(Z))


@both
@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
def test_dZ_is_the_derivative_of_the_cost(loss, weighted):
    Z, Y, w, _ = problem(loss)
    w = w if weighted else None
    _, dZ = loss.cost_and_dZ(Z.copy(), Y, w)
    numerical, h = np.empty_like(Z), 1e-5
    for index in np.ndindex(Z.shape):
        up, down = Z.copy(), Z.copy()
        up[index] += h
        down[index] -= h
        numerical[index] = (loss.cost(up, Y, w) - loss.cost(down, Y, w)) / (2 * h)
    np.testing.assert_allclose(dZ, numerical, atol=1e-8)
    expected = loss.output(Z) - Y
    np.testing.assert_allclose(dZ, expected if w is None else expected * w, atol=1e-15)


@both
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
def test_out_and_scratch_change_nothing(loss, dtype, weighted):
    Z, Y, w, _ = problem(loss, dtype)
    w = w if weighted else None
    cost, dZ = loss.cost_and_dZ(Z.copy(), Y, w)
    out, scratch = np.full_like(Z, np.nan), np.full_like(Z, np.nan)
    again, dZ_out = loss.cost_and_dZ(Z.copy(), Y, w, out=out, scratch=scratch)
    assert dZ_out is out
    assert again == cost
    np.testing.assert_array_equal(out, dZ)
    assert out.dtype == dZ.dtype == dtype


@both
def test_cost_leaves_its_arguments_alone(loss):
    Z, Y, w, _ = problem(loss)
    before = Z.copy(), Y.copy(), w.copy()
    loss.cost(Z, Y, w)
    loss.proba(Z)
    loss.log_proba(Z)
    loss.output(Z)
    for a, b in zip((Z, Y, w), before, strict=True):
        np.testing.assert_array_equal(a, b)


@both
@pytest.mark.parametrize("dtype", DTYPES)
def test_float32_stays_float32_and_costs_are_floats(loss, dtype):
    Z, Y, w, labels = problem(loss, dtype)
    for a in (loss.output(Z), loss.proba(Z), loss.log_proba(Z)):
        assert a.dtype == dtype
    cost, dZ = loss.cost_and_dZ(Z.copy(), Y, w)
    assert dZ.dtype == dtype
    assert type(cost) is float
    each = independent_loss(Z, labels)
    assert cost == pytest.approx(
        w.astype(float) @ each, rel=50 * float(np.finfo(dtype).eps)
    )


@both
def test_float32_sums_keep_their_digits(loss):
    # A running sum over so many examples would lose the fifth digit or sooner.
    m = 200_000
    n = 1 if loss == BINARY else 4
    Z = np.zeros((n, m), np.float32)
    Y = np.zeros((n, m), np.float32)
    Y[0] = 1
    assert loss.cost(Z, Y) == pytest.approx(m * np.log(max(n, 2)), rel=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("y", [0, 1])
def test_binary_far_out(dtype, y):
    # log(1 + exp(Z)) - y Z is |Z| on the wrong side and exp(-|Z|) on the right one.
    big = [50, 200, 1e4, HUGE[dtype]]
    Z = np.array([[-z for z in big] + big], dtype)
    Y = np.full_like(Z, y)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        costs = [BINARY.cost(Z[:, [i]], Y[:, [i]]) for i in range(Z.size)]
        _, dZ = BINARY.cost_and_dZ(Z.copy(), Y)
        log_proba, proba = BINARY.log_proba(Z), BINARY.proba(Z)
    expected = np.where((Z[0] > 0) == y, 0, np.abs(Z[0]))
    np.testing.assert_allclose(costs, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(dZ[0], (Z[0] > 0) - y, atol=1e-6)
    assert np.isfinite(log_proba).all()
    # The log odds come back exactly, which no clipped probability could do.
    np.testing.assert_allclose(log_proba[1] - log_proba[0], Z[0], rtol=1e-6)
    np.testing.assert_allclose(proba.sum(axis=0), 1, rtol=1e-6)
    assert log_proba.dtype == proba.dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES)
def test_categorical_far_out(dtype):
    huge = HUGE[dtype]
    Z = np.array(
        [[huge, -huge, 0, huge], [0, 0, 200, huge], [-huge, huge, -1e4, -huge]], dtype
    )
    shifted = Z.astype(float) - Z.astype(float).max(axis=0)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for label in range(3):
            Y = np.zeros_like(Z)
            Y[label] = 1
            each = [CATEGORICAL.cost(Z[:, [i]], Y[:, [i]]) for i in range(4)]
            # Shifted first: a float has no room for a huge Z and log 2 beside it.
            expected = logsumexp(shifted, axis=0) - shifted[label]
            np.testing.assert_allclose(each, expected, rtol=1e-6, atol=1e-6)
            cost, dZ = CATEGORICAL.cost_and_dZ(Z.copy(), Y)
            assert np.isfinite(cost)
            assert np.isfinite(dZ).all()
        log_proba = CATEGORICAL.log_proba(Z)
    assert np.isfinite(log_proba).all()
    np.testing.assert_allclose(
        log_proba, shifted - logsumexp(shifted, axis=0), rtol=1e-6, atol=1e-6
    )
    np.testing.assert_allclose(CATEGORICAL.proba(Z).sum(axis=0), 1, rtol=1e-6)


def test_small_probabilities_are_not_lost():
    # 1 - A would be 0 from Z = 37 on.
    Z = np.array([[40.0, -40.0, 300.0]])
    np.testing.assert_allclose(BINARY.proba(Z)[0], expit(-Z[0]), rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(BINARY.log_proba(Z)[0], log_expit(-Z[0]), rtol=1e-12)
    # So is the loss of an example that is very right.
    cost = BINARY.cost(np.array([[30.0]]), np.array([[1.0]]))
    assert cost == pytest.approx(np.log1p(np.exp(-30)), abs=2e-16)


def test_the_literal_start_and_the_fused_one_agree():
    Z, Y, _, _ = problem(BINARY)
    A = BINARY.output(Z)
    dA = BINARY.dA(A, Y)
    np.testing.assert_array_equal(dA, -(Y / A - (1 - Y) / (1 - A)))
    dZ = ACTIVATIONS["sigmoid"].backward(dA, A)
    np.testing.assert_allclose(dZ, A - Y, rtol=1e-12, atol=1e-14)
    # Where A has been rounded to 1 only the fused one can be used.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert not np.isfinite(BINARY.dA(np.ones((1, 1)), np.zeros((1, 1)))).all()
    _, dZ = BINARY.cost_and_dZ(np.full((1, 1), 100.0), np.zeros((1, 1)))
    assert dZ == 1


def logits(n, dtype):
    """Logits from one end of the precision to the other, of shape (n, 24)."""
    end = 45 if dtype == np.float32 else 340
    Z = np.random.RandomState(0).uniform(-end, end, (n, 24))
    Z[:, ::3] /= 20  # and probabilities of moderate size
    return Z.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 3, 10])
def test_probabilities_and_their_logarithms_are_right_to_a_few_ulp(n, dtype):
    Z, loss = logits(n, dtype), CategoricalCrossEntropy()
    if n == 1:
        loss, Z = BinaryCrossEntropy(), 2 * Z
        exact = [sigmoid_exact(z) for z in [*-Z[0].astype(float), *Z[0].astype(float)]]
    else:
        columns = [softmax_exact(z) for z in Z.T]
        exact = [p for row in zip(*columns, strict=True) for p in row]
    assert ulps(loss.proba(Z), exact) <= 8
    assert ulps(loss.output(Z), exact[-Z.size :]) <= 8
    assert ulps(loss.log_proba(Z), [EXACT.ln(p) for p in exact]) <= 8
