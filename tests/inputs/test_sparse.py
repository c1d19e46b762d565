"""Sparse X: the same as dense X to rounding, in the memory of a sparse one."""

import tracemalloc
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone, is_classifier
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils import get_tags

import sknn2
from sknn2 import DivergenceWarning, Network, ShallowNNClassifier, check_gradient
from sknn2.estimators.base import NeuralNetwork
from sknn2.inputs.blocks import BLOCK
from sknn2.inputs.reader import InputReader
from sknn2.inputs.standardization import Standardization
from sknn2.network.parameters import Parameters
from sknn2.training.objective import Objective
from sknn2.training.solvers import SOLVERS

ESTIMATORS = [
    value
    for value in (getattr(sknn2, name) for name in sknn2.__all__)
    if isinstance(value, type) and issubclass(value, NeuralNetwork)
]
FORMATS = [
    f"{name}_{kind}"
    for name in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
    for kind in ("array", "matrix")
]
each_estimator = pytest.mark.parametrize("Estimator", ESTIMATORS)


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


def sparse_table(m, n, share):
    """Return CSR rows of about that share filled (sp.random_array is of SciPy 1.12)."""
    rng = np.random.default_rng(0)
    size = int(m * n * share)
    where = rng.integers(m, size=size), rng.integers(n, size=size)
    return sp.csr_array((rng.standard_normal(size), where), shape=(m, n))


X = table()
Y = (X[:, 0] * 100 + X[:, 5] + X[:, 6] - 1e6 + np.arange(120) % 3 > 2.5).astype(int)
W = np.random.RandomState(1).uniform(0.1, 3, 120) * (np.arange(120) % 10 > 0)


def network(Estimator=ShallowNNClassifier, **arguments):
    """Return a small estimator."""
    known = Estimator().get_params()
    hidden = {"hidden_units": 5} if "hidden_units" in known else {}
    if "hidden_layer_sizes" in known:
        hidden = {"hidden_layer_sizes": (5, 4)}
    defaults = {"batch_size": 25, "max_iter": 4, "tol": None, "random_state": 0}
    return Estimator(**(hidden | defaults | arguments))


def target(Estimator, classes=2):
    """Return what an estimator can be trained on."""
    if not is_classifier(Estimator()):
        return Y + X[:, 0]
    return Y if classes == 2 else Y + (np.arange(120) % 4 == 0)


def outputs(model, X):
    """Return what an estimator predicts, as numbers."""
    return model.predict_proba(X) if is_classifier(model) else model.predict(X)


def without_offsets(X):
    """Return columns that need no standardisation."""
    X = X.copy()
    X[:, 6] -= 1e6
    return X / np.maximum(np.abs(X).max(axis=0), 1)


def assert_alike(a, b, tol=1e-9):
    """See that two fits are the same up to rounding."""
    np.testing.assert_allclose(
        a.parameters_.theta, b.parameters_.theta, rtol=tol, atol=tol
    )
    np.testing.assert_allclose(a.loss_curve_, b.loss_curve_, rtol=tol)


# ------------------------------------------------------------------- the same as dense


