"""Ctrl-C: it always comes through, and leaves a model that predicts."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from family import KINDS, classes_of, each_kind, make, raw_output, targets
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV

from sknn2 import DivergenceWarning, ShallowNNClassifier
from sknn2.training.objective import Objective
from sknn2.training.solvers import SOLVERS

NAMES = list(SOLVERS)
FIRST_ORDER = [name for name in SOLVERS if name != "lbfgs"]

rng = np.random.RandomState(0)
X = rng.standard_normal((60, 4))
y = (X[:, 0] + rng.standard_normal(60) > 0).astype(int)


def network(kind="two classes", **params):
    """Return a small estimator that runs exactly 8 epochs."""
    defaults = {
        "schedule": "constant",
        "batch_size": 16,
        "max_iter": 8,
        "tol": None,
        "random_state": 0,
    }
    return make(kind, **(defaults | params))


# -------------------------------------------------------- a real signal, a real process

SCRIPT = """
import json, signal
import numpy as np
from sklearn.model_selection import GridSearchCV
from sknn2 import DivergenceWarning, ShallowNNClassifier

# What starts this process may have told it to ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
rng = np.random.default_rng(0)
X, y = rng.standard_normal((3000, 50)), rng.integers(0, 2, 3000)
for what in ("adam", "lbfgs", "search"):
    solver = "adam" if what == "search" else what
    model = fitted = ShallowNNClassifier(
        200, solver=solver, max_iter=10**6, tol=None, verbose=1, random_state=0
    )
    if what == "search":
        fitted = GridSearchCV(model, {"alpha": [1.0, 2.0, 3.0]}, cv=3)
    said = {"what": what, "raised": False}
    try:
        fitted.fit(X, y)
    except KeyboardInterrupt:
        said["raised"] = True
    if fitted is model:
        said["n_iter"] = model.n_iter_
        said["losses"] = model.loss_curve_.tolist()
        said["finite"] = bool(np.isfinite(model.predict_proba(X)).all())
        said["rows"] = len(model.predict(X))
    print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def interrupted():
    """Run the script and send it SIGINT in each fit; return what it says of each."""
    if os.name != "posix":
        pytest.skip("A process can be sent SIGINT on POSIX only.")
    said, epochs = {}, []
    with subprocess.Popen(
        [sys.executable, "-u", "-c", SCRIPT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    ) as process:
        lines = queue.Queue()
        reader = threading.Thread(target=lambda: [*map(lines.put, process.stdout)])
        reader.start()
        try:
            while len(said) < 3:
                # Far less than what the epochs that are left would take.
                line = lines.get(timeout=120)
                if line.startswith("{"):
                    report = json.loads(line)
                    report["epochs"], epochs = epochs, []
                    said[report["what"]] = report
                elif line.startswith("epoch "):
                    epochs.append(line)
                    if len(epochs) == 3:  # in mid-fit
                        process.send_signal(signal.SIGINT)
        finally:
            process.kill()
            reader.join()
    return said


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_ctrl_c_in_mid_fit_raises_and_leaves_a_model_that_predicts(interrupted, solver):
    said = interrupted[solver]
    assert said["raised"]
    assert said["n_iter"] == len(said["losses"]) > 0
    assert np.isfinite(said["losses"]).all()
    assert said["finite"]
    assert said["rows"] == 3000


def test_ctrl_c_ends_a_search_at_once(interrupted):
    said = interrupted["search"]
    assert said["raised"]
    # One fit was begun, and no other after it.
    begun = [line for line in said["epochs"] if line.split()[1].startswith("1/")]
    assert len(begun) == 1


# ------------------------------------------------------------- at a place that is known


@contextmanager
def ctrl_c(n):
    """Let the cost be computed n times, then interrupt; expect to hear of it."""
    compute, calls = Objective.batch_cost_and_gradient, iter(range(n))

    def batch(self, *arguments):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return compute(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Objective, "batch_cost_and_gradient", batch)
        with pytest.raises(KeyboardInterrupt):
            yield


@pytest.mark.parametrize("steps", [0, 1, 4, 13, 14, 31])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize(
    ("kind", "solver"),
    [
        *(("two classes", solver) for solver in FIRST_ORDER),
        *((kind, "adam") for kind in KINDS),
    ],
)
def test_an_interrupted_fit_goes_on_as_if_it_had_not_been(kind, solver, shuffle, steps):
    y = targets(kind, X)
    model = network(kind, solver=solver, shuffle=shuffle, warm_start=True)
    whole = clone(model).fit(X, y)
    with ctrl_c(steps):
        model.fit(X, y)
    # 4 steps make an epoch; what was begun of the next one is taken back.
    assert model.n_iter_ == len(model.loss_curve_) == steps // 4
    assert np.isfinite(raw_output(model, X)).all()
    model.set_params(max_iter=8 - model.n_iter_).fit(X, y)
    np.testing.assert_array_equal(model.parameters_.theta, whole.parameters_.theta)
    np.testing.assert_array_equal(model.loss_curve_, whole.loss_curve_)


@pytest.mark.parametrize("evaluations", [4, 5, 6, 7])
def test_an_interrupted_lbfgs_stands_where_its_last_iteration_ended(evaluations):
    model = network(solver="lbfgs", max_iter=100)
    with ctrl_c(evaluations):
        model.fit(X, y)
    assert 0 < model.n_iter_ == len(model.loss_curve_) < evaluations
    short = network(solver="lbfgs", max_iter=model.n_iter_).fit(X, y)
    np.testing.assert_array_equal(model.parameters_.theta, short.parameters_.theta)
    np.testing.assert_array_equal(model.loss_curve_, short.loss_curve_)


@each_kind
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_an_interrupted_partial_fit_leaves_the_function_as_it_was(solver, kind):
    y = targets(kind, X)
    model = network(kind, solver=solver).partial_fit(X, y, **classes_of(kind, y))
    model.partial_fit(X, y)
    before, epochs = raw_output(model, X), model.n_iter_
    with ctrl_c(2):
        model.partial_fit(2 * X + 1, y[::-1])
    np.testing.assert_array_equal(raw_output(model, X), before)
    assert model.n_iter_ == len(model.loss_curve_) == epochs


@each_kind
@pytest.mark.parametrize("steps", [0, 2])
@pytest.mark.parametrize("earlier", [0, 1, 2])
def test_a_partial_fit_that_is_repeated_counts_its_rows_once(earlier, steps, kind):
    y = targets(kind, X)
    known = classes_of(kind, y)
    chunks = [(X + k, y[::-1] if k else y) for k in range(3)]
    whole, broken = network(kind), network(kind)
    for k, chunk in enumerate(chunks):
        whole.partial_fit(*chunk, **known)
        if k == earlier:
            with ctrl_c(steps):
                broken.partial_fit(*chunk, **known)
            assert np.isfinite(raw_output(broken, X)).all()
            assert broken.n_iter_ == k
        broken.partial_fit(*chunk, **known)
    np.testing.assert_array_equal(broken.parameters_.theta, whole.parameters_.theta)
    np.testing.assert_array_equal(raw_output(broken, X), raw_output(whole, X))
    assert broken.standardization_.weight == whole.standardization_.weight
    assert broken.n_iter_ == 3


def test_an_interrupted_first_partial_fit_still_predicts():
    model = network()
    with ctrl_c(2):
        model.partial_fit(X, y, classes=[0, 1, 2])
    assert model.predict_proba(X).shape == (60, 3)


@pytest.mark.parametrize("earlier", [0, 1])
def test_a_partial_fit_whose_warning_is_an_error_changes_nothing(earlier):
    model = network(solver="sgd", batch_size="full")
    for _ in range(earlier):
        model.partial_fit(X, y, classes=[0, 1, 2])
    before = {k: v for k, v in vars(model).items() if k.endswith("_")}
    model.set_params(learning_rate=1e12)
    with pytest.raises(DivergenceWarning):
        model.partial_fit(X, y, classes=[0, 1, 2])
    after = {k: v for k, v in vars(model).items() if k in before}
    assert all(after[name] is before[name] for name in before)


class Impatient:
    """A scorer that interrupts at its n-th call."""

    def __init__(self, n):
        self.n, self.calls = n, 0

    def __call__(self, estimator, X, y):
        self.calls += 1
        if self.calls == self.n:
            raise KeyboardInterrupt
        return float(self.calls)


@pytest.mark.parametrize("early_stopping", [True, False])
@pytest.mark.parametrize("solver", NAMES)
def test_an_interrupted_validation_leaves_histories_of_one_length(
    solver, early_stopping
):
    model = network(solver=solver, scoring=Impatient(4), early_stopping=early_stopping)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y, X_val=X[:20], y_val=y[:20])
    assert model.n_iter_ == len(model.loss_curve_) >= 3
    assert len(model.validation_scores_) == model.n_iter_
    assert len(model.validation_loss_curve_) == model.n_iter_
    assert model.best_iteration_ == np.argmax(model.validation_scores_)
    # And the weights are those of the last epoch that is in the histories.
    loss = log_loss(y[:20], model.predict_proba(X[:20]))
    assert model.validation_loss_curve_[-1] == pytest.approx(loss, rel=1e-10)


