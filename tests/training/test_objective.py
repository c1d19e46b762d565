"""The objective: blocks, batches, and what they allocate."""

import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import reference

import sknn2
from sknn2 import Network, Parameters
from sknn2.inputs.reader import InputReader
from sknn2.inputs.standardization import Standardization
from sknn2.training.objective import Objective
from sknn2.training.optimizers import Optimizer
from sknn2.training.solvers import SOLVERS

OUTPUTS = {1: "binary", 3: "softmax"}
each_loss = pytest.mark.parametrize("n_out", OUTPUTS, ids=OUTPUTS.values())
each_weights = pytest.mark.parametrize(
    "weighted", [False, True], ids=["ones", "weights"]
)


def problem(n_out=1, weighted=True, m=24, alpha=0.7, weight_scale=1.0):
    """Return an objective, its network, X, Y, w and parameters."""
    units = (3, 4, n_out)
    X, Y, W, b, w = reference.draw(units, m, away=0)
    w = w if weighted else None
    network = Network(units)
    objective = Objective(network, InputReader(X.T), Y, w, alpha, weight_scale)
    return objective, network, X, Y, w, Parameters.from_arrays(W, b)


def batch(objective, rows, parameters):
    """Return the cost and the gradient of a batch; the gradient starts from rubbish."""
    gradient = parameters.zeros_like()
    gradient.theta[:] = np.nan
    return objective.batch_cost_and_gradient(rows, parameters, gradient), gradient.theta


def full(objective, parameters):
    gradient = parameters.zeros_like()
    gradient.theta[:] = np.nan
    return objective.cost_and_gradient(parameters, gradient), gradient.theta


@each_loss
@each_weights
@pytest.mark.parametrize("alpha", [0.0, 0.7], ids=["plain", "penalty"])
def test_it_is_the_cost_of_the_network(n_out, weighted, alpha):
    objective, network, X, Y, w, parameters = problem(n_out, weighted, alpha=alpha)
    J, gradient = full(objective, parameters)
    expected, expected_gradient = network.cost_and_gradient(X, Y, parameters, w, alpha)
    assert pytest.approx(expected, rel=1e-13) == J
    np.testing.assert_allclose(
        gradient, expected_gradient.theta, rtol=1e-12, atol=1e-15
    )
    W, b = parameters.W[1:], parameters.b[1:]
    assert pytest.approx(reference.deep_cost(X, Y, W, b, "tanh", w, alpha)) == J
    # In its two parts.
    cost, part = batch(objective, slice(0, 24), parameters)
    penalty, penalty_gradient = objective.penalty(parameters.theta)
    assert cost + penalty == pytest.approx(J, rel=1e-14)
    if alpha == 0:
        assert (penalty, penalty_gradient) == (0.0, None)
    else:
        np.testing.assert_allclose(part + penalty_gradient, gradient, rtol=1e-13)


@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
def test_the_scale_of_the_weights_is_in_the_penalty_alone(weighted):
    # Weights divided by 8, with weight_scale=8, are the weights: S is theirs.
    objective, network, X, Y, w, parameters = problem(weighted=True)
    w = w if weighted else np.ones(24)
    divided = Objective(network, objective.inputs, Y, w / 8, 0.7, 8.0)
    J, gradient = full(divided, parameters)
    expected, expected_gradient = network.cost_and_gradient(X, Y, parameters, w, 0.7)
    assert pytest.approx(expected, rel=1e-13) == J
    np.testing.assert_allclose(
        gradient, expected_gradient.theta, rtol=1e-12, atol=1e-15
    )


