"""Training on Dask collections: the numbers of one machine, whatever happens."""

import numpy as np
import pytest
from dask_data import CHUNKS, FULL, M, N, da, dask_fit, data, lazy, theta
from family import COUNTS, KINDS, make, raw_output
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning

import sknn2.dask
from sknn2 import (
    DivergenceWarning,
    ShallowNNClassifierCV,
    ShallowNNRegressorCV,
)
from sknn2.dask_blocks import LocalBlocks

dd = pytest.importorskip("dask.dataframe")
pd = pytest.importorskip("pandas")


def sparse_blocks(X, kind=csr_matrix):
    X = da.from_array(X, chunks=(CHUNKS, N), asarray=False)
    return X.map_blocks(kind, dtype=float, meta=kind((0, 0)))


# The numbers of one machine.


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_full_batches_are_those_of_one_machine(kind, weighted):
    X, y, w = data(kind)
    w = w if weighted else None
    here = make(kind, **FULL).fit(X, y, w)
    model = dask_fit(make(kind, **FULL), X, y, None if w is None else lazy(w))
    # Counts start from their mean, where the gradient of the bias is rounding alone,
    # and Adam divides it by its size: by nothing but its epsilon of 1e-8.
    atol = 1e-7 if kind == COUNTS else 1e-10
    np.testing.assert_allclose(raw_output(model, X), raw_output(here, X), 0, atol)
    np.testing.assert_allclose(model.loss_curve_, here.loss_curve_, 10 * atol)
    assert model.alpha_ == pytest.approx(here.alpha_)
    assert vars(model).keys() == vars(here).keys()


@pytest.mark.parametrize("solver", ["sgd", "nesterov", "rmsprop", "adamw", "lbfgs"])
@pytest.mark.parametrize("convert", [lazy, sparse_blocks])
def test_solvers_and_sparse_blocks(solver, convert):
    X, y, w = data()
    X[X < 0] = 0
    X[:, 1] *= X[:, 3] > 1
    params = {**FULL, "solver": solver}
    rows = X if convert is lazy else csr_matrix(X)
    here = make("two classes", **params).fit(rows, y, w)
    model = sknn2.dask.fit(make("two classes", **params), convert(X), lazy(y), lazy(w))
    assert np.abs(model.predict_proba(X) - here.predict_proba(X)).max() < 1e-10


@pytest.mark.parametrize("class_weight", ["balanced", {0: 2.0}, {0: 0.0}])
def test_class_weights(class_weight):
    X, y, w = data("three classes")
    params = {**FULL, "class_weight": class_weight}
    here = make("three classes", **params).fit(X, y, w)
    model = dask_fit(make("three classes", **params), X, y, lazy(w))
    assert np.array_equal(model.classes_, here.classes_)
    assert np.abs(model.predict_proba(X) - here.predict_proba(X)).max() < 1e-10


@pytest.mark.parametrize("scoring", ["loss", "accuracy"])
@pytest.mark.parametrize("given", ["nothing", "blocks", "here"])
def test_validation_sets_are_those_of_one_machine(given, scoring):
    X, y, w = data()
    params = {**FULL, "early_stopping": True, "scoring": scoring}
    there, val = {}, {}
    if given != "nothing":
        val = {"X_val": X[:50], "y_val": y[:50], "sample_weight_val": w[:50]}
        there = val
    if given == "blocks":
        there = {name: lazy(value, (20, 30)) for name, value in val.items()}
    here = make("two classes", **params).fit(X, y, **val)
    model = dask_fit(make("two classes", **params), X, y, **there)
    curves = "validation_loss_curve_", "validation_scores_", "loss_curve_"
    for name in curves:
        np.testing.assert_allclose(getattr(model, name), getattr(here, name))
    assert model.best_iteration_ == here.best_iteration_


@pytest.mark.parametrize("kind", ["two classes", "number"])
def test_warm_starts_go_on(kind):
    X, y, _ = data(kind)
    params = {**FULL, "warm_start": True}
    here = make(kind, **params).fit(X, y).fit(X[:60], y[:60])
    model = dask_fit(make(kind, **params), X, y)
    sknn2.dask.fit(model, lazy(X[:60], (40, 20)), lazy(y[:60], (40, 20)))
    np.testing.assert_allclose(raw_output(model, X), raw_output(here, X), atol=1e-9)
    assert model.n_iter_ == here.n_iter_ == 12


def test_float32_stays():
    X, y, _ = data()
    assert theta(dask_fit(make("two classes", **FULL), X.astype("f4"), y)).dtype == "f4"


def test_mini_batches_learn_and_are_repeatable():
    X, y, _ = data()
    params = {"batch_size": 7, "random_state": 0, "max_iter": 30}
    model = dask_fit(make("two classes", **params), X, y)
    again = dask_fit(make("two classes", **params), X, y)
    assert np.array_equal(theta(model), theta(again))
    here = make("two classes", **params).fit(X, y)
    assert model.score(X, y) > here.score(X, y) - 0.1