@each_estimator
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("batch_size", [25, "full"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_training_is_that_on_dense(Estimator, solver, batch_size, standardize):
    rows = X if standardize else without_offsets(X)
    model = network(
        Estimator, solver=solver, batch_size=batch_size, standardize=standardize
    )
    y = target(Estimator)
    dense = clone(model).fit(rows, y)
    sparse = clone(model).fit(sp.csr_array(rows), y)
    assert_alike(sparse, dense)
    expected = outputs(dense, rows)
    for of, on in (
        (sparse, rows),
        (dense, sp.csr_array(rows)),
        (sparse, sp.coo_array(rows)),
    ):
        np.testing.assert_allclose(outputs(of, on), expected, rtol=1e-9, atol=1e-12)
    for ours, theirs in zip(sparse.coefs_, dense.coefs_, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@each_estimator
@pytest.mark.parametrize("classes", [2, 3])
def test_weights_and_class_weights(Estimator, classes):
    y = target(Estimator, classes)
    arguments = {}
    if is_classifier(Estimator()):
        arguments["class_weight"] = {0: 2.0, 1: 0.5} if classes == 2 else "balanced"
    model = network(Estimator, **arguments)
    dense = clone(model).fit(X, y, W)
    sparse = clone(model).fit(sp.csc_array(X), y, W)
    assert_alike(sparse, dense)
    # A row of weight zero is a row that is not there.
    absent = clone(model).fit(sp.csr_array(X[W > 0]), y[W > 0], W[W > 0])
    assert np.array_equal(absent.parameters_.theta, sparse.parameters_.theta)


def test_a_class_of_weight_zero_is_not_there():
    y = target(ShallowNNClassifier, 3)
    model = network(class_weight={2: 0.0}).fit(sp.csr_array(X), y)
    assert_alike(model, network().fit(X[y < 2], y[y < 2]))


@pytest.mark.parametrize("hidden_units", [0, 5, 40])
@pytest.mark.parametrize("chunk", [1, 2**17])
def test_chunks_of_units(monkeypatch, hidden_units, chunk):
    monkeypatch.setattr("sknn2.inputs.sparse.CHUNK", chunk)
    model = network(hidden_units=hidden_units)
    assert_alike(clone(model).fit(sp.csr_array(X), Y), clone(model).fit(X, Y))


@each_estimator
@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_float32(Estimator, solver):
    rows, y = X.astype(np.float32), target(Estimator)
    if y.dtype.kind == "f":  # predictions have the precision of y
        y = y.astype(np.float32)
    model = network(Estimator, solver=solver, batch_size="full")
    sparse = clone(model).fit(sp.csr_array(rows), y)
    dense = clone(model).fit(rows, y)
    assert sparse.parameters_.theta.dtype == np.float32
    found, expected = outputs(sparse, sp.csr_array(rows)), outputs(dense, rows)
    assert found.dtype == expected.dtype
    assert_alike(sparse, dense, 2e-4)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("batch_size", [25, "full"])
def test_a_sparse_matrix_that_is_well_filled_is_written_out_by_blocks(
    monkeypatch, batch_size, dtype
):
    rows, model = X.astype(dtype), network(batch_size=batch_size)
    dense = clone(model).fit(rows, Y)
    monkeypatch.setattr("sknn2.inputs.reader.FILLED", 0.1)
    assert InputReader(sp.csr_array(rows)).new_buffer(7).shape == (7, 13)
    sparse = clone(model).fit(sp.csr_array(rows), Y)
    assert_alike(sparse, dense, 1e-9 if dtype == np.float64 else 2e-4)
    # From here on it is the same code, also for a model of another precision.
    of_64 = dense.predict_proba(sp.csr_matrix(X))
    assert np.array_equal(of_64, dense.predict_proba(X))
    monkeypatch.setattr("sknn2.inputs.reader.NARROW", 11)
    assert InputReader(sp.csr_array(rows)).new_buffer(7) is None


@pytest.mark.parametrize("dtype", [bool, np.int8, np.int64])
def test_other_numbers_are_float64(dtype):
    rows = (X * 100).clip(-100, 100).astype(dtype)
    sparse = network().fit(sp.csr_array(rows), Y)
    assert sparse.parameters_.theta.dtype == np.float64
    assert_alike(sparse, network().fit(rows, Y))


@each_estimator
@pytest.mark.parametrize("scoring", ["loss", "default"])
@pytest.mark.parametrize("given", ["dense", "sparse", "held out"])
def test_validation_and_early_stopping(Estimator, given, scoring):
    y = target(Estimator)
    if scoring == "default":
        scoring = "accuracy" if is_classifier(Estimator()) else "r2"
    model = network(Estimator, scoring=scoring, max_iter=8)
    X_val, y_val, w_val = X[:50][::-1], y[:50][::-1], W[:50]
    validation = {"X_val": X_val, "y_val": y_val, "sample_weight_val": w_val}
    if given == "held out":
        model.set_params(early_stopping=True, validation_fraction=0.3)
        validation = {}
    dense = clone(model).fit(X, y, **validation)
    if given == "sparse":
        validation["X_val"] = sp.csc_matrix(X_val)
    sparse = clone(model).fit(sp.csr_matrix(X), y, **validation)
    assert_alike(sparse, dense)
    for name in ("validation_loss_curve_", "validation_scores_", "best_iteration_"):
        np.testing.assert_allclose(getattr(sparse, name), getattr(dense, name))


def test_a_sparse_validation_set_for_dense_rows():
    dense = network().fit(X, Y, X_val=X[:50], y_val=Y[:50])
    sparse = network().fit(X, Y, X_val=sp.csr_array(X[:50]), y_val=Y[:50])
    np.testing.assert_allclose(sparse.validation_scores_, dense.validation_scores_)


@each_estimator
def test_warm_start_goes_on_to_the_last_bit(Estimator):
    rows, y = sp.csr_array(X), target(Estimator)
    model = network(Estimator, schedule="constant", warm_start=True)
    twice = clone(model).fit(rows, y).fit(rows, y)
    once = clone(model).set_params(max_iter=8).fit(rows, y)
    assert np.array_equal(twice.parameters_.theta, once.parameters_.theta)
    assert_alike(twice, clone(model).fit(X, y).fit(rows, y))


@each_estimator
def test_partial_fit_chunk_by_chunk(Estimator):
    y = target(Estimator)
    first = {"classes": [0, 1]} if is_classifier(Estimator()) else {}
    sparse, dense = network(Estimator), network(Estimator)
    for k, chunk in enumerate((slice(0, 30), slice(30, 70), slice(70, 120))):
        arguments = {"sample_weight": W[chunk], **({} if k else first)}
        sparse.partial_fit(sp.csc_array(X[chunk]), y[chunk], **arguments)
        dense.partial_fit(X[chunk], y[chunk], **arguments)
    assert_alike(sparse, dense)
    np.testing.assert_allclose(
        sparse.standardization_.deviation, dense.standardization_.deviation, rtol=1e-9
    )


@each_estimator
def test_check_gradient(Estimator):
    model = network(Estimator, activation="tanh", alpha=2.0)
    y = target(Estimator)
    for fitted in (model, clone(model).fit(X, y)):
        report = check_gradient(fitted, sp.csr_matrix(X), y, sample_weight=W)
        assert report, report
        dense = check_gradient(fitted, X, y, sample_weight=W)
        np.testing.assert_allclose(
            report.gradient.theta, dense.gradient.theta, rtol=1e-9, atol=1e-12
        )


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


def test_n_jobs_changes_no_bit():
    m = 6 * BLOCK + 17  # four blocks of sparse rows
    rows = sparse_table(m, 30, 0.1)
    assert Objective(Network((30, 1)), InputReader(rows), np.ones((1, m))).block * 3 < m
    y = np.asarray(rows[:, [0]].sum(axis=1)).ravel() > 0
    fits = [
        network(batch_size="full", n_jobs=n_jobs).fit(rows, y) for n_jobs in (1, 2, 3)
    ]
    for other in fits[1:]:
        assert np.array_equal(other.parameters_.theta, fits[0].parameters_.theta)
    assert_alike(fits[0], network(batch_size="full").fit(rows.toarray(), y))


# ------------------------------------------------------------------------- the products


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


def test_nothing_of_the_size_of_a_dense_table_is_read(monkeypatch):
    def refuse(*_):
        raise AssertionError("a sparse matrix was written out")

    rows = sp.csr_array(without_offsets(X) * (X < 5))
    rows.eliminate_zeros()
    for kind in (sp.csr_array, sp.csr_matrix):
        for name in ("toarray", "todense", "__array__"):
            monkeypatch.setattr(kind, name, refuse, raising=False)
    model = network(early_stopping=True).fit(rows[:, [0, 1, 2, 8, 9, 10, 11]], Y)
    model.predict(rows[:, [0, 1, 2, 8, 9, 10, 11]])


# ----------------------------------------------------------------------- the statistics


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


# ----------------------------------------------------------------- every form of sparse


@pytest.mark.filterwarnings("ignore:Constructing a DIA matrix")
@pytest.mark.parametrize("form", FORMATS)
def test_formats(form):
    rows = getattr(sp, form)(X)
    model = network().fit(rows, Y)
    expected = network().fit(sp.csr_array(X), Y)
    assert np.array_equal(model.parameters_.theta, expected.parameters_.theta)
    assert np.array_equal(model.predict_proba(rows), expected.predict_proba(rows))


def odd_csr(kind):
    """Return X as a CSR of a kind that is allowed but seldom seen."""
    rows = sp.csr_array(X)
    data, indices, indptr = rows.data, rows.indices, rows.indptr
    if kind == "int64 indices":
        indices, indptr = indices.astype(np.int64), indptr.astype(np.int64)
    elif kind == "unsorted":
        order = np.concatenate([np.arange(a, b)[::-1] for a, b in pairwise(indptr)])
        data, indices = data[order], indices[order]
    elif kind == "duplicates":
        data, indices = np.repeat(data / 2, 2), np.repeat(indices, 2)
        indptr = 2 * indptr
    elif kind == "explicit zeros":
        data, indices = X.ravel(), np.tile(np.arange(12), 120)
        indptr = np.arange(0, 12 * 120 + 1, 12)
    else:
        assert kind == "spare room"  # SciPy prunes only when asked
        data, indices = np.append(data, np.inf), np.append(indices, 3)
    result = sp.csr_array((data, indices, indptr), shape=X.shape)
    assert np.array_equal(result.toarray(), X)
    return result


@pytest.mark.parametrize(
    "kind", ["int64 indices", "unsorted", "duplicates", "explicit zeros", "spare room"]
)
def test_odd_matrices_are_read_right_and_left_alone(kind):
    rows = odd_csr(kind)
    before = [a.copy() for a in (rows.data, rows.indices, rows.indptr)]
    arrays = [rows.data, rows.indices, rows.indptr]
    for array in arrays:
        array.flags.writeable = False
    model = network().fit(rows, Y)
    assert_alike(model, network().fit(X, Y))
    probabilities = model.predict_proba(rows)
    np.testing.assert_allclose(probabilities, model.predict_proba(X), rtol=1e-9)
    for array, ours, old in zip(
        (rows.data, rows.indices, rows.indptr), arrays, before, strict=True
    ):
        assert array is ours
        assert np.array_equal(array, old)


def test_memory_maps(tmp_path):
    rows = sp.csr_array(X)
    maps = []
    for name in ("data", "indices", "indptr"):
        np.save(tmp_path / f"{name}.npy", getattr(rows, name))
        maps.append(np.load(tmp_path / f"{name}.npy", mmap_mode="r"))
    on_disk = sp.csr_array(tuple(maps), shape=X.shape)
    assert InputReader(on_disk).on_disk
    assert not InputReader(rows).on_disk
    for arguments in ({"shuffle": False}, {"batch_size": "full"}):
        model = network(**arguments).fit(on_disk, Y)
        expected = network(**arguments).fit(rows, Y)
        assert np.array_equal(model.parameters_.theta, expected.parameters_.theta)
        assert np.array_equal(model.predict(on_disk), expected.predict(rows))


def test_a_sparse_frame_keeps_its_names():
    frame = pd.DataFrame.sparse.from_spmatrix(sp.csr_matrix(X))
    frame.columns = [f"word{j}" for j in range(12)]
    model = network().fit(frame, Y)
    assert model.feature_names_in_.tolist() == frame.columns.tolist()
    assert_alike(model, network().fit(X, Y))


@pytest.mark.parametrize("rows", [1, 2])
def test_few_rows(rows):
    model = network().fit(X, Y)
    few = sp.csr_matrix(X[:rows])
    np.testing.assert_allclose(model.predict_proba(few), model.predict_proba(X)[:rows])


# -------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("form", ["csr_array", "csc_matrix", "lil_array"])
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.nan, "Column 8 of X holds NaN in 2 of 120 rows.*SimpleImputer"),
        (np.inf, "Column 8 of X holds infinity in 2 of 120 rows.*clip"),
    ],
)
def test_what_is_not_finite_is_named(form, bad, message):
    rows = X.copy()
    rows[[3, 50], 8] = bad
    rows[2, 9] = np.nan
    with pytest.raises(ValueError, match=message):
        network().fit(getattr(sp, form)(rows), Y)
    model = network().fit(X, Y)
    with pytest.raises(ValueError, match=message):
        model.predict(getattr(sp, form)(rows))
    with pytest.raises(ValueError, match=message.replace("of X ", "of X_val ")):
        model.fit(X, Y, X_val=getattr(sp, form)(rows), y_val=Y)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (sp.csr_array(X[:, :5]), "5 features"),
        (sp.csr_array((0, 12)), "0 sample"),
        (sp.csr_array(X * 1j), "Complex data not supported"),
    ],
    ids=["fewer columns", "no rows", "complex"],
)
def test_bad_matrices(rows, message):
    model = network().fit(X, Y)
    with pytest.raises(ValueError, match=message):
        model.predict(rows)


