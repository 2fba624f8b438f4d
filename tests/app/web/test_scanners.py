"""Mail scanners open every link before people do, follow what they find, and run what scripts there are. They must
change nothing, spend nothing and send nothing; and the person's own press must work after them.
"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin

import pytest
from fastapi import Request

from app.doors import context
from app.models import MailKind, Participant, ParticipantState
from app.queries import programmes as programme_queries
from app.security import organiser_token
from app.services import links, mail_requests, standins
from app.web import mailed, someone_new, still_in
from app.web.status import AT_ONCE
from tests.app.web import season
from tests.app.web.season import Sent
from tests.app.web.visitor import Visitor, visiting
from tests.factories import World
from tests.rig.browser import watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "BarracudaCentral/1.0 (link protection)",
    "",
)
FILE = re.compile(r"^/static/|\.(ics|json|svg)$")
"""What a browser would download, or has loaded with the page."""
KINDS_WITHOUT_LINKS = {MailKind.ROUND_REPORT}
BEHIND_THE_DOOR = "/organiser/rounds", "/organiser/account"
"""What only organisers may look at: others are shown the door."""


@pytest.fixture
def scene(world: World) -> Iterator[tuple[Visitor, list[Sent]]]:
    """The pages after a season, and the mails that it sent."""
    season.play(world)
    with visiting(world) as visitor:
        yield visitor, season.sent(world)


def paths_of(world: World, mails: list[Sent]) -> list[str]:
    """Every link of these mails as a path of ours; none leads anywhere else."""
    found = sorted({link for mail in mails for link in mail.links})
    assert [link for link in found if not link.startswith(world.settings.base_url)] == []
    return [link.removeprefix(world.settings.base_url) or "/" for link in found]


def scan(visitor: Visitor, paths: list[str], agent: str, times: int = 1) -> set[str]:
    """HEAD and GET each, some times over, and whatever is found behind them. Returns what was opened."""
    waiting, seen = list(paths), set(paths)
    with visitor.site.client(follow_redirects=True, headers={"User-Agent": agent}) as http:
        while waiting:
            path = waiting.pop()
            for _ in range(times):
                http.head(path)
                page = http.get(path)
                assert page.status_code < 500, path
            if page.headers["content-type"].startswith("text/html"):
                new = {here for here in found_on(str(page.url), page.text, visitor.site.url) if here not in seen}
                seen |= new
                waiting += sorted(new)
    return seen


def found_on(url: str, html: str, site: str) -> Iterator[str]:
    for place in season.places(html):
        whole = urldefrag(urljoin(url, place)).url
        if whole.startswith(site):
            yield whole.removeprefix(site) or "/"


def test_a_scanner_that_opens_every_link_of_every_mail_changes_nothing(scene: tuple[Visitor, list[Sent]]) -> None:
    """And a season sends every kind of mail; and after the scanner each person's own press still works."""
    visitor, mails = scene
    assert {mail.kind for mail in mails} == set(MailKind)
    assert {mail.kind for mail in mails if not mail.links} <= KINDS_WITHOUT_LINKS
    newest = one_of_each(visitor.world, mails)
    answers = {path: visitor.get(path).status_code for path in newest if "/m/sample-" not in path}
    behind = {path for path in answers if path.startswith(BEHIND_THE_DOOR)}
    assert len(behind) >= 4
    assert [path for path, status in answers.items() if status != (303 if path in behind else 200)] == []
    before = visitor.rows()
    opened = scan(visitor, paths_of(visitor.world, mails), AGENTS[0])
    assert len(opened) > 100
    assert {"/me", "/p/demo", "/p/demo/privacy", "/p/demo/conduct"} < opened
    for agent in AGENTS[1:]:
        scan(visitor, newest, agent, times=2)
    assert visitor.rows() == before
    presses_work(visitor)


@pytest.mark.long
def test_however_often_it_comes(scene: tuple[Visitor, list[Sent]]) -> None:
    visitor, mails = scene
    before = visitor.rows()
    for agent in AGENTS:
        scan(visitor, paths_of(visitor.world, mails), agent, times=5)
    assert visitor.rows() == before


def one_of_each(world: World, mails: list[Sent]) -> list[str]:
    """The links of the newest mail of each kind, as paths."""
    return paths_of(world, list({mail.kind: mail for mail in mails}.values()))


PRESSES: list[tuple[MailKind, str, dict[str, str], int]] = [
    (MailKind.CONFIRM_SIGN_UP, "confirm", {"action": "confirm"}, 303),
    (MailKind.MY_PAGE, "my_page", {"action": "open"}, 303),
    (MailKind.LEFT_OUT, "choices", {"action": "skip"}, 303),
    (MailKind.WELCOME_BACK, "choices", {"action": "back"}, 303),
    (MailKind.BEFORE_DRAW, "choices", {"action": "mail"}, 303),
    (MailKind.INTRODUCTION, "conversation", {"action": "arranged"}, 303),
    (MailKind.REMINDER, "feedback", {"action": "booked"}, 303),
    (MailKind.CHECK_IN, "feedback", {"action": "yes"}, 303),
    (MailKind.CHECK_IN_AGAIN, "feedback", {"action": "no"}, 303),
    (MailKind.CALLED_OFF, "someone_new", {"action": "someone-new"}, 303),
    (MailKind.PARTNER_AWAY, "someone_new", {"action": "someone-new"}, 303),
    (MailKind.STILL_IN, "still_in", {"action": "keep-me-in"}, 303),
    (MailKind.OUTCOME, "outcome", {"action": "spoke"}, 303),
    (MailKind.INTRODUCTION, "concern", {"action": "keep-apart"}, 303),
    (MailKind.SPONSOR_REPORT, "leave", {"action": "stop-reports"}, 303),
    (MailKind.SPONSOR_REPORT, "leave", {"action": "go-on-reports"}, 303),
    (MailKind.SPONSOR_REPORT, "leave", {"List-Unsubscribe": "One-Click"}, 200),
    (MailKind.ALREADY_IN, "leave", {"List-Unsubscribe": "One-Click"}, 200),
]


