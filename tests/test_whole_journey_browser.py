"""The journey of one person through a season, in a real browser, from the join page to "delete me": on a phone and on a
desk, with scripts and without. Time and the post are the test's own; everything else is pressed, tapped and typed.
"""

import email.policy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from pydantic import SecretStr
from sqlmodel import select

from app.db import Database
from app.main import create_app
from app.models import Feedback, MailKind, Met, ParticipantState
from app.queries import programmes as programme_queries
from app.settings import Settings
from app.workflows import duties
from tests.conftest import SECRET_KEY
from tests.factories import World
from tests.rig.browser import watched_page
from tests.rig.server import free_port, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
ZONE = "Europe/Amsterdam"
PATIENCE = 60_000
"""Milliseconds: a busy machine is no fault of a page."""

expect.set_options(timeout=PATIENCE)


@dataclass
class Person:
    """Sam, with a browser, and with an inbox."""

    page: "Page"
    world: World
    touches: bool

    def press(self, name: str, role: Any = "button") -> None:
        """Tap or click what says so, and look whether the next page fits."""
        self.use(self.page.get_by_role(role, name=name, exact=True).first)

    def use(self, place: "Locator") -> None:
        place.tap() if self.touches else place.click()
        self.page.wait_for_load_state()
        self.fits()

    def open(self, path: str) -> None:
        self.page.goto(f"{self.world.settings.base_url}{path}")
        self.fits()

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.get_by_text(text).first).to_be_visible()

    def fits(self) -> None:
        """Nothing is wider than the window, and one heading says where one is."""
        expect(self.page.locator("h1"), self.page.url).to_have_count(1)
        width = self.page.locator("html").evaluate("html => html.scrollWidth")
        assert width <= (self.page.viewport_size or {"width": 0})["width"], self.page.url

    def day_passes(self, **span: float) -> None:
        """Time, the worker and the post do their part."""
        self.world.later(**span)
        duties.each_minute(self.world.work)
        duties.ask(self.world.work)
        self.world.deliver()

    def reads(self, kind: MailKind, link: str) -> None:
        """Open the newest mail of a kind, look at it, and follow one of its links."""
        self.world.deliver()
        row = self.world.mails(kind, "sam")[-1]
        message = next(one for one in map(_mail, reversed(self._mine())) if one["X-Row"] == row.id)
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        assert text is not None
        assert html is not None
        looks = html.get_content()
        inbox = f"{self.world.settings.base_url}/inbox-of-sam"  # of the test's own, without the rules of our pages
        self.page.route(inbox, lambda route: route.fulfill(body=looks, content_type="text/html; charset=utf-8"))
        self.page.goto(inbox)
        expect(self.page.locator("h1")).to_have_count(1)
        target = f"{self.world.settings.base_url}/m/{self.world.token(row, link)}"
        assert target in text.get_content()
        link_there = self.page.locator(f'a[href="{target}"]').first
        link_there.focus()  # an address over two lines has no middle to tap
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(target)
        self.fits()

    def _mine(self) -> list[bytes]:
        return [one.data for one in self.world.transport.sent if one.recipient == "sam@example.org"]


def _mail(data: bytes) -> EmailMessage:
    return BytesParser(policy=email.policy.default).parsebytes(data)


@contextmanager
def walking(url: str, browser: "Browser", **options: Any) -> Iterator[Person]:
    """Sam, and a programme with three colleagues, served."""
    port = free_port()
    settings = Settings(
        database_url=url,
        base_url=f"http://127.0.0.1:{port}",
        secret_key=SecretStr(SECRET_KEY),
        smtp_url=SecretStr("smtp://localhost:1025?starttls=off"),
        mail_from="Coffee Trial <coffee@example.org>",
        mail_idempotency_header="X-Row",
        _env_file=None,
    )
    settings = settings.model_copy(update={"mail_rate": 10_000.0, "mail_burst": 1_000_000})
    database = Database(url)
    world = World(database, settings)
    world.programme(safe_name="Ines", safe_email="ines@example.org", next_draw_on=date(2026, 12, 1))
    for name, offers in (("priya", ["Budgets"]), ("oscar", ["Budgets"]), ("aoife", ["Budgets"])):
        world.person(name, name, offer=offers)
    app = create_app(settings, works=False, clock=lambda: world.now)
    with served(app, port), watched_page(browser, **options) as page:
        page.set_default_timeout(PATIENCE)
        yield Person(page, world, bool(options.get("has_touch")))
    database.close()


