"""Laws of sample weights, class weights and the penalty, for every solver."""

import numpy as np
import pytest
from family import CLASSES as CLASS_KINDS
from family import COUNTS, KINDS, REGRESSORS, each_kind, make, raw_output, targets
from family import classes_of as first_classes
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_sample_weight

from sknn2.training.solvers import SOLVERS

each_solver = pytest.mark.parametrize("solver", SOLVERS)
CLASSES = pytest.mark.parametrize("n_classes", [2, 3])
M = 60


def table(n_classes=3, m=M, seed=0):
    """Return noisy rows and class indices, the first class the most frequent.

    Or targets of a kind, if a kind of `family` stands for the number of classes.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, 3)) * [1, 20, 0.1] + [0, 5, 3]
    if isinstance(n_classes, str):
        return X, targets(n_classes, X, seed)
    y = np.minimum(np.arange(m) % 6, n_classes - 1)[::-1].copy()
    X[:, 0] += y
    return X, y


def classifier(kind="three classes", **settings):
    """Return a small one on full batches, with which rounding stays rounding."""
    defaults = {
        "activation": "tanh",
        "batch_size": "full",
        "max_iter": 25,
        "tol": None,
        "random_state": 0,
    }
    return make(kind, **{**defaults, **settings})


def assert_same(model, other, X, tol=1e-7):
    """Assert that two fits know the same classes and give the same probabilities.

    Or the same predictions of a regression, in units of their deviation.
    """
    if hasattr(model, "classes_"):
        np.testing.assert_array_equal(model.classes_, other.classes_)
        np.testing.assert_allclose(
            model.predict_proba(X), other.predict_proba(X), rtol=0, atol=tol
        )
    else:
        P, other_P = model.predict(X), other.predict(X)
        np.testing.assert_allclose((P - other_P) / P.std(axis=0), 0, atol=10 * tol)
    np.testing.assert_allclose(
        model.parameters_.theta, other.parameters_.theta, rtol=0, atol=100 * tol
    )
    np.testing.assert_allclose(model.loss_curve_, other.loss_curve_, rtol=tol)


def differ(model, other, X):
    """Return whether two fits give other outputs by more than a little."""
    return np.abs(raw_output(model, X) - raw_output(other, X)).max() > 1e-3


# Sample weights


@each_solver
@each_kind
@pytest.mark.parametrize(("batch_size", "scale"), [("full", 0.3), (16, 1e300)])
def test_zero_is_absent(scale, batch_size, kind, solver):
    X, y = table(kind)
    w = scale * (np.random.default_rng(1).random(M) < 0.6)
    w[:3] = 0, scale, scale
    settings = {"solver": solver, "batch_size": batch_size, "alpha": 0.1 * scale}
    weighted = classifier(kind, **settings).fit(X, y, sample_weight=w)
    dropped = classifier(kind, **settings)
    dropped.fit(X[w > 0], y[w > 0], sample_weight=w[w > 0])
    # The very same rows in the very same order.
    np.testing.assert_array_equal(weighted.parameters_.theta, dropped.parameters_.theta)
    np.testing.assert_array_equal(weighted.loss_curve_, dropped.loss_curve_)
    # And those rows would have mattered.
    whole = classifier(kind, **settings).fit(X, y, np.full(M, scale))
    assert differ(weighted, whole, X)


@each_solver
def test_values_in_a_row_of_weight_zero_do_not_matter(solver):
    X, y = table()
    w = np.ones(M)
    w[5] = 0
    changed = X.copy()
    changed[5] = 1e30
    other_label = y.copy()
    other_label[5] = 77
    model = classifier(solver=solver).fit(X, y, w)
    other = classifier(solver=solver).fit(changed, other_label, w)
    np.testing.assert_array_equal(model.parameters_.theta, other.parameters_.theta)
    assert other.classes_.tolist() == [0, 1, 2]


@each_solver
@pytest.mark.parametrize("standardize", [True, False], ids=["standardized", "raw"])
@pytest.mark.parametrize(
    ("kind", "class_weight"),
    [
        *((kind, None) for kind in KINDS),
        *((kind, "balanced") for kind in CLASS_KINDS),
        *((kind, {0: 0.5, 1: 3.0}) for kind in CLASS_KINDS),
    ],
)
def test_k_is_k_rows(kind, class_weight, standardize, solver):
    X, y = table(kind)
    if not standardize:
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        if kind in REGRESSORS and kind != COUNTS:
            y = (y - y.mean(axis=0)) / y.std(axis=0)
    k = np.random.default_rng(2).integers(0, 4, M)
    settings = {
        "solver": solver,
        "standardize": standardize,
        "alpha": 2.0,
    }
    if class_weight is not None:
        settings["class_weight"] = class_weight
    weighted = classifier(kind, **settings).fit(X, y, sample_weight=k)
    order = np.random.default_rng(3).permutation(k.sum())
    repeated = classifier(kind, **settings).fit(
        X.repeat(k, axis=0)[order], y.repeat(k, axis=0)[order]
    )
    assert_same(weighted, repeated, X)


@each_solver
@each_kind
def test_the_order_of_rows_does_not_matter_in_full_batches(kind, solver):
    X, y = table(kind)
    w = np.linspace(0.1, 2, M)
    order = np.random.default_rng(4).permutation(M)
    model = classifier(kind, solver=solver).fit(X, y, w)
    other = classifier(kind, solver=solver).fit(X[order], y[order], w[order])
    assert_same(model, other, X)


@each_solver
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize(
    ("kind", "weight"),
    [
        *(("two classes", weight) for weight in (5e-324, 0.7, 1e300)),
        *((kind, 1.7e308) for kind in KINDS),
    ],
)
def test_uniform_weights_equal_ones_without_penalty(weight, dtype, kind, solver):
    X, y = table(kind)
    X = X.astype(dtype)
    settings = {"solver": solver, "alpha": 0.0}
    ones = classifier(kind, **settings).fit(X, y)
    model = classifier(kind, **settings).fit(X, y, sample_weight=np.full(M, weight))
    assert_same(model, ones, X, 1e-7 if dtype == np.float64 else 1e-3)


@each_solver
@pytest.mark.parametrize("weight", [1e300, 1.7e308])
def test_huge_weights_on_rows_of_many_blocks(weight, solver):
    """The sum of the weights overflows, and nothing that is made of it may."""
    X, y = table(2, m=2500)
    settings = {"solver": solver, "alpha": 0.0, "max_iter": 2}
    ones = classifier(**settings).fit(X, y)
    model = classifier(**settings).fit(X, y, sample_weight=np.full(2500, weight))
    assert_same(model, ones, X)


@each_kind
@pytest.mark.parametrize("weight", [1e300, 1.7e308])
def test_huge_weights_over_calls_of_partial_fit(weight, kind):
    X, y = table(kind)
    ones, huge = classifier(kind, alpha=0.0), classifier(kind, alpha=0.0)
    known = first_classes(kind, y)
    for part in (slice(0, 20), slice(20, 40), slice(40, 60)):
        w = np.full(20, weight)
        ones.partial_fit(X[part], y[part], **known)
        huge.partial_fit(X[part], y[part], sample_weight=w, **known)
    assert np.isfinite(huge.standardization_.weight)
    assert np.isfinite(raw_output(huge, X)).all()
    if weight == 1e300:
        assert_same(huge, ones, X)


@each_solver
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("batch_size", ["full", 7])
def test_huge_and_tiny_weights_together_are_finite(batch_size, dtype, solver):
    X, y = table()
    w = np.array([1e300, 1, 1e-300, 1e150, 1e-20, 0, 3])[np.arange(M) % 7]
    model = classifier(solver=solver, batch_size=batch_size)
    model.fit(X.astype(dtype), y, sample_weight=w)
    assert np.isfinite(model.parameters_.theta).all()
    assert np.isfinite(model.loss_curve_).all()
    assert np.isfinite(model.predict_log_proba(X)).all()
    # What is next to nothing acts like nothing.
    alone = classifier(solver=solver, batch_size="full")
    large = w == 1e300
    if batch_size == "full" and dtype is np.float64:
        alone.fit(X[large], y[large], w[large])
        np.testing.assert_allclose(
            model.predict_proba(X), alone.predict_proba(X), atol=1e-7
        )


@each_solver
def test_a_number_is_the_same_weight_for_all(solver):
    X, y = table()
    model = classifier(solver=solver).fit(X, y, sample_weight=2.5)
    array = classifier(solver=solver).fit(X, y, sample_weight=np.full(M, 2.5))
    np.testing.assert_array_equal(model.parameters_.theta, array.parameters_.theta)
    # The penalty counts for less where the rows count for more.
    assert not np.array_equal(
        model.parameters_.theta, classifier(solver=solver).fit(X, y).parameters_.theta
    )


def as_series(w):
    """Return the weights as a pandas Series with an index of its own."""
    pd = pytest.importorskip("pandas")
    return pd.Series(w, index=np.arange(w.size)[::-1])


def as_polars(w):
    """Return the weights as a polars Series."""
    return pytest.importorskip("polars").Series(w)


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "float32": lambda w: w.astype(np.float32),
    "int": lambda w: w.astype(int),
    "object": lambda w: w.astype(object),
    "pandas": as_series,
    "polars": as_polars,
    "every other": lambda w: np.repeat(w, 2)[::2],
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_weights_in_other_containers(container):
    X, y = table()
    w = np.arange(M) % 5.0
    expected = classifier().fit(X, y, sample_weight=w)
    model = classifier().fit(X, y, sample_weight=container(w))
    np.testing.assert_array_equal(model.parameters_.theta, expected.parameters_.theta)


# Class weights


@each_solver
@CLASSES
@pytest.mark.parametrize("labels", [[0, 1, 2], ["b", "a", "c"], [1.5, -2.0, 0.0]])
def test_a_dict_is_the_explicit_weights(labels, n_classes, solver):
    X, codes = table(n_classes)
    if isinstance(labels[0], float):
        labels = [float(round(label)) for label in labels]
    y = np.array(labels)[codes]
    weights = dict(zip(labels, (0.5, 4.0, 2.0), strict=True))
    weights = {label: weights[label] for label in labels[:n_classes]}
    w = np.array([weights[label] for label in y.tolist()])
    model = classifier(solver=solver, class_weight=weights).fit(X, y)
    assert_same(model, classifier(solver=solver).fit(X, y, sample_weight=w), X)
    assert differ(model, classifier(solver=solver, alpha=0.0).fit(X, y), X)


@each_solver
def test_a_label_that_is_not_in_the_dict_has_weight_one(solver):
    X, y = table()
    model = classifier(solver=solver, class_weight={1: 3.0}).fit(X, y)
    w = np.where(y == 1, 3.0, 1.0)
    assert_same(model, classifier(solver=solver).fit(X, y, sample_weight=w), X)


@each_solver
@CLASSES
def test_balanced_is_the_explicit_weights(n_classes, solver):
    X, y = table(n_classes)
    model = classifier(solver=solver, class_weight="balanced").fit(X, y)
    w = compute_sample_weight("balanced", y)
    assert_same(model, classifier(solver=solver).fit(X, y, sample_weight=w), X)
    # The classes are of unlike size, so that it matters.
    assert differ(model, classifier(solver=solver).fit(X, y), X)


@each_solver
@CLASSES
def test_balanced_counts_rows_by_their_weights(n_classes, solver):
    X, y = table(n_classes)
    w = np.random.default_rng(5).integers(0, 4, M).astype(float)
    model = classifier(solver=solver, class_weight="balanced")
    model.fit(X, y, sample_weight=w)
    counts = np.array([w[y == k].sum() for k in range(n_classes)])
    factor = w.sum() / (n_classes * counts)
    explicit = classifier(solver=solver).fit(X, y, sample_weight=w * factor[y])
    assert_same(model, explicit, X)


@each_solver
def test_sample_weights_and_class_weights_multiply(solver):
    X, y = table()
    w = np.linspace(0, 2, M)
    weights = {0: 0.5, 1: 2.0, 2: 1.5}
    model = classifier(solver=solver, class_weight=weights).fit(X, y, w)
    product = w * np.array([0.5, 2.0, 1.5])[y]
    assert_same(model, classifier(solver=solver).fit(X, y, product), X)


@pytest.mark.parametrize("huge", [1e200, 1.7e308])
def test_the_product_of_huge_weights_does_not_overflow(huge):
    X, y = table()
    w = np.linspace(0.1, 1, M)
    weights = {0: 0.5, 1: 1.0, 2: 0.25}
    expected = classifier(alpha=0.0, class_weight=weights).fit(X, y, w)
    weights = {label: value * huge for label, value in weights.items()}
    model = classifier(alpha=0.0, class_weight=weights).fit(X, y, w * huge)
    assert_same(model, expected, X)


@each_solver
@pytest.mark.parametrize(
    "weights", [{1: 0}, {0: 2, 1: 0, 2: 3}, {1: 0.0, 2: 3}], ids=str
)
def test_class_weight_zero_is_the_class_absent(weights, solver):
    X, y = table()
    model = classifier(solver=solver, class_weight=weights).fit(X, y)
    assert model.classes_.tolist() == [0, 2]
    assert model.parameters_.units[-1] == 1
    keep = y != 1
    w = np.array([weights.get(label, 1) for label in y.tolist()], float)[keep]
    assert_same(model, classifier(solver=solver).fit(X[keep], y[keep], w), X)


def test_class_weight_zero_with_sample_weights():
    X, y = table()
    w = np.linspace(0, 3, M)
    model = classifier(class_weight={0: 0.0, 1: 2.0, 2: 1.0}).fit(X, y, w)
    product = w * np.array([0.0, 2.0, 1.0])[y]
    assert_same(model, classifier().fit(X, y, product), X)


def test_class_weight_zero_in_partial_fit_keeps_the_class():
    """There the classes are those announced, as they are for a chunk without one."""
    X, y = table()
    # Batches would fall otherwise if its rows took part.
    settings = {"class_weight": {0: 1.0, 1: 0.0, 2: 2.0}, "batch_size": 16}
    model = classifier(**settings).partial_fit(X, y, classes=[0, 1, 2])
    assert model.classes_.tolist() == [0, 1, 2]
    keep = y != 1
    other = classifier(**settings)
    other.partial_fit(X[keep], y[keep], classes=[0, 1, 2])
    assert_same(model, other, X)


# The penalty


@pytest.mark.parametrize("batch_size", [6, 20, "full"])
@pytest.mark.parametrize("solver", ["sgd", "momentum", "nesterov", "rmsprop", "adam"])
def test_strength_of_the_penalty_does_not_depend_on_batches(solver, batch_size):
    """Without hidden layer J has one minimum, and all batch sizes go there.

    AdamW is left out: its penalty acts outside the gradient, so that it ends
    elsewhere.
    """
    X, y = table(2)
    Z, alpha = (X - X.mean(axis=0)) / X.std(axis=0), 5.0
    rate = {"rmsprop": 0.02, "adam": 0.05}.get(solver, 0.5)
    model = classifier(
        hidden_units=0,
        solver=solver,
        learning_rate=rate,
        schedule="cosine",
        batch_size=batch_size,
        alpha=alpha,
        # The same number of steps for each.
        max_iter=2000 if batch_size == "full" else 2000 * batch_size // M,
    ).fit(X, y)
    # The oracle minimises sum_i loss_i + alpha/2 ||W||^2 by itself.
    best = LogisticRegression(C=1 / alpha, tol=1e-10, max_iter=10_000).fit(Z, y)
    W, b = model.parameters_.W[1], model.parameters_.b[1]
    # RMSProp divides by what the batches of late have in common with this one, which
    # shifts where small ones go. A penalty per batch would be wrong by far more.
    rtol = 0.15 if solver == "rmsprop" and batch_size != "full" else 0.03
    np.testing.assert_allclose(W, best.coef_, rtol=rtol, atol=0.01)
    np.testing.assert_allclose(b[0], best.intercept_, rtol=rtol, atol=0.01)


@each_solver
@each_kind
def test_weights_and_penalty_scale_together(kind, solver):
    """J is the same for weights c w with c alpha."""
    X, y = table(kind)
    w = np.linspace(0.5, 2, M)
    model = classifier(kind, solver=solver, alpha=3.0).fit(X, y, w)
    scaled = classifier(kind, solver=solver, alpha=3.0 * 64).fit(X, y, 64 * w)
    assert_same(model, scaled, X)


def test_biases_are_not_penalised():
    X, y = table(2)
    model = classifier(hidden_units=0, solver="lbfgs", alpha=1e9, max_iter=200)
    with pytest.warns(ConvergenceWarning, match="penalty is too strong: alpha=1e"):
        model.fit(X, y)
    np.testing.assert_allclose(model.parameters_.W[1], 0, atol=1e-6)
    # All that is left to know is how frequent the classes are.
    np.testing.assert_allclose(expit(model.parameters_.b[1]), y.mean(), atol=1e-5)


@each_kind
@pytest.mark.parametrize("weight", [5e-324, 1e-320])
def test_denormal_weights_over_calls_of_partial_fit(weight, kind):
    X = np.random.default_rng(0).standard_normal((60, 3))
    y = targets(kind, X)
    model = make(kind, learning_rate=0.01, random_state=0)
    for part in (slice(0, 20), slice(20, 40)):
        w = np.full(20, weight)
        model.partial_fit(X[part], y[part], sample_weight=w, **first_classes(kind, y))
    np.testing.assert_allclose(model.standardization_.mean, X[:40].mean(axis=0))
    assert np.isfinite(raw_output(model, X)).all()


@each_kind
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_validation_weights_that_are_far_below_those_of_training(dtype, kind):
    X = np.random.default_rng(0).standard_normal((60, 3))
    y = targets(kind, X)
    w = np.full(len(X), 1e-300)
    w[0] = 1.0
    model = make(kind, max_iter=3, tol=None, random_state=0)
    model.fit(X.astype(dtype), y, sample_weight=w, X_val=X[1:], y_val=y[1:])
    given = model.validation_loss_curve_
    small = {"X_val": X[1:], "y_val": y[1:], "sample_weight_val": w[1:]}
    model.fit(X.astype(dtype), y, w, **small)
    np.testing.assert_allclose(model.validation_loss_curve_, given, rtol=1e-5)
    model.set_params(early_stopping=True).fit(X.astype(dtype), y, sample_weight=w)
    assert np.isfinite(model.validation_loss_curve_).all()
