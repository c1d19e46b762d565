"""Searches over the settings, calibration of the logits: no warning in any."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from scipy.stats import loguniform, randint
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_iris, load_wine
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    StratifiedShuffleSplit,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sknn2 import (
    LBFGS,
    Adam,
    AdamW,
    Cosine,
    ShallowNNClassifier,
    Step,
    WarmUp,
)
from sknn2.training.solvers import SOLVERS

X_IRIS, Y_IRIS = load_iris(return_X_y=True)
CV = StratifiedKFold(2, shuffle=True, random_state=0)
LOSS = {"scoring": "neg_log_loss", "cv": CV}
DISTRIBUTIONS = {
    "alpha": loguniform(0.1, 100),
    "hidden_units": randint(2, 40),
    "learning_rate": loguniform(0.003, 0.05),
    "batch_size": randint(20, 200),
}


def people(m=200):
    """Return a frame of numbers and text, and labels that need both."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "income": rng.lognormal(10, 0.5, m),
            "town": rng.choice(["Oslo", "Lima", "Pune"], m),
            "age": rng.integers(18, 90, m),
            "works": rng.choice(["yes", "no"], m),
        }
    )
    return X, np.where((X["age"] > 50) == (X["town"] == "Lima"), "buys", "leaves")


def mixed_pipeline():
    """Return one-hot text beside raw numbers, then the network."""
    columns = make_column_transformer(
        (
            OneHotEncoder(handle_unknown="ignore"),
            make_column_selector(dtype_exclude="number"),
        ),
        remainder="passthrough",
    )
    net = ShallowNNClassifier(max_iter=100, random_state=0)
    return Pipeline([("columns", columns), ("net", net)])


@pytest.mark.parametrize("factor", [2, 3])
def test_halving_counts_epochs(factor):
    search = HalvingRandomSearchCV(
        ShallowNNClassifier(random_state=0),
        {"alpha": loguniform(0.1, 100), "hidden_units": randint(2, 40)},
        resource="max_iter",
        n_candidates=factor**2,
        min_resources=5,
        max_resources=5 * factor**2,
        factor=factor,
        random_state=0,
        **LOSS,
    ).fit(X_IRIS, Y_IRIS)
    assert search.n_candidates_ == [factor**2, factor, 1]
    assert search.n_resources_ == [5, 5 * factor, 5 * factor**2]
    assert search.best_estimator_.max_iter == 5 * factor**2
    assert search.best_estimator_.n_iter_ <= 5 * factor**2
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_halving_grid_in_a_pipeline():
    X, y = people()
    search = HalvingGridSearchCV(
        mixed_pipeline(),
        {"net__alpha": [0.3, 3.0, 30.0], "net__activation": ["relu", "tanh"]},
        resource="net__max_iter",
        min_resources=5,
        max_resources=20,
        factor=2,
        random_state=0,
        **LOSS,
    ).fit(X, y)
    assert search.best_estimator_["net"].max_iter == 20


