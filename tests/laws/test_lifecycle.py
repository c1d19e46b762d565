"""From the first fit to the last resume: warm starts, partial_fit, stopping."""

import copy
import dataclasses
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from family import CLASSES, REGRESSORS, classes_of, each_kind, raw_output
from resuming import K, assert_equal, network, scaled, table
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from sknn2 import (
    Cosine,
    DivergenceWarning,
    DivideOnStall,
    Parameters,
    ShallowNNClassifier,
    Step,
)
from sknn2.training.optimizers import Optimizer
from sknn2.training.schedules import SCHEDULES, Schedule
from sknn2.training.solvers import SOLVERS

NAMES = list(SOLVERS)
FIRST_ORDER = [name for name, o in SOLVERS.items() if isinstance(o, Optimizer)]
OPEN_ENDED = [name for name, s in SCHEDULES.items() if not s.horizon]


def assert_same_training(a, b):
    """Assert equal parameters and loss curves, down to the last bit."""
    np.testing.assert_array_equal(a.loss_curve_, b.loss_curve_)
    np.testing.assert_array_equal(a.parameters_.theta, b.parameters_.theta)


def assert_finite(value, path="vars"):
    """Assert that no array of a fitted state holds NaN or infinity."""
    if isinstance(value, Parameters):
        value = value.theta
    if isinstance(value, dict):
        for key, item in value.items():
            assert_finite(item, f"{path}[{key!r}]")
    elif dataclasses.is_dataclass(value):
        assert_finite(vars(value), path)
    elif isinstance(value, (np.ndarray, float)) and np.asarray(value).dtype.kind == "f":
        assert np.isfinite(value).all(), path


def resumed(model, X, y):
    """Return K + warm start K, and K + pickle + K."""
    first = clone(model).set_params(warm_start=True, max_iter=K).fit(X, y)
    thawed = pickle.loads(pickle.dumps(first))
    return first.fit(X, y), thawed.fit(X, y)


# ---------------------------------------------------------------- two halves, one whole


@each_kind
@pytest.mark.parametrize("batch_size", [16, "full"])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_two_half_fits_equal_one_whole(solver, shuffle, batch_size, kind):
    X, y = table(kind)
    model = network(kind, solver=solver, shuffle=shuffle, batch_size=batch_size)
    whole = clone(model).set_params(max_iter=2 * K).fit(X, y)
    for halves in resumed(model, X, y):
        assert_same_training(halves, whole)


@pytest.mark.parametrize("schedule", OPEN_ENDED)
@pytest.mark.parametrize("solver", ["momentum", "adam"])
def test_two_half_fits_equal_one_whole_for_a_schedule_without_horizon(solver, schedule):
    X, y = table()
    if schedule == "step":
        schedule = Step(every=3)  # drops within both halves
    if schedule == "divide_on_stall":
        schedule = DivideOnStall(patience=2, tol=1.0)
    model = network(solver=solver, schedule=schedule)
    whole = clone(model).set_params(max_iter=2 * K).fit(X, y)
    for halves in resumed(model, X, y):
        assert_same_training(halves, whole)


@pytest.mark.parametrize(
    "params",
    [
        {"standardize": False},
        {"class_weight": {0: 3.0}},
        {"class_weight": "balanced"},
        {"hidden_units": 0},
        {"activation": "tanh", "init": "small_normal"},
        {"random_state": np.random.RandomState(5)},
    ],
    ids=lambda params: "-".join(params),
)
def test_two_half_fits_equal_one_whole_whatever_the_settings(params):
    X, y = table()
    if "standardize" in params:
        X = scaled(X)
    model = network(**params)
    # clone copies a RandomState, so that each of them draws the same seed.
    whole = clone(model).set_params(max_iter=2 * K).fit(X, y)
    for halves in resumed(model, X, y):
        assert_same_training(halves, whole)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_two_half_fits_equal_one_whole_with_a_constant_column(dtype):
    X, y = table()
    X[:, 2] = 7.0
    X = X.astype(dtype)
    model = network()
    whole = clone(model).set_params(max_iter=2 * K).fit(X, y)
    for halves in resumed(model, X, y):
        assert_same_training(halves, whole)


