"""Every list comes in pages: a limit, a cursor, a link to the next, and an order that stays."""

from typing import Any

import pytest
from sqlmodel import func, select

from app.models import AuditEntry, SuppressionReason
from app.queries import programmes as queries
from app.services import audit, participants, suppression
from emails.samples import SAMPLES
from tests.app.api.door import Door, kind, routes
from tests.app.reported import reported

LISTS = {
    "/programmes": "programmes",
    "/programmes/demo/participants": "participants",
    "/programmes/demo/rounds": "rounds",
    "/programmes/demo/emails": "emails",
    "/programmes/demo/audit": "entries",
    "/programmes/demo/suppressed": "addresses",
    "/programmes/demo/blocks": "blocks",
    "/programmes/demo/reports": "reports",
    "/programmes/demo/messages": "messages",
    "/rounds/{round_id}/groups": "groups",
    "/rounds/{round_id}/changes": "changes",
    "/rounds/{round_id}/messages": "messages",
}
PLACES = ("/participants", "/blocks")
"""Lists whose cursor is a place in their order, which may lie between two things."""


@pytest.fixture
def full_door(door: Door) -> Door:
    """Enough of everything for three pages."""
    for slug in ("first", "second", "third", "fourth"):
        door.world.programme(slug)
    door.world.people(10)
    for number in range(5):
        door.post("/programmes/demo/blocks", {"a": "person09@example.org", "b": f"person{number:02}@example.org"})
    for period in ("p1", "p2", "p3"):
        door.drawn(period)
        door.world.later(days=1)
    with door.world.database.writing() as session:
        organisation = queries.organisation_of(session, queries.programme(session, "demo"))
        for number in range(5):
            suppression.suppress(
                session,
                organisation.id,
                f"person{number:02}@example.org",
                SuppressionReason.HARD,
                now=door.world.now,
                secret_key=door.world.secret,
            )
    for quarter in ("2026-Q1", "2026-Q2", "2026-Q3"):
        reported(door.world, quarter)
    for number in (1, 2, 3):
        door.patch(f"/rounds/{latest(door)}/groups", {"changes": [{"do": "lock", "group": number}]})
    return door


def latest(door: Door) -> str:
    return str(door.get("/programmes/demo/rounds").json()["rounds"][0]["id"])


def pages(door: Door, path: str, name: str, limit: int = 2) -> list[list[Any]]:
    """Every page of a list, found by the links alone."""
    found, following = [], f"/api/v1{path}?limit={limit}"
    while following:
        answer = door.get(following)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()[name])
        link = answer.headers.get("link", "")
        assert bool(link) == (answer.json()["next_cursor"] is not None)
        assert not link or link.endswith('>; rel="next"')
        following = link.partition(">")[0].removeprefix("<")
    return found


@pytest.mark.parametrize(("path", "name"), LISTS.items())
def test_the_pages_of_a_list_are_the_list(full_door: Door, path: str, name: str) -> None:
    here = path.format(round_id=latest(full_door))
    whole = full_door.get(f"{here}?limit=200").json()[name]
    found = pages(full_door, here, name)
    assert len(found) >= 2
    assert all(len(page) == 2 for page in found[:-1])
    assert [one for page in found for one in page] == whole


def test_no_list_is_without_pages(sqlite_door: Door) -> None:
    described = {
        path.removeprefix("/api/v1"): {one["name"] for one in operation.get("parameters", ())}
        for method, path, operation in routes(sqlite_door)
        if method == "GET" and operation["operationId"].startswith("list_")
    }
    assert {path.replace("demo", "{slug}") for path in LISTS} == described.keys()
    assert [path for path, names in described.items() if not names >= {"cursor", "limit"}] == []


@pytest.mark.parametrize("path", [path for path in LISTS if not path.endswith(PLACES)])
def test_a_cursor_that_names_nothing_is_said_to_be_wrong(full_door: Door, path: str) -> None:
    answer = full_door.get(f"{path.format(round_id=latest(full_door))}?cursor=gone-1")
    assert kind(answer) == (422, "bad-input")
    assert answer.json()["errors"][0]["place"] == "cursor"


def test_what_comes_and_goes_between_two_pages_moves_nothing(door: Door) -> None:
    periods = ["p1", "p2", "p3", "p4"]
    for period in periods:
        door.opened(period)
    first = door.get("/programmes/demo/rounds?limit=2")
    door.opened("p5")
    following = door.get(first.headers["link"].partition(">")[0].removeprefix("<"))
    assert [one["period"] for one in following.json()["rounds"]] == ["p2", "p1"]


