"""Several labels of each row as targets."""

import numpy as np
import pytest
from sklearn.datasets import make_multilabel_classification

from sknn2 import ShallowNNClassifier

M = 150
X, Y = make_multilabel_classification(M, 6, n_classes=4, random_state=0)
X = (X - X.mean(axis=0)) / X.std(axis=0)


def classifier(hidden_units=5, **settings):
    """Return a small one that runs exactly its epochs."""
    defaults = {"max_iter": 20, "tol": None, "random_state": 0}
    return ShallowNNClassifier(hidden_units, **(defaults | settings))


def test_a_label_that_no_row_or_every_row_has():
    constant = Y.copy()
    constant[:, 1], constant[:, 2] = 0, 1
    P = classifier(max_iter=200).fit(X, constant).predict_proba(X)
    assert P[:, 1].mean() < 0.1
    assert P[:, 2].mean() > 0.9


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.where(Y == 1, 2, 0), "y has 4 columns and holds 2: several labels"),
        (np.where(Y == 1, "yes", "no"), "holds 'no': several labels"),
        (Y + 0.5, "holds 0.5|holds 1.5"),
        (np.where(Y == 1, np.nan, 0), "NaN"),
        (np.zeros((M, 2, 2)), "dim 3"),
        (Y[:-1], "inconsistent"),
    ],
    ids=["classes", "text", "fractions", "nan", "three dimensions", "fewer"],
)
def test_other_matrices_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        classifier().fit(X, bad)