def test_two_half_fits_equal_one_whole_with_sample_weights():
    X, y = table()
    w = np.random.RandomState(1).exponential(size=y.size)
    whole = network(max_iter=2 * K).fit(X, y, w)
    halves = network(warm_start=True).fit(X, y, w).fit(X, y, w)
    assert_same_training(halves, whole)


@each_kind
@pytest.mark.parametrize("batch_size", [16, "full"])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_partial_fits_on_the_same_rows_equal_one_fit(solver, shuffle, batch_size, kind):
    X, y = table(kind)
    X = scaled(X)
    if kind in REGRESSORS and kind != "counts":
        y = scaled(y)
    model = network(
        kind, solver=solver, shuffle=shuffle, batch_size=batch_size, standardize=False
    )
    whole = clone(model).set_params(max_iter=2 * K).fit(X, y)
    parts = clone(model)
    for _ in range(2 * K):
        parts.partial_fit(X, y, **classes_of(kind, y))
    assert_same_training(parts, whole)


@each_kind
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_partial_fits_with_running_statistics_equal_one_fit_to_rounding(solver, kind):
    X, y = table(kind)
    model = network(kind, solver=solver)
    whole = clone(model).set_params(max_iter=2 * K).fit(X, y)
    parts = clone(model)
    for _ in range(2 * K):
        parts.partial_fit(X, y, **classes_of(kind, y))
    np.testing.assert_allclose(parts.loss_curve_, whole.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(
        raw_output(parts, X), raw_output(whole, X), rtol=1e-7, atol=1e-9
    )


@each_kind
def test_partial_fit_goes_on_from_a_fit(kind):
    X, y = table(kind)
    X = scaled(X)
    if kind in REGRESSORS and kind != "counts":
        y = scaled(y)
    model = network(kind, standardize=False, warm_start=True)
    whole = clone(model).set_params(max_iter=K + 1).fit(X, y)
    assert_same_training(clone(model).fit(X, y).partial_fit(X, y), whole)


# --------------------------------------------------------------------- changed settings


@each_kind
@pytest.mark.parametrize("resume", ["fit", "partial_fit"])
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_a_changed_learning_rate_is_honoured(solver, resume, kind):
    # One step is proportional to its rate, for every first-order solver.
    X, y = table(kind)
    model = network(kind, solver=solver, batch_size="full", warm_start=True).fit(X, y)
    start = model.parameters_.theta.copy()
    steps = {}
    for rate in (1e-3, 3e-3):
        other = copy.deepcopy(model).set_params(learning_rate=rate, max_iter=1)
        getattr(other, resume)(X, y)
        steps[rate] = other.parameters_.theta - start
    assert np.abs(steps[1e-3]).max() > 1e-9
    np.testing.assert_allclose(steps[3e-3], 3 * steps[1e-3], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("solver", NAMES)
def test_a_changed_penalty_is_honoured(solver):
    X, y = table()
    model = network(solver=solver, batch_size="full", warm_start=True, alpha=1.0).fit(
        X, y
    )
    squares = sum(float((W**2).sum()) for W in model.parameters_.W[1:])
    costs = []
    for alpha in (1.0, 5.0):
        other = copy.deepcopy(model).set_params(alpha=alpha, max_iter=1).fit(X, y)
        costs.append(other.loss_)  # before the one update
    assert costs[1] - costs[0] == pytest.approx(4.0 / 2 * squares / y.size, rel=1e-9)


# -------------------------------------------------------------- calls that raise


def holding(value, rows=1):
    """Return X with one value in some rows of column 2."""
    X = table()[0]
    X[rows, 2] = value
    return X


def replaced(label):
    """Return y with another first label."""
    y = table()[1].astype(object if isinstance(label, str) else int)
    y[0] = label
    return y


BAD_CALLS = {
    "nan": ({"X": holding(np.nan)}, "SimpleImputer"),
    "infinity": ({"X": holding(np.inf)}, "Column 2 of X holds infinity"),
    "fewer columns": ({"X": table()[0][:, :4]}, "4 features"),
    "one-dimensional": ({"X": table()[0][:, 0]}, "2D"),
    "overflow": (
        {"X": holding(1e300, slice(None)), "standardize": False},
        "not finite",
    ),
    "fewer labels": ({"y": table()[1][:-1]}, "inconsistent"),
    "unknown label": ({"y": replaced(5)}, r"\[5\]"),
    "continuous target": ({"y": table()[0][:, 1]}, "not among the classes"),
    "negative weight": ({"sample_weight": np.full(61, -1.0)}, "negative"),
    "weight nan": ({"sample_weight": np.full(61, np.nan)}, "sample_weight"),
    "weights all zero": ({"sample_weight": np.zeros(61)}, "zero"),
    "fewer weights": ({"sample_weight": np.ones(60)}, "one weight for each row"),
    "learning_rate": ({"learning_rate": -1.0}, "learning_rate"),
    "schedule": ({"schedule": "linear"}, "schedule"),
    "batch_size": ({"batch_size": 0}, "batch_size"),
    "alpha": ({"alpha": -1.0}, "alpha"),
    "solver": ({"solver": "newton"}, "solver"),
    "class_weight": ({"class_weight": {0: -1.0}}, "class_weight"),
    "n_iter_no_change": ({"n_iter_no_change": 0}, "n_iter_no_change"),
}


@pytest.mark.parametrize("resume", ["fit", "partial_fit"])
@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_resumed_call_that_raises_changes_nothing(name, resume):
    bad, message = BAD_CALLS[name]
    X, y = table()
    settings = {"standardize": bad.get("standardize", True), "warm_start": True}
    if not settings["standardize"]:
        settings["activation"] = "identity"  # no relu unit to hide the large value
    model = network(**settings).fit(scaled(X), y)
    data = {"X": X, "y": y} | {k: v for k, v in bad.items() if k in ("X", "y")}
    weights = {k: v for k, v in bad.items() if k == "sample_weight"}
    model.set_params(
        **{k: v for k, v in bad.items() if k not in (*data, *weights, "standardize")}
    )
    before, predictions = copy.deepcopy(vars(model)), model.predict_proba(scaled(X))
    with pytest.raises(ValueError, match=message):
        getattr(model, resume)(data["X"], data["y"], **weights)
    assert_equal(vars(model), before)
    np.testing.assert_array_equal(model.predict_proba(scaled(X)), predictions)


@each_kind
@pytest.mark.parametrize("solver", NAMES)
def test_a_warm_start_that_raises_in_mid_training_changes_nothing(solver, kind):
    X, y = table(kind)
    model = network(kind, solver=solver, warm_start=True, scoring=Failing(after=3))
    model.fit(X, y)
    before, predictions = copy.deepcopy(vars(model)), raw_output(model, X)
    with pytest.raises(RuntimeError, match="no score"):
        model.fit(X, y, X_val=X, y_val=y)
    assert_equal(vars(model), before)
    np.testing.assert_array_equal(raw_output(model, X), predictions)


@dataclasses.dataclass
class Failing:
    """A scorer that raises, counting its calls outside of what is compared."""

    after: int

    def __post_init__(self):
        self.calls = 0

    def __call__(self, estimator, X, y):
        calls = Failing.calls = getattr(Failing, "calls", 0) + 1
        if calls % self.after == 0:
            raise RuntimeError("no score")
        return 0.0


def test_other_column_names_are_refused_on_a_warm_start():
    X, y = table()
    X = pd.DataFrame(X, columns=list("abcdefg"))
    model = network(warm_start=True).fit(X, y)
    before = copy.deepcopy(vars(model))
    with pytest.raises(ValueError, match="feature names"):
        model.fit(X.rename(columns={"a": "z"}), y)
    assert_equal(vars(model), before)


# -------------------------------------------------------------------------- partial_fit


def test_the_first_partial_fit_needs_classes():
    X, y = table()
    model = network()
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        model.partial_fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)
    assert model.partial_fit(X, y, classes=[0, 1]).partial_fit(X, y).n_iter_ == 2


def test_other_classes_later_are_refused():
    X, y = table()
    model = network().partial_fit(X, y, classes=[0, 1, 2])
    model.partial_fit(X, y, classes=[2, 1, 0])  # the same set
    with pytest.raises(ValueError, match="differ from those of the fit"):
        model.partial_fit(X, y, classes=[0, 1])


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_chunk_without_some_class_makes_the_step_that_it_should(
    n_classes, standardize
):
    X, y = table(n_classes)
    X = scaled(X)
    model = network(
        solver="sgd", learning_rate=0.1, batch_size="full", standardize=standardize
    )
    model.partial_fit(X, y, classes=np.arange(n_classes))
    chunk = X[y == 0]
    model.partial_fit(chunk, y[y == 0])
    assert model.predict_proba(X).shape == (y.size, n_classes)
    before = copy.deepcopy(model)
    # Once more: the gradient is that of the equations, with all the classes in Y.
    model.partial_fit(chunk, y[y == 0])
    Y = np.zeros((1 if n_classes == 2 else n_classes, len(chunk)))
    if n_classes > 2:
        Y[0] = 1
    start, inputs = before.parameters_.copy(), chunk.T
    if standardize:
        old, new = before.standardization_, model.standardization_
        start.W[1][:] = old.carry(start.W[1], new)
        inputs = ((chunk - new.mean) / new.deviation).T
    J, gradient = before.network_.cost_and_gradient(inputs, Y, start, alpha=1.0)
    assert model.loss_ == pytest.approx(J, rel=1e-12)
    np.testing.assert_allclose(
        model.parameters_.theta, start.theta - 0.1 * gradient.theta, atol=1e-13
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"class_weight": "balanced"}, "class_weight='balanced' is not supported"),
        ({"early_stopping": True}, "early_stopping=True is not supported"),
        ({"early_stopping": np.True_}, "early_stopping=True is not supported"),
        ({"schedule": "cosine"}, "constant"),
        ({"schedule": Cosine()}, "constant"),
    ],
    ids=str,
)
@pytest.mark.parametrize("fitted", [False, True])
def test_what_partial_fit_cannot_do_is_refused(params, message, fitted):
    X, y = table()
    model = network()
    if fitted:
        model.fit(X, y)
    model.set_params(**params)
    before = copy.deepcopy(vars(model))
    with pytest.raises(ValueError, match=message):
        model.partial_fit(X, y, classes=[0, 1])
    if fitted:
        assert_equal(vars(model), before)
    else:
        with pytest.raises(NotFittedError):
            model.predict(X)


