"""Generated tables of many shapes, for studies, benchmarks and tests.

``ZOO[name].table()`` is always the same ``(X, y)``; ``table(m)`` is a smaller or
larger one of the same kind.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import (
    make_circles,
    make_classification,
    make_gaussian_quantiles,
    make_hastie_10_2,
    make_moons,
)


@dataclass(frozen=True)
class Entry:
    """A kind of table.

    Parameters
    ----------
    name : str
    make : callable
        ``make(rng, m) -> X, y`` with a RandomState.
    m : int
        Rows, unless told otherwise.
    """

    name: str
    make: Callable
    m: int

    def table(self, m=None):
        """Return ``(X, y)`` with ``m`` rows."""
        rng = np.random.RandomState(zlib.crc32(self.name.encode()) % 2**31)
        return self.make(rng, m or self.m)


ZOO = {}


def entry(m, **variants):
    """Register a generator, once or for several values of its keyword."""

    def register(make):
        name = make.__name__
        if not variants:
            ZOO[name] = Entry(name, make, m)
        for keyword, values in variants.items():
            for value in values:

                def variant(rng, m, keyword=keyword, value=value):
                    return make(rng, m, **{keyword: value})

                title = f"{name}_{value}_{keyword}"
                ZOO[title] = Entry(title, variant, m)
        return make

    return register


def labels_of(score, rng, noise=0.5, classes=2):
    """Cut a noisy score into classes of equal size."""
    score = (score - score.mean()) / score.std() + noise * rng.randn(score.size)
    return np.argsort(np.argsort(score)) * classes // score.size


def curved(Z):
    """Return a score that no straight line describes (after Friedman)."""
    return 2 * np.sin(2 * Z[:, 0] * Z[:, 1]) + Z[:, 2] ** 2 + Z[:, 3] + 0.5 * Z[:, 4]


def scaled(Z, rng):
    """Give each column a scale of 1e-6 to 1e6 and an offset of many deviations."""
    scales = 10.0 ** rng.permutation(np.linspace(-6, 6, Z.shape[1]))
    return (Z + 1e3 * rng.randn(Z.shape[1])) * scales


# Problems with nothing, or little, to learn.


@entry(600, classes=(2, 5))
def noise(rng, m, classes):
    """Return labels that have nothing to do with X."""
    return rng.randn(m, 20), rng.permutation(np.arange(m) % classes)


@entry(1000)
def flipped_labels(rng, m):
    """Return an ordinary problem with a fifth of the labels drawn at random."""
    return make_classification(m, 20, n_informative=5, flip_y=0.4, random_state=rng)


@entry(2000)
def imbalanced(rng, m):
    """Return a problem whose second class has 5 % of the rows."""
    return make_classification(
        m, 20, n_informative=5, weights=[0.95], flip_y=0, random_state=rng
    )


# Linear problems, where logistic regression is the right answer.


@entry(1000)
def linear(rng, m):
    """Return noisy classes on the two sides of a plane."""
    X = rng.randn(m, 10)
    return X, labels_of(X @ rng.randn(10), rng)


@entry(300)
def linear_separable(rng, m):
    """Return classes on the two sides of a plane, without noise."""
    X = rng.randn(m, 10)
    return X, labels_of(X @ rng.randn(10), rng, noise=0)


@entry(600)
def linear_4_classes(rng, m):
    """Return four classes by four planes."""
    X = rng.randn(m, 8)
    return X, (X @ rng.randn(8, 4) + rng.randn(m, 4)).argmax(axis=1)


@entry(120)
def linear_wide(rng, m):
    """Return more columns than rows, of which ten count."""
    X = rng.randn(m, 300)
    return X, labels_of(X[:, :10].sum(axis=1), rng)


# Columns of all kinds.


@entry(2000)
def cauchy(rng, m):
    """Return Cauchy columns: no mean, no deviation."""
    X = rng.standard_cauchy((m, 8))
    return X, labels_of(curved(np.arctan(X)), rng)


@entry(2000)
def exponential(rng, m):
    """Return columns that are the exponentials of others."""
    Z = rng.randn(m, 8)
    return np.exp(2 * Z), labels_of(curved(Z), rng)


@entry(2000)
def cubed(rng, m):
    """Return Gaussian quantiles with cubed columns."""
    Z, y = make_gaussian_quantiles(
        n_samples=m, n_features=5, n_classes=3, random_state=rng
    )
    return Z**3, y


@entry(1000)
def irrelevant(rng, m):
    """Return five columns that count among a hundred that do not."""
    X = rng.randn(m, 105)
    return X, labels_of(curved(X), rng, noise=0.2)


@entry(1000)
def correlated(rng, m):
    """Return fifty columns that are mixtures of five."""
    Z = rng.randn(m, 5)
    return Z @ rng.randn(5, 50) + 0.1 * rng.randn(m, 50), labels_of(curved(Z), rng)


@entry(1000)
def constant_and_repeated(rng, m):
    """Return columns among which one is constant and one stands twice."""
    Z = rng.randn(m, 6)
    X = np.column_stack([Z, np.full(m, 7.0), Z[:, 0]])
    return X, labels_of(curved(Z), rng)


@entry(1500)
def one_hot(rng, m):
    """Return one-hot columns of categories, some levels rare, beside raw numbers."""
    X, score = [], np.zeros(m)
    for levels in (3, 5, 12, 40):
        p = 1 / np.arange(1, levels + 1)
        codes = rng.choice(levels, m, p=p / p.sum())
        X.append((codes[:, np.newaxis] == np.arange(levels)).astype(float))
        score += rng.randn(levels)[codes]
    Z = rng.randn(m, 3)
    score += Z[:, 0] * Z[:, 1] + Z[:, 2]
    X.append(np.array([1000.0, 0, -5]) + np.array([300.0, 1e-3, 20]) * Z)
    return np.hstack(X), labels_of(score, rng)


@entry(1000)
def scales(rng, m):
    """Return columns on scales of 1e-6 to 1e6, with offsets."""
    Z = rng.randn(m, 7)
    return scaled(Z, rng), labels_of(curved(Z), rng)


@entry(1000)
def scales_linear(rng, m):
    """Return the same on a linear problem."""
    Z = rng.randn(m, 7)
    return scaled(Z, rng), labels_of(Z @ rng.randn(7), rng)


# Shapes of classes.


@entry(2000, classes=(3, 5, 10, 20))
def clusters(rng, m, classes):
    """Return classes of two clusters each."""
    return make_classification(
        m,
        20,
        n_informative=8,
        n_classes=classes,
        class_sep=1.5,
        flip_y=0.02,
        random_state=rng,
    )


@entry(600)
def moons(rng, m):
    """Return two interleaved half-moons."""
    return make_moons(m, noise=0.25, random_state=rng)


@entry(600)
def circles(rng, m):
    """Return a circle within a circle."""
    return make_circles(m, noise=0.15, factor=0.5, random_state=rng)


@entry(1000)
def gaussian_quantiles(rng, m):
    """Return shells around the origin."""
    return make_gaussian_quantiles(
        n_samples=m, n_features=6, n_classes=3, random_state=rng
    )


@entry(2000)
def hastie(rng, m):
    """Return the ball of Hastie et al., 10 columns."""
    return make_hastie_10_2(m, random_state=rng)


# Sizes.


def sized(rng, m):
    """Return an ordinary curved problem."""
    X = rng.randn(m, 10)
    return X, labels_of(curved(X), rng)


for _m in (50, 100, 300, 10_000, 100_000):
    ZOO[f"sized_{_m}"] = Entry("sized", sized, _m)
