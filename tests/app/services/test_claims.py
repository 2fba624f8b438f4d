"""Nearly every mail leaves as it was written, and that is found out by a look; the slightest change is seen in it."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, delete, select, update

import emails
from app.models import (
    Block,
    BlockedAddress,
    Group,
    MailKind,
    MailState,
    OutgoingMail,
    Participant,
    ParticipantState,
    Placement,
    Programme,
    ProgrammeState,
    SeenBy,
)
from app.services import asking, claims
from app.services.claims import Rules
from app.services.due import Due, next_due
from app.workflows import delivery
from tests.factories import World


def found(session: Session, world: World) -> Due:
    """The mail whose turn it is: an introduction."""
    due = next_due(session, world.now, paced=False)
    assert due is not None
    assert due.kind == MailKind.INTRODUCTION
    return due


def drawn(world: World, people: int = 4) -> World:
    """A round whose introductions are about to leave."""
    world.people(people)
    world.draw(world.open_round(send=True))
    return world


Change = Callable[[Session, str, str], Any]


def person(**values: Any) -> Change:
    return lambda session, _me, other: session.exec(
        update(Participant).where(col(Participant.id) == other).values(**values)
    )


def place(**values: Any) -> Change:
    return lambda session, _me, other: session.exec(
        update(Placement).where(col(Placement.participant_id) == other).values(**values)
    )


def mail(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    def changed(session: Session, me: str, _other: str) -> None:
        row = session.exec(select(OutgoingMail).where(OutgoingMail.participant_id == me)).one()
        row.facts = change(row.facts)
        session.add(row)
        session.flush()

    return changed


def elsewhere(session: Session, _me: str, other: str) -> None:
    seat = session.exec(select(Placement).where(Placement.participant_id == other)).one()
    seat.group_id = session.exec(select(Group.id).where(Group.id != seat.group_id)).first()
    session.add(seat)
    session.flush()


def kept_apart(session: Session, me: str, other: str) -> None:
    reader = session.exec(select(Participant).where(Participant.id == me)).one()
    a, b = sorted((me, other))
    session.add(Block(programme_id=reader.programme_id, a_id=a, b_id=b, created_at=reader.created_at))
    session.flush()


def by_address(*, turned: bool) -> Change:
    def wished(session: Session, me: str, other: str) -> None:
        one, two = (other, me) if turned else (me, other)
        they = session.exec(select(Participant).where(Participant.id == two)).one()
        session.add(
            BlockedAddress(
                participant_id=one,
                email_key=they.email_key,
                email=they.email,
                programme_id=they.programme_id,
                created_at=they.created_at,
            )
        )
        session.flush()

    return wished


CHANGES: dict[str, Change] = {
    "the other has left": person(state=ParticipantState.LEFT),
    "the other has to confirm again": person(state=ParticipantState.PENDING),
    "the other stands in another group": elsewhere,
    "the other was left out": place(group_id=None, left_out_code="parted", reason="the group came apart"),
    "the other cannot this time": place(cannot_since=World.now),
    "an organiser keeps the two apart": kept_apart,
    "the reader would rather not meet the other": by_address(turned=False),
    "the other would rather not meet the reader": by_address(turned=True),
    "the other needs something": person(access="A ramp", access_for=SeenBy.MATCH),
    "the reader has left": lambda session, me, _other: person(state=ParticipantState.LEFT)(session, _other, me),
    "the reader cannot this time": lambda session, me, _other: place(cannot_since=World.now)(session, _other, me),
    "the words are gone": mail(lambda _facts: {}),
    "somebody was erased meanwhile": mail(lambda facts: facts | {"scrubbed": True}),
    "nobody is in it": mail(lambda facts: facts | {"members": []}),
    "the other has no place at all": lambda session, _me, other: session.exec(
        delete(Placement).where(col(Placement.participant_id) == other)
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_look_sees_what_an_introduction_would_say_wrongly(world: World, change: Change) -> None:
    drawn(world)
    with world.database.writing() as session:
        due = found(session, world)
        assert asking.as_written(session, due), "nothing has changed so far"
        (other,) = (member["id"] for member in due.facts["members"] if member["id"] != due.participant_id)
        change(session, due.participant_id or "", other)
        session.expire_all()
        assert not asking.as_written(session, found(session, world))


def test_a_look_sees_that_an_introduction_leaves_its_reader_out(world: World) -> None:
    drawn(world, people=3)
    with world.database.writing() as session:
        due = found(session, world)
        assert asking.as_written(session, due), "nothing has changed so far"
        others = [member for member in due.facts["members"] if member["id"] != due.participant_id]
        assert len(others) == 2
        assert not asking.as_written(session, due._replace(facts=due.facts | {"members": others}))


def test_a_wish_about_others_changes_nothing_for_these_two(world: World) -> None:
    drawn(world)
    with world.database.writing() as session:
        due = found(session, world)
        beside = sorted(
            seat.participant_id
            for seat in session.exec(select(Placement))
            if seat.participant_id not in {member["id"] for member in due.facts["members"]}
        )
        kept_apart(session, beside[0], beside[1])
        by_address(turned=False)(session, due.participant_id or "", beside[0])
        assert asking.as_written(session, found(session, world))


def test_only_what_can_never_be_untrue_goes_without_a_look(world: World) -> None:
    """A new kind of mail is looked at closely until somebody has said that it need not be."""
    drawn(world)
    with world.database.reading() as session:
        due = found(session, world)._replace(round_id="rnd_none")
        unseen = {kind for kind in MailKind if asking.as_written(session, due._replace(kind=kind))}
        without_words = {kind for kind in MailKind if asking.as_written(session, due._replace(kind=kind, facts={}))}
    asked_for = {"confirm_sign_up", "already_in", "my_page", "sign_in"}
    assert unseen == asked_for | {"left_out", "partner_away", "round_report", "concern"}
    assert without_words == set()


@pytest.mark.parametrize("state", [ProgrammeState.PAUSED, ProgrammeState.CLOSED])
def test_a_programme_that_is_not_open_is_looked_at_closely(world: World, state: ProgrammeState) -> None:
    drawn(world)
    with world.database.writing() as session:
        session.exec(update(Programme).where(col(Programme.slug) == world.slug).values(state=state))
    with world.database.writing() as session:
        assert claims.claim(session, "worker-1", world.now, Rules(world.secret, as_written=asking.as_written)) is None


def test_both_ways_of_taking_a_mail_make_the_same_parcel(world: World) -> None:
    drawn(world)
    taken, rows = [], []
    for as_written in (asking.as_written, lambda *_: False):
        with world.database.reading() as session:
            parcel = claims.claim(session, "worker-1", world.now, Rules(world.secret, as_written=as_written))
            assert parcel is not None
            taken.append(dataclasses.replace(parcel, token=""))
            row = session.exec(select(OutgoingMail).where(OutgoingMail.id == parcel.id)).one()
            assert row.attempt_token == parcel.token
            rows.append((row.state, row.claimed_by, row.attempts, row.lease_until))
    assert taken[0] == taken[1]
    assert rows[0] == rows[1]
    assert rows[0][:3] == (MailState.SENDING, "worker-1", 1)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The first words of what any engine executes meanwhile, but for BEGIN."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        word = statement.split(maxsplit=1)[0]
        if word != "BEGIN":
            seen.append(word)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_mail_that_may_go_costs_seven_statements(world: World) -> None:
    """Two when its dot is recorded; one for the answer, three looks and one write for the next."""
    drawn(world, people=6)

    class Watching(emails.MemoryTransport):
        def next_answer(self) -> emails.Answer | Exception:
            at.append(len(seen))
            return super().next_answer()

    at: list[int] = []
    world.transport = Watching()
    with statements() as seen:
        world.deliver()
    usual = ["UPDATE", "UPDATE", "UPDATE", "SELECT", "SELECT", "SELECT", "UPDATE"]
    assert [seen[begun:ended] for begun, ended in pairwise(at[1:])] == [usual] * 4


def test_a_quick_look_that_stumbles_leaves_it_to_the_closer_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn(world)
    monkeypatch.setattr(asking, "as_written", lambda *_: 1 / 0)
    world.deliver()
    assert {row.state for row in world.mails(MailKind.INTRODUCTION)} == {MailState.SENT}


def test_a_database_that_fails_under_the_quick_look_is_not_taken_for_a_fault_of_the_mail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(world)

    def away(*_: object) -> bool:
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr(asking, "as_written", away)
    with pytest.raises(OperationalError):
        delivery.deliver_batch(world.work)
    assert {(row.state, row.attempts) for row in world.mails(MailKind.INTRODUCTION)} == {(MailState.READY, 0)}


def test_a_mail_that_was_put_off_keeps_its_bytes_when_it_is_taken_again(world: World) -> None:
    drawn(world, people=2)
    world.transport = emails.MemoryTransport([emails.Refused(True, "recipient", "RCPT", 450, "later")] * 2)
    world.deliver()
    world.now += timedelta(minutes=2)
    with world.database.writing() as session:
        parcel = claims.claim(session, "worker-1", world.now, Rules(world.secret, as_written=asking.as_written))
    assert parcel is not None
    assert parcel.rendered in [envelope.data for envelope in world.transport.tried]
    assert parcel.attempts == 2
