"""The demo by hand, in a real browser: join, open the mail, confirm, add topics, run a round, read the introduction.

The page fixture's rig fails the test on console errors, uncaught errors and requests to any other host.
"""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.sync_api import expect
from pydantic import SecretStr

from app.db import Database
from app.main import create_app
from app.settings import Settings
from tests.conftest import SECRET_KEY
from tests.factories import World
from tests.rig.browser import watched_page
from tests.rig.server import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

COLLEAGUES = (
    ("priya", "Estates", {"ask": ["budgets"], "offer": ["bread"]}),
    ("oscar", "Research", {"interest": ["chess"]}),
    ("aoife", "Nursing", {"language": ["English"]}),
)
PATIENCE = 30_000

expect.set_options(timeout=PATIENCE)


@contextmanager
def serving(settings: Settings, port: int) -> Iterator[None]:
    """The whole service in this process, worker included, on a port known before: links in mails name it."""
    app = create_app(settings, works=True)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, ws="none", timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 30
        while not server.started and thread.is_alive() and time.monotonic() < until:
            time.sleep(0.05)
        assert server.started
        yield
    finally:
        server.should_exit = True
        thread.join(40)


@pytest.fixture
def demo(sqlite_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of a demo with three colleagues in it."""
    port = free_port()
    settings = Settings(
        database_url=sqlite_url,
        base_url=f"http://127.0.0.1:{port}",
        secret_key=SecretStr(SECRET_KEY),
        smtp_url=SecretStr(f"maildir://{tmp_path / 'mail'}"),
        mail_from="Coffee Trial <coffee@example.org>",
        mail_rate=1000,
        demo=True,
        _env_file=None,
    )
    database = Database(sqlite_url)
    world = World(database, settings)
    world.programme()
    for name, team, topics in COLLEAGUES:
        world.person(name, team, **topics)  # type: ignore[arg-type]
    database.close()
    with serving(settings, port):
        yield settings.base_url


@pytest.fixture(params=[pytest.param(1280, marks=pytest.mark.long), 320], ids=["desk", "phone"])
def visitor(request: pytest.FixtureRequest, browser: "Browser") -> Iterator["Page"]:
    """A page as wide as a desk or as narrow as a small phone, with scripts blocked: none is needed."""
    size = {"width": request.param, "height": 720}
    with watched_page(browser, viewport=size, java_script_enabled=False) as page:
        yield page


def fits(page: "Page") -> None:
    """Nothing reaches beyond the window, and there is one heading that says where one is."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.wait_for_load_state()
    boxes = [box for box in (element.bounding_box() for element in page.locator("body *:visible").all()) if box]
    too_wide = [box for box in boxes if box["x"] + box["width"] > width + 1]
    assert too_wide == [], page.url
    expect(page.locator("h1"), page.url).to_have_count(1)


def open_mail(page: "Page", subject: str) -> None:
    """Look into the inbox until the mail is there, and open it."""
    until = time.monotonic() + PATIENCE / 1000
    while page.get_by_role("link", name=subject).count() == 0:
        assert time.monotonic() < until, f"no mail: {subject}"
        page.wait_for_timeout(300)
        page.reload()
    fits(page)
    page.get_by_role("link", name=subject).first.click()


def test_from_the_form_to_the_introduction(demo: str, visitor: "Page") -> None:
    page = visitor
    page.goto(demo)
    fits(page)
    page.get_by_role("link", name="Begin the demo").click()
    fits(page)
    page.get_by_role("link", name="Open the join page").click()

    page.get_by_label("Full name").fill("Sam Okoro")
    page.get_by_label("E-mail address").fill("sam@")
    page.get_by_role("button", name="Join").click()
    expect(page).to_have_title(re.compile("^Error: "))
    fits(page)
    page.get_by_role("link", name="Enter your team.").click()
    page.keyboard.type("Finance")
    expect(page.get_by_label("Full name")).to_have_value("Sam Okoro")
    page.get_by_label("E-mail address").fill("sam@example.org")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name="Look in your inbox")).to_be_visible()
    fits(page)

    page.get_by_role("link", name="open the inbox").click()
    open_mail(page, "Confirm")
    fits(page)
    page.frame_locator("iframe").get_by_role("link", name="Confirm and join").click()
    page.wait_for_url("**/m/*")
    fits(page)
    page.get_by_role("button", name="Confirm and join").click()
    expect(page.get_by_role("heading", name="You are in")).to_be_visible()
    fits(page)

    page.get_by_label("I like to talk about").fill("Chess, gardening")
    page.get_by_label("I can help with").fill("Budgets")
    page.get_by_label("Two", exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("In the next draw")).to_be_visible()
    fits(page)

    page.get_by_role("link", name="Steps").click()
    page.get_by_role("button", name="Run a round").click()
    page.get_by_role("heading", name="Everybody is introduced").wait_for(timeout=PATIENCE)
    fits(page)
    page.get_by_role("link", name="Read my introduction").click()
    open_mail(page, "Meet ")
    mail = page.frame_locator("iframe")
    expect(mail.get_by_role("heading", name="Sam Okoro, meet")).to_be_visible()
    expect(mail.get_by_text("Finance", exact=True)).to_be_visible()
    fits(page)

    page.get_by_role("link", name="My page").click()
    expect(page.locator("#conversations + .meetings .person")).to_have_count(1)
    fits(page)
    page.get_by_role("button", name="Skip the next round").click()
    expect(page.get_by_text("Sitting out one round")).to_be_visible()
