"""Every name that an argument takes stands in the types and in the docstrings."""

import re
from pathlib import Path
from typing import get_args

import pytest
from sklearn.metrics import get_scorer_names

import sknn2
from sknn2 import names
from sknn2.network.activations import ACTIVATIONS
from sknn2.network.initializers import INITIALIZERS
from sknn2.network.losses import LOSSES, REGRESSION_LOSSES
from sknn2.training.optimizers import Optimizer
from sknn2.training.schedules import SCHEDULES
from sknn2.training.solvers import SOLVERS

PACKAGE = Path(sknn2.__file__).parent
FIRST_ORDER = [name for name, s in SOLVERS.items() if isinstance(s, Optimizer)]
# Argument -> the names it may take; the docstring of one may list any of these sets.
LISTS = {
    "activation": (ACTIVATIONS,),
    "loss": (LOSSES, REGRESSION_LOSSES),
    "solver": (SOLVERS,),
    "optimizer": (FIRST_ORDER, SOLVERS),
    "schedule": (SCHEDULES,),
    "init": (INITIALIZERS,),
}


@pytest.mark.parametrize(
    ("literal", "registry"),
    [
        ("ActivationName", ACTIVATIONS),
        ("SolverName", SOLVERS),
        ("ScheduleName", SCHEDULES),
        ("InitName", INITIALIZERS),
        ("RegressionLossName", REGRESSION_LOSSES),
    ],
)
def test_the_types_of_names_are_the_names(literal, registry):
    # .ci/use_of_types.py holds that a type checker refuses others.
    listed = set(get_args(getattr(names, literal)))
    assert listed == set(registry), f"see {literal} in sknn2/names.py"


def test_the_types_of_losses_and_scores_are_the_names():
    losses = {name for part in get_args(names.LossName) for name in get_args(part)}
    assert losses == set(LOSSES)
    assert set(get_args(names.ScoringName)) >= {"loss", *get_scorer_names()}


@pytest.mark.parametrize("argument", LISTS)
def test_docstrings_list_the_names(argument):
    found, wrong = 0, []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text("utf-8")
        for match in re.finditer(rf"^ +{argument} : \{{(.*?)\}}", text, re.M | re.S):
            found += 1
            listed = set(re.findall(r'"(\w+)"', match[1])) - {"auto"}
            # The nearest of the sets is what the list is meant to be.
            differences = [listed ^ set(registry) for registry in LISTS[argument]]
            if nearest := min(differences, key=len):
                line = text.count("\n", 0, match.start()) + 1
                place = path.relative_to(PACKAGE.parent)
                wrong.append(f"{place}:{line} differs in {sorted(nearest)}")
    assert found
    assert not wrong, "\n".join(wrong)


def test_the_classes_of_names_are_exported():
    objects = [*SOLVERS.values(), *REGRESSION_LOSSES.values(), *SCHEDULES.values()]
    classes = {type(value).__name__ for value in objects}
    assert classes <= set(sknn2.__all__), "see sknn2/__init__.py"
