"""What a call leaves behind: no data in cycles, no changed state of the process."""

import gc
import os
import subprocess
import sys
import weakref
from contextlib import suppress

import numpy as np
import pytest
from family import classes_of, each_kind, make, targets
from sklearn.pipeline import make_pipeline

from sknn2 import (
    Network,
    PiecewiseLinearEncoder,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    check_gradient,
    initialize,
    train,
)
from sknn2.inputs import blas_threads as threads
from sknn2.inputs.blas_threads import one_blas_thread, quietly
from sknn2.training.solvers import SOLVERS


@pytest.fixture
def without_collector():
    """Switch the cyclic collector off; references alone keep an object alive."""
    gc.disable()
    yield
    gc.enable()


def new_X(m=60):
    return np.random.RandomState(0).standard_normal((m, 4))


def network(kind, **params):
    defaults = {"max_iter": 4, "tol": None, "random_state": 0, "batch_size": 16}
    return make(kind, **(defaults | params))


def fit(model, X, y):
    model.fit(X, y)


def partial_fit(model, X, y):
    kind = model.kind
    model.partial_fit(X, y, **classes_of(kind, y))
    model.partial_fit(X, y)


def fit_twice(model, X, y):
    model.set_params(warm_start=True).fit(X, y).fit(X, y)


def with_validation_set(model, X, y):
    model.set_params(early_stopping=True).fit(X, y, X_val=X[:30], y_val=y[:30])


def in_threads(model, X, y):
    model.set_params(n_jobs=2, batch_size="full").fit(X, y)


def predict(model, X, y):
    model.fit(X.copy(), y).predict(X)


def with_gradient_check(model, X, y):
    check_gradient(model, X, y)


def fails(model, X, y):
    with pytest.raises(ValueError, match=r"NaN"):
        model.set_params(
            early_stopping=True, scoring=lambda model, X, y: float("nan")
        ).fit(X, y)


def interrupted(model, X, y):
    def stop(model, X, y):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.set_params(early_stopping=True, scoring=stop).fit(X, y)


CALLS = (
    fit,
    partial_fit,
    fit_twice,
    with_validation_set,
    in_threads,
    predict,
    with_gradient_check,
    fails,
    interrupted,
)


@each_kind
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_no_call_keeps_X_alive(kind, call, solver, without_collector):
    if call is partial_fit and solver == "lbfgs":
        pytest.skip("L-BFGS has no partial_fit")
    X = new_X(5000 if call is in_threads else 60)
    if call is in_threads and kind != "two classes":
        X = new_X()
    y = targets(kind, X)
    seen = weakref.ref(X)
    model = network(kind, solver=solver)
    model.kind = kind
    call(model, X, y)
    del X
    assert seen() is None


@pytest.mark.parametrize(
    "model",
    [
        ShallowNNClassifierCV(hidden_units=3, cv=2, max_iter=5, random_state=0),
        PiecewiseLinearEncoder(),
        make_pipeline(
            PiecewiseLinearEncoder(), ShallowNNClassifier(3, max_iter=3, random_state=0)
        ),
    ],
    ids=["cv", "encoder", "pipeline"],
)
def test_no_other_estimator_keeps_X_alive(model, without_collector):
    X = new_X()
    y = (X[:, 0] > 0).astype(int)
    seen = weakref.ref(X)
    model.fit(X, y)
    del X
    assert seen() is None


def test_callbacks_do_not_keep_X_alive(without_collector):
    callback = pytest.importorskip("sklearn.callback")
    X = new_X()
    y = (X[:, 0] > 0).astype(int)
    seen = weakref.ref(X)
    model = network("two classes")
    model.set_callbacks(callback.ScoringMonitor(scoring="accuracy")).fit(X, y)
    del X, model
    assert seen() is None


@pytest.mark.parametrize("optimizer", SOLVERS)
def test_train_does_not_keep_X_alive(optimizer, without_collector):
    X = new_X().T.copy()
    Y = (X[:1] > 0).astype(float)
    seen = weakref.ref(X)
    train(Network((4, 3, 1)), X, Y, optimizer=optimizer, max_iter=3)
    check_gradient(Network((4, 3, 1)), X, Y, initialize((4, 3, 1), rng=0))
    del X
    assert seen() is None


