"""scikit-learn's own checks of an estimator, with no expected failure."""

import os

import numpy as np
import pytest
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_estimator,
    parametrize_with_checks,
)

from sknn2 import Adam, DivideOnStall, ShallowNNClassifier
from sknn2.optimizers import OPTIMIZERS

SETTINGS = {
    "tanh": {"activation": "tanh"},
    "full batch": {"batch_size": "full"},
    "no standardisation": {"standardize": False},
    "constant rate": {"schedule": "constant", "tol": None},
    "objects": {"solver": Adam(beta1=0.8), "schedule": DivideOnStall(), "tol": None},
    **{f"solver {name}": {"solver": name} for name in OPTIMIZERS},
}

# The one check that may be skipped: it needs an environment variable that has to be
# set before SciPy is imported.
SKIPPED = (
    set() if os.environ.get("SCIPY_ARRAY_API") == "1" else {"check_array_api_input"}
)


@parametrize_with_checks([ShallowNNClassifier()])
def test_default(estimator, check):
    if check.func.__name__ in SKIPPED:
        return  # test_settings sees that nothing else is skipped.
    check(estimator)


@pytest.mark.filterwarnings("ignore:Training stopped after max_iter")
@pytest.mark.parametrize("settings", [{}, *SETTINGS.values()], ids=["{}", *SETTINGS])
def test_settings(settings):
    results = run_checks(ShallowNNClassifier(**settings))
    assert failures(results) == {}
    assert names(results, "skipped") == SKIPPED & names(results)


@pytest.mark.filterwarnings("ignore:Training stopped after max_iter")
def test_small_batches_fail_weight_equivalence_and_nothing_else():
    """A row of weight 2 comes in one batch, two equal rows may come in two."""
    results = run_checks(ShallowNNClassifier(batch_size=4, max_iter=30))
    yielded = {name for name in names(results) if "weight_equivalence" in name}
    assert {name.split("_on_")[-1] for name in yielded} == {"dense_data", "sparse_data"}
    # Sets are equal, so a declaration that has become stale fails as well.
    assert failures(results).keys() == yielded, failures(results)
    assert names(results, "skipped") == SKIPPED & names(results)


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_dataframe_column_names(solver):
    # No generator yields this check.
    pytest.importorskip("pandas")
    check_dataframe_column_names_consistency(
        "ShallowNNClassifier", ShallowNNClassifier(solver=solver, max_iter=5, tol=None)
    )


def test_a_faulty_estimator_is_caught():
    class Forgetful(ShallowNNClassifier):
        def predict(self, X):
            self.last_X_ = X
            return super().predict(np.asarray(X) + np.random.rand())

    assert "check_dict_unchanged" in failures(run_checks(Forgetful(max_iter=5)))


def run_checks(estimator):
    """Return a dict of check_name, status and exception for each check."""
    return check_estimator(estimator, on_skip=None, on_fail=None)


def names(results, status=None):
    """Return the names of the checks that ended so, or of all."""
    return {r["check_name"] for r in results if status in (None, r["status"])}


def failures(results):
    """Return the exception of each check that failed."""
    return {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
