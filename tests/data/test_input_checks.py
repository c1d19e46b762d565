"""Checks of X and of the weights, and how they name a column."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator

from sknn2.data.input_checks import (
    check_finite,
    check_rows,
    check_weights,
    is_plain,
    largest_in_columns,
    name_column,
    scaled_up,
)


class Estimator(BaseEstimator):
    """What scikit-learn's validation writes n_features_in_ to."""


def fitted(X):
    estimator = Estimator()
    check_rows(estimator, X, reset=True)
    return estimator


X = np.array([[1.0, -5.0, 0.0], [0.0, 4.0, 0.0]])
FORMS = {"dense": np.asarray, "csr": sp.csr_array, "coo": sp.coo_array}
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


@each_form
@pytest.mark.parametrize("dtype", [np.float32, np.float64, int, bool])
def test_the_precision_and_the_format(form, dtype):
    found = check_rows(Estimator(), form(X.astype(dtype)), reset=True)
    assert found.dtype == (np.float32 if dtype == np.float32 else np.float64)
    assert isinstance(found, np.ndarray) or found.format == "csr"
    dense = found.toarray() if sp.issparse(found) else found
    np.testing.assert_array_equal(dense, X.astype(dtype))


def test_duplicates_are_added_up_in_a_copy():
    given = sp.csr_array((np.ones(3), [0, 0, 2], [0, 2, 3]), shape=(2, 3))
    found = check_rows(Estimator(), given, reset=True)
    assert found.toarray().tolist() == [[2, 0, 0], [0, 0, 1]]
    assert given.nnz == 3


@each_form
@pytest.mark.parametrize(
    ("bad", "kind"), [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")]
)
def test_what_is_not_finite_is_named(form, bad, kind):
    rows = X.copy()
    rows[1, 1] = bad
    message = f"Column 1 of X_val holds {kind} in 1 of 2 rows, which Estimator"
    with pytest.raises(ValueError, match=message):
        check_rows(fitted(X), form(rows), reset=False, name="X_val")
    if kind == "NaN":
        check_rows(fitted(X), form(rows), reset=False, allow_nan=True)


def test_a_sum_that_overflows_is_no_infinity():
    for rows in (np.full((3, 2), 1e308), sp.csr_array(np.full((3, 2), 1e308))):
        check_finite(Estimator(), rows, "X")


def test_only_plain_arrays_take_the_short_way():
    estimator = fitted(X)
    assert is_plain(estimator, X, "no_validation")
    for other in (X.tolist(), X[:, :2], X[:0], X.astype(int), X[0], sp.csr_array(X)):
        assert not is_plain(estimator, other, "no_validation")
    assert not is_plain(estimator, X, np.ones(2))
    estimator.feature_names_in_ = np.array(["a", "b", "c"], object)
    assert not is_plain(estimator, X, "no_validation")


def test_columns_have_names_where_the_fit_had():
    estimator = Estimator()
    assert name_column(estimator, 3) == "Column 3"
    estimator.feature_names_in_ = np.array(["a", "b"], object)
    assert name_column(estimator, 1) == "Column 1 ('b')"


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_the_largest_value_of_each_column(form):
    assert largest_in_columns(form(X)).tolist() == [1, 5, 0]


def test_weights():
    assert check_weights(None, 3) is None
    assert check_weights(2, 3).tolist() == [2, 2, 2]
    given = np.array([1, 0, 2])
    found = check_weights(given, 3)
    assert found.dtype == np.float64
    assert not np.shares_memory(found, given)
    for bad, message in (
        ([1, 2], r"w\.shape == \(2,\), expected \(3,\)"),
        ([[1], [2], [3]], r"w\.shape == \(3, 1\)"),
        ([1, -1, 2], "w holds negative weights, down to -1"),
        ([0, 0, 0], "All weights in w are zero"),
    ):
        with pytest.raises(ValueError, match=message):
            check_weights(bad, 3, "w")


def test_a_power_of_two_stays_a_positive_number():
    assert scaled_up(0.75, 3) == 6
    assert scaled_up(0.75, 5000) == np.finfo(float).max
    assert scaled_up(0.75, -5000) == np.finfo(float).smallest_subnormal
