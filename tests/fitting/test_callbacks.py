"""scikit-learn's callbacks: one task an epoch, nothing where none are set."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from diary import Diary
from family import each_kind, make, raw_output, targets
from sklearn.base import clone
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn2 import ShallowNNClassifier
from sknn2.training.solvers import SOLVERS

callback = pytest.importorskip(
    "sklearn.callback", reason="This version of scikit-learn has no callbacks."
)

SOLVERS = list(SOLVERS)
FIRST_ORDER = [name for name in SOLVERS if name != "lbfgs"]

rng = np.random.RandomState(0)
X = rng.standard_normal((60, 4))
y = (X[:, 0] + rng.standard_normal(60) > 0).astype(int)


def network(kind="two classes", **params):
    """Return a small estimator that runs exactly 6 epochs."""
    defaults = {
        "schedule": "constant",
        "batch_size": 20,
        "max_iter": 6,
        "tol": None,
        "random_state": 0,
    }
    return make(kind, **(defaults | params))


# ----------------------------------------------------------------------- what they hear


@pytest.mark.parametrize("solver", SOLVERS)
def test_there_is_one_task_an_epoch_and_each_begin_has_its_end(solver):
    diary = Diary()
    model = network(solver=solver).set_callbacks(diary).fit(X, y)
    assert diary.is_well_formed()
    assert diary.epochs == model.n_iter_ == 6
    assert [n for what, name, n in diary.heard if (what, name) == ("end", "epoch")] == [
        *range(6)
    ]


ENDINGS = {
    "patience": {"tol": 1e3, "n_iter_no_change": 2, "max_iter": 50},
    "patience of lbfgs": {"tol": 1e3, "n_iter_no_change": 2, "solver": "lbfgs"},
    "divergence": {"learning_rate": 1e6, "max_iter": 50, "batch_size": "full"},
    "divergence in mid-epoch": {"learning_rate": 1e6, "max_iter": 50},
    # As many of each class at each row: zeros are the minimum.
    "nothing to gain": {"solver": "lbfgs", "init": "zeros"},
}


@pytest.mark.filterwarnings("ignore::sknn2.DivergenceWarning")
@pytest.mark.filterwarnings("ignore:Hidden units of layer 1 had equal weights")
@pytest.mark.parametrize("validation", [False, True])
@pytest.mark.parametrize("ending", ENDINGS)
def test_each_begin_has_its_end_however_training_ends(ending, validation):
    rows, labels = np.vstack([X, X]), np.repeat([0, 1], 60)
    arguments = {"X_val": X, "y_val": y} if validation else {}
    diary = Diary()
    model = network(**ENDINGS[ending]).set_callbacks(diary)
    model.fit(rows, labels, **arguments)
    assert diary.is_well_formed()
    assert diary.epochs == model.n_iter_


@pytest.mark.parametrize("solver", SOLVERS)
def test_each_warm_start_is_a_fit_of_its_own(solver):
    diary = Diary()
    model = network(solver=solver, warm_start=True).set_callbacks(diary)
    for epochs in (6, 12):
        assert model.fit(X, y).n_iter_ == epochs
        assert diary.is_well_formed()
        assert diary.epochs == 6
        diary.heard.clear()
        diary.seen.clear()


def test_a_partial_fit_is_a_fit_of_one_epoch():
    diary = Diary()
    model = network().set_callbacks(diary)
    for _ in range(2):
        model.partial_fit(X, y, classes=[0, 1])
        assert diary.is_well_formed()
        assert diary.epochs == 1
        diary.heard.clear()
        diary.seen.clear()


@each_kind
@pytest.mark.parametrize("solver", SOLVERS)
def test_callbacks_see_a_model_that_stopped_there(solver, kind):
    y = targets(kind, X)
    diary = Diary()
    model = network(kind, solver=solver).set_callbacks(diary).fit(X, y)
    seen = [estimator for name, *_, estimator in diary.seen if name == "epoch"]
    for epochs, estimator in enumerate(seen, start=1):
        short = network(kind, solver=solver, max_iter=epochs).fit(X, y)
        np.testing.assert_array_equal(raw_output(estimator, X), raw_output(short, X))
    last = diary.seen[-1]
    assert last[0] == "fit"
    np.testing.assert_array_equal(raw_output(last[-1], X), raw_output(model, X))


def test_callbacks_see_the_rows_and_weights_that_fit_was_given():
    diary, w = Diary(), np.arange(60.0)
    network().set_callbacks(diary).fit(X, y, w)
    for _, seen_X, seen_y, metadata, _ in diary.seen:
        assert seen_X is X
        assert seen_y is y
        assert metadata["sample_weight"] is w


def test_the_model_that_they_see_at_the_end_is_the_one_that_is_kept():
    diary = Diary()
    model = network(max_iter=60, learning_rate=0.3).set_callbacks(diary)
    model.fit(X, y, X_val=-X[:20], y_val=y[:20])
    assert model.best_iteration_ < model.n_iter_ - 1
    *_, seen = diary.seen[-1]
    np.testing.assert_array_equal(seen.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_frame_gives_no_warning_of_feature_names(solver):
    frame = pd.DataFrame(X, columns=list("abcd"))
    labels = np.array(["no", "yes"])[y]
    monitor = callback.ScoringMonitor(scoring="accuracy")
    model = network(solver=solver, scoring="accuracy").set_callbacks(monitor)
    model.fit(frame, labels, X_val=frame[:20], y_val=labels[:20])
    assert len(monitor.get_logs().data) == model.n_iter_ + 1


# ---------------------------------------------------------------------------- stopping


@pytest.mark.parametrize("n", [1, 3, 6])
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_callback_that_asks_to_stop_stops(solver, n):
    diary = Diary(stop_after=n)
    model = network(solver=solver).set_callbacks(diary).fit(X, y)
    assert model.n_iter_ == diary.epochs == n
    assert diary.is_well_formed()
    short = network(solver=solver, max_iter=n).fit(X, y)
    np.testing.assert_array_equal(model.parameters_.theta, short.parameters_.theta)


@pytest.mark.parametrize("n", [3, 6])
@pytest.mark.parametrize("solver", SOLVERS)
def test_stopping_by_a_callback_gives_no_convergence_warning(solver, n):
    model = network(solver=solver, tol=0.0).set_callbacks(Diary(stop_after=n))
    assert model.fit(X, y).n_iter_ == n  # a warning would be an error here


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("validation", [False, True])
@pytest.mark.parametrize("solver", SOLVERS)
def test_ctrl_c_in_a_callback_leaves_histories_of_one_length(solver, validation, n):
    arguments = {"X_val": X[:20], "y_val": y[:20]} if validation else {}
    diary = Diary(interrupt_after=n)
    model = network(solver=solver).set_callbacks(diary)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y, **arguments)
    assert model.n_iter_ == len(model.loss_curve_) >= n - 1
    assert np.isfinite(model.predict_proba(X)).all()
    if validation and model.n_iter_ > 0:
        assert len(model.validation_scores_) == model.n_iter_
        assert model.best_iteration_ < model.n_iter_
    assert diary.heard[-1][0] == "teardown"


def test_a_callback_that_raises_leaves_a_fitted_model_as_it_was():
    class Broken(Diary):
        def on_fit_task_end(self, estimator, context):
            raise RuntimeError("no")

    model = network(warm_start=True).fit(X, y)
    before, theta = set(vars(model)), model.parameters_.theta.copy()
    model.set_callbacks(Broken())
    with pytest.raises(RuntimeError, match="no"):
        model.fit(X, y)
    model.set_callbacks()
    assert set(vars(model)) == before
    np.testing.assert_array_equal(model.parameters_.theta, theta)
    assert model.n_iter_ == 6


# ----------------------------------------------------------------- scikit-learn's own


def monitored(model):
    """Return a model with scikit-learn's own callbacks, and its monitor."""
    monitor = callback.ScoringMonitor(scoring="accuracy")
    return model.set_callbacks(callback.ProgressBar(), monitor), monitor


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_progress_bar_and_scoring_monitor_on_a_plain_fit(solver):
    pytest.importorskip("rich")
    model, monitor = monitored(network(solver=solver))
    model.fit(X, y)
    scores = [row["accuracy"] for row in monitor.get_logs().data]
    expected = [
        accuracy_score(y, network(solver=solver, max_iter=k).fit(X, y).predict(X))
        for k in range(1, 7)
    ]
    # The fit itself is a task too, the outermost.
    np.testing.assert_allclose(scores, [expected[-1], *expected])
    thawed = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(thawed.predict_proba(X), model.predict_proba(X))
    again = clone(model).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert [row["accuracy"] for row in monitor.get_logs().data] == scores


