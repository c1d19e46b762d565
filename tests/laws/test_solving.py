"""Solvers and schedules as an estimator has them."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler

from sknn2 import (
    LBFGS,
    Adam,
    AdamW,
    Cosine,
    DivideOnStall,
    Exponential,
    GradientDescent,
    InverseTime,
    Momentum,
    Nesterov,
    Network,
    RMSProp,
    ShallowNNClassifier,
    Step,
    WarmUp,
    initialize,
)
from sknn2.training.schedules import SCHEDULES
from sknn2.training.solvers import SOLVERS

NAMES = list(SOLVERS)
FIRST_ORDER = [name for name in NAMES if name != "lbfgs"]


def table(n_classes=2, m=90, seed=0):
    """Return X of unlike scales, noisy labels and weights."""
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((m, 4))
    noise = rng.gumbel(size=(m, n_classes))
    y = (X @ rng.standard_normal((4, n_classes)) + noise).argmax(axis=1)
    return (
        X * [1.0, 100.0, 0.01, 3.0] + [0.0, 5.0, 1.0, -9.0],
        y,
        rng.exponential(size=m),
    )


def network(**params):
    """Return a small estimator that runs exactly 6 full-batch epochs."""
    defaults = {
        "hidden_units": 4,
        "activation": "tanh",
        "schedule": "constant",
        "batch_size": "full",
        "alpha": 1.0,
        "max_iter": 6,
        "tol": None,
        "random_state": 0,
    }
    return ShallowNNClassifier(**(defaults | params))


def cost(model, X, y, w=None):
    """Return J of a fitted model, by scikit-learn's loss."""
    S = len(y) if w is None else w.sum()
    squares = sum(float((W**2).sum()) for W in model.parameters_.W[1:])
    loss = log_loss(y, model.predict_proba(X), sample_weight=w)
    return loss + model.alpha / 2 * squares / S


# ------------------------------------------------------- without a hidden layer: convex


def regression(X, y, w, alpha):
    """Return scikit-learn's logistic regression on standardised X, and its cost J."""
    Z = StandardScaler().fit(X, sample_weight=w).transform(X)
    model = LogisticRegression(C=1 / alpha, tol=1e-10, max_iter=10_000)
    model.fit(Z, y, sample_weight=w)
    S = len(y) if w is None else w.sum()
    J = log_loss(y, model.predict_proba(Z), sample_weight=w)
    return model, J + alpha / 2 * (model.coef_**2).sum() / S


@pytest.mark.parametrize("alpha", [0.3, 1.0, 30.0])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_lbfgs_reaches_the_coefficients_of_logistic_regression(
    n_classes, weighted, alpha
):
    X, y, w = table(n_classes)
    w = w if weighted else None
    model = network(hidden_units=0, solver="lbfgs", alpha=alpha, max_iter=1000)
    model.fit(X, y, w)
    expected, _ = regression(X, y, w, alpha)
    np.testing.assert_allclose(model.parameters_.W[1], expected.coef_, atol=1e-5)
    # Of several intercepts only the differences matter.
    b = model.parameters_.b[1].ravel()
    b0 = expected.intercept_
    if n_classes > 2:
        b, b0 = b - b.mean(), b0 - b0.mean()
    np.testing.assert_allclose(b, b0, atol=1e-5)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_each_solver_comes_near_the_cost_of_logistic_regression(
    solver, n_classes, weighted
):
    X, y, w = table(n_classes)
    w = w if weighted else None
    # AdamW's penalty acts outside of the moments: where it is not small, AdamW has
    # another minimum.
    alpha = 1e-4 if solver == "adamw" else 1.0
    rate = 1.0 if solver in ("sgd", "momentum", "nesterov") else 0.1
    model = network(hidden_units=0, solver=solver, alpha=alpha, learning_rate=rate)
    model.set_params(schedule="cosine", max_iter=600).fit(X, y, w)
    _, J = regression(X, y, w, alpha)
    assert -1e-9 < cost(model, X, y, w) - J < 1e-3


# --------------------------------------------------------------------------- loss curve


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("solver", NAMES)
def test_loss_curve_has_the_cost_before_each_update(solver, weighted, n_classes):
    X, y, w = table(n_classes)
    w = w if weighted else None
    curve = network(solver=solver).fit(X, y, w).loss_curve_
    for k in range(1, 6):
        short = network(solver=solver, max_iter=k).fit(X, y, w)
        assert curve[k] == pytest.approx(cost(short, X, y, w), rel=1e-10)
    init = initialize((4, 4, 1 if n_classes == 2 else n_classes), "xavier", rng=5)
    begun = network(solver=solver, init=init, max_iter=1).fit(X, y, w)
    start = clone(begun).fit(X, y, w)
    start.parameters_ = init
    assert begun.loss_curve_[0] == pytest.approx(cost(start, X, y, w), rel=1e-10)


