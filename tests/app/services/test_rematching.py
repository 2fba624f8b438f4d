"""Someone new, at an organiser's word, for who was left alone by an introduction that came to nothing."""

from collections import Counter

import pytest
from sqlmodel import select

from app.errors import Conflict
from app.models import MailKind, OutgoingMail, Placement, Round
from app.services import rematching, standins
from tests.app.bounced import Post
from tests.factories import World


def came_back(world: World, *names: str) -> None:
    """The introductions of these people come back for good."""
    post = Post(world)
    for name in names:
        post.take("hard", post.introduction(name), "5.1.1")


def introduction(world: World, name: str) -> OutgoingMail:
    return world.mails(MailKind.INTRODUCTION, to=f"{name}@example.org")[0]


def word(world: World, name: str) -> None:
    """An organiser presses the button beside the mail to this person."""
    with world.database.writing() as session:
        mail = session.get_one(OutgoingMail, introduction(world, name).id)
        rematching.rematch(session, mail, now=world.now, actor="test")


def pairs(world: World, round_: Round) -> list[list[str]]:
    return sorted(sorted(address.partition("@")[0] for address in group) for group in world.groups(round_))


def match(world: World) -> int:
    with world.database.writing() as session:
        return standins.match_waiting(session, now=world.now, secret_key=world.secret, actor="test")


def test_two_who_were_left_alone_meet_each_other_once(world: World) -> None:
    world.people(4)
    round_ = world.sent_round()
    (a, b), (c, d) = pairs(world, round_)
    came_back(world, a, c)
    for _ in range(2):  # a second press changes nothing
        word(world, a)
        word(world, c)
    assert Post(world).waiting() == {b, d}
    assert match(world) == 1
    assert match(world) == 0
    assert sorted([b, d]) in pairs(world, round_)
    world.deliver()
    told = Counter(mail.recipient.partition("@")[0] for mail in world.mails(MailKind.INTRODUCTION))
    assert told == {a: 1, b: 2, c: 1, d: 2}


def test_who_cannot_this_time_is_left_as_they_are_and_nobody_learns_of_it(world: World) -> None:
    world.people(2)
    round_ = world.sent_round()
    ((a, b),) = pairs(world, round_)
    with world.database.writing() as session:
        place = session.exec(select(Placement).where(Placement.participant_id == world.there(b).id)).one()
        place.cannot_since = world.now
    came_back(world, a)
    word(world, a)
    assert Post(world).waiting() == set()


def test_in_a_group_of_three_the_others_have_each_other(world: World) -> None:
    world.people(3)
    ((a, b, _),) = pairs(world, world.sent_round())
    came_back(world, a)
    with pytest.raises(Conflict, match="have each other"):
        word(world, a)
    came_back(world, b)
    word(world, a)
    assert len(Post(world).waiting()) == 1


def test_nobody_is_sought_for_where_nobody_is_left(world: World) -> None:
    world.people(2)
    ((a, b),) = pairs(world, world.sent_round())
    came_back(world, a, b)
    with pytest.raises(Conflict, match="Nobody else is left"):
        word(world, a)


def test_a_mail_that_arrived_leaves_nobody_alone(world: World) -> None:
    world.people(2)
    ((a, _),) = pairs(world, world.sent_round())
    with pytest.raises(Conflict, match="came back"):
        word(world, a)


def test_once_a_later_round_is_drawn_it_is_too_late(world: World) -> None:
    world.people(4)
    round_ = world.sent_round()
    a = pairs(world, round_)[0][0]
    came_back(world, a)
    world.sent_round("2026-W49")
    mails = [mail for mail in world.mails(MailKind.INTRODUCTION) if mail.round_id == round_.id]
    first = next(mail for mail in mails if mail.recipient == f"{a}@example.org")
    with world.database.writing() as session:
        mail = session.get_one(OutgoingMail, first.id)
        with pytest.raises(Conflict, match="later round"):
            rematching.rematch(session, mail, now=world.now, actor="test")
