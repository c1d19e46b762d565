"""Losses of regression and of several labels, against literal formulas and metrics."""

import itertools

import numpy as np
import pytest
import reference
from sklearn.metrics import (
    mean_absolute_error,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_squared_error,
)

from sknn2 import (
    AbsoluteError,
    BinaryCrossEntropy,
    Huber,
    Network,
    Parameters,
    Pinball,
    Poisson,
    SquaredError,
    check_gradient,
    train,
)
from sknn2.network.losses import REGRESSION_LOSSES

# Loss -> the literal formula of one entry.
ENTRY = {
    **{loss: reference.ENTRY[loss.name] for loss in REGRESSION_LOSSES.values()},
    Huber(delta=0.4): lambda Z, Y: reference.ENTRY["huber"](Z, Y, 0.4),
    Pinball(quantile=0.9): lambda Z, Y: reference.ENTRY["pinball"](Z, Y, 0.9),
    BinaryCrossEntropy(): reference.ENTRY["binary_cross_entropy"],
}
HIDDEN = {1: (), 2: (4,), 3: (4, 3), 4: (3, 4, 2)}
DTYPES = [np.float32, np.float64]

each_loss = pytest.mark.parametrize("loss", ENTRY, ids=repr)
weights = pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])


def targets(loss, n, m, rng):
    """Return Y of shape (n, m) of which some entries are on each side of a corner."""
    if isinstance(loss, BinaryCrossEntropy):
        return rng.randint(0, 2, (n, m)).astype(float)
    if isinstance(loss, Poisson):
        return rng.poisson(1.0, (n, m)).astype(float)
    return 2 * rng.randn(n, m)


def problem(loss, activation="tanh", L=2, n_out=2, m=6):
    """Return the network, X, Y, w and parameters, of order 1 and off the kinks."""
    units = (3, *HIDDEN[L], n_out)
    X, _, W, b, w = reference.draw(units, m, activation, seed=L)
    W[-1] *= 0.3  # keeps the exponentials of the literal formulas exact
    Y = targets(loss, n_out, m, np.random.RandomState(L))
    return Network(units, activation, loss), X, Y, w, Parameters.from_arrays(W, b)


@each_loss
@pytest.mark.parametrize("activation", sorted(reference.G))
@pytest.mark.parametrize("L", HIDDEN, ids=lambda L: f"L{L}")
@pytest.mark.parametrize("n_out", [1, 2])
def test_gradient_against_central_differences(loss, activation, L, n_out):
    network, X, Y, w, parameters = problem(loss, activation, L, n_out)
    for weighted, alpha in itertools.product((None, w), (0.0, 0.7)):
        J, gradient = network.cost_and_gradient(X, Y, parameters, weighted, alpha)

        def cost(weighted=weighted, alpha=alpha):
            W, b = parameters.W[1:], parameters.b[1:]
            return reference.deep_cost(
                X, Y, W, b, activation, weighted, alpha, ENTRY[loss]
            )

        assert pytest.approx(cost(), rel=1e-12) == J
        numerical, h = np.empty(parameters.theta.size), 6e-6
        for i, value in enumerate(parameters.theta):
            parameters.theta[i] = value + h
            up = cost()
            parameters.theta[i] = value - h
            numerical[i] = (up - cost()) / (2 * h)
            parameters.theta[i] = value
        difference = np.linalg.norm(gradient.theta - numerical)
        size = np.linalg.norm(gradient.theta) + np.linalg.norm(numerical)
        assert difference <= 1e-7 * size


@each_loss
def test_check_gradient_and_backward_agree(loss):
    network, X, Y, w, parameters = problem(loss, L=3)
    report = check_gradient(network, X, Y, parameters, sample_weight=w, alpha=0.3)
    assert report.ok, str(report)
    _, caches = network.forward(X, parameters)
    backward = network.backward(Y, caches, w)
    _, gradient = network.cost_and_gradient(X, Y, parameters, w)
    np.testing.assert_allclose(backward.theta, gradient.theta * w.sum(), rtol=1e-12)


@each_loss
@weights
@pytest.mark.parametrize("dtype", DTYPES)
def test_cost_and_dZ(loss, weighted, dtype):
    rng = np.random.RandomState(0)
    Z = rng.randn(3, 50).astype(dtype)
    Y = targets(loss, 3, 50, rng).astype(dtype)
    w = rng.uniform(0.1, 3, 50).astype(dtype) if weighted else None
    each = ENTRY[loss](Z.astype(float), Y.astype(float)).sum(axis=0)
    expected = each.sum() if w is None else w.astype(float) @ each
    eps = float(np.finfo(dtype).eps)
    before = Z.copy(), Y.copy()
    assert loss.cost(Z, Y, w) == pytest.approx(expected, rel=100 * eps)
    np.testing.assert_array_equal(Z, before[0])
    cost, dZ = loss.cost_and_dZ(Z.copy(), Y, w)
    assert type(cost) is float
    out, scratch = np.full_like(Z, np.nan), np.full_like(Z, np.nan)
    again, dZ_out = loss.cost_and_dZ(Z.copy(), Y, w, out=out, scratch=scratch)
    assert again == cost
    assert dZ_out is out
    np.testing.assert_array_equal(out, dZ)
    np.testing.assert_array_equal(Y, before[1])
    assert loss.output(Z).dtype == out.dtype == dtype