def test_class_weights_in_partial_fit_are_sample_weights():
    X, y = table()
    by_class, by_row = network(class_weight={1: 4.0}), network()
    for rows in (slice(0, 30), slice(30, None)):
        by_class.partial_fit(X[rows], y[rows], classes=[0, 1])
        w = np.where(y[rows] == 1, 4.0, 1.0)
        by_row.partial_fit(X[rows], y[rows], classes=[0, 1], sample_weight=w)
    np.testing.assert_allclose(
        by_class.parameters_.theta, by_row.parameters_.theta, rtol=1e-9
    )


def test_balanced_on_a_warm_start_whose_rows_lack_a_class():
    X, y = table(3)
    model = network(class_weight="balanced", warm_start=True).fit(X, y)
    some = y != 2
    model.fit(X[some], y[some])
    assert_finite(vars(model))


@pytest.mark.parametrize("weighted", [False, True])
@each_kind
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_statistics_run_along_and_weights_stay(solver, weighted, kind):
    rng = np.random.RandomState(0)
    X, y = table(kind)
    # Small weights, or the exp of counts would overflow on the chunks to come.
    model = network(kind, solver=solver, learning_rate=1e-3, init="small_normal")
    model.partial_fit(X, y, **classes_of(kind, y)).set_params(learning_rate=1e-13)
    targets, m = [y], len(y)
    chunks, weights = [X], [np.ones(m)]
    for factor, shift in ((1.0, 3.0), (40.0, -7.0), (0.1, 100.0)):
        chunks.append(factor * X + shift * X.std(axis=0))
        scalable = kind in REGRESSORS and kind != "counts"
        targets.append(factor * y + shift * y.std(axis=0) if scalable else y)
        weights.append(rng.exponential(size=m) if weighted else np.ones(m))
        before = model.parameters_.theta.copy()
        model.partial_fit(chunks[-1], targets[-1], sample_weight=weights[-1])
        np.testing.assert_allclose(model.parameters_.theta, before, rtol=0, atol=1e-9)
    measured = [(model.standardization_, np.vstack(chunks))]
    if kind in REGRESSORS:
        of_target = model.target_standardization_
        assert (of_target is None) == (kind == "counts")
        if of_target is not None:
            measured.append((of_target, np.concatenate(targets).reshape(4 * m, -1)))
    w = np.concatenate(weights)
    for found, rows in measured:
        mean = np.average(rows, axis=0, weights=w)
        deviation = np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=w))
        np.testing.assert_allclose(found.mean, mean, rtol=1e-11)
        np.testing.assert_allclose(found.deviation, deviation, rtol=1e-11)
        assert found.weight == pytest.approx(w.sum(), rel=1e-12)


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


