"""Fitted models as ONNX graphs, which run where there is no Python.

The graphs compute what the models compute, in float64, and hand it out in the
precision of the model. skl2onnx is imported by the functions that need it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sknn2.data.class_targets import ClassTargets
from sknn2.data.input_checks import name_column
from sknn2.data.regression_targets import RegressionTargets
from sknn2.estimators.base import FittedNetwork
from sknn2.estimators.classifiers import DeepNNClassifier, ShallowNNClassifier
from sknn2.estimators.classifiers_cv import ShallowNNClassifierCV
from sknn2.estimators.regressors import DeepNNRegressor, ShallowNNRegressor
from sknn2.estimators.regressors_cv import ShallowNNRegressorCV
from sknn2.inputs.blocks import FAR
from sknn2.inputs.standardization import LARGEST, Standardization
from sknn2.network.activations import ACTIVATIONS, LEAK, ONE, Activation
from sknn2.network.losses import CategoricalCrossEntropy
from sknn2.preprocessing.columns import (
    DATE_FEATURES,
    Column,
    is_frame,
    level_names,
    split_columns,
)
from sknn2.preprocessing.piecewise_linear import CLIP, PiecewiseLinearEncoder
from sknn2.preprocessing.table import TableEncoder

CLASSIFIERS = ShallowNNClassifier, DeepNNClassifier, ShallowNNClassifierCV
REGRESSORS = ShallowNNRegressor, DeepNNRegressor, ShallowNNRegressorCV


def to_onnx(model: Any, X: Any, **settings: Any) -> Any:
    """Return a fitted model as an ONNX graph.

    The graph has one input ``"X"`` of shape (m, n_features). Where the first
    step of the model is a `TableEncoder` or a ColumnTransformer and ``X`` is a
    frame, it has one input of shape (m, 1) for each column instead, called like
    the column. `to_inputs` makes these inputs.

    A classifier has the outputs ``"label"`` and ``"probabilities"``, a
    regressor ``"variable"``, with a column for each output, and one of shape
    (m, 1) where the model predicts numbers of shape (m,). Labels are int64 or
    text; labels that are booleans or whole floats become int64. Other numbers
    are in the precision that the model gives them.

    Parameters
    ----------
    model : estimator
        An estimator or an encoder of this package, or what scikit-learn makes of
        them: a pipeline, a search (of which the best estimator is taken), or
        whatever else skl2onnx converts.
    X : array-like or data frame of shape (m, n_features)
        Rows like those that the graph will take, e.g. ``X[:1]``. They say
        what types the inputs have.
    **settings
        For ``skl2onnx.to_onnx``, e.g. ``target_opset=18`` or
        ``options={"zipmap": True}``. ``zipmap`` is off by default, so that the
        probabilities are one array.

    Returns
    -------
    onnx.ModelProto
        ``SerializeToString()`` gives the bytes of the file.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    ValueError, TypeError
        If X is sparse or has another number of columns than at fit, or the
        model has something that ONNX cannot hold: an activation of one's own,
        or labels that are neither integers nor text.

    See Also
    --------
    to_inputs : The inputs of the graph, made of rows of X.
    register_converters : For those who call skl2onnx themselves.

    Notes
    -----
    A value that the model refuses, such as NaN where it takes none, or
    infinity, makes NaN of the row's probabilities or predictions, because a
    graph cannot raise an error. Its label means nothing then.

    Inputs may have any size for which the model's sums stay finite in float64.
    """
    register_converters()
    import skl2onnx

    model = best_of(model)
    check_is_fitted(model)
    types = [(name, type_of(x)) for name, x in to_inputs(model, X).items()]
    if has_zipmap(model):
        settings["options"] = {"zipmap": False, **(settings.get("options") or {})}
    return skl2onnx.to_onnx(model, initial_types=types, **settings)


def to_inputs(model: Any, X: Any) -> dict[str, np.ndarray]:
    """Return rows as the inputs of the graph that `to_onnx` makes of a model.

    It is ``{"X": X}`` for an array of numbers. Of a frame in front of a
    `TableEncoder` each column becomes an array of shape (m, 1), by the kind that
    it had at fit:

    - numbers stay as they are, and a missing value is NaN; durations are
      seconds;
    - categories are text, and a missing value is ``""``;
    - dates are int64, microseconds since 1970 as the clock of their time zone
      shows them, and a missing one is the least int64, as NumPy has it:
      ``x.astype("datetime64[us]").astype("int64")``.

    Parameters
    ----------
    model : estimator
        Fitted.
    X : array-like or data frame of shape (m, n_features)

    Returns
    -------
    dict of str to ndarray
        What onnxruntime takes: ``session.run(None, to_inputs(model, X))``.

    Raises
    ------
    ValueError, TypeError
        If X is sparse, or has other columns than at fit.
    """
    if issparse(X):
        raise TypeError(
            "X is sparse, and a graph of ONNX takes dense arrays: give X.toarray()."
        )
    model = best_of(model)
    first = first_step(model)
    if isinstance(first, TableEncoder):
        check_is_fitted(first)
        return table_inputs(first, X)
    if is_frame(X) and type(first).__name__ == "ColumnTransformer":
        return {
            str(name): plain_input(x)
            for name, x in zip(X.columns, split_columns(X), strict=True)
        }
    values = np.asarray(X)
    if values.dtype.kind in "biuO":
        values = values.astype(np.float64)
    if values.ndim != 2:
        raise ValueError(f"X has shape {values.shape}, expected (m, n_features).")
    n = getattr(first, "n_features_in_", values.shape[1])
    if values.shape[1] != n:
        raise ValueError(
            f"X has {values.shape[1]} features, but {type(first).__name__} is expecting "
            f"{n} features as input."
        )
    return {"X": values}


def register_converters() -> None:
    """Make the estimators and encoders known to skl2onnx.

    `to_onnx` does so itself. This is for ``skl2onnx.to_onnx`` and
    ``skl2onnx.convert_sklearn``.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.
    """
    try:
        from skl2onnx import update_registered_converter as register
    except ImportError as error:
        raise ImportError(
            'ONNX needs skl2onnx: install it by pip install "sknn2[onnx]".'
        ) from error
    options = {
        "zipmap": [True, False, "columns"],
        "nocl": [True, False],
        "raw_scores": [True, False],
        "output_class_labels": [True, False],
    }
    for cls in CLASSIFIERS:
        name = f"Sknn2{cls.__name__}"
        register(cls, name, classifier_types, convert_classifier, options=options)
    for cls in REGRESSORS:
        register(cls, f"Sknn2{cls.__name__}", regressor_types, convert_regressor)
    encoders: list[tuple[type, Converter]] = [
        (PiecewiseLinearEncoder, convert_piecewise_linear),
        (TableEncoder, convert_table),
    ]
    for encoder, converter in encoders:
        register(encoder, f"Sknn2{encoder.__name__}", encoder_types, converter)


Converter = Callable[[Any, Any, Any], None]


def best_of(model: Any) -> Any:
    """Return the best estimator of a search, and any other model as it is."""
    while hasattr(model, "best_estimator_"):
        model = model.best_estimator_
    return model


def first_step(model: Any) -> Any:
    """Return what takes X as it is: the first step of a pipeline that is one."""
    while isinstance(model, Pipeline):
        steps = [step for _, step in model.steps if step not in (None, "passthrough")]
        model = best_of(steps[0])
    return model


def has_zipmap(model: Any) -> bool:
    """Return whether skl2onnx knows the option ``zipmap`` for a model."""
    while isinstance(model, Pipeline):
        model = model.steps[-1][1]
    from sklearn.base import is_classifier

    return bool(is_classifier(model))


def type_of(x: np.ndarray) -> Any:
    """Return skl2onnx's type of an input, for any number of rows."""
    from skl2onnx.common import data_types

    if x.dtype.kind == "f" and x.dtype != np.float32:
        name = "Double"
    else:
        name = {"f": "Float", "i": "Int64", "b": "Boolean"}.get(x.dtype.kind, "String")
    return getattr(data_types, f"{name}TensorType")([None, x.shape[1]])


