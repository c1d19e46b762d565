"""Quantile bins of columns."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sknn2.preprocessing.bins import SortedColumns, automatic_bins

LAW = settings(max_examples=30, deadline=None, derandomize=True)
SEEDS = st.integers(0, 2**32 - 1)


@LAW
@given(SEEDS, st.integers(1, 12))
def test_quantiles_are_those_of_numpy(seed, m):
    rng = np.random.default_rng(seed)
    x, q = np.sort(rng.normal(size=m)), np.linspace(0, 1, 17)
    w = rng.integers(1, 4, m)
    for values, weights in ((x, None), (np.repeat(x, w), w)):
        expected = np.quantile(values, q, method="averaged_inverted_cdf")
        columns = SortedColumns.of(x[np.newaxis], weights)
        np.testing.assert_allclose(columns.quantiles(q)[0], expected)


@pytest.mark.parametrize(
    ("m", "bins"),
    [
        (1, 2),
        (100, 2),
        (323, 2),
        (324, 3),
        (576, 4),
        (2304, 8),
        (9216, 16),
        (10**6, 16),
    ],
)
def test_automatic_number_of_bins(m, bins):
    assert automatic_bins(m) == bins