@each_kind
@pytest.mark.parametrize("moves", MOVES)
@pytest.mark.parametrize("form", ["float64", "float32", "sparse"])
def test_weights_do_not_grow_with_a_stream_that_moves(form, moves, kind):
    rng = np.random.default_rng(0)
    model = network(kind, alpha=0.0, learning_rate=0.01)
    for change in MOVES[moves]:
        X, y = moving(change, kind, rng)
        X = csr_array(X) if form == "sparse" else X.astype(form)
        model.partial_fit(X, y, **classes_of(kind, y))
        assert np.abs(model.parameters_.theta).max() < 10
    assert np.isfinite(raw_output(model, X)).all()


@pytest.mark.parametrize("alpha", [0.0, 0.1])
def test_a_column_of_time_does_not_hide_the_others(alpha):
    rng = np.random.default_rng(0)
    model = ShallowNNClassifier(alpha=alpha, random_state=0)
    for day in range(10):
        t, x = 1.7e9 + 86400 * (day + rng.uniform(size=100)), rng.standard_normal(100)
        X, y = np.column_stack([t, x]), (x > 0).astype(int)
        for _ in range(10):
            model.partial_fit(X, y, classes=[0, 1])
    assert model.score(X, y) > 0.95


def test_a_column_that_starts_to_vary_is_learnt_from_then_on():
    rng = np.random.RandomState(0)
    X = rng.standard_normal((200, 3))
    y = (X[:, 2] > 0).astype(int)
    still = X.copy()
    still[:, 2] = 7.0
    model = network(learning_rate=0.05).partial_fit(still, y, classes=[0, 1])
    assert np.all(model.coefs_[0][2] == 0)
    for _ in range(60):
        model.partial_fit(X, y)
    assert model.score(X, y) > 0.9