def presses_work(visitor: Visitor) -> None:
    """Each once. Introductions are all of one moment, so one is named: whoever said in the season that something is
    wrong is kept apart already, and their press rightly changes nothing.
    """
    for kind, name, fields, status in PRESSES:
        written = visitor.world.mails(kind, "ann" if kind == MailKind.INTRODUCTION else None)
        mail = next(row for row in reversed(written) if name in row.facts.get("links", {}))
        before = visitor.rows()
        answer = visitor.fresh().post(f"/m/{visitor.world.token(mail, name)}", **fields)
        assert (answer.status_code, kind, name) == (status, kind, name)
        assert visitor.rows() != before, f"the press of {kind} did nothing"
    (invited,) = visitor.world.mails(MailKind.SIGN_IN)
    token = organiser_token(visitor.world.secret, invited.facts["organiser_link"])
    assert visitor.fresh().post(f"/organiser/link/{token}").status_code == 303


# --- a scanner would be noticed by a page that acts when it is looked at ----------------------------------------------


def comes_back(request: Request) -> None:
    with context(request).database.writing() as session:
        link, _, _ = links.look(session, request.path_params["token"], context(request).clock(), *mailed.IN_MAILS)
        programme = programme_queries.programme(session, "demo")
        person = session.get_one(Participant, link.participant_id)
        AT_ONCE["back"](session, programme, person, context(request).clock(), context(request).settings.secret)


def asks_for_someone(request: Request) -> None:
    with context(request).database.writing() as session:
        moment = context(request).clock()
        link, _, programme = links.look(session, request.path_params["token"], moment, *mailed.IN_MAILS)
        standins.ask(session, programme, link, now=moment)


def sends_a_mail(request: Request) -> None:
    with context(request).database.writing() as session:
        mail_requests.ask_for_my_page(session, "ann@example.org", now=context(request).clock())


def spends_the_token(request: Request) -> None:
    with context(request).database.writing() as session:
        links.redeem(session, request.path_params["token"], context(request).clock(), *mailed.IN_MAILS)


FAULTS: list[tuple[Any, str, Callable[..., None]]] = [
    (still_in, "show", comes_back),
    (someone_new, "shown", asks_for_someone),
    (still_in, "show", sends_a_mail),
    (mailed, "_page", spends_the_token),
]


def test_a_page_that_acts_when_it_is_looked_at_is_noticed(
    sqlite_scene: tuple[Visitor, list[Sent]], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, mails = sqlite_scene
    paths = one_of_each(visitor.world, mails)
    for where, name, fault in FAULTS:
        with monkeypatch.context() as patch:
            patch.setattr(where, name, acting(getattr(where, name), fault))
            before = visitor.rows()
            scan(visitor, paths, AGENTS[0])
            assert visitor.rows() != before, fault.__name__


def acting(real: Callable[..., Any], fault: Callable[..., None]) -> Callable[..., Any]:
    """The page with a fault: it acts before it is shown."""

    def faulty(request: Request, *others: Any, **more: Any) -> Any:
        answer = real(request, *others, **more)
        fault(request)
        return answer

    return faulty


@pytest.fixture
def sqlite_scene(sqlite_world: World) -> Iterator[tuple[Visitor, list[Sent]]]:
    """As `scene`, on SQLite alone."""
    sender = {"mail_from": "Coffee Trial <coffee@example.org>", "mail_rate": 10_000.0, "mail_burst": 1_000_000}
    sqlite_world.settings = sqlite_world.settings.model_copy(update=sender)
    season.play(sqlite_world)
    with visiting(sqlite_world) as visitor:
        yield visitor, season.sent(sqlite_world)


# --- one that renders ------------------------------------------------------------------------------------------------


def test_a_scanner_that_renders_every_kind_of_mail_and_page_changes_nothing(
    sqlite_scene: tuple[Visitor, list[Sent]], browser: "Browser"
) -> None:
    """Once with its scripts and once without; it follows every link that it finds, and submits no form."""
    visitor, mails = sqlite_scene
    before = visitor.rows()
    for scripts in (True, False):
        with watched_page(browser, java_script_enabled=scripts) as page:
            page.set_default_timeout(60_000)  # a busy machine is no fault of a page
            opened = render(page, visitor, one_of_each(visitor.world, mails))
        assert {"/me", "/p/demo", "/p/demo/privacy"} < opened
    assert visitor.rows() == before
    assert visitor.world.there("zoe").state == ParticipantState.PENDING


def render(page: "Page", visitor: Visitor, paths: list[str]) -> set[str]:
    """Open each in a browser, and whatever is found there."""
    opened, waiting = set(paths), list(paths)
    while waiting:
        path = waiting.pop()
        page.goto(visitor.site.url + path)
        found = set(found_on(page.url, page.content(), visitor.site.url)) - opened
        opened |= found
        waiting += sorted(here for here in found if not FILE.search(here))
    return opened
