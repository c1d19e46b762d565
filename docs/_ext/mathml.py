"""Formulae become MathML while the site is built, so that no script renders them.

docutils converts them. Browsers show MathML, screen readers read it, and it follows
the colours of the theme.
"""

from html import escape

from docutils import nodes
from docutils.utils.math.latex2mathml import MathError, tex2mathml
from sphinx.util import logging

logger = logging.getLogger(__name__)


def convert(node, as_block):
    """Return the MathML of a formula, or its source if it is wrong."""
    try:
        return tex2mathml(node.astext(), as_block=as_block)
    except MathError as error:
        logger.warning("%s: %s", error, node.astext(), location=node)
        return f"<code>{escape(node.astext())}</code>"


def inline(self, node):
    """Write a formula in a sentence."""
    self.body.append(f'<span class="math">{convert(node, False)}</span>')
    raise nodes.SkipNode


def block(self, node):
    """Write a displayed formula, with its number if it has a label."""
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = f'<span class="eqno">({node["number"]})'
        self.body.append(number)
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(convert(node, True))
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Register the renderer, which is then the one that is used."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