def test_sample_weights_reach_the_scoring_monitor():
    w = np.random.RandomState(1).exponential(size=60)
    monitor = callback.ScoringMonitor(scoring="accuracy")
    model = network().set_callbacks(monitor).fit(X, y, w)
    last = monitor.get_logs().data[-1]["accuracy"]
    assert last == pytest.approx(accuracy_score(y, model.predict(X), sample_weight=w))


@pytest.mark.filterwarnings("ignore:.*does not support callbacks")
def test_progress_bar_and_scoring_monitor_in_a_search_of_a_pipeline():
    pytest.importorskip("rich")
    monitor = callback.ScoringMonitor(scoring="accuracy")
    pipe = make_pipeline(StandardScaler(), network().set_callbacks(monitor))
    grid = {"shallownnclassifier__alpha": [0.1, 10.0]}
    search = GridSearchCV(pipe, grid, cv=2, n_jobs=2)
    search.set_callbacks(callback.ProgressBar())
    search.fit(X, y)
    plain = GridSearchCV(make_pipeline(StandardScaler(), network()), grid, cv=2)
    plain.fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"]
    )
    # Two candidates on two folds and the last fit: 6 epochs and the fit each.
    assert len(monitor.get_logs().data) == 5 * (6 + 1)
    thawed = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(thawed.predict_proba(X), plain.predict_proba(X))
    fresh = clone(search).set_params(n_jobs=None).fit(X, y)
    np.testing.assert_array_equal(fresh.predict_proba(X), plain.predict_proba(X))


