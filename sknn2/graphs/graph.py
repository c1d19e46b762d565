"""Nodes of an ONNX graph, added one by one, and the types of what they take."""

from typing import Any

import numpy as np

from sknn2.inputs.standardization import Standardization
from sknn2.network.activations import ONE


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
        from onnx import TensorProto, helper

        array = np.asarray(value)
        name: str = self.scope.get_unique_variable_name("constant")
        if array.dtype.kind in "UO":
            kind = TensorProto.STRING
            content: Any = [text.encode() for text in array.ravel()]
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


def side_by_side(g: Graph, parts: list[str]) -> str:
    """Return arrays side by side."""
    return parts[0] if len(parts) == 1 else g("Concat", *parts, axis=1)


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
