"""Pickle, joblib, copies and clones: the same model, with its views still views."""

import copy
import pickle

import joblib
import numpy as np
import pytest
from family import KINDS, classes_of, each_kind, make, targets
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer

from sknn2 import (
    LBFGS,
    Activation,
    Adam,
    Cosine,
    DivideOnStall,
    Parameters,
    ShallowNNClassifier,
    initialize,
)
from sknn2.network.activations import tanh_backward, tanh_forward
from sknn2.training.solvers import SOLVERS

FIRST_ORDER = [name for name in SOLVERS if name != "lbfgs"]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
y = np.array(["a", "b", "c"])[(X @ RNG.normal(size=(4, 3))).argmax(axis=1)]


def classifier(kind="three classes", **settings):
    """Return a small and fast one that never warns."""
    return make(
        kind,
        **{
            "schedule": "constant",
            "batch_size": 20,
            "max_iter": 5,
            "tol": None,
            "random_state": 0,
            **settings,
        },
    )


def by_pickle(protocol):
    """Return a way to store and load."""

    def store(model, path):
        return pickle.loads(pickle.dumps(model, protocol=protocol))

    return store


def by_joblib(compress=0, mmap_mode=None):
    """Return a way to store and load, through a file."""

    def store(model, path):
        joblib.dump(model, path / "model.joblib", compress=compress)
        return joblib.load(path / "model.joblib", mmap_mode=mmap_mode)

    return store


STORES = {
    "pickle 2": by_pickle(2),
    "pickle": by_pickle(pickle.HIGHEST_PROTOCOL),
    "joblib": by_joblib(),
    "joblib compressed": by_joblib(compress=3),
    "joblib read-only map": by_joblib(mmap_mode="r"),
    "joblib copy-on-write map": by_joblib(mmap_mode="c"),
    "deepcopy": lambda model, path: copy.deepcopy(model),
}
BY = pytest.mark.parametrize("store", STORES.values(), ids=STORES)


def assert_views(parameters):
    """Assert that W, b and Wb are views of theta, each number once."""
    theta = parameters.theta
    address = theta.__array_interface__["data"][0]
    marked = Parameters(parameters.units, np.arange(theta.size, dtype=theta.dtype))
    for name in ("W", "b", "Wb"):
        arrays = getattr(parameters, name)
        assert arrays[0] is None
        for a, positions in zip(arrays[1:], getattr(marked, name)[1:], strict=True):
            assert np.shares_memory(a, theta)
            # Each entry is at the place in theta where it belongs.
            np.testing.assert_array_equal(a, theta[positions.astype(int)])
            offset = a.__array_interface__["data"][0] - address
            assert offset == positions.ravel()[0] * theta.itemsize


def assert_equal(model, other):
    """Assert that two fitted models are the same to the last bit."""
    assert vars(model).keys() == vars(other).keys()
    np.testing.assert_array_equal(other.parameters_.theta, model.parameters_.theta)
    np.testing.assert_array_equal(other.loss_curve_, model.loss_curve_)
    methods = ["predict"]
    if hasattr(model, "classes_"):
        np.testing.assert_array_equal(other.classes_, model.classes_, strict=True)
        methods += ["predict_proba", "predict_log_proba"]
    for method in methods:
        np.testing.assert_array_equal(
            getattr(other, method)(X), getattr(model, method)(X), strict=True
        )


@BY
@each_kind
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_stored_and_loaded(store, solver, dtype, kind, tmp_path):
    settings = {"solver": solver, "early_stopping": True, "warm_start": True}
    model = classifier(kind, **settings).fit(X.astype(dtype), targets(kind, X))
    loaded = store(model, tmp_path)
    assert_equal(model, loaded)
    assert loaded.parameters_.theta.dtype == dtype
    assert_views(loaded.parameters_)
    assert loaded.network_ == model.network_
    assert repr(loaded) == repr(model)
    np.testing.assert_array_equal(loaded.validation_scores_, model.validation_scores_)
    for a, b in zip(loaded.coefs_, model.coefs_, strict=True):
        np.testing.assert_array_equal(a, b)


@BY
@pytest.mark.parametrize(
    ("kind", "solver"),
    [
        *(("three classes", solver) for solver in SOLVERS),
        *((kind, "adam") for kind in KINDS),
    ],
)
def test_a_loaded_model_goes_on_by_warm_start(store, kind, solver, tmp_path):
    y = targets(kind, X)
    model = classifier(kind, solver=solver, warm_start=True).fit(X, y)
    loaded = store(model, tmp_path)
    theta = model.parameters_.theta.copy()
    loaded.fit(X, y)
    # The one that was stored has not moved with it.
    np.testing.assert_array_equal(model.parameters_.theta, theta)
    assert not np.array_equal(loaded.parameters_.theta, theta)
    assert_equal(model.fit(X, y), loaded)
    assert_views(loaded.parameters_)
    assert loaded.parameters_.theta.flags.writeable
    assert not isinstance(loaded.parameters_.theta, np.memmap)


