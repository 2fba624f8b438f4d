"""Organisers' own words: taken over when a round is drawn, changed for it alone, frozen by the approval, never lost."""

from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlmodel import select

from app.errors import BadInput, ChangedSince, Conflict
from app.models import AuditEntry, MailKind, MailState, Participant, Programme, Round, RoundChange
from app.queries import changes as queries
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.services import composing, own_words, participants, programmes, readings, redraws, rounds
from app.services.outbox import Parcel
from app.services.programmes import ProgrammeFacts
from app.workflows.adjusting import require_seen
from tests.app.adjusted import change, require_sound, whole
from tests.app.services.test_adjusting import after, swap
from tests.factories import World

HELLO = "Hello {name}, meet {others}."


def told(world: World, **facts: str) -> None:
    """The programme says so."""
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug, lock=True)
        programmes.change_programme(session, programme, ProgrammeFacts(**facts), now=world.now, actor="test")  # type: ignore[arg-type]


def say(world: World, round_: Round, opening: str | None = None, **more: str | None) -> RoundChange | None:
    """The round says so."""
    with world.database.writing() as session:
        programme, row = round_queries.round_by_id(session, round_.id, lock=True)
        given = {"intro_opening": opening, **more}
        return own_words.change(session, programme, row, given, now=world.now, actor="organiser:olive")


def drawn(world: World, people: int = 4) -> Round:
    world.people(people)
    return world.draw(world.open_round())


def fingerprint(world: World, round_: Round) -> str:
    with world.database.reading() as session:
        return queries.fingerprint(session, world.round(round_.id))


def kept(world: World) -> list[Any]:
    """What each introduction keeps of such words."""
    return [mail.facts.get("own_words") for mail in world.mails(MailKind.INTRODUCTION)]


def texts(world: World) -> dict[str, str]:
    """The first words that each reader gets, as an organiser sees them."""
    found = {}
    for mail in world.mails(MailKind.INTRODUCTION):
        text = readings.read(mail, "", world.settings, world.now).text
        found[mail.recipient] = text.split("\n\n")[1]
    return found


def test_a_round_takes_the_words_of_its_programme_over_when_it_is_drawn(world: World) -> None:
    told(world, intro_opening=HELLO, intro_closing="Bye")
    round_ = drawn(world, 2)
    assert texts(world) == {
        "person00@example.org": "Hello Person00, meet Person01.",
        "person01@example.org": "Hello Person01, meet Person00.",
    }
    told(world, intro_opening="Something else")
    assert kept(world) == [{"opening": HELLO, "closing": "Bye"}] * 2, "a round that is drawn stays as it is"
    assert world.round(round_.id).intro_opening == HELLO


def test_without_words_nothing_is_kept_of_them(sqlite_world: World) -> None:
    drawn(sqlite_world)
    assert kept(sqlite_world) == [None] * 4


def test_words_of_one_round_reach_every_reader_and_no_other_round(world: World) -> None:
    told(world, intro_closing="Bye")
    round_ = drawn(world)
    made = say(world, round_, HELLO)
    assert made is not None
    assert kept(world) == [{"opening": HELLO, "closing": "Bye"}] * 4
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        assert own_words.of(programme) == ("", "Bye", "")
        noted = session.exec(select(AuditEntry).where(AuditEntry.action == "round.words")).one()
    assert (noted.actor, noted.subject, noted.detail) == ("organiser:olive", round_.id, {"change": made.number})
    assert say(world, round_, HELLO) is None, "the same again changes nothing"
    assert say(world, round_, None, intro_closing=None) is not None
    assert kept(world) == [{"opening": "", "closing": "Bye"}] * 4


def test_a_change_of_words_is_undone_like_any_other(world: World) -> None:
    round_ = drawn(world)
    before, seen = whole(world, round_), fingerprint(world, round_)
    say(world, round_, HELLO)
    [first, *_], [second, *_] = world.seated(round_).values()
    by_id = {person.id: person.email.partition("@")[0] for person in people(world)}
    change(world, round_, swap(by_id[first], by_id[second]))
    assert kept(world) == [{"opening": HELLO, "closing": ""}] * 4, "also in mails that were written anew"
    change(world, round_, {"do": "undo"})
    assert kept(world) == [{"opening": HELLO, "closing": ""}] * 4
    change(world, round_, {"do": "undo"})
    assert (kept(world), whole(world, round_)["groups"]) == ([None] * 4, before["groups"])
    assert fingerprint(world, round_) == seen
    require_sound(world, round_)