def test_a_column_that_is_constant_up_to_rounding_counts_as_constant():
    # Divided by a deviation of 1e-16, the first real change would be a leap of 1e15.
    rng = np.random.RandomState(0)
    X = rng.standard_normal((200, 3))
    y = (X[:, 2] > 0).astype(int)
    still = X.copy()
    still[:, 2] = np.where(y == 1, 0.3, 0.1 + 0.2)
    model = network(learning_rate=0.05).partial_fit(still, y, classes=[0, 1])
    for _ in range(60):
        model.partial_fit(X, y)
    assert model.score(X, y) > 0.9


@each_kind
@pytest.mark.parametrize("size", [1, 10])
def test_the_automatic_penalty_is_that_of_all_rows_seen(size, kind):
    # Each part bears its share, so that many small parts are no stronger penalty.
    X, y = table(kind)
    model, whole = network(kind, alpha="auto"), network(kind, alpha="auto").fit(X, y)
    parts = np.split(np.arange(len(X) // size * size), len(X) // size)
    for part in parts:
        model.partial_fit(X[part], y[part], **classes_of(kind, y))
    expected = whole.alpha_ * size / (len(parts) * size)
    assert model.alpha_ == pytest.approx(expected)
    # Another pass over the same rows counts them once, a loaded model too.
    again = pickle.loads(pickle.dumps(model)).partial_fit(X[part], y[part])
    assert again.alpha_ == model.alpha_
    w = np.full(size, 1e300)
    assert model.partial_fit(X[:size], y[:size], sample_weight=w).alpha_ > 0


@pytest.mark.parametrize("size", [1, 10])
def test_rows_that_arrive_few_at_a_time_are_learnt_by_default(size):
    rng = np.random.default_rng(0)
    X = 3 * rng.standard_normal((700, 3)) + 50
    y = (X[:, 0] + X[:, 1] > 100).astype(int)
    model = ShallowNNClassifier(random_state=0)
    for start in range(0, 200 if size == 1 else 400, size):
        rows = slice(start, start + size)
        for _ in range(1 if size == 1 else 4):
            model.partial_fit(X[rows], y[rows], classes=[0, 1])
    assert model.score(X[400:], y[400:]) > 0.85


def test_partial_fit_counts_its_passes_and_takes_no_notice_of_tol():
    X, y = table()
    model = network(tol=1e3, n_iter_no_change=1, max_iter=1)
    for passes in range(1, 6):
        assert model.partial_fit(X, y, classes=[0, 1]).n_iter_ == passes


# ---------------------------------------------------------------------- what is kept


# ---------------------------------------------------------------------------- stopping


@pytest.mark.parametrize("schedule", ["auto", "constant"])
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_without_tol_exactly_max_iter_epochs_run_and_nothing_is_said(solver, schedule):
    X, y = table()
    model = network(solver=solver, schedule=schedule, max_iter=37, learning_rate=1e-12)
    assert model.fit(X, y).n_iter_ == 37


@each_kind
@pytest.mark.parametrize("n_iter_no_change", [1, 2, 5])
@pytest.mark.parametrize("solver", NAMES)
def test_patience_is_the_number_that_it_says(solver, n_iter_no_change, kind):
    # The first epoch has none to be compared with; no later one improves by 1000.
    X, y = table(kind)
    model = network(
        kind, solver=solver, tol=1e3, n_iter_no_change=n_iter_no_change, max_iter=30
    )
    assert model.fit(X, y).n_iter_ == 1 + n_iter_no_change


@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_a_cost_that_does_not_move_runs_out_of_patience(solver):
    X, y = table()
    model = network(solver=solver, learning_rate=1e-15, tol=1e-4, max_iter=50)
    model.set_params(n_iter_no_change=5, batch_size="full").fit(X, y)
    assert model.n_iter_ == 6


@pytest.mark.parametrize("solver", NAMES)
def test_stopping_in_the_very_last_epoch_is_convergence(solver):
    X, y = table()
    model = network(solver=solver, tol=1e3, n_iter_no_change=5, max_iter=6)
    assert model.fit(X, y).n_iter_ == 6  # a warning would be an error here


@pytest.mark.parametrize("solver", NAMES)
def test_each_warm_start_has_fresh_patience(solver):
    X, y = table()
    model = network(solver=solver, tol=1e3, n_iter_no_change=3, max_iter=50)
    model.set_params(warm_start=True)
    for fits in range(1, 4):
        assert model.fit(X, y).n_iter_ == 4 * fits


def test_patience_is_counted_on_the_loss_curve():
    # An independent statement of the rule, applied to the curve afterwards.
    X, y = table()
    model = network(tol=1e-3, n_iter_no_change=4, max_iter=1000, learning_rate=0.03)
    losses = model.fit(X, y).loss_curve_
    misses = [
        k > 0 and not loss < losses[:k].min() - 1e-3 for k, loss in enumerate(losses)
    ]
    runs = [all(misses[k - 3 : k + 1]) for k in range(3, len(losses))]
    assert runs == [False] * (len(runs) - 1) + [True]
    assert model.n_iter_ > 10


def caught(model, X, y, *, call="fit", **arguments):
    """Call fit and return the messages of all warnings, with their classes."""
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        getattr(model, call)(X, y, **arguments)
    return [(w.category, str(w.message)) for w in record]


@pytest.mark.parametrize("solver", NAMES)
def test_no_convergence_while_the_cost_is_falling_is_told(solver):
    X, y = table()
    model = network(solver=solver, tol=0.0, max_iter=3, batch_size="full", alpha=0.0)
    ((category, message),) = caught(model, X, y)
    assert category is ConvergenceWarning
    for part in ("max_iter=3", "the cost was still falling", "Raise max_iter"):
        assert part in message
    assert f"from {model.loss_curve_[0]:.4g} to {model.loss_curve_[-1]:.4g}" in message


class UpHill(Schedule):
    """Down for five epochs, then up."""

    def __call__(self, epoch, losses, progress=None):
        """Turn the step round."""
        return 1.0 if epoch < 5 else -1.0


def test_no_convergence_while_the_cost_goes_up_and_down_is_told():
    X, y = table()
    model = network(solver="sgd", schedule=UpHill(), batch_size="full", max_iter=8)
    model.set_params(tol=0.0, n_iter_no_change=3)
    ((category, message),) = caught(model, X, y)
    assert category is ConvergenceWarning
    span = model.loss_curve_[-4:]
    assert f"between {span.min():.4g} and {span.max():.4g} over the last 3" in message
    for part in ("going up and down", "Lower learning_rate"):
        assert part in message


def test_one_epoch_is_too_few_to_see_convergence():
    X, y = table()
    ((category, message),) = caught(network(tol=1e-4, max_iter=1), X, y)
    assert category is ConvergenceWarning
    assert "too early to see whether it converges: raise max_iter" in message


def test_the_warning_for_lbfgs_does_not_speak_of_a_learning_rate():
    X, y = table()
    ((_, message),) = caught(network(solver="lbfgs", tol=0.0, max_iter=3), X, y)
    assert "learning_rate" not in message


def test_a_warning_speaks_of_the_fit_that_it_belongs_to():
    X, y = table()
    model = network(warm_start=True, max_iter=15).fit(X, y)
    ((_, message),) = caught(model.set_params(tol=0.0, max_iter=3), X, y)
    assert f"from {model.loss_curve_[15]:.4g} to" in message
    assert "over the last 2." in message


@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_the_default_schedule_gives_no_convergence_warning(solver):
    X, y = table()
    model = ShallowNNClassifier(5, solver=solver, max_iter=10, random_state=0)
    assert model.fit(X, y).n_iter_ == 10  # a warning would be an error here


# -------------------------------------------------------------------------- divergence


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch_size", [16, "full"])
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_a_rate_of_1e6_gives_one_warning_that_names_it(solver, batch_size, dtype):
    X, y = table(3)
    X = X.astype(dtype)
    model = network(solver=solver, learning_rate=1e6, batch_size=batch_size)
    model.set_params(max_iter=500)
    ((category, message),) = caught(model, X, y, X_val=X[:20], y_val=y[:20])
    assert category is DivergenceWarning
    assert "learning_rate=1e+06 is too high here: try 100000." in message
    assert model.n_iter_ == len(model.loss_curve_) < 10  # at once
    assert_finite(vars(model))
    assert np.isfinite(model.predict_proba(X)).all()
    assert np.isfinite(model.predict_log_proba(X)).all()
    # The last weights with a good cost.
    cost = -np.take_along_axis(model.predict_log_proba(X), y[:, None], 1).mean()
    assert cost < 1e8


# The others divide by the size of the gradient: they wander, but do not explode.
@pytest.mark.parametrize("solver", ["sgd", "momentum", "nesterov"])
def test_a_column_of_1e12_that_is_not_scaled_is_named(solver):
    X, y = table()
    X = pd.DataFrame(scaled(X), columns=["a", "b", "c", "d", "e", "income", "g"])
    X["income"] *= 1e12
    model = network(solver=solver, standardize=False, max_iter=500)
    ((category, message),) = caught(model, X, y)
    assert category is DivergenceWarning
    assert f"learning_rate={SOLVERS[solver].default_learning_rate:g}" in message
    assert "Column 5 ('income') of X reaches" in message
    assert "standardize=True" in message
    assert_finite(vars(model))
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("solver", NAMES)
def test_a_column_of_1e12_leaves_nothing_that_is_not_finite(solver, standardize):
    X, y = table()
    X[:, 1] *= 1e12
    model = network(solver=solver, standardize=standardize)
    assert len(caught(model, X, y)) <= (not standardize)
    assert_finite(vars(model))
    assert np.isfinite(model.predict_proba(X)).all()


@each_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", NAMES)
def test_weights_of_1e300_are_as_good_as_1(solver, dtype, kind):
    X, y = table(kind)
    X = X.astype(dtype)
    # The penalty is relative to the sum of the weights, hence no penalty here.
    plain = network(kind, solver=solver, alpha=0.0).fit(X, y)
    heavy = network(kind, solver=solver, alpha=0.0).fit(X, y, np.full(len(y), 1e300))
    assert_finite(vars(heavy))
    np.testing.assert_allclose(
        raw_output(heavy, X), raw_output(plain, X), atol=1e-3, rtol=1e-3
    )


@each_kind
def test_weights_of_1e300_in_partial_fit(kind):
    X, y = table(kind)
    w = np.full(len(y), 1e307)  # 61 of them are more than a float can hold
    model = network(kind)
    for _ in range(3):
        model.partial_fit(X, y, sample_weight=w, **classes_of(kind, y))
    assert_finite(vars(model))
    assert np.isfinite(raw_output(model, X)).all()


@each_kind
@pytest.mark.parametrize("resume", ["fit", "partial_fit"])
@pytest.mark.parametrize("batch_size", [16, "full"])
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_going_on_after_divergence_with_a_lower_rate_works(
    solver, batch_size, resume, kind
):
    X, y = table(kind)
    # No penalty: that of AdamW is outside of the moments, and not what J has.
    model = network(
        kind, solver=solver, learning_rate=1e6, warm_start=True, max_iter=20
    )
    model.set_params(batch_size=batch_size, alpha=0.0)
    assert len(caught(model, X, y)) == 1
    epochs = model.n_iter_
    model.set_params(learning_rate=0.01)
    for _ in range(10 if resume == "partial_fit" else 1):
        getattr(model, resume)(X, y)
    assert model.loss_curve_[-1] < model.loss_curve_[epochs]
    assert_finite(vars(model))


@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_divergence_in_partial_fit_is_told_and_can_be_left_behind(solver):
    X, y = table()
    model = network(solver=solver, batch_size="full", learning_rate=1e6)
    categories = []
    for _ in range(5):
        for category, message in caught(
            model, X, y, call="partial_fit", classes=[0, 1]
        ):
            categories.append(category)
            assert "learning_rate=1e+06" in message
        assert_finite(vars(model))
    assert DivergenceWarning in categories
    model.set_params(learning_rate=0.01)
    for _ in range(20):
        model.partial_fit(X, y)
    assert model.loss_curve_[-1] < model.loss_curve_[-20]


@each_kind
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_divergence_in_the_last_epoch_is_told(solver, kind):
    X, y = table(kind)
    model = network(
        kind, solver=solver, batch_size="full", learning_rate=1e8, max_iter=1
    )
    ((category, _),) = caught(model, X, y)
    assert category is DivergenceWarning
    assert np.abs(raw_output(model, X)).max() < 1e8