@pytest.mark.parametrize("in_pipeline", [False, True], ids=["alone", "in a pipeline"])
def test_distributions(in_pipeline):
    estimator = ShallowNNClassifier(max_iter=10, random_state=0)
    distributions = DISTRIBUTIONS
    if in_pipeline:
        estimator = Pipeline([("scale", StandardScaler()), ("net", estimator)])
        distributions = {f"net__{k}": v for k, v in DISTRIBUTIONS.items()}
    search = RandomizedSearchCV(
        estimator, distributions, n_iter=6, random_state=0, **LOSS
    ).fit(X_IRIS, Y_IRIS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(set(search.cv_results_["mean_test_score"])) == 6
    found = search.best_estimator_
    net = found["net"] if in_pipeline else found
    best = {name.removeprefix("net__"): v for name, v in search.best_params_.items()}
    assert net.parameters_.W[1].shape == (best["hidden_units"], 4)


def test_every_solver_as_a_value():
    values = [*SOLVERS, Adam(beta1=0.95), AdamW(), LBFGS(memory=5)]
    search = GridSearchCV(
        # lbfgs has no schedule that plans its end, so only tol=None is silent.
        ShallowNNClassifier(max_iter=20, tol=None, random_state=0),
        {"solver": values},
        **LOSS,
    ).fit(X_IRIS, Y_IRIS)
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()
    same = [scores[values.index("adam")], scores[values.index("lbfgs")]]
    assert scores[values.index(Adam(beta1=0.95))] not in same
    assert scores[values.index(AdamW())] == scores[values.index("adamw")]


def test_schedules_as_values():
    search = GridSearchCV(
        ShallowNNClassifier(max_iter=10, tol=None, random_state=0),
        {"schedule": ["constant", Cosine(), Step(every=5), WarmUp(epochs=3)]},
        **LOSS,
    ).fit(X_IRIS, Y_IRIS)
    assert len(set(search.cv_results_["mean_test_score"])) == 4


def test_mixed_columns():
    X, y = people()
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    X_test = X_test.assign(town=X_test["town"].replace("Pune", "Rome"))
    search = RandomizedSearchCV(
        mixed_pipeline(),
        {"net__alpha": loguniform(0.1, 10), "net__hidden_units": randint(20, 60)},
        n_iter=4,
        random_state=0,
        **LOSS,
    ).fit(X_train, y_train)
    # The labels need the age and the town together.
    assert search.score(X_test, y_test) > -0.35 > -log_loss(y_test, [[0.5] * 2] * 50)


def test_tuning_the_penalty_beats_the_default():
    X, y = load_wine(return_X_y=True)
    default = ShallowNNClassifier(random_state=0)
    search = GridSearchCV(default, {"alpha": [0.1, 0.3, 1, 3, 10]}, **LOSS)
    halves = StratifiedShuffleSplit(3, test_size=0.5, random_state=0)
    tuned, untuned = (
        cross_val_score(model, X, y, scoring="neg_log_loss", cv=halves)
        for model in (search, default)
    )
    # A fifth of the loss of a problem that the default solves already.
    assert tuned.mean() > 0.8 * untuned.mean()


class Counting(ShallowNNClassifier):
    """Counts what is asked of it."""

    asked = []

    def decision_function(self, X):
        self.asked.append("decision_function")
        return super().decision_function(X)

    def predict_proba(self, X):
        self.asked.append("predict_proba")
        return super().predict_proba(X)


@pytest.mark.parametrize("ensemble", [True, False])
@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_calibration_asks_for_logits(method, n_classes, ensemble):
    rows = np.flatnonzero(Y_IRIS + n_classes > 2)
    X, y = X_IRIS[rows], Y_IRIS[rows]
    net = Counting(hidden_units=5, max_iter=10, random_state=0)
    calibrated = CalibratedClassifierCV(net, method=method, cv=CV, ensemble=ensemble)
    Counting.asked.clear()
    try:
        calibrated.fit(X, y)
    except ValueError:
        if method == "temperature":
            pytest.skip("this scikit-learn has no temperature scaling")
        raise
    P = calibrated.predict_proba(X)
    assert set(Counting.asked) == {"decision_function"}
    np.testing.assert_allclose(P.sum(axis=1), 1)


def test_calibrated_probabilities_are_a_sigmoid_of_the_logits():
    X, y = X_IRIS[Y_IRIS > 0], Y_IRIS[Y_IRIS > 0]
    # Noisy labels: Platt's line is then far from the line through (0, 0).
    y = np.where(np.random.default_rng(0).random(y.size) < 0.2, 3 - y, y)
    net = ShallowNNClassifier(hidden_units=5, random_state=0).fit(X, y)
    calibrated = CalibratedClassifierCV(FrozenEstimator(net)).fit(X, y)
    calibrated_logits = logit(calibrated.predict_proba(X)[:, 1])
    line = np.polyfit(net.decision_function(X), calibrated_logits, 1)
    np.testing.assert_allclose(
        np.polyval(line, net.decision_function(X)), calibrated_logits, atol=1e-8
    )
    of_probabilities = np.polyfit(net.predict_proba(X)[:, 1], calibrated_logits, 1)
    gaps = np.polyval(of_probabilities, net.predict_proba(X)[:, 1]) - calibrated_logits
    assert np.abs(gaps).max() > 1e-3
