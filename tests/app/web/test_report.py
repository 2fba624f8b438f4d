"""The links of the mail to a sponsor: the report that one opens, and the page by which these mails stop."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from app.models import AuditEntry, SponsorStop
from app.queries import programmes as programme_queries
from app.queries.reports import Figures, OfRound
from app.security import mailed_token
from app.services import programmes
from app.services.programmes import ProgrammeFacts
from app.web.trend import FLOOR, TOP, WIDTH, trend
from tests.app.reported import OF_FEW, THREE_ROUNDS, reported
from tests.app.web.escapees import in_greek, look, offering
from tests.app.web.test_join import change
from tests.app.web.visitor import Visitor, visiting
from tests.factories import World

if TYPE_CHECKING:
    from playwright.sync_api import Page

STOPPED = "This link has stopped working"


def links(world: World, figures: Figures = THREE_ROUNDS, quarter: str = "2026-Q3") -> tuple[str, str]:
    """The paths of the report and of the page that stops the mails."""
    made = reported(world, quarter, figures)
    return tuple(f"/m/{mailed_token(world.secret, made[name])}" for name in ("report", "leave"))  # type: ignore[return-value]


def sponsor(world: World, address: str | None) -> None:
    """An organiser names another one, or nobody."""
    facts = ProgrammeFacts(sponsor_email=address) if address else ProgrammeFacts(cleared=frozenset({"sponsor_email"}))
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug, lock=True)
        programmes.change_programme(session, programme, facts, now=world.now, actor="test")


def stops(world: World) -> int:
    with world.database.reading() as session:
        return len(session.exec(select(SponsorStop)).all())


def test_the_link_shows_the_quarter_its_figures_round_by_round_and_who_may_see_it(visitor: Visitor) -> None:
    change(visitor.world, sponsor_name="Grace Mensah", contact_name="Amara")
    report, _ = links(visitor.world)
    answer = visitor.get(report)
    assert answer.status_code == 200
    for words in (
        "July to September 2026",
        "What <bdi>Cross-team coffees</bdi> did this quarter",
        "As of 23 November 2026.",
        "At least 55",
        "At least 135",
        "the week of 6 July 2026",
        "mailed to <bdi>Grace Mensah</bdi> alone",
        "It works until 28 December 2027",
        "What is not shown",
        'role="img"',
        "Ask <bdi>Amara</bdi>",
    ):
        assert words in answer.text, words
    cells = re.findall(r'<td class="number"><span[^>]*>\w+ </span>(\d+)</td>', answer.text)
    assert cells == "40 20 15 45 25 20 50 30 25".split()
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "same-origin", "nothing for other sites"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "grace@example.org" not in answer.text


def test_of_few_the_page_says_that_they_are_too_few_and_draws_nothing(visitor: Visitor) -> None:
    report, _ = links(visitor.world, OF_FEW, "2026-Q2")
    page = visitor.get(report).text
    assert page.count("Too few to show") == 4 + 3
    assert 'role="img"' not in page
    assert "At least" not in page


def test_looking_changes_nothing_and_only_a_press_stops_the_mails(visitor: Visitor) -> None:
    sponsor(visitor.world, "grace@example.org")
    report, stop = links(visitor.world)
    before = visitor.state()
    for path in (report, stop):
        for query in ("", "?action=stop-reports&List-Unsubscribe=One-Click"):
            looked, headed = visitor.get(path + query), visitor.http.head(path + query)
            assert (looked.status_code, headed.status_code, headed.content) == (200, 200, b"")
    assert visitor.state() == before
    assert "Stop these mails?" in visitor.get(stop).text
    assert visitor.post(stop, action="stop-reports").headers["location"] == stop
    assert "You get no more of these mails" in visitor.get(stop).text
    assert visitor.post(stop, action="go-on-reports").status_code == 303
    assert (stops(visitor.world), "Stop these mails?" in visitor.get(stop).text) == (0, True)
    with visitor.world.database.reading() as session:
        found = session.exec(select(AuditEntry).where(AuditEntry.actor == "sponsor").order_by(AuditEntry.action)).all()
    assert [entry.action for entry in found] == ["sponsor.go_on", "sponsor.stop"]


def test_the_button_of_a_mail_reader_stops_them_at_once_and_any_number_of_times_is_as_once(visitor: Visitor) -> None:
    _, stop = links(visitor.world)
    others = [visitor.fresh() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: one.http.post(stop, data={"List-Unsubscribe": "One-Click"}), others))
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "You are out.\n")] * 4
    assert stops(visitor.world) == 1


def test_a_link_serves_its_own_purpose_only(visitor: Visitor) -> None:
    report, stop = links(visitor.world)
    before = visitor.state()
    for path, action in ((report, "stop-reports"), (report, "leave"), (stop, "confirm"), (stop, "")):
        assert visitor.post(path, action=action).status_code == 422, (path, action)
    visitor.post(report, **{"List-Unsubscribe": "One-Click"})
    assert visitor.state() == before


@pytest.mark.parametrize("to", ["bo@example.org", None])
def test_a_link_ends_with_the_address_it_was_sent_to_in_the_words_of_every_other_link(
    visitor: Visitor, to: str | None
) -> None:
    sponsor(visitor.world, "grace@example.org")
    report, stop = links(visitor.world)
    sponsor(visitor.world, to)
    ended, forged = visitor.get(report), visitor.get(report[:-1] + ("a" if report[-1] != "a" else "b"))
    assert (ended.status_code, forged.status_code) == (410, 410)
    assert STOPPED in ended.text
    assert ended.text.replace(report, "") == forged.text.replace(forged.request.url.path, "")
    sponsor(visitor.world, "grace@example.org")
    assert visitor.get(report).status_code == 410
    assert visitor.get(stop).status_code == 200, "who wants no more mails can say so from the oldest"


def test_a_link_that_is_too_old_has_stopped_working_too(visitor: Visitor) -> None:
    report, stop = links(visitor.world)
    visitor.world.later(days=400)
    assert [visitor.get(path).status_code for path in (report, stop)] == [410, 200]


def test_no_page_for_those_who_take_part_has_the_sponsor_s_address(visitor: Visitor) -> None:
    change(visitor.world, sponsor_name="Grace", sponsor_email="grace@example.org")
    reported(visitor.world)
    visitor.joined("sam")
    for path in ("/", "/p/demo", "/p/demo/privacy", "/p/demo/conduct", "/me", "/me/topics", "/me/data.json"):
        answer = visitor.get(path)
        assert (answer.status_code, "grace@" in answer.text.casefold()) == (200, False), path
    assert "Whoever stands behind it" in visitor.get("/p/demo/privacy").text


def test_hostile_names_are_words_on_both_pages(visitor: Visitor) -> None:
    evil = '"><script>alert(1)</script>'
    change(visitor.world, name=evil, sponsor_name=evil, contact_name=evil)
    row = OfRound(1, evil, date(2026, 7, 1), 20, 10, 5)
    for path in links(visitor.world, Figures(1, 20, 20, 10, 5, (row,))):
        page = visitor.get(path).text
        assert ("<script" in page, "&lt;script&gt;" in page) == (False, True)


def test_the_pages_speak_the_language_of_the_browser(sqlite_world: World) -> None:
    offering(sqlite_world)
    change(sqlite_world, sponsor_name="Grace", contact_name="Amara")
    few = links(sqlite_world, OF_FEW, "2026-Q2")
    paths = links(sqlite_world)
    in_greek(sqlite_world)
    with visiting(sqlite_world) as visitor:
        for path in (*few, *paths):
            look(visitor, path)
        visitor.post(paths[1], action="stop-reports")
        look(visitor, paths[1])
        change(sqlite_world, sponsor_name="", contact_name="")
        look(visitor, paths[0])
        look(visitor, paths[0], 422, action="stop-reports")


# --- the picture -----------------------------------------------------------------------------------------------------


def test_columns_stand_on_one_floor_as_high_as_their_figures_and_none_leaves_the_picture() -> None:
    weekly = [OfRound(number, "x", date(2026, 7, 1), 5 * number, 5, 0) for number in range(1, 15)]
    for rounds in (THREE_ROUNDS.each, weekly):
        found = trend(rounds)
        assert found
        columns = [column for place in found.places for column in place.columns]
        assert {round(one.y + one.height) for one in columns} == {FLOOR}
        assert min(one.y for one in columns) == TOP
        assert all(one.x >= 0 and one.x + one.width <= WIDTH and one.width > 2 for one in columns)
        ends = [(one.x, one.x + one.width) for one in columns]
        assert all(end <= start for (_, end), (start, _) in pairwise(ends))
    assert found
    high = {one.what: one.height for one in found.places[-1].columns}
    assert high.keys() == {"people", "answered"}, "too few is no column"
    assert trend(OF_FEW.each) is None


def test_it_fits_on_one_sheet_of_paper_without_what_is_for_the_screen(page: "Page", sqlite_world: World) -> None:
    report, _ = links(sqlite_world)
    with visiting(sqlite_world) as visitor:
        page.goto(f"{visitor.site.url}{report}")
        assert len(re.findall(rb"/MediaBox", page.pdf(prefer_css_page_size=True))) == 1
        page.emulate_media(media="print")
        assert page.get_by_role("img").is_visible()
        assert page.get_by_role("table").is_visible()
        assert not page.get_by_role("link", name="Skip to the content").is_visible()
