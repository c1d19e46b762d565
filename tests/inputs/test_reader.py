"""The rows of X as a network takes them."""

import numpy as np
import pytest
import scipy.sparse as sp

import sknn2
from sknn2.inputs.reader import InputReader, is_memory_map
from sknn2.inputs.standardization import Standardization


def make_table(m, n=5, classes=2, dtype=np.float64):
    rng = np.random.default_rng(0)
    X = (rng.standard_normal((m, n)) * [1e3, 1, 1e-3, 10, 1][:n] + 7).astype(dtype)
    y = np.digitize(X[:, 0] / 1e3 + X[:, 1] - 7, np.linspace(-1, 1, classes - 1))
    return X, y


@pytest.mark.parametrize("rows", [slice(3, 9), np.array([8, 1, 1, 5])])
def test_inputs_are_the_standardised_rows_and_a_one(monkeypatch, rows):
    X, _ = make_table(20)
    standardization = Standardization.of(X)
    expected = np.ones((20, 6))
    expected[:, :-1] = (X - X.mean(axis=0)) / X.std(axis=0)
    out = np.ones((len(expected[rows]), 6))
    kept = InputReader(X, standardization)
    monkeypatch.setattr(sknn2.inputs.reader, "COPY_LIMIT", 0)
    made = InputReader(X, standardization)
    np.testing.assert_allclose(kept.read(rows, out.copy()), expected[rows], rtol=1e-9)
    np.testing.assert_array_equal(made.read(rows, out), kept.read(rows, out.copy()))


@pytest.mark.parametrize("rows", [slice(3, 9), np.array([8, 1, 1, 5])])
def test_sparse_rows_are_the_dense_ones(monkeypatch, rows):
    monkeypatch.setattr(sknn2.inputs.reader, "FILLED", 1.0)  # or it is written out
    X, _ = make_table(20)
    X[np.random.RandomState(0).uniform(size=X.shape) < 0.8] = 0
    standardization = Standardization.of(X)
    reader = InputReader(sp.csr_array(X), standardization)
    assert reader.is_sparse
    found = reader.read(rows, reader.new_buffer(len(X[rows])))
    dense = InputReader(X, standardization)
    assert not dense.is_sparse
    expected = dense.read(rows, dense.new_buffer(len(X[rows])))
    weights = np.random.RandomState(1).randn(4, 6)
    np.testing.assert_allclose(np.dot(weights, found.T), weights @ expected.T)


def test_memory_maps_are_seen_through_their_views(tmp_path):
    np.save(tmp_path / "X.npy", np.ones((6, 2)))
    on_disk = np.load(tmp_path / "X.npy", mmap_mode="r")
    for array in (on_disk, on_disk[1:], np.asarray(on_disk).T):
        assert is_memory_map(array)
    assert not is_memory_map(np.ones(3))
    assert not is_memory_map("X.npy")
