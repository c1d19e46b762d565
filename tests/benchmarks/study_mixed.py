"""The study of raw tables: frames as they are, beside forests and boosting.

    python tests/benchmarks/study_mixed.py MIXED --numeric NUMERIC --cache CACHE

MIXED holds raw tables and ``load.py`` with three functions: ``classification()`` and
``regression()`` return names, ``load(name, most)`` returns a pandas frame and its
target. NUMERIC holds tables as for ``study_defaults.py``. Each fit is kept in a file of
CACHE, and is not run again. The results are written to docs/mixed_results.rst: those of
all tables on which every model that was asked for has finished.

Our pipelines take the frame as it is. The others take it as their documentation says:
boosting has categories and missing values, and forests one-hot columns and medians. A
date is a number of days for all of them, and HistGradientBoosting has the levels beyond
the 250 most frequent ones as one.
"""

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import importlib.util
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from report import environment, table_in_file, table_of
from sklearn import ensemble
from sklearn.base import is_classifier
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from study_defaults import (
    SMALLEST_PROBABILITY,
    mean_and_error,
    points,
    without_tiny_classes,
)

from sknn2 import make_tabular_classifier, make_tabular_regressor

RESULTS = Path(__file__).parents[2] / "docs" / "mixed_results.rst"
US = "ours"
PACKAGES = {"LightGBM": "lightgbm", "XGBoost": "xgboost", "CatBoost": "catboost"}
PEERS = ("RandomForest", "ExtraTrees", "HistGradientBoosting", *PACKAGES)
MEASURES = {
    "classes": "log loss",
    "numeric": "log loss",
    "regression": "RMSE over deviation",
}


# The models


def model_of(name, X, y):
    """Return a model by its name, for the columns of X and the kind of y."""
    classes = y.dtype.kind in "iu"
    if name == US:
        make = make_tabular_classifier if classes else make_tabular_regressor
        return make(random_state=0)
    kind = "Classifier" if classes else "Regressor"
    categories = list(X.columns[X.dtypes == "category"])
    if name in ("RandomForest", "ExtraTrees"):
        one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        columns = make_column_transformer(
            (one_hot, categories),
            remainder=SimpleImputer(strategy="median", keep_empty_features=True),
        )
        return make_pipeline(columns, getattr(ensemble, name + kind)(random_state=0))
    if name == "HistGradientBoosting":
        return getattr(ensemble, name + kind)(random_state=0)
    if name == "LightGBM":
        import lightgbm

        return getattr(lightgbm, "LGBM" + kind)(random_state=0, n_jobs=1, verbose=-1)
    if name == "XGBoost":
        import xgboost

        return getattr(xgboost, "XGB" + kind)(
            random_state=0, n_jobs=1, enable_categorical=True
        )
    import catboost

    model = getattr(catboost, "CatBoost" + kind)(
        random_state=0,
        thread_count=1,
        verbose=0,
        allow_writing_files=False,
        cat_features=categories,
    )
    return make_pipeline(FunctionTransformer(with_text), model)


def for_peers(X):
    """Return a frame with days for dates, and names that every library takes."""
    X = X.set_axis([f"c{j}" for j in range(X.shape[1])], axis=1)
    for name in X.columns[X.dtypes == "datetime64[ns]"].union(
        X.columns[X.dtypes == "datetime64[us]"]
    ):
        X[name] = (X[name] - pd.Timestamp("2000-01-01")) / pd.Timedelta(days=1)
    return X


def with_few_levels(X):
    """Return a frame whose categories have at most 251 levels."""
    X = X.copy()
    for name in X.columns[X.dtypes == "category"]:
        frequent = X[name].value_counts().index[:250]
        text = X[name].astype(object).where(X[name].isin(frequent), "other")
        X[name] = text.where(X[name].notna(), None).astype("category")
    return X


def with_text(X):
    """Return a frame with text for categories, as CatBoost wants them."""
    categories = list(X.columns[X.dtypes == "category"])
    return X.assign(**{name: X[name].astype(object).fillna("?") for name in categories})


# The tables


