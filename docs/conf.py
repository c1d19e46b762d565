"""How Sphinx builds the site. docs/contributing.rst has the command."""

import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "_ext")]

import sknn2  # noqa: E402

project = "sknn2"
author = "The sknn2 developers"
copyright = "The sknn2 developers"
version = release = sknn2.__version__

extensions = [
    "links",  # docs/_ext: links between pages, which also work on a code host
    "mathml",  # docs/_ext: formulae without a script
    "reference",  # docs/_ext: docstrings of scikit-learn without its links
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_templates"]
default_role = "literal"
nitpicky = True
# See Also names functions of scikit-learn, whose site is not read at build.
nitpick_ignore_regex = [("py:.*", r"sklearn\..*")]

# The reference: one page for each name of docs/reference/index.rst.
autosummary_generate = True
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # numpydoc has the types
autodoc_member_order = "groupwise"
numpydoc_show_class_members = False  # the template lists them
numpydoc_xref_param_type = False
trim_doctest_flags = True

# The gallery: all scripts are run while the site is built, from their own folder.
sphinx_gallery_conf = {
    "examples_dirs": ["../examples"],
    "gallery_dirs": ["auto_examples"],
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "default_thumb_file": str(ROOT / "docs/_static/output.svg"),
    "min_reported_time": 0,
    "abort_on_example_error": True,
    "write_computation_times": False,  # its page needs scripts of another host
    "show_signature": False,
    "copyfile_regex": r".*\.csv",
    "download_all_examples": True,
    "reference_url": {"sknn2": None},
    "doc_module": ("sknn2",),
    "backreferences_dir": "reference/generated/backreferences",
    "reset_modules": ("matplotlib", "gallery.set_file"),
}
warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")

html_theme = "pydata_sphinx_theme"
html_title = "sknn2"
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
html_search_scorer = str(ROOT / "docs/_ext/scorer.js")
html_context = {"default_mode": "auto"}  # light or dark, as the system is
html_sidebars = {page: [] for page in ("index", "start", "changelog", "contributing")}
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "github_url": "https://github.com/sknn2/sknn2",
    "header_links_before_dropdown": 7,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "navbar_align": "left",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}
# Prompts and outputs are not copied: what is copied runs as pasted.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
