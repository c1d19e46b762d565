"""Checks of constructor arguments: which values pass, and what the others are told."""

from types import SimpleNamespace

import numpy as np
import pytest

from sknn2.data.argument_checks import Arguments

# Check and what it is called with -> values that pass, of the wrong type, out of range.
CHECKS = {
    ("boolean",): ([True, False, np.True_], [1, 0, "yes", None], []),
    ("nonzero_integer",): ([1, -1, np.int8(3)], [1.0, "1", True, None], [0]),
    ("flag_or_count",): ([True, False, 0, 5, np.int64(2)], ["all", 1.5, None], [-1]),
}
CALLS = [
    (check, value, error)
    for check, (_, types, values) in CHECKS.items()
    for error, bad in ((TypeError, types), (ValueError, values))
    for value in bad
]


def arguments(value):
    return Arguments(SimpleNamespace(size=value))


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_values_that_pass(check):
    for value in CHECKS[check][0]:
        assert getattr(arguments(value), check[0])("size", *check[1:]) is None


@pytest.mark.parametrize(("check", "value", "error"), CALLS, ids=str)
def test_values_that_are_refused(check, value, error):
    with pytest.raises(error) as caught:
        getattr(arguments(value), check[0])("size", *check[1:])
    message = str(caught.value)
    assert message.startswith("The 'size' parameter of SimpleNamespace must be ")
    assert message.endswith(f"Got {value!r} instead.")


@pytest.mark.parametrize(
    ("value", "sizes"),
    [
        (0, ()),
        (5, (5,)),
        (np.int32(5), (5,)),
        ((), ()),
        ((4, 3), (4, 3)),
        ([4], (4,)),
        (np.array([4, 3]), (4, 3)),
    ],
    ids=str,
)
def test_sizes_of_layers(value, sizes):
    found = arguments(value).sizes("size")
    assert found == sizes
    assert all(type(n) is int for n in found)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (-1, ValueError),
        ((4, 0), ValueError),
        (10**9, ValueError),
        (4.0, TypeError),
        (True, TypeError),
        ((4, True), TypeError),
        ("4", TypeError),
        (np.ones((2, 2), int), TypeError),
        (None, TypeError),
    ],
    ids=str,
)
def test_sizes_that_are_refused(value, error):
    with pytest.raises(error, match=r"(?i)the 'size' parameter"):
        arguments(value).sizes("size")


@pytest.mark.parametrize("value", [0, 2**32 - 1, None, np.random.RandomState(0)])
def test_seeds(value):
    arguments(value).seed("size")


@pytest.mark.parametrize("value", [-1, 2**32, 1.0, True, np.random.default_rng(0)])
def test_seeds_that_are_refused(value):
    with pytest.raises(ValueError, match=r"from 0 to 4294967295, an instance of"):
        arguments(value).seed("size")


def test_names_objects_and_numbers():
    names = ("tanh", "relu")
    arguments("tanh").choice("size", names)
    arguments(3).choice("size", names, (int,))
    message = "must be one of 'tanh', 'relu' or an instance of int. Got"
    for value, error in (("tan", ValueError), (3.0, TypeError)):
        with pytest.raises(error, match=message):
            arguments(value).choice("size", names, (int,))
    for value in ("auto", 0.1):
        arguments(value).name_or_number("size", ("auto",), "real", interval="a number")
    with pytest.raises(ValueError, match="one of 'auto', or an integer of at least 1"):
        arguments("all").name_or_number("size", ("auto",), "integer", low=1)
    with pytest.raises(ValueError, match="an integer of at least 1"):
        arguments(0).name_or_number("size", ("auto",), "integer", low=1)
