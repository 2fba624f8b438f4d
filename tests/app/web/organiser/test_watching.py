"""The page that watches a round: whose mail came to nothing, what people said in figures, and news as they come."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from app.errors import TooMany
from app.models import MailKind, Met, Participant, Programme, Role, Round
from app.queries import stuck
from app.services import feedback
from app.services.feedback import Answer
from app.web.organiser import live, lookout
from app.web.organiser.lookout import Lookout
from app.workflows import duties
from tests.app.web.organiser.desk import REFUSED, UNKNOWN, Desk
from tests.factories import World
from tests.rig.browser import watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PATIENCE = 30_000
RETRY = re.compile(r"retry: [234]\d{3}")
TILE = re.compile(r'<dt>([^<]+)</dt>\s*<dd class="tile-number">([^<]+)</dd>')


def page_of(round_: Round, query: str = "") -> str:
    return f"/organiser/rounds/{round_.id}/watch{query}"


def lookout_of(desk: Desk) -> Lookout:
    """That of the application that is visited."""
    found: Lookout = desk.visitor.app.state.lookout
    return found


def on_its_way(world: World, people: int = 4) -> Round:
    """A round of which every mail waits."""
    world.people(people)
    return world.draw(world.open_round(send=True))


def all_answer(world: World, number: int, met: Met = Met.YES) -> None:
    """So many say how it went."""
    for n in range(number):
        group = world.mails(MailKind.INTRODUCTION, f"person{n:02}")[-1].facts["group"]
        with world.database.writing() as session:
            person = session.get_one(Participant, world.there(f"person{n:02}").id)
            feedback.record(session, person, group, Answer(met), world.now)


@contextmanager
def news(desk: Desk, round_: Round, since: str = "", **headers: str) -> Iterator[Iterator[str]]:
    """The lines of the stream, as they come."""
    path = f"/organiser/rounds/{round_.id}/live?since={since}"
    with desk.visitor.http.stream("GET", path, headers=headers, timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield (line for line in answer.iter_lines() if line)


# --- the page --------------------------------------------------------------------------------------------------------


def test_it_lists_whose_mail_came_to_nothing_and_why(desk: Desk) -> None:
    round_ = desk.round(6, (UNKNOWN, REFUSED))
    text = desk.get(page_of(round_)).text
    held, returned = (m for m in desk.world.mails(MailKind.INTRODUCTION) if m.state in ("uncertain", "rejected"))
    assert set(re.findall(r'<tr id="(msg_\w+)">', text)) == {held.id, returned.id}
    for mail in (held, returned):
        reason = "held" if mail.state == "uncertain" else "returned"
        assert re.findall(r'<tr id="(msg_\w+)">', desk.get(page_of(round_, f"?reason={reason}")).text) == [mail.id]
    assert "Send again" in text


def test_who_may_only_look_sees_it_without_buttons(sqlite_desk: Desk) -> None:
    round_ = sqlite_desk.round(4, (UNKNOWN,))
    viewer = sqlite_desk.elsewhere(sqlite_desk.organiser(Role.VIEWER, name="vi"))
    text = viewer.get(page_of(round_)).text
    assert "Held: handed over" in text
    assert "Send again" not in text


def tiles(desk: Desk, round_: Round) -> dict[str, str]:
    return dict(TILE.findall(desk.get(page_of(round_)).text))


def test_what_people_have_said_is_told_in_steps_that_leave_enough_of_whom_nobody_knows(desk: Desk) -> None:
    round_ = desk.round(16)
    duties.write_down_said(desk.world.work)
    none = dict.fromkeys(("Have answered", "Have met", "Have arranged it", "Not this time"), "Not told")
    all_answer(desk.world, 13)
    assert tiles(desk, round_) == none, "of today nothing is told"
    next_day(desk)
    assert tiles(desk, round_) == none | {"Have answered": "At least 10", "Have met": "At least 10"}
    all_answer(desk.world, 16)
    next_day(desk)
    assert tiles(desk, round_)["Have met"] == "At least 10", "that nobody is left is not told either"


def next_day(desk: Desk) -> None:
    """A day later, when the worker has looked."""
    desk.later(days=1)
    duties.each_minute(desk.world.work)


def test_no_figure_moves_with_a_button_that_one_person_presses(desk: Desk) -> None:
    round_ = desk.round(16)
    all_answer(desk.world, 10)
    next_day(desk)
    before = tiles(desk, round_)
    assert before["Have met"] == "At least 10"
    all_answer(desk.world, 1, Met.NO)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo"):
        with desk.world.database.writing() as session:
            session.get_one(Programme, round_.programme_id).time_zone = zone
        duties.each_minute(desk.world.work)
        assert tiles(desk, round_) == before, "neither by what they press nor by what an organiser changes"
    next_day(desk)
    assert tiles(desk, round_)["Have met"] == "At least 5"


def test_the_days_of_two_figures_lie_apart_also_after_a_worker_was_away(desk: Desk) -> None:
    round_ = desk.round(16)
    desk.later(hours=14, minutes=50)
    duties.write_down_said(desk.world.work)
    all_answer(desk.world, 10)
    desk.later(minutes=20)
    duties.write_down_said(desk.world.work)
    assert tiles(desk, round_)["Have met"] == "Not told"
    desk.later(hours=20)
    duties.write_down_said(desk.world.work)
    assert tiles(desk, round_)["Have met"] == "At least 10"


@pytest.mark.parametrize(
    ("number", "people", "told"),
    [(0, 48, 0), (4, 48, 0), (5, 48, 5), (31, 48, 30), (48, 48, 40), (6, 6, 0), (9, 10, 5)],
)
def test_figures_are_blurred(number: int, people: int, told: int) -> None:
    assert stuck._blurred(number, people) == told


def test_it_says_what_happened_when(sqlite_desk: Desk) -> None:
    round_ = sqlite_desk.round(4)
    text = sqlite_desk.get(page_of(round_)).text
    for words in ("Opened", "Drawn", "Approved", "Sending began", "Every mail had met its fate"):
        assert f'<th scope="row">{words}</th>' in text


# --- news ------------------------------------------------------------------------------------------------------------


def test_the_stream_says_that_something_is_different_and_ends_when_nothing_moves_any_more(desk: Desk) -> None:
    round_ = on_its_way(desk.world)
    with news(desk, round_) as lines:
        assert RETRY.fullmatch(next(lines))
        assert next(lines) == "event: changed"
        first = next(lines).removeprefix("id: ")
        assert next(lines) == "data: 1"
        desk.world.deliver()
        rest = list(lines)
    assert rest[-2:] == ["event: over", "data: 1"]
    assert rest.count("event: changed") >= 1
    assert f"id: {first}" not in rest
    assert not [line for line in rest if "@" in line or "person" in line]


def test_what_the_page_has_seen_is_no_news(sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 1.0)
    round_ = on_its_way(sqlite_desk.world)
    found = re.search(r'data-news="([^"]+since=(\w+))"', sqlite_desk.get(page_of(round_)).text)
    assert found
    with news(sqlite_desk, round_, found[2]) as lines:
        assert RETRY.fullmatch(next(lines))
        assert next(lines) == ": still here"
    with news(sqlite_desk, round_, "old", **{"Last-Event-ID": found[2]}) as lines:
        assert RETRY.fullmatch(next(lines))
        assert next(lines) == ": still here"


def test_a_crowd_asks_no_more_than_one_and_holds_no_connection(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 1.0)
    round_ = on_its_way(desk.world)
    app_database = desk.visitor.app.state.context.database
    watching = lookout_of(desk)
    with contextmanager(crowd)(desk, round_, 12) as streams:
        for lines in streams:
            while next(lines) != ": still here":
                pass
        assert watching.watching == 12
        assert watching.looks <= 8, "one look a second for all of them"
        assert app_database.engine.pool.checkedout() == 0
    patiently(lambda: watching.watching == 0)
    assert (watching._seen, watching._turns) == ({}, {})


def crowd(desk: Desk, round_: Round, number: int) -> Iterator[list[Iterator[str]]]:
    """So many who watch the same round."""
    clients = [httpx.Client(base_url=desk.visitor.site.url, cookies=desk.visitor.http.cookies) for _ in range(number)]
    opened = []
    try:
        for client in clients:
            request = client.build_request("GET", f"/organiser/rounds/{round_.id}/live", timeout=30)
            opened.append(client.send(request, stream=True))
        yield [(line for line in answer.iter_lines() if line) for answer in opened]
    finally:
        for answer in opened:
            answer.close()
        for client in clients:
            client.close()


def patiently(true: object) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + 20
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def test_when_too_many_watch_the_next_one_is_told(sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "MOST", 0)
    round_ = on_its_way(sqlite_desk.world)
    assert sqlite_desk.get(f"/organiser/rounds/{round_.id}/live").status_code == 429


def test_a_burst_takes_no_more_places_than_there_are(sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "MOST", 2)
    watching = lookout_of(sqlite_desk)
    first, _second = watching.come(), watching.come()
    with pytest.raises(TooMany):
        watching.come()
    with watching.watch("rnd_1", first), pytest.raises(TooMany):
        watching.come()


def test_who_was_let_in_and_never_watches_keeps_nobody_out(sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "MOST", 1)
    monkeypatch.setattr(lookout, "MOMENT", -1.0)
    for _ in range(3):
        lookout_of(sqlite_desk).come()


def test_a_crowd_that_looks_at_once_is_answered(desk: Desk) -> None:
    """As many as a restart brings back: no request may hold a connection and wait for a thread that waits for one."""
    round_ = on_its_way(desk.world)
    path, url = page_of(round_), desk.visitor.site.url
    limits = httpx.Limits(max_connections=100)
    with httpx.Client(base_url=url, cookies=desk.visitor.http.cookies, timeout=25, limits=limits) as http:
        desk.get(path)
        with ThreadPoolExecutor(80) as pool:
            answers = list(pool.map(lambda _: http.get(path).status_code, range(80)))
    assert answers == [200] * 80


def test_the_stream_ends_by_itself_after_a_while_and_when_the_process_does(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = on_its_way(sqlite_desk.world)
    monkeypatch.setattr(live, "LONGEST", 1.0)
    with news(sqlite_desk, round_) as lines:
        assert list(lines)[-1] == "data: 1"
    monkeypatch.setattr(live, "LONGEST", 1000.0)
    with news(sqlite_desk, round_) as lines:
        next(lines)
        lookout_of(sqlite_desk).close()
        assert "event: over" not in list(lines)


def test_only_pages_that_keep_themselves_up_to_date_may_run_the_script(sqlite_desk: Desk) -> None:
    round_ = on_its_way(sqlite_desk.world)
    for path in (page_of(round_), f"/organiser/rounds/{round_.id}/outbox"):
        moving, still = sqlite_desk.get(path), sqlite_desk.get(f"{path}?still=1")
        assert ("script-src 'self'" in moving.headers["content-security-policy"], "<script" in moving.text) == (
            True,
        ) * 2
        assert ("script-src 'none'" in still.headers["content-security-policy"], "<script" in still.text) == (
            True,
            False,
        )
    sqlite_desk.world.deliver()
    assert "<script" not in sqlite_desk.get(page_of(round_)).text


# --- in a browser ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("where", ["watch", "outbox"])
def test_a_page_moves_by_itself_with_scripts_and_without(
    browser: "Browser", sqlite_desk: Desk, where: str, scripts: bool
) -> None:
    round_ = on_its_way(sqlite_desk.world)
    with watched_page(browser, java_script_enabled=scripts) as page:
        sqlite_desk.enter(page, sqlite_desk.organiser(Role.ORGANISER, name="bo"))
        page.goto(f"{sqlite_desk.visitor.site.url}/organiser/rounds/{round_.id}/{where}")
        expect(page.get_by_text("0 of 4 mails have met their fate")).to_be_visible(timeout=PATIENCE)
        loads = []
        page.on("framenavigated", lambda frame: loads.append(frame.url))
        sqlite_desk.world.deliver()
        expect(page.get_by_text("4 of 4 mails have met their fate")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_text("Stop refreshing")).to_have_count(0, timeout=PATIENCE)
        assert bool(loads) != scripts, "with the script nothing is loaded anew"
    patiently(lambda: lookout_of(sqlite_desk).watching == 0)


def test_when_the_stream_is_refused_the_script_asks_every_few_seconds(browser: "Browser", sqlite_desk: Desk) -> None:
    round_ = on_its_way(sqlite_desk.world)
    with watched_page(browser) as page:
        sqlite_desk.enter(page, sqlite_desk.organiser(Role.ORGANISER, name="bo"))
        page.route("**/live?*", lambda route: route.fulfill(status=204))
        page.goto(sqlite_desk.visitor.site.url + page_of(round_))
        sqlite_desk.world.deliver()
        expect(page.get_by_text("4 of 4 mails have met their fate")).to_be_visible(timeout=PATIENCE)


def test_a_page_that_watches_a_draw_shows_the_groups_when_they_are_there(browser: "Browser", sqlite_desk: Desk) -> None:
    sqlite_desk.world.people(4)
    round_ = sqlite_desk.world.open_round()
    with watched_page(browser) as page:
        sqlite_desk.enter(page, sqlite_desk.organiser(Role.ORGANISER, name="bo"))
        page.goto(f"{sqlite_desk.visitor.site.url}/organiser/rounds/{round_.id}")
        expect(page.get_by_role("heading", name="Being drawn")).to_be_visible(timeout=PATIENCE)
        sqlite_desk.world.draw(round_)
        expect(page.get_by_role("button", name="Approve these groups")).to_be_visible(timeout=PATIENCE)


def test_the_page_of_feedback_is_the_same_for_who_met_and_who_did_not(sqlite_desk: Desk) -> None:
    """The figures aside: no line of the page depends on what somebody has said."""
    round_ = sqlite_desk.round(6)
    before = sqlite_desk.get(page_of(round_)).text
    all_answer(sqlite_desk.world, 3)
    assert sqlite_desk.get(page_of(round_)).text == before