def test_a_class_of_one_partition():
    X, y, _ = data("three classes")
    y = np.sort(y)
    model = dask_fit(make("three classes", random_state=0), X, y)
    assert model.classes_.tolist() == [0, 1, 2]


# Callbacks, warnings, interruptions.


def test_printed_lines_and_warnings_are_those_of_fit(capsys):
    X, y, _ = data()
    params = {**FULL, "verbose": 3, "tol": 1e-9, "schedule": "constant"}
    with pytest.warns(ConvergenceWarning, match="max_iter=6") as caught:
        sknn2.dask.fit(make("two classes", **params), lazy(X), lazy(y))
    assert "epoch 6/6" in capsys.readouterr().out
    assert caught[0].filename == __file__


def test_divergence_keeps_the_last_good_weights():
    X, y, _ = data("number")
    params = {**FULL, "solver": "sgd", "learning_rate": 1e6, "max_iter": 50}
    with pytest.warns(DivergenceWarning):
        model = dask_fit(make("number", **params), X, y)
    assert np.isfinite(theta(model)).all()


def test_ctrl_c_keeps_the_last_complete_epoch(monkeypatch):
    X, y, _ = data()
    ask, calls = LocalBlocks.ask, []

    def interrupted(self, function, *args, each=None):
        if function.__name__ == "sums_of_block":
            calls.append(1)
            if len(calls) == 4:
                raise KeyboardInterrupt
        return ask(self, function, *args, each=each)

    model = make("two classes", **FULL)
    monkeypatch.setattr(LocalBlocks, "ask", interrupted)
    with pytest.raises(KeyboardInterrupt):
        dask_fit(model, X, y)
    assert model.n_iter_ == 3
    assert np.isfinite(model.predict_proba(X)).all()


def test_callbacks_are_called_each_epoch():
    pytest.importorskip("sklearn.callback")
    from diary import Diary

    X, y, _ = data()
    model = make("two classes", **FULL)
    diary = Diary()
    dask_fit(model.set_callbacks(diary), X, y)
    assert diary.epochs == 6
    assert diary.is_well_formed()


# Frames.


def frames(m=M):
    X, y, w = data()
    names = [f"x{j}" for j in range(N)]
    frame = pd.DataFrame(X, columns=names)
    frame["label"] = np.where(y == 1, "yes", "no")
    frame["w"] = w
    return frame, names


def test_frames_and_their_predictions():
    frame, names = frames()
    parts = dd.from_pandas(frame, npartitions=3)
    X, y, w = parts[names], parts["label"], parts["w"]
    here = make("two classes", **FULL).fit(frame[names], frame["label"], frame["w"])
    model = sknn2.dask.fit(make("two classes", **FULL), X, y, w)
    assert model.feature_names_in_.tolist() == names
    proba = sknn2.dask.predict_proba(model, X)
    assert list(proba.columns) == ["no", "yes"]
    proba = proba.compute()
    assert np.abs(proba.to_numpy() - here.predict_proba(frame[names])).max() < 1e-10
    assert proba.index.equals(frame.index)
    labels = sknn2.dask.predict(model, X)
    assert labels._meta.dtype == labels.compute().dtype
    assert np.array_equal(labels.compute().to_numpy(), here.predict(frame[names]))
    hidden = sknn2.dask.transform(model, X)
    assert list(hidden.columns) == model.get_feature_names_out().tolist()
    assert hidden.compute().shape == (M, 5)
    with pytest.raises(ValueError, match="feature names"):
        sknn2.dask.predict(model, X.rename(columns={"x0": "z"}))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("convert", [lazy, sparse_blocks])
def test_predictions_of_arrays_are_lazy_and_the_same(kind, convert):
    X, y, _ = data(kind)
    model = make(kind, **FULL).fit(X, y)
    methods = "predict", "predict_proba", "decision_function", "transform"
    for method in methods:
        call = getattr(sknn2.dask, method)
        if not hasattr(model, method):
            with pytest.raises(TypeError, match=method):
                call(model, lazy(X))
            continue
        there, here = call(model, convert(X)), getattr(model, method)(X)
        assert isinstance(there, da.Array)
        assert there.shape == here.shape
        assert there.dtype == here.dtype
        np.testing.assert_allclose(there.compute(), here, rtol=1e-12, atol=1e-12)


def test_a_later_fit_does_not_change_what_was_asked_before():
    X, y, _ = data()
    model = make("two classes", **FULL).fit(X, y)
    expected = model.predict_proba(X)
    asked = sknn2.dask.predict_proba(model, lazy(X))
    model.fit(X, 1 - y)
    np.testing.assert_allclose(asked.compute(), expected)


# Bad input.


