"""Bad input: one clear sentence each, and never a NaN in what is fitted."""

import functools
import re
import warnings

import numpy as np
import pytest
import sklearn
from family import make
from sklearn.exceptions import NotFittedError
from sklearn.utils.fixes import parse_version

from sknn2 import (
    LBFGS,
    Adam,
    DivergenceWarning,
    DivideOnStall,
    Momentum,
    Nesterov,
    Parameters,
    RMSProp,
    ShallowNNClassifier,
    Step,
    WarmUp,
)
from sknn2.training.schedules import Exponential, InverseTime
from sknn2.training.solvers import SOLVERS

X = np.random.default_rng(0).normal(size=(30, 3))
y = np.arange(30) % 3


@pytest.mark.parametrize(
    ("solver", "alpha"), [("lbfgs", 1e200), ("lbfgs", 1e308), ("adam", 1e308)]
)
def test_a_penalty_too_large_to_compute_with_is_an_error(solver, alpha):
    # At 1e200 the cost is finite, but SciPy makes NaN of its gradient's square.
    with pytest.raises(ValueError, match=r"not finite .* smaller alpha"):
        ShallowNNClassifier(alpha=alpha, solver=solver).fit(X, y)


# Parameter, value, kind of error, and what the message says that it must be.
INTEGER_0 = "an integer of at least 0"
INTEGER_1 = "an integer of at least 1"
POSITIVE = "a positive finite number"
NOT_NEGATIVE = "a finite number of at least 0"
IN_BETWEEN = "a number between 0 and 1, both excluded"
TRUE_OR_FALSE = "True or False"
WRONG_ARGUMENTS = [
    ("hidden_units", -1, ValueError, INTEGER_0),
    ("hidden_units", 2.0, TypeError, INTEGER_0),
    ("hidden_units", (5,), TypeError, INTEGER_0),
    ("hidden_units", True, TypeError, INTEGER_0),
    ("hidden_units", "10", TypeError, INTEGER_0),
    ("hidden_units", None, TypeError, INTEGER_0),
    ("activation", "swoosh", ValueError, "one of 'sigmoid', 'tanh', 'relu'"),
    ("activation", np.tanh, TypeError, "an instance of Activation"),
    ("activation", None, TypeError, "an instance of Activation"),
    ("solver", "newton", ValueError, "one of 'sgd', 'momentum'"),
    ("solver", Adam, TypeError, "an instance of Optimizer"),
    ("solver", None, TypeError, "an instance of LBFGS"),
    ("learning_rate", 0, ValueError, POSITIVE),
    ("learning_rate", -0.1, ValueError, POSITIVE),
    ("learning_rate", np.nan, ValueError, POSITIVE),
    ("learning_rate", np.inf, ValueError, POSITIVE),
    ("learning_rate", "adaptive", ValueError, "one of 'auto'"),
    ("learning_rate", None, TypeError, POSITIVE),
    ("learning_rate", True, TypeError, POSITIVE),
    ("learning_rate", [0.1], TypeError, POSITIVE),
    ("learning_rate", 0.1j, TypeError, POSITIVE),
    ("schedule", "linear", ValueError, "one of 'auto', 'constant'"),
    ("schedule", WarmUp, TypeError, "an instance of Schedule"),
    ("schedule", None, TypeError, "an instance of Schedule"),
    ("batch_size", 0, ValueError, INTEGER_1),
    ("batch_size", -5, ValueError, INTEGER_1),
    ("batch_size", 20.0, TypeError, INTEGER_1),
    ("batch_size", None, TypeError, INTEGER_1),
    ("batch_size", True, TypeError, INTEGER_1),
    ("batch_size", "all", ValueError, "one of 'auto', 'full'"),
    ("alpha", -1e-3, ValueError, NOT_NEGATIVE),
    ("alpha", np.nan, ValueError, NOT_NEGATIVE),
    ("alpha", np.inf, ValueError, NOT_NEGATIVE),
    ("alpha", "none", ValueError, "one of 'auto'"),
    ("alpha", None, TypeError, NOT_NEGATIVE),
    ("alpha", [1.0], TypeError, NOT_NEGATIVE),
    ("standardize", None, TypeError, TRUE_OR_FALSE),
    ("standardize", "yes", TypeError, TRUE_OR_FALSE),
    ("standardize", 1, TypeError, TRUE_OR_FALSE),
    ("init", "uniform", ValueError, "one of 'auto', 'small_normal'"),
    ("init", None, TypeError, "an instance of Parameters"),
    ("init", [np.ones((3, 3))], TypeError, "an instance of Parameters"),
    ("max_iter", 0, ValueError, INTEGER_1),
    ("max_iter", 10.0, TypeError, INTEGER_1),
    ("max_iter", None, TypeError, INTEGER_1),
    ("max_iter", False, TypeError, INTEGER_1),
    ("tol", -1e-4, ValueError, NOT_NEGATIVE),
    ("tol", np.nan, ValueError, NOT_NEGATIVE),
    ("tol", "small", TypeError, NOT_NEGATIVE),
    ("tol", True, TypeError, NOT_NEGATIVE),
    ("n_iter_no_change", 0, ValueError, INTEGER_1),
    ("n_iter_no_change", 5.0, TypeError, INTEGER_1),
    ("n_iter_no_change", None, TypeError, INTEGER_1),
    ("early_stopping", "yes", ValueError, "'auto', or True or False"),
    ("early_stopping", None, TypeError, TRUE_OR_FALSE),
    ("early_stopping", 5, TypeError, TRUE_OR_FALSE),
    ("validation_fraction", 0, ValueError, IN_BETWEEN),
    ("validation_fraction", 1.0, ValueError, IN_BETWEEN),
    ("validation_fraction", -0.1, ValueError, IN_BETWEEN),
    ("validation_fraction", np.nan, ValueError, IN_BETWEEN),
    ("validation_fraction", None, TypeError, IN_BETWEEN),
    ("scoring", "acuracy", ValueError, "one of 'loss'"),
    ("scoring", None, TypeError, "one of 'loss'"),
    ("scoring", ["accuracy"], TypeError, "one of 'loss'"),
    ("class_weight", "balance", ValueError, "None, 'balanced' or a dict"),
    ("class_weight", [1, 2, 3], TypeError, "None, 'balanced' or a dict"),
    ("class_weight", 2.0, TypeError, "None, 'balanced' or a dict"),
    ("warm_start", None, TypeError, TRUE_OR_FALSE),
    ("warm_start", 0, TypeError, TRUE_OR_FALSE),
    ("random_state", -1, ValueError, "an integer from 0 to 4294967295"),
    ("random_state", 2**32, ValueError, "an integer from 0 to 4294967295"),
    ("random_state", True, ValueError, "an integer from 0 to 4294967295"),
    ("random_state", "abc", ValueError, "an instance of numpy.random.RandomState"),
    ("n_jobs", 0, ValueError, "an integer other than 0"),
    ("n_jobs", 2.0, TypeError, "an integer other than 0"),
    ("n_jobs", True, TypeError, "an integer other than 0"),
    ("n_jobs", "all", TypeError, "an integer other than 0"),
    ("shuffle", None, TypeError, TRUE_OR_FALSE),
    ("shuffle", "no", TypeError, TRUE_OR_FALSE),
    ("verbose", -1, ValueError, INTEGER_0),
    ("verbose", 0.5, TypeError, INTEGER_0),
    ("verbose", None, TypeError, INTEGER_0),
]


