"""Checks of numbers: the ends of intervals, types, and what a message shows."""

import math
import sys
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from sknn2.checks import (
    FINITE,
    FRACTION,
    IN_BETWEEN,
    LONGEST,
    NOT_NEGATIVE,
    POSITIVE,
    check_fields,
    check_integer,
    check_real,
    got,
)

TINY = math.ulp(0.0)
# Limits -> numbers inside, numbers outside.
INTERVALS = {
    "finite": (FINITE, [-1e308, 0, 1e308], []),
    "fraction": (FRACTION, [0, TINY, 1 - 2**-53], [-TINY, 1]),
    "positive": (POSITIVE, [TINY, 1e308], [0, -TINY]),
    "not negative": (NOT_NEGATIVE, [0, -0.0, 1e308], [-TINY]),
    "in between": (IN_BETWEEN, [TINY, 1 - 2**-53], [0, 1]),
}


@pytest.mark.parametrize("name", INTERVALS)
def test_ends_of_intervals(name):
    limits, inside, outside = INTERVALS[name]
    for value in (*inside, np.float64(inside[-1]), Fraction(1, 3)):
        check_real("x", value, **limits)
    for value in (*outside, math.nan, math.inf, -math.inf, 10**400):
        with pytest.raises(ValueError) as caught:
            check_real("x", value, **limits)
        assert str(caught.value).startswith(f"x must be {limits['interval']}. Got ")


@pytest.mark.parametrize("value", [True, "1", None, 1j, [1], Decimal(1)])
def test_what_is_no_real_number(value):
    with pytest.raises(TypeError, match=r"^x must be a finite number\. Got "):
        check_real("x", value, **FINITE)


def test_integers():
    for value in (0, 1, np.uint8(7), sys.maxsize):
        check_integer("n", value, low=0)
    for value in (1.0, True, "1", None):
        with pytest.raises(TypeError, match=r"^n must be an integer of at least 0"):
            check_integer("n", value, low=0)
    with pytest.raises(ValueError, match=r"at least 0\. Got -1 instead"):
        check_integer("n", -1, low=0)
    with pytest.raises(ValueError, match=rf"at most {sys.maxsize}"):
        check_integer("n", sys.maxsize + 1, low=0)
    with pytest.raises(ValueError, match=r"at most 8\. Got 9 instead"):
        check_integer("n", 9, low=0, high=8)


def test_a_message_stays_short():
    assert got(3) == "Got 3 instead."
    for value in ("a" * 1000, 10**1000, 10**5000, list(range(1000))):
        assert len(got(value)) < LONGEST


def test_fields_become_plain_numbers():
    @dataclass(frozen=True)
    class Setting:
        rate: float
        n: int

        def __post_init__(self):
            check_fields(self, check_real, "rate", **POSITIVE)
            check_fields(self, check_integer, "n", low=1)

    setting = Setting(np.float32(0.5), np.uint8(200))
    assert (setting.rate, setting.n + 100) == (0.5, 300)
    assert (type(setting.rate), type(setting.n)) == (float, int)
    with pytest.raises(ValueError, match=r"^rate of Setting must be a positive"):
        Setting(0, 1)
    with pytest.raises(ValueError, match=r"^n of Setting must be an integer"):
        Setting(1, 0)
