"""The classifier: labels, probabilities, precision, scaling, company."""

import numpy as np
import pytest
import reference
from scipy.special import expit, log_expit, log_softmax, logsumexp, softmax
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelBinarizer

from sknn2 import (
    Activation,
    Adam,
    Momentum,
    Network,
    Parameters,
    ShallowNNClassifier,
    check_gradient,
    initialize,
)
from sknn2.network.activations import ACTIVATIONS, tanh_backward, tanh_forward
from sknn2.training.solvers import SOLVERS

DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
CLASSES = pytest.mark.parametrize("n_classes", [2, 4])


def table(n_classes=2, m=90, n=4, seed=0):
    """Return noisy rows and class indices, every class among them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, n))
    scores = X @ rng.normal(size=(n, n_classes)) + rng.normal(size=(m, n_classes))
    scores[np.arange(n_classes), np.arange(n_classes)] += 100
    return X, scores.argmax(axis=1)


def classifier(**settings):
    """Return a small and fast one that never warns."""
    return ShallowNNClassifier(
        **{"hidden_units": 5, "max_iter": 8, "tol": None, "random_state": 0, **settings}
    )


LABELS = {
    "str": np.array(["no", "yes", "maybe", "never"]),
    "object str": np.array(["no", "yes", "maybe", "never"], object),
    "int": np.array([0, 1, 2, 3]),
    "negative int": np.array([-1, 1, -7, 5]),
    "large int": np.array([2**62, 2**62 + 1, -(2**62), 2**53 + 1]),
    "uint8": np.array([200, 3, 255, 0], np.uint8),
    "float": np.array([0.0, 1.0, 3.0, -2.0]),
    "float32": np.array([1.0, -1.0, 2.0, 4.0], np.float32),
}


def standardized(X, w=None):
    """Return X with columns standardised, computed in extended precision."""
    X = X.astype(np.longdouble)
    mean = np.average(X, axis=0, weights=w)
    deviation = np.sqrt(np.average((X - mean) ** 2, axis=0, weights=w))
    return (X - mean) / deviation


FORWARD = {name: g for name, (g, _) in reference.G.items()}
FORWARD["logistic"] = FORWARD["sigmoid"]


def as_mlp(model, coefs, intercepts):
    """Return scikit-learn's network with these weights."""
    mlp = MLPClassifier(model.hidden_units, activation=model.activation)
    mlp.coefs_, mlp.intercepts_ = coefs, intercepts
    mlp.n_layers_ = len(coefs) + 1
    mlp.n_features_in_ = coefs[0].shape[0]
    mlp.n_outputs_ = coefs[-1].shape[1]
    mlp.out_activation_ = "logistic" if mlp.n_outputs_ == 1 else "softmax"
    mlp.classes_ = model.classes_
    mlp._label_binarizer = LabelBinarizer().fit(model.classes_)
    return mlp


def cost_by_hand(X, y, w, parameters, alpha, n_classes):
    """Return J of one hidden layer of tanh units, written out."""
    (_, W1, W2), (_, b1, b2) = parameters.W, parameters.b
    Z = W2 @ np.tanh(W1 @ X.T + b1) + b2
    if n_classes == 2:
        Z = np.concatenate([0 * Z, Z])
    losses = -log_softmax(Z, axis=0)[y, np.arange(y.size)]
    return (w @ losses + alpha / 2 * ((W1**2).sum() + (W2**2).sum())) / w.sum()


def not_equal(model, other):
    """Return whether two fits ended in different parameters."""
    return not np.array_equal(model.parameters_.theta, other.parameters_.theta)


def read_only(X):
    """Return a copy that must not be written to."""
    X = X.copy()
    X.flags.writeable = False
    return X


LAYOUTS = {
    "Fortran": np.asfortranarray,
    "read-only": read_only,
    "every other column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "backwards": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
    "big-endian": lambda X: X.astype(">f8"),
    "list of lists": lambda X: X.tolist(),
}
LINE = r"epoch +(\d+)/(\d+)  cost (\d+\.\d{5})  .*\d+\.\d s"


