"""The space of the rows of a wide table: the products of rows and layers stay."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from sknn2.inputs import row_space
from sknn2.inputs.row_space import RowSpace, is_wide
from sknn2.inputs.standardization import Standardization

M, N, K = 12, 40, 7
KINDS = ["dense", "sparse", "float32", "repeated"]


def table(kind):
    """Return wide rows, their standardisation, and what it makes of them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(M, N)) * rng.choice([0.01, 1, 100], N) + rng.normal(size=N)
    if kind == "float32":
        X = X.astype(np.float32)
    if kind == "repeated":
        X[6:] = X[:6]
    if kind == "sparse":
        X[rng.random(X.shape) < 0.7] = 0
        X[:, 3] += 50.0  # far from zero
    standardization = Standardization.of(X)
    dense = np.empty(X.shape)
    standardization.transform(X, dense)
    return csr_array(X) if kind == "sparse" else X, standardization, dense


def space_of(kind, monkeypatch, bytes_kept):
    monkeypatch.setattr(row_space, "COPY_LIMIT", bytes_kept)
    monkeypatch.setattr("sknn2.inputs.reader.COPY_LIMIT", bytes_kept)
    X, standardization, dense = table(kind)
    return RowSpace(X, standardization), dense


in_blocks = pytest.mark.parametrize("bytes_kept", [5 * 8 * (N + 1), 2**20])


@in_blocks
@pytest.mark.parametrize("kind", KINDS)
def test_products_of_rows_and_of_layers_are_the_same(kind, bytes_kept, monkeypatch):
    space, X = space_of(kind, monkeypatch, bytes_kept)
    # Centring takes one direction, repeated rows half of them.
    assert space.R.shape == (M, 5 if kind == "repeated" else M - 1)
    np.testing.assert_allclose(space.R @ space.R.T, X @ X.T, rtol=1e-12, atol=1e-11)
    V = np.random.default_rng(1).normal(size=(K, space.R.shape[1] + 1))
    W = space.expand(V)
    assert W.shape == (K, N + 1)
    np.testing.assert_allclose(
        W[:, :-1] @ X.T, V[:, :-1] @ space.R.T, rtol=1e-10, atol=1e-10
    )
    np.testing.assert_array_equal(W[:, -1], V[:, -1])
    np.testing.assert_allclose(
        W[:, :-1] @ W[:, :-1].T, V[:, :-1] @ V[:, :-1].T, rtol=1e-10, atol=1e-10
    )
    np.testing.assert_allclose(space.shrink(W), V, rtol=1e-9, atol=1e-9)


@in_blocks
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_loses_only_what_no_row_sees(kind, bytes_kept, monkeypatch):
    space, X = space_of(kind, monkeypatch, bytes_kept)
    W = np.random.default_rng(1).normal(size=(K, N + 1))
    inside = space.expand(space.shrink(W))
    np.testing.assert_allclose(X @ (W - inside)[:, :-1].T, 0, atol=1e-10)
    np.testing.assert_array_equal(inside[:, -1], W[:, -1])
    lost = (W - inside)[:, :-1]
    np.testing.assert_allclose(lost @ inside[:, :-1].T, 0, atol=1e-10)


def test_rows_that_are_all_equal_keep_one_column_of_zeros():
    X = np.ones((3, 9))
    space = RowSpace(X, Standardization.of(X))
    assert space.R.shape == (3, 1)
    assert not space.R.any()
    assert not space.expand(np.ones((2, 2)))[:, :-1].any()


def test_rows_whose_products_overflow():
    with (
        np.errstate(over="ignore", invalid="ignore"),
        pytest.raises(FloatingPointError, match="not finite"),
    ):
        RowSpace(np.full((3, 9), 1e200), None)


def test_which_tables_are_wide():
    assert is_wide(np.zeros((20, 40)))
    assert not is_wide(np.zeros((20, 39)))
    assert not is_wide(csr_array((2000, 10_000)))  # short steps as it is
    assert is_wide(csr_array((500, 10_000)))
