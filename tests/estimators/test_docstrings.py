"""Docstrings that are brought together from the bases of an estimator."""

import inspect

import pytest

from sknn2.estimators.docstrings import (
    complete_docstring,
    join_sections,
    split_entries,
    split_sections,
)


class Base:
    """The base.

    Parameters
    ----------
    a : int
        Of the base.
    b : int, default=1
        Two

        paragraphs.

    Attributes
    ----------
    fitted_ : int
        By the base.
    """

    def __init__(self, a, *, b=1):
        self.a, self.b = a, b


Base.__module__ = "sknn2.estimators.imagined"


def own_class():
    class Own(Base):
        """One of its own.

        Parameters
        ----------
        a : str
            Of its own.

        Examples
        --------
        >>> 1
        1
        """

    Own.__module__ = Base.__module__
    return Own


def test_a_class_has_its_own_words_first_and_those_of_its_base_for_the_rest():
    assert (
        complete_docstring(own_class()).__doc__
        == inspect.cleandoc(
            """One of its own.

        Parameters
        ----------
        a : str
            Of its own.
        b : int, default=1
            Two
            paragraphs.

        Attributes
        ----------
        fitted_ : int
            By the base.

        Examples
        --------
        >>> 1
        1
        """
        )
        + "\n"
    )


def test_a_parameter_that_nobody_describes_is_seen():
    cls = own_class()
    cls.__init__ = lambda self, a, c: None
    with pytest.raises(KeyError, match="c"):
        complete_docstring(cls)


def test_without_docstrings_nothing_is_done():
    cls = own_class()
    cls.__doc__ = None  # as under python -OO
    assert complete_docstring(cls).__doc__ is None


def test_sections_come_apart_and_together():
    sections = split_sections(Base.__doc__)
    assert list(sections) == ["", "Parameters", "Attributes"]
    assert list(split_entries(sections["Parameters"])) == ["a", "b"]
    assert join_sections(sections) == inspect.cleandoc(Base.__doc__) + "\n"