def good_classifier(**settings):
    """Return one that is good after few epochs, whatever the default rate."""
    return classifier(**{"solver": "lbfgs", "max_iter": 30, **settings})


def breast_cancer():
    """Return a real table of two classes, every third row of it."""
    X, y = load_breast_cancer(return_X_y=True)
    return X[::3], y[::3]


def test_two_classes_take_one_sigmoid_unit_and_more_take_softmax():
    for n_classes, outputs in ((2, 1), (3, 3), (4, 4)):
        X, y = table(n_classes)
        model = classifier().fit(X, y)
        assert model.parameters_.units == (4, 5, outputs)
        assert model.network_.units == (4, 5, outputs)
        assert [W.shape for W in model.coefs_] == [(4, 5), (5, outputs)]
        assert [b.shape for b in model.intercepts_] == [(5,), (outputs,)]


@DTYPES
@CLASSES
def test_prediction_methods_agree(n_classes, dtype):
    X, y = table(n_classes)
    X = X.astype(dtype)
    model = classifier(max_iter=40, alpha=0.1).fit(X, y)
    Z = model.decision_function(X)
    P = model.predict_proba(X)
    log_P = model.predict_log_proba(X)
    if n_classes == 2:
        assert Z.shape == (90,)
        expected = np.stack([expit(-Z), expit(Z)], axis=1)
        expected_log = np.stack([log_expit(-Z), log_expit(Z)], axis=1)
    else:
        assert Z.shape == (90, n_classes)
        expected, expected_log = softmax(Z, axis=1), log_softmax(Z, axis=1)
    rtol = 20 * np.finfo(dtype).eps
    np.testing.assert_allclose(P, expected, rtol=rtol)
    np.testing.assert_allclose(log_P, expected_log, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=rtol)
    np.testing.assert_array_equal(model.predict(X), model.classes_[P.argmax(axis=1)])
    assert model.score(X, y) == np.mean(model.predict(X) == y)


@DTYPES
@CLASSES
@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_log_probabilities_are_finite_where_probabilities_are_zero(
    activation, n_classes, dtype
):
    X, y = table(n_classes)
    X = X.astype(dtype)
    model = classifier(activation=activation).fit(X, y)
    far = np.concatenate([1e6 * X, -1e6 * X]).astype(dtype)
    P, log_P = model.predict_proba(far), model.predict_log_proba(far)
    # Otherwise log(P) would do as well.
    assert (P == 0).any()
    assert np.isfinite(log_P).all()
    assert (log_P <= 0).all()
    np.testing.assert_allclose(logsumexp(log_P, axis=1), 0, atol=1e-6)
    Z = model.decision_function(far)
    expected = log_softmax(np.stack([0 * Z, Z], 1) if n_classes == 2 else Z, axis=1)
    np.testing.assert_allclose(log_P, expected, rtol=1e-6, atol=1e-15)


