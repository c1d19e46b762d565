"""Class labels as targets."""

import numpy as np
import pytest

from sknn2 import (
    ShallowNNClassifier,
)

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


LABELS = {
    "str": np.array(["no", "yes", "maybe", "never"]),
    "object str": np.array(["no", "yes", "maybe", "never"], object),
    "int": np.array([0, 1, 2, 3]),
    "negative int": np.array([-1, 1, -7, 5]),
    "large int": np.array([2**62, 2**62 + 1, -(2**62), 2**53 + 1]),
    "uint8": np.array([200, 3, 255, 0], np.uint8),
    "float": np.array([0.0, 1.0, 3.0, -2.0]),
    "float32": np.array([1.0, -1.0, 2.0, 4.0], np.float32),
}


@CLASSES
@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_labels_of_any_type(labels, n_classes):
    X, codes = table(n_classes)
    labels = labels[:n_classes]
    model = classifier().fit(X, labels[codes])
    np.testing.assert_array_equal(model.classes_, np.sort(labels), strict=True)
    predicted = model.predict(X)
    assert predicted.dtype == labels.dtype
    # What a label is called makes no difference, its rank among the labels does.
    ranks = labels.argsort().argsort()
    by_rank = classifier().fit(X, ranks[codes])
    np.testing.assert_array_equal(predicted, np.sort(labels)[by_rank.predict(X)])
    np.testing.assert_array_equal(model.predict_proba(X), by_rank.predict_proba(X))
    assert model.score(X, labels[codes]) == by_rank.score(X, ranks[codes])


def test_bool_labels():
    X, y = table()
    model = classifier().fit(X, y == 1)
    np.testing.assert_array_equal(model.classes_, [False, True], strict=True)
    assert model.predict(X).dtype == bool
    np.testing.assert_array_equal(model.predict(X), classifier().fit(X, y).predict(X))


@pytest.mark.parametrize(
    "wrap",
    [list, tuple, lambda y: y[:, np.newaxis]],
    ids=["list", "tuple", "column"],
)
@pytest.mark.filterwarnings("ignore:A column-vector y was passed")
def test_labels_in_other_containers(wrap):
    X, y = table(3)
    names = np.array(["c", "a", "b"])[y]
    expected = classifier().fit(X, names)
    model = classifier().fit(X, wrap(names))
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))


@CLASSES
def test_an_exact_tie_goes_to_the_first_class(n_classes):
    X, y = table(n_classes)
    model = classifier().fit(X, y)
    model.parameters_.theta[:] = 0
    np.testing.assert_allclose(model.predict_proba(X), 1 / n_classes)
    assert set(model.predict(X)) == {0}
