"""Validation sets: what is recorded, what stops, what is kept."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from family import each_kind, make, targets
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, log_loss, make_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sknn2.training.solvers import SOLVERS

NAMES = list(SOLVERS)
FIRST_ORDER = [name for name in SOLVERS if name != "lbfgs"]


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
X_VAL, Y_VAL = table(m=33, seed=7)


def validated(model, **arguments):
    """Fit on the table, with the validation set."""
    return model.fit(X, y, X_val=X_VAL, y_val=Y_VAL, **arguments)


# ----------------------------------------------------------------------- bad arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X_val": X_VAL}, "y_val is missing"),
        ({"y_val": Y_VAL}, "X_val is missing"),
        ({"sample_weight_val": np.ones(33)}, "X_val is missing"),
        ({"X_val": X_VAL[:, :3], "y_val": Y_VAL}, "3 features"),
        ({"X_val": X_VAL[:, 0], "y_val": Y_VAL}, "2D"),
        ({"X_val": X_VAL, "y_val": Y_VAL[:-1]}, "y_val has 32 values for the 33 rows"),
        ({"X_val": X_VAL, "y_val": Y_VAL + 5}, r"y_val .*\[5, 6\]"),
        ({"X_val": X_VAL, "y_val": np.full(33, "a")}, r"y_val .*\['a'\]"),
        ({"X_val": X_VAL * np.nan, "y_val": Y_VAL}, "of X_val holds NaN"),
        ({"X_val": X_VAL * np.inf, "y_val": Y_VAL}, "of X_val holds infinity"),
        ({"X_val": np.empty((0, 6)), "y_val": []}, "0 sample"),
    ],
    ids=[
        "no y_val",
        "no X_val",
        "weights alone",
        "fewer columns",
        "one-dimensional",
        "fewer labels",
        "unknown labels",
        "labels of another type",
        "NaN",
        "infinity",
        "no rows",
    ],
)
def test_a_bad_validation_set_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        network().fit(X, y, **arguments)


@pytest.mark.parametrize(
    ("w", "message"),
    [
        (np.full(33, -1.0), "sample_weight_val holds negative"),
        (np.zeros(33), "All weights in sample_weight_val are zero"),
        (np.ones(32), r"sample_weight_val.shape == \(32,\)"),
        (np.full(33, np.nan), "sample_weight_val"),
    ],
    ids=["negative", "all zero", "too few", "NaN"],
)
def test_bad_validation_weights_are_refused(w, message):
    with pytest.raises(ValueError, match=message):
        validated(network(), sample_weight_val=w)


def test_other_column_names_in_the_validation_set_are_refused():
    frame, other = pd.DataFrame(X), pd.DataFrame(X_VAL)
    frame.columns, other.columns = list("abcdef"), list("abcdez")
    with pytest.raises(ValueError, match="feature names"):
        network().fit(frame, y, X_val=other, y_val=Y_VAL)


# --------------------------------------------------------------------- what is recorded


def after_each_epoch(model, n, **arguments):
    """Yield the models that stopped after 1, ..., n epochs."""
    for k in range(1, n + 1):
        yield clone(model).set_params(max_iter=k, tol=None).fit(X, y, **arguments)


def third_power(estimator, X, y):
    """Score like nothing that the package knows."""
    return float(np.mean(estimator.predict_proba(X)[:, 1] ** 3))


SCORINGS = {
    "loss": ("loss", lambda y, p, w: -log_loss(y, p, sample_weight=w)),
    "accuracy": (
        "accuracy",
        lambda y, p, w: accuracy_score(y, p[:, 1] > 0.5, sample_weight=w),
    ),
    "roc_auc": ("roc_auc", lambda y, p, w: roc_auc_score(y, p[:, 1], sample_weight=w)),
    "scorer": (
        make_scorer(accuracy_score),
        lambda y, p, w: accuracy_score(y, p[:, 1] > 0.5, sample_weight=w),
    ),
    "callable": (third_power, lambda y, p, w: np.mean(p[:, 1] ** 3)),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", SCORINGS)
def test_validation_scores_are_those_of_the_scorer_after_each_epoch(name, weighted):
    scoring, expected = SCORINGS[name]
    if weighted and name == "callable":
        pytest.skip("It takes no weights.")
    w = np.random.RandomState(0).exponential(size=33) if weighted else None
    model = network(tol=None, max_iter=5, scoring=scoring)
    recorded = validated(clone(model), sample_weight_val=w)
    scores = [
        expected(Y_VAL, short.predict_proba(X_VAL), w)
        for short in after_each_epoch(model, 5)
    ]
    np.testing.assert_allclose(recorded.validation_scores_, scores, rtol=1e-10)
    assert recorded.best_iteration_ == np.argmax(scores)


@pytest.mark.parametrize("scoring", ["loss", "accuracy", "balanced_accuracy"])
@pytest.mark.parametrize("kind", [str, object])
def test_string_labels_change_nothing(scoring, kind):
    names = np.array(["no", "yes"], dtype=kind)
    plain = validated(network(scoring=scoring))
    named = network(scoring=scoring).fit(X, names[y], X_val=X_VAL, y_val=names[Y_VAL])
    np.testing.assert_array_equal(named.validation_scores_, plain.validation_scores_)
    np.testing.assert_array_equal(named.predict(X), names[plain.predict(X)])


@pytest.mark.parametrize("scoring", ["loss", "accuracy"])
def test_frames_and_arrays_are_validated_alike(scoring):
    frame, frame_val = (pd.DataFrame(a, columns=list("abcdef")) for a in (X, X_VAL))
    plain = validated(network(scoring=scoring))
    framed = network(scoring=scoring).fit(
        frame, pd.Series(y), X_val=frame_val, y_val=pd.Series(Y_VAL)
    )
    # A frame's columns lie one after the other in memory: sums are rounded otherwise.
    np.testing.assert_allclose(
        framed.validation_scores_, plain.validation_scores_, rtol=1e-12
    )


@each_kind
@pytest.mark.parametrize("solver", NAMES)
def test_watching_does_not_disturb(solver, kind):
    y = targets(kind, X)
    plain = network(kind, solver=solver, tol=None, max_iter=6).fit(X, y)
    watched = network(kind, solver=solver, tol=None, max_iter=6, early_stopping=False)
    watched.fit(X, y, X_val=X_VAL, y_val=y[: len(X_VAL)])
    np.testing.assert_array_equal(plain.parameters_.theta, watched.parameters_.theta)
    np.testing.assert_array_equal(plain.loss_curve_, watched.loss_curve_)


def test_without_a_validation_set_nothing_is_recorded():
    model = network(tol=None)
    validated(model).fit(X, y)  # also nothing left of an earlier fit
    assert model.validation_loss_curve_ is None
    assert model.validation_scores_ is None
    assert model.best_iteration_ is None


# ------------------------------------------------------------------ the best is kept


@pytest.mark.parametrize("scoring", ["loss", "roc_auc"])
@pytest.mark.parametrize("early_stopping", [True, "auto"])
@pytest.mark.parametrize("solver", NAMES)
def test_the_best_weights_are_those_of_a_fit_that_ends_there(
    solver, early_stopping, scoring
):
    model = network(solver=solver, early_stopping=early_stopping, scoring=scoring)
    model.set_params(learning_rate="auto" if solver != "sgd" else 1.0)
    if solver in ("momentum", "nesterov"):
        model.set_params(learning_rate=1.0)
    best = validated(clone(model).set_params(max_iter=100))
    assert best.best_iteration_ == np.argmax(best.validation_scores_)
    assert best.best_iteration_ < best.n_iter_ - 1  # else nothing was restored
    # Without a validation set there is nothing to restore from.
    model.set_params(max_iter=best.best_iteration_ + 1, tol=None, early_stopping=False)
    short = model.fit(X, y)
    np.testing.assert_array_equal(best.parameters_.theta, short.parameters_.theta)
    np.testing.assert_array_equal(best.predict_proba(X), short.predict_proba(X))
    np.testing.assert_array_equal(best.loss_curve_[: short.n_iter_], short.loss_curve_)
    assert best.n_iter_ == len(best.loss_curve_) == len(best.validation_loss_curve_)


@each_kind
@pytest.mark.parametrize("scoring", ["loss", "own"])
def test_the_best_weights_are_kept_for_every_kind_of_target(scoring, kind):
    y = targets(kind, X)
    validation = {"X_val": X_VAL, "y_val": y[: len(X_VAL)]}
    if scoring == "own":
        scoring = "accuracy" if hasattr(make(kind), "predict_proba") else "r2"
    model = network(kind, scoring=scoring, max_iter=40, tol=None, early_stopping=True)
    best = clone(model).fit(X, y, **validation)
    assert best.best_iteration_ == np.argmax(best.validation_scores_)
    model.set_params(max_iter=best.best_iteration_ + 1, early_stopping=False)
    short = model.fit(X, y, **validation)
    np.testing.assert_array_equal(best.parameters_.theta, short.parameters_.theta)
    np.testing.assert_array_equal(best.predict(X), short.predict(X))


@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_the_best_weights_come_with_their_optimiser_memory(solver):
    # One more full-batch step from the best equals one from the fit that ends there.
    rate = 1.0 if solver in ("sgd", "momentum", "nesterov") else 0.02
    model = network(solver=solver, batch_size="full", learning_rate=rate, max_iter=300)
    model.set_params(warm_start=True)
    best = validated(clone(model))
    assert best.best_iteration_ < best.n_iter_ - 1
    short = clone(model).set_params(max_iter=best.best_iteration_ + 1, tol=None)
    short.fit(X, y)
    for one in (best, short):
        one.set_params(max_iter=1, tol=None).fit(X, y)
    np.testing.assert_array_equal(best.parameters_.theta, short.parameters_.theta)


@pytest.mark.parametrize("solver", NAMES)
def test_a_warm_start_is_never_worse_on_the_validation_set_than_it_was(solver):
    rate = 3.0 if solver in ("sgd", "momentum", "nesterov") else 0.1
    model = network(solver=solver, learning_rate=rate, warm_start=True, max_iter=12)
    model.set_params(n_iter_no_change=3)
    losses = []
    for _ in range(6):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            validated(model)
        losses.append(log_loss(Y_VAL, model.predict_proba(X_VAL)))
        # What is returned is what the attributes say is the best.
        best = model.validation_loss_curve_[model.best_iteration_]
        assert best == model.validation_loss_curve_.min()
        assert losses[-1] == pytest.approx(best, rel=1e-10)
    assert np.diff(losses).max() < 1e-12
    assert len(model.validation_loss_curve_) == len(model.loss_curve_) == model.n_iter_


def test_what_is_kept_is_a_copy():
    model = validated(network(warm_start=True, early_stopping=True, tol=None))
    frozen, predictions = pickle.loads(pickle.dumps(model)), model.predict_proba(X)
    first = model.parameters_
    validated(model.set_params(early_stopping=False))
    assert model.parameters_ is not first
    np.testing.assert_array_equal(first.theta, frozen.parameters_.theta)
    np.testing.assert_array_equal(frozen.predict_proba(X), predictions)


def test_best_iteration_of_a_watched_warm_start_is_the_best_of_all_epochs():
    model = network(warm_start=True, early_stopping=False, tol=None, max_iter=40)
    for _ in range(3):
        validated(model)
        assert model.best_iteration_ == np.argmax(model.validation_scores_)


def test_false_keeps_the_last_weights():
    model = network(early_stopping=False, tol=None)
    watched = validated(clone(model))
    assert watched.best_iteration_ < watched.n_iter_ - 1
    np.testing.assert_array_equal(
        watched.parameters_.theta, model.fit(X, y).parameters_.theta
    )


# ---------------------------------------------------------------------------- patience


class Scores:
    """A scorer that gives out prescribed scores, one at each call."""

    def __init__(self, *scores):
        self.scores, self.calls = scores, 0

    def __call__(self, estimator, X, y):
        self.calls += 1
        return self.scores[self.calls - 1]


@pytest.mark.parametrize("solver", NAMES)
@pytest.mark.parametrize(
    ("scores", "n_iter", "best"),
    [
        ((5, 4, 3, 2, 1, 0), 4, 0),
        ((0, 1, 2, 1, 1, 1, 9), 6, 2),
        ((0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 9), 10, 6),
        # Better by less than tol is remembered as the best, and is no improvement.
        ((1, 1.01, 1.02, 1.03, 9), 4, 3),
        ((1, 1.04, 1.08, 1.12, 9), 4, 3),
        ((-8, -7.8, -9, -7.6, -9, -9, -9, 9), 7, 3),
    ],
    ids=["falls", "one peak", "plateaus", "creeps", "creeps further", "negative"],
)
def test_validation_patience_is_exact(solver, scores, n_iter, best):
    scorer = Scores(*scores)
    model = network(solver=solver, scoring=scorer, tol=0.1, n_iter_no_change=3)
    validated(model)
    assert model.n_iter_ == n_iter == scorer.calls
    assert model.best_iteration_ == best
    np.testing.assert_array_equal(model.validation_scores_, scores[:n_iter])


def test_no_convergence_of_the_validation_score_is_told():
    model = network(scoring=Scores(1, 2, 3, 4), tol=0.1, max_iter=4)
    with pytest.warns(ConvergenceWarning, match="minus the validation score was still"):
        validated(model)
    model = network(scoring=Scores(1, 2, 3, 0), tol=0.1, max_iter=4)
    with pytest.warns(ConvergenceWarning, match="minus the validation score was going"):
        validated(model)


# ----------------------------------------------------------------------------- hold-out


class Held:
    """A scorer that keeps the rows that it is given."""

    def __call__(self, estimator, X, y, sample_weight=None):
        self.X, self.y, self.sample_weight = X, y, sample_weight
        return 0.0


@pytest.mark.parametrize("early_stopping", [False, "auto", np.False_])
def test_no_row_is_held_out_unless_asked_for(early_stopping):
    model = network(early_stopping=early_stopping, tol=None, max_iter=2).fit(X, y)
    assert model.standardization_.weight == len(X)
    assert model.validation_scores_ is None


@pytest.mark.parametrize("early_stopping", [True, np.True_])
def test_asked_for_a_share_is_held_out(early_stopping):
    held = Held()
    model = network(early_stopping=early_stopping, validation_fraction=0.25)
    model.set_params(scoring=held).fit(X, y)
    assert len(held.X) == pytest.approx(0.25 * len(X), abs=2)
    assert model.standardization_.weight == len(X) - len(held.X)
    trained = np.array([not (row == held.X).all(axis=1).any() for row in X])
    np.testing.assert_allclose(model.standardization_.mean, X[trained].mean(axis=0))
    assert len(model.validation_scores_) == model.n_iter_


def test_a_given_set_comes_before_a_hold_out():
    held = Held()
    model = validated(network(early_stopping=True, scoring=held))
    np.testing.assert_array_equal(held.X, X_VAL)
    assert model.standardization_.weight == len(X)


@each_kind
def test_held_out_rows_bring_their_weights(kind):
    y = targets(kind, X)
    held, w = Held(), np.random.RandomState(0).exponential(size=len(X))
    network(kind, early_stopping=True, scoring=held, max_iter=3, tol=None).fit(X, y, w)
    where = [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in held.X]
    np.testing.assert_array_equal(held.sample_weight, w[where])
    np.testing.assert_array_equal(held.y, y[where])


# ------------------------------------------------------------- pipelines and searches


def pipeline(model):
    """Return a pipeline that brings X_val to the form of X."""
    model.set_fit_request(X_val=True, y_val=True)
    return Pipeline(
        [("scale", StandardScaler()), ("net", model)], transform_input=["X_val"]
    )


@pytest.fixture
def routing():
    """Turn metadata routing on."""
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.usefixtures("routing")
def test_a_pipeline_transforms_the_validation_set():
    pipe = pipeline(network()).fit(X, y, X_val=X_VAL, y_val=Y_VAL)
    scaler = StandardScaler().fit(X)
    by_hand = network().fit(
        scaler.transform(X), y, X_val=scaler.transform(X_VAL), y_val=Y_VAL
    )
    np.testing.assert_array_equal(
        pipe["net"].validation_loss_curve_, by_hand.validation_loss_curve_
    )
    np.testing.assert_array_equal(
        pipe.predict_proba(X_VAL), by_hand.predict_proba(scaler.transform(X_VAL))
    )
    assert pipe["net"].best_iteration_ == by_hand.best_iteration_


@pytest.mark.usefixtures("routing")
def test_a_pipeline_with_a_validation_set_inside_a_search():
    grid = {"net__alpha": [1e-3, 10.0]}
    folds = KFold(2)
    search = GridSearchCV(
        pipeline(network()), grid, cv=folds, n_jobs=2, scoring="neg_log_loss"
    )
    search = clone(search).fit(X, y, X_val=X_VAL, y_val=Y_VAL)
    for alpha, mean in zip(
        grid["net__alpha"], search.cv_results_["mean_test_score"], strict=True
    ):
        scores = []
        for train, test in folds.split(X):
            scaler = StandardScaler().fit(X[train])
            by_hand = network(alpha=alpha).fit(
                scaler.transform(X[train]),
                y[train],
                X_val=scaler.transform(X_VAL),
                y_val=Y_VAL,
            )
            proba = by_hand.predict_proba(scaler.transform(X[test]))
            scores.append(-log_loss(y[test], proba))
        assert mean == pytest.approx(np.mean(scores), rel=1e-9)
    thawed = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(thawed.predict_proba(X), search.predict_proba(X))
    best = search.best_estimator_["net"]
    assert len(best.validation_scores_) == best.n_iter_
    refitted = clone(thawed.best_estimator_).fit(X, y, X_val=X_VAL, y_val=Y_VAL)
    np.testing.assert_array_equal(refitted.predict_proba(X), search.predict_proba(X))


class Sizes:
    """A scorer that notes how many rows it is given, wherever it is copied to."""

    seen = set()

    def __call__(self, estimator, X, y):
        self.seen.add(len(X))
        return 0.0


@pytest.mark.parametrize(("rows", "seen"), [(80, {40}), (79, {79})])
def test_a_search_slices_a_validation_set_of_as_many_rows_as_X(rows, seen):
    # The documented trap: it takes whatever has the length of X for rows of X.
    X_val, y_val = table(m=rows, seed=7)
    search = GridSearchCV(
        network(scoring=Sizes()), {"alpha": [0.1]}, cv=KFold(2), refit=False
    )
    Sizes.seen.clear()
    search.fit(X, y, X_val=X_val, y_val=y_val)
    assert Sizes.seen == seen
