"""The study behind the defaults of the regressors and of the deep nets.

    python tests/benchmarks/study_family.py FOLDER

FOLDER holds tables as .npz files with ``X`` of shape (m, n_features) and ``y``, as
for ``study_defaults.py``. For regression one numeric column of each is predicted from
the others; data of scikit-learn and made ones are added. Tables are sorted by name
and dealt out in turn: the first, third, ... are for choosing, the others for judging.

The error of a regression is the root mean squared error in percent of the target's
deviation (100 is the mean alone), that of a classifier the log loss in hundredths.
Differences are paired, table by table, with their standard errors. The results are
written as reStructuredText, by default to docs/family_results.rst.
"""

import argparse
import os
import time
import warnings
from functools import partial
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from sklearn import datasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import RidgeCV
from sklearn.metrics import log_loss
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn2 import (
    DeepNNClassifier,
    DeepNNRegressor,
    ShallowNNClassifier,
    ShallowNNRegressor,
)

RESULTS = Path(__file__).parents[2] / "docs" / "family_results.rst"
MOST_ROWS = 2000


def real_tables(folder):
    """Return name -> (X, labels) of the tables without missing values."""
    tables = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as arrays:
            X, y = arrays["X"].astype(float), arrays["y"]
        if np.isfinite(X).all():
            tables[path.stem] = X, y
    return tables