# ------------------------------------------------------------------ where none are set


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_without_callbacks_no_hook_is_called_and_nothing_is_kept(solver, monkeypatch):
    def never(*arguments, **keywords):
        raise AssertionError("A callback context was made.")

    monkeypatch.setattr(callback.CallbackContext, "_from_estimator", never)
    model = network(solver=solver).fit(X, y)
    assert not [name for name in vars(model) if "callback" in name]


@pytest.mark.parametrize("solver", SOLVERS)
def test_callbacks_do_not_disturb(solver):
    plain = network(solver=solver).fit(X, y)
    watched = network(solver=solver).set_callbacks(Diary()).fit(X, y)
    np.testing.assert_array_equal(plain.parameters_.theta, watched.parameters_.theta)
    np.testing.assert_array_equal(plain.loss_curve_, watched.loss_curve_)


def test_set_callbacks_without_any_clears_them():
    diary = Diary()
    model = network().set_callbacks(diary).set_callbacks().fit(X, y)
    assert diary.heard == []
    assert vars(model).keys() == vars(network().fit(X, y)).keys()


def test_nothing_of_a_fit_is_kept_but_the_callbacks():
    model = network().set_callbacks(Diary()).fit(X, y)
    extra = vars(model).keys() - vars(network().fit(X, y)).keys()
    assert extra == {"_skl_callbacks"}


OLDER = """
import sys

# What is scikit-learn's own keeps its callbacks; only our import is turned away.
import sklearn.model_selection
import sklearn.pipeline
kept = sys.modules["sklearn.callback"]
sys.modules["sklearn.callback"] = None
import sknn2
sys.modules["sklearn.callback"] = kept

import pickle
import numpy as np
from sklearn.base import clone

assert not hasattr(sknn2.ShallowNNClassifier, "set_callbacks")
rng = np.random.RandomState(0)
X = rng.standard_normal((60, 4))
y = (X[:, 0] > 0).astype(int)
for solver in ("adam", "lbfgs"):
    model = sknn2.ShallowNNClassifier(
        4, solver=solver, max_iter=6, tol=None, random_state=0
    )
    model = pickle.loads(pickle.dumps(clone(model).fit(X, y, X_val=X, y_val=y)))
    assert model.n_iter_ == 6
    print(*model.decision_function(X).tolist())
clone(model).set_params(solver="sgd").partial_fit(X, y, classes=[0, 1])
sklearn.model_selection.GridSearchCV(model, {"alpha": [0.1, 1.0]}, cv=2).fit(X, y)
"""


def test_versions_without_callbacks_lack_nothing_else():
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", OLDER],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert result.returncode == 0, result.stderr
    labels = (X[:, 0] > 0).astype(int)
    for solver, line in zip(("adam", "lbfgs"), result.stdout.splitlines(), strict=True):
        model = ShallowNNClassifier(
            4, solver=solver, max_iter=6, tol=None, random_state=0
        )
        model.fit(X, labels, X_val=X, y_val=labels)
        logits = [float(word) for word in line.split()]
        np.testing.assert_allclose(logits, model.decision_function(X), rtol=1e-12)
