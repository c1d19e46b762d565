"""Nodes that are added one by one."""

import numpy as np
import pytest
from onnx_runs import fitted, runs

import sknn2.onnx
from sknn2 import ShallowNNClassifier, ShallowNNRegressor

SHORT = {"max_iter": 2, "tol": None, "random_state": 0}


def test_inputs_side_by_side_in_the_order_of_the_fit():
    import pandas as pd
    import skl2onnx
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType

    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.random(50), "b": rng.integers(0, 9, 50)})
    model = fitted(ShallowNNRegressor(3, **SHORT), X, X["a"] * X["b"])
    sknn2.onnx.register_converters()
    types = [("b", Int64TensorType([None, 1])), ("a", FloatTensorType([None, 1]))]
    graph = skl2onnx.to_onnx(model, initial_types=types)
    columns = {"a": X[["a"]].to_numpy(np.float32), "b": X[["b"]].to_numpy()}
    for (values,) in runs(graph, columns):
        np.testing.assert_allclose(values[:, 0], model.predict(X), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_outputs_have_the_precision_of_the_model(dtype):
    X = np.random.default_rng(0).random((50, 2))
    model = fitted(ShallowNNClassifier(3, **SHORT), X.astype(dtype), X[:, 0] > 0.5)
    for given in (np.float32, np.float64, np.int64, np.bool_):
        rows = X.astype(given)
        graph = sknn2.onnx.to_onnx(model, rows[:1])
        for label, proba in runs(graph, sknn2.onnx.to_inputs(model, rows)):
            assert (label.dtype, proba.dtype) == (np.int64, dtype)
            np.testing.assert_allclose(proba, model.predict_proba(rows), rtol=1e-5)


def test_the_graph_is_no_larger_than_its_parameters():
    X = np.random.default_rng(0).random((50, 20))
    for dtype in (np.float32, np.float64):
        rows = X.astype(dtype)
        model = fitted(ShallowNNClassifier(100, **SHORT), rows, X[:, 0] > 0.5)
        size = len(sknn2.onnx.to_onnx(model, rows[:1]).SerializeToString())
        assert size < model.parameters_.theta.nbytes + 4000


def test_an_input_of_another_type():
    import skl2onnx
    from skl2onnx.common.data_types import Complex64TensorType

    X = np.random.default_rng(0).random((50, 2))
    model = fitted(sknn2.TableEncoder(), X, None)
    sknn2.onnx.register_converters()
    types = [("X", Complex64TensorType([None, 2]))]
    with pytest.raises(TypeError, match="'X' is of type Complex64"):
        skl2onnx.to_onnx(model, initial_types=types)
