"""What runs a graph: onnxruntime, and the reference of ONNX in NumPy."""

import warnings

import numpy as np
import pytest

pytest.importorskip("skl2onnx", reason="the extra onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import onnxruntime
from onnx.checker import check_model
from onnx.reference import ReferenceEvaluator

import sknn2.onnx


def runs(graph, inputs):
    """Return the outputs of a graph by onnxruntime, and by the reference."""
    check_model(graph, full_check=True)
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    with np.errstate(all="ignore"):
        return session.run(None, inputs), ReferenceEvaluator(graph).run(None, inputs)


def fitted(model, X, y):
    """Return the model after a fit that is short on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y)


def check(model, X, *, log=False, **settings):
    """Hold the graph of a model against the model, on rows of X.

    Probabilities and features to 1e-6 where the model computes in float32, else
    1e-12; numbers to so much of themselves, or of what most rows have; those that
    the network sees by their ``log``, to so much of that.
    """
    graph = sknn2.onnx.to_onnx(model, X[:1], **settings)
    for *label, values in runs(graph, sknn2.onnx.to_inputs(model, X)):
        scale = 1.0
        if label:
            np.testing.assert_array_equal(label[0], model.predict(X))
            expected = model.predict_proba(X)
        elif hasattr(model, "predict"):
            expected = model.predict(X).reshape(values.shape)
            if log:
                values, expected = np.log(values), np.log(expected)
            scale = 1 + np.abs(expected) + np.median(np.abs(expected), axis=0)
        else:
            expected = np.asarray(model.transform(X))
        assert values.dtype == expected.dtype
        assert np.isfinite(values).all()
        net = model[-1] if hasattr(model, "steps") else model
        dtype = net.parameters_.theta.dtype if hasattr(net, "predict") else np.float32
        tol = 1e-6 if dtype == np.float32 else 1e-12
        assert (np.abs(values - expected) / scale).max() <= tol
    return graph
