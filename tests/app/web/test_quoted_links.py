"""Introductions are quoted in answers to all, with the link to the page of one's conversation. Whoever presses a button
there speaks for its owner: so the owner is told, with the way to take it back, and whoever is signed in is not.
"""

import pytest

from app.models import MailKind, MailState, OutgoingMail
from tests.app.talking import Talk, talk_of
from tests.app.web.test_conversation import OWN, link, press, signed_in
from tests.app.web.visitor import Visitor


@pytest.fixture
def talk(visitor: Visitor) -> Talk:
    return talk_of(visitor.world, "ann", "bob")


def receipts(talk: Talk) -> list[OutgoingMail]:
    return [mail for mail in talk.told() if mail.recipient == "ann@example.org"]


@pytest.mark.parametrize(
    ("action", "undo", "subject"),
    [("cannot", "can", "You said that you cannot meet this time"), ("seek", "stay", "We look for someone new for you")],
)
def test_what_was_pressed_behind_a_mailed_link_is_told_to_its_owner_with_a_way_back(
    visitor: Visitor, talk: Talk, action: str, undo: str, subject: str
) -> None:
    visitor.world.later(days=2)
    for _ in range(2):
        press(visitor.fresh(), link(visitor, "ann"), action)
    visitor.world.deliver()
    (mail,) = receipts(talk)
    assert mail.state == MailState.SENT
    letter = talk.letters_to("ann")[-1].replace("=\r\n", "")
    for said in (f"Subject: {subject}", "Was it not you", "We tell Bob kindly"):
        assert said in letter
    press(visitor, link(visitor, "ann", MailKind.CALLED_OFF), undo)
    assert (talk.place("ann").cannot_since, talk.place("ann").wants_new_since) == (None, None)


def test_whoever_is_signed_in_needs_no_such_word(visitor: Visitor, talk: Talk) -> None:
    press(signed_in(visitor, "ann"), OWN, "cannot")
    assert receipts(talk) == []
    assert len(talk.told()) == 1


def test_taken_back_before_it_left_it_never_does(visitor: Visitor, talk: Talk) -> None:
    press(visitor, link(visitor, "ann"), "cannot")
    press(visitor, link(visitor, "ann"), "can")
    assert talk.told() == []
    press(visitor, link(visitor, "ann"), "cannot")
    assert len(receipts(talk)) == 1


def test_it_is_no_mail_too_many(visitor: Visitor, talk: Talk) -> None:
    from tests.app.web.test_join import change

    change(visitor.world, mails_a_round=1)
    press(visitor, link(visitor, "ann"), "cannot")
    assert receipts(talk) == []


def test_what_cannot_harm_is_told_to_nobody(visitor: Visitor, talk: Talk) -> None:
    for action in ("arranged", "not-arranged"):
        press(visitor, link(visitor, "ann"), action)
    assert talk.told() == []
