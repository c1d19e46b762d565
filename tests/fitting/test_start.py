"""The parameters that a training starts from."""

import copy

import numpy as np
import pytest
from family import CLASSES, each_kind
from resuming import K, assert_equal, network, table


def moving(change, kind, rng, m=100):
    """Return rows whose first column was changed, as the target of a regressor is."""
    Z = rng.standard_normal((m, 3))
    X = Z.copy()
    factor, shift = change
    X[:, 0] = factor * Z[:, 0] + shift
    if kind == "labels":
        return X, (Z[:, :2] > 0).astype(int)
    y = Z[:, 0] + Z[:, 1]
    if kind in CLASSES:
        return X, (y > 0).astype(int) + ("three" in kind) * (y > 1)
    if kind == "counts":
        return X, np.exp(y / 2)
    y = factor * y + shift
    return X, np.column_stack([y, Z[:, 0]]) if kind == "numbers" else y


MOVES = {
    "drift": [(1.0, 2.0 * k) for k in range(4)],
    "jump": [(1e-3, 0.0), *[(1.0, 1e4)] * 3],
    "far jump": [(1e-3, 0.0), *[(1.0, 1e6)] * 3],
    "unit": [(1.0, 0.0), *[(1e6, 0.0)] * 3],
    "constant": [(0.0, 7.0), *[(1.0, 0.0)] * 3],
}


@pytest.mark.parametrize("resume", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    "change",
    [
        {"hidden_units": 6},
        {"hidden_units": 0},
        {"activation": "tanh"},
        {"standardize": False},
    ],
    ids=str,
)
def test_a_changed_architecture_is_refused(change, resume):
    X, y = table()
    model = network(warm_start=True).fit(X, y).set_params(**change)
    before, predictions = copy.deepcopy(vars(model)), model.predict_proba(X)
    with pytest.raises(ValueError, match="changed architecture needs a fresh fit"):
        getattr(model, resume)(X, y)
    assert_equal(vars(model), before)
    np.testing.assert_array_equal(model.predict_proba(X), predictions)


def test_an_alias_of_the_activation_is_no_change():
    X, y = table()
    model = network(activation="sigmoid", warm_start=True).fit(X, y)
    assert model.set_params(activation="logistic").fit(X, y).n_iter_ == 2 * K


@each_kind
@pytest.mark.parametrize("moves", MOVES)
def test_a_warm_start_on_other_data_keeps_the_weights(moves, kind):
    rng = np.random.default_rng(0)
    model = network(kind, warm_start=True, learning_rate=1e-13)
    model.fit(*moving((2.0, 5.0), kind, rng))
    before = model.parameters_.theta.copy()
    X, y = moving(MOVES[moves][-1], kind, rng)
    model.fit(X, y)
    np.testing.assert_allclose(model.parameters_.theta, before, rtol=0, atol=1e-9)
    np.testing.assert_allclose(model.standardization_.mean, X.mean(axis=0), rtol=1e-9)