@CLASSES
@pytest.mark.parametrize("standardize", [True, False], ids=["standardized", "raw"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_forward_by_hand(activation, standardize, n_classes):
    X, y = table(n_classes)
    X = 3 * X + [0, 10, -5, 1]
    model = classifier(activation=activation, standardize=standardize).fit(X, y)
    g = FORWARD[activation]
    # coefs_ and intercepts_ act on X as it is.
    coefs, intercepts = model.coefs_, model.intercepts_
    Z = g(X @ coefs[0] + intercepts[0]) @ coefs[1] + intercepts[1]
    np.testing.assert_allclose(
        model.decision_function(X), Z[:, 0] if n_classes == 2 else Z, rtol=1e-10
    )
    # parameters_ act on standardised columns, in the layout of the course.
    (_, W1, W2), (_, b1, b2) = model.parameters_.W, model.parameters_.b
    A0 = (standardized(X) if standardize else X).astype(float).T
    Z = W2 @ g(W1 @ A0 + b1) + b2
    np.testing.assert_allclose(
        model.decision_function(X), Z[0] if n_classes == 2 else Z.T, rtol=1e-10
    )


@CLASSES
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_weights_in_mlp_classifier_give_the_same_probabilities(activation, n_classes):
    X, codes = table(n_classes)
    X = X * [1, 10, 0.1, 1] + [0, 3, 1, -1]
    y = np.array(["d", "a", "c", "b"])[codes]
    model = classifier(activation=activation, max_iter=30).fit(X, y)
    P = model.predict_proba(X)
    on_raw = as_mlp(model, model.coefs_, model.intercepts_)
    np.testing.assert_allclose(on_raw.predict_proba(X), P, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(on_raw.predict(X), model.predict(X))
    W, b = model.parameters_.W[1:], model.parameters_.b[1:]
    on_standardized = as_mlp(model, [a.T for a in W], [a.ravel() for a in b])
    X_standardized = standardized(X).astype(float)
    np.testing.assert_allclose(
        on_standardized.predict_proba(X_standardized), P, rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@CLASSES
def test_without_hidden_layer_it_is_logistic_regression(n_classes, weighted):
    X, y = table(n_classes, m=150)
    X = X * [1, 100, 0.01, 1] + [0, 30, 0.1, -1]
    w = np.random.default_rng(1).uniform(0.1, 3, 150) if weighted else None
    alpha = 2.0
    model = classifier(hidden_units=0, solver="lbfgs", alpha=alpha, max_iter=1000).fit(
        X, y, sample_weight=w
    )
    other = LogisticRegression(C=1 / alpha, tol=1e-10, max_iter=10_000)
    other.fit(standardized(X, w).astype(float), y, sample_weight=w)
    np.testing.assert_allclose(model.parameters_.W[1], other.coef_, atol=1e-5)
    # With softmax a constant on all biases makes no difference.
    intercepts = [model.parameters_.b[1].ravel(), other.intercept_]
    if n_classes > 2:
        intercepts = [b - b.mean() for b in intercepts]
    np.testing.assert_allclose(*intercepts, atol=1e-5)


@CLASSES
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_first_entry_of_the_loss_curve_is_the_cost_of_init(solver, weighted, n_classes):
    X, y = table(n_classes)
    w = np.random.default_rng(1).uniform(0.5, 20, y.size) if weighted else None
    outputs = 1 if n_classes == 2 else n_classes
    init = initialize((4, 5, outputs), "xavier", rng=3)
    init.b[1][:] = 0.3
    theta = init.theta.copy()
    model = classifier(
        activation="tanh", solver=solver, init=init, alpha=0.7, batch_size="full"
    ).fit(X, y, sample_weight=w)
    expected = cost_by_hand(
        standardized(X, w).astype(float),
        y,
        np.ones(y.size) if w is None else w,
        Parameters(init.units, theta),
        0.7,
        n_classes,
    )
    np.testing.assert_allclose(model.loss_curve_[0], expected, rtol=1e-10)
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    assert model.loss_ == model.loss_curve_[-1]
    assert model.loss_curve_.shape == (model.n_iter_,)
    # The parameters that were given are left alone, and share no memory.
    np.testing.assert_array_equal(init.theta, theta)
    assert model.init is init
    assert not np.shares_memory(init.theta, model.parameters_.theta)


def test_init_is_cast_to_the_precision_of_X():
    X, y = table()
    init = initialize((4, 5, 1), rng=3)
    model = classifier(init=init).fit(X.astype(np.float32), y)
    assert model.parameters_.theta.dtype == np.float32
    assert init.theta.dtype == np.float64


@pytest.mark.parametrize("m", [1, 7, 89])
@pytest.mark.parametrize("alpha", [0.0, 5.0])
def test_mini_batches_by_hand(alpha, m):
    """Two epochs of logistic regression, each batch an estimate of the same J."""
    X, y = table()
    model = classifier(
        hidden_units=0,
        solver="sgd",
        learning_rate=0.05,
        schedule="constant",
        batch_size=m,
        shuffle=False,
        standardize=False,
        alpha=alpha,
        init="zeros",
        max_iter=2,
    ).fit(X, y)
    W, b = np.zeros(4), 0.0
    curve = []
    for _ in range(2):
        J = 0.0
        for start in range(0, 90, m):
            x, t = X[start : start + m], y[start : start + m]
            Z = x @ W + b
            loss = np.logaddexp(0, Z) - t * Z
            J += t.size * (loss.mean() + alpha / 2 * W @ W / 90)
            dZ = expit(Z) - t
            W = W - 0.05 * (x.T @ dZ / t.size + alpha * W / 90)
            b = b - 0.05 * dZ.mean()
        curve.append(J / 90)
    np.testing.assert_allclose(model.parameters_.W[1][0], W, rtol=1e-10)
    np.testing.assert_allclose(model.parameters_.b[1][0], b, rtol=1e-10)
    np.testing.assert_allclose(model.loss_curve_, curve, rtol=1e-12)


def test_batch_size():
    X, y = table()
    full = classifier(batch_size="full").fit(X, y)
    assert not_equal(full, classifier(batch_size=45).fit(X, y))
    for same in (90, 91, 10_000, "auto"):  # "auto" is at least 100 rows
        other = classifier(batch_size=same).fit(X, y)
        np.testing.assert_array_equal(full.parameters_.theta, other.parameters_.theta)
        np.testing.assert_array_equal(full.loss_curve_, other.loss_curve_)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@CLASSES
@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6])
@DTYPES
def test_raw_columns_equal_columns_standardized_outside(
    dtype, offset, n_classes, solver
):
    Z, y = table(n_classes, m=120, n=5)
    rng = np.random.default_rng(4)
    w = rng.uniform(0.5, 2, 120)
    scale = np.array([1e-6, 1e-3, 1, 1e3, 1e6])
    shift = offset * np.array([1, -1, 0.5, 1, -1])
    X = (scale * (Z + shift)).astype(dtype)
    outside = standardized(X, w).astype(dtype)
    settings = {"solver": solver, "activation": "tanh", "batch_size": 40}
    raw = classifier(**settings).fit(X, y, w)
    other = classifier(standardize=False, **settings).fit(outside, y, w)
    # The mean of a column far from zero is known to rounding of its size only.
    rounding = (1 + offset) * np.finfo(np.float64).eps + np.finfo(dtype).eps
    np.testing.assert_allclose(
        raw.predict_proba(X), other.predict_proba(outside), rtol=0, atol=300 * rounding
    )
    # Also for rows that were not there at the fit.
    new = (scale * (rng.normal(size=(50, 5)) + shift)).astype(dtype)
    measured = raw.standardization_
    new_outside = (new.astype(np.longdouble) - measured.mean) / measured.deviation
    np.testing.assert_allclose(
        raw.decision_function(new),
        other.decision_function(new_outside.astype(dtype)),
        rtol=0,
        atol=3000 * rounding,
    )


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("constant", [0.0, 0.1, -1e6 - 0.1, 1e-30, 1e300])
def test_a_constant_column_has_no_effect(constant, solver):
    m = 300
    X, y = table(m=m, n=3)
    init = initialize((4, 5, 1), "xavier", rng=1)
    without = Parameters.from_arrays(
        [np.delete(init.W[1], 1, axis=1), init.W[2]], init.b[1:]
    )
    settings = {"solver": solver, "batch_size": 100, "activation": "tanh"}
    settings["alpha"] = 1.0
    if solver == "lbfgs":
        # The penalty on the weights of the constant column is part of what L-BFGS
        # measures of the curvature: with it the way is another, not the goal.
        settings["alpha"] = 0.0
    expected = classifier(init=without, **settings).fit(X, y)
    with_constant = np.insert(X, 1, constant, axis=1)
    model = classifier(init=init, **settings).fit(with_constant, y)
    P = model.predict_proba(with_constant)
    np.testing.assert_allclose(P, expected.predict_proba(X), atol=1e-9)
    varied = with_constant.copy()
    varied[:, 1] = np.random.default_rng(0).normal(size=m) * 1e3
    np.testing.assert_array_equal(model.predict_proba(varied), P)
    assert (model.coefs_[0][1] == 0).all()


def test_a_constant_column_in_many_blocks_has_no_effect():
    X = np.random.default_rng(0).normal(size=(5000, 2))
    X[:, 1] = 0.1
    model = classifier(max_iter=1).fit(X, X[:, 0] > 0)
    assert model.standardization_.deviation[1] == 0
    assert (model.coefs_[0][1] == 0).all()


@pytest.mark.parametrize("m", [90, 2 * 2048 + 300], ids=["one block", "blocks"])
def test_standardization_is_weighted(m):
    X, y = table(m=m)
    X += np.arange(m)[:, np.newaxis] / m * [0, 1, -10, 100]  # blocks differ
    w = np.random.default_rng(0).uniform(0, 5, m)
    measured = classifier(max_iter=1).fit(X, y, w).standardization_
    mean = np.average(X, axis=0, weights=w)
    np.testing.assert_allclose(measured.mean, mean)
    variance = np.average((X - mean) ** 2, axis=0, weights=w)
    np.testing.assert_allclose(measured.deviation, np.sqrt(variance))
    assert classifier(standardize=False).fit(X, y).standardization_ is None


@pytest.mark.parametrize("fitted", [False, True], ids=["unfitted", "fitted"])
@pytest.mark.parametrize("class_weight", [None, "balanced", {1: 3.0}])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_check_gradient(n_classes, weighted, class_weight, fitted):
    X, y = table(n_classes, m=25)
    w = np.linspace(0, 4, 25) if weighted else None
    model = classifier(activation="tanh", class_weight=class_weight)
    if fitted:
        model.fit(X, y, sample_weight=w)
    before = dict(vars(model))
    report = check_gradient(model, X, y, sample_weight=w)
    assert report
    assert report.ok
    assert report.relative_error <= 1e-7
    assert "The gradient is right" in str(report)
    # The estimator is not changed.
    assert vars(model) == before
    # It is the gradient of the cost that training brings down.
    start = model.parameters_ if fitted else None
    if start is not None:
        assert report.gradient.units == start.units
        total = np.ones(25) if w is None else w
        factor = np.ones(n_classes)
        if class_weight == "balanced":
            counts = np.bincount(y, total)
            factor = counts.sum() / (n_classes * counts)
        elif class_weight:
            factor[1] = 3.0
        total = total * factor[y]
        A0 = ((X - model.standardization_.mean) / model.standardization_.deviation).T
        Y = np.eye(n_classes)[y].T
        network = Network(start.units, "tanh")
        Y = Y[1:] if n_classes == 2 else Y
        _, expected = network.cost_and_gradient(A0, Y, start, total, model.alpha_)
        np.testing.assert_allclose(
            report.gradient.theta, expected.theta, rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("fitted", [False, True], ids=["unfitted", "fitted"])
def test_check_gradient_sees_a_mistake_of_a_thousandth(fitted):
    def wrong_backward(dA, A, out=None, scratch=None):
        return np.multiply(tanh_backward(dA, A, out, scratch), 1.001, out=out)

    X, y = table(m=25)
    wrong = Activation("wrong", tanh_forward, wrong_backward)
    model = classifier(activation=wrong)
    if fitted:
        model.fit(X, y)
    report = check_gradient(model, X, y)
    assert not report
    assert "THE GRADIENT IS WRONG" in str(report)


def test_check_gradient_of_a_float32_fit_is_done_in_float64():
    X, y = table(3, m=25)
    X = X.astype(np.float32)
    model = classifier(activation="tanh").fit(X, y)
    assert check_gradient(model, X, y)
    assert model.parameters_.theta.dtype == np.float32


def test_cross_val_score_equals_fits_by_hand():
    X, y = load_iris(return_X_y=True)
    folds = KFold(3, shuffle=True, random_state=0)
    model = good_classifier()
    scores = cross_val_score(model, X, y, cv=folds)
    by_hand = [
        clone(model).fit(X[train], y[train]).score(X[test], y[test])
        for train, test in folds.split(X)
    ]
    np.testing.assert_array_equal(scores, by_hand)
    assert scores.mean() > 0.9
    assert not hasattr(model, "parameters_")


def test_grid_search_over_numbers_names_and_objects():
    X, y = load_iris(return_X_y=True)
    grid = {
        "hidden_units": [0, 4, np.int64(8)],
        "solver": ["lbfgs", Adam(beta1=0.8), Momentum()],
        "alpha": np.array([0.1, 1.0]),
    }
    search = GridSearchCV(good_classifier(max_iter=10), grid, cv=2).fit(X, y)
    assert len(search.cv_results_["params"]) == 18
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_score_ > 0.9
    best = clone(search.estimator).set_params(**search.best_params_).fit(X, y)
    np.testing.assert_array_equal(best.predict_proba(X), search.predict_proba(X))


def test_grid_search_in_a_pipeline():
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(SelectKBest(k=2), good_classifier())
    grid = {"selectkbest__k": [1, 3], "shallownnclassifier__hidden_units": [3, 6]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(X, y)
    inner = search.best_estimator_[-1]
    assert inner.n_features_in_ == search.best_params_["selectkbest__k"]
    assert search.best_score_ > 0.9


def test_pipeline_passes_weights_on():
    X, y = load_iris(return_X_y=True)
    w = np.where(y == 0, 0.0, 1.0)
    pipeline = make_pipeline(SelectKBest(k=3), good_classifier())
    pipeline.fit(X, y, shallownnclassifier__sample_weight=w)
    # The class without weight is not there.
    assert pipeline.classes_.tolist() == [1, 2]


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibrated(method):
    X, y = breast_cancer()
    model = CalibratedClassifierCV(good_classifier(), method=method, cv=3).fit(X, y)
    P = model.predict_proba(X)
    np.testing.assert_allclose(P.sum(axis=1), 1)
    assert model.score(X, y) > 0.9


def test_tuned_threshold_moves_towards_the_rare_class():
    X, y = breast_cancer()
    rare = np.flatnonzero(y == 0)[:20]
    rows = np.concatenate([rare, np.flatnonzero(y == 1)])
    X, y = X[rows, :2], (y[rows] == 0).astype(int)
    model = good_classifier().fit(X, y)
    tuned = TunedThresholdClassifierCV(good_classifier(), cv=3).fit(X, y)
    assert tuned.best_threshold_ < 0.5
    P = tuned.estimator_.predict_proba(X)[:, 1]
    np.testing.assert_array_equal(tuned.predict(X), tuned.best_threshold_ <= P)
    assert balanced_accuracy_score(y, tuned.predict(X)) > balanced_accuracy_score(
        y, model.predict(X)
    )


def test_stacking():
    X, y = breast_cancer()
    folds = KFold(3)
    parts = [("a", good_classifier()), ("b", good_classifier(hidden_units=0))]
    stack = StackingClassifier(parts, LogisticRegression(), cv=folds).fit(X, y)
    columns = [
        cross_val_predict(model, X, y, cv=folds, method="predict_proba")[:, 1]
        for _, model in parts
    ]
    final = LogisticRegression().fit(np.stack(columns, axis=1), y)
    np.testing.assert_allclose(stack.final_estimator_.coef_, final.coef_, rtol=1e-6)
    assert stack.score(X, y) > 0.9


def test_voting():
    X, y = load_iris(return_X_y=True)
    parts = [(str(s), good_classifier(random_state=s)) for s in range(3)]
    vote = VotingClassifier(parts, voting="soft").fit(X, y)
    mean = np.mean([m.fit(X, y).predict_proba(X) for _, m in parts], axis=0)
    np.testing.assert_allclose(vote.predict_proba(X), mean, rtol=1e-12)


def test_bagging():
    X, y = load_iris(return_X_y=True)
    w = np.linspace(0.5, 2, 150)
    bag = BaggingClassifier(good_classifier(), n_estimators=4, random_state=0)
    bag.fit(X, y, sample_weight=w)
    mean = np.mean([m.predict_proba(X) for m in bag.estimators_], axis=0)
    np.testing.assert_allclose(bag.predict_proba(X), mean, rtol=1e-12)
    assert bag.score(X, y) > 0.9


def test_one_vs_rest():
    X, y = load_iris(return_X_y=True)
    model = OneVsRestClassifier(good_classifier()).fit(X, y)
    for k, one in enumerate(model.estimators_):
        alone = good_classifier().fit(X, (y == k).astype(int))
        np.testing.assert_array_equal(alone.predict_proba(X), one.predict_proba(X))
    assert accuracy_score(y, model.predict(X)) > 0.85
