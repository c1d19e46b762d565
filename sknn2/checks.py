"""Checks of numbers, with errors that name the argument, its value and what to do."""

import math
import sys
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

LARGEST_INTEGER = sys.maxsize
"""The largest index or count."""


LARGEST_LAYER = 10_000_000
"""Most units of a layer. More are a mistake: the weights would fill the memory."""


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
    """Return the end of a message, with the given value."""
    return f"Got {shorten(value)} instead."


def shorten(value: object) -> str:
    """Return the text of a value for a message, shortened if it is long."""
    try:
        text = repr(value)
    except ValueError:  # Python prints no integer of more than 4,300 digits
        return "a larger one"
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}..."


def check_fields(
    instance: object, check: Callable[..., None], *names: str, **limits: Any
) -> None:
    """Apply ``check`` to fields of a frozen dataclass, and make them Python numbers.

    A NumPy scalar becomes an int or a float: ``np.uint8(200) + 100`` is 44, and
    a float64 makes float32 arrays float64.

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
