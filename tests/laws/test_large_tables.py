"""Large tables: blocks, threads and memory, and that they change no result."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import sknn2
from sknn2 import ShallowNNClassifier
from sknn2.inputs.blocks import BLOCK
from sknn2.inputs.reader import InputReader


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


def test_fits_limit_blas_and_put_it_back(two_blas_threads, blas_threads):
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


def test_overlapping_fits_leave_blas_as_it_was(two_blas_threads, blas_threads):
    X, y = make_table(500)
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda _: fit(X, y), range(12)):
            pass
    assert blas_threads() == two_blas_threads
