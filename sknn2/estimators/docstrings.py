"""Docstrings of classes that share their parameters, without copies to keep alike.

The estimators share some twenty parameters and their attributes. Each is described
once, at the class that has it first; here the descriptions are brought together, so
that ``help`` shows all of them at each class.
"""

import inspect
import re
from typing import TypeVar

Class = TypeVar("Class", bound=type)


Sections = dict[str, list[str]]


Entries = dict[str, list[str]]


def complete_docstring(cls: Class) -> Class:
    """Add to a class's docstring what it shares with the classes it is made of.

    A parameter of ``__init__``, or an attribute, that the class does not describe
    itself is described as at the nearest of its bases in this package that does.
    Parameters stand in the order of the signature.

    Parameters
    ----------
    cls : type
        With a numpydoc docstring, or none, as under ``python -OO``.

    Returns
    -------
    type
        ``cls``, so that this decorates a class.
    """
    if cls.__doc__ is None:
        return cls
    sections = split_sections(cls.__doc__)
    parameters: Entries = {}
    attributes: Entries = {}
    for base in cls.__mro__:
        if not base.__module__.startswith(f"{__package__}.") or not base.__doc__:
            continue
        found = split_sections(base.__doc__)
        for entries, title in ((parameters, "Parameters"), (attributes, "Attributes")):
            for name, lines in split_entries(found.get(title, [])).items():
                entries.setdefault(name, lines)
    names = list(inspect.signature(cls).parameters)
    sections["Parameters"] = [line for name in names for line in parameters[name]]
    sections["Attributes"] = [line for lines in attributes.values() for line in lines]
    cls.__doc__ = join_sections(sections)
    return cls


def split_sections(docstring: str) -> Sections:
    """Return the lines below each title; ``""`` stands for what comes before."""
    lines = inspect.cleandoc(docstring).splitlines()
    sections: Sections = {"": []}
    title = ""
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line and below == "-" * len(line):
            title = line
            sections[title] = []
        elif line != "-" * len(title) or not title:
            sections[title].append(line)
    return sections


def split_entries(lines: list[str]) -> Entries:
    """Return the lines of each ``name : type`` with what is indented below it."""
    entries: Entries = {}
    name = ""
    for line in lines:
        if re.match(r"\S", line):
            name = line.split(" : ")[0]
            entries[name] = []
        if line:
            entries[name].append(line)
    return entries


def join_sections(sections: Sections) -> str:
    """Return the docstring of these sections, in the order of numpydoc."""
    parts = ["\n".join(sections[""]).strip()]
    for title in sorted((title for title in sections if title), key=ORDER.index):
        body = "\n".join(sections[title]).strip()
        parts.append(f"{title}\n{'-' * len(title)}\n{body}")
    return "\n\n".join(parts) + "\n"


ORDER = ("Parameters", "Attributes", "See Also", "Notes", "References", "Examples")