@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_loss_curve_of_mini_batches_is_the_mean_over_the_batches(solver):
    # Each batch estimates the same J: a smaller last batch counts as its rows.
    X, y, _ = table()
    model = network(solver=solver, batch_size=40, shuffle=False, max_iter=1)
    init = initialize((4, 4, 1), "xavier", rng=5)
    curve = model.set_params(init=init).fit(X, y).loss_curve_
    Z, net = StandardScaler().fit_transform(X).T, Network((4, 4, 1), "tanh")
    theta = init.copy()
    optimizer = SOLVERS[solver]
    memory, total = optimizer.new_memory(theta.theta), 0.0
    for t, rows in enumerate([slice(0, 40), slice(40, 80), slice(80, 90)], start=1):
        J, gradient = net.cost_and_gradient(Z[:, rows], y[None, rows], theta)
        penalty = 1.0 / 90 * theta.weight_mask() * theta.theta
        total += (rows.stop - rows.start) * (J + penalty @ theta.theta / 2)
        rate = optimizer.default_learning_rate
        optimizer.update(theta.theta, gradient.theta, memory, t, rate, penalty)
    assert curve[0] == pytest.approx(total / 90, rel=1e-10)
    np.testing.assert_allclose(model.parameters_.theta, theta.theta, atol=1e-12)


# -------------------------------------------------------------------- objects and names


@pytest.mark.parametrize("solver", NAMES)
def test_a_solver_by_name_is_its_object(solver):
    X, y, _ = table()
    by_name = network(solver=solver).fit(X, y)
    by_object = network(solver=SOLVERS[solver]).fit(X, y)
    np.testing.assert_array_equal(
        by_name.parameters_.theta, by_object.parameters_.theta
    )


def unrolled_adam(beta1, beta2, epsilon, rate, steps, X, y, init):
    """Return theta after full-batch Adam on J with alpha=1, formula by formula."""
    theta, net = init.copy(), Network((4, 4, 1), "tanh")
    first = second = np.zeros_like(theta.theta)
    for t in range(1, steps + 1):
        _, gradient = net.cost_and_gradient(X.T, y[None], theta, alpha=1.0)
        g = gradient.theta
        first = beta1 * first + (1 - beta1) * g
        second = beta2 * second + (1 - beta2) * g**2
        root = np.sqrt(second / (1 - beta2**t)) + epsilon
        theta.theta[:] -= rate * first / (1 - beta1**t) / root
    return theta.theta


@pytest.mark.parametrize(
    "solver",
    [Adam(), Adam(beta1=0.95), Adam(beta2=0.9), Adam(epsilon=0.1)],
    ids=repr,
)
def test_adam_does_what_its_hyper_parameters_say(solver):
    X, y, _ = table()
    init = initialize((4, 4, 1), "xavier", rng=5)
    model = network(solver=solver, init=init, learning_rate=0.05).fit(X, y)
    settings = solver.beta1, solver.beta2, solver.epsilon
    Z = StandardScaler().fit_transform(X)
    expected = unrolled_adam(*settings, 0.05, 6, Z, y, init)
    np.testing.assert_allclose(model.parameters_.theta, expected, rtol=1e-9, atol=1e-12)


OBJECTS = [
    GradientDescent(),
    Momentum(beta=0.5),
    Nesterov(beta=0.5),
    RMSProp(beta=0.5, epsilon=1e-3),
    Adam(beta1=0.95),
    AdamW(beta2=0.9),
    LBFGS(memory=3),
]


def test_solver_objects_are_values_of_a_grid():
    X, y, _ = table()
    grid = {"solver": [*OBJECTS, "sgd"]}
    search = GridSearchCV(network(), grid, cv=2, scoring="neg_log_loss")
    search.fit(X, y)
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(search)).predict_proba(X), search.predict_proba(X)
    )
    assert [p["solver"] for p in search.cv_results_["params"]] == grid["solver"]
    alone = [
        GridSearchCV(network(), {"solver": [s]}, cv=2, scoring="neg_log_loss")
        .fit(X, y)
        .best_score_
        for s in grid["solver"]
    ]
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], alone)
    assert len(set(alone)) >= len(OBJECTS)  # each does something of its own
    thawed = pickle.loads(pickle.dumps(search))
    assert thawed.best_params_ == search.best_params_
    assert clone(thawed.best_estimator_).solver == search.best_params_["solver"]