def load_tables(mixed, numeric):
    """Return functions of the most rows that load (X, y), by part and name."""
    spec = importlib.util.spec_from_file_location("load", mixed / "load.py")
    source = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(source)

    def raw(name):
        return lambda most: source.load(name, most)

    def prepared(path):
        def load(most):
            with np.load(path) as arrays:
                X, y = pd.DataFrame(arrays["X"].astype(float)), arrays["y"]
            rows = np.random.default_rng(0).permutation(y.size)[:most]
            return X.iloc[np.sort(rows)].reset_index(drop=True), y[np.sort(rows)]

        return load

    return {
        "classes": {name: raw(name) for name in source.classification()},
        "numeric": {
            path.stem: prepared(path)
            for path in sorted(numeric.glob("*.npz") if numeric else ())
        },
        "regression": {name: raw(name) for name in source.regression()},
    }


def targets_of(part, X, y):
    """Return X with y as codes of classes or as numbers."""
    if part == "regression":
        return X, np.asarray(y, float)
    X, y = without_tiny_classes(X, np.unique(np.asarray(y), return_inverse=True)[1])
    return X.reset_index(drop=True), np.unique(y, return_inverse=True)[1]


# Measuring


def measure(name, X, y, n_splits):
    """Return loss and hit of each row out of fold, and CPU seconds of all fits."""
    folds = (StratifiedKFold if y.dtype.kind in "iu" else KFold)(
        n_splits, shuffle=True, random_state=0
    )
    if name != US:
        X = for_peers(X)
        X = with_few_levels(X) if name == "HistGradientBoosting" else X
    losses, hits, seconds = np.full(y.size, np.nan), np.zeros(y.size), 0.0
    for train, test in folds.split(X, y):
        model = model_of(name, X, y)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            started = time.process_time()
            model.fit(X.iloc[train], y[train])
            seconds += time.process_time() - started
            if is_classifier(model):
                P = model.predict_proba(X.iloc[test])
                hits[test] = P.argmax(axis=1) == y[test]
                right = P[np.arange(test.size), y[test]]
                losses[test] = -np.log(np.clip(right, SMALLEST_PROBABILITY, 1))
            else:
                error = np.ravel(model.predict(X.iloc[test])) - y[test]
                losses[test] = np.square(error) / y.var()
    return {"losses": losses, "hits": hits, "seconds": seconds}


def run(tables, models, most, cache, n_splits, deadline):
    """Fill the cache; return what is there, by part, table and model."""
    found = {part: {} for part in tables}
    for part, loaders in tables.items():
        for table, load in loaders.items():
            outcomes = {}
            for name in models:
                file = cache / f"{part}-{table}-{most}-{n_splits}-{name}.npz"
                if not file.exists() and time.monotonic() < deadline:
                    X, y = targets_of(part, *load(most))
                    np.savez(file, **measure(name, X, y, n_splits))
                    print(file.stem, flush=True)
                if file.exists():
                    with np.load(file) as arrays:
                        outcomes[name] = dict(arrays)
            if len(outcomes) == len(models):
                found[part][table] = outcomes
    return found


# Writing


def loss_of(outcome, part):
    """Return the mean log loss, or the root of the mean squared error."""
    loss = outcome["losses"].mean()
    return float(np.sqrt(loss) if part == "regression" else loss)


def summary(part, results, models):
    """Return the table over tables: levels, paired differences, and time."""
    small = np.array([o[US]["losses"].size < 700 for o in results.values()])
    ours = np.array([loss_of(o[US], part) for o in results.values()])
    rows = []
    for name in models:
        outcomes = [o[name] for o in results.values()]
        losses = np.array([loss_of(outcome, part) for outcome in outcomes])
        less = losses - ours
        row = {
            "model": f"**{name}**" if name == US else name,
            MEASURES[part]: f"{losses.mean():.4f}",
            "accuracy": f"{np.mean([o['hits'].mean() for o in outcomes]):.4f}",
            "CPU, s": f"{sum(float(o['seconds']) for o in outcomes):.0f}",
            "less ours, points": points(less),
            "median": f"{100 * np.median(less):+.2f}",
            f"{small.sum()} tables below 700 rows": points(less[small]),
            f"{(~small).sum()} tables above": points(less[~small]),
            "worse than ours on": f"{np.sum(less > 0)} of {less.size}",
        }
        if part == "regression":
            del row["accuracy"]
        if small.all() or not small.any():
            row = {key: cell for key, cell in row.items() if " tables " not in key}
        keys = list(row)
        levels = keys[: keys.index("less ours, points")]
        rows.append([row[k] if k in levels or name != US else "" for k in keys])
    return table_of(keys, rows)