@each_loss
@each_weights
@pytest.mark.parametrize("block", [1, 5, 12, 23, 24])
@pytest.mark.parametrize("strands", [1, 2, 48])
@pytest.mark.parametrize("gathered", [False, True], ids=["slice", "gather"])
def test_one_block_or_many(monkeypatch, n_out, weighted, block, strands, gathered):
    monkeypatch.setattr(sknn2.training.workers, "STRANDS", strands)
    objective, *_, parameters = problem(n_out, weighted)
    rows = np.random.RandomState(0).permutation(24)[:23] if gathered else slice(1, 24)
    cost, gradient = batch(objective, rows, parameters)
    objective.block = block
    cost_blocks, gradient_blocks = batch(objective, rows, parameters)
    assert cost_blocks == pytest.approx(cost, rel=1e-13)
    np.testing.assert_allclose(gradient_blocks, gradient, rtol=1e-11, atol=1e-15)


def test_many_blocks_at_their_real_size():
    m = 2 * sknn2.inputs.blocks.BLOCK + 7
    objective, network, X, Y, w, parameters = problem(3, m=m)
    J, gradient = full(objective, parameters)
    expected, expected_gradient = network.cost_and_gradient(X, Y, parameters, w, 0.7)
    assert pytest.approx(expected, rel=1e-12) == J
    np.testing.assert_allclose(gradient, expected_gradient.theta, rtol=1e-9, atol=1e-14)


@each_loss
@each_weights
def test_gather_or_slice(n_out, weighted):
    objective, network, X, Y, w, parameters = problem(n_out, weighted)
    cost, gradient = batch(objective, slice(5, 16), parameters)
    again, gathered = batch(objective, np.arange(5, 16), parameters)
    assert again == pytest.approx(cost, rel=1e-14)
    np.testing.assert_allclose(gathered, gradient, rtol=1e-12, atol=1e-16)
    # Rows in any order, against the network on those columns.
    rows = np.random.RandomState(0).permutation(24)[:9]
    cost, gradient = batch(objective, rows, parameters)
    w_rows = np.ones(9) if w is None else w[rows]
    expected, g = network.cost_and_gradient(X[:, rows], Y[:, rows], parameters, w_rows)
    # The same sums, over m rows' worth of weight and not over their own.
    share = w_rows.sum() / (24 if w is None else w.sum()) * 24 / 9
    assert cost == pytest.approx(expected * share, rel=1e-13)
    np.testing.assert_allclose(gradient, g.theta * share, rtol=1e-11, atol=1e-15)


@each_loss
@each_weights
@pytest.mark.parametrize("batch_size", [1, 6, 8])
def test_equal_batches_average_to_the_whole(n_out, weighted, batch_size):
    objective, *_, parameters = problem(n_out, weighted)
    J, gradient = batch(objective, slice(0, 24), parameters)
    order = np.random.RandomState(0).permutation(24).reshape(-1, batch_size)
    parts = [batch(objective, rows, parameters) for rows in order]
    assert np.mean([cost for cost, _ in parts]) == pytest.approx(J, rel=1e-13)
    mean = np.mean([part for _, part in parts], axis=0)
    np.testing.assert_allclose(mean, gradient, rtol=1e-11, atol=1e-15)


@each_weights
def test_a_short_last_batch_counts_by_its_rows(weighted):
    objective, *_, parameters = problem(3, weighted)
    J, gradient = batch(objective, slice(0, 24), parameters)
    cuts = [slice(0, 10), slice(10, 20), slice(20, 24)]
    parts = [batch(objective, cut, parameters) for cut in cuts]
    share = np.array([10, 10, 4]) / 24
    assert share @ [cost for cost, _ in parts] == pytest.approx(J, rel=1e-13)
    mean = share @ [part for _, part in parts]
    np.testing.assert_allclose(mean, gradient, rtol=1e-11, atol=1e-15)


@each_weights
def test_precision(weighted):
    objective, network, X, Y, w, parameters = problem(3, weighted)
    single = Objective(
        network,
        InputReader(X.T, dtype=np.float32),
        Y.astype(np.float32),
        None if w is None else w.astype(np.float32),
        0.7,
    )
    theta = Parameters(parameters.units, parameters.theta.astype(np.float32))
    for rows in (slice(0, 24), np.arange(24)):
        cost, gradient = batch(single, rows, theta)
        expected, expected_gradient = batch(objective, rows, parameters)
        assert gradient.dtype == np.float32
        assert type(cost) is float
        assert cost == pytest.approx(expected, rel=1e-5)
        np.testing.assert_allclose(gradient, expected_gradient, atol=1e-5)
    assert single.penalty(theta.theta)[1].dtype == np.float32


