"""The files of the site: links lead somewhere, and nothing is loaded from elsewhere."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from conftest import PAGES, ROOT, SITE

import sknn2

SOURCE = "https://github.com/sknn2/sknn2/"
SCRIPTS = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))


class Page(HTMLParser):
    """Collects what a page links to, what it loads, and its anchors."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loads, self.ids = set(), set(), {"", "top"}
        self.math = self.formulae = 0
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        """Note the attributes of a tag."""
        attrs = dict(attrs)
        self.ids |= {attrs[name] for name in ("id", "name") if attrs.get(name)}
        if tag in ("a", "area", "form"):
            self.links |= {attrs[k] for k in ("href", "action") if k in attrs}
        else:
            self.loads |= {attrs[k] for k in ("href", "src", "data") if k in attrs}
        self.math += tag == "math"
        self.formulae += "math" in (attrs.get("class") or "").split()


@pytest.fixture(scope="module")
def pages():
    return {name: Page(SITE / name) for name in PAGES}


def test_every_link_leads_to_a_page_and_a_place_on_it(pages):
    lost = []
    for name, page in pages.items():
        for link in page.links | page.loads:
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            target = (
                (SITE / name).parent / unquote(url.path) if url.path else SITE / name
            )
            target = target.resolve()
            if not target.is_file():
                lost.append(f"{name}: {link}")
            elif target.suffix == ".html":
                other = pages[target.relative_to(SITE.resolve()).as_posix()]
                if unquote(url.fragment) not in other.ids:
                    lost.append(f"{name}: {link}")
    assert lost == []


def test_links_to_the_repository_lead_to_files_that_are_there(pages):
    found = 0
    for name, page in pages.items():
        for link in page.links:
            m = re.match(
                r"https://github\.com/sknn2/sknn2/(?:blob|tree)/main/(.*)", link
            )
            if m:
                found += 1
                assert (ROOT / m[1].partition("#")[0]).exists(), f"{name}: {link}"
    assert found


def test_nothing_is_loaded_from_another_host(pages):
    for name, page in pages.items():
        for load in page.loads:
            assert urlsplit(load).scheme in ("", "data"), f"{name}: {load}"
            assert not load.startswith("//"), f"{name}: {load}"
    for path in SITE.rglob("*.css"):
        text = path.read_text("utf-8")
        assert not re.search(r"""(url\(|@import)\s*["']?(https?:)?//""", text), path
    for path in SITE.rglob("*.js"):
        assert "cdn" not in path.read_text("utf-8").lower(), path


def test_each_formula_is_mathml(pages):
    assert sum(page.math for page in pages.values()) >= 10
    for name, page in pages.items():
        assert page.math >= page.formulae, name


def test_every_page_of_the_folder_and_every_script_is_on_the_site():
    built = set(PAGES)
    for path in (ROOT / "docs").rglob("*.rst"):
        name = path.relative_to(ROOT / "docs").with_suffix(".html").as_posix()
        assert name in built or name.startswith("_templates/"), name
    for name in SCRIPTS:
        assert f"auto_examples/{name}.html" in built


def test_every_public_name_has_a_page(pages):
    ids = set().union(*(page.ids for page in pages.values()))
    for name in sknn2.__all__:
        assert f"sknn2.{name}" in ids
        if not name.startswith("__") and name != "SKOPS_TRUSTED":
            assert f"reference/generated/sknn2.{name}.html" in PAGES


@pytest.mark.parametrize(
    "path", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.stem
)
def test_a_script_shows_its_runtime_and_its_picture_or_its_output(path):
    text = (SITE / f"auto_examples/{path.stem}.html").read_text("utf-8")
    assert re.search(
        r"Total running time of the script:.*\d+ minutes [\d.]+ seconds", text
    )
    if path.stem.startswith("plot_"):
        assert re.search(
            rf'<img src="[^"]*sphx_glr_{path.stem}_001\.png"[^>]* alt="[^"]+', text
        )
    else:
        assert "sphx-glr-script-out" in text


def test_pages_have_a_title_each(pages):
    for name in PAGES:
        title = re.search(r"<title>(.*?)</title>", (SITE / name).read_text("utf-8"))
        assert title, name
        assert title[1].strip(), name
