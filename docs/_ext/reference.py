"""What the reference shows of docstrings that scikit-learn wrote."""

import re

# Methods of scikit-learn that its own pages describe.
SKIPPED = re.compile(r"get_metadata_routing|set_\w+_request")
ROLE = re.compile(r":\w+:`~?([^`<]+?)(?: *<[^`>]+>)?`")


def skip(app, what, name, obj, would_skip, options):
    """Leave out what scikit-learn adds to every estimator."""
    return True if SKIPPED.fullmatch(name) else None


def without_links(app, what, name, obj, options, lines):
    """Replace the links of inherited docstrings, whose targets are not on this site."""
    if not (getattr(obj, "__module__", "") or "").startswith("sknn2"):
        lines[:] = [ROLE.sub(r"``\1``", line) for line in lines]


def setup(app):
    """Register the events; numpydoc comes after."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-skip-member", skip)
    app.connect("autodoc-process-docstring", without_links, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
