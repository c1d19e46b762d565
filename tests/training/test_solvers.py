"""The solvers by name, and the call that trains with either kind."""

import numpy as np
import pytest
import reference

from sknn2 import LBFGS, Network, Parameters
from sknn2.inputs.reader import InputReader
from sknn2.training.descent import descend
from sknn2.training.lbfgs import minimize_lbfgs
from sknn2.training.objective import Objective
from sknn2.training.optimizers import Optimizer
from sknn2.training.solvers import SOLVERS, new_memory, solve
from sknn2.training.state import State

each_solver = pytest.mark.parametrize("name", SOLVERS)


def problem(solver):
    X, Y, W, b, w = reference.draw((3, 4, 1), 24, away=0)
    parameters = Parameters.from_arrays(W, b)
    objective = Objective(Network((3, 4, 1)), InputReader(X.T), Y, w, 0.5)
    return objective, State(parameters, new_memory(solver, parameters.theta), seed=3)


def test_names_are_those_of_the_objects():
    assert all(solver.name == name for name, solver in SOLVERS.items())
    assert [name for name in SOLVERS if not isinstance(SOLVERS[name], Optimizer)] == [
        LBFGS().name
    ]


@each_solver
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_new_memory_is_zero_and_in_the_precision_of_theta(name, dtype):
    memory = new_memory(SOLVERS[name], np.ones(7, dtype))
    assert memory.shape[1:] == (7,)
    assert memory.dtype == dtype
    assert not memory.any()


@each_solver
def test_solve_is_the_training_of_its_kind(name):
    solver = SOLVERS[name]
    plan = {"max_iter": 4, "report": lambda: False}
    steps = {"rate": lambda epoch: 0.02 / (1 + epoch), "batch_size": 7, "shuffle": True}
    objective, state = problem(solver)
    outcome = solve(objective, state, solver, **steps, **plan)
    same, expected = problem(solver)
    if isinstance(solver, LBFGS):
        assert minimize_lbfgs(same, expected, solver, **plan) == outcome
    else:
        assert descend(same, expected, solver, **steps, **plan) == outcome
    assert state.losses == expected.losses
    assert len(state.losses) == 4
    np.testing.assert_array_equal(state.parameters.theta, expected.parameters.theta)
    np.testing.assert_array_equal(state.memory, expected.memory)
