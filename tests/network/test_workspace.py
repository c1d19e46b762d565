"""The arrays that a pass fills."""

import numpy as np
import pytest

from sknn2.network.workspace import Workspace

SHAPES = [(3, 1), (2, 4, 1), (5, 3, 2, 4), (1, 1, 1)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("units", SHAPES, ids=str)
def test_workspace(units, dtype):
    workspace = Workspace(units, 6, dtype)
    for l in range(1, len(units) - 1):
        shape = (units[l], 6)
        assert workspace.A[l].shape == workspace.dA[l].shape == shape
        assert workspace.scratch[l].shape == shape
        assert workspace.A[l].flags.c_contiguous
        assert workspace.scratch[l].flags.c_contiguous
        workspace.A[l][:] = 5
        assert workspace.A_ones[l].shape == (units[l] + 1, 6)
        np.testing.assert_array_equal(workspace.A_ones[l][-1], 1)
        np.testing.assert_array_equal(workspace.A_ones[l][:-1], 5)
        assert np.shares_memory(workspace.dA[l], workspace.dA_ones[l])
    for a in (workspace.Z, workspace.dZ, workspace.output_scratch):
        assert a.shape == (units[-1], 6)
        assert a.dtype == dtype


@pytest.mark.parametrize("keep_Z", [False, True])
def test_there_is_one_more_array_a_layer_only_where_Z_is_kept(keep_Z):
    first, *hidden = Workspace((2, 4, 3, 1), 6, np.float32, keep_Z=keep_Z).hidden_Z
    shapes = [None if Z is None else Z.shape for Z in hidden]
    assert first is None
    assert shapes == ([(4, 6), (3, 6)] if keep_Z else [None, None])