def test_an_interrupted_warm_start_keeps_the_best_that_it_had():
    model = network(warm_start=True, scoring=Impatient(100))
    model.fit(X, y, X_val=X[:20], y_val=y[:20])
    before = model.predict_proba(X)
    model.set_params(scoring=Falling(interrupt_at=4))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y, X_val=X[:20], y_val=y[:20])
    assert model.n_iter_ == len(model.validation_scores_) == 8 + 2
    np.testing.assert_array_equal(model.predict_proba(X), before)


class Falling(Impatient):
    """A scorer that finds each call worse than the one before."""

    def __init__(self, interrupt_at):
        super().__init__(interrupt_at)

    def __call__(self, estimator, X, y):
        return -super().__call__(estimator, X, y)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_an_interrupted_search_begins_no_other_fit(monkeypatch, solver):
    begun = []
    fit = ShallowNNClassifier.fit

    def counted(self, *arguments, **keywords):
        begun.append(self)
        return fit(self, *arguments, **keywords)

    monkeypatch.setattr(ShallowNNClassifier, "fit", counted)
    search = GridSearchCV(network(solver=solver), {"alpha": [0.1, 1.0, 10.0]}, cv=3)
    with ctrl_c(5):
        search.fit(X, y)
    assert len(begun) == 1
    assert not hasattr(search, "best_estimator_")