def plain_input(x: Any) -> np.ndarray:
    """Return a column of a frame by its own type, of shape (m, 1)."""
    values = np.asarray(x)
    if values.dtype.kind in "iu":
        values = values.astype(np.int64)
    elif values.dtype.kind not in "fb":
        values = values.astype(object)
    return values[:, np.newaxis]


def table_inputs(encoder: TableEncoder, X: Any) -> dict[str, np.ndarray]:
    """Return the columns of a table by their kinds at fit, as `to_inputs` says."""
    X = encoder._check(X, reset=False)
    columns = split_columns(X)
    if not is_frame(X) and X.dtype.kind in "fiub":
        return {"X": X if X.dtype.kind == "f" else X.astype(np.float64)}
    names = getattr(encoder, "feature_names_in_", None)
    if names is None:
        names = [f"x{j}" for j in range(len(columns))]
    inputs = {}
    for j, (name, x) in enumerate(zip(names, columns, strict=True)):
        kind, zone = encoder.kinds_[j], encoder._zones[j]
        inputs[name] = column_input(x, encoder._read(j, x, kind, zone))[:, np.newaxis]
    return inputs


def column_input(x: Any, column: Column) -> np.ndarray:
    """Return one column as the input of a graph, of shape (m,)."""
    if column.kind == "category":
        names = level_names(column)
        return np.array(["" if name is None else name for name in names], object)
    if column.kind == "date":
        return column.values.astype(np.int64)
    dtype = getattr(x, "dtype", None)
    if isinstance(dtype, np.dtype) and column.kind == "number":
        if dtype == np.float32:
            return np.asarray(x)
        if dtype.kind in "iu":
            return np.asarray(x).astype(np.int64)
    return column.values


