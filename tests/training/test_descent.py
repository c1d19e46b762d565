"""Training: against the unrolled equations, and what a State is good for."""

import itertools

import numpy as np
import pytest
import reference

from sknn2 import (
    Adam,
    AdamW,
    Cosine,
    Exponential,
    GradientDescent,
    Momentum,
    Nesterov,
    Network,
    Parameters,
    RMSProp,
    train,
)
from sknn2.inputs.reader import InputReader
from sknn2.training.descent import EXPLODED, descend
from sknn2.training.objective import Objective, row_batches
from sknn2.training.optimizers import Optimizer
from sknn2.training.solvers import SOLVERS
from sknn2.training.state import State

OUTPUTS = {1: "binary", 3: "softmax"}
FIRST_ORDER = [o for o in SOLVERS.values() if isinstance(o, Optimizer)]
each_loss = pytest.mark.parametrize("n_out", OUTPUTS, ids=OUTPUTS.values())
each_optimizer = pytest.mark.parametrize("optimizer", FIRST_ORDER, ids=lambda o: o.name)


def problem(n_out=1, m=30, activation="tanh"):
    """Return a network, X, Y, w and parameters to start from."""
    units = (3, 4, n_out)
    X, Y, W, b, w = reference.draw(units, m, activation)
    return Network(units, activation), X, Y, w, Parameters.from_arrays(W, b)


@each_loss
@pytest.mark.parametrize("activation", sorted(reference.G))
@pytest.mark.parametrize("method", ["gradient_descent", "adam"])
@pytest.mark.parametrize("batch_size", [None, 10, 8, 1], ids="batch-{}".format)
def test_a_whole_run_of_the_unrolled_equations(n_out, activation, method, batch_size):
    network, X, Y, w, parameters = problem(n_out, activation=activation)
    (W1, W2), (b1, b2) = parameters.W[1:], parameters.b[1:]
    # relu and the identity have steep costs: a rate that all of them can take.
    rate, epochs, alpha = 0.02, 100 if batch_size is None else 20, 0.5
    arrays, costs = getattr(reference, method)(
        X, Y, W1, b1, W2, b2, activation, rate, epochs, w, alpha, batch_size
    )
    result = train(
        network,
        X,
        Y,
        parameters,
        w=w,
        optimizer=GradientDescent() if method == "gradient_descent" else Adam(),
        learning_rate=rate,
        batch_size=batch_size,
        alpha=alpha,
        max_iter=epochs,
        shuffle=False,
    )
    assert result.outcome == "max_iter"
    np.testing.assert_allclose(result.losses, costs, rtol=0, atol=1e-12)
    trained = result.parameters
    own = trained.W[1], trained.b[1], trained.W[2], trained.b[2]
    for a, expected in zip(own, arrays, strict=True):
        np.testing.assert_allclose(a, expected, rtol=0, atol=1e-12)
    assert np.abs(trained.theta - parameters.theta).max() > 0.01


@each_loss
@each_optimizer
def test_float32_stays_float32(n_out, optimizer):
    network, X, Y, w, parameters = problem(n_out)
    double = train(
        network, X, Y, parameters, w=w, optimizer=optimizer, learning_rate=0.01
    )
    single = train(
        network,
        X.astype(np.float32),
        Y,
        Parameters(parameters.units, parameters.theta.astype(np.float32)),
        w=w,
        optimizer=optimizer,
        learning_rate=0.01,
        schedule=Cosine(),
        max_iter=10,
    )
    assert single.parameters.theta.dtype == np.float32
    assert single.losses[0] == pytest.approx(double.losses[0], rel=1e-5)
    drawn = train(network, X.astype(np.float32), Y, max_iter=1)
    assert drawn.parameters.theta.dtype == np.float32
    drawn = train(network, X.round().astype(int), Y.astype(int), max_iter=1)
    assert drawn.parameters.theta.dtype == np.float64


