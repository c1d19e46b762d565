"""What a file holds is the model that was stored, or an error says that it is not."""

from functools import cache
from inspect import signature
from typing import Any, ClassVar
from zlib import crc32

import numpy as np
from sklearn.base import BaseEstimator

from sknn2.data.targets import Targets
from sknn2.inputs.standardization import Standardization
from sknn2.network.parameters import Parameters

KEY = "_checksum"
"""Where a stored state holds the checksum; the model has no such attribute."""


BY_ANY_FIT = {"n_features_in_", "feature_names_in_"}
"""What is there after a fit that failed, too."""


class CheckedStateMixin:
    """Raises a ValueError where a damaged model is loaded, by pickle, joblib or skops.

    Arguments that an older version did not have may be missing, and users may have
    added attributes of their own. A memory map is not read to be checked.

    Attributes
    ----------
    learnt : tuple of str
        What a model has if it is fitted.
    """

    learnt: ClassVar[tuple[str, ...]]

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes, and a checksum of their numbers."""
        state: Any = super().__getstate__()
        return {**state, KEY: checksum(state)}

    def __setstate__(self, state: Any) -> None:
        """Take the attributes, if they can be those of a model of this class."""
        self._check_names(state)
        stored = state.get(KEY)
        state = {name: value for name, value in state.items() if name != KEY}
        super().__setstate__(state)  # type: ignore[misc]
        self._check_parts()
        found = None if stored is None else checksum(state)
        if found is not None and found != stored:
            raise damaged(self, "its arrays are not those that were stored")

    def _check_names(self, state: Any) -> None:
        """Raise a ValueError if a state has attributes of another class."""
        if not isinstance(state, dict):
            raise damaged(self, f"its state is a {type(state).__name__}, no dict")
        cls: Any = type(self)
        arguments = arguments_of(cls)
        names = {str(name) for name in state if not str(name).startswith("_")}
        fitted = {name for name in names if name.endswith("_")} - BY_ANY_FIT
        missing = sorted(arguments - names)
        others = sorted(names - arguments - fitted - BY_ANY_FIT)
        if missing and others:
            raise damaged(self, f"it has {others[0]!r} and lacks {missing[0]!r}")
        lacking = [name for name in self.learnt if name not in state]
        if fitted and lacking:
            raise damaged(self, f"it is fitted and lacks {lacking[0]!r}")

    def _check_parts(self) -> None:
        """Raise a ValueError unless what was loaded belongs together."""


@cache
def arguments_of(cls: type) -> frozenset[str]:
    """Return the names of a class's arguments."""
    return frozenset(signature(cls).parameters)


def damaged(model: Any, what: str) -> ValueError:
    """Return the error of a file that holds no such model.

    Parameters
    ----------
    model : estimator
        What was to be loaded.
    what : str
        What is wrong, the end of a sentence.
    """
    return ValueError(
        f"What was loaded is no {type(model).__name__}: {what}. The file is damaged, "
        "was changed by hand, or comes from a version of sknn2 that this one cannot "
        "read: take another copy, or load it by the version that wrote it and store "
        "it again."
    )


def checksum(value: Any, before: int = 0) -> int | None:
    """Return a number that tells one state from another, or None if it is on disk.

    Parameters
    ----------
    value : object
        Arrays, and what holds arrays; everything else does not count.
    before : int, default=0
        Checksum of what comes before it.
    """
    if isinstance(value, np.memmap):
        return None
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.kind not in "biufcmMSU":  # objects are no bytes
            return before
        before = crc32(f"{value.dtype.str}{value.shape}".encode(), before)
        return crc32(np.ascontiguousarray(value).tobytes(), before)
    if isinstance(value, Parameters | Standardization | Targets):
        value = value.__reduce__()[1]
    if isinstance(value, BaseEstimator):
        value = vars(value)
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value, key=str)]
    found: int | None = before
    for part in value if isinstance(value, list | tuple) else ():
        if found is not None:
            found = checksum(part, found)
    return found