def test_unequal_blocks_of_known_lengths_are_aligned():
    X, y, w = data()
    model = make("two classes", **FULL)
    expected = theta(dask_fit(model, X, y, lazy(w)))
    for y_other, w_other in ((lazy(y, (50, 40)), w.tolist()), (y, pd.Series(w))):
        sknn2.dask.fit(model, lazy(X), y_other, w_other)
        assert np.array_equal(theta(model), expected)


def test_unknown_lengths_are_counted():
    X, y, w = data()
    some = X[:, 0] > -1
    expected = make("two classes", **FULL).fit(X[some], y[some], w[some])
    chosen = lazy(some)
    parts = lazy(X)[chosen], lazy(y)[chosen], lazy(w)[chosen]
    model = sknn2.dask.fit(make("two classes", **FULL), *parts)
    assert np.abs(model.predict_proba(X) - expected.predict_proba(X)).max() < 1e-10
    assert sknn2.dask.predict(model, parts[0]).compute().shape == (some.sum(),)


def test_empty_partitions_are_left_out():
    X, y, w = data()
    w[:40] = 0
    expected = make("two classes", **FULL).fit(X, y, w)
    parts = [da.concatenate([lazy(a)[:0], lazy(a)]) if a.ndim else a for a in (X, y, w)]
    model = sknn2.dask.fit(make("two classes", **FULL), *parts)
    assert np.abs(model.predict_proba(X) - expected.predict_proba(X)).max() < 1e-10
    frame, names = frames()
    some = dd.from_pandas(frame, npartitions=3)
    some = some[some["x0"] > 10]
    with pytest.raises(ValueError, match="all partitions are empty"):
        sknn2.dask.fit(make("two classes"), some[names], some["label"])
    assert len(sknn2.dask.predict(make("two classes").fit(X, y), lazy(X)[:0])) == 0


def nan_in_the_second(X, y):
    X[45, 2] = np.nan
    return lazy(X), lazy(y)


def nan_in_a_frame(X, y):
    frame, names = frames()
    frame.loc[M - 1, "x1"] = np.nan
    parts = dd.from_pandas(frame, npartitions=3)
    return parts[names], parts["label"]


BAD = {
    "NaN": (nan_in_the_second, "partition 1 of X and y: Column 2 of X holds NaN"),
    "NaN in a frame": (nan_in_a_frame, r"partition 2 .*Column 1 \('x1'\) of X"),
    "NaN in y": (
        lambda X, y: (lazy(X), lazy(np.where(np.arange(M) == 70, np.nan, y))),
        "partition 2 of X and y: Input y contains NaN",
    ),
    "columns": (
        lambda X, y: (da.from_array(X, chunks=(CHUNKS, 2)), lazy(y)),
        r"X = X.rechunk\(\{1: -1\}\)",
    ),
    "fewer rows of y": (
        lambda X, y: (lazy(X), lazy(y[:80], (40, 40))),
        "80 rows and X",
    ),
    "unlike partitions": (
        lambda X, y: (
            dd.from_dask_array(lazy(X)),
            dd.from_pandas(pd.Series(y), npartitions=2),
        ),
        "to_dask_array",
    ),
    "unlike lengths": (
        lambda X, y: (lazy(X)[lazy(X[:, 0] > 0)], lazy(y)),
        "In partition 0 of X and y: y has 40 rows and X has",
    ),
    "one class": (lambda X, y: (lazy(X), lazy(0 * y)), "one class only"),
    "no y": (lambda X, y: (lazy(X), None), "y is missing"),
    "one dimension": (lambda X, y: (lazy(y), lazy(y)), "1 dimensions"),
    "table": (lambda X, y: (X, y), r"model.fit\(X, y\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_has_one_clear_error(case):
    spoil, message = BAD[case]
    X, y, _ = data()
    model = make("two classes")
    with pytest.raises((ValueError, TypeError), match=message):
        sknn2.dask.fit(model, *spoil(X, y))
    assert not hasattr(model, "parameters_")


def test_bad_models_clients_and_columns():
    X, y, _ = data()
    for cls, other in (
        (ShallowNNClassifierCV, "ShallowNNClassifier"),
        (ShallowNNRegressorCV, "ShallowNNRegressor"),
    ):
        with pytest.raises(TypeError, match=rf"GridSearchCV\({other}\(\)"):
            dask_fit(cls(), X, y)
    with pytest.raises(TypeError, match="must be an estimator of sknn2"):
        dask_fit("model", X, y)
    with pytest.raises(TypeError, match="client must be"):
        dask_fit(make("two classes"), X, y, client="localhost")
    model = make("two classes", **FULL).fit(X, y)
    with pytest.raises(ValueError, match="3 features"):
        sknn2.dask.predict(model, lazy(X[:, :3]))
    with pytest.raises(TypeError, match=r"model.predict\(X\)"):
        sknn2.dask.predict(model, X)
