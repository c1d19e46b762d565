"""`input_gradients` against central differences of an independent forward pass."""

import numpy as np
import pytest
from family import KINDS, make, targets
from reference import G
from scipy.sparse import csr_array
from sklearn.base import is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn2 import (
    DeepNNClassifier,
    DeepNNRegressor,
    Network,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    ShallowNNRegressor,
    ShallowNNRegressorCV,
    input_gradients,
)
from sknn2.inputs.blocks import block_size
from sknn2.network.losses import REGRESSION_LOSSES

SCALES = np.array([1, 100, 0.01, 3])
X = np.random.RandomState(0).standard_normal((40, 4)) * SCALES + 5
FAST = {"max_iter": 3, "tol": None, "random_state": 0}


def pre_activations(model, X):
    """Return Z[1] ... Z[L] of float64 parameters, a row for each row of X."""
    g, _ = G[model.network_.activation.name]
    A = np.asarray(X, np.float64)
    if model.standardization_ is not None:
        A = (A - model.standardization_.mean) * model.standardization_.factor
    found = []
    W, b = model.parameters_.W[1:], model.parameters_.b[1:]
    for W_l, b_l in zip(W, b, strict=True):
        found.append(A @ W_l.T.astype(np.float64) + b_l.T.astype(np.float64))
        A = g(found[-1])
    return found


def output(model, X):
    """Return logits or predictions in float64, of shape (m, n_outputs)."""
    Z = pre_activations(model, X)[-1]
    if is_classifier(model):
        return Z
    if model.network_.loss.name == "poisson":
        return np.exp(Z)
    measured = model.target_standardization_
    return Z if measured is None else Z * measured.deviation + measured.mean


def differences(model, X, scales=SCALES):
    """Return central differences, of shape (m, n_features, n_outputs)."""
    X = np.asarray(X, np.float64)
    columns = []
    for j in range(X.shape[1]):
        h = np.zeros(X.shape[1])
        h[j] = 1e-5 * scales[j]
        columns.append((output(model, X + h) - output(model, X - h)) / (2 * h[j]))
    return np.stack(columns, axis=1)


def off_the_kinks(model, X):
    """Return which rows have no unit of relu or leaky_relu near 0."""
    hidden = pre_activations(model, X)[:-1]
    return np.all([np.abs(Z).min(axis=1) > 1e-3 for Z in hidden], axis=0)


def assert_right(model, X, scales):
    keep = off_the_kinks(model, X)
    given = input_gradients(model, X)
    expected = differences(model, X, scales)
    if given.ndim == 2:
        given = given[..., np.newaxis]
    assert given.dtype == np.float64
    given, expected = given[keep] * scales[:, None], expected[keep] * scales[:, None]
    assert given.shape[0] > 5
    error = np.linalg.norm(given - expected) / np.linalg.norm(expected)
    assert error < 1e-7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("activation", G)
@pytest.mark.parametrize("kind", KINDS)
def test_every_estimator_and_activation(kind, activation, standardize, dtype):
    table = X.astype(dtype)
    if not standardize:
        table = ((X - 5) / SCALES).astype(dtype)
    model = make(kind, activation=activation, standardize=standardize, **FAST)
    y = targets(kind, X)
    if not standardize and kind in ("number", "numbers", "deep number"):
        y = (y - 1000) / 100
    assert_right(model.fit(table, y), table, SCALES if standardize else np.ones(4))


@pytest.mark.parametrize("loss", [*REGRESSION_LOSSES])
@pytest.mark.parametrize("layers", [(), (6,), (6, 5, 4)], ids=str)
def test_every_loss_and_depth(loss, layers):
    y = np.abs(targets("numbers", X)) / 100
    model = DeepNNRegressor(layers, loss=loss, activation="tanh", **FAST).fit(X, y)
    gradients = input_gradients(model, X)
    assert gradients.shape == (40, 4, 2)
    expected = differences(model, X)
    error = np.linalg.norm((gradients - expected) * SCALES[:, None])
    assert error < 1e-7 * np.linalg.norm(expected * SCALES[:, None])