def regression_tables(folder):
    """Return name -> (X, target), sorted by name."""
    rng = np.random.RandomState(0)
    tables = {"diabetes": datasets.load_diabetes(return_X_y=True)}
    for m in (200, 1500):
        tables[f"friedman1 {m}"] = datasets.make_friedman1(
            m + 500, noise=1.0, random_state=0
        )
    tables["friedman2"] = datasets.make_friedman2(1000, noise=50.0, random_state=0)
    tables["friedman3"] = datasets.make_friedman3(1000, noise=0.1, random_state=0)
    for name, n, noise, n_targets in (
        ("linear", 20, 50.0, 1),
        ("linear clean", 50, 5.0, 1),
        ("linear 3 outputs", 12, 30.0, 3),
    ):
        tables[name] = datasets.make_regression(
            500, n, n_informative=8, n_targets=n_targets, noise=noise, random_state=0
        )
    tables["noise"] = rng.randn(400, 10), rng.randn(400)
    X = rng.randn(1500, 6)
    Y = np.stack([np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2], np.abs(X[:, 3])], axis=1)
    tables["smooth 2 outputs"] = X, Y + 0.2 * rng.randn(1500, 2)
    for name, (X, _) in real_tables(folder).items():
        values = [np.unique(column).size for column in X.T]
        numeric = [j for j, n in enumerate(values) if n >= min(30, len(X) // 4)]
        if len(values) < 3 or not numeric:
            continue
        j = numeric[len(numeric) // 2]
        y = X[:, j]
        if y.min() >= 0 and y.max() > 20 * np.median(y):
            y = np.log1p(y)
        tables[f"real {name}"] = np.delete(X, j, axis=1), y
    return dict(sorted(tables.items()))


def class_tables(folder):
    """Return name -> (X, labels), without classes too small to split."""
    tables = {}
    for name, (X, y) in real_tables(folder).items():
        classes, counts = np.unique(y, return_counts=True)
        keep = np.isin(y, classes[counts >= 10])
        tables[name] = X[keep], y[keep]
    return tables


def regression_error(model, X, y, train):
    """Return the root mean squared error in percent of the target's deviation."""
    squares = (y - model.predict(X)) ** 2 / np.var(train, axis=0)
    return min(100 * np.sqrt(squares.mean()), 200.0)


def class_error(model, X, y, train):
    """Return the log loss in hundredths."""
    P = np.clip(model.predict_proba(X), 1e-7, 1)
    return 100 * log_loss(y, P / P.sum(axis=1, keepdims=True), labels=np.unique(train))


def compare(candidates, tables, error, splitter, repeats):
    """Return name -> (errors of each table, CPU seconds)."""
    errors = {name: [] for name in candidates}
    seconds = dict.fromkeys(candidates, 0.0)
    for X, y in tables.values():
        m = len(y)
        sizes = {"train_size": min(2 * m // 3, MOST_ROWS), "test_size": m // 3}
        found = {name: [] for name in candidates}
        for k, (train, test) in enumerate(
            splitter(repeats, random_state=0, **sizes).split(X, y)
        ):
            for name, make in candidates.items():
                started = time.process_time()
                model = make(k).fit(X[train], y[train])
                seconds[name] += time.process_time() - started
                found[name].append(error(model, X[test], y[test], y[train]))
        for name, values in found.items():
            errors[name].append(np.mean(values))
    return {name: (np.array(errors[name]), seconds[name]) for name in candidates}


def rows_of(results):
    """Return the lines of a table: mean, difference from the first, seconds."""
    (first, _) = next(iter(results.values()))
    width = max(map(len, results)) + 2
    rule = f"{'=' * width}  =======  ===============  =======  ========"
    lines = [rule, f"{'setting':{width}}  mean     difference       median   seconds"]
    lines.append(rule)
    for name, (errors, seconds) in results.items():
        d = errors - first
        mean, deviation = d.mean(), d.std(ddof=1) / np.sqrt(d.size)
        difference = "" if errors is first else f"{mean:+.2f} ± {deviation:.2f}"
        median = "" if errors is first else f"{np.median(d):+.2f}"
        lines.append(
            f"{name:{width}}  {errors.mean():7.2f}  {difference:15}  {median:7}  "
            f"{seconds:8.1f}"
        )
    return [*lines, rule, ""]


class ByColumns:
    """A regressor whose penalty is a share of the columns, within limits."""

    def __init__(self, seed, share, low, high):
        self.seed, self.share, self.low, self.high = seed, share, low, high

    def fit(self, X, y):
        """Fit with the penalty of this table."""
        alpha = min(max(self.share * X.shape[1], self.low), self.high)
        self.model = ShallowNNRegressor(alpha=alpha, random_state=self.seed).fit(X, y)
        self.predict = self.model.predict
        return self


def seeded(cls, *arguments, **settings):
    """Return what makes a model from a seed."""
    return lambda seed: cls(*arguments, random_state=seed, **settings)


def penalties():
    """Return rules and constants for the penalty of a regression."""
    candidates = {"auto": seeded(ShallowNNRegressor)}
    for alpha in (0.3, 1, 3, 5, 10, 20):
        candidates[f"{alpha} for every table"] = seeded(ShallowNNRegressor, alpha=alpha)
    for share, low, high in ((0.25, 3, 30), (0.5, 3, 30), (0.5, 5, 30), (1, 3, 30)):
        name = f"{share} columns, {low} to {high}"
        candidates[name] = partial(ByColumns, share=share, low=low, high=high)
    return candidates


def settings_of_regression():
    """Return other values of the settings of ShallowNNRegressor."""
    others = {
        "another seed": None,
        "hidden_units=50": {"hidden_units": 50},
        "hidden_units=200": {"hidden_units": 200},
        "activation=tanh": {"activation": "tanh"},
        "learning_rate=0.01": {"learning_rate": 0.01},
        "learning_rate=0.03": {"learning_rate": 0.03},
        "half the epochs": {"max_iter": 20},
        "twice the epochs": {"max_iter": 80},
        "constant rate": {"schedule": "constant", "learning_rate": 0.005},
        "solver=sgd": {"solver": "sgd"},
        "solver=nesterov": {"solver": "nesterov"},
        "early_stopping": {"early_stopping": True},
    }
    candidates = {"defaults": seeded(ShallowNNRegressor)}
    for name, settings in others.items():
        if settings is None:
            candidates[name] = lambda seed: ShallowNNRegressor(random_state=seed + 99)
        else:
            candidates[name] = seeded(ShallowNNRegressor, **settings)
    return candidates


def depths(deep, shallow):
    """Return shallow and deep nets of several sizes and rates."""
    candidates = {"shallow": seeded(shallow)}
    for sizes in ((50, 50), (100, 50), (100, 100), (50, 50, 50)):
        candidates[f"{sizes}"] = seeded(deep, sizes)
    for rate in (0.02, 0.005):
        candidates[f"(50, 50), rate {rate}"] = seeded(
            deep, (50, 50), learning_rate=rate
        )
    return candidates


def others():
    """Return our defaults beside those of others."""
    mlp = make_pipeline(StandardScaler(), MLPRegressor(max_iter=500, random_state=0))
    return {
        "ShallowNNRegressor": seeded(ShallowNNRegressor),
        "DeepNNRegressor": seeded(DeepNNRegressor),
        "MLPRegressor, X and y scaled": lambda seed: TransformedTargetRegressor(
            mlp, transformer=StandardScaler()
        ),
        "RidgeCV, X scaled": lambda seed: make_pipeline(StandardScaler(), RidgeCV()),
        "RandomForestRegressor": seeded(RandomForestRegressor),
    }


def main():
    """Run the parts and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    regression = regression_tables(arguments.folder)
    classes = class_tables(arguments.folder)
    halves = [
        {name: tables[name] for name in list(tables)[start::2]}
        for tables in (regression, classes)
        for start in (0, 1)
    ]
    parts = {
        "The penalty of a regression": (penalties(), halves[0]),
        "Other settings of ShallowNNRegressor": (settings_of_regression(), halves[0]),
        "Depth in regression": (depths(DeepNNRegressor, ShallowNNRegressor), halves[0]),
        "Depth in classification": (
            depths(DeepNNClassifier, ShallowNNClassifier),
            halves[2],
        ),
        "Judged: regressors": (others(), halves[1]),
        "Judged: deep classifiers": (
            {
                "ShallowNNClassifier": seeded(ShallowNNClassifier),
                "DeepNNClassifier": seeded(DeepNNClassifier),
            },
            halves[3],
        ),
    }
    lines = ["Figures of the family", "=====================", ""]
    lines += [f".. Written by {Path(__file__).name}: do not edit.", ""]
    for title, (candidates, tables) in parts.items():
        of_classes = "class" in title
        results = compare(
            candidates,
            tables,
            class_error if of_classes else regression_error,
            StratifiedShuffleSplit if of_classes else ShuffleSplit,
            arguments.repeats,
        )
        lines += [title, "-" * len(title), "", f"{len(tables)} tables.", ""]
        lines += rows_of(results)
        print("\n".join(lines[-len(results) - 8 :]), flush=True)
    arguments.out.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