def name_case(case):
    """Return e.g. ``alpha=-1``."""
    return f"{case[0]}={case[1]!r}"


# Kind of target -> y; every kind of estimator is among them.
SOME = {
    "two classes": np.arange(30) % 2,
    "labels": np.stack([np.arange(30) % 2, np.arange(30) % 3 == 0], axis=1).astype(int),
    "deep classes": y,
    "number": X[:, 1] + X[:, 2],
    "deep number": X[:, 1] + X[:, 2],
}
some_kinds = pytest.mark.parametrize("kind", SOME)


def classifier(**settings):
    """Return a small and fast one."""
    return ShallowNNClassifier(
        **{"hidden_units": 3, "max_iter": 3, "tol": None, "random_state": 0, **settings}
    )


@some_kinds
@pytest.mark.parametrize("case", WRONG_ARGUMENTS, ids=name_case)
def test_constructor_argument(case, kind):
    parameter, value, error, expected = case
    if parameter not in make(kind).get_params() or (
        kind == "labels" and parameter == "class_weight"
    ):
        return  # What others have instead is in the tests of those.
    model = make(kind, **{parameter: value})  # The constructor itself never raises.
    with pytest.raises(error) as info:
        model.fit(X, SOME[kind])
    message = str(info.value)
    # TypeError is no ValueError, so the kind is exact.
    assert type(info.value) is error
    assert message.startswith(f"The '{parameter}' parameter"), message
    assert expected in message
    assert f"Got {value!r} instead." in message


