"""The warnings of the package."""

import pickle
import warnings

import pytest
from sklearn.exceptions import ConvergenceWarning

from sknn2 import DivergenceWarning


def test_a_filter_for_scikit_learns_warning_takes_ours():
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        with pytest.raises(DivergenceWarning, match="exploded"):
            warnings.warn("The cost exploded.", DivergenceWarning, stacklevel=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.warn("The cost exploded.", DivergenceWarning, stacklevel=1)


def test_it_comes_back_from_another_process():
    thawed = pickle.loads(pickle.dumps(DivergenceWarning("a", 1)))
    assert (type(thawed), thawed.args) == (DivergenceWarning, ("a", 1))
