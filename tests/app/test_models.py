"""The database has the last word: what must never be, cannot be written, on either kind."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from app.models import (
    Block,
    Group,
    MailKind,
    MailRequest,
    MailState,
    Organisation,
    OutgoingMail,
    Participant,
    Placement,
    Programme,
    Round,
    RoundChange,
    RoundState,
    Team,
)
from app.queries import programmes as programme_queries
from tests.factories import World


def refused(world: World, *rows: Any) -> None:
    with pytest.raises(IntegrityError), world.database.writing() as session:
        session.add_all(rows)


def drawn(world: World) -> tuple[Round, Placement]:
    world.people(2)
    round_ = world.draw(world.open_round())
    with world.database.reading() as session:
        placement = session.exec(select(Placement).where(Placement.round_id == round_.id)).all()[0]
    return round_, placement


def other_programme(world: World) -> Programme:
    """A programme of another organisation."""
    with world.database.writing() as session:
        organisation = Organisation(slug="other", name="Other", created_at=world.now)
        session.add(organisation)
        session.flush()
        programme = Programme(organisation_id=organisation.id, slug="other", name="Other", created_at=world.now)
        session.add(programme)
    return programme


def test_a_change_of_a_round_has_a_number_of_its_own_and_is_undone_after_it_was_made(world: World) -> None:
    round_, _ = drawn(world)
    said: dict[str, Any] = {"round_id": round_.id, "programme_id": round_.programme_id, "at": world.now}
    said |= {"actor": "test", "changes": [], "before": {}}
    refused(world, RoundChange(number=0, **said))
    refused(world, RoundChange(number=1, **said), RoundChange(number=1, **said))
    refused(world, RoundChange(number=1, undone_at=world.now - timedelta(seconds=1), **said))
    refused(world, RoundChange(number=1, **(said | {"programme_id": other_programme(world).id})))


def test_nobody_stands_twice_in_a_round(world: World) -> None:
    round_, placement = drawn(world)
    copy = placement.model_dump() | {"group_id": None, "left_out_code": "odd", "reason": "odd"}
    refused(world, Placement(**copy))
    assert len(world.groups(round_)) == 1


def test_a_placement_is_in_a_group_or_left_out_with_a_reason_never_both_or_neither(world: World) -> None:
    world.person("ana")
    ana, round_ = world.there("ana"), world.open_round()
    base: dict[str, Any] = {"round_id": round_.id, "participant_id": ana.id, "programme_id": ana.programme_id}
    refused(world, Placement(**base))
    refused(world, Placement(**base, left_out_code="odd"))


@pytest.mark.parametrize(
    "values",
    [
        {"arranged_on": "day"},
        {"cannot_since": "now", "wants_new_since": "now"},
        {"cannot_since": "now", "arranged_at": "now"},
        {"cannot_since": "now", "group_id": None, "left_out_code": "odd", "reason": "odd"},
    ],
    ids=["a day without a word", "cannot and looks", "cannot and has arranged", "cannot, in no group"],
)
def test_who_cannot_has_arranged_nothing_and_a_day_belongs_to_what_is_arranged(
    world: World, values: dict[str, Any]
) -> None:
    _, placement = drawn(world)
    given = {"now": world.now, "day": world.now.date()}
    told = {name: given.get(value, value) for name, value in values.items()}
    mine = update(Placement).where(col(Placement.participant_id) == placement.participant_id).values(**told)
    with pytest.raises(IntegrityError), world.database.writing() as session:
        session.exec(mine)


def test_a_period_and_a_number_exist_once_in_a_programme(world: World) -> None:
    round_ = world.open_round()
    copy = round_.model_dump(exclude={"id"})
    refused(world, Round(**copy))
    refused(world, Round(**(copy | {"period": "other"})))
    refused(world, Round(**(copy | {"number": 9})))


def test_no_mail_exists_twice_for_one_programme_period_kind_and_person(world: World) -> None:
    drawn(world)
    mail = world.mails(MailKind.INTRODUCTION)[0]
    refused(world, OutgoingMail(**mail.model_dump(exclude={"id"})))


def test_one_person_is_once_in_a_programme(world: World) -> None:
    ana = world.person("ana")
    refused(world, Participant(**ana.model_dump(exclude={"id"}) | {"match_key": "another"}))


def test_a_row_cannot_point_into_another_programme_or_organisation(world: World) -> None:
    ana, other = world.person("ana"), other_programme(world)
    round_ = world.open_round()
    refused(world, Team(organisation_id=ana.organisation_id, programme_id=other.id, name="X", key="x"))
    refused(world, Block(programme_id=other.id, a_id="a", b_id=ana.id, created_at=world.now))
    refused(world, Group(programme_id=other.id, round_id=round_.id, position=0, size=2, facts=[]))
    refused(
        world,
        Placement(round_id=round_.id, participant_id=ana.id, programme_id=other.id, left_out_code="odd", reason="odd"),
    )


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("round", "state", "finished"),
        ("participant", "state", "asleep"),
        ("outgoing_mail", "state", "perhaps"),
        ("outgoing_mail", "kind", "spam"),
        ("round", "send_at", "2026-11-24 09:00:00"),  # nobody has approved it
        ("programme", "group_size", 1),
        ("programme", "quality", 1.5),
        ("participant", "size", 7),
        ("participant", "often", "daily"),
        ("participant", "format", "post"),
        ("participant", "access_for", "all"),
        ("programme", "capacity", -1),
        ("programme", "no_repeat_for", 101),
        ("round", "seed", -1),
        ("programme", "mails_a_round", 11),
        ("programme", "hold_after", 11),
        ("programme", "mail_until_hour", 25),
        ("programme", "mail_from_hour", 18),  # not before the hour until which mails go
        ("participant", "held_for", "silence"),  # although they are active
    ],
)
def test_words_and_numbers_outside_their_lists_are_refused(
    world: World, table: str, column: str, value: object
) -> None:
    drawn(world)
    change = text(f"UPDATE {table} SET {column} = :value")  # noqa: S608
    with pytest.raises(IntegrityError), world.database.writing() as session:
        session.execute(change, {"value": value})


def change(session: Session, mail: OutgoingMail, **values: object) -> None:
    row = session.merge(mail)
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)


@pytest.mark.parametrize(
    "values",
    [
        {"state": MailState.SENDING},
        {"state": MailState.SENT},
        {"state": MailState.DOT, "attempt_token": None},
        {"state": MailState.READY, "finished_at": "now"},
    ],
    ids=["sending without a claim", "sent without an end", "dot without a claim", "ready with an end"],
)
def test_a_mail_cannot_be_in_a_state_that_its_other_columns_deny(world: World, values: dict[str, object]) -> None:
    world.sign_up("sam")
    given = {name: world.now if value == "now" else value for name, value in values.items()}
    with pytest.raises(IntegrityError), world.database.writing() as session:
        change(session, world.mails()[0], **given)


def test_a_round_cannot_be_sent_without_having_been_drawn_and_approved(world: World) -> None:
    round_ = world.open_round()
    for state in (RoundState.MATCHED, RoundState.APPROVED, RoundState.SENDING):
        early = update(Round).where(col(Round.id) == round_.id).values(state=state)
        with pytest.raises(IntegrityError), world.database.writing() as session:
            session.exec(early)


def test_moments_come_back_in_utc(world: World) -> None:
    created = world.person("ana").created_at
    assert world.there("ana").created_at == created
    assert world.there("ana").created_at.utcoffset() == timedelta(0)


def test_a_failed_block_of_work_leaves_nothing(world: World) -> None:
    def work() -> None:
        with world.database.writing() as session:
            programme = programme_queries.programme(session, "demo")
            programme.name = "changed"
            session.add(programme)
            session.flush()
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        work()
    with world.database.reading() as session:
        assert programme_queries.programme(session, "demo").name == "Cross-team coffees"


def test_a_form_to_join_names_the_programme_that_it_joins(world: World) -> None:
    refused(world, MailRequest(address_key="a@example.org", form={}, asked_at=world.now, not_before=world.now))