def test_every_constructor_argument_is_in_the_table():
    checked = {parameter for parameter, *_ in WRONG_ARGUMENTS}
    assert checked == set(ShallowNNClassifier().get_params())


@pytest.mark.parametrize("case", WRONG_ARGUMENTS, ids=name_case)
def test_constructor_argument_in_partial_fit(case):
    parameter, value, error, _ = case
    with pytest.raises(error, match=parameter):
        classifier(**{parameter: value}).partial_fit(X, y, classes=[0, 1, 2])


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: Momentum(beta=1), ValueError, "beta of Momentum"),
        (lambda: Nesterov(beta=-0.1), ValueError, "beta of Nesterov"),
        (lambda: RMSProp(epsilon=0), ValueError, "epsilon of RMSProp"),
        (lambda: Adam(beta1="high"), TypeError, "beta1 of Adam"),
        (lambda: Adam(beta2=1.0), ValueError, "beta2 of Adam"),
        (lambda: LBFGS(memory=0), ValueError, "memory of LBFGS"),
        (lambda: LBFGS(memory=2.5), TypeError, "memory of LBFGS"),
        (lambda: InverseTime(decay=0), ValueError, "decay of InverseTime"),
        (lambda: Exponential(decay=1), ValueError, "decay of Exponential"),
        (lambda: Step(every=0), ValueError, "every of Step"),
        (lambda: Step(factor=1.5), ValueError, "factor of Step"),
        (lambda: WarmUp(epochs=0), ValueError, "epochs of WarmUp"),
        (lambda: DivideOnStall(divisor=0), ValueError, "divisor of DivideOnStall"),
        (lambda: DivideOnStall(patience=0), ValueError, "patience of DivideOnStall"),
        (lambda: DivideOnStall(tol=np.nan), ValueError, "tol of DivideOnStall"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_argument_of_an_object(build, error, message):
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ({0: -1.0}, ValueError, r"class_weight of 0 .* Got -1.0"),
        ({1: np.nan}, ValueError, r"class_weight of 1 .* Got nan"),
        ({2: np.inf}, ValueError, r"class_weight of 2 .* Got inf"),
        ({2: "heavy"}, TypeError, r"class_weight of 2 .* Got 'heavy'"),
        ({2: None}, TypeError, r"class_weight of 2 .* Got None"),
        ({0: 0, 1: 0}, ValueError, "y holds one class only, 2"),
        # A label that is a slip of the pen is named.
        ({0: 1.0, 7: 2.0}, ValueError, "class_weight.*7"),
        ({"0": 2.0}, ValueError, "class_weight.*'0'"),
    ],
)
def test_class_weight_dict(weights, error, message):
    with pytest.raises(error, match=message):
        classifier(class_weight=weights).fit(X, y)


def test_class_weight_of_an_absent_class():
    """A fold may lack a class, so a dict that covers all the others is fine."""
    few = y != 2
    weights = {0: 1.0, 1: 2.0, 2: 3.0}
    model = classifier(class_weight=weights).fit(X[few], y[few])
    assert model.classes_.tolist() == [0, 1]


def with_value(value, row=4, column=1):
    """Return X with one entry changed."""
    changed = X.copy()
    changed[row, column] = value
    return changed


