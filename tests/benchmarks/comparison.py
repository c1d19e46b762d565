"""The table of docs/start.rst: sknn2 beside other classifiers, with their defaults.

    python tests/benchmarks/comparison.py [--folder FOLDER]

It runs on tables that anybody has without a network: those that ship with scikit-learn,
and examples/penguins.csv. FOLDER holds more tables as .npz files with ``X`` of shape
(m, n_features) and ``y``; at most 1,000 rows of each are used. LightGBM takes part if
it is installed. All is measured in one run and written to docs/comparison_results.rst.

``make_tabular_classifier`` takes each table as it is. The others take numbers: text as
one-hot columns and missing values as medians, and scaled where their documentation asks
for it. Times are CPU seconds of one thread, since other work may run on the machine.
"""

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import importlib.util
import time
import warnings
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from report import environment, table_of, write
from sklearn import datasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sknn2 import ShallowNNClassifier, ShallowNNClassifierCV, make_tabular_classifier

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "comparison_results.rst"
SMALLEST_PROBABILITY = 1e-7
"""Probabilities are clipped here for the log loss, those of all models alike."""
MOST_ROWS = 1000
US = "make_tabular_classifier"


def models(X, seed=0):
    """Return all models that take part, by name, for the columns of X."""
    steps = {
        "ShallowNNClassifierCV": [ShallowNNClassifierCV(random_state=seed)],
        "ShallowNNClassifier": [ShallowNNClassifier(random_state=seed)],
        "MLPClassifier, scaled": [StandardScaler(), MLPClassifier(random_state=seed)],
        "LogisticRegression, scaled": [
            StandardScaler(),
            LogisticRegression(max_iter=1000),
        ],
        "RandomForestClassifier": [RandomForestClassifier(random_state=seed)],
        "HistGradientBoostingClassifier": [
            HistGradientBoostingClassifier(random_state=seed)
        ],
    }
    if importlib.util.find_spec("lightgbm"):
        import lightgbm

        steps["LightGBM"] = [
            lightgbm.LGBMClassifier(random_state=seed, n_jobs=1, verbose=-1)
        ]
    found = {US: make_tabular_classifier(random_state=seed)}
    return found | {name: prepared(X, *steps[name]) for name in steps}


def prepared(X, *steps):
    """Return a pipeline that first makes numbers of a table, if it has others."""
    if X.notna().all(axis=None) and X.shape[1] == X.select_dtypes("number").shape[1]:
        return make_pipeline(*steps)
    text = make_column_selector(dtype_exclude="number")
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), text),
        remainder=SimpleImputer(strategy="median"),
        verbose_feature_names_out=False,
    )
    return make_pipeline(columns, *steps)


def bundled():
    """Return the tables that anybody has, by name."""
    tables = {}
    for name in ("breast_cancer", "digits", "iris", "wine"):
        data = getattr(datasets, f"load_{name}")(as_frame=True)
        tables[name] = data.data, data.target.to_numpy()
    penguins = pd.read_csv(ROOT / "examples" / "penguins.csv")
    species = np.unique(penguins.pop("species"), return_inverse=True)[1]
    return tables | {"penguins": (penguins, species)}


def from_folder(folder):
    """Return the tables of a folder, by name, with few rows each."""
    tables = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as arrays:
            X, y = arrays["X"].astype(float), arrays["y"]
        rows = np.random.default_rng(0).permutation(y.size)[:MOST_ROWS]
        X, y = X[rows], y[rows]
        many = np.isin(y, np.flatnonzero(np.bincount(y) >= 10))
        y = np.unique(y[many], return_inverse=True)[1]
        names = [f"column {j}" for j in range(X.shape[1])]
        tables[path.stem] = pd.DataFrame(X[many], columns=names), y
    return tables


