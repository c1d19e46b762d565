"""Write the files that later versions have to load: ``python tests/files/write.py``.

Run it once for a release, on the oldest dependencies (``.ci/oldest.txt``): newer ones
read what older ones wrote. Files that are there are never written again.
"""

import pickle
from pathlib import Path

import joblib
import numpy as np
from skops import io

import sknn2

FOLDER = Path(__file__).parent / sknn2.__version__
SHORT = {"max_iter": 5, "tol": None, "random_state": 0}


def rows():
    """Return X and a table of numbers, dates and gaps that are the same everywhere."""
    i = np.arange(60)
    X = np.column_stack([np.sin(i), np.cos(2 * i), i % 7]).round(6)
    table = X.astype(object)
    table[:, 2] = ["low" if k < 3 else "high" for k in i % 7]
    table[5, 0] = None
    return X, table


def models():
    """Return ``{name: (fitted model, rows to predict)}``."""
    X, table = rows()
    y = np.where(X[:, 0] > 0, "yes", "no")
    several = (X.mean(axis=0) < X).astype(int)
    own = {"warm_start": True, "early_stopping": True}
    Classifier, Regressor = sknn2.ShallowNNClassifier, sknn2.ShallowNNRegressor
    return {
        "classifier": (Classifier(4, **own, **SHORT).fit(X, y), X),
        "several_labels": (Classifier(4, **SHORT).fit(X, several), X),
        "deep_classifier": (sknn2.DeepNNClassifier((4, 3), **SHORT).fit(X, y), X),
        "regressor": (
            Regressor(4, loss=sknn2.Huber(), solver=sknn2.Adam(), **SHORT).fit(X, X),
            X,
        ),
        "counts": (Regressor(4, loss="poisson", **SHORT).fit(X, X[:, 2]), X),
        "deep_regressor": (sknn2.DeepNNRegressor((4, 3), **SHORT).fit(X, X[:, 1]), X),
        "tabular_classifier": (
            sknn2.make_tabular_classifier(
                hidden_units=3, alphas=(3.0,), cv=2, keep_oof=False, random_state=0
            ).fit(table, y),
            table,
        ),
        "tabular_regressor": (
            sknn2.make_tabular_regressor(
                hidden_units=3, alphas=(3.0,), cv=2, keep_oof=False, random_state=0
            ).fit(table, X[:, 0]),
            table,
        ),
        "encoder": (sknn2.PiecewiseLinearEncoder(3).fit(X), X),
    }


def output(model, X):
    """Return what a model makes of X, as numbers."""
    for method in ("predict_proba", "predict", "transform"):
        if hasattr(model, method):
            return np.asarray(getattr(model, method)(X))
    raise TypeError(model)


def main():
    FOLDER.mkdir()
    expected = {}
    for name, (model, X) in models().items():
        expected[name] = output(model, X)
        (FOLDER / f"{name}.pkl").write_bytes(pickle.dumps(model, protocol=4))
        joblib.dump(model, FOLDER / f"{name}.joblib", compress=3)
        io.dump(model, FOLDER / f"{name}.skops", compression=8)
    np.savez_compressed(FOLDER / "output.npz", **expected)


if __name__ == "__main__":
    main()
