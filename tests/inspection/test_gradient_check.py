"""check_gradient: says yes to what is right, and finds what is wrong."""

import re

import numpy as np
import pytest
import reference

from sknn2 import (
    Activation,
    GradientReport,
    Network,
    Parameters,
    ShallowNNClassifier,
    check_gradient,
    initialize,
)
from sknn2.network.activations import ACTIVATIONS

UNITS = (3, 4, 3, 1)
PLACES = [(name, l) for l in (1, 2, 3) for name in "Wb"]


def problem(units=UNITS, activation="tanh"):
    X, Y, W, b, w = reference.draw(units, 6, activation)
    return Network(units, activation), X, Y, w, Parameters.from_arrays(W, b)


@pytest.mark.parametrize("n_out", [1, 3], ids=["binary", "softmax"])
@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("alpha", [None, 0, 0.7])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_a_right_gradient(n_out, weighted, alpha, activation):
    key = "sigmoid" if activation == "logistic" else activation
    network, X, Y, w, parameters = problem((3, 4, 3, n_out), key)
    network = Network(network.units, activation)
    before = parameters.theta.copy()
    weights = w if weighted else None
    report = check_gradient(
        network, X, Y, parameters, sample_weight=weights, alpha=alpha
    )
    assert report.ok
    assert bool(report)
    assert report.relative_error <= 1e-7
    np.testing.assert_array_equal(parameters.theta, before)
    _, gradient = network.cost_and_gradient(X, Y, parameters, weights, alpha or 0)
    np.testing.assert_array_equal(report.gradient.theta, gradient.theta)
    # What it holds it against is not the gradient again.
    assert not np.array_equal(report.numerical.theta, gradient.theta)


@pytest.mark.parametrize(("name", "l"), PLACES, ids=lambda v: str(v))
@pytest.mark.parametrize("one_entry", [False, True], ids=["all", "one"])
def test_a_mistake_of_a_thousandth_is_caught(monkeypatch, name, l, one_entry):
    network, X, Y, w, parameters = problem()
    right = Network.cost_and_gradient

    def wrong(*args):
        J, gradient = right(*args)
        a = getattr(gradient, name)[l]
        a[(-1, -1) if one_entry else slice(None)] *= 1.001
        return J, gradient

    monkeypatch.setattr(Network, "cost_and_gradient", wrong)
    report = check_gradient(network, X, Y, parameters, sample_weight=w, alpha=0.5)
    assert not report.ok
    assert not report
    lines = str(report).splitlines()
    assert lines[-1].startswith("THE GRADIENT IS WRONG: relative error ")
    # The table shows where: one line stands out.
    errors = {
        line.split("(")[0].strip(): float(line.split("at [")[0].split()[-1])
        for line in lines[1:-1]
    }
    assert max(errors, key=errors.get) == f"d{name}[{l}]"
    assert all(e < 1e-6 for place, e in errors.items() if place != f"d{name}[{l}]")


@pytest.mark.parametrize(
    "backward",
    [
        lambda dA, A, out=None, scratch=None: np.multiply(
            1.001 * dA, 1 - A * A, out=out
        ),
        lambda dA, A, out=None, scratch=None: np.multiply(dA, 1 + A * A, out=out),
        # Right where an activation of one's own is tried, and wrong elsewhere.
        lambda dA, A, out=None, scratch=None: np.multiply(
            dA, np.where(np.abs(dA) == 0.5, 1 - A * A, np.nan), out=out
        ),
        lambda dA, A, out=None, scratch=None: np.multiply(
            dA, np.where(np.abs(dA) == 0.5, 1 - A * A, np.inf), out=out
        ),
    ],
    ids=["thousandth", "sign", "nan", "inf"],
)
@pytest.mark.parametrize("units", [UNITS, (3, 4, 1)], ids=str)
def test_a_wrong_backward_of_ones_own_is_caught(backward, units):
    _, X, Y, _, parameters = problem(units)
    network = Network(units, Activation("wrong", ACTIVATIONS["tanh"].forward, backward))
    with np.errstate(invalid="ignore"):
        report = check_gradient(network, X, Y, parameters)
        assert not report.ok
        assert "THE GRADIENT IS WRONG" in str(report)