class Graph:
    """Nodes that are added to a graph one by one; arrays become constants.

    Parameters
    ----------
    scope, container
        As skl2onnx hands them to a converter.
    """

    def __init__(self, scope: Any, container: Any) -> None:
        self.scope, self.container = scope, container

    def __call__(
        self, op: str, *inputs: Any, out: str | None = None, **attributes: Any
    ) -> str:
        """Add a node and return the name of its output."""
        names = [x if isinstance(x, str) else self.constant(x) for x in inputs]
        out = out or self.scope.get_unique_variable_name(op.lower())
        name = self.scope.get_unique_operator_name(op)
        self.container.add_node(op, names, out, name=name, **attributes)
        return out

    def constant(self, value: Any) -> str:
        """Add a constant and return its name; a Python float becomes float64."""
        from onnx import helper

        array = np.asarray(value)
        name: str = self.scope.get_unique_variable_name("constant")
        if array.dtype.kind in "UO":
            kind, content = 8, [text.encode() for text in array.ravel()]
        else:
            kind, content = helper.np_dtype_to_tensor_dtype(array.dtype), array.ravel()
        self.container.add_initializer(name, kind, array.shape, content)
        return name

    def cast(self, x: Any, dtype: Any, out: str | None = None) -> str:
        """Return x in another type."""
        from onnx import helper

        to = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self("Cast", x, to=to, out=out)

    def double(self, operator: Any) -> str:
        """Return all inputs of an operator side by side, in float64."""
        inputs = [self.cast(x.full_name, np.float64) for x in ordered_inputs(operator)]
        return inputs[0] if len(inputs) == 1 else self("Concat", *inputs, axis=1)

    def sigmoid(self, Z: str) -> str:
        """Return ``exp(Z) / (1 + exp(Z))``, as the package computes it."""
        A = self("Exp", self("Min", Z, ONE))
        return self("Div", A, self("Add", A, 1.0))

    def limit(self, x: str, low: Any, high: Any) -> str:
        """Return x within two limits."""
        return self("Max", self("Min", x, high), low)

    def standardized(self, x: str, by: Standardization) -> str:
        """Return the columns of x, standardised as `Standardization.transform` does."""
        if by._overflows:
            quarter = self("Sub", self("Div", x, 4.0), by.mean / 4)
            return self("Mul", self("Mul", quarter, by.factor), 4.0)
        return self("Mul", self("Sub", x, by.mean), by.factor)


def ordered_inputs(operator: Any) -> list[Any]:
    """Return the inputs of an operator, in the order of the columns at fit."""
    inputs = list(operator.inputs)
    names = list(getattr(operator.raw_operator, "feature_names_in_", []))
    if len(inputs) > 1 and {x.raw_name for x in inputs} == set(names):
        inputs.sort(key=lambda x: names.index(x.raw_name))
    return inputs


ACTIVATION_NODES: dict[str, Callable[[Graph, str], str]] = {
    "sigmoid": Graph.sigmoid,
    "tanh": lambda g, Z: g("Tanh", Z),
    "relu": lambda g, Z: g("Relu", Z),
    "leaky_relu": lambda g, Z: g("Max", Z, g("Mul", Z, LEAK)),
    "identity": lambda g, Z: Z,
}
"""The nodes of each built-in activation."""


