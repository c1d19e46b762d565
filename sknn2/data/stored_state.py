"""Whether what a file holds can be a model: a damaged one must not predict."""

from inspect import signature
from typing import Any

from sklearn.base import BaseEstimator


def damaged(model: BaseEstimator, what: str) -> ValueError:
    """Return the error of a file that holds no such model.

    Parameters
    ----------
    model : estimator
        What was to be loaded.
    what : str
        What is wrong, the end of a sentence.
    """
    name = type(model).__name__
    return ValueError(
        f"What was loaded is no {name}: {what}. The file is damaged, was changed by "
        "hand, or comes from a version of sknn2 that this one cannot read: take "
        "another copy, or load it by the version that wrote it and store it again."
    )


def check_state(model: BaseEstimator, state: Any, learnt: tuple[str, ...]) -> None:
    """Raise a ValueError if a state cannot be that of a model of this class.

    Arguments that an older version did not have may be missing, and users may have
    added attributes of their own.

    Parameters
    ----------
    model : estimator
        Without attributes as yet.
    state : dict
        Its attributes.
    learnt : tuple of str
        What it has if it is fitted.
    """
    if not isinstance(state, dict):
        raise damaged(model, f"its state is a {type(state).__name__}, no dict")
    arguments = set(signature(type(model)).parameters)
    names = {str(name) for name in state if not str(name).startswith("_")}
    fitted = {name for name in names if name.endswith("_")} - BY_ANY_FIT
    missing = sorted(arguments - names)
    others = sorted(names - arguments - fitted - BY_ANY_FIT)
    if missing and others:
        raise damaged(model, f"it has {others[0]!r} and lacks {missing[0]!r}")
    lacking = [name for name in learnt if name not in state]
    if fitted and lacking:
        raise damaged(model, f"it is fitted and lacks {lacking[0]!r}")


BY_ANY_FIT = {"n_features_in_", "feature_names_in_"}
"""What is there after a fit that failed, too."""