def test_numbers_too_large_for_a_sum_are_finite():
    rows = sp.csr_array(X * (np.arange(12) == 0))
    rows.data[:] = 1.7e308
    model = network().fit(rows, Y)
    assert np.isfinite(model.predict_proba(rows)).all()


def test_the_core_says_that_it_takes_arrays():
    net = Network((12, 3, 1))
    parameters = Parameters(net.units)
    for attempt in (
        lambda X: net.forward(X, parameters),
        lambda X: net.cost(X, Y[np.newaxis], parameters),
        lambda X: sknn2.train(net, X, Y[np.newaxis], parameters),
        lambda X: check_gradient(net, X, Y[np.newaxis], parameters),
    ):
        with pytest.raises(TypeError, match=r"X is a sparse csc_array.*estimators"):
            attempt(sp.csc_array(X.T))


def test_an_unscaled_column_is_named():
    model = network(standardize=False, solver="sgd", learning_rate=1e6)
    with pytest.warns(DivergenceWarning, match=r"Column 6 of X reaches 1e\+06"):
        model.fit(sp.csr_array(X), Y)


# ----------------------------------------------------------------------- with others


@each_estimator
def test_the_tag(Estimator):
    assert get_tags(Estimator()).input_tags.sparse


def test_text_in_a_pipeline():
    documents = ["red round apple", "green apple", "red car", "fast green car"] * 10
    kinds = ["fruit", "fruit", "car", "car"] * 10
    pipeline = make_pipeline(TfidfVectorizer(), network(max_iter=60))
    pipeline.fit(documents, kinds)
    assert pipeline.score(documents, kinds) == 1
    assert pipeline.predict(["fast round apple car car", ""]).shape == (2,)


