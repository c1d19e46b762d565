"""Laws that hold for any table: shapes, types, labels, weights, frames, orders."""

import numpy as np
import pytest

pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sknn2 import ShallowNNClassifier
from sknn2.network.activations import ACTIVATIONS
from sknn2.training.solvers import SOLVERS

LAW = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

WORDS = st.text("abcxyzäß ", min_size=1, max_size=6)
LABELS = st.one_of(
    st.lists(st.integers(-(2**62), 2**62), min_size=2, max_size=4, unique=True),
    st.lists(st.integers(-1000, 1000).map(float), min_size=2, max_size=4, unique=True),
    st.lists(WORDS, min_size=2, max_size=4, unique=True),
    st.lists(WORDS, min_size=2, max_size=4, unique=True).map(
        lambda words: np.array(words, object)
    ),
    st.just([False, True]),
)


@st.composite
def tables(draw, smooth=False):
    """Draw ``X, y, w, arguments``: rows, labels, weights or None, a classifier's."""
    labels = np.asarray(draw(LABELS))
    m = draw(st.integers(2 * labels.size, 30))
    n = draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rng.normal(size=(m, n))
    if draw(st.booleans()):
        # Columns of unlike scale and place, one of them of few values.
        X = 10.0 ** rng.integers(-6, 7, n) * (X + 10.0 ** rng.integers(-2, 4, n))
        X[:, 0] = rng.integers(-2, 3, m)
    X = X.astype(draw(st.sampled_from([np.float64, np.float32])))
    codes = np.append(np.arange(labels.size), rng.integers(labels.size, size=m))[:m]
    w = None
    if draw(st.booleans()):
        w = rng.choice([0, 0.1, 1, 2.5, 30], m)
        w[: labels.size] = 1
    solvers = ["sgd", "momentum", "nesterov"] if smooth else list(SOLVERS)
    activations = ["tanh", "sigmoid"] if smooth else list(ACTIVATIONS)
    arguments = {
        "hidden_units": draw(st.integers(0, 5)),
        "activation": draw(st.sampled_from(activations)),
        "solver": draw(st.sampled_from(solvers)),
        "batch_size": "full" if smooth else draw(st.sampled_from(["full", 1, 7])),
        "alpha": draw(st.sampled_from([0.0, 0.1, 1.0])),
        "class_weight": draw(st.sampled_from([None, "balanced"])),
        "max_iter": draw(st.integers(1, 5)),
        "tol": None,
        "random_state": draw(st.integers(0, 100)),
    }
    return X, labels[codes], w, arguments


def fitted(table):
    """Return the classifier that the table asks for, fitted to it."""
    X, y, w, arguments = table
    return ShallowNNClassifier(**arguments).fit(X, y, sample_weight=w)


def rounding(X):
    """Return how far apart two equal fits may be."""
    return 1e-7 if X.dtype == np.float64 else 2e-3


@LAW
@given(tables())
def test_probabilities_and_predictions(table):
    X, y, _, arguments = table
    model = fitted(table)
    P, log_P = model.predict_proba(X), model.predict_log_proba(X)
    n_classes = len(set(y.tolist()))
    # Classes are the labels, sorted.
    assert model.classes_.tolist() == sorted(set(y.tolist()))
    assert model.classes_.dtype == y.dtype
    assert P.shape == log_P.shape == (X.shape[0], n_classes)
    # Precision is that of X.
    assert P.dtype == log_P.dtype == X.dtype
    # Rows sum to one, everything is finite.
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=10 * np.finfo(X.dtype).eps)
    assert ((P >= 0) & (P <= 1)).all()
    np.testing.assert_allclose(np.exp(log_P), P, rtol=1e-4, atol=1e-6)
    assert np.isfinite(log_P).all()
    assert np.isfinite(model.decision_function(X)).all()
    assert np.isfinite(model.parameters_.theta).all()
    assert np.isfinite(model.loss_curve_).all()
    assert all(np.isfinite(a).all() for a in model.coefs_ + model.intercepts_)
    # The prediction is a most probable class.
    predicted = model.predict(X)
    assert predicted.dtype == y.dtype
    codes = np.searchsorted(model.classes_, predicted)
    np.testing.assert_array_equal(P[np.arange(X.shape[0]), codes], P.max(axis=1))
    # So many epochs ran, but L-BFGS may be at its goal before.
    assert model.loss_curve_.shape == (model.n_iter_,)
    if arguments["solver"] != "lbfgs":
        assert model.n_iter_ == arguments["max_iter"]


@LAW
@given(tables(), st.randoms(use_true_random=False))
def test_permuting_rows_permutes_predictions(table, random):
    X = table[0]
    model = fitted(table)
    order = np.array(random.sample(range(X.shape[0]), X.shape[0]))
    P = model.predict_proba(X)
    tol = 1e-12 if X.dtype == np.float64 else 1e-5
    np.testing.assert_allclose(model.predict_proba(X[order]), P[order], atol=tol)
    # And a table that is cut in two is predicted in two.
    cut = random.randint(1, X.shape[0] - 1)
    parts = [model.predict_proba(X[:cut]), model.predict_proba(X[cut:])]
    np.testing.assert_allclose(np.concatenate(parts), P, atol=tol)


