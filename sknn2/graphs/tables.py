"""The nodes of the encoders of tables."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sknn2.data.input_checks import name_column
from sknn2.graphs.dates import add_date
from sknn2.graphs.graph import Graph, numpy_type, ordered_inputs, side_by_side
from sknn2.inputs.standardization import LARGEST
from sknn2.preprocessing.piecewise_linear import CLIP, PiecewiseLinearEncoder
from sknn2.preprocessing.table import TableEncoder


def encoder_types(operator: Any) -> None:
    """Declare the features of an encoder, in float32."""
    from skl2onnx.common.data_types import FloatTensorType

    encoder = operator.raw_operator
    check_is_fitted(encoder)
    encoder = getattr(encoder, "encoder_", encoder)
    rows = operator.inputs[0].get_first_dimension()
    columns = encoder.standardization_.mean.size
    operator.outputs[0].set_type(FloatTensorType([rows, columns]))


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
    refused = g("MatMul", g("Mul", x, 0.0), np.ones((center.size, 1)))
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


def known_levels(encoder: TableEncoder, j: int) -> list[Any]:
    """Return the levels of column j, a category: str, and None if it is one."""
    assert encoder.levels_ is not None
    return list(encoder.levels_.categories_[place_of(encoder, j)])


def place_of(encoder: TableEncoder, j: int) -> int:
    """Return how many columns before column j are categories."""
    return encoder.kinds_[:j].count("category")


def unknown_level(known: list[Any]) -> str:
    """Return a text that is none of the levels."""
    return "?" + "".join(level or "" for level in known)


def add_levels(g: Graph, encoder: TableEncoder, j: int, x: str) -> str:
    """Add a row of levels for the text of column j; ``""`` is a missing value."""
    known = known_levels(encoder, j)
    if None in known and "" in known:
        raise ValueError(
            f"{name_column(encoder, j)} had both missing values and the text '' at "
            "fit. Text in ONNX cannot be missing, so '' stands for a missing value: "
            "replace '' by another text, and fit again."
        )
    levels = [*known, unknown_level(known)]
    table = encoder._levels[place_of(encoder, j)].one_hot(np.array(levels, object))
    code = g(
        "LabelEncoder",
        x,
        op_domain="ai.onnx.ml",
        op_version=2,
        keys_strings=["" if level is None else level for level in known],
        values_int64s=list(range(len(known))),
        default_int64=len(known),
    )
    return g("Gather", table, g("Squeeze", code, np.array([1])), axis=0)