def test_all_groups_come_at_once_unless_asked_otherwise(full_door: Door) -> None:
    found = full_door.get(f"/rounds/{latest(full_door)}/groups")
    assert (len(found.json()["groups"]), found.json()["next_cursor"]) == (5, None)
    assert "link" not in found.headers


def test_a_link_keeps_what_was_asked(full_door: Door) -> None:
    round_id = latest(full_door)
    answer = full_door.get(f"/rounds/{round_id}/messages?state=waiting&limit=2")
    cursor = answer.json()["next_cursor"]
    expected = f'</api/v1/rounds/{round_id}/messages?state=waiting&limit=2&cursor={cursor}>; rel="next"'
    assert answer.headers["link"] == expected


def test_samples_are_rendered_for_their_page_only(door: Door) -> None:
    found = door.get("/programmes/demo/emails?limit=3").json()
    assert [one["name"] for one in found["emails"]] == list(SAMPLES)[:3]


# --- the audit -------------------------------------------------------------------------------------------------------


def test_the_audit_tells_what_organisers_have_done(door: Door) -> None:
    round_id = door.opened()
    door.world.later(seconds=1)
    door.world.draw(door.world.round(round_id))
    door.world.later(seconds=1)
    person = door.world.person("ana")
    door.patch(f"/participants/{person.id}", {"name": "Ana"})
    found = door.get("/programmes/demo/audit").json()["entries"]
    assert [(one["action"], one["subject"]) for one in found] == [
        ("round.open", round_id),
        ("round.match", round_id),
        ("participant.change", person.id),
    ]
    assert found[0]["actor"].startswith("key:key_")
    assert found[0]["detail"] == {"seed": 7, "send": False}


def test_the_audit_since_a_moment_begins_there_on_every_page(door: Door) -> None:
    for number in range(6):
        door.patch("/programmes/demo", {"rhythm": f"each {number}"})
        door.world.later(hours=1)
    path = "/programmes/demo/audit"
    assert len(door.get(path).json()["entries"]) == 6
    since = {"since": "2026-11-23T11:00:00"}
    whole = door.get(path, params=since).json()["entries"]
    assert [one["at"] for one in whole] == [f"2026-11-23T{hour}:00:00Z" for hour in (11, 12, 13, 14)]
    assert door.get(path, params={"since": "2026-11-23T12:00:00+01:00"}).json()["entries"] == whole
    first = door.get(path, params=since | {"limit": "3"})
    assert "since=2026" in first.headers["link"]
    rest = door.get(first.headers["link"].partition(">")[0].removeprefix("<"))
    assert first.json()["entries"] + rest.json()["entries"] == whole
    door.patch("/programmes/demo", {"time_zone": "America/New_York"})
    assert door.get(path, params={"since": "2026-11-23T07:00:00"}).json()["entries"][:3] == whole[1:], "by its clocks"
    for wrong in ("yesterday", "2026-11-23", "1795424400", "0001-01-01T00:00:00+14:00", "2026-03-08T02:30:00"):
        assert kind(door.get(path, params={"since": wrong})) == (422, "bad-input"), wrong


def test_a_day_begins_in_the_audit_also_where_the_clocks_leave_its_midnight_out(door: Door) -> None:
    """As on 8 March 2026 in Cuba."""
    door.patch("/programmes/demo", {"time_zone": "America/Havana"})
    path = "/programmes/demo/audit"
    since = {"since": "2026-03-08T00:00:00"}
    assert len(door.get(path, params=since).json()["entries"]) == 1
    assert kind(door.get(path, params={"since": "2026-03-08T00:30:00"})) == (422, "bad-input")


def test_what_participants_do_is_not_exported(door: Door) -> None:
    ana, bo = door.world.person("ana"), door.world.person("bo")
    door.world.block(ana, bo)
    with door.world.database.writing() as session:
        programme = queries.programme(session, "demo")
        participants.skip_next(session, programme, ana, True, now=door.world.now, actor=f"participant:{ana.id}")
        audit.note(session, programme, now=door.world.now, actor="participant", action="concern.raise")
        audit.note(session, programme, now=door.world.now, actor="rhythm", action="participant.hold", subject=bo.id)
    with door.world.database.reading() as session:
        assert session.exec(select(func.count()).select_from(AuditEntry)).one() > 2
    assert door.get("/programmes/demo/audit").json()["entries"] == []