def test_those_that_choose_their_penalty():
    y = targets("three classes", X)
    model = ShallowNNClassifierCV(3, activation="tanh", cv=2, random_state=0)
    gradients = input_gradients(model.fit(X, y), X)
    step = np.array([0, 1e-3, 0, 0])
    moved = model.decision_function(X + step) - model.decision_function(X - step)
    np.testing.assert_allclose(gradients[:, 1], moved / 2e-3, rtol=1e-5, atol=1e-10)
    model = ShallowNNRegressorCV(3, activation="tanh", cv=2, random_state=0)
    gradients = input_gradients(model.fit(X, targets("number", X)), X)
    moved = model.predict(X + step) - model.predict(X - step)
    np.testing.assert_allclose(gradients[:, 1], moved / 2e-3, rtol=1e-5, atol=1e-8)


def test_a_linear_model_has_its_coefficients():
    y = targets("two classes", X)
    model = ShallowNNClassifier(0, **FAST).fit(X, y)
    expected = np.broadcast_to(model.coefs_[0].T, X.shape)
    np.testing.assert_allclose(input_gradients(model, X), expected, rtol=1e-12)


def test_blocks_change_nothing():
    model = ShallowNNClassifier(3, **FAST).fit(X, targets("three classes", X))
    m = block_size(model.network_.units, np.dtype(float)) + 3
    rows = np.resize(X, (m, 4))
    whole = input_gradients(model, rows)
    parts = [input_gradients(model, part) for part in np.array_split(rows, 5)]
    np.testing.assert_allclose(whole, np.concatenate(parts), rtol=1e-12)


def test_constant_columns_and_constant_targets_have_no_effect():
    table = np.column_stack([X, np.full(40, 3.0)])
    y = targets("number", X)
    model = ShallowNNRegressor(3, **FAST).fit(table, np.column_stack([y, y * 0 + 2]))
    gradients = input_gradients(model, table)
    assert (gradients[:, 4] == 0).all()
    assert (gradients[..., 1] == 0).all()
    assert (gradients[:, :4, 0] != 0).any()


def test_far_rows_have_a_derivative():
    model = ShallowNNClassifier(3, **FAST).fit(X, targets("two classes", X))
    far = input_gradients(model, np.array([[1e308, -1e308, 1, 1]]))
    near = input_gradients(model, np.array([[1e12, -1e12, 1, 1]]))
    np.testing.assert_allclose(far, near, rtol=1e-9)


def test_frames():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(X, columns=list("abcd"))
    model = ShallowNNClassifier(3, **FAST).fit(table, targets("two classes", X))
    assert input_gradients(model, table).shape == X.shape
    numbers = ShallowNNRegressor(3, **FAST).fit(table, targets("number", X))
    assert input_gradients(numbers, table).shape == X.shape
    with pytest.raises(ValueError, match="feature names"):
        input_gradients(model, table[list("badc")])


def test_what_it_cannot_take():
    model = ShallowNNClassifier(3, **FAST)
    y = targets("two classes", X)
    with pytest.raises(NotFittedError):
        input_gradients(model, X)
    model.fit(X, y)
    with pytest.raises(TypeError, match=r"X is sparse.*toarray"):
        input_gradients(model, csr_array(X))
    with pytest.raises(ValueError, match="features"):
        input_gradients(model, X[:, :2])
    with pytest.raises(ValueError, match="NaN"):
        input_gradients(model, np.full((1, 4), np.nan))
    for other in (LogisticRegression().fit(X, y), Network((4, 3, 1))):
        with pytest.raises(TypeError, match="expected a fitted estimator of sknn2"):
            input_gradients(other, X)


def test_a_pipeline_is_refused_and_the_advice_works():
    y = targets("two classes", X)
    net = DeepNNClassifier((5, 4), activation="tanh", standardize=False, **FAST)
    pipeline = make_pipeline(StandardScaler(), net).fit(X, y)
    with pytest.raises(TypeError, match="is a Pipeline") as caught:
        input_gradients(pipeline, X)
    call = "input_gradients(pipeline[-1], pipeline[:-1].transform(X))"
    assert call in str(caught.value)
    scaled = input_gradients(pipeline[-1], pipeline[:-1].transform(X))
    gradients = scaled / pipeline[0].scale_
    step = np.array([0, 1e-3, 0, 0])
    f = pipeline.decision_function
    moved = (f(X + step) - f(X - step)) / 2e-3
    np.testing.assert_allclose(gradients[:, 1], moved, rtol=1e-5, atol=1e-10)
