"""Checks of an estimator's constructor arguments."""

from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np

from sknn2.checks import LARGEST_INTEGER, LARGEST_LAYER, check_integer, check_real, got


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
        kind : {"real", "integer", "boolean"}
            Which of the checks another value has to pass.
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
