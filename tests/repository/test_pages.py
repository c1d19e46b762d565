"""The pages of docs: what they quote is there, none is long, none is a dead end."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BUILT = ("_templates", "auto_examples", "generated")
PAGES = {
    path.relative_to(DOCS).as_posix(): path.read_text("utf-8")
    for path in sorted(DOCS.rglob("*.rst"))
    if not set(BUILT) & set(path.parts)
}
MATHS = {name: text for name, text in PAGES.items() if name.startswith("maths/")}
CORE = [
    path.relative_to(ROOT).as_posix()
    for room in ("network", "training")
    for path in sorted((ROOT / "sknn2" / room).glob("*.py"))
    if path.stem != "__init__"
]
each_page = pytest.mark.parametrize("name", PAGES)


def quotations(name):
    """Return the file and the options of each literalinclude of a page."""
    found = re.findall(
        r"^\.\. literalinclude:: (\S+)\n((?:   :.*\n)*)", PAGES[name], re.MULTILINE
    )
    return [
        (
            (DOCS / name).parent.joinpath(path).resolve(),
            dict(re.findall(r":([\w-]+): ?(.*)", options)),
        )
        for path, options in found
    ]


def quoted(path, options):
    """Return the lines that a literalinclude shows, as Sphinx finds them."""
    text = path.read_text("utf-8")
    nodes = ast.parse(text).body
    for part in options["pyobject"].split("."):
        (node,) = [n for n in nodes if getattr(n, "name", None) == part]
        nodes = node.body
    lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
    starts = [k for k, line in enumerate(lines) if options["start-at"] in line]
    assert starts, options
    lines = lines[starts[0] :]
    ends = {"end-at": 1, "end-before": 0}
    for option in ends.keys() & options.keys():
        last = [k for k, line in enumerate(lines) if options[option] in line]
        assert last, options
        lines = lines[: last[0] + ends[option]]
    assert any(line.strip() for line in lines), options
    return lines


@pytest.mark.parametrize("path", CORE)
def test_each_module_of_the_core_has_its_place_in_the_mathematics(path):
    places = [
        name
        for name in MATHS
        if any(file == ROOT / path for file, _ in quotations(name))
    ]
    assert places, f"no page of docs/maths quotes {path}"
    said = path.removeprefix("sknn2/")
    assert said in PAGES["maths/index.rst"], "the table of docs/maths/index.rst"


@pytest.mark.parametrize("name", MATHS)
def test_what_a_page_quotes_is_in_the_source(name):
    for path, options in quotations(name):
        assert len(quoted(path, options)) <= 25, options


@pytest.mark.parametrize("number", range(1, 7))
def test_the_six_equations_stand_above_the_lines_with_their_numbers(number):
    text = MATHS["maths/layers.rst"]
    line = next(
        line
        for path, options in quotations("maths/layers.rst")
        for line in quoted(path, options)
        if f"({number})" in line
    )
    assert line.rstrip().endswith(f"# ({number})")
    _, equation, rest = text.partition(f"\\qquad ({number})\n")
    assert equation
    assert rest.lstrip().startswith(".. literalinclude")


@pytest.mark.parametrize("name", MATHS)
def test_fractions_have_braces(name):
    # The renderer would read \frac12 as one number over what follows.
    assert not re.findall(r"\\t?frac[^{]", MATHS[name])


@each_page
def test_a_page_can_be_read_in_one_sitting(name):
    assert len(PAGES[name].splitlines()) <= 250


@each_page
def test_a_page_says_where_to_go_next(name):
    text = PAGES[name].partition("\n.. toctree::")[0]
    if text.startswith(".. Written by") or name in ("index.rst", "changelog.rst"):
        return
    if name.startswith("reference/"):
        return
    if name == "guide.rst":
        text = PAGES[name]
    last = text.rstrip().split("\n\n")[-1]
    assert last.startswith("**Next:**"), last
    assert re.search(r"<[\w/.]+\.(rst|py)(#[\w-]+)?>`__", last), last


def test_the_questions_of_newcomers_lead_to_pages():
    lines = (ROOT / "tests/site/questions.txt").read_text("utf-8").splitlines()
    assert len(lines) >= 10
    for line in lines:
        _, page = line.split("\t")
        assert page.replace(".html", ".rst") in PAGES, line