@pytest.mark.parametrize("sparse_threshold", [1.0, 0.0])
def test_mixed_columns_and_a_search(sparse_threshold):
    rng = np.random.RandomState(0)
    people = pd.DataFrame(
        {
            "born": rng.randint(1940, 2005, 150),
            "town": rng.choice([f"town {k}" for k in range(30)], 150),
            "income": rng.lognormal(10, 0.5, 150),
        }
    )
    y = np.where((people["born"] > 1970) == (people["income"] > 2e4), "buys", "leaves")
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["town"]),
        remainder="passthrough",
        sparse_threshold=sparse_threshold,
    )
    pipeline = make_pipeline(columns, network(max_iter=30))
    proba = cross_val_predict(pipeline, people, y, cv=3, method="predict_proba")
    search = GridSearchCV(
        pipeline, {"shallownnclassifier__alpha": [0.1, 10.0]}, cv=3
    ).fit(people, y)
    assert sp.issparse(columns.fit_transform(people)) == bool(sparse_threshold)
    if not hasattr(test_mixed_columns_and_a_search, "seen"):
        test_mixed_columns_and_a_search.seen = proba, search.cv_results_
    expected, results = test_mixed_columns_and_a_search.seen
    np.testing.assert_allclose(proba, expected, rtol=1e-8)
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], results["mean_test_score"]
    )