def test_a_gradient_of_zero_is_right_where_it_is_zero():
    # All rows alike and half of them of each class: nothing to learn from.
    network = Network((2, 2, 1), "identity")
    X, Y = np.zeros((2, 4)), np.array([[0.0, 1, 0, 1]])
    assert check_gradient(network, X, Y, Parameters((2, 2, 1))).ok


def test_a_report_that_a_person_can_read():
    network, X, Y, _, parameters = problem()
    report = check_gradient(network, X, Y, parameters)
    lines = str(report).splitlines()
    assert len(lines) == 1 + 6 + 1
    assert lines[0].split() == ["shape", "norm", "error", "largest", "difference"]
    for line, (name, l) in zip(lines[1:], PLACES, strict=False):
        a = getattr(report.gradient, name)[l]
        number = r"([-+.e\d]+)"
        place = re.escape(f"d{name}[{l}]")
        match = re.fullmatch(
            rf"{place} +{re.escape(str(a.shape))} +{number} +{number}  at "
            rf"\[(\d+), (\d+)\]: backward {number}, differences {number}",
            line,
        )
        assert match, line
        norm, _, i, j, backward, differences = match.groups()
        assert float(norm) == pytest.approx(np.linalg.norm(a), rel=1e-3)
        numerical = getattr(report.numerical, name)[l]
        assert (int(i), int(j)) == np.unravel_index(
            np.abs(a - numerical).argmax(), a.shape
        )
        assert float(backward) == pytest.approx(a[int(i), int(j)], rel=1e-8)
        assert float(differences) == pytest.approx(numerical[int(i), int(j)], rel=1e-8)
    assert re.fullmatch(
        r"The gradient is right: relative error \S+, at most 1e-07, over "
        rf"{parameters.theta.size} parameters\.",
        lines[-1],
    )


def test_tol_is_where_right_ends():
    a, b = (
        Parameters((1, 1), np.array([1.0, 0])),
        Parameters((1, 1), np.array([1.0, 2])),
    )
    # ||a - b|| / (||a|| + ||b||) = 2 / (1 + sqrt 5)
    report = GradientReport(a, b, 0.62)
    assert report.relative_error == pytest.approx(2 / (1 + 5**0.5))
    assert report.ok
    assert not GradientReport(a, b, 0.61).ok
    network, X, Y, _, parameters = problem()
    assert not check_gradient(network, X, Y, parameters, tol=1e-16).ok


def test_single_precision_is_checked_in_double():
    network, X, Y, w, parameters = problem()
    single = Parameters(UNITS, parameters.theta.astype(np.float32))
    report = check_gradient(
        network, X.astype(np.float32), Y, single, sample_weight=w.astype(np.float32)
    )
    assert report.ok
    assert report.gradient.theta.dtype == np.float64
    assert single.theta.dtype == np.float32


def table(n_classes):
    rng = np.random.RandomState(0)
    X = rng.randn(12, 3) * [1e-3, 1, 1e3] + [0, 5, 1e4]
    y = np.array(["a", "b", "c"])[np.arange(12) % n_classes]
    return X, y, rng.uniform(0.1, 3, 12)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("fitted", [False, True], ids=["before-fit", "fitted"])
