"""Checks of numbers: one sentence that names what is wrong, its value, what to do."""

import math
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np


def check_real(
    name: str,
    value: object,
    interval: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    open_low: bool = False,
) -> None:
    """Raise an error unless ``value`` is a real number of ``[low, high)``.

    Parameters
    ----------
    name : str
        What to call it in the message.
    value : object
    interval : str
        The interval in words, for the message, e.g. ``"a number in [0, 1)"``.
    low, high : float
        ``low`` is allowed and ``high`` is not.
    open_low : bool, default=False
        True excludes ``low`` too.

    Raises
    ------
    TypeError
        If it is not a real number.
    ValueError
        If it is NaN, infinite or out of range.
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be {interval}. Got {value!r} instead.")
    number: Any = value  # numbers.Real does not say that it compares with floats
    if not (low < number if open_low else low <= number) or not number < high:
        raise ValueError(f"{name} must be {interval}. Got {value!r} instead.")


def check_integer(name: str, value: object, *, low: int) -> None:
    """Raise an error unless ``value`` is an integer of at least ``low``.

    Parameters
    ----------
    name : str
        What to call it in the message.
    value : object
    low : int

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is too small.
    """
    message = f"{name} must be an integer of at least {low}. Got {value!r} instead."
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(message)
    if value < low:
        raise ValueError(message)


def check_fields(
    instance: object, check: Callable[..., None], *names: str, **limits: Any
) -> None:
    """Apply ``check`` to fields of a dataclass, named as ``Class(field)``."""
    for name in names:
        check(f"{name} of {type(instance).__name__}", getattr(instance, name), **limits)


FRACTION: dict[str, Any] = {"interval": "a number in [0, 1)", "low": 0, "high": 1}
POSITIVE: dict[str, Any] = {
    "interval": "a positive finite number",
    "low": 0,
    "open_low": True,
}
NOT_NEGATIVE: dict[str, Any] = {"interval": "a finite number of at least 0", "low": 0}
IN_BETWEEN: dict[str, Any] = {
    "interval": "a number between 0 and 1, both excluded",
    "low": 0,
    "high": 1,
    "open_low": True,
}


class Arguments:
    """Checks of an estimator's constructor arguments, each named in its message.

    Parameters
    ----------
    estimator : estimator
    """

    def __init__(self, estimator: object) -> None:
        self.estimator = estimator

    def _look_up(self, parameter: str) -> tuple[str, Any]:
        name = f"The {parameter!r} parameter of {type(self.estimator).__name__}"
        return name, getattr(self.estimator, parameter)

    def boolean(self, parameter: str) -> None:
        """Raise a TypeError unless the argument is True or False."""
        name, value = self._look_up(parameter)
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"{name} must be True or False. Got {value!r} instead.")

    def integer(self, parameter: str, *, low: int) -> None:
        """Raise an error unless the argument is an integer of at least ``low``."""
        check_integer(*self._look_up(parameter), low=low)

    def units(self, parameter: str) -> tuple[int, ...]:
        """Return the size of the one hidden layer, or an empty tuple for 0."""
        self.integer(parameter, low=0)
        n = int(self._look_up(parameter)[1])
        return (n,) if n else ()

    def sizes(self, parameter: str) -> tuple[int, ...]:
        """Return the sizes of hidden layers, from an integer or a sequence of them.

        Parameters
        ----------
        parameter : str

        Returns
        -------
        tuple of int
            Empty for 0 and for an empty sequence.

        Raises
        ------
        TypeError, ValueError
            If it is something else; the message says what.
        """
        name, value = self._look_up(parameter)
        message = (
            f"{name} must be an integer of at least 0, or a sequence of integers of at "
            f"least 1, one for each hidden layer. Got {value!r} instead."
        )
        one = isinstance(value, Integral)
        if not one and not isinstance(value, (tuple, list, np.ndarray)):
            raise TypeError(message)
        sizes = [value] if one else list(value)
        if not all(isinstance(n, Integral) and not isinstance(n, bool) for n in sizes):
            raise TypeError(message)
        if any(n < (0 if one else 1) for n in sizes):
            raise ValueError(message)
        return tuple(int(n) for n in sizes if n)

    def nonzero_integer(self, parameter: str) -> None:
        """Raise an error unless the argument is an integer other than 0."""
        name, value = self._look_up(parameter)
        message = f"{name} must be an integer other than 0. Got {value!r} instead."
        if not isinstance(value, Integral) or isinstance(value, bool):
            raise TypeError(message)
        if value == 0:
            raise ValueError(message)

    def real(self, parameter: str, **limits: Any) -> None:
        """Raise an error unless the argument is a number within limits."""
        check_real(*self._look_up(parameter), **limits)

    def choice(
        self, parameter: str, names: Iterable[str], kinds: tuple[type, ...] = ()
    ) -> None:
        """Raise an error unless the argument is a known name, or of certain classes.

        Parameters
        ----------
        parameter : str
        names : iterable of str
        kinds : tuple of type
        """
        name, value = self._look_up(parameter)
        if isinstance(value, kinds) or (isinstance(value, str) and value in names):
            return
        known = ", ".join(repr(n) for n in names)
        objects = "".join(f" or an instance of {kind.__name__}" for kind in kinds)
        raise (ValueError if isinstance(value, str) else TypeError)(
            f"{name} must be one of {known}{objects}. Got {value!r} instead."
        )

    def name_or_number(
        self, parameter: str, names: tuple[str, ...], kind: str, **limits: Any
    ) -> None:
        """Raise an error unless the argument is a known name or a number.

        Parameters
        ----------
        parameter : str
        names : tuple of str
        kind : {"real", "integer"}
            Which of the checks a number has to pass.
        **limits
            For that check.
        """
        name, value = self._look_up(parameter)
        if not isinstance(value, str):
            getattr(self, kind)(parameter, **limits)
        elif value not in names:
            known = ", ".join(repr(n) for n in names)
            number = limits.get("interval") or f"an integer of at least {limits['low']}"
            raise ValueError(
                f"{name} must be one of {known}, or {number}. Got {value!r} instead."
            )
