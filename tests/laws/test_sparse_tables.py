"""Sparse X: the same as dense X to rounding, in the memory of a sparse one."""

import tracemalloc
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
