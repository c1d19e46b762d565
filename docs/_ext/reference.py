"""What the reference shows of docstrings that scikit-learn wrote."""

import re

# Methods of scikit-learn that its own pages describe.
SKIPPED = re.compile(r"get_metadata_routing|set_\w+_request")
# "loss_, curve_ : ndarray of shape (n_iter_,)": numpydoc escapes the last name only.
TYPE = re.compile(r"[\w, *]+ : ")
UNDERSCORE = re.compile(r"(?<=\w)_(?=[,)]| (?!:))")
ROLE = re.compile(r":\w+:`~?([^`<]+?)(?: *<[^`>]+>)?`")


def skip(app, what, name, obj, would_skip, options):
    """Leave out what scikit-learn adds to every estimator."""
    return True if SKIPPED.fullmatch(name) else None


def prepare(app, what, name, obj, options, lines):
    """Escape names; replace the links of inherited docstrings, which lead nowhere."""
    for i, line in enumerate(lines):
        if TYPE.match(line):
            lines[i] = UNDERSCORE.sub(r"\\_", line)
    if not (getattr(obj, "__module__", "") or "").startswith("sknn2"):
        lines[:] = [ROLE.sub(r"``\1``", line) for line in lines]


def setup(app):
    """Register the events; numpydoc comes after."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-skip-member", skip)
    app.connect("autodoc-process-docstring", prepare, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