@LAW
@given(tables(smooth=True), st.randoms(use_true_random=False))
def test_full_batches_do_not_know_the_order_of_rows(table, random):
    X, y, w, arguments = table
    order = np.array(random.sample(range(X.shape[0]), X.shape[0]))
    other = fitted((X[order], y[order], None if w is None else w[order], arguments))
    np.testing.assert_allclose(
        fitted(table).predict_proba(X), other.predict_proba(X), atol=rounding(X)
    )


@LAW
@given(tables(), st.sampled_from(["words", "numbers", "objects"]))
def test_renaming_labels_renames_predictions(table, kind):
    X, y, w, arguments = table
    names, codes = np.unique(y, return_inverse=True)
    # New names in the same order.
    new = {
        "words": np.array(["a", "bb", "c c", "d"]),
        "numbers": np.array([-5, 0, 7, 2**40]),
        "objects": np.array(["A", "B", "a", "é"], object),
    }[kind][: names.size]
    model = fitted(table)
    renamed = fitted((X, new[codes], w, arguments))
    np.testing.assert_array_equal(renamed.classes_, new)
    np.testing.assert_array_equal(renamed.predict_proba(X), model.predict_proba(X))
    predicted = new[np.searchsorted(names, model.predict(X))]
    np.testing.assert_array_equal(renamed.predict(X), predicted)


@LAW
@given(tables(smooth=True))
def test_order_of_two_classes_only_turns_the_sign(table):
    """Net of negative output weights, for labels whose order is turned."""
    X, y, w, arguments = table
    labels = np.unique(y)
    assume(labels.size == 2)
    # Logistic regression from zero: nothing random is left that has a sign.
    arguments = {**arguments, "hidden_units": 0, "init": "zeros"}
    codes = (y == labels[1]).astype(int)
    model = fitted((X, codes, w, arguments))
    turned = fitted((X, 1 - codes, w, arguments))
    np.testing.assert_allclose(
        turned.decision_function(X),
        -model.decision_function(X),
        rtol=rounding(X),
        atol=rounding(X),
    )


@LAW
@given(tables())
def test_the_same_again(table):
    X = table[0]
    a, b = fitted(table), fitted(table)
    np.testing.assert_array_equal(a.predict_proba(X), b.predict_proba(X))
    np.testing.assert_array_equal(a.loss_curve_, b.loss_curve_)


@LAW
@given(tables(), st.sampled_from(["pandas", "polars"]))
def test_frames_and_arrays_are_the_same(table, library):
    frames = pytest.importorskip(library)
    X, y, w, arguments = table
    names = [f"x{j}" for j in range(X.shape[1])]
    frame = frames.DataFrame(dict(zip(names, X.T, strict=True)))
    labels = frames.Series(y.tolist())
    weights = None if w is None else frames.Series(w)
    model = ShallowNNClassifier(**arguments).fit(frame, labels, sample_weight=weights)
    assert model.feature_names_in_.tolist() == names
    assert model.classes_.tolist() == np.unique(y).tolist()
    P = model.predict_proba(frame)
    assert P.dtype == X.dtype
    # The layout of a frame's memory rounds its means otherwise; first epochs are near.
    if arguments["solver"] in ("sgd", "momentum", "nesterov"):
        expected = fitted(table).predict_proba(X)
        np.testing.assert_allclose(P, expected, atol=rounding(X))


@LAW
@given(tables(), st.sampled_from([1e-3, 1.0, 1e3]), st.sampled_from([0.0, 10.0]))
def test_rows_of_weight_zero_are_not_there(table, scale, far):
    X, y, w, arguments = table
    assume(w is not None)
    model = fitted(table)
    keep = w > 0
    other = fitted((X[keep], y[keep], w[keep], arguments))
    np.testing.assert_array_equal(model.predict_proba(X), other.predict_proba(X))
    # Whatever stands in them.
    changed = np.where(keep[:, np.newaxis], X, (scale * X + far).astype(X.dtype))
    other = fitted((changed, y, w, arguments))
    np.testing.assert_array_equal(model.predict_proba(X), other.predict_proba(X))


@LAW
@given(tables(smooth=True), st.integers(-20, 20))
def test_units_of_measurement_make_no_difference(table, exponent):
    """Powers of two change no digit, so that only the standardisation is asked."""
    X = table[0].astype(np.float64)
    scale = 2.0**exponent
    model = fitted((X, *table[1:]))
    other = fitted((X * scale, *table[1:]))
    np.testing.assert_allclose(
        other.predict_proba(X * scale), model.predict_proba(X), rtol=1e-9
    )
