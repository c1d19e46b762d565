"""Links between pages, written for a code host, lead to the pages of the site.

A page links to another as ```Training <training.rst>`__``, to a script as
``<../examples/quickstart.py>`` and to a file of the repository as
``<../sknn2/network/layers.py>``: where the pages are read as files, that works as it
is. Here the first becomes a link to the built page, the second to the page of the
gallery, and the third to the file on the code host. A target that does not exist is a
warning.
"""

from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.util import logging

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
SOURCE = "https://github.com/sknn2/sknn2"

logger = logging.getLogger(__name__)


def page_of(path):
    """Return the name of the page that shows a file, or None."""
    if path.is_relative_to(DOCS) and path.suffix == ".rst":
        return path.relative_to(DOCS).with_suffix("").as_posix()
    if path.is_relative_to(ROOT / "examples") and path.suffix == ".py":
        return f"auto_examples/{path.stem}"
    if path == ROOT / "examples":
        return "auto_examples/index"
    return None


def resolve(app, doctree, docname):
    """Replace the targets of a page."""
    for node in doctree.findall(nodes.reference):
        link = urlsplit(node.get("refuri", ""))
        if node.get("internal") or link.scheme or link.netloc or not link.path:
            continue
        path = (DOCS / docname).parent.joinpath(link.path).resolve()
        page = page_of(path)
        if not path.exists() or (page and page not in app.env.found_docs):
            logger.warning("%s does not exist", node["refuri"], location=node)
        elif page:
            target = app.builder.get_relative_uri(docname, page)
            node["refuri"] = target + (link.fragment and f"#{link.fragment}")
            node["internal"] = True
        else:
            kind = "tree" if path.is_dir() else "blob"
            node["refuri"] = f"{SOURCE}/{kind}/main/{path.relative_to(ROOT)}"


def setup(app):
    """Register the event."""
    app.connect("doctree-resolved", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
