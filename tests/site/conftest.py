"""The built site, served on this machine, in a real browser.

    .venv/bin/sphinx-build -W --keep-going -j 2 docs build/site
    .venv/bin/python -m pytest tests/site

``SITE`` is the folder of the site, build/site by default, and ``CHROMIUM`` the browser.
"""

import functools
import os
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("SITE", ROOT / "build" / "site"))
PAGES = sorted(
    name
    for path in SITE.rglob("*.html")
    if not (name := path.relative_to(SITE).as_posix()).startswith("_")
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Handler(SimpleHTTPRequestHandler):
    """Serves files, and says nothing."""

    def log_message(self, *args):
        """Write no log."""


@pytest.fixture(scope="session")
def site():
    """Return the folder of the site."""
    assert (SITE / "index.html").is_file(), f"build the site first: {SITE} has none"
    return SITE


@pytest.fixture(scope="session")
def address(site):
    """Return where the site is served."""
    handler = functools.partial(Handler, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Return the Chromium of this machine."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "no Chromium: apt-get install chromium, or CHROMIUM=/path/to/it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, address):
    """Return a function that opens a page; what it must not do is an error.

    It must not write errors to the console, ask another host for anything, or
    ask this one for what is not there.
    """
    faults = []
    contexts = []

    def open_page(name="index.html", width=1280, **settings):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            permissions=["clipboard-read", "clipboard-write"],
            **settings,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda m: m.type == "error" and faults.append(m.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda r: r.url.startswith((address, "data:")) or faults.append(r.url),
        )
        page.on(
            "response", lambda r: r.status < 400 or faults.append(f"{r.status} {r.url}")
        )
        page.goto(f"{address}/{name}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
