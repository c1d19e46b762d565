"""L-BFGS: its directions, its steps, where it ends, and what it leaves in the State."""

from itertools import pairwise

import numpy as np
import pytest
import reference
from scipy.optimize import minimize, rosen, rosen_der
from sklearn.linear_model import LogisticRegression

from sknn2 import LBFGS, Network, Parameters, initialize
from sknn2.inputs.reader import InputReader
from sknn2.training.lbfgs import Curvature, minimize_lbfgs
from sknn2.training.line_search import CURVATURE, DECREASE
from sknn2.training.objective import Objective
from sknn2.training.state import State

OUTPUTS = {1: "binary", 3: "softmax"}
each_loss = pytest.mark.parametrize("n_out", OUTPUTS, ids=OUTPUTS.values())


def never():
    return False


def problem(units=(3, 4, 1), weighted=True, alpha=0.5, dtype=np.float64, m=60):
    """Return an objective, a state, and X, Y, w."""
    X, Y, _, _, w = reference.draw(units, m, away=0)
    w = w if weighted else None
    w_ = None if w is None else w.astype(dtype)
    network = Network(units)
    objective = Objective(
        network, InputReader(X.T, dtype=dtype), Y.astype(dtype), w_, alpha
    )
    parameters = initialize(units, rng=1, dtype=dtype)
    return objective, start(parameters), X, Y, w


def start(parameters):
    """Return a state at a copy of the parameters."""
    memory = np.zeros((0, parameters.theta.size), parameters.theta.dtype)
    return State(parameters.copy(), memory, seed=0)


def run(objective, state, max_iter=500, report=never, solver=LBFGS()):
    return minimize_lbfgs(objective, state, solver, max_iter=max_iter, report=report)


@each_loss
@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
def test_a_convex_problem_is_solved(n_out, weighted):
    alpha = 0.5
    objective, state, X, Y, w = problem((3, n_out), weighted, alpha)
    assert run(objective, state) == "stopped"
    W, b = state.parameters.W[1], state.parameters.b[1]
    labels = Y[0] if n_out == 1 else Y.argmax(axis=0)
    logistic = LogisticRegression(C=1 / alpha, tol=1e-10, max_iter=10_000)
    logistic.fit(X.T, labels, sample_weight=w)
    np.testing.assert_allclose(W, logistic.coef_, atol=1e-5)
    # Equal shifts of all the biases of a softmax change nothing.
    intercept = logistic.intercept_
    shift = 0 if n_out == 1 else b.mean() - intercept.mean()
    np.testing.assert_allclose(b[:, 0] - shift, intercept, atol=1e-5)
    # The cost is the least there is, by SciPy on a cost written independently.

    def cost(theta):
        at = Parameters((3, n_out), theta)
        return reference.deep_cost(X, Y, [at.W[1]], [at.b[1]], "tanh", w, alpha)

    best = minimize(cost, np.zeros(4 * n_out), method="BFGS", options={"gtol": 1e-7})
    assert cost(state.parameters.theta) <= best.fun + 1e-9


@each_loss
@pytest.mark.parametrize("hidden", [(4,), (4, 3)], ids=str)
def test_losses_are_the_costs_before_each_iteration(n_out, hidden):
    objective, state, X, Y, w = problem((3, *hidden, n_out))

    def cost():
        p = state.parameters
        return reference.deep_cost(X, Y, p.W[1:], p.b[1:], "tanh", w, 0.5)

    costs, lengths = [cost()], []

    def report():
        lengths.append(len(state.losses))
        costs.append(cost())
        return False

    assert run(objective, state, max_iter=12, report=report) == "max_iter"
    assert lengths == list(range(1, 13))
    np.testing.assert_allclose(state.losses, costs[:-1], rtol=1e-12)
    assert all(np.diff(costs) < 0)


@pytest.mark.parametrize("stop_at", [1, 3, 7, 8])
def test_a_report_that_is_true_stops(stop_at):
    # 8 is max_iter itself: the wish to stop counts there, too.
    objective, state, *_ = problem()
    parameters = state.parameters.copy()
    outcome = run(objective, state, 8, lambda: len(state.losses) == stop_at)
    assert outcome == "stopped"
    assert len(state.losses) == stop_at
    other = start(parameters)
    assert run(objective, other, stop_at) == "max_iter"
    np.testing.assert_array_equal(state.parameters.theta, other.parameters.theta)
    assert state.losses == other.losses


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_exception_in_report_leaves_whole_iterations(error):
    objective, state, *_ = problem()
    parameters = state.parameters.copy()

    def report():
        if len(state.losses) == 4:
            raise error

    with pytest.raises(error):
        run(objective, state, 100, report)
    # An iteration that was not reported to its end does not count.
    other = start(parameters)
    run(objective, other, 3)
    np.testing.assert_array_equal(state.parameters.theta, other.parameters.theta)
    assert state.losses == other.losses
    # It goes on from there.
    run(objective, state, 100)
    assert state.losses[-1] < other.losses[-1]