@BY
@pytest.mark.parametrize(
    ("kind", "solver"),
    [
        *(("three classes", solver) for solver in FIRST_ORDER),
        *((kind, "adam") for kind in KINDS),
    ],
)
def test_a_loaded_model_goes_on_by_partial_fit(store, kind, solver, tmp_path):
    y = targets(kind, X)
    model = classifier(kind, solver=solver)
    model.partial_fit(X[:40], y[:40], **classes_of(kind, y))
    loaded = store(model, tmp_path)
    theta = model.parameters_.theta.copy()
    loaded.partial_fit(X[40:], y[40:])
    np.testing.assert_array_equal(model.parameters_.theta, theta)
    assert_equal(model.partial_fit(X[40:], y[40:]), loaded)
    assert_views(loaded.parameters_)


@BY
def test_a_loaded_model_fits_afresh(store, tmp_path):
    model = classifier().fit(X, y)
    loaded = store(model, tmp_path).fit(X[::2], y[::2])
    assert_equal(classifier().fit(X[::2], y[::2]), loaded)


def test_views_of_a_fit_are_views():
    assert_views(classifier().fit(X, y).parameters_)
    model = classifier().partial_fit(X, y, classes=["a", "b", "c"]).partial_fit(X, y)
    assert_views(model.parameters_)


def test_views_that_are_not_views_are_seen():
    """What a naive pickle would make: equal values, each with memory of its own."""
    model = classifier().fit(X, y)
    parameters = model.parameters_
    vars(parameters)["W"] = (None, *(W.copy() for W in parameters.W[1:]))
    with pytest.raises(AssertionError):
        assert_views(parameters)


def test_a_memory_mapped_model_is_read_from_its_file(tmp_path):
    model = classifier().fit(X, y)
    loaded = by_joblib(mmap_mode="r")(model, tmp_path)
    assert isinstance(loaded.parameters_.theta, np.memmap)
    assert not loaded.parameters_.theta.flags.writeable
    assert_equal(model, loaded)


def test_shallow_copy_does_not_train_the_original():
    model = classifier(warm_start=True).fit(X, y)
    P = model.predict_proba(X)
    other = copy.copy(model).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), P)
    assert not np.array_equal(other.predict_proba(X), P)


SETTINGS = {
    "defaults": {},
    "solver object": {"solver": Adam(beta1=0.8)},
    "lbfgs object": {"solver": LBFGS(memory=4)},
    "schedule object": {"schedule": DivideOnStall(divisor=2.0)},
    "cosine object": {"schedule": Cosine()},
    "activation object": {"activation": Activation("own", tanh_forward, tanh_backward)},
    "init": {"init": initialize((4, 5, 3), rng=7)},
    "class weights": {"class_weight": {"a": 2.0, "b": 1.0, "c": 0.5}},
    "scorer": {"scoring": "accuracy", "early_stopping": True},
    "random state": {"random_state": np.random.RandomState(3)},
}
WITH = pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)


@WITH
def test_clone(settings):
    model = classifier(**settings)
    unfitted = clone(model)  # before the fit draws from a RandomState
    model.fit(X, y)
    assert not hasattr(unfitted, "parameters_")
    assert repr(unfitted) == repr(model) or "random_state" in settings
    assert_equal(model, unfitted.fit(X, y))
    again = clone(model)
    assert not hasattr(again, "parameters_")
    assert again.get_params().keys() == model.get_params().keys()


def test_clone_keeps_the_views_of_init():
    cloned = clone(classifier(init=initialize((4, 5, 3), rng=7)))
    assert_views(cloned.init)


@WITH
@BY
def test_unfitted_models_are_stored_with_their_settings(store, settings, tmp_path):
    model = classifier(**settings)
    loaded = store(model, tmp_path)
    assert_equal(model.fit(X, y), loaded.fit(X, y))


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
def test_a_default_fit_is_stored_in_little_more_than_its_parameters(dtype):
    data, target = load_breast_cancer(return_X_y=True)
    data = data.astype(dtype)
    model = ShallowNNClassifier(random_state=0).fit(data, target)
    stored = len(pickle.dumps(model))
    # Statistics, curves and arguments are a few kB; the training rows, a memory of
    # Adam or views stored as arrays would be far more.
    assert stored <= 1.5 * model.parameters_.theta.nbytes + 5000
    assert data.nbytes > stored
    wide = ShallowNNClassifier(1000, max_iter=2, tol=None, random_state=0)
    wide.fit(data, target)
    assert len(pickle.dumps(wide)) <= 1.05 * wide.parameters_.theta.nbytes + 5000