def measure(tables, n_splits):
    """Return what each model reached on each table: losses, hits and seconds."""
    found = {}
    for table, (X, y) in tables.items():
        folds = StratifiedKFold(n_splits, shuffle=True, random_state=0)
        outcomes = {name: ([], [], [], []) for name in models(X)}
        for seed, (train, test) in enumerate(folds.split(X, y)):
            for name, model in models(X, seed).items():
                outcome = fit_and_predict(model, X, y, train, test)
                for values, value in zip(outcomes[name], outcome, strict=True):
                    values.append(value)
        found[table] = {
            name: {
                "losses": np.concatenate(losses),
                "hits": np.concatenate(hits),
                "fit": np.mean(fits),
                "predict": np.median(predictions),
            }
            for name, (losses, hits, fits, predictions) in outcomes.items()
        }
        print(table, flush=True)
    return found


def fit_and_predict(model, X, y, train, test):
    """Return the loss and hit of each test row, and the seconds of both steps."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        started = time.process_time()
        model.fit(X.iloc[train], y[train])
        fit = time.process_time() - started
        P = model.predict_proba(X.iloc[test])
        hundred = X.iloc[np.resize(test, 100)]
        predictions = []
        for _ in range(5):
            started = time.process_time()
            model.predict_proba(hundred)
            predictions.append(time.process_time() - started)
    right = P[np.arange(test.size), y[test]]
    losses = -np.log(np.clip(right, SMALLEST_PROBABILITY, 1))
    return losses, P.argmax(axis=1) == y[test], fit, min(predictions)


def mean(found, name, key):
    """Return the mean over tables of the mean of a table."""
    return float(np.mean([outcomes[name][key].mean() for outcomes in found.values()]))


def summary(found, more):
    """Return the table of all models; ``more`` holds the tables of the folder."""
    header = ["model", "accuracy", "log loss", "fit, s", "predict 100 rows, ms"]
    if more:
        header += [f"{len(more)} tables: accuracy", "log loss "]
    rows = []
    for name in next(iter(found.values())):
        row = [
            f"**{name}**" if name == US else name,
            f"{mean(found, name, 'hits'):.4f}",
            f"{mean(found, name, 'losses'):.4f}",
            f"{mean(found, name, 'fit'):.2f}",
            f"{1000 * mean(found, name, 'predict'):.1f}",
        ]
        if more:
            row += [f"{mean(more, name, key):.4f}" for key in ("hits", "losses")]
        rows.append(row)
    return table_of(header, rows)


def table_by_table(found):
    """Return log loss and accuracy of each model on each table."""
    rows = [
        (
            name,
            *(
                f"{outcomes[name]['losses'].mean():.3f} / "
                f"{outcomes[name]['hits'].mean():.3f}"
                for outcomes in found.values()
            ),
        )
        for name in next(iter(found.values()))
    ]
    return table_of(("log loss / accuracy", *found), rows)


def losses_of_ours(found):
    """Return where another model is better than ours, by more than rows explain."""
    rows = []
    for table, outcomes in found.items():
        ours = outcomes[US]
        for name, other in outcomes.items():
            for key, sign, of in (("losses", 1, "log loss"), ("hits", -1, "accuracy")):
                ahead = sign * (ours[key].astype(float) - other[key])
                error = ahead.std() / np.sqrt(ahead.size)
                if ahead.mean() > max(2 * error, 0.001):
                    rows.append(
                        (
                            table,
                            name,
                            of,
                            f"{other[key].mean():.3f}",
                            f"{ours[key].mean():.3f}",
                        )
                    )
    if not rows:
        return "No model is better by more than two standard errors on any table.\n"
    return table_of(("table", "model", "measure", "it has", US), rows)


def main():
    """Read the command line, measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    found = measure(bundled(), n_splits=10)
    more = {}
    if arguments.folder:
        more = measure(from_folder(arguments.folder), n_splits=3)
    lightgbm = ""
    if importlib.util.find_spec("lightgbm"):
        lightgbm = f"lightgbm {importlib.import_module('lightgbm').__version__}, "
    script = Path(__file__).name
    today = date.today()
    top = f"{environment(script, lightgbm)} Day: {today.day} {today:%B %Y}."
    sections = {
        "summary": f"{summary(found, more)}\n{top}",
        "tables": table_by_table(found),
        "behind": losses_of_ours({**found, **more}),
    }
    write(arguments.out, script, top, list(sections), sections)


if __name__ == "__main__":
    main()