def test_an_exception_between_iterations_leaves_whole_ones(monkeypatch):
    objective, state, *_ = problem()
    parameters = state.parameters.copy()
    evaluate, calls = objective.cost_and_gradient, []

    def interrupted(*args):
        calls.append(len(state.losses))
        if len(calls) == 12:
            raise KeyboardInterrupt
        return evaluate(*args)

    monkeypatch.setattr(objective, "cost_and_gradient", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(objective, state)
    monkeypatch.undo()
    assert len(state.losses) == calls[-1] > 3
    other = start(parameters)
    run(objective, other, calls[-1])
    np.testing.assert_array_equal(state.parameters.theta, other.parameters.theta)


def test_theta_stays_where_it_is():
    objective, state, *_ = problem()
    theta = state.parameters.theta
    run(objective, state, 5)
    assert state.parameters.theta is theta
    assert np.shares_memory(state.parameters.W[1], theta)


@each_loss
def test_float32(n_out):
    units = (3, 4, n_out)
    objective, state, *_ = problem(units, dtype=np.float32)
    run(objective, state)
    assert state.parameters.theta.dtype == np.float32
    assert state.is_finite()
    assert all(type(loss) is float for loss in state.losses)
    double, double_state, *_ = problem(units)
    assert run(double, double_state, 50)
    # It stops where rounding hides further progress, not before.
    gradient = double_state.parameters.zeros_like()
    at = Parameters(units, state.parameters.theta.astype(float))
    double.cost_and_gradient(at, gradient)
    assert np.linalg.norm(gradient.theta) < 5e-3


class Function:
    """A function of p numbers, as an objective over the theta of a network."""

    def __init__(self, f, gradient):
        self.f, self.gradient, self.dtypes = f, gradient, set()

    def cost_and_gradient(self, parameters, gradient):
        self.dtypes.add(parameters.theta.dtype)
        gradient.theta[:] = self.gradient(parameters.theta)
        return float(self.f(parameters.theta))


class Point:
    """A theta of any size."""

    def __init__(self, theta):
        self.theta = np.array(theta, copy=True)

    def copy(self):
        return Point(self.theta)

    def zeros_like(self):
        return Point(np.zeros_like(self.theta))


def test_rosenbrock_valley():
    state = start(Parameters((1, 1), np.array([-1.2, 1.0])))
    assert run(Function(rosen, rosen_der), state) == "stopped"
    np.testing.assert_allclose(state.parameters.theta, [1, 1], atol=1e-6)
    assert state.losses[0] == rosen([-1.2, 1.0])
    assert len(state.losses) < 100


def of_residuals(residuals, jacobian):
    """Return a sum of squares and its gradient."""
    return (
        lambda x: residuals(x) @ residuals(x),
        lambda x: 2 * jacobian(x).T @ residuals(x),
    )


# J. J. Moré, B. S. Garbow and K. E. Hillstrom, Testing unconstrained optimization
# software, ACM TOMS 7, 1981.
PROBLEMS = {
    "rosenbrock of 30": (rosen, rosen_der, np.tile([-1.2, 1.0], 15)),
    "powell singular": (
        *of_residuals(
            lambda x: np.array(
                [
                    x[0] + 10 * x[1],
                    5**0.5 * (x[2] - x[3]),
                    (x[1] - 2 * x[2]) ** 2,
                    10**0.5 * (x[0] - x[3]) ** 2,
                ]
            ),
            lambda x: np.array(
                [
                    [1, 10, 0, 0],
                    [0, 0, 5**0.5, -(5**0.5)],
                    [0, 2 * (x[1] - 2 * x[2]), -4 * (x[1] - 2 * x[2]), 0],
                    [2 * 10**0.5 * (x[0] - x[3]), 0, 0, -2 * 10**0.5 * (x[0] - x[3])],
                ]
            ),
        ),
        np.array([3.0, -1, 0, 1]),
    ),
    "beale": (
        *of_residuals(
            lambda x: np.array([1.5, 2.25, 2.625]) - x[0] * (1 - x[1] ** [1, 2, 3]),
            lambda x: np.c_[
                x[1] ** [1, 2, 3] - 1, x[0] * np.array([1, 2 * x[1], 3 * x[1] ** 2])
            ],
        ),
        np.array([1.0, 1]),
    ),
    "steep and flat": (
        lambda x: np.sum(10.0 ** np.arange(7) * x**2) / 2,
        lambda x: 10.0 ** np.arange(7) * x,
        np.ones(7),
    ),
    "a sum of exponentials": (
        lambda x: np.sum(np.exp(5 * x) - 5 * x),
        lambda x: 5 * np.exp(5 * x) - 5,
        np.full(4, 9.0),
    ),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", PROBLEMS)
def test_it_ends_where_scipy_does_and_not_later(name, dtype):
    f, gradient, theta = PROBLEMS[name]
    options = {"maxiter": 2000, "maxfun": 10**5, "gtol": 1e-10, "ftol": 1e-15}
    best = minimize(f, theta, jac=gradient, method="L-BFGS-B", options=options)
    state, calls = start(Point(theta.astype(dtype))), []
    counted = Function(lambda x: calls.append(x.dtype) or f(x), gradient)
    with np.errstate(over="ignore", invalid="ignore"):  # as in a fit
        assert run(counted, state, max_iter=2000) == "stopped"
    assert set(calls) == {np.dtype(dtype)}
    assert len(calls) < 2 * best.nfev
    end = state.parameters.theta.astype(float)
    if dtype == np.float64:
        assert f(end) <= best.fun + 1e-9
    else:
        assert f(end) <= best.fun + 1e-3
    assert (np.diff(state.losses) < 0).all()


@pytest.mark.parametrize("name", PROBLEMS)
def test_each_step_meets_the_wolfe_conditions(name):
    f, gradient, theta = PROBLEMS[name]
    state, path = start(Point(theta)), [theta]

    def report():
        path.append(state.parameters.theta.copy())

    run(Function(f, gradient), state, report=report, max_iter=20)
    assert len(path) > 5
    for a, b in pairwise(path):
        slope = gradient(a) @ (b - a)  # times the step, so the step is 1
        assert slope < 0
        assert f(b) <= f(a) + DECREASE * slope * (1 - 1e-6)
        assert abs(gradient(b) @ (b - a)) <= CURVATURE * abs(slope) * (1 + 1e-6)


@pytest.mark.parametrize("n_pairs", [1, 3, 4, 9])
def test_directions_are_those_of_the_bfgs_formula(n_pairs):
    rng, memory, p = np.random.default_rng(0), 4, 6
    hessian = np.diag(np.arange(1.0, p + 1))
    curvature, pairs = Curvature(memory, np.zeros(p)), []
    for _ in range(n_pairs):
        s = rng.normal(size=p)
        pairs.append((s, hessian @ s))
        curvature.add(*pairs[-1])
        curvature.add(s, -s)  # of negative curvature: not kept
        curvature.add(s, 0 * s)
    assert len(curvature) == min(n_pairs, memory)
    s, y = pairs[-1]
    H = np.eye(p) * (s @ y) / (y @ y)
    for s, y in pairs[-memory:]:
        V = np.eye(p) - np.outer(y, s) / (s @ y)
        H = V.T @ H @ V + np.outer(s, s) / (s @ y)
    g = rng.normal(size=p)
    np.testing.assert_allclose(curvature.direction(g), -H @ g, rtol=1e-10)


def test_a_trial_step_into_nothing_turns_back():
    # -log is not a number left of 0 and infinite at 0; the minimum is at 1.
    def f(x):
        return np.sum(x - np.log(x))

    state = start(Parameters((1, 1), np.array([30.0, 0.01])))
    with np.errstate(invalid="ignore", divide="ignore"):
        run(Function(f, lambda x: 1 - 1 / x), state)
    np.testing.assert_allclose(state.parameters.theta, 1, atol=1e-5)
    assert np.isfinite(state.losses).all()


def test_a_start_that_is_not_finite():
    state = start(Parameters((1, 1), np.array([-1.0, 2.0])))
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(FloatingPointError, match="not finite at the start"),
    ):
        run(Function(lambda x: np.log(x).sum(), lambda x: 1 / x), state)
    np.testing.assert_array_equal(state.parameters.theta, [-1, 2])
    assert state.losses == []


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_start_at_the_minimum(dtype):
    state = start(Parameters((1, 1), np.zeros(2, dtype)))
    reports = []
    function = Function(lambda x: 1 + x @ x, lambda x: 2 * x)
    outcome = run(function, state, report=lambda: reports.append(0))
    assert outcome == "stopped"
    assert state.losses == [1.0]
    assert len(reports) == 1
    assert not state.parameters.theta.any()
    assert function.dtypes == {np.dtype(dtype)}


def test_the_solver_says_how_much_is_remembered():
    ends = []
    for solver in (LBFGS(memory=1), LBFGS(memory=10)):
        objective, state, *_ = problem((3, 4, 4, 1))
        run(objective, state, 30, solver=solver)
        ends.append(state.losses[-1])
    assert ends[1] < ends[0]


def test_it_goes_on_from_earlier_losses():
    objective, state, *_ = problem()
    run(objective, state, 5)
    first = list(state.losses)
    run(objective, state, 5)
    assert state.losses[:5] == first
    assert len(state.losses) == 10
    assert all(np.diff(state.losses) < 0)