Y = y
BAD_DATA = {
    "1-d X": (X[:, 0], y, ValueError, "Expected 2D array, got 1D array"),
    "scalar X": (3.0, y, ValueError, "Expected 2D array, got scalar array"),
    "3-d X": (X[None], y, ValueError, "Found array with dim 3"),
    "no rows": (X[:0], y[:0], ValueError, "Found array with 0 sample"),
    "no columns": (X[:, :0], y, ValueError, "Found array with 0 feature"),
    "NaN": (
        with_value(np.nan),
        y,
        ValueError,
        r"Column 1 of X holds NaN in 1 of 30 rows.*make_pipeline\(SimpleImputer\(\), "
        r"ShallowNNClassifier\(\)\)",
    ),
    "NaN before infinity": (
        np.where(np.arange(3) == 1, with_value(np.nan), with_value(np.inf, 4, 2)),
        y,
        ValueError,
        "Column 1 of X holds NaN",
    ),
    "infinity": (
        with_value(np.inf),
        y,
        ValueError,
        "Column 1 of X holds infinity in 1",
    ),
    "minus infinity": (with_value(-np.inf), y, ValueError, "Column 1 .* infinity"),
    "both infinities": (
        np.vstack([with_value(np.inf)[:15], with_value(-np.inf, 20)[15:]]),
        y,
        ValueError,
        "Column 1 of X holds infinity in 2 of 30 rows",
    ),
    "float32 infinity": (
        with_value(np.inf).astype(np.float32),
        y,
        ValueError,
        "Column 1 of X holds infinity",
    ),
    "text": (
        np.where(np.arange(3) == 2, "red", X.astype("U9")),
        y,
        ValueError,
        "X holds text .*'red'.*OneHotEncoder",
    ),
    "object text": (
        np.where(np.arange(3) == 2, "red", X.astype(object)),
        y,
        ValueError,
        "X holds text .*'red'.*OneHotEncoder",
    ),
    "complex X": (X + 1j, y, ValueError, "Complex data not supported"),
    "one class": (X, np.full(30, "a"), ValueError, "y holds one class only, 'a'"),
    "one row": (X[:1], y[:1], ValueError, "y holds one class only, 0"),
    "y too short": (X, y[:-1], ValueError, r"inconsistent numbers.*\[30, 29\]"),
    "y too long": (X, np.append(y, 0), ValueError, r"inconsistent numbers.*\[30, 31\]"),
    "no y": (X, None, ValueError, "requires y to be passed"),
    "regression target": (X, X[:, 0], ValueError, "Unknown label type: continuous"),
    "2-d y": (X, np.c_[y, y], ValueError, "y has 2 columns and holds 2"),
    "NaN in y": (X, np.where(y == 0, np.nan, y), ValueError, "Input y contains NaN"),
}
if parse_version(sklearn.__version__) >= parse_version("1.9"):  # 1.6 only warns of it
    labels = np.array([b"a", b"b", b"c"])[y]
    BAD_DATA["bytes in y"] = X, labels, TypeError, "labels.* as bytes"


@pytest.mark.parametrize("case", BAD_DATA.values(), ids=BAD_DATA)
def test_data(case):
    bad_X, bad_y, error, message = case
    with pytest.raises(error, match=message):
        classifier().fit(bad_X, bad_y)


@some_kinds
@pytest.mark.parametrize(
    "name", [name for name, (_, y, *_) in BAD_DATA.items() if y is None or y is Y]
)
def test_rows_and_missing_targets(name, kind):
    bad_X, bad_y, error, message = BAD_DATA[name]
    model = make(kind)
    message = message.replace("ShallowNNClassifier", type(model).__name__)
    with pytest.raises(error, match=message):
        model.fit(bad_X, None if bad_y is None else SOME[kind])


AT_PREDICTION = {
    "1-d": (X[0], "Expected 2D array, got 1D array"),
    "too few columns": (X[:, :2], "X has 2 features.*expecting 3 features"),
    "too many columns": (np.c_[X, X], "X has 6 features.*expecting 3 features"),
    "NaN": (with_value(np.nan), "Column 1 of X holds NaN .*SimpleImputer"),
    "infinity": (with_value(-np.inf), "Column 1 of X holds infinity"),
    "text": (np.full((2, 3), "red"), "X holds text .*OneHotEncoder"),
    "empty": (X[:0], r"0 sample\(s\)"),
}


METHODS = ["predict", "predict_proba", "predict_log_proba", "decision_function"]


@some_kinds
@pytest.mark.parametrize("case", AT_PREDICTION.values(), ids=AT_PREDICTION)
def test_data_at_prediction(case, kind):
    bad_X, message = case
    model = make(kind, max_iter=2, tol=None, random_state=0).fit(X, SOME[kind])
    for method in METHODS:
        if hasattr(model, method):
            with pytest.raises(ValueError, match=message):
                getattr(model, method)(bad_X)


@some_kinds
def test_not_fitted(kind):
    model = make(kind)
    message = f"This {type(model).__name__} .* not fitted"
    for method in METHODS:
        if hasattr(model, method):
            with pytest.raises(NotFittedError, match=message):
                getattr(model, method)(X)


def test_a_large_finite_column_is_not_called_infinite():
    """The sum of the column overflows, its entries do not."""
    assert np.isfinite(classifier().fit(X * [1e307, 1, 1], y).predict_proba(X)).all()
    large = np.full((30, 1), np.finfo(np.float32).max, np.float32)
    model = classifier().fit(np.hstack([X.astype(np.float32), large]), y)
    assert np.isfinite(model.parameters_.theta).all()


