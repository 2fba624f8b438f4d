"""A worker and somebody who changes the round meet at the same mail: no deadlock, on PostgreSQL either."""

import threading
from collections.abc import Iterator

from structlog.testing import capture_logs

import emails
from app.models import MailKind, MailState, SuppressionReason
from app.services import suppression
from tests.app.changing import somebody_changing_the_round
from tests.factories import World

NO_SUCH_USER = emails.Refused(False, "recipient", "RCPT", 550, "550 5.1.1 no such user")


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
