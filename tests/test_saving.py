"""Files of skops: equal bits, few types to trust, and nothing runs at load."""

import importlib
import inspect
import io
import json
import pickle
import runpy
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from types import CodeType

import joblib
import numpy as np
import pandas as pd
import pytest
from family import KINDS, classes_of, each_kind, make, targets
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sknn2
from sknn2 import (
    LBFGS,
    SKOPS_TRUSTED,
    Activation,
    Adam,
    Cosine,
    DeepNNClassifier,
    DeepNNRegressor,
    Huber,
    Network,
    Parameters,
    PiecewiseLinearEncoder,
    Pinball,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    ShallowNNRegressor,
    ShallowNNRegressorCV,
    TableEncoder,
    initialize,
    make_tabular_classifier,
    make_tabular_regressor,
)
from sknn2.network.activations import ACTIVATIONS, tanh_backward, tanh_forward
from sknn2.network.losses import LOSSES
from sknn2.training.schedules import SCHEDULES
from sknn2.training.solvers import SOLVERS

io_of_skops = pytest.importorskip("skops.io")
dumps, untrusted = io_of_skops.dumps, io_of_skops.get_untrusted_types

RNG = np.random.default_rng(0)
M = 48
X = RNG.normal(size=(M, 3))
y = np.array(["a", "b", "c"])[(X @ RNG.normal(size=(3, 3))).argmax(axis=1)]
FRAME = pd.DataFrame(
    {
        "number": np.where(np.arange(M) == 3, np.nan, X[:, 0]),
        "text": ["x", "y", None] * (M // 3),
        "category": pd.Categorical(["u", "v"] * (M // 2)),
        "date": pd.date_range("2020", periods=M, tz="Europe/Berlin"),
        "utc": pd.date_range("2020", periods=M, tz="UTC"),
        "yes": [True, False] * (M // 2),
        "lasts": pd.to_timedelta(np.arange(M), unit="h"),
    }
)
SHORT = {"max_iter": 3, "tol": None, "random_state": 0}
CV = {"hidden_units": 3, "cv": 2, "random_state": 0}


def loads(data):
    """Load as the page says: one line, and one tuple."""
    return io_of_skops.loads(data, trusted=SKOPS_TRUSTED)


def zoo():
    """Return ``{name: (fitted model, X)}`` of all that the package makes."""
    y_number = 100 + X[:, 0]
    models = {
        f"{kind}, {dtype}": (
            make(kind, **SHORT).fit(X.astype(dtype), targets(kind, X)),
            X.astype(dtype),
        )
        for kind in KINDS
        for dtype in ("float32", "float64")
    }
    models |= {
        "classifier CV": (ShallowNNClassifierCV(**CV).fit(X, y), X),
        "regressor CV": (ShallowNNRegressorCV(**CV).fit(X, y_number), X),
        "splitter": (
            ShallowNNClassifierCV(**CV | {"cv": StratifiedKFold(2)}).fit(X, y),
            X,
        ),
        "encoder": (PiecewiseLinearEncoder().fit(X), X),
        "table": (TableEncoder().fit(FRAME), FRAME),
        "frames": (TableEncoder().set_output(transform="pandas").fit(FRAME), FRAME),
        "tabular classifier": (make_tabular_classifier(**CV).fit(FRAME, y), FRAME),
        "tabular regressor": (make_tabular_regressor(**CV).fit(FRAME, y_number), FRAME),
        "settings": (
            DeepNNRegressor(
                (3, 2),
                activation="logistic",
                solver=Adam(beta1=0.8),
                schedule=Cosine(),
                loss=Pinball(quantile=0.9),
                early_stopping=True,
                **SHORT,
            ).fit(X, y_number),
            X,
        ),
        "initial weights": (
            ShallowNNClassifier(3, init=initialize((3, 3, 3), rng=0), **SHORT).fit(
                X, y
            ),
            X,
        ),
        "pipeline": (
            make_pipeline(StandardScaler(), ShallowNNClassifier(3, **SHORT)).fit(X, y),
            X,
        ),
    }
    return models


SEARCHES = {
    "search": (ShallowNNClassifier(3, **SHORT), {"solver": ["sgd", Adam()]}, 2),
    "search, splitter": (
        ShallowNNRegressor(3, **SHORT),
        {"loss": ["poisson", Huber()]},
        StratifiedKFold(2),
    ),
    "search, pipeline": (
        make_pipeline(TableEncoder(), DeepNNClassifier((3, 2), **SHORT)),
        {"tableencoder__n_bins": [0, 2]},
        2,
    ),
}
ZOO = zoo()
for name, (model, grid, cv) in SEARCHES.items():
    rows = FRAME if "pipeline" in name else X
    counts = np.arange(M) % 3 if isinstance(model, ShallowNNRegressor) else y
    ZOO[name] = GridSearchCV(model, grid, cv=cv).fit(rows, counts), rows
FILES = {name: dumps(model) for name, (model, _) in ZOO.items()}
each = pytest.mark.parametrize("name", ZOO)


def outputs(model, X):
    """Return all that a model makes of X."""
    methods = "predict", "predict_proba", "predict_log_proba", "transform"
    found = {m: getattr(model, m)(X) for m in methods if hasattr(model, m)}
    assert found
    return found


def assert_same(model, other, X):
    """Assert that two fitted models give equal bits."""
    expected = outputs(model, X)
    for method, values in outputs(other, X).items():
        np.testing.assert_array_equal(values, expected[method], strict=False)
        assert type(values) is type(expected[method])
        assert np.asarray(values).dtype == np.asarray(expected[method]).dtype


@each
def test_dump_and_load_give_equal_bits(name):
    model, X = ZOO[name]
    loaded = loads(FILES[name])
    assert_same(model, loaded, X)
    assert repr(loaded) == repr(model)
    # A second time round nothing is lost either.
    assert_same(model, loads(dumps(loaded)), X)


@each
def test_what_has_to_be_trusted_is_in_the_tuple(name):
    names = set(untrusted(data=FILES[name]))
    assert names <= set(SKOPS_TRUSTED)
    if "search" not in name and "splitter" not in name:
        assert all(path.startswith("sknn2.") for path in names)
        assert len(names) <= 10


def test_the_tuple_names_classes_and_no_function():
    assert len(set(SKOPS_TRUSTED)) == len(SKOPS_TRUSTED)
    for path in SKOPS_TRUSTED:
        module, name = path.rsplit(".", 1)
        assert inspect.isclass(getattr(importlib.import_module(module), name))
        assert path.startswith(("sknn2.", "sklearn."))


OBJECTS = [*LOSSES.values(), *SOLVERS.values(), *SCHEDULES.values()]


@pytest.mark.parametrize("setting", OBJECTS, ids=repr)
def test_settings_are_kept_by_name_and_numbers(setting):
    data = dumps(setting)
    assert loads(data) == setting
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.namelist() == ["schema.json"]


@pytest.mark.parametrize("g", ACTIVATIONS)
def test_activations_are_kept_by_name(g):
    network = Network((2, 3, 1), g)
    assert loads(dumps(network)).activation is ACTIVATIONS[g]
    assert pickle.loads(pickle.dumps(network)).activation is ACTIVATIONS[g]


@pytest.mark.parametrize("fitted", [False, True])
def test_an_activation_of_ones_own_is_refused(fitted):
    own = Activation("own", tanh_forward, tanh_backward)
    model = ShallowNNClassifier(3, activation=own, **SHORT)
    if fitted:
        model.fit(X, y)
    with pytest.raises(TypeError, match=r"'own' is one of your own.*by joblib"):
        dumps(model)
    pickle.dumps(model)  # what the message advises


def test_a_built_in_activation_as_an_object_is_given_by_name():
    model = ShallowNNClassifier(3, activation=ACTIVATIONS["tanh"], **SHORT).fit(X, y)
    with pytest.raises(TypeError, match="set activation='tanh', its name"):
        dumps(model)
    assert_same(model, loads(dumps(model.set_params(activation="tanh"))), X)


UNFITTED = {
    "classifier": ShallowNNClassifier(solver=LBFGS(memory=4), random_state=0),
    "deep": DeepNNClassifier((3, 2), class_weight={"a": 2.0, "b": 1.0, "c": 1.0}),
    "regressor": ShallowNNRegressor(loss=Huber(2.0)),
    "CV": ShallowNNClassifierCV(cv=StratifiedKFold(3, shuffle=True, random_state=0)),
    "init": ShallowNNClassifier(init=initialize((3, 2, 1), rng=0)),
    "random state": ShallowNNClassifier(random_state=np.random.RandomState(3)),
    "encoder": PiecewiseLinearEncoder(4),
    "table": TableEncoder(clip=False),
    "tabular": make_tabular_classifier(hidden_units=4),
    "search": GridSearchCV(ShallowNNClassifier(), {"solver": [Adam(), "lbfgs"]}),
}


@pytest.mark.parametrize("model", UNFITTED.values(), ids=UNFITTED)
def test_unfitted(model):
    data = dumps(model)
    assert set(untrusted(data=data)) <= set(SKOPS_TRUSTED)
    loaded = loads(data)
    if getattr(model, "random_state", None) is None:
        assert repr(loaded) == repr(model)
    assert not [name for name in vars(loaded) if name.endswith("_")]


@each_kind
@pytest.mark.parametrize("solver", [*SOLVERS])
def test_a_loaded_model_trains_on(kind, solver):
    target = targets(kind, X)
    model = make(kind, solver=solver, warm_start=True, **SHORT).fit(X, target)
    loaded = loads(dumps(model))
    assert_same(model.fit(X, target), loaded.fit(X, target), X)
    parameters = loaded.parameters_
    assert np.shares_memory(parameters.W[1], parameters.theta)
    if solver != "lbfgs":
        model = make(kind, solver=solver, **SHORT)
        model.partial_fit(X, target, **classes_of(kind, target))
        loaded = loads(dumps(model))
        assert_same(model.partial_fit(X, target), loaded.partial_fit(X, target), X)


# What is damaged.


def unpacked(data):
    """Return ``{entry: bytes}``."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(entries):
    """Return the file of (entry, bytes)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in entries:
            file.writestr(name, content)
    return buffer.getvalue()


def nodes(tree):
    """Return all of a schema that names a class."""
    found = []
    for value in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(value, dict | list):
            found += nodes(value)
    return found + ([tree] if "__class__" in tree else [])


def truncated(data, rng):
    return data[: rng.integers(len(data))]


def flipped(data, rng):
    """Flip bits of what is in the entries: what is around them has no meaning."""
    damaged = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        info = file.infolist()[rng.integers(len(file.infolist()))]
    start = info.header_offset + 30 + len(info.filename)
    damaged[start + rng.integers(info.file_size)] ^= 1 << rng.integers(8)
    return bytes(damaged)


def renamed(data, rng):
    entries = list(unpacked(data).items())
    i = rng.integers(len(entries))
    others = ["../model.npy", "1.npy", entries[i - 1][0]]
    entries[i] = others[rng.integers(3)], entries[i][1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        return packed(entries)


def exchanged(data, rng):
    """Rename two entries to each other: each of the files is whole."""
    entries = unpacked(data)
    names = list(entries)
    while True:
        a, b = rng.choice(names, 2, replace=False)
        if entries[a] != entries[b]:
            return packed((entries | {a: entries[b], b: entries[a]}).items())


def with_class(data, rng, loaders, paths):
    """Have one of the objects, wherever it stands, name another class."""
    entries = unpacked(data)
    schema = json.loads(entries["schema.json"])
    able = [
        node
        for node in nodes(schema)
        if node["__module__"].startswith("sknn2.") and node["__loader__"] in loaders
    ]
    changed = able[rng.integers(len(able))]
    others = [path for path in paths if not path.endswith(changed["__class__"])]
    path = rng.choice(others)
    for node in able:
        if node["__id__"] == changed["__id__"]:
            node["__module__"], node["__class__"] = path.rsplit(".", 1)
    entries["schema.json"] = json.dumps(schema).encode()
    return packed(entries.items())


def other_class(data, rng):
    """Name another class of ours, or one that is not there."""
    loaders = "ObjectNode", "ConstructorFromReduceNode"
    return with_class(data, rng, loaders, [*SKOPS_TRUSTED[:15], "sknn2.network.No"])


def forged(data, rng):
    """Have a function called with what the model is made of."""
    paths = "os.system", "builtins.exec", "pickle.loads", "subprocess.run"
    return with_class(data, rng, ("ConstructorFromReduceNode",), paths)


DAMAGES = truncated, flipped, renamed, exchanged, other_class, forged


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(
    "name", ["three classes, float64", "regressor CV", "tabular classifier"]
)
def test_damaged_files_end_in_an_error(name, damage, monkeypatch):
    ran, run_code = [], exec

    def record(*args, **_):
        # What is imported for the first time is run by exec too, as code.
        if args and isinstance(args[0], CodeType):
            run_code(*args)
        else:
            ran.append(args)

    for function in ("os.system", "pickle.loads", "subprocess.run", "builtins.exec"):
        monkeypatch.setattr(function, record)
    rng = np.random.default_rng(0)
    for _ in range(20):
        data = damage(FILES[name], rng)
        with pytest.raises(Exception):  # noqa: B017
            print(loads(data))
    assert ran == []


# What a file weighs, and what is imported.


def grown(kind, m):
    """Return a fitted model of m rows; what it learns has the same size for all m."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(m, 3))
    settings = {"early_stopping": True, "warm_start": True, **SHORT}
    return make(kind, **settings).fit(X, targets(kind, X))


@each_kind
def test_a_file_does_not_grow_with_the_rows(kind):
    small, large = grown(kind, 60), grown(kind, 3000)
    for size in (lambda m: len(dumps(m)), lambda m: len(pickle.dumps(m))):
        # Numbers in text have more digits or fewer.
        assert abs(size(large) - size(small)) < 200
    assert len(pickle.dumps(large)) < 3000 * 3 * 8


@pytest.mark.parametrize("cls", [ShallowNNClassifierCV, ShallowNNRegressorCV])
def test_out_of_fold_arrays_are_all_that_grows_and_can_be_dropped(cls):
    def size(m, drop, **settings):
        X = np.random.default_rng(0).normal(size=(m, 3))
        model = cls(**CV | {"alphas": (1.0, 10.0)} | settings)
        model.fit(X, (X[:, 0] > 0).astype(int))
        for name in [name for name in vars(model) if name.startswith("oof_predict")]:
            if drop:  # as the page says
                delattr(model, name)
        return len(pickle.dumps(model))

    assert size(400, False) - size(40, False) > 360 * 7
    assert abs(size(400, True) - size(40, True)) < 50
    assert abs(size(400, False, keep_oof=False) - size(40, True)) < 50


def test_nothing_of_this_is_imported_by_the_package():
    code = "import sys, sknn2; print({'skops', 'onnx', 'skl2onnx'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_parameters_alone():
    parameters = initialize((3, 2, 1), rng=0)
    loaded = loads(dumps(parameters))
    assert isinstance(loaded, Parameters)
    np.testing.assert_array_equal(loaded.theta, parameters.theta)


# Files of releases.

FOLDERS = sorted((Path(__file__).parent / "files").glob("*/output.npz"))
RELEASED = [
    file
    for output in FOLDERS
    for file in sorted(output.parent.iterdir())
    if file.suffix != ".npz"
]
write = runpy.run_path(str(Path(__file__).parent / "files" / "write.py"))


def read(file):
    """Return the model of a file."""
    if file.suffix == ".skops":
        return loads(file.read_bytes())
    return (
        joblib.load(file)
        if file.suffix == ".joblib"
        else pickle.loads(file.read_bytes())
    )


@pytest.mark.parametrize("file", RELEASED, ids=lambda f: f"{f.parent.name}-{f.name}")
def test_a_file_of_a_release_is_loaded_for_ever(file):
    X, table = write["rows"]()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = read(file)
    ours = [w for w in caught if "of sknn2" in str(w.message)]
    assert bool(ours) == (file.parent.name != sknn2.__version__)
    rows = table if file.stem.startswith("tabular") else X
    with np.load(file.parent / "output.npz") as outputs:
        expected = outputs[file.stem]
    np.testing.assert_allclose(
        write["output"](model, rows), expected, rtol=1e-4, atol=1e-6
    )


def test_there_are_files_of_the_first_release():
    assert {file.suffix for file in RELEASED} == {".pkl", ".joblib", ".skops"}
    assert len(RELEASED) >= 27


@pytest.mark.parametrize("name", ["three classes, float64", "encoder", "table"])
def test_another_version_warns_through_skops_too(name, monkeypatch):
    model, X = ZOO[name]
    with monkeypatch.context() as patch:
        patch.setattr(sknn2.versioning, "__version__", "0.0.9")
        data = dumps(model)
    with pytest.warns(InconsistentVersionWarning, match=r"0\.0\.9 of sknn2"):
        loaded = loads(data)
    assert_same(model, loaded, X)
    assert_same(model, loads(dumps(loaded)), X)  # and not for ever


def test_a_damaged_pickle_ends_in_an_error():
    model, _ = ZOO["three classes, float64"]
    data = bytearray(pickle.dumps(model))
    theta = model.parameters_.theta.tobytes()
    data[data.index(theta) + 3] ^= 1
    with pytest.raises(ValueError, match="its arrays are not those that were stored"):
        pickle.loads(bytes(data))