@pytest.mark.parametrize("partial", [False, True], ids=["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        (np.where(y == 0, -0.5, 1), ValueError, "sample_weight holds negative.*-0.5"),
        (-1.0, ValueError, "sample_weight holds negative weights, down to -1"),
        (np.zeros(30), ValueError, "All weights in sample_weight are zero"),
        (0.0, ValueError, "All weights in sample_weight are zero"),
        (np.where(y == 0, np.nan, 1), ValueError, "sample_weight contains NaN"),
        (np.where(y == 0, np.inf, 1), ValueError, "sample_weight contains infinity"),
        (np.ones(29), ValueError, r"sample_weight.shape == \(29,\), expected \(30,\)"),
        (np.ones((30, 1)), ValueError, r"sample_weight.shape == \(30, 1\)"),
        (np.ones((1, 30)), ValueError, r"sample_weight.shape == \(1, 30\)"),
        (np.array(["a"] * 30), ValueError, "sample_weight"),
        ("balanced", ValueError, "sample_weight"),
    ],
    ids=[
        "negative",
        "negative number",
        "all zero",
        "zero",
        "NaN",
        "infinite",
        "too short",
        "column",
        "row",
        "text",
        "a name",
    ],
)
def test_sample_weight(weights, error, message, partial):
    model = classifier()
    fit = partial_fit_of(model) if partial else model.fit
    with pytest.raises(error, match=message):
        fit(X, y, sample_weight=weights)


def partial_fit_of(model):
    """Return its partial_fit, with all labels announced."""
    return functools.partial(model.partial_fit, classes=[0, 1, 2])


def test_complex_sample_weight():
    with pytest.raises(ValueError, match="Complex data not supported"):
        classifier().fit(X, y, sample_weight=np.full(30, 1j))


def test_weights_that_leave_one_class():
    with pytest.raises(ValueError, match=r"one class only, 2 \(rows of weight zero"):
        classifier().fit(X, y, sample_weight=(y == 2).astype(float))


def test_init_of_another_shape():
    expected = re.escape("W[1] has shape (3, 2), expected (n[1], n[0]) = (3, 3)")
    with pytest.raises(ValueError, match=expected):
        classifier(init=Parameters((2, 3, 3))).fit(X, y)


def test_init_that_is_not_finite():
    init = Parameters((3, 3, 3), np.full(24, np.inf))
    with pytest.raises(ValueError, match=r"'init' parameter .* holds NaN or infinity"):
        classifier(init=init).fit(X, y)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    "settings",
    [
        {"learning_rate": 1e6},
        {"learning_rate": 1e6, "batch_size": 7, "schedule": "constant"},
        {"learning_rate": 1e6, "early_stopping": True},
        {"standardize": False},
        {"standardize": False, "batch_size": 7, "alpha": 0.0},
    ],
    ids=["rate", "rate batches", "rate validation", "column", "column batches"],
)
def test_too_high_a_rate_or_a_column_too_large(
    settings, solver, activation, n_classes, dtype
):
    data = X.astype(dtype)
    labels = y % n_classes
    if "standardize" in settings:
        data = data * np.array([1, 1e12, 1], dtype)
    model = classifier(solver=solver, activation=activation, max_iter=30, **settings)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(data, labels)
        predictions = [
            model.predict_proba(data),
            model.predict_log_proba(data),
            model.decision_function(data),
        ]
    assert len(caught) <= 1, [str(w.message) for w in caught]
    for warning in caught:
        assert warning.category is DivergenceWarning
        message = str(warning.message)
        if solver != "lbfgs":
            assert "learning_rate=" in message
        if "standardize" in settings:
            assert "Column 1 of X reaches" in message
            assert "standardize=True" in message
    assert not_finite(vars(model)) == []
    assert all(np.isfinite(p).all() for p in predictions)


def not_finite(value, path="estimator", seen=None):
    """Return where NaN or infinity is in an object, its attributes and items."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return []
    seen.add(id(value))
    if isinstance(value, (float, np.ndarray, np.number)):
        if np.asarray(value).dtype.kind in "fc" and not np.isfinite(value).all():
            return [path]
        return []
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    else:
        items = getattr(value, "__dict__", {}).items()
    return [bad for key, v in items for bad in not_finite(v, f"{path}.{key}", seen)]


def test_the_walk_finds_what_is_not_finite():
    model = classifier().fit(X, y)
    assert not_finite(vars(model)) == []
    model.parameters_.theta[5] = np.nan
    model.loss_ = np.inf
    found = not_finite(vars(model))
    assert "estimator.loss_" in found
    assert any(path.startswith("estimator.parameters_") for path in found)
