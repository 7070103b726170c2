"""A real browser on a live server: Debian's Chromium, driven by Playwright.

`page` fails its test when the page logs an error, breaks the content policy or throws. Take what a
test expects out of `page_errors` before it ends.
"""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items):
    """Everything in this folder needs the browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    """One browser for the whole run. Without Chromium: skipped here, failed where CI is set."""
    if not CHROMIUM.exists():
        reason = f"Chromium is not at {CHROMIUM}. Install it, or set CHROMIUM."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    # Playwright's sync API runs an event loop in this thread; Django would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium, live_server, page_errors):
    """`new_page(PHONE, java_script_enabled=False)` opens one more page in a context of its own."""
    contexts = []

    def opened(viewport=DESK, **options):
        context = chromium.new_context(base_url=live_server.url, viewport=viewport, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and page_errors.append(said.text))
        page.on("pageerror", lambda error: page_errors.append(str(error)))
        page.on(
            "response",
            lambda reply: reply.status >= 500 and page_errors.append(f"{reply.status} {reply.url}"),
        )
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def page_errors():
    """What the browser complained about. A test that expects some of it empties the list."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def page(new_page):
    """A page at the width of a desk screen."""
    return new_page()


@pytest.fixture
def phone(new_page):
    """A page at the width of a phone."""
    return new_page(PHONE)


@pytest.fixture
def sign_in(live_server):
    """`sign_in(page, person)` signs the page's context in by its session cookie."""

    def signed_in(page, person):
        client = Client()
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        return page

    return signed_in


@pytest.fixture
def axe():
    """`axe(page)` checks the page against WCAG 2.2 AA and the best practices: nothing may fail."""
    from axe_playwright_python.sync_playwright import Axe

    def checked(page):
        options = {"runOnly": {"type": "tag", "values": RULES}}
        found = Axe().run(page, options=options).response["violations"]
        told = [
            (violation["id"], violation["help"], [node["target"] for node in violation["nodes"]])
            for violation in found
        ]
        assert told == [], f"{page.url}: {told}"

    return checked


@pytest.fixture
def fits():
    """`fits(page)` checks that nothing makes the page wider than its window."""

    def checked(page):
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], f"{page.url} is {width} pixels wide"

    return checked
