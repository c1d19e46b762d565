"""The sums of one block, and how rows are cut into blocks."""

import numpy as np
import pytest
import reference

import sknn2
from sknn2 import Network, Parameters
from sknn2.inputs.reader import InputReader
from sknn2.training.workers import BlockWorker, cut


@pytest.mark.parametrize("m", [6, 7, 48 * 5, 48 * 5 + 1, 1003])
def test_strands_are_neighbouring_rows_dealt_out_evenly(m):
    order = np.random.RandomState(0).permutation(m)
    for rows, values in ((order, order), (slice(3, 3 + m), np.arange(3, 3 + m))):
        strands = cut(rows, m, 5)
        assert len(strands) == min(sknn2.training.workers.STRANDS, -(-m // 5))
        lengths = [len(strand) for strand in strands]
        assert max(lengths) - min(lengths) <= 1
        blocks = [block for strand in strands for block in strand]
        if isinstance(rows, slice):
            blocks = [np.arange(block.start, block.stop) for block in blocks]
        assert [block.size for block in blocks[:-1]] == [5] * (len(blocks) - 1)
        np.testing.assert_array_equal(np.concatenate(blocks), values)


@pytest.mark.parametrize("weighted", [False, True], ids=["ones", "weights"])
@pytest.mark.parametrize("rows", [slice(4, 15), np.array([5, 5, 0, 23])], ids=type)
def test_the_sums_of_a_block_are_those_of_the_network(rows, weighted):
    X, Y, W, b, w = reference.draw((3, 4, 2), 24, away=0)
    network = Network((3, 4, 2), loss="squared_error")
    parameters = Parameters.from_arrays(W, b)
    worker = BlockWorker(network, InputReader(X.T), Y, w if weighted else None)
    w = w if weighted else np.ones(24)
    S = w[rows].sum()
    J, mean = network.cost_and_gradient(X[:, rows], Y[:, rows], parameters, w[rows])
    gradient = parameters.zeros_like()
    gradient.theta[:] = np.nan
    for _ in range(2):  # in the arrays of the first time
        cost = worker.cost_and_gradient_sums(rows, parameters, gradient)
        assert cost == pytest.approx(S * J, rel=1e-13)
        np.testing.assert_allclose(gradient.theta, S * mean.theta, rtol=1e-11)
    assert worker.cost(rows, parameters) == pytest.approx(S * J, rel=1e-13)


def test_a_strand_is_the_sum_of_its_blocks():
    X, Y, W, b, w = reference.draw((3, 4, 1), 24, away=0)
    parameters = Parameters.from_arrays(W, b)
    worker = BlockWorker(Network((3, 4, 1)), InputReader(X.T), Y, w)
    whole, total = parameters.zeros_like(), parameters.zeros_like()
    cost = worker.cost_and_gradient_sums(slice(0, 24), parameters, whole)
    strand = [slice(0, 7), slice(7, 14), slice(14, 24)]
    total.theta[:] = np.nan
    assert worker.strand_sums(strand, parameters, total) == pytest.approx(cost)
    np.testing.assert_allclose(total.theta, whole.theta, rtol=1e-11, atol=1e-14)
