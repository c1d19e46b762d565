"""Parameters: one vector, many views."""

import copy
import pickle

import joblib
import numpy as np
import pytest

from sknn2 import Parameters
from sknn2.parameters import Workspace

SHAPES = [(3, 1), (2, 4, 1), (3, 5, 4), (4, 3, 2, 5, 2)]


def filled(units, dtype=np.float64):
    parameters = Parameters(units, dtype=dtype)
    parameters.theta[:] = np.arange(1, parameters.theta.size + 1)
    return parameters


def assert_aliased(parameters):
    """Every entry of theta is seen in one view, and writing goes both ways."""
    theta = parameters.theta
    theta[:] = 0
    for W, b in zip(parameters.W[1:], parameters.b[1:], strict=True):
        W += 1
        b += 1
    np.testing.assert_array_equal(theta, 1)
    theta[:] = np.arange(theta.size)
    seen = [a.ravel() for a in (*parameters.W[1:], *parameters.b[1:])]
    np.testing.assert_array_equal(np.sort(np.concatenate(seen)), np.arange(theta.size))


@pytest.mark.parametrize("units", SHAPES, ids=str)
def test_layout(units):
    parameters = filled(units)
    L = len(units) - 1
    assert parameters.units == units
    assert parameters.W[0] is parameters.b[0] is parameters.Wb[0] is None
    assert len(parameters.W) == len(parameters.b) == len(parameters.Wb) == L + 1
    start = 1
    for l in range(1, L + 1):
        assert parameters.W[l].shape == (units[l], units[l - 1])
        assert parameters.b[l].shape == (units[l], 1)
        # Row by row [W b], so that each row ends with its bias.
        rows = np.arange(start, start + units[l] * (units[l - 1] + 1))
        block = rows.reshape(units[l], units[l - 1] + 1)
        np.testing.assert_array_equal(parameters.Wb[l], block)
        np.testing.assert_array_equal(parameters.W[l], block[:, :-1])
        np.testing.assert_array_equal(parameters.b[l], block[:, -1:])
        assert parameters.Wb[l].flags.c_contiguous
        start += block.size
    assert parameters.theta.size == start - 1
    assert_aliased(parameters)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_repr(dtype):
    parameters = Parameters((2, 4, 1), dtype=dtype)
    assert parameters.theta.dtype == dtype
    assert parameters.copy().theta.dtype == dtype
    assert parameters.zeros_like().theta.dtype == dtype
    assert parameters.weight_mask().dtype == dtype
    expected = f"Parameters(units=(2, 4, 1), dtype={np.dtype(dtype)})"
    assert repr(parameters) == expected


def test_theta_given_is_used_as_it_is():
    theta = np.zeros(17)
    parameters = Parameters([2, 4, 1], theta)
    assert parameters.theta is theta
    assert_aliased(parameters)


def test_copy_and_zeros_like_own_their_theta():
    parameters = filled((2, 4, 1))
    before = parameters.theta.copy()
    for other in (parameters.copy(), parameters.zeros_like()):
        assert other.units == parameters.units
        assert not np.shares_memory(other.theta, parameters.theta)
        assert_aliased(other)
    np.testing.assert_array_equal(parameters.copy().theta, before)
    assert not parameters.zeros_like().theta.any()


@pytest.mark.parametrize("units", SHAPES, ids=str)
def test_weight_mask_is_the_gradient_of_the_penalty(units):
    parameters = filled(units)
    penalty = sum(np.sum(W**2) for W in parameters.W[1:]) / 2
    masked = parameters.weight_mask() * parameters.theta
    assert masked @ parameters.theta / 2 == penalty
    gradient = Parameters(units, masked)
    for l in range(1, len(units)):
        np.testing.assert_array_equal(gradient.W[l], parameters.W[l])
        assert not gradient.b[l].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "duplicate",
    [
        *(
            pytest.param(
                lambda p, k=k: pickle.loads(pickle.dumps(p, k)), id=f"pickle-{k}"
            )
            for k in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
        pytest.param(copy.copy, id="copy"),
        pytest.param(copy.deepcopy, id="deepcopy"),
    ],
)
def test_duplicates_keep_their_views_aliased(duplicate, dtype):
    parameters = filled((2, 4, 3), dtype)
    other = duplicate(parameters)
    assert other.units == parameters.units
    assert other.theta.dtype == dtype
    np.testing.assert_array_equal(other.theta, parameters.theta)
    np.testing.assert_array_equal(other.W[1], parameters.W[1])
    assert_aliased(other)


