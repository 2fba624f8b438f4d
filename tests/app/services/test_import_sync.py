"""Who is not in the file: told on demand, sent away on a word, and never by a file that may not be whole."""

from datetime import date
from typing import Any

import pytest

from app.errors import BadInput, TooManyLeavers
from app.files.table import Table
from app.models import MailKind, ParticipantState
from app.queries import programmes as programme_queries
from app.services import import_sync, imports
from app.services.import_sync import Leavers, Sync
from app.services.imports import Plan, Sources
from app.workflows import importing
from tests.app.imported import job, opened, table
from tests.factories import World


def listed(*numbers: int, more: str = "") -> Table:
    """A file of `person00` and so on."""
    lines = (f"person{n:02}@example.org,Person {n:02},Team {n % 4}" for n in numbers)
    return table("people", "email,name,team", *lines, *([more] if more else []))


def planned(world: World, people: Table, *told: Any) -> Plan:
    with world.database.reading() as session:
        programme = programme_queries.programme(session, "demo")
        return imports.plan(session, programme, Sources(people=people), Sync(*told))


def apply(world: World, people: Table, *told: Any) -> dict[str, int]:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo", lock=True)
        found = imports.plan(session, programme, Sources(people=people), Sync(*told))
        return imports.apply(
            session,
            programme,
            found,
            active=True,
            now=world.now,
            secret_key=world.secret,
            actor="test",
            leavers=told[0] if told else None,
        ).counts


def states(world: World) -> dict[str, int]:
    with world.database.reading() as session:
        found = programme_queries.people_by_state(session, programme_queries.programme(session, "demo"))
    return {state.value: number for state, number in found.items() if number}


def test_nothing_is_done_without_a_word(world: World) -> None:
    world.people(20)
    counts = apply(world, listed(0))
    assert (counts["missing"], counts["left"], counts["paused"]) == (19, 0, 0)
    assert states(world) == {"active": 20}


def test_who_leaves_so_is_gone_from_a_drawn_round_and_the_others_are_told(world: World) -> None:
    world.people(2)
    world.draw(world.open_round(send=True))
    world.deliver()
    assert apply(world, listed(0), Leavers.LEAVE)["left"] == 1
    assert states(world) == {"active": 1, "left": 1}
    assert [mail.recipient for mail in world.mails(MailKind.CALLED_OFF)] == ["person00@example.org"]


def test_who_is_paused_so_is_paused_for_a_year_and_only_once(world: World) -> None:
    world.people(2)
    assert apply(world, listed(0), Leavers.PAUSE)["paused"] == 1
    gone = world.there("person01")
    assert (gone.state, gone.paused_until) == (ParticipantState.PAUSED, date(2027, 11, 23))
    assert apply(world, listed(0), Leavers.PAUSE) | {"missing": 1, "paused": 0} == apply(
        world, listed(0), Leavers.PAUSE
    )


def test_who_has_left_or_never_confirmed_is_not_missing(world: World) -> None:
    world.people(1)
    world.person("gone", state=ParticipantState.LEFT)
    world.sign_up("asked")
    world.person("resting", state=ParticipantState.HELD)
    assert planned(world, listed(0)).missing == 1


@pytest.mark.parametrize(
    ("there", "kept", "many"), [(5, 0, False), (6, 0, True), (30, 24, False), (29, 23, True), (100, 95, False)]
)
def test_more_than_five_and_more_than_a_fifth_have_to_be_named(world: World, there: int, kept: int, many: bool) -> None:
    world.people(there)
    file = listed(*range(kept), more="new@example.org,New,Red")
    if not many:
        assert len(planned(world, file, Leavers.LEAVE).leavers) == there - kept
        return
    with pytest.raises(TooManyLeavers, match=f"{there - kept} of {there} people are not in the file"):
        planned(world, file, Leavers.LEAVE)
    with pytest.raises(TooManyLeavers, match=f"{there - kept} would go, and not 1"):
        planned(world, file, Leavers.LEAVE, 1)
    assert len(planned(world, file, Leavers.LEAVE, there - kept).leavers) == there - kept


def test_nobody_goes_while_a_line_is_wrong_for_it_may_be_theirs(world: World) -> None:
    world.people(2)
    with pytest.raises(BadInput, match="while lines of the file are wrong"):
        planned(world, listed(0, more="person01@example,Person 01,Team 1"), Leavers.LEAVE)
    with pytest.raises(BadInput, match="without anybody"):
        planned(world, listed(), Leavers.LEAVE)
    with world.database.reading() as session:
        programme = programme_queries.programme(session, "demo")
        with pytest.raises(BadInput, match="needs the file of people"):
            imports.plan(session, programme, Sources(blocks=table("blocks", "a,b")), Sync())


def test_only_so_many_are_named(world: World) -> None:
    world.people(import_sync.MOST_NAMED + 3)
    notes = [one.problem for one in planned(world, listed(0)).verdicts if one.level == "note"]
    assert len(notes) == import_sync.MOST_NAMED + 1
    assert notes[-1] == "2 more people are in the programme and not in the file."


def test_in_bundles_too_each_goes_once(world: World) -> None:
    world.people(4)
    job_id = opened(world, Sources(people=listed(0)), sync=Sync(Leavers.LEAVE), size=1)
    looks = iter((True, True, False))
    go_on = (world.database, job_id, world.secret, lambda: world.now)
    assert not importing.go_on(*go_on, wanted=lambda: next(looks))
    assert importing.go_on(*go_on)
    done = job(world, job_id)
    assert (done.written, done.lines, done.counts["left"], done.counts["missing"]) == (4, 4, 3, 3)
    assert states(world) == {"active": 1, "left": 3}
