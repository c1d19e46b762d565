"""The nodes of a fitted network, its labels, probabilities and predictions."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sknn2.data.class_targets import ClassTargets
from sknn2.data.regression_targets import RegressionTargets
from sknn2.graphs.graph import Graph, numpy_type, set_number_type
from sknn2.inputs.blocks import FAR
from sknn2.inputs.standardization import LARGEST
from sknn2.network.activations import ACTIVATIONS, LEAK, Activation
from sknn2.network.losses import CategoricalCrossEntropy, Poisson, RegressionLoss


def exponential_below(g: Graph, Z: str, alpha: float, scale: float) -> str:
    """Return ``Z`` where ``Z > 0``, else ``alpha (exp(Z) - 1)``, times ``scale``."""
    low = g("Mul", g("Sub", g("Exp", g("Min", Z, 0.0)), 1.0), alpha)
    return g("Mul", g("Add", g("Max", Z, 0.0), low), scale)


def softplus(g: Graph, Z: str) -> str:
    """Return ``log(1 + exp(Z))``."""
    small = g("Log", g("Add", g("Exp", g("Neg", g("Abs", Z))), 1.0))
    return g("Add", g("Max", Z, 0.0), small)


def silu(g: Graph, Z: str) -> str:
    """Return ``Z / (1 + exp(-Z))``; below -80 it is 0."""
    share = g("Exp", g("Neg", g.limit(Z, -80.0, 80.0)))
    return g("Div", g("Max", Z, -80.0), g("Add", share, 1.0))


def gelu(g: Graph, Z: str) -> str:
    """Return ``Z / (1 + exp(-2u))`` with ``u = sqrt(2 / pi) (Z + 0.044715 Z^3)``."""
    near = g.limit(Z, -10.0, 10.0)
    cubic = g("Add", g("Mul", g("Mul", near, near), 0.044715), 1.0)
    share = g("Exp", g("Mul", g("Mul", near, cubic), -2 * float(np.sqrt(2 / np.pi))))
    return g("Div", g("Max", Z, -10.0), g("Add", share, 1.0))


ACTIVATION_NODES: dict[str, Callable[[Graph, str], str]] = {
    "sigmoid": Graph.sigmoid,
    "tanh": lambda g, Z: g("Tanh", Z),
    "relu": lambda g, Z: g("Relu", Z),
    "leaky_relu": lambda g, Z: g("Max", Z, g("Mul", Z, LEAK)),
    "identity": lambda g, Z: Z,
    "elu": lambda g, Z: exponential_below(g, Z, 1.0, 1.0),
    "selu": lambda g, Z: exponential_below(
        g, Z, 1.6732632423543772, 1.0507009873554805
    ),
    "softplus": softplus,
    "silu": silu,
    "gelu": gelu,
}
"""The nodes of each built-in activation, by its name."""


def activation_nodes(activation: Activation) -> Callable[[Graph, str], str]:
    """Return what adds the nodes of an activation, or raise a ValueError."""
    name = activation.name
    if ACTIVATIONS.get(name) == activation and name in ACTIVATION_NODES:
        return ACTIVATION_NODES[name]
    raise ValueError(
        f"The activation {name!r} cannot be converted to ONNX, which has no "
        "Python functions: fit the model with one of "
        f"activation={sorted(ACTIVATION_NODES.keys() & ACTIVATIONS.keys())}."
    )


def add_network(g: Graph, operator: Any) -> str:
    """Add the nodes of a network, and return the name of its ``Z[L]``, (m, n[L])."""
    model = operator.raw_operator
    activate = activation_nodes(model.network_.activation)
    x = g.double(operator)
    # NaN for a row that holds NaN or infinity, else 0.
    refused = g("MatMul", g("Mul", x, 0.0), np.ones((model.n_features_in_, 1)))
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


def check_output(loss: RegressionLoss) -> None:
    """Raise a ValueError for a loss with an output activation of its own."""
    if type(loss).output not in (RegressionLoss.output, Poisson.output):
        raise ValueError(
            f"The loss {loss!r} has an output activation of its own, which cannot be "
            "converted to ONNX: fit the model with a loss that predicts Z or exp(Z)."
        )


def convert_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of a regressor: its predictions in units of y."""
    targets: RegressionTargets = operator.raw_operator._targets
    check_output(targets.loss)
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
    labels = classes.tolist()
    if all(isinstance(label, str) for label in labels):
        return classes.astype(object)
    if (
        all(
            isinstance(label, int | float) and float(label).is_integer()
            for label in labels
        )
        and -(2**63) <= min(labels) <= max(labels) < 2**63
    ):
        return np.array([int(label) for label in labels], np.int64)
    raise ValueError(
        f"The labels {labels} cannot be converted to ONNX, whose labels are "
        "integers or text: fit the model with such labels, or give "
        "options={'nocl': True, 'zipmap': False} for their positions in classes_."
    )


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
    model = operator.raw_operator
    check_is_fitted(model)
    (output,), targets = operator.outputs, model._targets
    assert isinstance(targets, RegressionTargets)
    set_number_type(operator, output, targets.dtype, targets.n_outputs)