# --------------------------------------------------------------------------- memory


def peak_of(call):
    """Return the bytes that a call needs at its most."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["csr", "csc"])
@pytest.mark.parametrize("batch_size", [200, "full"])
def test_the_memory_of_a_fit_is_that_of_the_matrix(form, batch_size):
    m, n = 20_000, 5_000  # 800 MB if it were dense
    rows = sparse_table(m, n, 1e-3)
    size = rows.data.nbytes + rows.indices.nbytes + rows.indptr.nbytes
    rows, y = rows.asformat(form), np.arange(m) % 2
    model = network(batch_size=batch_size, max_iter=2, hidden_units=4, n_jobs=1)
    model.fit(rows[:1000], y[:1000])  # imports and caches
    assert size < 2**21
    assert peak_of(lambda: model.fit(rows, y)) < 3 * size + 2**21
    assert peak_of(lambda: model.predict_proba(rows)) < 2 * size + 2**20


def test_the_memory_of_a_large_theta():
    """Parameters, gradient, penalty, two moments, and the three that a step changes."""
    rows = sparse_table(300, 20_000, 1e-3)
    model = network(hidden_units=50, batch_size=100, max_iter=3)
    model.fit(rows[:, :100], np.arange(300) % 2)
    theta = 50 * 20_000 * 8
    peak = peak_of(lambda: model.fit(rows, np.arange(300) % 2))
    assert 7 * theta < peak < 9.5 * theta
