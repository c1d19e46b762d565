"""The version of sknn2 in the pickle of an estimator, as scikit-learn keeps its own."""

import warnings
from typing import Any

from sklearn.exceptions import InconsistentVersionWarning

from sknn2._version import __version__

KEY = "_sknn2_version"
"""The key of the version in the state of a pickle; it never becomes an attribute."""

BEFORE = "pre-0.1.0"
"""The version of a pickle that holds none."""


class VersionedPickleMixin:
    """Warns where an estimator is loaded by another version than wrote its pickle.

    scikit-learn's BaseEstimator does this for its own estimators alone. Attributes
    and meanings may differ between versions, so predictions may be wrong without
    an error. The mixin stands before BaseEstimator.
    """

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes, and the version of sknn2."""
        state: Any = super().__getstate__()
        return {**state, KEY: __version__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the attributes, and warn if another version of sknn2 wrote them."""
        written_by = __version__
        if isinstance(state, dict):  # else the file is damaged, and no pickle of ours
            state = dict(state)
            written_by = state.pop(KEY, BEFORE)
        if written_by != __version__:
            warnings.warn(
                InconsistentVersionWarning(
                    estimator_name=type(self).__name__,
                    original_sklearn_version=f"{written_by} of sknn2",
                    current_sklearn_version=f"{__version__} of sknn2",
                ),
                stacklevel=2,
            )
        super().__setstate__(state)  # type: ignore[misc]
