"""Blocks of rows: their size, and the output of a network for all rows."""

import numpy as np
import pytest
import scipy.sparse as sp

import sknn2
from sknn2 import Network, Parameters, initialize
from sknn2.inputs.blocks import block_length, block_size, forward_rows, shrunk
from sknn2.inputs.standardization import Standardization


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [1, 20, 64, 100, 256, 784, 100_000])
def test_a_block_of_a_wide_network_has_fewer_rows(dtype, width):
    block = block_size((2, width, 1), np.dtype(dtype))
    assert block == block_size((width, 2, 1), np.dtype(dtype))
    assert 256 <= block <= sknn2.inputs.blocks.BLOCK
    assert block % 64 == 0
    room = sknn2.inputs.blocks.CACHE / (width * np.dtype(dtype).itemsize)
    assert block <= room or block == 256
    assert block + 64 > room or block == sknn2.inputs.blocks.BLOCK


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
def test_the_output_of_all_rows_is_that_of_the_network(monkeypatch, form):
    rng = np.random.RandomState(0)
    X = rng.randn(100, 3) * [1, 10, 100] + 5
    network = Network((3, 4, 2), "tanh", "squared_error")
    parameters = initialize(network.units, rng=0)
    standardization = Standardization.of(X)
    monkeypatch.setattr("sknn2.inputs.blocks.block_size", lambda *_: 7)
    Z = forward_rows(network, parameters, standardization, form(X))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    np.testing.assert_allclose(Z, network.forward(X.T, parameters)[0], rtol=1e-9)


def test_a_row_whose_products_overflow_keeps_the_order_of_its_outputs():
    # 1e200 times 1e200 is beyond float64: the outputs are limits, of the right sign.
    network = Network((1, 3), loss="categorical_cross_entropy")
    W = np.array([[1e200], [-1e200], [1.0]])
    parameters = Parameters.from_arrays([W], [np.zeros((3, 1))])
    X = np.array([[1e200], [-1e200], [1e-200]])
    Z = forward_rows(network, parameters, None, X)
    assert np.isfinite(Z).all()
    assert Z[:, 0].argmax() == 0
    assert Z[:, 1].argmax() == 1
    np.testing.assert_allclose(Z[:, 2], [1, -1, 1e-200])


def test_rows_are_shrunk_as_a_whole():
    X = np.array([[1e300, -5e299], [1.0, 2.0]])
    found = shrunk(X, None, 1e10)
    np.testing.assert_allclose(found, [[1e10, -5e9], [1, 2]], rtol=1e-12)


def test_the_length_of_a_block():
    assert block_length(slice(3, 9)) == block_length(np.arange(6)) == 6
