"""What must not grow: memory with rows and classes, calls of Python with columns."""

import sys
import tracemalloc

import numpy as np
import pytest
from family import CLASSIFIERS, KINDS, make, targets

from sknn2 import DeepNNClassifier, PiecewiseLinearEncoder, ShallowNNClassifier

MB = 2**20


def peak_of(call):
    """Return the memory that a call takes at most beyond what it found."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def calls_of(call):
    """Return how many functions written in Python a call calls."""
    count = 0

    def note(frame, event, arg):
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("kind", ["plain", "mostly one value", "missing"])
def test_no_call_for_each_column(kind):
    X = np.random.default_rng(0).standard_normal((30, 1000))
    if kind != "plain":
        X[X < 0.8] = 0 if kind == "mostly one value" else np.nan
    encoder = PiecewiseLinearEncoder()
    encoder.fit(X).transform(X)  # imports and caches
    few, many = (
        calls_of(lambda n=n: encoder.fit(X[:, :n]).transform(X[:, :n]))
        for n in (300, 1000)
    )
    assert many < few + 100


@pytest.mark.parametrize("kind", KINDS)
def test_weight_zero_is_no_row_in_a_table_that_is_not_copied(monkeypatch, kind):
    X = np.random.default_rng(0).standard_normal((900, 4))
    y = targets(kind, X)
    w = np.random.default_rng(1).integers(1, 3, 900).astype(float)
    w[[3, 100, 899]] = 0
    there = w > 0
    monkeypatch.setattr("sknn2.inputs.selected_rows.COPY_LIMIT", 0)
    monkeypatch.setattr("sknn2.inputs.reader.COPY_LIMIT", 0)
    arguments = {"max_iter": 2, "tol": None, "random_state": 0, "early_stopping": True}
    with_zeros = make(kind, **arguments).fit(X, y, sample_weight=w)
    without = make(kind, **arguments).fit(X[there], y[there], sample_weight=w[there])
    np.testing.assert_array_equal(
        with_zeros.parameters_.theta, without.parameters_.theta
    )
    np.testing.assert_array_equal(
        with_zeros.validation_scores_, without.validation_scores_
    )


@pytest.mark.parametrize("order", ["C", "F"])
def test_neither_weight_zero_nor_the_order_copies_a_large_table(order):
    X = np.zeros((150_000, 40), order=order)  # 46 MB
    X[:, 0] = np.arange(150_000) % 7
    y = X[:, 0] > 3
    w = np.ones(150_000)
    w[5] = 0
    model = ShallowNNClassifier(
        8, batch_size="full", solver="momentum", max_iter=1, tol=None, random_state=0
    )
    model.fit(X[:1000], y[:1000])  # imports and caches
    assert peak_of(lambda: model.fit(X, y, sample_weight=w)) < 24 * MB


def test_memory_of_many_classes_is_that_of_a_block():
    y = np.arange(40_000) % 2000  # one-hot columns: 320 MB in float32
    X = np.random.default_rng(0).standard_normal((40_000, 3)).astype(np.float32)
    model = ShallowNNClassifier(
        4, early_stopping=True, max_iter=1, tol=None, random_state=0
    )
    assert peak_of(lambda: model.fit(X, y)) < 96 * MB
    assert peak_of(lambda: model.predict(X)) < 96 * MB


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_predictions_in_parts_are_those_of_the_whole(monkeypatch, kind):
    X = np.random.default_rng(0).standard_normal((5000, 3))
    model = make(kind, max_iter=1, tol=None, random_state=0).fit(X, targets(kind, X))
    whole = model.predict(X)
    monkeypatch.setattr("sknn2.estimators.base.COPY_LIMIT", 1)
    np.testing.assert_array_equal(model.predict(X), whole)


@pytest.mark.parametrize("cls", [ShallowNNClassifier, DeepNNClassifier])
@pytest.mark.parametrize(
    "arguments",
    [
        {"early_stopping": True},
        {"batch_size": "full", "solver": "momentum", "n_jobs": 2},
        {"solver": "lbfgs"},
        {"class_weight": "balanced"},
    ],
)
def test_one_hot_targets_made_by_batch_train_the_same_to_the_last_bit(
    monkeypatch, cls, arguments
):
    X = np.random.default_rng(0).standard_normal((3000, 4))
    y = np.digitize(X[:, 0] + X[:, 1] ** 2, [0, 0.5, 1])
    thetas = []
    for many in (1, 10**9):
        monkeypatch.setattr("sknn2.fitting.objective_of_rows.MANY_CLASSES", many)
        model = cls(max_iter=2, tol=None, random_state=0, **arguments).fit(X, y)
        thetas.append(model.parameters_.theta)
    np.testing.assert_array_equal(*thetas)
