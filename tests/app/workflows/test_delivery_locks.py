"""A worker and somebody who changes the round meet at the same mail: no deadlock, on PostgreSQL either."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from sqlmodel import col, update
from structlog.testing import capture_logs

import emails
from app.models import MailKind, MailState, OutgoingMail, SuppressionReason
from app.queries import programmes as programme_queries
from app.services import suppression
from tests.factories import World

NO_SUCH_USER = emails.Refused(False, "recipient", "RCPT", 550, "550 5.1.1 no such user")


@contextmanager
def somebody_changing_the_round(world: World, kept: threading.Event) -> Iterator[threading.Event]:
    """As all who change a round do: has the programme, sets `kept`, works for a while, then writes to the mails."""
    go = threading.Event()

    def change() -> None:
        assert go.wait(10)
        with world.database.writing() as session:
            programme = programme_queries.programme(session, world.slug, lock=True)
            kept.set()
            threading.Event().wait(0.5)
            mails = update(OutgoingMail).where(col(OutgoingMail.programme_id) == programme.id)
            session.exec(mails.values(occasion=OutgoingMail.occasion))

    with ThreadPoolExecutor(1) as beside:
        done: Future[None] = beside.submit(change)
        yield go
        done.result(10)


def test_a_refusal_for_good_while_the_round_is_being_changed(world: World) -> None:
    world.people(2)
    world.draw(world.open_round(send=True))
    kept = threading.Event()
    with somebody_changing_the_round(world, kept) as go:

        def answers() -> Iterator[emails.Answer]:
            go.set()
            assert kept.wait(10)
            yield NO_SUCH_USER

        world.transport = emails.MemoryTransport(answers())
        with capture_logs() as said:
            world.deliver()
    assert "mail.answer_not_written" not in [line["event"] for line in said], "one of the two had to give way"
    mails = world.mails(MailKind.INTRODUCTION)
    assert sorted(mail.state for mail in mails) == [MailState.REJECTED, MailState.SENT]
    assert [mail.state for mail in world.mails(MailKind.PARTNER_AWAY)] == [MailState.SENT]


def test_a_mail_that_is_not_sent_and_another_written_in_its_place_while_the_round_is_being_changed(
    world: World,
) -> None:
    world.people(2)
    world.draw(world.open_round(send=True))
    with world.database.writing() as session:
        away = session.merge(world.there("person00"))
        suppression.suppress(
            session,
            away.organisation_id,
            away.email,
            SuppressionReason.HARD,
            secret_key=world.secret,
            now=world.now,
        )
    kept = threading.Event()
    with somebody_changing_the_round(world, kept) as go:
        go.set()
        assert kept.wait(10)
        world.deliver()
    states = {mail.recipient[:8]: mail.state for mail in world.mails(MailKind.INTRODUCTION)}
    assert states == {"person00": MailState.SUPPRESSED, "person01": MailState.SENT}
    assert [mail.state for mail in world.mails(MailKind.PARTNER_AWAY)] == [MailState.SENT]
