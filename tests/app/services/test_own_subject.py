"""The organisers' own subject: taken over, changed for one round, seen, frozen and undone like their other words."""

from email import message_from_bytes, policy

import pytest

from app.errors import BadInput, ChangedSince, Conflict
from app.models import MailKind
from app.services import own_words, readings, rounds
from app.workflows.adjusting import require_seen
from tests.app.adjusted import change
from tests.app.services.test_adjusting import after, swap
from tests.app.services.test_own_words import HELLO, drawn, fingerprint, kept, people, say, told
from tests.factories import World

SUBJECT = "Coffee with {others}"


def subjects(world: World) -> set[str]:
    """What waiting introductions say, as an organiser sees them."""
    return {readings.read(mail, "", world.settings, world.now).subject for mail in world.mails(MailKind.INTRODUCTION)}


def test_a_round_takes_it_over_and_has_one_of_its_own_and_so_it_leaves(world: World) -> None:
    told(world, intro_subject=SUBJECT)
    round_ = drawn(world, 2)
    assert subjects(world) == {"Coffee with Person00", "Coffee with Person01"}
    told(world, intro_subject="Other")
    assert say(world, round_, "", intro_subject="Tea with {others}") is not None
    assert subjects(world) == {"Tea with Person00", "Tea with Person01"}
    after(world, rounds.approve, round_)
    with pytest.raises(Conflict, match="Take the approval back first"):
        say(world, round_, "", intro_subject="Late")
    after(world, rounds.send, round_)
    world.deliver()
    sent = {str(message_from_bytes(one.data, policy=policy.default)["Subject"]) for one in world.transport.sent}
    assert sent == {"Tea with Person00", "Tea with Person01"}


def test_what_was_seen_is_approved_with_its_subject(world: World) -> None:
    round_ = drawn(world)
    seen = fingerprint(world, round_)
    say(world, round_, "", intro_subject=SUBJECT)
    assert fingerprint(world, round_) != seen
    with world.database.reading() as session, pytest.raises(ChangedSince):
        require_seen(session, world.round(round_.id), frozenset([seen]))


def test_it_is_undone_like_any_change_and_stands_in_mails_that_are_written_anew(world: World) -> None:
    round_ = drawn(world)
    seen, ours = fingerprint(world, round_), subjects(world)
    say(world, round_, HELLO, intro_subject=SUBJECT)
    [first, *_], [second, *_] = world.seated(round_).values()
    by_id = {person.id: person.email.partition("@")[0] for person in people(world)}
    change(world, round_, swap(by_id[first], by_id[second]))
    assert kept(world) == [{"opening": HELLO, "closing": "", "subject": SUBJECT}] * 4
    change(world, round_, {"do": "undo"})
    change(world, round_, {"do": "undo"})
    assert (kept(world), subjects(world), fingerprint(world, round_)) == ([None] * 4, ours, seen)


def test_one_that_cannot_be_used_changes_nothing(sqlite_world: World) -> None:
    round_ = drawn(sqlite_world)
    for wrong in ("Meet\r\nBcc: all@example.org", "over\u202eridden", "x" * 61):
        with pytest.raises(BadInput) as refused:
            say(sqlite_world, round_, HELLO, intro_subject=wrong)
        assert [fault.place for fault in refused.value.faults] == ["intro_subject"]
        with pytest.raises(BadInput):
            told(sqlite_world, intro_subject=wrong)
    assert kept(sqlite_world) == [None] * 4
    assert own_words.of(sqlite_world.round(round_.id)) == ("", "", "")
