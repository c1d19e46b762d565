"""What a file holds has to be a model of the class that it names."""

import copy
import pickle
import re

import numpy as np
import pytest
from family import each_kind, make, targets

from sknn2 import (
    DeepNNClassifier,
    PiecewiseLinearEncoder,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    ShallowNNRegressor,
    TableEncoder,
)
from sknn2.data.multilabel_targets import MultilabelTargets
from sknn2.network.losses import AbsoluteError
from sknn2.network.network import Network

X = np.random.default_rng(0).normal(size=(40, 3))
y = (X.sum(axis=1) > 0).astype(int)


def fitted(kind="two classes"):
    return make(kind, max_iter=2, tol=None, random_state=0).fit(X, targets(kind, X))


def load(cls, state):
    """Return a model of that class from a state, as pickle and skops do it."""
    model = cls.__new__(cls)
    model.__setstate__(state)
    return model


@pytest.mark.parametrize(
    "cls", [DeepNNClassifier, ShallowNNClassifierCV, ShallowNNRegressor]
)
def test_the_state_of_another_class(cls):
    with pytest.raises(ValueError, match=f"no {cls.__name__}: it has .* and lacks"):
        load(cls, fitted().__getstate__())


def test_the_state_of_another_encoder():
    states = {
        cls: cls(n_bins=2).fit(X).__getstate__()
        for cls in (PiecewiseLinearEncoder, TableEncoder)
    }
    with pytest.raises(ValueError, match="TableEncoder: it is fitted and lacks 'kinds"):
        load(TableEncoder, states[PiecewiseLinearEncoder])
    with pytest.raises(ValueError, match="Encoder: it is fitted and lacks 'center_'"):
        load(PiecewiseLinearEncoder, states[TableEncoder])


@pytest.mark.parametrize("state", [None, [], "text", 3])
def test_a_state_that_is_no_dict(state):
    with pytest.raises(ValueError, match=r"no dict.*take another copy"):
        load(ShallowNNClassifier, state)


CHANGES = {
    "no parameters": ("parameters_", None, "its parameters_ is no Parameters"),
    "other units": ("network_", Network((4, 5, 1)), "do not fit Network"),
    "other outputs": ("_targets", MultilabelTargets(2), "targets do not fit Network"),
    "no targets": ("_targets", y, "its _targets is no Targets"),
}


@pytest.mark.parametrize(("name", "value", "message"), CHANGES.values(), ids=CHANGES)
def test_parts_that_do_not_belong_together(name, value, message):
    state = fitted().__getstate__() | {name: value}
    with pytest.raises(ValueError, match=re.escape(message)):
        load(ShallowNNClassifier, state)


def test_another_loss():
    state = fitted("number").__getstate__()
    units = state["network_"].units
    state["network_"] = Network(units, "relu", AbsoluteError())
    with pytest.raises(ValueError, match="targets do not have the loss"):
        load(ShallowNNRegressor, state)


def test_statistics_of_other_columns():
    state = fitted().__getstate__()
    narrow = fitted_on_two_columns().standardization_
    with pytest.raises(ValueError, match="statistics of X do not fit"):
        load(ShallowNNClassifier, state | {"standardization_": narrow})


def fitted_on_two_columns():
    return ShallowNNClassifier(3, max_iter=2, tol=None, random_state=0).fit(X[:, :2], y)


@each_kind
def test_what_was_a_model_is_one(kind):
    """Older files lack new arguments, and users add attributes."""
    model = fitted(kind)
    model.note = "mine"
    assert pickle.loads(pickle.dumps(model)).note == "mine"
    assert copy.copy(model).note == "mine"
    state = fitted(kind).__getstate__()
    del state["n_jobs"]
    np.testing.assert_array_equal(
        load(type(model), state).predict(X), fitted(kind).predict(X)
    )


def test_a_model_whose_fit_failed_is_stored():
    model = ShallowNNClassifier()
    with pytest.raises(ValueError, match="NaN"):
        model.fit(X, np.where(y, np.nan, 0.0))
    assert not hasattr(pickle.loads(pickle.dumps(model)), "parameters_")
