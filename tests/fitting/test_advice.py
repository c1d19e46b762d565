"""The sentences of the warnings at the end of a training."""

import pytest

from sknn2.fitting.advice import convergence_message, divergence_message
from sknn2.training.stopping import Patience


def test_message_where_the_cost_was_still_falling():
    losses = [9.0, 8.0, 0.5, 0.41, 0.4, 0.3]
    message = convergence_message(losses, 6, Patience(1e-4, 3))
    assert message == (
        "Training stopped after max_iter=6 epochs while the cost was still falling, "
        "from 0.5 to 0.3 over the last 3. Raise max_iter, or learning_rate if the "
        "curve falls smoothly. tol=None trains for exactly max_iter epochs "
        "without this warning; a larger tol counts this as converged."
    )


def test_message_where_the_cost_went_up_and_down():
    losses = [9.0, 0.5, 0.25, 0.75, 0.6]
    message = convergence_message(losses, 5, Patience(1e-4, 3))
    assert message == (
        "Training stopped after max_iter=5 epochs while the cost was going up and "
        "down, between 0.25 and 0.75 over the last 3. Lower learning_rate, or use "
        "larger batches or a decreasing schedule. tol=None trains for exactly "
        "max_iter epochs without this warning; a larger tol counts this as converged."
    )


def test_a_solver_without_a_rate_is_not_told_to_lower_it():
    losses = [9.0, 0.5, 0.25, 0.75, 0.6]
    message = convergence_message(losses, 5, Patience(1e-4, 3), has_rate=False)
    assert "learning_rate" not in message
    assert "the last 3. Raise max_iter, or n_iter_no_change. tol=None" in message


def test_message_on_a_validation_score():
    for losses in ([-0.5, -0.6, -0.7], [-0.5, -0.6, -0.4]):
        message = convergence_message(
            losses, 3, Patience(0, 5), "minus the validation score"
        )
        assert "minus the validation score was" in message
        assert "the cost" not in message


def test_message_after_one_epoch():
    message = convergence_message([1.0], 1, Patience(1e-4, 10))
    assert message.startswith(
        "Training stopped after max_iter=1 epochs too early to see whether it "
        "converges: raise max_iter."
    )
    assert "tol=None" in message


@pytest.mark.parametrize("rate", [None, 0.5], ids=["no-rate", "rate"])
@pytest.mark.parametrize("column", [None, "Column 3 of X is large."])
def test_message_of_divergence(rate, column):
    message = divergence_message(rate, column)
    assert message.startswith("The cost exploded or was not finite: training was ")
    assert "the last weights with a good cost are kept." in message
    advice = "learning_rate=0.5 is too high here: try 0.05."
    assert (advice in message) == (rate is not None)
    assert ("learning_rate" in message) == (rate is not None)
    assert message.endswith("Column 3 of X is large.") == (column is not None)
    assert "None" not in message