@pytest.mark.parametrize(
    ("device", "scripts"),
    [
        pytest.param(PHONE, True, id="phone with scripts"),
        pytest.param(DESK, False, id="desk without scripts"),
        pytest.param(PHONE, False, id="phone without scripts", marks=pytest.mark.long),
        pytest.param(DESK, True, id="desk with scripts", marks=pytest.mark.long),
    ],
)
def test_a_season_from_the_join_page_to_delete_me(
    sqlite_url: str, browser: "Browser", device: dict[str, Any], scripts: bool
) -> None:
    with walking(sqlite_url, browser, java_script_enabled=scripts, **device) as sam:
        joins(sam)
        makes_better_matches(sam)
        has_a_word_before_the_draw(sam)
        is_introduced_and_arranges(sam)
        says_how_it_went(sam)
        says_what_came_of_it(sam)
        is_asked_whether_still_in(sam)
        looks_after_their_data(sam)


def joins(sam: Person) -> None:
    """P1 to P4."""
    sam.open("/p/demo")
    sam.sees("You join", "Tuesday 1 December")
    sam.page.get_by_label("E-mail address").fill("sam@example.org")
    sam.press("Join")
    expect(sam.page).to_have_title(re.compile("^Error: "))
    expect(sam.page.get_by_role("alert")).to_be_focused()
    sam.page.get_by_label("Full name").fill("Sam Okoro")
    sam.page.get_by_label("Team").fill("Finance")
    sam.press("Join")
    sam.sees("Look in your inbox", "sam@example.org")
    sam.world.answer()
    sam.reads(MailKind.CONFIRM_SIGN_UP, "confirm")
    assert sam.world.there("sam").state == ParticipantState.PENDING
    sam.press("Confirm and join")
    sam.sees("You are in", "Tuesday 1 December")


def makes_better_matches(sam: Person) -> None:
    """P5, and somebody not to meet."""
    page = sam.page
    page.get_by_label("I like to talk about").fill("Chess, gardening")
    page.get_by_label("I would like help with").fill("Grants")
    sam.use(page.get_by_label("Budgets – 3 people can help"))
    page.get_by_label("I can help with").fill("Bread")
    page.get_by_label("Two", exact=True).check()
    page.get_by_label("Languages").fill("English")
    page.get_by_label("Monday lunch").check()
    page.get_by_label("Time zone").select_option(ZONE)
    page.get_by_label("What helps you").fill("A quiet room")
    page.get_by_label("Only the people I am introduced to").check()
    sam.press("Save")
    sam.sees("In the next draw", "Amsterdam", "A quiet room", "Budgets")
    assert sam.world.there("sam").time_zone == ZONE
    page.get_by_label("E-mail address of the person").fill("aoife@example.org")
    sam.press("Keep us apart")
    sam.sees("you two will not be matched")


def has_a_word_before_the_draw(sam: Person) -> None:
    """P6 and P12: skip and back, pause and back, from the mail."""
    sam.day_passes(days=3)
    sam.reads(MailKind.BEFORE_DRAW, "choices")
    sam.press("Skip the next round")
    sam.sees("You sit out the next round")
    sam.press("Take part after all")
    sam.page.get_by_label("I am back on").fill("2027-01-11")
    sam.press("Pause until that day")
    sam.sees("You are taking a break until")
    sam.press("Come back now")
    sam.sees("You are in the next draw")


