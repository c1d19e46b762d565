"""scikit-learn's own checks of an estimator, with no expected failure."""

import os
import re

import numpy as np
import pytest
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_estimator,
    parametrize_with_checks,
)

from sknn2 import (
    Adam,
    DeepNNClassifier,
    DeepNNRegressor,
    DivideOnStall,
    Huber,
    Pinball,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    ShallowNNRegressor,
    ShallowNNRegressorCV,
)
from sknn2.training.solvers import SOLVERS

# The defaults are checked at their full length by test_default. Other settings are
# checked in fewer epochs, which are enough for what the checks ask.
SHORT = {"max_iter": 20}
SETTINGS = {
    "tanh": {"activation": "tanh"},
    "full batch": {"batch_size": "full"},
    "no standardisation": {"standardize": False},
    "constant rate": {"schedule": "constant", "tol": None},
    "objects": {"solver": Adam(beta1=0.8), "schedule": DivideOnStall(), "tol": None},
    **{f"solver {name}": {"solver": name} for name in SOLVERS},
}

# The one check that may be skipped: it needs an environment variable that has to be
# set before SciPy is imported.
SKIPPED = (
    set() if os.environ.get("SCIPY_ARRAY_API") == "1" else {"check_array_api_input"}
)


TELLING = [name for name in SETTINGS if name.startswith(("solver", "no "))]
LOSS = {
    "absolute": {"loss": "absolute_error"},
    "huber": {"loss": Huber(delta=0.5)},
    "quantile": {"loss": Pinball(quantile=0.4)},
}
SMALL = {"hidden_layer_sizes": (20, 20)}
OTHERS = {
    **{name: ShallowNNRegressor(**SHORT, **SETTINGS[name]) for name in TELLING},
    **{name: ShallowNNRegressor(**SHORT, **LOSS[name]) for name in LOSS},
    **{f"cv {name}": ShallowNNRegressorCV(**SHORT, **LOSS[name]) for name in LOSS},
    "deep sgd": DeepNNClassifier(**SHORT, **SMALL, solver="sgd"),
    "deep lbfgs": DeepNNClassifier(**SHORT, **SMALL, solver="lbfgs"),
    # The check of the score needs more epochs of this one.
    "deep regressor sgd": DeepNNRegressor(**SMALL, solver="sgd"),
    "deep regressor lbfgs": DeepNNRegressor(**SHORT, **SMALL, solver="lbfgs"),
}


@parametrize_with_checks(
    [
        ShallowNNClassifier(),
        ShallowNNClassifierCV(),
        DeepNNClassifier(),
        ShallowNNRegressor(),
        ShallowNNRegressorCV(),
        DeepNNRegressor(),
    ]
)
def test_default(estimator, check):
    if check.func.__name__ in SKIPPED:
        return  # test_settings sees that nothing else is skipped.
    check(estimator)


@pytest.mark.filterwarnings("ignore:Training stopped after max_iter")
@pytest.mark.parametrize("settings", [{}, *SETTINGS.values()], ids=["{}", *SETTINGS])
def test_settings(settings):
    results = run_checks(ShallowNNClassifier(**SHORT, **settings))
    assert failures(results) == {}
    assert names(results, "skipped") == SKIPPED & names(results)


@pytest.mark.filterwarnings("ignore:Training stopped after max_iter")
@pytest.mark.filterwarnings("ignore:Training stopped where the cost is higher")
@pytest.mark.parametrize("estimator", OTHERS.values(), ids=OTHERS)
def test_settings_of_the_others(estimator):
    results = run_checks(estimator)
    assert failures(results) == {}
    assert names(results, "skipped") == SKIPPED & names(results)


@pytest.mark.parametrize("cls", [ShallowNNRegressor, ShallowNNRegressorCV])
def test_counts_fail_a_check_that_hands_over_negative_targets_and_nothing_else(cls):
    """scikit-learn asks for ``positive_only`` everywhere but in this check."""
    results = run_checks(cls(loss="poisson"))
    failed = failures(results)
    # Hidden activations near 0 differ by the rounding of 300 steps, 5e-9; the check of
    # weights allows 1e-9. Predictions are within what it allows.
    for name in [name for name in failed if "weight_equivalence" in name]:
        message = str(failed.pop(name))
        assert "transform" in message
        assert float(re.search(r"Max absolute difference.*: (\S+)", message)[1]) < 1e-7
    assert failed.keys() == {"check_regressor_multioutput"}
    assert "takes targets of at least 0" in str(failed["check_regressor_multioutput"])


def test_several_labels_are_among_the_checks():
    checked = names(run_checks(DeepNNClassifier(3, max_iter=20, tol=None)))
    assert {
        "check_classifiers_multilabel_representation_invariance",
        "check_classifiers_multilabel_output_format_predict",
        "check_classifiers_multilabel_output_format_predict_proba",
        "check_classifiers_multilabel_output_format_decision_function",
    } <= checked


@pytest.mark.filterwarnings("ignore:Training stopped after max_iter")
def test_small_batches_fail_weight_equivalence_and_nothing_else():
    """A row of weight 2 comes in one batch, two equal rows may come in two."""
    results = run_checks(ShallowNNClassifier(batch_size=4, max_iter=30))
    yielded = {name for name in names(results) if "weight_equivalence" in name}
    assert {name.split("_on_")[-1] for name in yielded} == {"dense_data", "sparse_data"}
    # Sets are equal, so a declaration that has become stale fails as well.
    assert failures(results).keys() == yielded, failures(results)
    assert names(results, "skipped") == SKIPPED & names(results)


@pytest.mark.parametrize(
    "estimator",
    [
        *(ShallowNNClassifier(solver=s, max_iter=5, tol=None) for s in SOLVERS),
        ShallowNNClassifierCV(max_iter=5),
        ShallowNNRegressorCV(max_iter=5),
    ],
    ids=str,
)
def test_dataframe_column_names(estimator):
    # No generator yields this check.
    pytest.importorskip("pandas")
    check_dataframe_column_names_consistency(type(estimator).__name__, estimator)


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
