"""Fitted models as ONNX graphs, which run where there is no Python.

A graph computes what the model computes, in float64, and hands it out in the
precision of the model. skl2onnx is imported by the functions that need it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted, validate_data

from sknn2.estimators.classifiers import DeepNNClassifier, ShallowNNClassifier
from sknn2.estimators.classifiers_cv import ShallowNNClassifierCV
from sknn2.estimators.regressors import DeepNNRegressor, ShallowNNRegressor
from sknn2.estimators.regressors_cv import ShallowNNRegressorCV
from sknn2.graphs.networks import (
    classifier_types,
    convert_classifier,
    convert_regressor,
    regressor_types,
)
from sknn2.graphs.tables import (
    convert_piecewise_linear,
    convert_table,
    encoder_types,
    known_levels,
    unknown_level,
)
from sknn2.preprocessing.columns import (
    Column,
    find_zone,
    is_frame,
    level_names,
    split_columns,
)
from sknn2.preprocessing.piecewise_linear import PiecewiseLinearEncoder
from sknn2.preprocessing.table import TableEncoder

__all__ = ["register_converters", "to_inputs", "to_onnx"]

Converter = Callable[[Any, Any, Any], None]


CLASSIFIERS: tuple[type, ...] = (
    ShallowNNClassifier,
    DeepNNClassifier,
    ShallowNNClassifierCV,
)
REGRESSORS: tuple[type, ...] = (
    ShallowNNRegressor,
    DeepNNRegressor,
    ShallowNNRegressorCV,
)


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

    model = plain(model)
    check_is_fitted(model)
    types = [(name, type_of(x)) for name, x in to_inputs(model, X).items()]
    if has_zipmap(model):
        settings["options"] = {"zipmap": False, **(settings.get("options") or {})}
    graph = skl2onnx.to_onnx(model, initial_types=types, **settings)
    rename_inputs(graph.graph, [name for name, _ in types])
    return graph


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
    model = plain(model)
    first = first_step(model)
    if isinstance(first, TableEncoder):
        check_is_fitted(first)
        return table_inputs(first, X)
    if is_frame(X) and type(first).__name__ == "ColumnTransformer":
        return {
            str(name): plain_input(x)
            for name, x in zip(X.columns, split_columns(X), strict=True)
        }
    values = as_numbers(first, X)
    if values.ndim != 2:
        raise ValueError(f"X has shape {values.shape}, expected (m, n_features).")
    if hasattr(first, "n_features_in_"):  # names and number of the columns
        validate_data(first, X, reset=False, skip_check_array=True)
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


def plain(model: Any) -> Any:
    """Return a model without searches and steps that do nothing.

    The best estimator stands for a search; skl2onnx knows GridSearchCV alone.
    """
    while hasattr(model, "best_estimator_"):
        model = model.best_estimator_
    if hasattr(model, "cv_results_"):
        raise ValueError(
            f"This {type(model).__name__} was fitted with refit=False and has no best "
            "estimator: fit it with refit=True, or convert an estimator of your own."
        )
    if type(model) is not Pipeline:
        return model
    steps = [
        (name, plain(step))
        for name, step in model.steps
        if step is not None and not isinstance(step, str)
    ]
    for _, step in steps[:-1]:
        if isinstance(step, (*CLASSIFIERS, *REGRESSORS)):
            raise ValueError(
                f"{type(step).__name__} is not the last step of the pipeline: its "
                "predictions are converted to ONNX, its hidden layer is not."
            )
    same = [step for _, step in model.steps] == [step for _, step in steps]
    return model if same or not steps else Pipeline(steps)


def first_step(model: Any) -> Any:
    """Return what takes X as it is: the first step of a pipeline."""
    while isinstance(model, Pipeline):
        model = model.steps[0][1]
    return model


def has_zipmap(model: Any) -> bool:
    """Return whether skl2onnx knows the option ``zipmap`` for a model."""
    while isinstance(model, Pipeline):
        model = model.steps[-1][1]
    return bool(is_classifier(model))


def as_numbers(first: Any, X: Any) -> np.ndarray:
    """Return X as floats, or as text for a first step that may take text."""
    values = np.asarray(X)
    if values.dtype in (np.float32, np.float64):
        return values
    try:
        return values.astype(np.float64)
    except (ValueError, TypeError) as error:
        if isinstance(first, (*CLASSIFIERS, *REGRESSORS, PiecewiseLinearEncoder)):
            raise ValueError(
                f"X is not made of numbers ({error}), which {type(first).__name__} "
                "needs: put a TableEncoder in front, and give X as a data frame."
            ) from error
        return values.astype(object)


def rename_inputs(graph: Any, names: list[str]) -> None:
    """Call the inputs like the columns; skl2onnx makes ``a_b`` of ``a b``."""
    new = {x.name: name for x, name in zip(graph.input, names, strict=True)}
    for x in graph.input:
        x.name = new[x.name]
    for node in graph.node:
        node.input[:] = [new.get(name, name) for name in node.input]


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
        zone = encoder._zones[j]
        zone = None if zone is None else find_zone(zone)
        column = encoder._read(j, x, encoder.kinds_[j], zone)
        if column.kind == "category":
            values = text_input(level_names(column), known_levels(encoder, j))
        else:
            values = number_input(x, column)
        inputs[name] = values[:, np.newaxis]
    return inputs


def text_input(names: np.ndarray, known: list[Any]) -> np.ndarray:
    """Return names of levels as text, of shape (m,).

    A missing value is ``""``, and the text ``""`` itself some text that is unknown,
    but where ``""`` is a level it is the other way round.
    """
    other = unknown_level(known)
    missing, empty = (other, "") if "" in known else ("", other)
    special = {None: missing, "": empty}
    return np.array([special.get(name, name) for name in names.tolist()], object)


def number_input(x: Any, column: Column) -> np.ndarray:
    """Return a column of numbers, dates or durations as an input, of shape (m,)."""
    if column.kind == "date":
        return column.values.astype(np.int64)
    dtype = getattr(x, "dtype", None)
    if isinstance(dtype, np.dtype) and column.kind == "number":
        if dtype == np.float32:
            return np.asarray(x)
        if dtype.kind in "iu":
            return np.asarray(x).astype(np.int64)
    return column.values
