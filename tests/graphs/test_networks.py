"""A fitted network as a graph: every kind of target, activation, loss and precision."""

import numpy as np
import pytest
from family import KINDS, make, targets
from onnx_runs import check, fitted, runs

import sknn2.onnx
from sknn2 import (
    Activation,
    DeepNNClassifier,
    Huber,
    Pinball,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    ShallowNNRegressor,
    ShallowNNRegressorCV,
    SquaredError,
)
from sknn2.graphs.networks import ACTIVATION_NODES, onnx_classes
from sknn2.network.activations import ACTIVATIONS, identity_forward
from sknn2.network.losses import REGRESSION_LOSSES

SHORT = {"max_iter": 3, "tol": None, "random_state": 0}

each_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def rows(dtype, standardize=True, m=200):
    """Return rows of columns that are unlike, and 1,000 with extremes among them."""
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((m + 1000, 4))
    X = Z * [1, 1e-6, 1e3, 1] + [0, 0, 1e6, 5] if standardize else Z
    far = X[m::5]
    far[:, 0] = np.tile([1e30, -1e30, 1e4, -50.0], 50)
    far[::3, 1] = -1e30
    X = X.astype(dtype)
    return X[:m], X[m:]


ALL = [
    (kind, name, i % 2 == 0, (np.float32, np.float64)[(i + j) // 2 % 2])
    for i, kind in enumerate(KINDS)
    for j, name in enumerate(sorted({g.name for g in ACTIVATIONS.values()}))
]
ALL += [
    (kind, "relu", i % 2 == 1, dtype)
    for i, kind in enumerate(KINDS)
    for dtype in (np.float32, np.float64)
]


@pytest.mark.parametrize(("kind", "activation", "standardize", "dtype"), ALL)
def test_the_graph_computes_what_the_model_does(kind, activation, standardize, dtype):
    X, X_new = rows(dtype, standardize)
    model = make(kind, activation=activation, standardize=standardize, **SHORT)
    check(fitted(model, X, targets(kind, X)), X_new, log=kind == "counts")


@each_dtype
@pytest.mark.parametrize("loss", [*REGRESSION_LOSSES, Huber(0.1), Pinball(0.9)])
def test_losses(loss, dtype):
    X, X_new = rows(dtype)
    y = targets("counts", X).astype(dtype)
    model = fitted(ShallowNNRegressor(5, loss=loss, **SHORT), X, y)
    check(model, X_new, log=loss == "poisson")


@pytest.mark.parametrize(
    "labels",
    [
        [0, 1],
        [-3, 7, 40],
        ["no", "yes"],
        ["Å", "b", "c"],
        np.array(["no", "yes"], object),
        np.array([3, 5], object),
        [False, True],
        [1.0, 2.0, 3.0],
        np.array([1, 2], np.uint8),
    ],
    ids=str,
)
def test_labels(labels):
    X, X_new = rows(np.float32)
    codes = targets("three classes", X) % len(labels)
    model = ShallowNNClassifier(5, **SHORT)
    check(fitted(model, X, np.array(labels)[codes]), X_new)


@pytest.mark.parametrize("loss", ["poisson", "squared_error"])
@each_dtype
def test_nets_that_choose_their_penalty(loss, dtype):
    X, X_new = rows(dtype, m=60)
    settings = {"cv": 2, "alphas": [1.0], "max_iter": 5, "random_state": 0}
    y = targets("counts", X)
    model = fitted(ShallowNNRegressorCV(3, loss=loss, **settings), X, y)
    check(model, X_new, log=loss == "poisson")
    model = fitted(ShallowNNClassifierCV(3, **settings), X, np.minimum(y, 2))
    check(model, X_new)


@pytest.mark.parametrize("kind", ["two classes", "number", "counts"])
def test_without_hidden_layers(kind):
    X, X_new = rows(np.float64)
    model = fitted(make(kind, hidden_units=0, **SHORT), X, targets(kind, X))
    check(model, X_new, log=kind == "counts")


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_a_constant_output_beside_others(loss):
    X, X_new = rows(np.float64)
    y = np.column_stack([np.full(len(X), 1e9), targets("counts", X)])
    model = fitted(ShallowNNRegressor(3, loss=loss, **SHORT), X, y)
    check(model, X_new, log=loss == "poisson")


def test_columns_that_nearly_reach_the_largest_number():
    X = np.linspace(-1, 1, 50)[:, np.newaxis] * 1.7e308
    check(fitted(ShallowNNClassifier(3, **SHORT), X, X[:, 0] > 0), X)


@each_dtype
def test_a_large_mean_costs_no_digits(dtype):
    X = (np.arange(200)[:, np.newaxis] % 16 + 2.0**20).astype(dtype)
    y = 1e9 + X[:, 0].astype(float)
    check(fitted(ShallowNNRegressor(5, **SHORT), X, y), X)


def test_probabilities_are_right_at_both_ends():
    X = np.linspace(-60, 60, 121)[:, np.newaxis]
    model = ShallowNNClassifier(0, standardize=False, max_iter=500, alpha=0)
    fitted(model, X, X[:, 0] > 0)
    model.parameters_.W[1][:] = 10
    graph = sknn2.onnx.to_onnx(model, X[:1])
    expected = model.predict_proba(X)
    assert 0 < expected.min() < 1e-200
    for _, proba in runs(graph, {"X": X}):
        np.testing.assert_allclose(proba, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("kind", "activation"),
    [
        ("two classes", "relu"),
        ("three classes", "sigmoid"),
        ("number", "leaky_relu"),
        ("counts", "relu"),
    ],
)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_the_model_refuses_becomes_nan(kind, activation, bad):
    X, X_new = rows(np.float64)
    model = fitted(make(kind, activation=activation, **SHORT), X, targets(kind, X))
    graph = sknn2.onnx.to_onnx(model, X[:1])
    X_new[3, 1] = bad
    for outputs in runs(graph, {"X": X_new}):
        (rows_with_nan,) = np.nonzero(np.isnan(outputs[-1]).all(axis=1))
        assert rows_with_nan.tolist() == [3]


def test_labels_as_positions():
    X, X_new = rows(np.float64)
    y = np.uint64(2**63) + targets("three classes", X).astype(np.uint64)
    model = fitted(ShallowNNClassifier(5, **SHORT), X, y)
    with pytest.raises(ValueError, match=r"labels \[9223.*'nocl': True"):
        sknn2.onnx.to_onnx(model, X[:1])
    graph = sknn2.onnx.to_onnx(model, X[:1], options={"nocl": True, "zipmap": False})
    for label, _ in runs(graph, {"X": X_new}):
        np.testing.assert_array_equal(model.classes_[label], model.predict(X_new))


def test_raw_scores():
    X, X_new = rows(np.float64)
    model = fitted(ShallowNNClassifier(5, **SHORT), X, targets("two classes", X))
    graph = sknn2.onnx.to_onnx(model, X[:1], options={"raw_scores": True})
    for _, scores in runs(graph, {"X": X_new}):
        z = model.decision_function(X_new)
        np.testing.assert_allclose(scores, np.column_stack([-z, z]), rtol=1e-10)


def test_every_activation_has_its_nodes():
    assert {g.name for g in ACTIVATIONS.values()} <= set(ACTIVATION_NODES)


@pytest.mark.parametrize("name", ["mine", "relu"])
def test_an_activation_of_ones_own(name):
    def backward(dA, A, out=None, scratch=None):
        return dA.copy()

    own = Activation(name, identity_forward, backward)
    X, _ = rows(np.float64)
    model = DeepNNClassifier((3, 2), activation=own, **SHORT)
    fitted(model, X, targets("two classes", X))
    with pytest.raises(ValueError, match=f"activation '{name}' cannot be converted"):
        sknn2.onnx.to_onnx(model, X[:1])


class OwnOutput(SquaredError):
    def output(self, Z, out=None):
        return np.abs(Z)


class OwnLoss(SquaredError):
    pass


def test_losses_of_ones_own():
    X, X_new = rows(np.float64)
    y = targets("counts", X)
    check(fitted(ShallowNNRegressor(3, loss=OwnLoss(), **SHORT), X, y), X_new)
    model = fitted(ShallowNNRegressor(3, loss=OwnOutput(), **SHORT), X, y)
    with pytest.raises(
        ValueError, match=r"OwnOutput.* an output activation of its own"
    ):
        sknn2.onnx.to_onnx(model, X[:1])


@pytest.mark.parametrize(
    "classes", [[b"a", b"b"], [(1,), (2,)], [0.5, 1.5], [2**63, 2**63 + 1]]
)
def test_labels_that_onnx_does_not_have(classes):
    array = np.empty(2, object) if isinstance(classes[0], tuple) else np.array(classes)
    array[:] = classes
    with pytest.raises(ValueError, match="cannot be converted to ONNX"):
        onnx_classes(array)
