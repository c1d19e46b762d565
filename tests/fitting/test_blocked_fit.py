"""What a fit on blocks decides itself; what it computes is in tests/test_dask.py."""

from functools import partial

import numpy as np
import pytest

from sknn2 import ShallowNNClassifier
from sknn2.dask_blocks import LocalBlocks
from sknn2.fitting.blocked_fit import AUTO_STEPS_OF_EPOCH, BlockedFit
from sknn2.fitting.blocked_rows import read_block
from sknn2.fitting.fit import AUTO_BATCH_SIZE


def split(X, y, w, stub, names):
    """Return blocks of lists of parts."""
    return LocalBlocks(
        [read_block(a, b, None, stub, names) for a, b in zip(X, y, strict=True)]
    )


def begun(m, **params):
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(m // 2, 2)) for _ in range(2)]
    y = [np.arange(m // 2) % 2] * 2
    model = ShallowNNClassifier(3, random_state=0, **params)
    kind = partial(BlockedFit, split=split, is_partitioned=bool)
    fit = model._new_fit(one_pass=False, kind=kind)
    fit.read(X, y, None, None)
    fit.read_validation(None, None, None)
    fit.start()
    fit.plan()
    return fit


@pytest.mark.parametrize("m", [1000, 100_000])
def test_auto_makes_few_updates_of_an_epoch(m):
    fit = begun(m)
    assert fit.batch_size == max(AUTO_BATCH_SIZE, m // AUTO_STEPS_OF_EPOCH)


def test_partitions_of_other_columns_are_refused():
    X = [np.ones((2, 2)), np.ones((2, 3))]
    model = ShallowNNClassifier()
    kind = partial(BlockedFit, split=split, is_partitioned=bool)
    fit = model._new_fit(one_pass=False, kind=kind)
    with pytest.raises(ValueError, match="Partition 1 of X and y has other columns"):
        fit.read(X, [np.arange(2)] * 2, None, None)
