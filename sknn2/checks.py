"""Checks of numbers: one sentence that names what is wrong, its value, what to do."""

import math
import sys
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np

LARGEST_INTEGER = sys.maxsize
"""What an index or a count can be at most."""

LARGEST_LAYER = 10_000_000
"""Units of a layer. More are a slip: the weights would fill the memory."""

LONGEST = 200
"""Characters of a value in a message."""


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
        raise TypeError(f"{name} must be {interval}. {got(value)}")
    try:
        number = float(value)
    except OverflowError:  # an int or a Fraction beyond the largest float
        number = math.inf
    if not (low < number if open_low else low <= number) or not number < high:
        raise ValueError(f"{name} must be {interval}. {got(value)}")


def check_integer(
    name: str, value: object, *, low: int, high: int = LARGEST_INTEGER
) -> None:
    """Raise an error unless ``value`` is an integer of ``[low, high]``.

    Parameters
    ----------
    name : str
        What to call it in the message.
    value : object
    low, high : int
        Both are allowed. By default ``high`` is the largest that an array can
        count to.

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is too small or too large.
    """
    message = f"{name} must be an integer of at least {low}. {got(value)}"
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(message)
    if value < low:
        raise ValueError(message)
    if int(value) > high:
        raise ValueError(f"{name} must be an integer of at most {high}. {got(value)}")


def got(value: object) -> str:
    """Return the end of a message: what was given."""
    return f"Got {shorten(value)} instead."


def shorten(value: object) -> str:
    """Return what to print of a value: an integer of thousands of digits in part."""
    try:
        text = repr(value)
    except ValueError:  # Python prints no integer of more than 4,300 digits
        return "a larger one"
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}..."


def check_fields(
    instance: object, check: Callable[..., None], *names: str, **limits: Any
) -> None:
    """Apply ``check`` to number fields of a frozen dataclass, and make them plain.

    A NumPy scalar becomes an int or a float: ``np.uint8(200) + 100`` is 44, and
    a float64 takes float32 arrays with it.

    Parameters
    ----------
    instance : dataclass
    check : callable
        `check_real` or `check_integer`.
    *names : str
        The fields.
    **limits
        For the check.
    """
    for name in names:
        value = getattr(instance, name)
        check(f"{name} of {type(instance).__name__}", value, **limits)
        plain = int if check is check_integer else float
        object.__setattr__(instance, name, plain(value))


FINITE: dict[str, Any] = {"interval": "a finite number", "open_low": True}
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
            raise TypeError(f"{name} must be True or False. {got(value)}")

    def integer(self, parameter: str, *, low: int, high: int = LARGEST_INTEGER) -> None:
        """Raise an error unless the argument is an integer of ``[low, high]``."""
        check_integer(*self._look_up(parameter), low=low, high=high)

    def units(self, parameter: str) -> tuple[int, ...]:
        """Return the size of the one hidden layer, or an empty tuple for 0."""
        self.integer(parameter, low=0, high=LARGEST_LAYER)
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
            f"least 1, one for each hidden layer. {got(value)}"
        )
        one = isinstance(value, Integral)
        several = isinstance(value, (tuple, list, np.ndarray)) and np.ndim(value) == 1
        if not one and not several:
            raise TypeError(message)
        sizes = [value] if one else list(value)
        if not all(isinstance(n, Integral) and not isinstance(n, bool) for n in sizes):
            raise TypeError(message)
        if any(n < (0 if one else 1) for n in sizes):
            raise ValueError(message)
        for n in sizes:
            check_integer(f"Each layer of the{name[3:]}", n, low=0, high=LARGEST_LAYER)
        return tuple(int(n) for n in sizes if n)

    def nonzero_integer(self, parameter: str) -> None:
        """Raise an error unless the argument is an integer other than 0."""
        name, value = self._look_up(parameter)
        message = f"{name} must be an integer other than 0. {got(value)}"
        if not isinstance(value, Integral) or isinstance(value, bool):
            raise TypeError(message)
        if value == 0:
            raise ValueError(message)

    def flag_or_count(self, parameter: str) -> None:
        """Raise an error unless the argument is True, False or a count."""
        if not isinstance(self._look_up(parameter)[1], (bool, np.bool_)):
            self.integer(parameter, low=0)

    def seed(self, parameter: str) -> None:
        """Raise a ValueError unless scikit-learn takes the argument for a seed."""
        name, value = self._look_up(parameter)
        message = (
            f"{name} must be an integer from 0 to {2**32 - 1}, an instance of "
            f"numpy.random.RandomState, or None. {got(value)}"
        )
        if isinstance(value, Integral) and not isinstance(value, bool):
            known = 0 <= int(value) < 2**32
        else:
            known = value is None or value is np.random
            known = known or isinstance(value, np.random.RandomState)
        if not known:
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
            f"{name} must be one of {known}{objects}. {got(value)}"
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
                f"{name} must be one of {known}, or {number}. {got(value)}"
            )