def activation_nodes(activation: Activation) -> Callable[[Graph, str], str]:
    """Return what adds the nodes of an activation, or raise a ValueError."""
    name = activation.name
    if ACTIVATIONS.get(name) == activation and name in ACTIVATION_NODES:
        return ACTIVATION_NODES[name]
    raise ValueError(
        f"The activation {name!r} cannot be converted to ONNX, which has no "
        "Python functions: fit the model with one of "
        f"activation={sorted(ACTIVATION_NODES)}."
    )


def add_network(g: Graph, operator: Any) -> str:
    """Add the nodes of a network, and return the name of its ``Z[L]``, (m, n[L])."""
    model = operator.raw_operator
    activate = activation_nodes(model.network_.activation)
    x = g.double(operator)
    # NaN for a row that holds NaN or infinity, else 0.
    refused = g("MatMul", g("Mul", x, 0.0), np.zeros((model.n_features_in_, 1)))
    if model.standardization_ is not None:
        x = g.standardized(x, model.standardization_)
    dtype = model.parameters_.theta.dtype
    if dtype == np.float32:  # what a float32 can hold is rounded, as in the model
        largest = float(np.finfo(dtype).max)
        single = g.cast(g.limit(x, -largest, largest), dtype)
        far = g("Greater", g("Abs", x), largest)
        x = g("Where", far, x, g.cast(single, np.float64))
    layers = list(zip(model.parameters_.W[1:], model.parameters_.b[1:], strict=True))
    for l, (W, b) in enumerate(layers, start=1):
        W, b = (np.ascontiguousarray(array.T) for array in (W, b))
        # Kept in the precision of the model, so that the file is no larger.
        W, b = (g.cast(a, np.float64) if dtype == np.float32 else a for a in (W, b))
        x = g("Add", g("MatMul", x, W), b)
        if l < len(layers):
            x = activate(g, x)
    if isinstance(model.network_.loss, CategoricalCrossEntropy):
        x = g.limit(x, -LARGEST / FAR, LARGEST / FAR)
    else:
        limit = float(np.finfo(dtype).max) / FAR
        x = g.limit(x, -limit, limit)
    return g("Add", x, refused)


def convert_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of a classifier: its labels and its probabilities."""
    model, targets = operator.raw_operator, operator.raw_operator._targets
    options = container.get_options(model, {"nocl": False, "raw_scores": False})
    g = Graph(scope, container)
    Z = add_network(g, operator)
    label, proba = operator.outputs
    if not isinstance(targets, ClassTargets):  # several labels
        g.cast(g("Greater", Z, 0.0), np.int64, out=label.full_name)
        scores, A = Z, g.sigmoid(Z)
    else:
        if targets.n_outputs == 1:
            column = g("Squeeze", Z, np.array([1]))
            code = g.cast(g("Greater", column, 0.0), np.int64)
            scores = g("Concat", g("Neg", Z), Z, axis=1)
            A = g.sigmoid(scores)
        else:
            code = g("ArgMax", Z, axis=1, keepdims=0)
            scores, A = Z, g("Softmax", Z, axis=1)
        classes = onnx_classes(targets.classes, options["nocl"])
        g("Gather", classes, code, axis=0, out=label.full_name)
    result = scores if options["raw_scores"] else A
    g.cast(result, numpy_type(proba), out=proba.full_name)


def convert_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of a regressor: its predictions in units of y."""
    targets: RegressionTargets = operator.raw_operator._targets
    g = Graph(scope, container)
    A = add_network(g, operator)
    if targets.is_count:
        assert targets.statistics is not None
        double, own = np.finfo(np.float64), np.finfo(targets.dtype)
        A = g("Max", g("Exp", g("Min", A, np.log(double.max))), double.tiny)
        A = g("Where", targets._varies[np.newaxis], A, targets.statistics.mean)
        A = g("Max", A, np.float64(own.tiny))
    elif targets.standardization is not None:
        A = g("Mul", A, targets._deviation)
        A = g("Add", A, targets.standardization.mean)
    (output,) = operator.outputs
    dtype = numpy_type(output)
    largest = min(float(np.finfo(d).max) for d in (dtype, targets.dtype))
    g.cast(g.limit(A, -largest, largest), dtype, out=output.full_name)


