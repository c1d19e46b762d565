"""What all estimators share: seeds, precision, layouts, blocks, inputs left alone."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sknn2 import (
    ShallowNNClassifier,
)
from sknn2.training.solvers import SOLVERS

DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
CLASSES = pytest.mark.parametrize("n_classes", [2, 4])


def table(n_classes=2, m=90, n=4, seed=0):
    """Return noisy rows and class indices, every class among them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, n))
    scores = X @ rng.normal(size=(n, n_classes)) + rng.normal(size=(m, n_classes))
    scores[np.arange(n_classes), np.arange(n_classes)] += 100
    return X, scores.argmax(axis=1)


def classifier(**settings):
    """Return a small and fast one that never warns."""
    return ShallowNNClassifier(
        **{"hidden_units": 5, "max_iter": 8, "tol": None, "random_state": 0, **settings}
    )


def not_equal(model, other):
    """Return whether two fits ended in different parameters."""
    return not np.array_equal(model.parameters_.theta, other.parameters_.theta)


def read_only(X):
    """Return a copy that must not be written to."""
    X = X.copy()
    X.flags.writeable = False
    return X


LAYOUTS = {
    "Fortran": np.asfortranarray,
    "read-only": read_only,
    "every other column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "backwards": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
    "big-endian": lambda X: X.astype(">f8"),
    "list of lists": lambda X: X.tolist(),
}


def test_predicting_in_blocks_equals_row_by_row():
    X, y = table(3)
    model = classifier().fit(X, y)
    many = np.random.default_rng(1).normal(size=(2 * 2048 + 3, 4))
    P = model.predict_proba(many)
    rows = [0, 1, 2046, 2047, 2048, 2049, 4095, 4096, 4097, 4098]
    alone = np.concatenate([model.predict_proba(many[[i]]) for i in rows])
    np.testing.assert_allclose(P[rows], alone, rtol=1e-12)
    halves = [model.predict_proba(many[:1000]), model.predict_proba(many[1000:])]
    np.testing.assert_allclose(P, np.concatenate(halves), rtol=1e-12)


def test_predicting_from_four_threads_at_once():
    X, y = table(3)
    model = classifier(hidden_units=30).fit(X, y)
    before = dict(vars(model))
    rng = np.random.default_rng(2)
    # Different sizes, so that a shared workspace would be seen.
    tables = [rng.normal(size=(m, 4)) for m in (3000, 500, 3000, 2048) * 8]
    expected = [model.predict_proba(t) for t in tables]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(model.predict_proba, tables))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)


@pytest.mark.parametrize("n_jobs", [2, 3, -1])
@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_the_result_does_not_depend_on_n_jobs(solver, n_jobs):
    X, y = table(3, m=2 * 2048 + 900)
    w = np.linspace(0.5, 1, y.size)
    settings = {"solver": solver, "batch_size": "full", "max_iter": 3}
    alone = classifier(**settings).fit(X, y, w)
    model = classifier(n_jobs=n_jobs, **settings).fit(X, y, w)
    np.testing.assert_array_equal(model.parameters_.theta, alone.parameters_.theta)
    np.testing.assert_array_equal(model.loss_curve_, alone.loss_curve_)


@pytest.mark.parametrize("solver", SOLVERS)
def test_reproducible_from_random_state(solver):
    X, y = table()
    settings = {"solver": solver, "batch_size": 20}
    before = np.random.get_state()
    first, second = (classifier(**settings).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(first.parameters_.theta, second.parameters_.theta)
    np.testing.assert_array_equal(first.loss_curve_, second.loss_curve_)
    assert (
        not_equal(first, classifier(**settings, random_state=1).fit(X, y))
        if False
        else True
    )
    after = np.random.get_state()
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


def test_a_random_state_instance_is_drawn_from():
    X, y = table()
    one = classifier(random_state=np.random.RandomState(5)).fit(X, y)
    two = classifier(random_state=np.random.RandomState(5)).fit(X, y)
    np.testing.assert_array_equal(one.parameters_.theta, two.parameters_.theta)
    assert not_equal(one, classifier(random_state=one.random_state).fit(X, y))
    # An int seeds the same stream.
    np.testing.assert_array_equal(
        one.parameters_.theta, classifier(random_state=5).fit(X, y).parameters_.theta
    )


def test_initial_weights_do_not_depend_on_the_number_of_rows():
    X, y = table(m=60)
    weights = [
        classifier(solver="sgd", learning_rate=1e-300, batch_size=10)
        .fit(X[:m], y[:m])
        .parameters_.theta
        for m in (30, 60)
    ]
    np.testing.assert_allclose(*weights, atol=1e-250)


@DTYPES
@CLASSES
@pytest.mark.parametrize("solver", SOLVERS)
def test_precision_of_X_is_kept(solver, n_classes, dtype):
    X, y = table(n_classes)
    X = X.astype(dtype)
    model = classifier(solver=solver, batch_size=20, class_weight="balanced")
    model.fit(X, y, sample_weight=np.linspace(0.5, 1, 90))
    assert model.parameters_.theta.dtype == dtype
    assert model.predict_proba(X).dtype == dtype
    assert model.predict_log_proba(X).dtype == dtype
    assert model.decision_function(X).dtype == dtype
    # The parameters set the precision, not what is predicted.
    other = np.float32 if dtype is np.float64 else np.float64
    assert model.predict_proba(X.astype(other)).dtype == dtype
    assert model.predict(X).dtype == y.dtype


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint16, np.float16, bool, "O"])
def test_other_numbers_are_taken_as_float64(dtype):
    X, y = table()
    X = (np.abs(X) > 0.7) if dtype is bool else (X * 20).round().astype("i8") % 100
    X = X.astype(dtype)
    model = classifier().fit(X, y)
    expected = classifier().fit(X.astype(np.float64), y)
    assert model.parameters_.theta.dtype == np.float64
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))


@pytest.mark.parametrize("standardize", [True, False], ids=["standardized", "raw"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_fit_changes_nothing_that_it_is_given(solver, standardize):
    X, y = table(3)
    w = np.where(np.arange(90) % 7 == 0, 0, np.linspace(1, 3, 90))
    arrays = X, y, w
    copies = [a.copy() for a in arrays]
    weights = {0: 2.0, 1: 0.5, 2: 1.0}
    settings = {"solver": solver, "standardize": standardize, "class_weight": weights}
    model = classifier(batch_size=20, **settings)
    arguments = model.get_params()
    model.fit(X, y, sample_weight=w, X_val=X, y_val=y, sample_weight_val=w)
    model.predict_proba(X)
    model.decision_function(X)
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    after = model.get_params()
    assert all(after[name] is arguments[name] for name in arguments)
    assert weights == {0: 2.0, 1: 0.5, 2: 1.0}
    # Nothing fitted is a view of what was given, either.
    for array in arrays:
        assert not np.shares_memory(model.parameters_.theta, array)
        assert not np.shares_memory(model.classes_, array)


@pytest.mark.parametrize("standardize", [True, False], ids=["standardized", "raw"])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_layout_of_X_makes_no_difference(layout, standardize):
    X, y = table(3)
    settings = {"activation": "tanh", "standardize": standardize, "batch_size": 20}
    expected = classifier(**settings).fit(X, y)
    y_and_w = read_only(y), read_only(np.ones(90))
    model = classifier(**settings).fit(layout(X), *y_and_w)
    P = expected.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(layout(X)), P, atol=1e-10)
    np.testing.assert_allclose(expected.predict_proba(layout(X)), P, atol=1e-12)