def test_nothing_handed_in_is_changed():
    objective, _, X, Y, w, parameters = problem(3)
    arrays = X, Y, w, parameters.theta
    before = [a.copy() for a in arrays]
    rows = np.random.RandomState(0).permutation(24)
    batch(objective, rows, parameters)
    full(objective, parameters)
    objective.penalty(parameters.theta)
    for a, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, old)


@each_loss
@pytest.mark.parametrize("n_jobs", [2, 3, 4])
@pytest.mark.parametrize("gathered", [False, True], ids=["slice", "gather"])
@pytest.mark.parametrize("block", [1, 5], ids=["24 blocks", "5 blocks"])
def test_it_does_not_matter_who_computes_the_blocks(
    monkeypatch, n_out, n_jobs, gathered, block
):
    monkeypatch.setattr(
        sknn2.training.workers, "STRANDS", 12
    )  # or two blocks to a strand
    objective, *_, parameters = problem(n_out)
    objective.block = block
    rows = np.random.RandomState(0).permutation(24) if gathered else slice(0, 24)
    cost, gradient = batch(objective, rows, parameters)
    with ThreadPoolExecutor(n_jobs) as pool:
        objective.use_threads(pool, n_jobs)
        for _ in range(10):
            again, threaded = batch(objective, rows, parameters)
            assert again == cost
            np.testing.assert_array_equal(threaded, gradient)


class Pool(ThreadPoolExecutor):
    """Counts the work that was handed in and not yet asked for."""

    def __init__(self, n_jobs):
        super().__init__(n_jobs)
        self.open = self.most = self.total = 0

    def submit(self, *arguments):
        future = super().submit(*arguments)
        self.open, self.total = self.open + 1, self.total + 1
        self.most = max(self.open, self.most)
        result = future.result

        def ask():
            self.open -= 1
            return result()

        future.result = ask
        return future


def test_threads_do_the_work_and_little_waits_to_be_added():
    objective, *_, parameters = problem(1)
    objective.block = 1
    with Pool(2) as pool:
        objective.use_threads(pool, 2)
        batch(objective, slice(0, 24), parameters)
        assert (pool.total, pool.most, pool.open) == (24, 4, 0)
        batch(objective, slice(0, 1), parameters)  # one block needs no thread
        assert pool.total == 24


def test_an_error_in_a_thread_is_raised_and_leaves_room_for_the_next(monkeypatch):
    objective, network, *_, parameters = problem(1)
    expected = batch(objective, slice(0, 24), parameters)
    objective.block = 5
    calls = []

    def fail(*arguments):
        calls.append(threading.current_thread())
        raise MemoryError("no room")

    with ThreadPoolExecutor(2) as pool:
        objective.use_threads(pool, 2)
        with monkeypatch.context() as patch:
            patch.setattr(network, "cost_and_gradient_sums", fail)
            with pytest.raises(MemoryError, match="no room"):
                batch(objective, slice(0, 24), parameters)
        assert threading.main_thread() not in calls
        cost, gradient = batch(objective, slice(0, 24), parameters)
    assert cost == pytest.approx(expected[0], rel=1e-13)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-11, atol=1e-15)


@each_loss
@pytest.mark.parametrize("gathered", [False, True], ids=["slice", "gather"])
@pytest.mark.parametrize("standardized", [False, True], ids=["raw", "standardized"])
def test_rows_kept_or_made_anew(monkeypatch, n_out, gathered, standardized):
    monkeypatch.setattr(sknn2.inputs.reader, "PIECE", 20)  # a few rows
    _, network, X, Y, w, parameters = problem(n_out)
    standardization = Standardization.of(3 * X.T + 5) if standardized else None
    rows = np.random.RandomState(0).permutation(24) if gathered else slice(3, 24)
    results = []
    outside = X.T.copy()
    if standardized:
        standardization.transform(X.T, outside)
    for limit in (0, 1e6):
        monkeypatch.setattr(sknn2.inputs.reader, "COPY_LIMIT", limit)
        inputs = InputReader(X.T, standardization)
        results.append(batch(Objective(network, inputs, Y, w), rows, parameters))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-14)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-12, atol=1e-15)
    inputs = InputReader(outside)
    expected = batch(Objective(network, inputs, Y, w), rows, parameters)
    np.testing.assert_array_equal(results[1][1], expected[1])


