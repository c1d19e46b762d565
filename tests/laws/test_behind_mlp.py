"""Faults of scikit-learn's MLPClassifier (seen in 1.9.1) that are not here.

Each test states the fault in its comment and asserts what we do instead.
"""

import copy
import os
import pickle
import re
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from sknn2 import DivergenceWarning, GradientDescent, ShallowNNClassifier
from sknn2.training.objective import Objective
from sknn2.training.solvers import SOLVERS

NAMES = list(SOLVERS)
FIRST_ORDER = [name for name in NAMES if name != "lbfgs"]

rng = np.random.RandomState(0)
X = rng.standard_normal((60, 4))
y = (X[:, 0] + rng.standard_normal(60) > 0).astype(int)


def network(**params):
    """Return a small estimator that runs exactly 5 epochs."""
    defaults = {
        "hidden_units": 4,
        "schedule": "constant",
        "batch_size": 16,
        "alpha": 1.0,
        "max_iter": 5,
        "tol": None,
        "random_state": 0,
    }
    return ShallowNNClassifier(**(defaults | params))


@pytest.mark.parametrize("solver", NAMES)
def test_a_warm_start_with_early_stopping_returns_the_best_weights(solver):
    # MLPClassifier keeps a reference, and training goes on in the "best" weights.
    model = network(solver=solver, warm_start=True, n_iter_no_change=3, max_iter=30)
    model.set_params(tol=1e-4, hidden_units=30, alpha=1e-3)
    losses = []
    for _ in range(3):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
        losses.append(log_loss(y[40:], model.predict_proba(X[40:])))
        assert losses[-1] == pytest.approx(model.validation_loss_curve_.min())
    assert losses[2] <= losses[1] + 1e-12 <= losses[0] + 2e-12


@pytest.mark.parametrize("solver", NAMES)
def test_a_warm_start_after_convergence_has_its_patience_back(solver):
    # MLPClassifier never resets its counter: 7 epochs, then 1 at each fit.
    model = network(solver=solver, tol=1e3, n_iter_no_change=3, max_iter=50)
    model.set_params(warm_start=True)
    assert [model.fit(X, y).n_iter_ for _ in range(3)] == [4, 8, 12]


@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_divergence_stops_at_once_and_names_the_learning_rate(solver):
    # MLPClassifier trains on with NaN to the last epoch, then blames the data.
    model = network(solver=solver, learning_rate=1e8, max_iter=1000)
    with pytest.warns(DivergenceWarning, match=r"learning_rate=1e\+08") as record:
        model.fit(X, y)
    assert len(record) == 1
    assert model.n_iter_ < 10
    assert np.isfinite(model.loss_curve_).all()
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize("solver", NAMES)
def test_a_mini_batch_of_weight_zero_is_no_trouble(solver):
    # MLPClassifier: ZeroDivisionError, "Weights sum to zero".
    w = np.ones(60)
    w[16:48] = 0  # two whole batches
    weighted = network(solver=solver, shuffle=False).fit(X, y, w)
    without = network(solver=solver, shuffle=False).fit(X[w > 0], y[w > 0])
    np.testing.assert_allclose(
        weighted.parameters_.theta, without.parameters_.theta, rtol=1e-9, atol=1e-12
    )


def test_the_hold_out_of_many_classes_is_stratified():
    # MLPClassifier stratifies two classes only: single rows of a class pass.
    labels = np.repeat([0, 1, 2], [30, 20, 10])
    seen = []

    def keep(estimator, X, y):
        seen.append(np.bincount(y).tolist())
        return 0.0

    network(early_stopping=True, scoring=keep).fit(X, labels)
    assert seen == [[3, 2, 1]] * 5
    labels[0] = 3
    with pytest.raises(ValueError, match="Class 3 has 1 row"):
        network(early_stopping=True).fit(X, labels)