def people(world: World) -> list[Any]:
    with world.database.reading() as session:
        return list(session.exec(select(Participant)))


def test_what_was_seen_is_approved_words_and_all(world: World) -> None:
    round_ = drawn(world)
    seen = frozenset([fingerprint(world, round_)])
    say(world, round_, HELLO)
    with world.database.reading() as session, pytest.raises(ChangedSince):
        require_seen(session, world.round(round_.id), seen)


def test_the_approval_freezes_them(world: World) -> None:
    round_ = drawn(world)
    say(world, round_, HELLO)
    after(world, rounds.approve, round_)
    for verb in (None, rounds.send):
        if verb is not None:
            after(world, verb, round_)
        with pytest.raises(Conflict):
            say(world, round_, "Other words")
    told(world, intro_opening="Other words")
    world.deliver()
    sent = [message_from_bytes(one.data, policy=policy.default).get_body(("plain",)) for one in world.transport.sent]
    assert [part.get_content().split("\r\n\r\n")[1].partition(",")[0] for part in sent if part] == [
        f"Hello {one.recipient.partition('@')[0].capitalize()}" for one in world.transport.sent
    ]
    assert kept(world) == [{"opening": HELLO, "closing": ""}] * 4


def test_before_the_approval_only_and_not_while_it_is_drawn_again(sqlite_world: World) -> None:
    world = sqlite_world
    world.people(4)
    round_ = world.open_round()
    with pytest.raises(Conflict, match="not drawn yet"):
        say(world, round_, HELLO)
    world.draw(round_)
    with world.database.writing() as session:
        programme, row = round_queries.round_by_id(session, round_.id, lock=True)
        redraws.ask(session, programme, row, seen="x", seed=None, rest_only=False, now=world.now, actor="test")
    with pytest.raises(Conflict, match="being drawn again"):
        say(world, round_, HELLO)


def test_after_the_approval_is_taken_back_they_can_be_changed_again(sqlite_world: World) -> None:
    round_ = drawn(sqlite_world)
    after(sqlite_world, rounds.approve, round_)
    after(sqlite_world, rounds.unapprove, round_)
    assert say(sqlite_world, round_, HELLO) is not None


def test_every_try_of_a_mail_has_the_same_bytes(world: World) -> None:
    told(world, intro_opening=HELLO, intro_closing="{next_draw} {period}\n\nBye {organisation}")
    round_ = drawn(world, 2)
    after(world, rounds.approve, round_)
    after(world, rounds.send, round_)
    for mail in world.mails(MailKind.INTRODUCTION):
        parcel = Parcel(
            id=mail.id, token="", kind=mail.kind, programme_id=mail.programme_id, occasion=mail.occasion,
            recipient=mail.recipient, recipient_key=mail.recipient_key, facts=mail.facts,
            released_at=mail.released_at or world.now, attempts=1,
        )  # fmt: skip
        first = composing.envelope(parcel, world.settings).data
        world.later(hours=3)
        assert composing.envelope(parcel, world.settings).data == first
    world.deliver()
    assert {mail.state for mail in world.mails(MailKind.INTRODUCTION)} == {MailState.SENT}


def test_words_that_cannot_be_used_change_nothing_and_say_why(sqlite_world: World) -> None:
    round_ = drawn(sqlite_world)
    with pytest.raises(BadInput) as refused:
        say(sqlite_world, round_, "Hello {frist_name}", intro_closing="}")
    assert [fault.place for fault in refused.value.faults] == ["intro_opening", "intro_closing"]
    assert refused.value.faults[0].problem == "“{frist_name}” is no placeholder."
    with pytest.raises(BadInput):
        told(sqlite_world, intro_opening="Hello {frist_name}")
    assert kept(sqlite_world) == [None] * 4
    assert Programme.model_fields["intro_opening"].default == ""


def test_whoever_is_left_of_three_still_reads_them(world: World) -> None:
    told(world, intro_opening=HELLO)
    round_ = drawn(world, 3)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        gone = session.merge(world.there("person02"))
        participants.leave(session, programme, gone, now=world.now, secret_key=world.secret)
    assert texts(world)["person00@example.org"] == "Hello Person00, meet Person01."
    assert world.round(round_.id).intro_opening == HELLO
