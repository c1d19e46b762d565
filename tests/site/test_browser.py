"""What a reader does: search, read, copy, on any screen, with or without a mouse."""

import pytest
from conftest import PAGES

# What a newcomer asks, and a page that answers it.
QUESTIONS = {
    "class_weight": "questions.html",
    "class_weight MLPClassifier": "questions.html",
    "early stopping validation set Pipeline": "training.html",
    "MLPClassifier alternatives": "start.html",
    "predict_proba calibration": "questions.html",
    "missing values": "columns.html",
    "save model": "saving.html",
    "learning rate diverges": "questions.html",
    "sparse matrix": "sparse.html",
    "feature importance": "questions.html",
    "quantile prediction interval": "regression.html",
}


def results(page, query):
    """Return the pages that the site's search finds, best first."""
    page.goto(page.url.rpartition("/")[0] + f"/search.html?q={query.replace(' ', '+')}")
    page.wait_for_selector("#search-results ul.search li a")
    searching = "#search-results h2:has-text('Searching')"
    page.wait_for_selector(searching, state="detached")
    links = page.eval_on_selector_all(
        "#search-results ul.search > li > a", "links => links.map(a => a.pathname)"
    )
    return [link.lstrip("/") for link in links]


@pytest.mark.parametrize("question", QUESTIONS)
def test_search_answers_a_newcomer_s_question(open_page, question):
    found = results(open_page(), question)
    assert QUESTIONS[question] in found[:5], found[:10]


def test_a_page_of_the_gallery_opens_with_its_picture(open_page):
    page = open_page("auto_examples/index.html")
    page.get_by_role("link", name="Early stopping in a pipeline").first.click()
    picture = page.locator("img.sphx-glr-single-img").first
    picture.scroll_into_view_if_needed()
    page.wait_for_function(
        "img => img.complete && img.naturalWidth > 300", arg=picture.element_handle()
    )
    assert "Total running time" in page.inner_text("main")


def test_a_code_block_is_copied_without_prompts_and_output(open_page):
    page = open_page("saving.html")
    block = page.locator("div.highlight-pycon, div.highlight-default").first
    block.scroll_into_view_if_needed()
    block.hover()
    block.locator("button.copybtn").click()
    page.wait_for_selector("button.copybtn.success")
    copied = page.evaluate("navigator.clipboard.readText()")
    shown = block.locator("pre").inner_text()
    expected = [
        line[4:] for line in shown.splitlines() if line.startswith((">>> ", "... "))
    ]
    assert expected
    assert copied.strip().splitlines() == [line.rstrip() for line in expected]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system_and_text_stands_out(open_page, scheme):
    page = open_page("training.html", color_scheme=scheme)
    assert page.get_attribute("html", "data-theme") == scheme
    back, text = page.evaluate(
        """() => [getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector('main p')).color]
        .map(c => c.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0))"""
    )
    assert (text - back > 300) if scheme == "dark" else (back - text > 300)


def test_the_theme_is_switched_by_its_button(open_page):
    page = open_page("index.html", color_scheme="light")
    page.locator("button.theme-switch-button:visible").first.click()
    page.locator("[data-mode=dark]:visible").first.click()
    assert page.get_attribute("html", "data-theme") == "dark"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_the_keyboard_reaches_the_content_and_the_search(open_page):
    page = open_page("training.html")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.inner_text().lower() == "skip to main content"
    # The link slides in.
    page.wait_for_function("document.activeElement.getBoundingClientRect().top >= 0")
    box = focused.bounding_box()
    assert box["height"] > 10
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")
    page.keyboard.press("Control+k")
    page.wait_for_selector("dialog[open] input[type=search]")
    page.keyboard.type("class_weight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=class_weight*")
    page.wait_for_selector("#search-results ul.search li a")


# What reaches over the right edge, unless a box around it scrolls.
OUTSIDE = """() => {
    const width = document.documentElement.clientWidth
    const scrolls = e => e && (
        /auto|scroll/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement))
    const outside = [...document.querySelectorAll('main *')].filter(
        e => e.getBoundingClientRect().right > width + 1 && !scrolls(e))
    if (document.documentElement.scrollWidth > width) outside.push(document.body)
    return outside.slice(0, 3).map(e => `${e.tagName}.${e.className}: ${e.innerText}`)
}"""


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_scrolls_sideways(open_page, address, width):
    page = open_page("index.html", width=width)
    wide = {}
    for name in PAGES:
        page.goto(f"{address}/{name}", wait_until="load")
        page.evaluate("document.fonts.ready")
        if outside := page.evaluate(OUTSIDE):
            wide[name] = outside
    assert wide == {}


def test_formulae_have_a_size_and_the_colour_of_the_text(open_page):
    page = open_page("maths/layers.html", color_scheme="dark")
    formulae = page.locator("math")
    assert formulae.count() > 5
    for formula in formulae.all():
        box = formula.bounding_box()
        assert box["width"] > 3
        assert box["height"] > 5
    color = "e => getComputedStyle(e).color"
    assert formulae.first.evaluate(color) == page.locator("main p").first.evaluate(
        color
    )