@pytest.mark.parametrize("batch_size", [5, 20, 60])
@pytest.mark.parametrize("solver", ["sgd", "momentum", "nesterov", "adam"])
def test_the_strength_of_the_penalty_does_not_depend_on_the_batch_size(
    solver, batch_size
):
    # MLPClassifier divides alpha by the rows of the batch: the slope was 0.67 of the
    # true one with batches of 5.
    model = network(hidden_units=0, solver=solver, batch_size=batch_size, alpha=20.0)
    steps = 60 // batch_size
    model.set_params(max_iter=2400 // steps, schedule="cosine", learning_rate=0.05)
    model.fit(X, y)
    Z = StandardScaler().fit_transform(X)
    true = LogisticRegression(C=1 / 20).fit(Z, y).coef_
    np.testing.assert_allclose(model.parameters_.W[1], true, atol=0.02)


@pytest.mark.parametrize("solver", NAMES)
def test_only_first_order_solvers_have_partial_fit(solver):
    # MLPRegressor(solver="lbfgs") has one, which runs a whole L-BFGS.
    assert hasattr(network(solver=solver), "partial_fit") == (solver != "lbfgs")


@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_partial_fit_counts_its_epochs(solver):
    # MLPClassifier: n_iter_ is 1 for ever.
    model = network(solver=solver)
    for epochs in range(1, 4):
        model.partial_fit(X, y, classes=[0, 1])
        assert model.n_iter_ == len(model.loss_curve_) == epochs


@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_partial_fit_takes_a_new_learning_rate(solver):
    # MLPClassifier goes on at the rate of the first call.
    model = network(solver=solver, learning_rate=0.1, batch_size="full")
    model.partial_fit(X, y, classes=[0, 1])
    slow, slower = copy.deepcopy(model), copy.deepcopy(model)
    slow.set_params(learning_rate=1e-4).partial_fit(X, y)
    slower.set_params(learning_rate=1e-6).partial_fit(X, y)
    start = model.parameters_.theta
    np.testing.assert_allclose(
        slow.parameters_.theta - start,
        100 * (slower.parameters_.theta - start),
        rtol=1e-5,
        atol=1e-10,
    )


def test_partial_fit_takes_the_rows_in_another_order_each_time(monkeypatch):
    # MLPClassifier with an int random_state replays one permutation for ever.
    orders, compute = [], Objective.batch_cost_and_gradient

    def batch_cost_and_gradient(self, rows, *arguments):
        orders[-1].extend(np.arange(60)[rows])
        return compute(self, rows, *arguments)

    monkeypatch.setattr(Objective, "batch_cost_and_gradient", batch_cost_and_gradient)
    model = network(random_state=0)
    for _ in range(3):
        orders.append([])
        model.partial_fit(X, y, classes=[0, 1])
    orders = [order[:60] for order in orders]
    assert all(sorted(order) == list(range(60)) for order in orders)
    assert orders[0] != orders[1] != orders[2] != orders[0]


@pytest.mark.parametrize("solver", NAMES)
def test_ctrl_c_ends_a_search(solver):
    # MLPClassifier swallows it: the search goes on, with half-trained nets.
    calls = []

    def impatient(estimator, X, y):
        calls.append(estimator)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return 0.0

    search = GridSearchCV(network(solver=solver), {"scoring": [impatient] * 3}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y, X_val=X[:20], y_val=y[:20])
    assert len(calls) == 2


@pytest.mark.parametrize("n_classes", [2, 3])
def test_log_probabilities_are_never_infinite(n_classes):
    # MLPClassifier takes the logarithm of a probability that was rounded to 0.
    labels = np.arange(60) % n_classes
    model = network(standardize=False).fit(X, labels)
    logs = model.predict_log_proba(1e6 * X)
    assert np.isfinite(logs).all()
    assert logs.min() < -800  # exp of which is 0
    np.testing.assert_allclose(np.exp(logs), model.predict_proba(1e6 * X), atol=1e-12)


@pytest.mark.parametrize("solver", NAMES)
def test_a_warm_start_with_another_layer_size_is_refused(solver):
    # MLPClassifier takes no notice of the new size.
    model = network(solver=solver, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="changed architecture"):
        model.set_params(hidden_units=8).fit(X, y)


@pytest.mark.parametrize("later", FIRST_ORDER)
def test_a_warm_start_goes_from_lbfgs_to_another_solver(later):
    # MLPClassifier: AttributeError, no loss_curve_.
    model = network(solver="lbfgs", warm_start=True).fit(X, y)
    model.set_params(solver=later, batch_size="full").fit(X, y)
    assert model.n_iter_ == len(model.loss_curve_) == 10
    assert model.loss_curve_[5] < model.loss_curve_[4]  # on from where it was


@pytest.mark.parametrize("warm_start", [False, True])
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_a_batch_without_some_class_is_welcome(solver, warm_start):
    # MLPClassifier(warm_start=True): ValueError.
    model = network(solver=solver, warm_start=warm_start)
    model.partial_fit(X, y, classes=[0, 1, 2])
    model.partial_fit(X[y == 1], y[y == 1])
    assert model.predict_proba(X).shape == (60, 3)


@pytest.mark.parametrize("solver", NAMES)
def test_a_pickle_is_little_more_than_the_weights(solver):
    # MLPClassifier: 5.6 times the weights, for the optimiser and the best weights.
    wide = rng.standard_normal((60, 50))
    model = network(solver=solver, hidden_units=200)
    model.fit(wide, y, X_val=wide, y_val=y)
    weights = model.parameters_.theta.nbytes
    assert len(pickle.dumps(model)) < 1.1 * weights


def test_there_are_logits_and_callbacks():
    # MLPClassifier has neither decision_function nor set_callbacks.
    model = network().fit(X, y)
    p = model.predict_proba(X)
    np.testing.assert_allclose(model.decision_function(X), np.log(p[:, 1] / p[:, 0]))
    pytest.importorskip("sklearn.callback")
    assert model.set_callbacks() is model


def test_the_first_argument_is_the_size_of_the_layer():
    # MLPRegressor((100,)) broke when the loss became its first argument.
    assert ShallowNNClassifier(7).hidden_units == 7
    assert ShallowNNClassifier(7, max_iter=1, tol=None, random_state=0).fit(
        X, y
    ).coefs_[0].shape == (
        4,
        7,
    )


@dataclass(frozen=True)
class Recorder(GradientDescent):
    """Gradient descent that writes its rates down."""

    rates: ClassVar[list] = []

    def step(self, theta, dtheta, memory, t, learning_rate):
        """Write down the rate, then step."""
        self.rates.append(learning_rate)
        super().step(theta, dtheta, memory, t, learning_rate)


@pytest.mark.parametrize("batch_size", [5, 60])
def test_schedules_count_epochs_not_rows(batch_size):
    # MLPClassifier's invscaling went from 0.1 to 0.0074 in three epochs of 60 rows.
    Recorder.rates.clear()
    model = network(solver=Recorder(), learning_rate=0.1, schedule="inverse_time")
    model.set_params(batch_size=batch_size, max_iter=3).fit(X, y)
    steps = 60 // batch_size
    expected = np.repeat([0.1, 0.1 / 1.1, 0.1 / 1.2], steps)
    np.testing.assert_allclose(Recorder.rates, expected)
    assert clone(model).solver == Recorder()


@pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.9"),
    reason="the page was written for the tests of 1.9",
)
def test_the_page_explains_what_fails_of_their_tests(tmp_path):
    # scikit-learn's own tests of MLPClassifier, with only the import changed.
    theirs = Path(sklearn.__file__).parent / "neural_network/tests/test_mlp.py"
    if not theirs.is_file():
        pytest.skip("this scikit-learn comes without its tests")
    old = "from sklearn.neural_network import MLPClassifier, MLPRegressor"
    new = "from sknn2 import DeepNNClassifier as MLPClassifier\n"
    new += "from sknn2 import DeepNNRegressor as MLPRegressor"
    text = theirs.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "test_mlp.py").write_text(text.replace(old, new), encoding="utf-8")
    top = Path(__file__).parents[2]
    options = ["-q", "--tb=no", "-rfE", "-p", "no:cacheprovider", "-p", "no:xdist"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--rootdir", tmp_path, tmp_path],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(top)},
        capture_output=True,
        text=True,
    )
    failed = set(re.findall(r"^(?:FAILED|ERROR) \S*::(\w+)", run.stdout, re.MULTILINE))
    assert "passed" in run.stdout, run.stdout + run.stderr
    page = (top / "docs/migrating.rst").read_text(encoding="utf-8")
    explained = set(re.findall(r"``(test_\w+)``", page))
    assert failed <= explained
