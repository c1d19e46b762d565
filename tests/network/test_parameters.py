"""Parameters: one vector, many views."""

import copy
import pickle

import joblib
import numpy as np
import pytest

from sknn2 import Network, Parameters, initialize
from sknn2.network.ensemble import Ensemble

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


# ------------------------------------------------------------- layers can be assigned

LAYOUTS = {
    "network": lambda: initialize((3, 4, 2), rng=0),
    "members": lambda: Ensemble(Network((3, 4, 2)), 5).initialize(
        "xavier", np.random.default_rng(0)
    ),
}
each_layout = pytest.mark.parametrize("layout", LAYOUTS)


@each_layout
@pytest.mark.parametrize("symbol", ["W", "b"])
@pytest.mark.parametrize("l", [1, 2, -1])
def test_assigning_a_layer_writes_into_theta(layout, symbol, l):
    p, q = LAYOUTS[layout](), LAYOUTS[layout]()
    theta, views = p.theta, getattr(p, symbol)
    A = np.arange(views[l].size, dtype=float).reshape(views[l].shape)
    views[l] = A
    getattr(q, symbol)[l][...] = A
    assert p.theta is theta
    assert np.array_equal(p.theta, q.theta)
    assert np.array_equal(views[l], A)
    views[l] -= 0.5 * A
    getattr(q, symbol)[l][...] -= 0.5 * A
    assert np.array_equal(p.theta, q.theta)
    views[l] = A.tolist()
    assert np.array_equal(views[l], A)
    for bad in (A[:-1], A.T[None], 1.0, [1], A[0]):
        before = p.theta.copy()
        with pytest.raises(
            ValueError, match=rf"^{symbol}\[[12]\] is given .* expected"
        ):
            views[l] = bad
        assert np.array_equal(p.theta, before)
    with pytest.raises(TypeError, match="real numbers"):
        views[l] = 1j * A


@each_layout
def test_layers_read_as_a_tuple(layout):
    p = LAYOUTS[layout]()
    for layers in (p.W, p.b):
        assert layers[0] is None
        assert isinstance(layers, tuple)
        assert len(layers) == 3
        assert len(layers[1:]) == 2
        assert all(np.shares_memory(view, p.theta) for view in layers[1:])
        with pytest.raises(ValueError, match=r"\[0\] is None"):
            layers[0] = np.ones((3, 4))
        with pytest.raises(IndexError, match="layers are 1 to 2"):
            layers[3] = np.ones((3, 4))
        with pytest.raises(TypeError, match="one layer at a time"):
            layers[1:] = layers[1:]
        again = pickle.loads(pickle.dumps(layers))
        assert np.array_equal(again[1], layers[1])
        again[1] = 0 * layers[1]
    for q in (pickle.loads(pickle.dumps(p)), copy.deepcopy(p), p.copy()):
        q.W[1] = np.zeros(q.W[1].shape)
        assert q.theta[0] == 0 != p.theta[0]


@each_layout
def test_theta_and_its_views_stay_one_memory(layout):
    p = LAYOUTS[layout]()
    p.theta = 2 * p.theta
    assert np.shares_memory(p.W[1], p.theta)
    p.theta -= 1.0
    assert p.W[1].flat[0] == p.theta[0]
    with pytest.raises(ValueError, match="theta is given an array of shape"):
        p.theta = np.zeros(2)
    for symbol in ("W", "b"):
        with pytest.raises(AttributeError, match="layer by layer"):
            setattr(p, symbol, [None, 1, 2])
    with pytest.raises(AttributeError, match="cannot be replaced"):
        p.units = (1, 2)


def test_the_update_of_a_student_is_one_step_of_theta():
    net = Network((3, 4, 1))
    X, Y = np.random.default_rng(0).standard_normal((3, 6)), np.ones((1, 6))
    p, q = initialize(net.units, rng=0), initialize(net.units, rng=0)
    _, g = net.cost_and_gradient(X, Y, p)
    for l in (1, 2):
        p.W[l] -= 0.1 * g.W[l]
        p.b[l] = p.b[l] - 0.1 * g.b[l]
    q.theta -= 0.1 * g.theta
    assert np.array_equal(p.theta, q.theta)