def test_tol_and_n_iter_no_change():
    network, X, Y, _, parameters = problem()
    # No epoch improves on the first by so much: it and 5 more.
    result = train(network, X, Y, parameters, tol=100.0, n_iter_no_change=5)
    assert result.outcome == "stopped"
    assert len(result.losses) == 6
    result = train(network, X, Y, parameters, max_iter=37)
    assert (result.outcome, len(result.losses)) == ("max_iter", 37)


def test_the_schedule_is_a_factor_by_epoch():
    network, X, Y, _, parameters = problem()
    seen = []

    class Spy(Exponential):
        def __call__(self, epoch, losses, progress=None):
            seen.append((epoch, len(losses), progress))
            return super().__call__(epoch, losses, progress)

    result = train(
        network,
        X,
        Y,
        parameters,
        schedule=Spy(0.5),
        batch_size=10,
        max_iter=4,
        shuffle=False,
    )
    assert seen == [(0, 0, 0), (1, 1, 0.25), (2, 2, 0.5), (3, 3, 0.75)]
    by_hand = parameters
    for k in range(4):
        by_hand = train(
            network,
            X,
            Y,
            by_hand,
            learning_rate=0.1 * 0.5**k,
            batch_size=10,
            max_iter=1,
            shuffle=False,
        ).parameters
    np.testing.assert_array_equal(result.parameters.theta, by_hand.theta)


# Batches.


@pytest.mark.parametrize("m", [1, 7, 12])
@pytest.mark.parametrize("batch_size", [1, 3, 5, 11, 12, 50])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("together", [1, 4])
def test_batches_hold_each_row_once(m, batch_size, shuffle, together):
    batches = list(row_batches(m, batch_size, shuffle, [0, 0], together=together))
    rows = [np.arange(m)[rows] for rows, _ in batches]
    assert [r.size for r in rows] == [n for _, n in batches]
    assert sorted(np.concatenate(rows)) == list(range(m))
    whole, rest = divmod(m, batch_size)
    assert [r.size for r in rows] == [batch_size] * whole + [rest] * (rest > 0)
    slices = not shuffle or batch_size >= m
    assert all(isinstance(r, slice) == slices for r, _ in batches)
    if slices:
        assert list(np.concatenate(rows)) == list(range(m))


def test_each_epoch_has_its_own_order_and_keeps_it():
    orders = [
        np.concatenate([r for r, _ in row_batches(40, 7, True, seed)])
        for seed in ([0, 0], [0, 1], [1, 0], [0, 0])
    ]
    np.testing.assert_array_equal(orders[0], orders[3])
    for a, b in itertools.combinations(orders[:3], 2):
        assert not np.array_equal(a, b)