def is_introduced_and_arranges(sam: Person) -> None:
    """P7 to P9: arranged for a day, no answer, cannot, and all of it taken back."""
    sam.world.later(days=5)
    sam.world.sent_round("2026-W49")
    sam.reads(MailKind.INTRODUCTION, "conversation")
    sam.sees("You and", "If you like a shape", "Can help with Budgets")
    sam.page.get_by_label("On which day?").fill("2026-12-04")
    sam.press("We have arranged it")
    sam.sees("it is arranged for Friday 4 December")
    sam.press("It is not arranged after all")
    sam.sees("Taken back.")
    sam.day_passes(days=2)
    sam.page.reload()
    sam.press("My match has not replied")
    sam.sees("We are looking for someone new")
    sam.press("We have found each other")
    sam.press("I cannot this time")
    sam.sees("You cannot this time")
    sam.press("I can after all")
    sam.sees("Have you found a time?")
    sam.press("We have arranged it")
    sam.sees("Nobody is reminded any more.")


def says_how_it_went(sam: Person) -> None:
    """P10, after a look at the page where something wrong is said."""
    sam.press("Something wrong?", "link")
    sam.sees("Who reads this", "Ines")
    sam.day_passes(days=8)
    sam.reads(MailKind.CHECK_IN, "feedback")
    sam.press("Yes, we met")
    sam.page.get_by_role("group", name="Had you met before?").get_by_label("Yes").check()
    sam.page.get_by_label("I got help").check()
    sam.page.locator("[name=learnt]").fill("Ask before the deadline.")
    sam.press("Keep it")
    sam.sees("Kept. That was all.")
    with sam.world.database.reading() as session:
        (said,) = session.exec(select(Feedback)).all()
    assert (said.met, said.learnt, said.known) == (Met.YES, "Ask before the deadline.", True)


def says_what_came_of_it(sam: Person) -> None:
    """P11."""
    sam.day_passes(days=21)
    sam.reads(MailKind.OUTCOME, "outcome")
    sam.press("I used something from it")
    sam.page.get_by_label("What was it?").fill("A checklist")
    sam.press("Keep it")
    sam.sees("You said: I used something from it")


def is_asked_whether_still_in(sam: Person) -> None:
    """A round without a sign, in a programme that holds after one: one press, and Sam is back."""
    with sam.world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        programme.hold_after = 1
        session.add(programme)
    sam.world.later(hours=1)
    sam.world.sent_round("2027-W01")
    for days in (6, 4, 4):  # to a Friday: what can wait leaves on working days
        sam.day_passes(days=days)
    assert sam.world.there("sam").state == ParticipantState.HELD
    sam.reads(MailKind.STILL_IN, "still_in")
    sam.press("Keep me in")
    sam.sees("You are in the draw")


def opens_own_page(sam: Person) -> None:
    """No password: a mail."""
    sam.open("/me")
    sam.page.get_by_label("E-mail address").fill("sam@example.org")
    sam.press("Mail me the link")
    sam.sees("Look in your inbox")
    sam.world.answer()
    sam.reads(MailKind.MY_PAGE, "my_page")
    sam.press("Open my page")


def looks_after_their_data(sam: Person) -> None:
    """My page: the log, the conversation, the download, leaving, and deleting."""
    opens_own_page(sam)
    sam.sees("Hello, Sam Okoro", "You met")
    sam.press("My learning log", "link")
    sam.sees("Ask before the deadline.")
    sam.press("Back to my page", "link")
    with sam.page.expect_download() as file:
        place = sam.page.get_by_role("link", name="Download my data", exact=True)
        place.tap() if sam.touches else place.click()
    assert "Ask before the deadline." in file.value.path().read_text()
    sam.press("Leave the programme", "link")
    sam.press("Leave the programme")
    sam.sees("You have left")
    sam.world.later(hours=2)
    opens_own_page(sam)
    sam.press("Delete me", "link")
    sam.page.get_by_label("Type the word delete").fill("delete")
    sam.press("Delete me")
    sam.sees("Everything about you is deleted")
    assert sam.world.find("sam") is None
