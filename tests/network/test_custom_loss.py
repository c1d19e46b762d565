"""A loss of one's own is trained on as those of the package are."""

import numpy as np
import pytest

from sknn2 import (
    CustomLoss,
    Network,
    check_gradient,
    initialize,
)

X = np.random.RandomState(0).standard_normal((60, 3))
Y = np.column_stack([X[:, 0] * X[:, 1], X[:, 2]]) + 10


def log_cosh(Z, Y):
    return np.logaddexp(Z - Y, Y - Z) - np.log(2), np.tanh(Z - Y)


def test_a_network_takes_it():
    network = Network((3, 4, 2), "tanh", CustomLoss(log_cosh))
    parameters = initialize(network.units, rng=0)
    assert check_gradient(network, X.T, Y.T, parameters).ok


def test_it_writes_where_it_is_told_and_keeps_the_precision():
    Z, Y = np.ones((2, 5), np.float32), np.zeros((2, 5), np.float32)
    out = np.full_like(Z, np.nan)
    loss, dZ = CustomLoss(log_cosh).loss_and_dZ(Z, Y, out)
    assert dZ is out
    assert loss.dtype == dZ.dtype == np.float32
    np.testing.assert_allclose(dZ, np.tanh(1), rtol=1e-6)


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match="expected a callable"):
        CustomLoss("huber")


def test_what_the_function_keeps_is_not_changed():
    kept = np.ones((1, 4)), np.full((1, 4), 0.5)
    network = Network((3, 1), loss=CustomLoss(lambda Z, Y: kept))
    parameters = initialize(network.units, rng=0)
    w = np.full(4, 3.0)
    costs = {network.cost(X[:4].T, Y[:4, :1].T, parameters, w) for _ in range(3)}
    assert costs == {1.0}
    assert (kept[0] == 1).all()
    assert (kept[1] == 0.5).all()
