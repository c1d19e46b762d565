"""Constructor arguments of any value: they train, or one sentence names them."""

import inspect
import warnings
from fractions import Fraction

import numpy as np
import pytest
import sklearn
from family import ESTIMATORS, make, targets
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import accuracy_score
from sklearn.utils.fixes import parse_version

from sknn2 import (
    LBFGS,
    Adam,
    DivergenceWarning,
    Momentum,
    Parameters,
    PiecewiseLinearEncoder,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    Step,
    TableEncoder,
    WarmUp,
)
from sknn2.training.schedules import Schedule

X = np.random.default_rng(0).normal(size=(40, 3))
CHOOSES = "chooses its penalty"
ENCODER = "encoder"
SMALL = {"max_iter": 2, "tol": None, "random_state": 0}
HOSTILE = [
    None,
    True,
    np.True_,
    0,
    -1,
    2,
    np.int8(100),
    np.uint8(255),
    10**40,
    -(10**40),
    10**5000,
    0.5,
    np.float16(0.5),
    np.float64(2.0),
    1e-320,
    1e308,
    np.nan,
    np.inf,
    -np.inf,
    1j,
    Fraction(1, 3),
    np.array(2),
    np.array(2.0),
    np.ones((2, 2)),
    "auto",
    "no such name",
    b"auto",
    "",
    [],
    {},
    (2, "a"),
    np.datetime64("2020-01-01"),
    object(),
    Adam,
    len,
    accuracy_score,
]


def build(kind, **params):
    """Return the estimator of a kind, and its targets."""
    if kind == ENCODER:
        return PiecewiseLinearEncoder(**params), None
    if kind == CHOOSES:
        settings = {"hidden_units": 3, "max_iter": 2, "random_state": 0} | params
        return ShallowNNClassifierCV(**settings), targets("two classes", X)
    return make(kind, **(SMALL | params)), targets(kind, X)


def cases():
    """Return each kind with each of its parameters."""
    for kind in (*ESTIMATORS, CHOOSES, ENCODER):
        for parameter in build(kind)[0].get_params():
            yield pytest.param(kind, parameter, id=f"{kind}, {parameter}")


def outputs(model, X):
    """Return the numbers that a fitted model makes of X."""
    for name in ("predict_proba", "predict", "transform"):
        if hasattr(model, name):
            return getattr(model, name)(X)
    raise AssertionError(model)