def test_costs_are_the_metrics_of_scikit_learn():
    rng = np.random.RandomState(0)
    Z, Y, w = rng.randn(1, 60), rng.randn(1, 60), rng.uniform(0.1, 2, 60)
    S, z, y = w.sum(), Z[0], Y[0]
    found = {
        loss: loss.cost(Z, Y, w) / S for loss in ENTRY if not isinstance(loss, Poisson)
    }
    for quantile in (0.5, 0.9):
        assert found[Pinball(quantile=quantile)] == pytest.approx(
            mean_pinball_loss(y, z, sample_weight=w, alpha=quantile), rel=1e-12
        )
    assert 2 * found[SquaredError()] == pytest.approx(
        mean_squared_error(y, z, sample_weight=w), rel=1e-12
    )
    assert found[AbsoluteError()] == pytest.approx(
        mean_absolute_error(y, z, sample_weight=w), rel=1e-12
    )
    counts = rng.poisson(2, (1, 60)).astype(float)
    assert 2 * Poisson().cost(Z, counts, w) / S == pytest.approx(
        mean_poisson_deviance(counts[0], np.exp(z), sample_weight=w), rel=1e-12
    )


def test_at_a_corner_there_is_a_subgradient():
    zero = np.zeros((1, 1))
    for loss in (AbsoluteError(), Pinball(quantile=0.9)):
        cost, dZ = loss.cost_and_dZ(zero.copy(), zero)
        assert (cost, dZ.item()) == (0.0, 0.0)


def test_huber_is_the_squared_error_near_and_a_line_far_out():
    Z, Y = np.array([[0.3, -0.2]]), np.zeros((1, 2))
    assert Huber(delta=0.5).cost(Z, Y) == SquaredError().cost(Z, Y)
    far = 1e200 * Z
    cost, dZ = Huber(delta=0.5).cost_and_dZ(far.copy(), Y)
    assert cost == pytest.approx(0.5 * np.abs(far).sum(), rel=1e-12)
    np.testing.assert_array_equal(dZ, [[0.5, -0.5]])


def test_pinball_of_one_half_is_half_the_absolute_error():
    rng = np.random.RandomState(0)
    Z, Y = rng.randn(2, 9), rng.randn(2, 9)
    assert Pinball().cost(Z, Y) == pytest.approx(AbsoluteError().cost(Z, Y) / 2)


@pytest.mark.parametrize("dtype", DTYPES)
def test_poisson_where_nothing_is_counted_and_where_much_is(dtype):
    Y = np.array([[0, 0, 1e6]], dtype)
    Z = np.array([[-200.0, 0.0, np.log(1e6)]], dtype)
    cost, dZ = Poisson().cost_and_dZ(Z.copy(), Y)
    # A float32 has a relative precision of 6e-8, so 1e6 log 1e6 is known to 1.
    assert cost == pytest.approx(1.0, abs=2.0 if dtype is np.float32 else 1e-8)
    np.testing.assert_allclose(dZ[0, :2], [0, 1], atol=1e-6)
    assert Poisson().start(np.array([0.0, 1e6])).tolist() == [0.0, np.log(1e6)]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Huber(delta=0), ValueError, "delta of Huber must be a positive"),
        (lambda: Huber(delta="1"), TypeError, "delta of Huber must be"),
        (lambda: Huber(delta=np.inf), ValueError, "delta of Huber must be"),
        (lambda: Pinball(quantile=1), ValueError, "quantile of Pinball must be"),
        (lambda: Pinball(quantile=0.0), ValueError, "quantile of Pinball must be"),
        (lambda: Pinball(quantile=None), TypeError, "quantile of Pinball must be"),
    ],
)
def test_parameters_of_a_loss(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_names_and_objects_make_the_same_network():
    for name in ("squared_error", "absolute_error", "huber", "pinball", "poisson"):
        network = Network((2, 3, 2), "tanh", name)
        assert network == Network((2, 3, 2), "tanh", network.loss)
        assert repr(network).endswith(f"loss={name!r})")
    assert Network((2, 1), "tanh", "quantile") == Network((2, 1), "tanh", "pinball")
    own = Network((2, 1), "tanh", Huber(delta=2.0))
    assert own != Network((2, 1), "tanh", "huber")
    assert repr(own).endswith("loss=Huber(delta=2.0))")


def test_the_core_trains_on_them():
    rng = np.random.RandomState(0)
    X = rng.randn(2, 200)
    Y = np.stack([X[0] * X[1], np.sin(2 * X[0])])
    network = Network((2, 20, 2), "tanh", "squared_error")
    result = train(network, X, Y, learning_rate=0.2, max_iter=1500)
    assert result.losses[-1] < 0.1 * result.losses[0]
    A, _ = network.forward(X, result.parameters)
    assert ((A - Y) ** 2).sum() / 400 == pytest.approx(result.losses[-1], rel=0.01)


def test_a_poisson_prediction_is_positive_and_finite():
    Z = np.array([[-1e4, -800, 0, 800, 1e4]])
    for dtype in DTYPES:
        A = Poisson().output(Z.astype(dtype))
        assert np.isfinite(A).all()
        assert (A > 0).all()
