"""What is printed and kept after each epoch."""

import re

import numpy as np
import pytest

from sknn2 import (
    ShallowNNClassifier,
)
from sknn2.training.solvers import SOLVERS


def table(n_classes=2, m=90, n=4, seed=0):
    """Return noisy rows and class indices, every class among them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, n))
    scores = X @ rng.normal(size=(n, n_classes)) + rng.normal(size=(m, n_classes))
    scores[np.arange(n_classes), np.arange(n_classes)] += 100
    return X, scores.argmax(axis=1)


def classifier(**settings):
    """Return a small and fast one that never warns."""
    return ShallowNNClassifier(
        **{"hidden_units": 5, "max_iter": 8, "tol": None, "random_state": 0, **settings}
    )


LINE = r"epoch +(\d+)/(\d+)  cost (\d+\.\d{5})  .*\d+\.\d s"


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(("verbose", "every"), [(True, 1), (1, 1), (3, 3), (5, 5)])
def test_verbose_prints_a_line_every_so_many_epochs(capsys, verbose, every, solver):
    X, y = table()
    model = classifier(solver=solver, verbose=verbose, max_iter=8).fit(X, y)
    matches = [
        re.fullmatch(LINE, line) for line in capsys.readouterr().out.splitlines()
    ]
    assert all(matches)
    epochs = [int(match[1]) for match in matches]
    # The last epoch is always told.
    assert epochs == [k for k in range(1, 9) if k % every == 0 or k == 8]
    for match in matches:
        assert match[2] == "8"
        assert match[3] == f"{model.loss_curve_[int(match[1]) - 1]:.5f}"
        assert ("rate " in match[0]) == (solver != "lbfgs")


def test_verbose_tells_of_the_validation_set_and_of_an_early_end(capsys):
    X, y = table()
    model = classifier(
        verbose=1000,
        max_iter=500,
        tol=1e-2,
        n_iter_no_change=3,
        early_stopping=True,
        scoring="accuracy",
    ).fit(X, y)
    (line,) = capsys.readouterr().out.splitlines()
    assert model.n_iter_ < 500
    assert f"epoch {model.n_iter_:>3}/500" in line
    assert f"validation loss {model.validation_loss_curve_[-1]:.5f}" in line
    assert f"score {model.validation_scores_[-1]:.4f}" in line


@pytest.mark.parametrize("verbose", [False, 0])
def test_silent_by_default(capsys, verbose):
    X, y = table()
    classifier().fit(X, y)
    classifier(verbose=verbose).fit(X, y)
    assert capsys.readouterr() == ("", "")