@pytest.mark.parametrize("solver", OBJECTS, ids=repr)
def test_solver_objects_print_compare_and_pickle(solver):
    model = network(solver=solver)
    assert repr(solver) in repr(model)
    assert clone(model).solver == solver
    assert pickle.loads(pickle.dumps(model)).solver == solver


@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_an_automatic_rate_is_the_one_that_the_solver_has(solver):
    X, y, _ = table()
    rate = SOLVERS[solver].default_learning_rate
    assert f"{rate:g}" in ShallowNNClassifier.__doc__
    automatic = network(solver=solver).fit(X, y)
    given = network(solver=solver, learning_rate=rate).fit(X, y)
    np.testing.assert_array_equal(automatic.parameters_.theta, given.parameters_.theta)


# --------------------------------------------------------------------------- schedules

# Factor as a function of the epoch, of 12.
FORMULAS = {
    "constant": (SCHEDULES["constant"], lambda k: 1.0),
    "inverse_time": (InverseTime(0.1), lambda k: 1 / (1 + 0.1 * k)),
    "exponential": (Exponential(0.95), lambda k: 0.95**k),
    "step": (Step(50, 0.5), lambda k: 1.0),
    "cosine": (Cosine(), lambda k: (1 + np.cos(np.pi * k / 12)) / 2),
    "warm_up": (WarmUp(5), lambda k: (k + 1) / 6 if k < 5 else 1.0),
    "divide_on_stall": (DivideOnStall(5.0, 5, 1e-4), lambda k: 1.0),
}
OTHERS = [
    (InverseTime(1.0), lambda k: 1 / (1 + k)),
    (Exponential(0.5), lambda k: 0.5**k),
    (Step(every=4, factor=0.1), lambda k: 0.1 ** (k // 4)),
    (WarmUp(2), lambda k: (k + 1) / 3 if k < 2 else 1.0),
    # No epoch improves by 1000, so every two after the first are a stall.
    (
        DivideOnStall(divisor=3.0, patience=2, tol=1e3),
        lambda k: 3.0 ** -(max(k - 1, 0) // 2),
    ),
]


def unrolled_descent(factor, X, y, init):
    """Return theta after 12 full-batch steps of gradient descent from rate 0.3."""
    theta, net = init.copy(), Network((4, 4, 1), "tanh")
    for k in range(12):
        _, gradient = net.cost_and_gradient(X.T, y[None], theta, alpha=1.0)
        theta.theta[:] -= 0.3 * factor(k) * gradient.theta
    return theta.theta


def test_every_schedule_is_in_the_table():
    assert FORMULAS.keys() == SCHEDULES.keys()


@pytest.mark.parametrize("n_fits", [1, 2])
@pytest.mark.parametrize(
    ("schedule", "factor"),
    [
        *((name, factor) for name, (_, factor) in FORMULAS.items()),
        *FORMULAS.values(),
        *OTHERS,
    ],
    ids=lambda value: "" if callable(value) and not hasattr(value, "name") else None,
)
def test_a_schedule_multiplies_the_rate_of_each_epoch(schedule, factor, n_fits):
    if n_fits == 2 and getattr(schedule, "name", schedule) == "cosine":
        pytest.skip("Cosine runs over each fit.")
    X, y, _ = table()
    init = initialize((4, 4, 1), "xavier", rng=5)
    model = network(solver="sgd", schedule=schedule, learning_rate=0.3, init=init)
    model.set_params(max_iter=12 // n_fits, warm_start=True)
    for _ in range(n_fits):
        model.fit(X, y)
    Z = StandardScaler().fit_transform(X)
    np.testing.assert_allclose(
        model.parameters_.theta, unrolled_descent(factor, Z, y, init), atol=1e-12
    )


def test_a_cosine_runs_again_over_each_warm_start():
    X, y, _ = table()
    init = initialize((4, 4, 1), "xavier", rng=5)
    model = network(solver="sgd", schedule="cosine", learning_rate=0.3, init=init)
    model.set_params(max_iter=6, warm_start=True).fit(X, y).fit(X, y)
    Z = StandardScaler().fit_transform(X)
    expected = unrolled_descent(
        lambda k: (1 + np.cos(np.pi * (k % 6) / 6)) / 2, Z, y, init
    )
    np.testing.assert_allclose(model.parameters_.theta, expected, atol=1e-12)


def test_the_automatic_schedule_is_cosine_in_fit_and_constant_in_partial_fit():
    X, y, _ = table()
    automatic = network(schedule="auto").fit(X, y)
    cosine = network(schedule="cosine").fit(X, y)
    np.testing.assert_array_equal(automatic.parameters_.theta, cosine.parameters_.theta)
    automatic, constant = network(schedule="auto"), network(schedule="constant")
    for _ in range(3):
        automatic.partial_fit(X, y, classes=[0, 1])
        constant.partial_fit(X, y, classes=[0, 1])
    np.testing.assert_array_equal(
        automatic.parameters_.theta, constant.parameters_.theta
    )


# ------------------------------------------------------------------------------- lbfgs


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_loss_curve_of_lbfgs_falls(n_classes):
    X, y, w = table(n_classes)
    model = network(solver="lbfgs", max_iter=40).fit(X, y, w)
    assert model.n_iter_ > 10
    assert np.all(np.diff(model.loss_curve_) < 0)
    assert cost(model, X, y, w) < model.loss_


def test_a_warm_start_of_lbfgs_goes_on_from_where_it_was():
    X, y, _ = table()
    model = network(solver="lbfgs", warm_start=True).fit(X, y)
    reached = cost(model, X, y)
    model.fit(X, y)
    assert model.n_iter_ == len(model.loss_curve_) == 12
    assert model.loss_curve_[6] == pytest.approx(reached, rel=1e-10)
    assert np.all(np.diff(model.loss_curve_) < 0)
    assert cost(model, X, y) < reached


def test_a_warm_start_of_lbfgs_at_the_minimum_stays_there():
    X, y, _ = table()
    model = network(solver="lbfgs", hidden_units=0, max_iter=500, warm_start=True)
    theta = model.fit(X, y).parameters_.theta
    for _ in range(3):
        model.fit(X, y)
        np.testing.assert_allclose(model.parameters_.theta, theta, atol=1e-6)
        assert model.n_iter_ == len(model.loss_curve_)


def test_lbfgs_in_float32():
    X, y, _ = table()
    Z = StandardScaler().fit_transform(X)
    single = network(solver="lbfgs", hidden_units=0, max_iter=200)
    single.fit(Z.astype(np.float32), y)
    double = network(solver="lbfgs", hidden_units=0, max_iter=200).fit(Z, y)
    assert single.parameters_.theta.dtype == np.float32
    assert single.predict_proba(Z.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(
        single.parameters_.theta, double.parameters_.theta, atol=1e-3
    )


@pytest.mark.parametrize(
    "params",
    [
        {"learning_rate": 1e6},
        {"schedule": "cosine"},
        {"schedule": "step"},
        {"batch_size": 7},
        {"shuffle": False},
    ],
    ids=str,
)
def test_lbfgs_takes_no_notice_of_what_first_order_solvers_need(params):
    X, y, _ = table()
    plain = network(solver="lbfgs").fit(X, y)
    other = network(solver="lbfgs", **params).fit(X, y)
    np.testing.assert_array_equal(plain.parameters_.theta, other.parameters_.theta)


@pytest.mark.parametrize("solver", ["lbfgs", LBFGS(memory=3)], ids=repr)
def test_lbfgs_has_no_partial_fit_and_says_why(solver):
    model = network(solver=solver)
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError, match="partial_fit") as info:
        model.partial_fit([[0.0]], [0])
    said = f"{info.value} {info.value.__cause__}"
    assert "L-BFGS needs all rows at every step" in said
    assert hasattr(model.set_params(solver="adam"), "partial_fit")


def test_lbfgs_stops_on_tol_and_on_a_validation_set():
    X, y, _ = table()
    model = network(solver="lbfgs", tol=1e-3, n_iter_no_change=3, max_iter=500)
    losses = model.fit(X, y).loss_curve_
    assert len(losses) < 500
    assert losses[-4] - losses[-1] < 3e-3
    stopped = clone(model).set_params(tol=1e-4, hidden_units=30, alpha=1e-3)
    stopped.fit(X[:45], y[:45], X_val=X[45:], y_val=y[45:])
    assert stopped.best_iteration_ == np.argmin(stopped.validation_loss_curve_)
    assert stopped.n_iter_ == stopped.best_iteration_ + 1 + 3
