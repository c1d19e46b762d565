"""The types of names hold the names that are known."""

from typing import get_args

from sklearn.metrics import get_scorer_names

from sknn2 import (
    names,
)
from sknn2.network.activations import ACTIVATIONS
from sknn2.network.initializers import INITIALIZERS
from sknn2.network.losses import LOSSES, REGRESSION_LOSSES
from sknn2.training.schedules import SCHEDULES
from sknn2.training.solvers import SOLVERS


def test_the_types_of_names_are_the_names():
    # .ci/use_of_types.py holds that a type checker refuses others.
    for name, registry in (
        (names.ActivationName, ACTIVATIONS),
        (names.SolverName, SOLVERS),
        (names.ScheduleName, SCHEDULES),
        (names.InitName, INITIALIZERS),
        (names.RegressionLossName, REGRESSION_LOSSES),
    ):
        assert set(get_args(name)) == set(registry)
    losses = {name for part in get_args(names.LossName) for name in get_args(part)}
    assert losses == set(LOSSES)
    assert set(get_args(names.ScoringName)) >= {"loss", *get_scorer_names()}
