"""The system's Chromium through Playwright, and a page that reports what a visitor would not see."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Response, Route, sync_playwright

from app.commands.test import BROWSER_VARIABLE, find_browser

VARIABLE = BROWSER_VARIABLE
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
OWN_HOSTS = {"127.0.0.1", "localhost", "::1"}


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium with a profile of its own; Playwright never downloads one."""
    path = find_browser()
    if path is None:
        raise RuntimeError("no Chromium found: run ./coffee test, which installs one, or name one in COFFEE_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class _Watch:
    """Collects what went wrong on a page: console errors, uncaught exceptions, requests to other hosts."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.answers: dict[str, int] = {}

    def route(self, route: Route) -> None:
        """Let our own hosts through and stop the rest."""
        url = urlsplit(route.request.url)
        if url.scheme in ("data", "blob", "about") or url.hostname in OWN_HOSTS:
            route.fallback()
            return
        self.troubles.append(f"request to another host: {route.request.url}")
        route.abort()

    def response(self, response: Response) -> None:
        """Remember the status of whole pages: Chromium calls a 422 of a form a console error, we do not."""
        if response.request.is_navigation_request():
            self.answers[response.url] = response.status

    def console(self, message: ConsoleMessage) -> None:
        """Keep errors, but for pages that answer 4xx on purpose."""
        if message.type != "error":
            return
        address = message.location.get("url", "")
        meant = message.text.startswith("Failed to load resource") and 400 <= self.answers.get(address, 0) < 500
        if not meant:
            self.troubles.append(f"console: {message.text} ({address})")


@contextmanager
def watched_page(browser: Browser, **context_options: object) -> Iterator[Page]:
    """A new page, closed afterwards; raises AssertionError when it saw trouble. Options go to `browser.new_context`."""
    watch = _Watch()
    context = browser.new_context(**context_options)  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    context.route("**/*", watch.route)
    context.on("response", watch.response)
    context.on("console", watch.console)
    context.on("weberror", lambda error: watch.troubles.append(f"uncaught: {error.error}"))
    try:
        yield context.new_page()
    finally:
        context.close()
    if watch.troubles:
        raise AssertionError("the page had trouble:\n" + "\n".join(watch.troubles))