def why_not(model, y, X=X, **validation):
    """Fit, and return the error's message, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", DivergenceWarning)
            model.fit(X, y, **validation)
    except (TypeError, ValueError) as error:
        return str(error)
    return None


@pytest.mark.parametrize(("kind", "parameter"), list(cases()))
def test_an_argument_trains_or_is_named(kind, parameter):
    for value in HOSTILE:
        model, y = build(kind, **{parameter: value})
        validation = {}
        if parameter in ("scoring", "early_stopping", "n_iter_no_change"):
            validation = {"X_val": X[:30], "y_val": y[:30]}
        said = why_not(model, y, **validation)
        if said is None:
            assert np.isfinite(outputs(model, X)).all(), value
        else:
            assert parameter in said or parameter.rstrip("s") in said, said
            assert len(said) < (3000 if parameter == "scoring" else 800), said


class Returns(Schedule):
    """A schedule that returns what it is given."""

    name = "returns"

    def __init__(self, value):
        self.value = value

    def __call__(self, epoch, losses, progress=None):
        """Return it."""
        return self.value


BAD_NUMBERS = [None, "1", np.ones(2), 1j, np.nan, np.inf, [1.0]]


@pytest.mark.parametrize("kind", ESTIMATORS)
@pytest.mark.parametrize("value", [*BAD_NUMBERS, -np.inf, True], ids=repr)
def test_what_a_schedule_returns(kind, value):
    model = make(kind, schedule=Returns(value), **SMALL)
    with pytest.raises((TypeError, ValueError), match=r"What schedule=.* Got") as info:
        model.fit(X, targets(kind, X))
    assert "for epoch 0" in str(info.value)
    assert not hasattr(model, "parameters_")


@pytest.mark.parametrize("kind", ESTIMATORS)
@pytest.mark.parametrize("value", BAD_NUMBERS, ids=repr)
def test_what_a_scorer_returns(kind, value):
    def score(model, X, y):
        return value

    model, y = make(kind, scoring=score, **SMALL), targets(kind, X)
    with pytest.raises((TypeError, ValueError), match="scoring=<function") as info:
        model.fit(X, y, X_val=X[:30], y_val=y[:30])
    assert "validation set" in str(info.value)


@pytest.mark.parametrize("value", [np.float32(0.5), np.array(0.5), 1], ids=repr)
def test_a_scorer_may_return_any_kind_of_number(value):
    model = ShallowNNClassifier(scoring=lambda model, X, y: value, **SMALL)
    y = targets("two classes", X)
    model.fit(X, y, X_val=X[:30], y_val=y[:30])
    assert model.validation_scores_.tolist() == [value, value]


def accuracy(model, X, y):
    """Score without weights."""
    return model.score(X, y)


@pytest.mark.parametrize(
    ("kind", "scoring"),
    [
        ("two classes", accuracy),
        ("labels", accuracy),
        ("number", "neg_max_error"),
        ("two classes", "adjusted_rand_score"),
    ],
)
def test_a_scorer_without_weights(kind, scoring):
    model, y = make(kind, scoring=scoring, **SMALL), targets(kind, X)
    validation = {"X_val": X[:30], "y_val": y[:30]}
    model.fit(X, y, **validation)
    with pytest.raises(TypeError, match=r"scoring=.* does not take sample_weight"):
        model.fit(X, y, sample_weight_val=np.ones(30), **validation)
    with pytest.raises(TypeError, match=r"scoring=.* does not take sample_weight"):
        model.set_params(early_stopping=True).fit(X, y, np.ones(40))


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_initial_parameters_that_do_not_fit_are_named(kind):
    fitted, y = build(kind)
    theta = fitted.fit(X, y).parameters_.theta
    units = fitted.parameters_.units
    for bad, message in (
        (Parameters((2, 3, 1)), r"is not of this network: W"),
        (Parameters(units, np.full_like(theta, np.nan)), "holds NaN"),
    ):
        model, _ = build(kind, init=bad)
        with pytest.raises(ValueError, match=f"The 'init' parameter of .* {message}"):
            model.fit(X, y)


def test_a_metric_is_no_scorer():
    y = targets("two classes", X)
    with pytest.raises(ValueError, match="make_scorer"):
        ShallowNNClassifier(scoring=accuracy_score).fit(X, y)


@pytest.mark.parametrize("kind", [*ESTIMATORS, CHOOSES])
@pytest.mark.parametrize("attribute", ["coefs_", "intercepts_"])
def test_weights_before_the_fit(kind, attribute):
    model, _ = build(kind)
    assert not hasattr(model, attribute)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(model, attribute)


@pytest.mark.parametrize(
    "cv", [np.array(2.0), np.array(2), 2.5, "4", b"4", [1, 2], [(1, 2, 3)], {}, True]
)
def test_folds(cv):
    model, y = build(CHOOSES, cv=cv)
    with pytest.raises((TypeError, ValueError), match="cv"):
        model.fit(X, y)


@pytest.mark.parametrize("kind", [*ESTIMATORS, CHOOSES])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("alpha", [1e30, 1e38, 1e39, 1e150, 1e200, 1e308])
def test_a_huge_penalty_gives_no_infinite_curve(kind, dtype, alpha):
    solvers = ("adam", "sgd", "lbfgs")
    for solver in solvers if kind != CHOOSES else [None]:
        params = {"alphas": [1.0, alpha]} if solver is None else {"alpha": alpha}
        model, y = build(kind, **params, **({"solver": solver} if solver else {}))
        said = why_not(model, y, X.astype(dtype))
        if said is None:
            assert np.isfinite(getattr(model, "loss_curve_", 0)).all()
            assert np.isfinite(getattr(model, "oof_losses_", 0)).all()
            assert np.isfinite(outputs(model, X.astype(dtype))).all()
        else:
            assert "alpha" in said


def test_numpy_numbers_train_as_python_numbers():
    y = targets("two classes", X)
    plain = {"max_iter": 100, "n_iter_no_change": 10, "batch_size": 20, "tol": 1e-3}
    small = {"n_iter_no_change": np.uint8(10), "batch_size": np.uint8(20)}
    small |= {"max_iter": np.int8(100), "tol": np.float64(1e-3)}
    curves = []
    for params in (plain, small):
        model = ShallowNNClassifier(
            3, schedule="constant", warm_start=True, random_state=0, **params
        )
        for _ in range(3):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                model.fit(X, y)
        curves.append(model.loss_curve_)
    np.testing.assert_array_equal(*curves)


@pytest.mark.parametrize("kind", [*ESTIMATORS, CHOOSES, ENCODER])
def test_help_shows_short_types(kind):
    shows_short_types(build(kind)[0])


def test_help_of_the_table_encoder_shows_short_types():
    shows_short_types(TableEncoder())


def shows_short_types(model):
    """Assert that signatures spell no type out."""
    for name in ("fit", "predict", "transform", "partial_fit", "__init__"):
        if hasattr(model, name):
            shown = str(inspect.signature(getattr(model, name)))
            assert "ForwardRef" not in shown
            assert "Literal" not in shown
            assert "numpy." not in shown
            assert "_SupportsArray" not in shown


def test_many_classes_are_warned_of_once():
    older_than_1_7 = parse_version(sklearn.__version__) < parse_version("1.7")
    for model in (ShallowNNClassifier(3, max_iter=2, tol=None), build(CHOOSES)[0]):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.fit(X, np.arange(40))
        said = [w for w in caught if "number of unique classes" in str(w.message)]
        assert len(said) == 1 or (not said and older_than_1_7)


def test_max_iter_bounds_the_training_on_many_rows():
    X = np.random.default_rng(0).normal(size=(10_001, 2))
    model = ShallowNNClassifierCV(2, cv=2, alphas=[1.0], max_iter=1, random_state=0)
    assert model.fit(X, X[:, 0] > 0).n_iter_ <= 3  # on the path, Adam, Adam


def test_fields_of_objects_are_plain_numbers():
    assert WarmUp(np.uint8(255))(0, []) == 1 / 256
    assert Step(np.uint8(50))(300, []) == 0.5**6
    assert type(Momentum(np.float64(0.5)).beta) is float
    assert type(LBFGS(np.uint8(5)).memory) is int
