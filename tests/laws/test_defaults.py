"""What a fit does that is told nothing: silent, good, the same on any scale."""

import ast
import inspect
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
)
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn2 import ShallowNNClassifier
from sknn2.training.lbfgs import LBFGS
from sknn2.training.solvers import SOLVERS

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
ZOO = runpy.run_path(str(BENCHMARKS / "zoo.py"))["ZOO"]


def terciles(return_X_y):
    """Return the diabetes data with its target cut in three."""
    X, target = load_diabetes(return_X_y=return_X_y, scaled=False)
    return X, np.searchsorted(np.quantile(target, [1 / 3, 2 / 3]), target)


BUNDLED = {
    "breast_cancer": load_breast_cancer,
    "diabetes": terciles,
    "digits": load_digits,
    "iris": load_iris,
    "wine": load_wine,
}
each_bundled = pytest.mark.parametrize("load", BUNDLED.values(), ids=BUNDLED)
each_of_the_zoo = pytest.mark.parametrize("kind", ZOO.values(), ids=ZOO)


def rows_of(kind, most):
    """Return at most so many rows of a generated table, each class among them."""
    X, y = kind.table(min(kind.m, most))
    assert np.unique(y, return_counts=True)[1].min() >= 2
    return X, y


# Silent (warnings are errors in this suite) and good


@each_bundled
def test_bundled_data(load):
    X, y = load(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, stratify=y, random_state=0
    )
    model = ShallowNNClassifier(random_state=0).fit(X_train, y_train)
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    rival = linear.fit(X_train, y_train).score(X_test, y_test)
    # Two rows of luck among the 38 of the smallest test set.
    assert model.score(X_test, y_test) > rival - 0.06


@each_of_the_zoo
def test_zoo(kind):
    X, y = rows_of(kind, 300)
    model = ShallowNNClassifier(random_state=0).fit(X, y)
    P = model.predict_proba(X)
    assert np.isfinite(P).all()
    np.testing.assert_allclose(P.sum(axis=1), 1)
    # It has learnt: what it was shown is likelier than by the class frequencies.
    frequencies = np.broadcast_to(np.unique(y, return_counts=True)[1] / y.size, P.shape)
    assert log_loss(y, P) < log_loss(y, frequencies)


@each_of_the_zoo
def test_not_worse_than_logistic_regression(kind):
    # Tolerance: two points of accuracy, and two standard errors of the
    # difference over the rows of one cross-validation.
    X, y = rows_of(kind, 300)
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    ours, its = (
        cross_val_predict(model, X, y, cv=3) == y
        for model in (ShallowNNClassifier(random_state=0), linear)
    )
    difference = ours.astype(float) - its
    assert difference.mean() > -0.02 - 2 * stats.sem(difference)


CURVED = ("moons", "circles", "gaussian_quantiles", "hastie", "clusters_5_classes")


@pytest.mark.parametrize("name", CURVED)
def test_better_than_logistic_regression_where_lines_fail(name):
    X, y = rows_of(ZOO[name], 600)
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    ours, its = (
        log_loss(y, cross_val_predict(model, X, y, cv=3, method="predict_proba"))
        for model in (ShallowNNClassifier(random_state=0), linear)
    )
    assert ours < 0.9 * its


# Raw, shifted and scaled columns


def shifted(X, rng):
    return X + X.std(axis=0) * 10 ** rng.uniform(0, 6, X.shape[1])


def rescaled(X, rng):
    return X * 10.0 ** rng.uniform(-6, 6, X.shape[1])


FORMS = {
    "raw": lambda X, rng: X,
    "shifted": shifted,
    "scaled": rescaled,
    "scaled and shifted": lambda X, rng: shifted(rescaled(X, rng), rng),
}
TABLES = {
    "breast_cancer": lambda: load_breast_cancer(return_X_y=True),
    "wine": lambda: load_wine(return_X_y=True),
    "scales": lambda: ZOO["scales"].table(400),
    "one_hot": lambda: ZOO["one_hot"].table(400),
}


