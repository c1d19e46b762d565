"""One-hot targets that are made for a block of examples."""

import numpy as np
import pytest

from sknn2.training.one_hot import OneHot


@pytest.mark.parametrize("rows", [slice(2, 6), np.array([5, 0, 3, 3])])
def test_columns_are_those_of_the_whole(rows):
    codes = np.array([2, 0, 1, 1, 2, 0, 2])
    Y = OneHot(codes, 3, np.dtype(np.float32))
    whole = np.eye(3, dtype=np.float32)[codes].T
    assert (Y.shape, Y.dtype) == (whole.shape, whole.dtype)
    out = np.full((3, 4), 7, np.float32)  # of an earlier block
    np.testing.assert_array_equal(Y.read(rows, out), whole[:, rows])