def convert_piecewise_linear(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of a PiecewiseLinearEncoder."""
    g = Graph(scope, container)
    features = add_bends(g, operator.raw_operator, g.double(operator))
    g("Identity", features, out=operator.outputs[0].full_name)


def add_bends(g: Graph, encoder: PiecewiseLinearEncoder, x: str) -> str:
    """Add what `PiecewiseLinearEncoder.transform` computes of x, (m, n) in float64."""
    columns, lower, width = encoder._bins()
    center, scale = encoder.center_, encoder.scale_
    missing = g("IsNaN", x)
    x = g("Where", missing, center, x)
    refused = g("MatMul", g("Mul", x, 0.0), np.zeros((center.size, 1)))
    far = np.minimum(1e9 * scale, LARGEST)
    z = g.limit(g("Sub", x, center), -far, far)
    z = g("Div", z, np.where(scale > 0, scale, 1))
    if encoder.clip:
        share = g("Div", z, CLIP)
        z = g("Div", z, g("Sqrt", g("Add", g("Mul", share, share), 1.0)))
    parts, gaps = [z], [missing]
    if columns.size:
        t = g("Sub", g("Gather", x, columns, axis=1), lower)
        parts.append(g.limit(g("Div", t, width), 0.0, 1.0))
        gaps.append(g("Gather", missing, columns, axis=1))
    if encoder.missing_.size:
        indicator = g("Gather", missing, encoder.missing_, axis=1)
        parts.append(g.cast(indicator, np.float64))
        no_gap = g("And", indicator, np.zeros((1, 1), bool))
        gaps.append(no_gap)
    features = g.standardized(side_by_side(g, parts), encoder.standardization_)
    features = g("Where", side_by_side(g, gaps), 0.0, g("Add", features, refused))
    weight = np.ones(encoder.standardization_.mean.size, np.float32)
    weight[center.size :] = encoder.bin_weight
    return g("Mul", g.cast(features, np.float32), weight)


def side_by_side(g: Graph, parts: list[str]) -> str:
    """Return arrays side by side."""
    return parts[0] if len(parts) == 1 else g("Concat", *parts, axis=1)


def convert_table(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of a TableEncoder."""
    encoder: TableEncoder = operator.raw_operator
    g = Graph(scope, container)
    inputs = table_columns(g, operator)
    numbers, levels = [], []
    for j, (kind, (x, dtype)) in enumerate(zip(encoder.kinds_, inputs, strict=True)):
        if kind == "empty":
            rows = g("Slice", g("Shape", x), np.array([0]), np.array([1]))
            shape = g("Concat", rows, np.array([1]), axis=0)
            numbers.append(g("Expand", np.array([[np.nan]]), shape))
            continue
        check_input(encoder, j, kind, dtype)
        if kind == "category":
            levels.append(add_levels(g, encoder, j, x))
        elif kind == "date":
            numbers.append(add_date(g, x))
        else:
            numbers.append(g.cast(x, np.float64))
    features = add_bends(g, encoder.encoder_, side_by_side(g, numbers + levels))
    g("Identity", features, out=operator.outputs[0].full_name)


def table_columns(g: Graph, operator: Any) -> list[tuple[str, Any]]:
    """Return name and NumPy type (object for text) of each column of a table."""
    inputs = ordered_inputs(operator)
    n = operator.raw_operator.n_features_in_
    if len(inputs) == n:
        return [(x.full_name, numpy_type(x)) for x in inputs]
    if len(inputs) > 1:
        raise ValueError(
            f"TableEncoder was fitted with {n} columns and the graph has "
            f"{len(inputs)} inputs: give one input, or one for each column."
        )
    (x,) = inputs
    return [
        (g("Gather", x.full_name, np.array([j]), axis=1), numpy_type(x))
        for j in range(n)
    ]


TAKES = {
    "number": ("fib", "numbers"),
    "duration": ("fi", "numbers, in seconds"),
    "date": ("i", "int64, microseconds since 1970"),
    "category": ("O", "text"),
}
"""The types of NumPy that stand for each kind of column, and what they are called."""


def check_input(encoder: TableEncoder, j: int, kind: str, dtype: Any) -> None:
    """Raise a TypeError if the input for a column is not of its kind."""
    kinds, words = TAKES[kind]
    if np.dtype(dtype).kind not in kinds:
        raise TypeError(
            f"{name_column(encoder, j)} was a {kind} at fit, so its ONNX input has to "
            f"hold {words}, and it is of type {np.dtype(dtype)}: let "
            "sknn2.onnx.to_onnx(model, X) choose the types, with X a data frame."
        )


def add_levels(g: Graph, encoder: TableEncoder, j: int, x: str) -> str:
    """Add a row of levels for the text of column j; ``""`` is a missing value."""
    kinds = np.array(encoder.kinds_)
    assert encoder.levels_ is not None
    k = int(np.count_nonzero(kinds[:j] == "category"))
    known = list(encoder.levels_.categories_[k])
    if None in known and "" in known:
        raise ValueError(
            f"{name_column(encoder, j)} had both missing values and the text '' at "
            "fit. Text in ONNX cannot be missing, so '' stands for a missing value: "
            "replace '' by another text, and fit again."
        )
    unknown = "?" + "".join(level or "" for level in known)
    table = level_table(encoder, k, [*known, unknown])
    code = g(
        "LabelEncoder",
        x,
        op_domain="ai.onnx.ml",
        keys_strings=["" if level is None else level for level in known],
        values_int64s=list(range(len(known))),
        default_int64=len(known),
    )
    return g("Gather", table, g("Squeeze", code, np.array([1])), axis=0)


def level_table(encoder: TableEncoder, k: int, levels: list[Any]) -> np.ndarray:
    """Return what each level of the k-th category becomes, a row for each."""
    assert encoder.levels_ is not None
    m, columns, at = len(levels), [], -1
    for kind in encoder.kinds_:
        if kind == "category":
            at += 1
            first = encoder.levels_.categories_[at][0]
            values = np.array(levels if at == k else [first] * m, object)
        else:
            dtype = "datetime64[us]" if kind == "date" else np.float64
            values = np.zeros(m, dtype)
        columns.append(Column(kind, values))
    table = encoder._to_numbers(columns)
    widths = encoder._sizes - (encoder._sizes == 2)
    stop = table.shape[1] - int(widths[k + 1 :].sum())
    return table[:, stop - int(widths[k]) : stop]


DAY = 86_400_000_000
"""Microseconds."""


CYCLE = 146_097
"""Days of 400 years, after which the calendar begins again."""


def add_date(g: Graph, t: str) -> str:
    """Add what `date_features` computes of int64 microseconds, from year 1 on.

    The calendar is that of Hinnant, "chrono-compatible low-level date
    algorithms": years that begin on 1 March, of which the leap day is the last.
    Everything is shifted by 2,000 years, so that no number is negative.
    """

    def whole(a: Any, n: int) -> str:
        return g("Div", a, np.int64(n))

    def less(a: str, b: str) -> str:
        return g("Sub", a, b)

    missing = g("Less", t, np.int64(-(2**62)))
    t = g("Where", missing, np.int64(0), t)
    shifted = g("Add", t, np.int64(5 * CYCLE * DAY))
    days = whole(shifted, DAY)
    time = less(shifted, g("Mul", days, np.int64(DAY)))
    days = g("Add", days, np.int64(719_468))  # since 1 March of the year 0
    day = less(days, g("Mul", whole(days, CYCLE), np.int64(CYCLE)))
    rest = less(
        g("Add", less(day, whole(day, 1460)), whole(day, 36_524)), whole(day, CYCLE - 1)
    )
    year = whole(rest, 365)
    past = less(
        g("Add", g("Mul", year, np.int64(365)), whole(year, 4)), whole(year, 100)
    )
    day = less(day, past)  # since 1 March
    turned = g("Less", np.int64(305), day)  # January or February of the next year
    year = g("Add", year, g.cast(turned, np.int64))
    remainders = [
        g("Equal", less(year, g("Mul", whole(year, n), np.int64(n))), np.int64(0))
        for n in (4, 100, 400)
    ]
    fourth, hundredth, fourhundredth = remainders
    leap = g("And", fourth, g("Or", g("Not", hundredth), fourhundredth))
    leap = g.cast(leap, np.int64)
    later = g("Add", g("Add", day, np.int64(59)), leap)
    day = g("Where", turned, less(day, g.constant(np.int64(306))), later)
    within = g("Add", g("Mul", day, np.int64(DAY)), time)
    length = g("Mul", g("Add", leap, np.int64(365)), np.int64(DAY))
    since = g("Div", g.cast(t, np.float64), 1e6)
    number = g("Div", since, 86400.0)
    turns = [
        g("Div", g.cast(within, np.float64), g.cast(length, np.float64)),
        g("Div", g("Add", number, 3.0), 7.0),
        number,
    ]
    features = [since]
    for turn in turns:
        angle = g("Mul", g("Sub", turn, g("Floor", turn)), 2 * np.pi)
        features += [g("Sin", angle), g("Cos", angle)]
    assert len(features) == len(DATE_FEATURES)
    return g("Where", missing, np.nan, side_by_side(g, features))


def onnx_classes(classes: np.ndarray, nocl: bool = False) -> np.ndarray:
    """Return labels as int64 or text, or raise a ValueError.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
    nocl : bool, default=False
        Whether the labels are replaced by their numbers, 0, 1, ....
    """
    if nocl:
        return np.arange(classes.size)
    if all(isinstance(label, str) for label in classes.tolist()):
        return classes.astype(object)
    if classes.dtype.kind in "biuf":
        whole = classes.astype(np.int64)
        if np.array_equal(whole, classes):
            return whole
    raise ValueError(
        f"The labels {classes.tolist()} cannot be converted to ONNX, whose labels are "
        "integers or text: fit the model with such labels, or give "
        "options={'nocl': True, 'zipmap': False} for their positions in classes_."
    )


def numpy_type(variable: Any) -> Any:
    """Return the NumPy type of a variable of skl2onnx; object for text."""
    from skl2onnx.common import data_types

    for name, dtype in (
        ("Float", np.float32),
        ("Double", np.float64),
        ("Int64", np.int64),
        ("Boolean", np.bool_),
        ("String", object),
    ):
        if isinstance(variable.type, getattr(data_types, f"{name}TensorType")):
            return dtype
    raise TypeError(
        f"The input {variable.raw_name!r} is of type {variable.type}: give numbers or "
        "text, by skl2onnx's FloatTensorType, DoubleTensorType, Int64TensorType, "
        "BooleanTensorType or StringTensorType."
    )


def set_number_type(operator: Any, output: Any, dtype: Any, columns: int) -> None:
    """Declare an output of numbers.

    What leaves the graph has the precision of the model. Inside, between models
    of skl2onnx, an output has the precision that these have declared.
    """
    from skl2onnx.common import data_types

    if not output.is_leaf:
        double = isinstance(output.type, data_types.DoubleTensorType)
        dtype = np.float64 if double else np.float32
    name = "FloatTensorType" if dtype == np.float32 else "DoubleTensorType"
    rows = operator.inputs[0].get_first_dimension()
    output.set_type(getattr(data_types, name)([rows, columns]))


def classifier_types(operator: Any) -> None:
    """Declare labels and probabilities."""
    from skl2onnx.common import data_types

    model = operator.raw_operator
    check_is_fitted(model)
    targets, (label, proba) = model._targets, operator.outputs
    nocl = operator.scope_inst.get_options(model, {"nocl": False})["nocl"]
    shape = [operator.inputs[0].get_first_dimension()]
    classes = targets.classes
    if not isinstance(targets, ClassTargets):  # several labels
        shape.append(classes.size)
    text = onnx_classes(classes, nocl).dtype == object
    kind = data_types.StringTensorType if text else data_types.Int64TensorType
    label.set_type(kind(shape))
    set_number_type(operator, proba, model.parameters_.theta.dtype, classes.size)


def regressor_types(operator: Any) -> None:
    """Declare predictions."""
    model: FittedNetwork = operator.raw_operator
    check_is_fitted(model)
    (output,), targets = operator.outputs, model._targets
    assert isinstance(targets, RegressionTargets)
    set_number_type(operator, output, targets.dtype, targets.n_outputs)


def encoder_types(operator: Any) -> None:
    """Declare the features of an encoder, in float32."""
    from skl2onnx.common.data_types import FloatTensorType

    encoder = operator.raw_operator
    check_is_fitted(encoder)
    encoder = getattr(encoder, "encoder_", encoder)
    rows = operator.inputs[0].get_first_dimension()
    columns = encoder.standardization_.mean.size
    operator.outputs[0].set_type(FloatTensorType([rows, columns]))