@pytest.mark.parametrize("change", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("load", TABLES.values(), ids=TABLES)
def test_columns_as_they_come(load, change):
    X, y = load()
    X_train, X_test, y_train, y_test = train_test_split(
        change(X, np.random.default_rng(0)), y, stratify=y, random_state=0
    )
    raw = ShallowNNClassifier(random_state=0).fit(X_train, y_train)
    mean, scale = X_train.mean(axis=0), X_train.std(axis=0)
    for j, column in enumerate(X_train.T):
        if np.unique(column).size == 2:
            scale[j] = np.ptp(column) / 2
    # Columns that are constant in the rows for training must not act on others.
    factor = np.where(np.ptp(X_train, axis=0) > 0, 1 / np.maximum(scale, 1e-300), 0)
    by_hand = ShallowNNClassifier(standardize=False, random_state=0)
    by_hand = by_hand.fit((X_train - mean) * factor, y_train)
    expected = by_hand.score((X_test - mean) * factor, y_test)
    assert abs(raw.score(X_test, y_test) - expected) <= 0.01


def test_mixed_columns_beside_numbers_scaled_by_hand():
    X, y = ZOO["one_hot"].table()
    numbers = ~np.all((X == 0) | (X == 1), axis=0)
    assert numbers.sum() == 3
    prepared = X.copy()
    prepared[:, numbers] = StandardScaler().fit_transform(X[:, numbers])
    raw, by_hand = (
        (cross_val_predict(model, X, y, cv=3) == y).astype(float)
        for model, X in (
            (ShallowNNClassifier(random_state=0), X),
            (ShallowNNClassifier(standardize=False, random_state=0), prepared),
        )
    )
    assert (raw - by_hand).mean() > -0.01 - 2 * stats.sem(raw - by_hand)


# The rules of "auto", as the docstring has them


def small_table(m, n=3):
    """Return rows and labels."""
    rng = np.random.default_rng(m)
    X = rng.normal(size=(m, n))
    return X, (X[:, 0] + 0.3 * rng.normal(size=m) > 0).astype(int)


def fitted(m, **settings):
    """Return theta and the number of epochs, without stopping."""
    model = ShallowNNClassifier(
        **{"hidden_units": 4, "tol": None, "random_state": 0, **settings}
    ).fit(*small_table(m))
    return model.parameters_.theta, model.n_iter_


def alike(m, one, other):
    """Return whether two settings train in the same way, bit for bit."""
    (theta, epochs), (other_theta, other_epochs) = fitted(m, **one), fitted(m, **other)
    return np.array_equal(theta, other_theta) and epochs == other_epochs


def documented(parameter):
    """Return what the docstring says of a parameter, on one line."""
    doc = inspect.getdoc(ShallowNNClassifier)
    (text,) = re.findall(rf"^{parameter} : .*\n((?: .*\n)+)", doc, re.M)
    return " ".join(text.split())


RATES = {
    solver: float(rate)
    for rate, solvers in re.findall(
        r"([\d.]+) for (\w+(?:, \w+)*(?: and \w+)?)", documented("learning_rate")
    )
    for solver in re.split(", | and ", solvers)
}


def test_the_docstring_gives_every_solver_a_rate():
    assert set(RATES) == {n for n, s in SOLVERS.items() if not isinstance(s, LBFGS)}


def test_nothing_switches_between_10_and_100_rows():
    # A table of ten rows and the same with each row ten times: one training.
    X, y = small_table(10)
    few = ShallowNNClassifier(random_state=0)
    few = few.fit(X, y, sample_weight=np.full(10, 10))
    many = ShallowNNClassifier(random_state=0).fit(np.repeat(X, 10, 0), y.repeat(10))
    assert few.n_iter_ == many.n_iter_
    np.testing.assert_allclose(few.predict_proba(X), many.predict_proba(X), atol=1e-6)


def test_the_docstring_has_the_defaults_of_the_signature():
    doc = inspect.getdoc(ShallowNNClassifier)
    found = dict(
        re.findall(r"^(\w+) : (?:[^\n]*\n +)*?[^\n]*default=(\S+)$", doc, re.M)
    )
    parameters = inspect.signature(ShallowNNClassifier).parameters.values()
    assert {name: ast.literal_eval(value) for name, value in found.items()} == {
        parameter.name: parameter.default for parameter in parameters
    }


# The study


PARTS = {
    "study_defaults.py": ("choose", "penalty", "judge", "zoo", "invariance", "growth"),
    "study_cv.py": ("choose", "judge", "zoo", "growth"),
}


@pytest.mark.parametrize("study", PARTS)
def test_the_study_runs(study, tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        X, y = small_table(90)
        X[:, 1] = rng.integers(0, 2, 90)
        np.savez(tmp_path / f"{name}.npz", X=X, y=y)
    out = tmp_path / "results.rst"
    out.write_text("measured elsewhere\n\n.. begin growth\n\nold\n\n.. end growth\n")

    def run(*arguments):
        script = BENCHMARKS / study
        command = [sys.executable, script, tmp_path, "--quick", "--out", out]
        ended = subprocess.run(
            [*command, *arguments], check=False, capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stderr
        assert "Warning" not in ended.stderr
        return out.read_text()

    first = run()
    for part in PARTS[study]:
        section = first.partition(f".. begin {part}\n")[2].partition(f".. end {part}")
        assert "====" in section[0], part
    assert "old" not in first
    again = run("--part", "growth")
    assert (
        again.partition(".. begin growth")[0] == first.partition(".. begin growth")[0]
    )
    assert again.count(".. end growth\n") == 1
