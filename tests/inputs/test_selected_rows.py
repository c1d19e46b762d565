"""Rows of a large table that are read where they are."""

import numpy as np
import pytest
import scipy.sparse as sp

from sknn2.inputs import selected_rows
from sknn2.inputs.reader import InputReader, is_memory_map
from sknn2.inputs.selected_rows import SelectedRows, select

X = np.arange(60.0).reshape(20, 3)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kept", [np.arange(20) != 4, np.arange(2, 20, 2)])
def test_parts_are_those_of_the_copy(monkeypatch, kept, order):
    monkeypatch.setattr(selected_rows, "COPY_LIMIT", 0)
    rows, copy = select(np.asarray(X, order=order), kept), X[kept]
    assert isinstance(rows, SelectedRows)
    assert (rows.shape, rows.dtype, len(rows)) == (copy.shape, copy.dtype, len(copy))
    odd = np.arange(len(copy)) % 2 == 1
    for part in (slice(0, 3), slice(5, 8), slice(8, 8), np.array([7, 0, 0]), odd):
        np.testing.assert_array_equal(rows[part], copy[part])
    np.testing.assert_array_equal(np.asarray(rows), copy)
    np.testing.assert_array_equal(np.asarray(select(rows, odd)), copy[odd])


def test_small_tables_and_small_parts_are_copied(monkeypatch):
    assert isinstance(select(X, np.arange(20) != 4), np.ndarray)
    monkeypatch.setattr(selected_rows, "COPY_LIMIT", 0)
    assert isinstance(select(X, np.array([3, 5])), np.ndarray)
    assert isinstance(select(sp.csr_array(X), np.arange(20) != 4), sp.csr_array)


def test_a_memory_map_stays_one(monkeypatch, tmp_path):
    monkeypatch.setattr(selected_rows, "COPY_LIMIT", 0)
    np.save(tmp_path / "X.npy", X)
    on_disk = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert is_memory_map(select(on_disk, np.arange(20) != 4))


def test_an_x_stored_by_columns_is_copied_before_its_rows_are_gathered(monkeypatch):
    monkeypatch.setattr("sknn2.inputs.reader.COPY_LIMIT", 0)
    by_columns = InputReader(np.asfortranarray(X))
    by_columns.gather()
    assert by_columns.X.flags.c_contiguous
    by_rows = InputReader(X)
    by_rows.gather()
    assert by_rows.X is X
    rows = np.array([8, 1, 5])
    found, expected = (
        reader.read(rows, reader.new_buffer(3)) for reader in (by_columns, by_rows)
    )
    np.testing.assert_array_equal(found, expected)