def behind(part, results, models):
    """Return a row for each peer and table that is better by more than a point."""
    rows = []
    for table, outcomes in results.items():
        ours = loss_of(outcomes[US], part)
        for name in models:
            its = loss_of(outcomes[name], part)
            if ours - its > 0.01:
                less = outcomes[name]["losses"] - outcomes[US]["losses"]
                mean, error = mean_and_error(less)
                clear = "yes" if mean < -2 * error else "no"
                losses = f"{its:.3f}", f"{ours:.3f}"
                rows.append((KINDS[part], table, less.size, name, *losses, clear))
    return rows


def table_by_table(out, part, most, results, models):
    """Write what each model reached on each table to a file; return what shows it."""
    rows = [
        (
            table,
            f"{outcomes[US]['losses'].size}",
            *(f"{loss_of(outcomes[name], part):.3f}" for name in models),
        )
        for table, outcomes in results.items()
    ]
    header = (MEASURES[part], "rows", *models)
    return table_in_file(out, f"mixed_{part}_{most}.csv", header, rows)


KINDS = {
    "classes": "raw, classes",
    "numeric": "numeric",
    "regression": "raw, a number",
}
TITLES = {
    "classes": "raw tables with classes",
    "numeric": "numeric tables with classes",
    "regression": "raw tables with a number for target",
}


def page(out, found, models, left_out, n_splits):
    """Return the whole page; ``found`` has the results by the most rows."""
    text = f"""\
.. Written by tests/benchmarks/study_mixed.py: do not edit.

Raw tables, beside forests and boosting
=======================================

{environment(Path(__file__).name, versions(models))}

Each model has its defaults and ``random_state=0``; {n_splits} folds, each row is
predicted once, by a model that has not seen it. Probabilities are clipped at 1e-7.
Differences are paired by table, in points (hundredths), with standard errors over
tables; a positive one is in our favour. CPU is that of all fits together; other work
ran on the machine meanwhile. "ours" is ``make_tabular_classifier`` or
``make_tabular_regressor``. {left_out}
"""
    rows = []
    for most, parts in found.items():
        for part, results in parts.items():
            if not results:
                continue
            title = f"{len(results)} {TITLES[part]}, at most {most:,} rows each"
            text += f"\n{title}\n{'-' * len(title)}\n\n"
            text += (
                f".. begin {part}-{most}\n\n{summary(part, results, models[most])}\n"
            )
            text += f".. end {part}-{most}\n\n"
            text += table_by_table(out, part, most, results, models[most])
            rows += behind(part, results, models[most])
    header = ("tables", "table", "rows", "peer", "its loss", "ours", "clear")
    return f"""{text}
Where a peer is better by more than a point
-------------------------------------------

The loss is that of the tables above. Clear is what is more than two standard errors
over rows.

{table_in_file(out, "mixed_behind.csv", header, rows)}
**Next:** `Tables <tabular.rst>`__ explains the pipelines and sums these figures up.
"""


def versions(models):
    """Return the versions of the peers' packages."""
    names = {name for group in models.values() for name in group}
    packages = [PACKAGES[name] for name in PACKAGES if name in names]
    return "".join(f"{p} {importlib.import_module(p).__version__}, " for p in packages)


def main():
    """Read the command line, measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("mixed", type=Path)
    parser.add_argument("--numeric", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=np.inf, help="then write")
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS)
    parser.add_argument(
        "--rows",
        nargs="+",
        default=["1000"],
        help="most rows of a table; 5000:LightGBM is for large tables, with this peer",
    )
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    installed = [
        name
        for name in arguments.peers
        if name not in PACKAGES or importlib.util.find_spec(PACKAGES[name])
    ]
    left = [name for name in PEERS if name not in installed]
    left_out = f"Not run: {', '.join(left)}." if left else ""
    deadline = time.monotonic() + 60 * arguments.minutes
    tables, found, models = load_tables(arguments.mixed, arguments.numeric), {}, {}
    for size in arguments.rows:
        most, _, peers = size.partition(":")
        models[int(most)] = [US, *(peers.split(",") if peers else installed)]
        chosen = tables if not peers else larger_than(tables, int(most) // 2)
        found[int(most)] = run(
            chosen,
            models[int(most)],
            int(most),
            arguments.cache,
            arguments.folds,
            deadline,
        )
    text = page(arguments.out, found, models, left_out, arguments.folds)
    arguments.out.write_text(text)


def larger_than(tables, m):
    """Return the tables that have more than m rows."""
    return {
        part: {name: load for name, load in loaders.items() if load(None)[1].size > m}
        for part, loaders in tables.items()
    }


if __name__ == "__main__":
    main()
