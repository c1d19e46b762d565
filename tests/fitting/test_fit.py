"""One call of fit: where it starts, what it leaves, what it hands on to the next."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from family import each_kind
from resuming import K, assert_equal, network, scaled, table
from sklearn.base import clone

from sknn2 import ShallowNNClassifier
from sknn2.training.objective import THREADS_PAY
from sknn2.training.solvers import SOLVERS

NAMES = list(SOLVERS)


@each_kind
@pytest.mark.parametrize("solver", NAMES)
def test_fit_starts_afresh(solver, kind):
    X, y = table(kind)
    other_X, other_y = table("two classes" if kind == "labels" else kind, 40, seed=1)
    model = network(kind, solver=solver).fit(other_X[:, :4], other_y)
    fresh = network(kind, solver=solver).fit(X, y)
    assert_equal(vars(model.fit(X, y)), vars(fresh))


@each_kind
@pytest.mark.parametrize("solver", NAMES)
def test_histories_are_cumulative(solver, kind):
    X, y = table(kind)
    model = network(kind, solver=solver, warm_start=True)
    earlier = np.empty(0)
    for fits in range(1, 4):
        model.fit(X, y, X_val=X[:9], y_val=y[:9])
        assert model.n_iter_ == fits * K
        for name in ("loss_curve_", "validation_loss_curve_", "validation_scores_"):
            assert getattr(model, name).shape == (model.n_iter_,)
        np.testing.assert_array_equal(model.loss_curve_[: earlier.size], earlier)
        assert model.loss_ == model.loss_curve_[-1]
        earlier = model.loss_curve_


@pytest.mark.parametrize("later", SOLVERS)
@pytest.mark.parametrize("earlier", SOLVERS)
def test_a_changed_solver_goes_on_with_no_memory_of_the_other(earlier, later):
    if earlier == later:
        pytest.skip("Not a change.")
    X, y = table()
    X = scaled(X)
    settings = {"standardize": False, "batch_size": "full", "max_iter": 2}
    model = network(solver=earlier, warm_start=True, **settings).fit(X, y)
    fresh = network(solver=later, init=model.parameters_, **settings).fit(X, y)
    model.set_params(solver=later).fit(X, y)
    np.testing.assert_array_equal(model.parameters_.theta, fresh.parameters_.theta)
    np.testing.assert_array_equal(model.loss_curve_[2:], fresh.loss_curve_)


def test_partial_fit_counts_its_passes_and_takes_no_notice_of_tol():
    X, y = table()
    model = network(tol=1e3, n_iter_no_change=1, max_iter=1)
    for passes in range(1, 6):
        assert model.partial_fit(X, y, classes=[0, 1]).n_iter_ == passes


@pytest.mark.parametrize("solver", NAMES)
def test_optimiser_memory_is_kept_only_where_something_can_use_it(solver):
    # In bytes: parameters alone take p numbers, each moment p more.
    rng = np.random.RandomState(0)
    X, y = rng.standard_normal((30, 50)), np.arange(30) % 2
    model = network(solver=solver, hidden_units=400, max_iter=2)
    p = 400 * 51 + 401
    moments = getattr(SOLVERS[solver], "n_moments", 0)
    forgetful = len(pickle.dumps(clone(model).fit(X, y)))
    mindful = len(pickle.dumps(clone(model).set_params(warm_start=True).fit(X, y)))
    assert forgetful < 1.1 * 8 * p
    assert mindful == pytest.approx(8 * p * (1 + moments), rel=0.1)
    if solver != "lbfgs":
        partial = len(pickle.dumps(clone(model).partial_fit(X, y, classes=[0, 1])))
        assert partial == pytest.approx(mindful, rel=0.1)


@pytest.mark.parametrize(("hidden", "threads"), [(4, 0), (100, 2)])
def test_threads_are_used_where_they_pay(monkeypatch, hidden, threads):
    used = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, n):
            used.append(n)
            super().__init__(n)

    monkeypatch.setattr("sknn2.fitting.fit.ThreadPoolExecutor", Pool)
    monkeypatch.setattr("sknn2.fitting.fit.THREADS_PAY", THREADS_PAY)
    X = np.random.default_rng(0).normal(size=(5000, 20))
    settings = {"batch_size": "full", "max_iter": 1, "tol": None, "n_jobs": 2}
    ShallowNNClassifier(hidden, **settings).fit(X, X[:, 0] > 0)
    assert used == [threads] * bool(threads)
