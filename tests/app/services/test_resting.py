"""A paused programme's mails rest in one statement, and nothing else does."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from app.models import MailKind, OutgoingMail, Programme
from app.queries import programmes as programme_queries
from app.services import outbox
from app.services.mail_policy import LOOK_AGAIN
from app.services.resting import rest_programme
from tests.factories import World

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def written(world: World, slug: str, kind: MailKind, occasion: str) -> None:
    """A mail that is due now."""
    with world.database.writing() as session:
        programme = programme_queries.programme(session, slug)
        outbox.write(session, programme, kind, occasion, {}, now=world.now, address="ann@example.org")


def waiting_for(world: World) -> dict[str, timedelta]:
    return {mail.occasion: mail.not_before - world.now for mail in world.mails() if mail.not_before}


def test_every_due_mail_about_a_round_of_the_programme_rests_and_no_other(world: World) -> None:
    world.programme("other")
    written(world, "demo", MailKind.REMINDER, "too late")
    world.later(days=5)
    written(world, "demo", MailKind.CHECK_IN, "due")
    written(world, "demo", MailKind.PARTNER_AWAY, "due too")
    written(world, "demo", MailKind.MY_PAGE, "asked for")
    written(world, "other", MailKind.CHECK_IN, "another's")
    with world.database.writing() as session:
        assert rest_programme(session, programme_queries.programme(session, "demo"), world.now) == 2
    assert waiting_for(world) == {
        "too late": timedelta(days=-5),
        "due": LOOK_AGAIN,
        "due too": LOOK_AGAIN,
        "asked for": timedelta(0),
        "another's": timedelta(0),
    }
    with world.database.writing() as session:
        assert rest_programme(session, programme_queries.programme(session, "demo"), world.now) == 0


def test_a_thousand_mails_rest_in_one_statement(world: World) -> None:
    statements: list[str] = []
    with world.database.writing() as session:
        programme = session.exec(select(Programme)).one()
        for number in range(1000):
            outbox.write(
                session, programme, MailKind.CHECK_IN, f"g{number}", {}, now=world.now, address="a@example.org"
            )
    with world.database.writing() as session:
        programme = session.exec(select(Programme)).one()
        event.listen(session.get_bind(), "before_cursor_execute", lambda *said: statements.append(said[2]))
        assert rest_programme(session, programme, world.now) == 1000
    assert len(statements) == 1


@ON_POSTGRESQL
def test_two_workers_with_a_mail_each_in_hand_do_not_wait_for_each_other(world: World) -> None:
    for occasion in ("one", "two", "three"):
        written(world, "demo", MailKind.CHECK_IN, occasion)
    with world.database.writing() as session, world.database.writing() as other:
        for hand, occasion in ((session, "one"), (other, "two")):
            hand.exec(select(OutgoingMail).where(OutgoingMail.occasion == occasion).with_for_update()).one()
        rested = [
            rest_programme(hand, programme_queries.programme(hand, "demo"), world.now) for hand in (session, other)
        ]
    assert rested == [2, 1]
