"""Blocks, threads and memory: what large tables need, and what it must not change."""

import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

import sknn2
from sknn2 import ShallowNNClassifier
from sknn2.inputs.blas_threads import one_blas_thread
from sknn2.inputs.blocks import BLOCK
from sknn2.inputs.reader import InputReader
from sknn2.inputs.standardization import Standardization
from sknn2.training.descent import row_batches


def make_table(m, n=5, classes=2, dtype=np.float64):
    rng = np.random.default_rng(0)
    X = (rng.standard_normal((m, n)) * [1e3, 1, 1e-3, 10, 1][:n] + 7).astype(dtype)
    y = np.digitize(X[:, 0] / 1e3 + X[:, 1] - 7, np.linspace(-1, 1, classes - 1))
    return X, y


def fit(X, y, **arguments):
    settings = {"max_iter": 3, "tol": None, "random_state": 0, "hidden_units": 8}
    return ShallowNNClassifier(**{**settings, **arguments}).fit(X, y)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("classes", [2, 3])
def test_n_jobs_changes_no_bit(solver, classes):
    X, y = make_table(5 * BLOCK + 17, classes=classes)
    w = np.random.default_rng(1).uniform(0.5, 2, y.size)
    fits = [
        ShallowNNClassifier(
            8,
            solver=solver,
            batch_size="full",
            max_iter=3,
            tol=None,
            n_jobs=n_jobs,
            random_state=0,
        ).fit(X, y, w)
        for n_jobs in (1, 2, 3, None)
    ]
    for other in fits[1:]:
        assert np.array_equal(other.parameters_.theta, fits[0].parameters_.theta)
        assert np.array_equal(other.loss_curve_, fits[0].loss_curve_)


def test_n_jobs_with_large_mini_batches_changes_no_bit():
    X, y = make_table(4 * BLOCK)
    one, two = (fit(X, y, batch_size=3 * BLOCK, n_jobs=j) for j in (1, 2))
    assert np.array_equal(one.parameters_.theta, two.parameters_.theta)


@pytest.mark.parametrize("batch_size", ["full", 300])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("classes", [2, 4])
def test_a_table_too_large_to_copy_is_trained_alike(
    monkeypatch, batch_size, standardize, classes
):
    X, y = make_table(1000, classes=classes)
    if not standardize:
        X = X / 1e3
    arguments = {"batch_size": batch_size, "standardize": standardize}
    copied = fit(X, y, **arguments)
    monkeypatch.setattr(sknn2.inputs.reader, "COPY_LIMIT", 0)
    monkeypatch.setattr("sknn2.fitting.objective_of_rows.COPY_LIMIT", 0)
    by_block = fit(X, y, **arguments)
    assert np.array_equal(copied.parameters_.theta, by_block.parameters_.theta)


@pytest.mark.parametrize("rows", [slice(3, 9), np.array([8, 1, 1, 5])])
def test_inputs_are_the_standardised_rows_and_a_one(monkeypatch, rows):
    X, _ = make_table(20)
    standardization = Standardization.of(X)
    expected = np.ones((20, 6))
    expected[:, :-1] = (X - X.mean(axis=0)) / X.std(axis=0)
    out = np.ones((len(expected[rows]), 6))
    kept = InputReader(X, standardization)
    monkeypatch.setattr(sknn2.inputs.reader, "COPY_LIMIT", 0)
    made = InputReader(X, standardization)
    np.testing.assert_allclose(kept.read(rows, out.copy()), expected[rows], rtol=1e-9)
    np.testing.assert_array_equal(made.read(rows, out), kept.read(rows, out.copy()))


@pytest.mark.parametrize("limit", [0, 2**25])
def test_a_memory_map_is_trained_as_an_array_where_the_order_is_the_same(
    tmp_path, monkeypatch, limit
):
    X, y = make_table(3000)
    np.save(tmp_path / "X.npy", X)
    on_disk = np.load(tmp_path / "X.npy", mmap_mode="r")
    monkeypatch.setattr(sknn2.inputs.reader, "COPY_LIMIT", limit)
    assert InputReader(on_disk).on_disk
    assert InputReader(on_disk[5:]).on_disk
    assert not InputReader(X).on_disk
    for arguments in ({"batch_size": "full"}, {"shuffle": False}):
        a, b = fit(X, y, **arguments), fit(on_disk, y, **arguments)
        assert np.array_equal(a.parameters_.theta, b.parameters_.theta)
        assert np.array_equal(a.predict_proba(X), b.predict_proba(on_disk))


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


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("classes", [2, 3])
def test_the_memory_of_a_fit_does_not_grow_with_a_large_table(standardize, classes):
    X, y = make_table(400_000, n=5, classes=classes)
    X = np.tile(X, 4)  # 64 MB
    fit(X[:1000], y[:1000])  # imports and caches
    tracemalloc.start()
    fit(X, y, batch_size="full", max_iter=1, standardize=standardize)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 * 2**20


def test_a_prediction_needs_a_block_and_its_result():
    X, y = make_table(300_000)
    model = fit(X[:1000], y[:1000], hidden_units=100)
    tracemalloc.start()
    probabilities = model.predict_proba(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * probabilities.nbytes + 2**23


def blas_threads():
    return [
        library["num_threads"]
        for library in ThreadpoolController().info()
        if library["user_api"] == "blas"
    ]


@pytest.fixture
def two_blas_threads():
    """Two BLAS threads, set by a thread that is gone: nobody holds the limit."""
    before = blas_threads()

    def limit(number):
        thread = threading.Thread(
            target=lambda: ThreadpoolController().limit(limits=number, user_api="blas")
        )
        thread.start()
        thread.join()

    limit(2)
    yield blas_threads()
    limit(before[0])
    assert blas_threads() == before


def test_blas_threads_are_put_back_also_after_overlaps_and_errors(two_blas_threads):
    first_in, second_in, first_out, end = (threading.Event() for _ in range(4))
    seen = {}

    def first():
        with one_blas_thread():
            seen["in the first"] = blas_threads()
            first_in.set()
            second_in.wait()
        seen["after the first"] = blas_threads()
        first_out.set()
        end.wait()  # alive while the second puts the limit back

    def second():
        first_in.wait()
        try:
            with one_blas_thread():
                second_in.set()
                first_out.wait()
                raise RuntimeError
        except RuntimeError:
            seen["after the second"] = blas_threads()
        end.set()

    threads = [threading.Thread(target=f) for f in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (
        seen["in the first"] == seen["after the first"] == [1] * len(two_blas_threads)
    )
    assert seen["after the second"] == two_blas_threads
    assert blas_threads() == two_blas_threads


def test_fits_limit_blas_and_put_it_back(two_blas_threads):
    X, y = make_table(300)
    seen = []

    def look(estimator, X, y):
        seen.extend(blas_threads())
        return 0.0

    def fail(estimator, X, y):
        raise RuntimeError("scoring failed")

    model = ShallowNNClassifier(3, max_iter=2, tol=None, scoring=look)
    model.fit(X, y, X_val=X[:50], y_val=y[:50])
    assert set(seen) == {1}
    assert blas_threads() == two_blas_threads
    model.set_params(scoring=fail)
    with pytest.raises(RuntimeError, match="scoring failed"):
        model.fit(X, y, X_val=X[:50], y_val=y[:50])
    assert blas_threads() == two_blas_threads


def test_overlapping_fits_leave_blas_as_it_was(two_blas_threads):
    X, y = make_table(500)
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda _: fit(X, y), range(12)):
            pass
    assert blas_threads() == two_blas_threads