def peak(step):
    """Return the memory that a step allocates once its workspace is there, in bytes."""
    step()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        step()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def large_problem(n_out=1, activation="relu", standardization=None):
    m = 20_000
    rng = np.random.RandomState(0)
    units = (5, 16, 16, n_out)
    X = rng.randn(m, 5)
    if n_out == 1:
        Y = rng.randint(0, 2, (1, m)).astype(float)
    else:
        # Laid out as np.eye(n)[labels].T is: the first one-hot that comes to mind.
        Y = np.eye(n_out)[rng.randint(0, n_out, m)].T
    w = rng.uniform(size=m)
    inputs = InputReader(X, standardization)
    objective = Objective(Network(units, activation), inputs, Y, w, 1.0)
    return objective, Parameters(units, rng.randn(Parameters(units).theta.size))


def peaks(objective, parameters, gathered):
    """Return what steps over more and more rows allocate."""
    gradient = parameters.zeros_like()
    order = np.random.RandomState(0).permutation(objective.m)
    # NumPy's own buffers, of 8192 numbers at most, are full from the first size on.
    return [
        peak(
            lambda rows=rows: objective.batch_cost_and_gradient(
                rows, parameters, gradient
            )
        )
        for size in (1024, 2048, 8192)
        for rows in [order[:size] if gathered else slice(0, size)]
    ]


# Their derivative needs an array besides the scratch of the workspace.
TEMPORARY = {"gelu", "selu", "silu"}


@pytest.mark.parametrize("n_out", [1, 8], ids=["binary", "softmax"])
@pytest.mark.parametrize("activation", sorted(reference.G.keys() - TEMPORARY))
@pytest.mark.parametrize("gathered", [False, True], ids=["slice", "gather"])
def test_a_step_allocates_nothing_that_grows(n_out, activation, gathered):
    found = peaks(*large_problem(n_out, activation), gathered)
    # One number for each further example would be 8192 bytes from size to size.
    assert max(found) - min(found) < 4096, found
    # Nor is there a copy of all the data: one of Y alone has 160 kB or more.
    assert max(found) < 140_000, found


@pytest.mark.parametrize("gathered", [False, True], ids=["slice", "gather"])
@pytest.mark.parametrize("standardized", [False, True], ids=["raw", "standardized"])
def test_nor_where_rows_are_made_anew(monkeypatch, gathered, standardized):
    monkeypatch.setattr(sknn2.inputs.reader, "COPY_LIMIT", 0)
    monkeypatch.setattr(sknn2.inputs.reader, "PIECE", 2**11)
    standardization = None
    if standardized:
        standardization = Standardization.of(np.random.RandomState(0).randn(20, 5))
    found = peaks(*large_problem(standardization=standardization), gathered)
    assert max(found) - min(found) < 4096, found
    assert max(found) < 140_000, found


@pytest.mark.parametrize(
    "optimizer",
    [o for o in SOLVERS.values() if isinstance(o, Optimizer)],
    ids=lambda o: o.name,
)
def test_optimisers_allocate_a_theta_at_most(optimizer):
    objective, parameters = large_problem()
    theta = np.ones(100_000)
    memory, dtheta = optimizer.new_memory(theta), np.ones_like(theta)
    penalty = np.ones_like(theta)
    found = peak(lambda: optimizer.update(theta, dtheta, memory, 1, 0.1, penalty))
    assert found < 1.1 * theta.nbytes
    assert peak(lambda: objective.penalty(parameters.theta)) < 1000