@pytest.mark.parametrize("hidden_units", [0, 4])
def test_an_estimator(n_classes, fitted, hidden_units):
    X, y, w = table(n_classes)
    model = ShallowNNClassifier(
        hidden_units,
        activation="tanh",
        alpha=0.7,
        max_iter=3,
        tol=None,
        class_weight={"a": 2.0},
        random_state=0,
    )
    if fitted:
        model.fit(X, y, sample_weight=w)
        before = model.parameters_.theta.copy()
    attributes = set(vars(model))
    report = check_gradient(model, X, y, sample_weight=w)
    assert report.ok, str(report)
    assert set(vars(model)) == attributes
    # The same as by hand: weights, penalty and standardised columns are its own.
    weights = np.where(y == "a", 2.0, 1.0) * w
    mean = np.average(X, axis=0, weights=weights)
    deviation = np.average((X - mean) ** 2, axis=0, weights=weights) ** 0.5
    Y = (
        (y == "b")[np.newaxis]
        if n_classes == 2
        else y == np.array([["a"], ["b"], ["c"]])
    )
    if fitted:
        np.testing.assert_array_equal(model.parameters_.theta, before)
        network, parameters = model.network_, model.parameters_
        _, gradient = network.cost_and_gradient(
            ((X - mean) / deviation).T, Y.astype(float), parameters, weights, 0.7
        )
        np.testing.assert_allclose(
            report.gradient.theta, gradient.theta, rtol=1e-6, atol=1e-9
        )
    else:
        assert not hasattr(model, "parameters_")


def test_an_estimator_with_a_mistake_in_it():
    X, y, _ = table(2)
    tanh = ACTIVATIONS["tanh"]

    def backward(dA, A, out=None, scratch=None):
        dZ = tanh.backward(dA, A, out=out, scratch=scratch)
        dZ *= 1.001
        return dZ

    model = ShallowNNClassifier(
        4, activation=Activation("wrong", tanh.forward, backward), random_state=0
    )
    assert not check_gradient(model, X, y)


def test_arguments_that_do_not_go_together():
    network, X, Y, _, parameters = problem()
    with pytest.raises(ValueError, match="parameters is missing: say where to check"):
        check_gradient(network, X, Y)
    X, y, _ = table(2)
    model = ShallowNNClassifier(4)
    for arguments in (
        {"parameters": initialize((3, 4, 1))},
        {"alpha": 0.5},
    ):
        with pytest.raises(ValueError, match="an estimator has its own"):
            check_gradient(model, X, y, **arguments)
    assert parameters.units == UNITS


@pytest.mark.parametrize(
    ("name", "value"),
    [("X", "a"), ("y", "a"), ("y", np.full((1, 4), 7.0)), ("parameters", [1])],
)
def test_a_gradient_check_of_a_network_names_what_it_cannot_take(name, value):
    arguments = {
        "X": np.ones((2, 4)),
        "y": np.ones((1, 4)),
        "parameters": initialize((2, 3, 1)),
    }
    with pytest.raises((ValueError, TypeError), match=rf"(?i)^{name} "):
        check_gradient(Network((2, 3, 1)), **(arguments | {name: value}))


X = np.random.RandomState(0).standard_normal((60, 3))
Y = np.column_stack([X[:, 0] * X[:, 1], X[:, 2]]) + 10


def test_a_gradient_of_ones_own_is_checked():
    """The gradient of a shallow net, written out as in an exercise."""
    network = Network((3, 4, 1), "tanh", "squared_error")
    at = initialize(network.units, rng=0)
    inputs, targets, m = X.T, Y[:, :1].T, 60
    A = np.tanh(at.W[1] @ inputs + at.b[1])
    dZ2 = (at.W[2] @ A + at.b[2] - targets) / m
    dZ1 = at.W[2].T @ dZ2 * (1 - A**2)
    dW = [dZ1 @ inputs.T, dZ2 @ A.T]
    db = [dZ.sum(axis=1, keepdims=True) for dZ in (dZ1, dZ2)]
    own = Parameters.from_arrays(dW, db)
    assert check_gradient(network, inputs, targets, at, gradient=own).ok
    wrong = Parameters.from_arrays([dW[0] * 1.01, dW[1]], db)
    report = check_gradient(network, inputs, targets, at, gradient=wrong)
    assert not report.ok
    assert report.gradient.W[1][0, 0] == wrong.W[1][0, 0]
    with pytest.raises(ValueError, match=r"gradient has the units \(3, 5, 1\)"):
        check_gradient(network, inputs, targets, at, gradient=Parameters((3, 5, 1)))
    with pytest.raises(TypeError, match=r"gradient is of type list.*from_arrays"):
        check_gradient(network, inputs, targets, at, gradient=dW)