def test_duplicates_share_or_own_as_the_copy_module_says():
    parameters = filled((2, 4, 3))
    assert copy.copy(parameters).theta is parameters.theta
    for other in (copy.deepcopy(parameters), pickle.loads(pickle.dumps(parameters))):
        assert not np.shares_memory(other.theta, parameters.theta)


@pytest.mark.parametrize("mmap_mode", [None, "r", "r+", "c"])
def test_joblib_and_memory_maps(tmp_path, mmap_mode):
    parameters = filled((20, 50, 3))
    path = tmp_path / "parameters.joblib"
    joblib.dump(parameters, path)
    loaded = joblib.load(path, mmap_mode=mmap_mode)
    np.testing.assert_array_equal(loaded.theta, parameters.theta)
    assert isinstance(loaded.theta, np.memmap) == (mmap_mode is not None)
    for l in (1, 2):
        np.testing.assert_array_equal(loaded.W[l], parameters.W[l])
        assert np.shares_memory(loaded.W[l], loaded.theta)
    # What goes on training is a copy, in memory and writable.
    for other in (loaded.copy(), copy.deepcopy(loaded) if mmap_mode is None else None):
        if other is not None:
            assert type(other.theta) is np.ndarray
            assert_aliased(other)
    if mmap_mode != "r":
        assert_aliased(loaded)


def test_pickle_holds_theta_once():
    parameters = filled((100, 100, 10))
    assert len(pickle.dumps(parameters)) < parameters.theta.nbytes + 1000


def test_from_arrays_copies():
    W = [np.arange(8.0).reshape(4, 2), np.arange(4.0).reshape(1, 4)]
    b = [np.ones((4, 1)), np.full((1, 1), 7.0)]
    parameters = Parameters.from_arrays(W, b)
    assert parameters.units == (2, 4, 1)
    for l in (1, 2):
        np.testing.assert_array_equal(parameters.W[l], W[l - 1])
        np.testing.assert_array_equal(parameters.b[l], b[l - 1])
        assert not np.shares_memory(parameters.theta, W[l - 1])
    assert_aliased(parameters)


def test_from_arrays_takes_lists_and_the_common_precision():
    assert Parameters.from_arrays([[[1, 2]]], [[[3]]]).theta.tolist() == [1, 2, 3]
    for given, expected in (
        ((np.float32, np.float32), np.float32),
        ((np.float32, np.float64), np.float64),
        ((np.float16, np.float16), np.float32),
        ((np.int64, np.int64), np.float64),
    ):
        W, b = np.ones((1, 2), given[0]), np.ones((1, 1), given[1])
        assert Parameters.from_arrays([W], [b]).theta.dtype == expected


@pytest.mark.parametrize(
    ("W", "b", "message"),
    [
        (
            [(4, 2), (1, 5)],
            [(4, 1), (1, 1)],
            "W[2] has shape (1, 5), expected (n[2], n[1]) = (1, 4)",
        ),
        (
            [(4, 2), (1, 4)],
            [(4,), (1, 1)],
            "b[1] has shape (4,), expected (n[1], 1) = (4, 1)",
        ),
        (
            [(4, 2), (1, 4)],
            [(4, 1), (2, 1)],
            "b[2] has shape (2, 1), expected (n[2], 1) = (1, 1)",
        ),
        (
            [(4,), (1, 4)],
            [(4, 1), (1, 1)],
            "W[1] has shape (4,), expected two dimensions (n[1], n[0]).",
        ),
        ([(4, 2)], [], "1 arrays in W and 0 in b: give one of each per layer."),
        ([], [], "0 arrays in W and 0 in b: give one of each per layer."),
    ],
    ids=["W", "b-1d", "b", "W-1d", "no-b", "empty"],
)
def test_from_arrays_names_what_does_not_fit(W, b, message):
    with pytest.raises(ValueError) as caught:
        Parameters.from_arrays([np.ones(s) for s in W], [np.ones(s) for s in b])
    assert str(caught.value) == message


@pytest.mark.parametrize("units", [(), (3,), (3, 0), (0, 3), (3, -1, 2)], ids=str)
def test_units_are_checked(units):
    with pytest.raises(ValueError) as caught:
        Parameters(units)
    assert str(caught.value) == (
        f"units = {units}: give (n[0], ..., n[L]), at least the number of inputs and "
        "the number of outputs, each at least 1."
    )


@pytest.mark.parametrize("shape", [(16,), (18,), (17, 1), ()], ids=str)
def test_theta_is_checked(shape):
    with pytest.raises(ValueError) as caught:
        Parameters((2, 4, 1), np.zeros(shape))
    assert str(caught.value) == (
        f"theta has shape {shape}, expected (17,) for units = (2, 4, 1)."
    )


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
