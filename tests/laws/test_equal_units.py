"""Hidden units that start equal stay equal, and are warned of."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sknn2 import (
    DeepNNClassifier,
    DeepNNRegressor,
    Network,
    Parameters,
    ShallowNNClassifier,
    ShallowNNRegressor,
    initialize,
    train,
)


def equal(units, value=0.5, n_equal=None):
    """Parameters in which the first units of each hidden layer are equal."""
    parameters = initialize(units, rng=0)
    for W in parameters.W[1:]:
        W[:n_equal] = value
        W[:, :n_equal] = value
    return parameters


def table():
    X = np.random.RandomState(0).randn(40, 3)
    return X, (X[:, 0] > 0).astype(float)


STARTS = {
    "zeros": lambda units: "zeros",
    "equal rows": equal,
    "two of them": lambda units: equal(units, n_equal=2),
    "underflow": lambda units: Parameters(
        units, initialize(units, "small_normal", 0).theta * 1e-323
    ),
}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize(
    "cls", [ShallowNNClassifier, DeepNNClassifier, ShallowNNRegressor, DeepNNRegressor]
)
def test_units_that_stay_equal_are_warned_of_once(cls, activation, solver, start):
    X, y = table()
    deep = cls.__name__.startswith("Deep")
    units = (3, 4, 4, 1) if deep else (3, 4, 1)
    model = cls((4, 4) if deep else 4, activation=activation, solver=solver)
    model.set_params(init=STARTS[start](units), max_iter=3, tol=None, random_state=0)
    for warm_start in (False, True):
        model.set_params(warm_start=warm_start)
        with pytest.warns(UserWarning, match=r"units of layer 1 .*init='auto'") as w:
            model.fit(X, y)
        assert len(w) == 1
        assert w[0].filename == __file__
    model.set_params(warm_start=False, init="auto").fit(X, y)


def test_partial_fit_warns_once_and_train_does():
    X, y = table()
    model = ShallowNNClassifier(4, init="zeros")
    with pytest.warns(UserWarning, match="Hidden units of layer 1 had equal weights"):
        model.partial_fit(X, y, classes=[0, 1])
    model.partial_fit(X, y)
    network = Network((3, 4, 1))
    with pytest.warns(UserWarning, match="compute no more than 1 would") as w:
        train(network, X.T, y[None], initialize(network.units, "zeros"), max_iter=3)
    assert w[0].filename == __file__
    train(network, X.T, y[None], max_iter=3)


def test_units_that_differ_behind_are_not_warned_of():
    # Equal weights in front, but not behind: the gradients differ from the first step.
    X, y = table()
    parameters = initialize((3, 4, 1), rng=0)
    parameters.W[1][:] = 0.5
    model = ShallowNNClassifier(4, activation="tanh", init=parameters, random_state=0)
    model.set_params(alpha=0.01).fit(X, y)
    with pytest.warns(ConvergenceWarning, match=r"layer 1 are 0: take init='auto'"):
        ShallowNNClassifier(1, init="zeros", max_iter=3, tol=None).fit(X, y)
    ShallowNNClassifier(0, init="zeros", max_iter=3, tol=None).fit(X, y)
