"""A change of a programme tried out by API: what would be different and what rules cost, as on the page. Nothing is
written.
"""

from typing import Any

import pytest
from sqlmodel import SQLModel

from app.models import Scope
from app.queries import programmes as queries
from app.services import rule_costs
from tests.app.api.door import Door, kind
from tests.app.services.test_rule_costs import costs, everything, uneven
from tests.factories import World

PATH = "/programmes/demo"
DRY = f"{PATH}?dry_run=true"


def all_rows(world: World) -> dict[str, list[Any]]:
    """Everything that is kept; when a key was used is no part of a programme."""
    with world.database.reading() as session:
        return {
            table.name: sorted(map(str, session.connection().execute(table.select()).all()))
            for table in SQLModel.metadata.sorted_tables
            if table.name != "organiser_key"
        }


def test_what_would_be_different_and_what_it_would_cost_is_told_and_nothing_is_written(door: Door) -> None:
    uneven(door.world)
    seen, before = door.get(PATH), all_rows(door.world)
    answer = door.patch(DRY, {"teams_apart": True, "group_size": 2, "name": "Other"})
    assert (answer.status_code, answer.headers["etag"]) == (200, seen.headers["etag"])
    said = answer.json()
    assert said["programme"] == seen.json() | {"teams_apart": True, "name": "Other"}
    assert {name: said[name] for name in ("dry_run", "changes", "no_costs")} == {
        "dry_run": True,
        "changes": [
            {"field": "name", "before": seen.json()["name"], "after": "Other"},
            {"field": "teams_apart", "before": False, "after": True},
        ],
        "no_costs": "",
    }
    told = [
        said["costs"]["sum"],
        *(f"{rule}: {line}" for rule, words in said["costs"]["rules"].items() for line in words),
    ]
    assert told == everything(costs(door.world, teams_apart=True)), "the lines of the page"
    assert "teams_apart: This wall leaves 2 people out." in told
    assert all_rows(door.world) == before
    assert door.get(PATH).json() == seen.json()


def test_nothing_named_tells_what_the_rules_cost_now_and_other_fields_alone_draw_nothing(door: Door) -> None:
    uneven(door.world)
    now = door.patch(DRY, {}).json()
    assert (now["changes"], now["costs"]["sum"]) == ([], "Drawn today, all 6 people who take part would meet somebody.")
    with rule_costs.ONE_AT_A_TIME:
        plain = door.patch(DRY, {"draw_every": "week", "next_draw_on": "2026-12-18"})
    assert (plain.status_code, plain.json()["costs"], plain.json()["no_costs"]) == (200, None, "")
    assert [one["field"] for one in plain.json()["changes"]] == ["draw_every", "next_draw_on", "next_draws"]


def test_whom_somebody_would_rather_not_meet_changes_no_word_of_it(door: Door) -> None:
    one, other, *_ = door.world.people(4)
    before = door.patch(DRY, {"teams_apart": True}).json()
    door.world.block(one, other)
    assert door.patch(DRY, {"teams_apart": True}).json() == before


def test_a_try_is_judged_like_the_change_itself(door: Door) -> None:
    door.world.people(4)
    looks, writes, stranger = door.key(Scope.READ), door.key(Scope.READ, Scope.WRITE), door.stranger()
    seen = door.get(PATH).headers["etag"]
    before = all_rows(door.world)
    for body in ({"group_size": 9}, {"slug": "eu"}, {"name": None}, {"time_zone": "Mars"}, {"mail_until_hour": 3}):
        assert kind(door.patch(DRY, body)) == (422, "bad-input"), body
    assert kind(door.patch(f"{PATH}?dry_run=maybe", {})) == (422, "bad-input")
    assert kind(door.patch(DRY, {"quality": 0}, headers={"If-Match": '"0123"'})) == (412, "changed-since")
    assert door.patch(DRY, {"quality": 0}, headers={"If-Match": seen}).status_code == 200
    assert kind(door.patch(DRY, {}, key=looks)) == (403, "not-allowed")
    assert kind(door.patch(DRY, {"sends_itself": True}, key=writes)) == (403, "not-allowed")
    foreign = door.patch(DRY, {}, key=stranger)
    unknown = door.patch("/programmes/nobodys?dry_run=true", {})
    assert kind(foreign) == kind(unknown) == (404, "not-found")
    assert {**foreign.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}
    assert all_rows(door.world) == before
    assert door.patch(f"{PATH}?dry_run=false", {"quality": 0}).json()["quality"] == 0


def test_what_takes_too_long_says_so_and_who_comes_meanwhile_waits(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.world.people(4)
    with rule_costs.ONE_AT_A_TIME:
        busy = door.patch(DRY, {"quality": 0})
    assert (kind(busy), busy.headers["retry-after"]) == ((503, "busy"), "30")
    assert "Somebody else is having this worked out" in busy.json()["detail"]
    monkeypatch.setattr(rule_costs, "MOST", 1)
    many = door.patch(DRY, {"quality": 0}).json()
    assert (many["costs"], many["no_costs"].partition(",")[0]) == (None, "More than 1 people take part")
    assert [one["field"] for one in many["changes"]] == ["quality"]


def test_no_transaction_is_open_while_it_draws(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes the programme meanwhile need not wait."""
    door.world.people(4)
    drawn = rule_costs.costs
    opened = []

    def slow(subject: rule_costs.Subject) -> rule_costs.Costs | None:
        opened.append(door.app.state.context.database.transactions)
        with door.world.database.writing() as session:
            queries.programme(session, "demo", lock=True).rhythm = "weekly"
        return drawn(subject)

    monkeypatch.setattr(rule_costs, "costs", slow)
    assert door.patch(DRY, {"quality": 0}).status_code == 200
    assert opened == [0]