def test_rows_that_stay_together():
    order = np.concatenate([r for r, _ in row_batches(42, 5, True, [0, 3], together=8)])
    groups = [group for group, _ in itertools.groupby(order // 8)]
    assert sorted(groups) == list(range(6))
    assert groups != sorted(groups)
    assert any(np.any(np.diff(order[order // 8 == k]) < 0) for k in range(6))


def test_every_order_is_as_likely():
    firsts = [next(row_batches(4, 1, True, [0, k]))[0][0] for k in range(4000)]
    np.testing.assert_allclose(np.bincount(firsts) / 4000, 0.25, atol=0.04)


# Descent.


def never():
    return False


def descent(n_out=3, optimizer=Adam(), activation="tanh", scale=1.0):
    """Return an objective and a state."""
    network, X, Y, w, parameters = problem(n_out, activation=activation)
    objective = Objective(network, InputReader(scale * X.T), Y, w, 0.5)
    state = State(parameters, optimizer.new_memory(parameters.theta), seed=4)
    return objective, state


def run(objective, state, optimizer, max_iter, report=never, rate=0.05, shuffle=True):
    return descend(
        objective,
        state,
        optimizer,
        rate=lambda epoch: rate / (1 + epoch),
        batch_size=7,
        shuffle=shuffle,
        max_iter=max_iter,
        report=report,
    )


def assert_equal_states(a, b):
    np.testing.assert_array_equal(a.parameters.theta, b.parameters.theta)
    np.testing.assert_array_equal(a.memory, b.memory)
    assert a.updates == b.updates
    assert a.losses == b.losses


@each_optimizer
def test_chunks_of_theta_change_no_bit(monkeypatch, optimizer):
    network, X, Y, w, parameters = problem()

    def trained():
        settings = {"w": w, "batch_size": 7, "alpha": 0.5, "max_iter": 5}
        result = train(network, X, Y, parameters, optimizer=optimizer, **settings)
        return result.parameters.theta

    whole = trained()
    monkeypatch.setattr("sknn2.training.descent.CHUNK", 3)
    assert np.array_equal(trained(), whole)


@pytest.mark.parametrize("call", [1, 2, 5, 6, 7])
def test_an_error_between_the_steps_leaves_the_last_whole_epoch(monkeypatch, call):
    """Also one before the first step of an epoch, whose start is not kept yet."""
    objective, good = descent()  # batches of 7 of 30 rows: five steps an epoch
    run(objective, good, Adam(), (call - 1) // 5)
    objective, state = descent()
    batch, calls = objective.batch_cost_and_gradient, itertools.count(1)

    def fail(*arguments):
        if next(calls) == call:
            raise RuntimeError("no memory")
        return batch(*arguments)

    monkeypatch.setattr(objective, "batch_cost_and_gradient", fail)
    with pytest.raises(RuntimeError, match="no memory"):
        run(objective, state, Adam(), 3)
    np.testing.assert_array_equal(state.parameters.theta, good.parameters.theta)
    np.testing.assert_array_equal(state.memory, good.memory)
    assert (state.updates, state.losses) == (good.updates, good.losses)


def test_snapshots():
    _, state = descent()
    theta, memory = state.parameters.theta, state.memory
    memory[:] = 3
    state.updates, state.losses = 5, [1.0]
    snapshot = state.snapshot()
    before = theta.copy()
    theta += 1
    memory += 1
    state.updates, state.losses = 6, [1.0, 0.5]
    state.restore(snapshot)
    np.testing.assert_array_equal(theta, before)
    np.testing.assert_array_equal(memory, 3)
    assert (state.updates, state.losses) == (5, [1.0, 0.5])
    # In place, so that the weights are still views of theta, and more than once.
    assert state.parameters.theta is theta
    theta += 1
    state.restore(snapshot)
    np.testing.assert_array_equal(theta, before)
    # A later snapshot may overwrite an earlier one.
    theta += 2
    again = state.snapshot(into=snapshot)
    assert again[0] is snapshot[0]
    theta += 1
    state.restore(again)
    np.testing.assert_array_equal(theta, before + 2)
    assert state.is_finite()
    for bad in (np.nan, np.inf):
        theta[3] = bad
        assert not state.is_finite()


@each_optimizer
@pytest.mark.parametrize("shuffle", [False, True], ids=["in-order", "shuffled"])
def test_two_halves_are_a_whole(optimizer, shuffle):
    objective, state = descent(optimizer=optimizer)
    run(objective, state, optimizer, 8, shuffle=shuffle)
    _, halves = descent(optimizer=optimizer)
    run(objective, halves, optimizer, 3, shuffle=shuffle)
    run(objective, halves, optimizer, 5, shuffle=shuffle)
    assert_equal_states(halves, state)
    assert state.updates == 8 * 5
    assert len(state.losses) == 8


def test_epochs_take_the_orders_of_their_seeds(monkeypatch):
    objective, state = descent()
    batch, seen = objective.batch_cost_and_gradient, []

    def spy(rows, parameters, gradient):
        seen.append(rows)
        return batch(rows, parameters, gradient)

    monkeypatch.setattr(objective, "batch_cost_and_gradient", spy)
    run(objective, state, Adam(), 2)
    run(objective, state, Adam(), 1)
    expected = [r for k in range(3) for r, _ in row_batches(30, 7, True, [4, k])]
    assert len(seen) == len(expected)
    for own, rows in zip(seen, expected, strict=True):
        np.testing.assert_array_equal(own, rows)


class Interrupted:
    """An objective whose n-th batch raises, after it has been computed."""

    def __init__(self, objective, n, error):
        self.objective, self.n, self.error = objective, n, error

    def __getattr__(self, name):
        return getattr(self.objective, name)

    def batch_cost_and_gradient(self, rows, parameters, gradient):
        self.n -= 1
        J = self.objective.batch_cost_and_gradient(rows, parameters, gradient)
        if self.n == 0:
            raise self.error
        return J


@each_optimizer
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("n", [1, 3, 16, 18, 20])  # 5 batches an epoch
def test_an_interruption_leaves_the_last_whole_epoch(optimizer, error, n):
    objective, whole = descent(optimizer=optimizer)
    epochs = (n - 1) // 5
    run(objective, whole, optimizer, epochs)
    _, state = descent(optimizer=optimizer)
    with pytest.raises(error):
        run(Interrupted(objective, n, error), state, optimizer, 8)
    assert_equal_states(state, whole)
    # Going on equals never having been interrupted.
    run(objective, state, optimizer, 8 - epochs)
    run(objective, whole, optimizer, 8 - epochs)
    assert_equal_states(state, whole)
    assert len(state.losses) == 8


@pytest.mark.parametrize("where", ["report", "rate"])
def test_an_error_of_the_caller_leaves_the_last_whole_epoch(where):
    objective, whole = descent()
    run(objective, whole, Adam(), 2)
    _, state = descent()
    calls = []

    def fail(*arguments):
        calls.append(len(state.losses))
        if len(calls) == 3:
            raise RuntimeError
        return 0.05 / (1 + arguments[0]) if arguments else False

    with pytest.raises(RuntimeError):
        descend(
            objective,
            state,
            Adam(),
            rate=fail if where == "rate" else lambda epoch: 0.05 / (1 + epoch),
            batch_size=7,
            shuffle=True,
            max_iter=8,
            report=fail if where == "report" else never,
        )
    assert calls == ([1, 2, 3] if where == "report" else [0, 1, 2])
    assert_equal_states(state, whole)


def test_report_hears_of_every_epoch_and_stops():
    objective, state = descent()
    lengths = []

    def report():
        lengths.append(len(state.losses))
        return len(lengths) == 3

    assert run(objective, state, Adam(), 8, report) == "stopped"
    assert lengths == [1, 2, 3]
    _, other = descent()
    assert run(objective, other, Adam(), 3) == "max_iter"
    assert_equal_states(state, other)
    # In the last epoch, too.
    _, state = descent()
    assert run(objective, state, Adam(), 3, lambda: len(state.losses) == 3) == "stopped"


@pytest.mark.parametrize(
    ("optimizer", "rate"),
    [
        (GradientDescent(), 1e6),
        (Momentum(), 1e6),
        (Nesterov(), 1e6),
        (RMSProp(), 1e6),
        (Adam(), 1e6),
        (AdamW(), 1e6),
        (GradientDescent(), 1e300),
        (Adam(), 1e300),
    ],
    ids=lambda v: getattr(v, "name", repr(v)),
)
@each_loss
@pytest.mark.parametrize("activation", ["relu", "tanh", "identity"])
@pytest.mark.parametrize("batch_size", [7, 30], ids="batch-{}".format)
def test_a_rate_that_diverges(optimizer, rate, n_out, activation, batch_size):
    objective, state = descent(n_out, optimizer, activation)
    reports = []
    with np.errstate(all="ignore"):
        outcome = descend(
            objective,
            state,
            optimizer,
            rate=lambda epoch: rate,
            batch_size=batch_size,
            shuffle=True,
            max_iter=50,
            report=lambda: reports.append(0),
        )
    assert outcome == "diverged"
    assert state.is_finite()
    assert np.isfinite(state.memory).all()
    assert np.isfinite(state.losses).all()
    assert 1 <= len(state.losses) == len(reports) < 50
    # What is left has been seen to be good.
    with np.errstate(all="ignore"):
        gradient = state.parameters.zeros_like()
        J = objective.cost_and_gradient(state.parameters, gradient)
    assert np.isfinite(J)
    assert EXPLODED * (1 + state.losses[0]) >= J


def test_divergence_goes_back_to_the_last_good_epoch():
    # Good epochs at a good rate, then one at a rate that explodes.
    optimizer = GradientDescent()
    objective, good = descent(optimizer=optimizer, activation="relu")

    def rate(epoch):
        return 0.05 if epoch < 4 else 1e9

    def go(state, max_iter, batch_size):
        with np.errstate(all="ignore"):
            return descend(
                objective,
                state,
                optimizer,
                rate=rate,
                batch_size=batch_size,
                shuffle=True,
                max_iter=max_iter,
                report=never,
            )

    for batch_size in (7, 30):
        _, good = descent(optimizer=optimizer, activation="relu")
        assert go(good, 4, batch_size) == "max_iter"
        _, state = descent(optimizer=optimizer, activation="relu")
        assert go(state, 20, batch_size) == "diverged"
        np.testing.assert_array_equal(state.parameters.theta, good.parameters.theta)
        assert state.updates == good.updates
        # The epoch whose cost was still seen is in the history.
        assert state.losses[:4] == good.losses
        assert len(state.losses) == 5


@pytest.mark.parametrize("bad", [1e200, np.inf, np.nan], ids=str)
def test_a_start_that_is_not_finite(bad):
    objective, state = descent(activation="identity")
    state.parameters.theta[:] = bad
    before = state.snapshot()
    with (
        np.errstate(all="ignore"),
        pytest.raises(FloatingPointError, match="not finite at the start"),
    ):
        run(objective, state, Adam(), 5)
    np.testing.assert_array_equal(state.parameters.theta, before[0])
    assert (state.losses, state.updates) == ([], 0)


@each_optimizer
def test_every_optimizer_learns_in_mini_batches(optimizer):
    X, Y = reference.flower()
    network = Network((2, 16, 1))
    result = train(
        network,
        X,
        Y,
        optimizer=optimizer,
        learning_rate=optimizer.default_learning_rate,
        batch_size=40,
        max_iter=150,
    )
    assert result.losses[-1] < 0.6 * result.losses[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", ["binary_cross_entropy", "squared_error", "poisson"])
def test_no_warning_of_overflow_leaks(loss, dtype):
    # Warnings are errors in these tests.
    network = Network((2, 3, 1), "relu", loss)
    X = np.random.RandomState(0).rand(2, 20).astype(dtype)
    Y = np.arange(20)[np.newaxis] % 2
    result = train(network, X, Y, learning_rate=1e6, max_iter=30)
    assert np.isfinite(result.parameters.theta).all()
    huge = X * np.finfo(dtype).max
    try:
        result = train(network, huge, Y, max_iter=5)
    except FloatingPointError:
        return
    assert np.isfinite(result.parameters.theta).all()


# ------------------------------------------------------------ the arguments of `train`


@pytest.mark.parametrize("together", [1, 7, 100, 1000])
def test_an_epoch_takes_each_row_once_also_where_rows_stay_together(together):
    m, batch = 103, 10
    batches = list(row_batches(m, batch, True, [0, 1], together=together))
    order = np.concatenate([rows for rows, _ in batches])
    assert [size for _, size in batches] == [10] * 10 + [3]
    assert np.array_equal(np.sort(order), np.arange(m))
    assert not np.array_equal(order, np.arange(m))
    if 1 < together < m:  # a block is read to its end before the next one
        changes = np.count_nonzero(np.diff(order // together))
        assert changes == -(-m // together) - 1
