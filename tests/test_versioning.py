"""An estimator that another version of sknn2 wrote warns when it is loaded."""

import copy
import io
import pickle
import warnings

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning

import sknn2
from sknn2 import (
    PiecewiseLinearEncoder,
    make_tabular_classifier,
    make_tabular_regressor,
    versioning,
)

X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, 0] + 0.3 * X[:, 1] > 0).astype(int)

# All that sknn2 exports and that has a fit, so that a new estimator joins.
CLASSES = [
    value
    for value in (getattr(sknn2, name) for name in sknn2.__all__)
    if hasattr(value, "fit")
]
EACH = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
FACTORIES = [make_tabular_classifier, make_tabular_regressor]


def written_by(version, model, monkeypatch, dumps=pickle.dumps):
    """Return the pickle that a version would write."""
    with monkeypatch.context() as patch:
        patch.setattr(versioning, "__version__", version)
        return dumps(model)


def fitted(cls):
    model = cls()
    if isinstance(model, sknn2.estimators.base.FittedNetwork):
        short = {"max_iter": 2} if "max_iter" in model.get_params() else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.set_params(**short).fit(X, Y)
    return model.fit(X, Y)


def test_all_kinds_are_there():
    names = {cls.__name__ for cls in CLASSES}
    assert {"ShallowNNClassifierCV", "DeepNNRegressor", "TableEncoder"} <= names
    assert PiecewiseLinearEncoder in CLASSES


@EACH
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_another_version_warns_and_loads(cls, protocol, monkeypatch):
    def dumps(model):
        return pickle.dumps(model, protocol)

    stored = written_by("0.0.7", cls(), monkeypatch, dumps)
    with pytest.warns(InconsistentVersionWarning) as caught:
        loaded = pickle.loads(stored)
    (warning,) = caught
    message = str(warning.message)
    assert f"estimator {cls.__name__} from version 0.0.7 of sknn2" in message
    assert f"version {sknn2.__version__} of sknn2" in message
    assert warning.filename == __file__
    assert vars(loaded).keys() == vars(cls()).keys()
    pickle.loads(pickle.dumps(loaded))  # what is written anew is of this version


@EACH
def test_a_fitted_model_loads_as_it_was(cls, monkeypatch):
    model = fitted(cls)
    stored = written_by("99.0", model, monkeypatch)
    with pytest.warns(InconsistentVersionWarning, match=r"99\.0 of sknn2"):
        loaded = pickle.loads(stored)
    assert vars(loaded).keys() == vars(model).keys()
    method = "predict" if hasattr(model, "predict") else "transform"
    np.testing.assert_array_equal(getattr(loaded, method)(X), getattr(model, method)(X))


@EACH
def test_a_pickle_without_a_version_loads_and_warns(cls):
    old = cls.__new__(cls)
    with pytest.warns(InconsistentVersionWarning, match=r" pre-0\.1\.0 of sknn2"):
        old.__setstate__(dict(vars(cls())))
    assert vars(old).keys() == vars(cls()).keys()


@EACH
def test_this_version_does_not_warn(cls):
    model = fitted(cls)
    stored = io.BytesIO()
    joblib.dump(model, stored)
    stored.seek(0)
    copies = [pickle.loads(pickle.dumps(model)), joblib.load(stored)]
    copies += [copy.copy(model), copy.deepcopy(model)]
    for other in copies:
        assert vars(other).keys() == vars(model).keys()
    assert vars(clone(model)).keys() == vars(cls()).keys()


@EACH
def test_the_state_that_is_given_is_not_changed(cls):
    state = cls().__getstate__()
    kept = dict(state)
    cls().__setstate__(state)
    assert state.keys() == kept.keys()


@pytest.mark.parametrize("factory", FACTORIES)
def test_each_step_of_a_pipeline_warns(factory, monkeypatch):
    model = factory()
    stored = written_by("0.0.7", model, monkeypatch)
    with pytest.warns(InconsistentVersionWarning) as caught:
        pickle.loads(stored)
    messages = [str(warning.message) for warning in caught]
    for _, step in model.steps:
        assert sum(f" {type(step).__name__} from" in text for text in messages) == 1
    pickle.loads(pickle.dumps(model))
