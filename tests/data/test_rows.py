"""Rows with their weights, and those that are held out."""

import numpy as np
import pytest
from family import make

from sknn2.data.rows import Rows, hold_out


def table(n_classes=2, m=80, seed=0):
    """Return X and labels that are mostly noise, so that a net soon overfits."""
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((m, 6)) * np.logspace(-1, 2, 6) + 3
    y = ((X[:, 0] - 3) * 10 + 2 * rng.standard_normal(m) > 0).astype(int)
    if n_classes > 2:
        y += (rng.uniform(size=m) > 0.5).astype(int) * (1 + np.arange(m) % 2)
    return X, np.unique(y, return_inverse=True)[1]


def network(kind="two classes", **params):
    """Return a small estimator that overfits soon."""
    deep = kind.startswith("deep")
    defaults = {
        **({"hidden_layer_sizes": (30, 5)} if deep else {"hidden_units": 30}),
        "activation": "tanh",
        "schedule": "constant",
        "batch_size": 20,
        "alpha": 1e-3,
        "learning_rate": 0.02,
        "max_iter": 60,
        "n_iter_no_change": 8,
        "random_state": 1,
    }
    return make(kind, **(defaults | params))


X, y = table()


class Held:
    """A scorer that keeps the rows that it is given."""

    def __call__(self, estimator, X, y, sample_weight=None):
        self.X, self.y, self.sample_weight = X, y, sample_weight
        return 0.0


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_the_hold_out_is_stratified(n_classes):
    rng = np.random.RandomState(0)
    sizes = [200, 100, 50, 20, 10][:n_classes]
    labels = rng.permutation(np.repeat(np.arange(n_classes), sizes))
    rows, held = rng.standard_normal((labels.size, 2)), Held()
    network(early_stopping=True, scoring=held, max_iter=9).fit(rows, labels)
    np.testing.assert_array_equal(np.bincount(held.y), [size // 10 for size in sizes])


def test_the_smallest_class_is_on_both_sides():
    labels, held = np.repeat([0, 1, 2], [40, 37, 3]), Held()
    network(early_stopping=True, scoring=held).fit(X, labels)
    assert set(held.y) == {0, 1, 2}
    assert (held.y == 2).sum() == 1


def test_a_class_of_one_row_cannot_be_held_out_and_is_named():
    labels = np.array(["common"] * 40 + ["frequent"] * 39 + ["rare"])
    with pytest.raises(ValueError, match="Class 'rare' has 1 row"):
        network(early_stopping=True).fit(X, labels)
    network(early_stopping=False, tol=None, max_iter=1).fit(X, labels)


def test_the_hold_out_follows_random_state():
    held = [Held(), Held(), Held()]
    for scorer, seed in zip(held, (0, 0, 1), strict=True):
        network(early_stopping=True, scoring=scorer, random_state=seed).fit(X, y)
    np.testing.assert_array_equal(held[0].X, held[1].X)
    assert not np.array_equal(held[0].X, held[2].X)


def test_a_warm_start_holds_out_the_same_rows():
    # Other rows would be rows that it has been trained on.
    held = Held()
    model = network(early_stopping=True, scoring=held, warm_start=True).fit(X, y)
    first = held.X
    model.fit(X, y)
    np.testing.assert_array_equal(held.X, first)


def rows(w=None, m=6):
    X = np.arange(2.0 * m).reshape(m, 2)
    return Rows(X, np.arange(m) % 3, np.arange(m) % 3, w)


@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_weights_are_relative_to_the_largest(scale):
    w = np.array([1.0, 2, 4, 1, 2, 4]) * scale
    found = rows(w).weighted_by_class(np.array([1.0, 0.5, 0.0]))
    assert found.y.tolist() == [0, 1, 0, 1]  # class 2 has weight zero
    np.testing.assert_allclose(found.w, [1, 1, 1, 1], rtol=1e-15)
    assert found.weight_scale == pytest.approx(scale)
    assert found.sum_w == pytest.approx(4 * scale)
    np.testing.assert_array_equal(found.X, rows().X[[0, 1, 3, 4]])


def test_no_product_of_weights_overflows():
    factors = np.array([1e300, 1e-300, 1.0])
    w, scale = rows(np.full(6, 1e300)).relative_weights(factors)
    np.testing.assert_allclose(w, [1, 0, 1e-300, 1, 0, 1e-300], rtol=1e-14)
    assert scale == np.finfo(float).max


def test_weights_that_are_all_zero_are_refused():
    with pytest.raises(ValueError, match="All rows have weight zero"):
        rows(np.ones(6)).relative_weights(np.zeros(3))


@pytest.mark.parametrize(("weight", "unit"), [(0.25, 0.25), (1.0, 1.0), (7.0, 1.0)])
def test_the_unit_of_weights_is_their_mean_and_at_most_1(weight, unit):
    found = rows(np.full(6, weight)).weighted_by_class(None)
    assert found.weight_unit == pytest.approx(unit)
    assert rows().weight_unit == 1


@pytest.mark.parametrize("strata", [None, np.arange(60) % 3])
@pytest.mark.parametrize("fraction", [0.01, 0.2, 0.99])
def test_a_row_is_trained_on_or_held_out(strata, fraction):
    whole = rows(np.ones(60), m=60)
    train, held = hold_out(whole, strata, fraction, seed=0)
    together = np.concatenate([train.X[:, 0], held.X[:, 0]])
    assert np.array_equal(np.sort(together), whole.X[:, 0])
    for part in (train, held):
        assert (np.diff(part.X[:, 0]) > 0).all()  # in the order of the data
        assert np.array_equal(part.y, part.X[:, 0] // 2 % 3)
    n = 60 if strata is None else 20
    share = min(max(round(fraction * n), 1), n - 1)
    counts = np.bincount(held.y) if strata is not None else [held.y.size]
    assert set(counts) == {share}