# --------------------------------------------------------- the state of the process


class Interrupt:
    """Raise KeyboardInterrupt at the n-th event inside the frames of these files."""

    def __init__(self, n, *files):
        self.left, self.files = n, files

    def __call__(self, frame, event, arg):
        if not frame.f_code.co_filename.endswith(self.files):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self


@pytest.mark.parametrize("fails", [False, True])
def test_the_error_state_is_restored_wherever_ctrl_c_arrives(fails):
    def function():
        assert np.geterr()["over"] == "ignore"
        if fails:
            raise RuntimeError

    before, stopped = np.geterr(), 0
    tracer = sys.gettrace()
    for n in range(1, 3000):
        interrupt = Interrupt(n, "threads.py", "_ufunc_config.py", "numeric.py")
        try:
            sys.settrace(interrupt)
            quietly(function)
        except (KeyboardInterrupt, RuntimeError) as error:
            stopped += isinstance(error, KeyboardInterrupt)
        finally:
            sys.settrace(tracer)
        after = np.geterr()
        np.seterr(**before)
        assert after == before, n
        if interrupt.left > 0:
            break
    assert stopped > 50


def test_the_blas_limit_is_lifted_wherever_ctrl_c_arrives():
    with one_blas_thread():  # what is imported and found once
        pass
    X = new_X()
    y = (X[:, 0] > 0).astype(int)
    model = network("two classes", max_iter=1)
    before, stopped, tracer = np.geterr(), 0, sys.gettrace()
    for n in range(1, 5000, 3):
        interrupt = Interrupt(n, "sknn2/inputs/blas_threads.py", "contextlib.py")
        try:
            sys.settrace(interrupt)
            model.fit(X, y)
        except KeyboardInterrupt:
            stopped += 1
        finally:
            sys.settrace(tracer)
            with suppress(RuntimeError):
                # A trace, unlike a signal, can raise between the last line of a
                # ``with`` and the release of its lock.
                while True:
                    threads._lock.release()
        assert np.geterr() == before, n
        assert not threads._users, n
        assert threads._limiter is None, n
        if interrupt.left > 0:
            break
    assert stopped > 50


FORK = """
import os, sys, threading, time
import numpy as np
from threadpoolctl import threadpool_info
from sknn2 import ShallowNNClassifier
from sknn2.inputs import blas_threads as threads

def blas():
    return [i["num_threads"] for i in threadpool_info() if i["user_api"] == "blas"]

X = np.random.RandomState(0).standard_normal((3000, 20))
y = (X[:, 0] > 0).astype(int)
before = blas()
stop = False

def work():
    while not stop:
        ShallowNNClassifier(50, max_iter=1, tol=None, random_state=0).fit(X, y)

def hold():
    with threads._lock:
        held.set()
        time.sleep(0.2)

worker = threading.Thread(target=work, daemon=True)
worker.start()
held = threading.Event()
holder = threading.Thread(target=hold)
holder.start()
held.wait()
for k in range(8):
    pid = os.fork()
    if pid == 0:
        ok = blas() == before and not threads._users
        ShallowNNClassifier(5, max_iter=1, tol=None, random_state=0).fit(X, y)
        os._exit(0 if ok and blas() == before else 1)
    end = time.time() + 20
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            assert status == 0, status
            break
        if time.time() > end:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            sys.exit("the child hangs")
        time.sleep(0.005)
stop = True
worker.join(15)
assert not worker.is_alive()  # BLAS threads of its own would have ended at the fork
with threads.one_blas_thread():
    assert set(blas()) == {1}
    pid = os.fork()
    if pid == 0:
        os._exit(0 if set(blas()) == {1} else 1)
    assert os.waitpid(pid, 0)[1] == 0
assert blas() == before and not threads._users
print("fine")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="POSIX only")
def test_a_child_forked_during_a_fit_fits():
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout == "fine\n", run.stderr
