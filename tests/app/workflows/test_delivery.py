"""Delivery: each answer of a mail server leads to the one state that is true, and nothing is ever sent twice."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

import emails
from app.errors import Conflict, LostLease
from app.models import MailKind, MailState, OutgoingMail, ProgrammeState
from app.queries import programmes as programme_queries
from app.services import claims, mail_policy, outbox, programmes, second_tries
from app.services.programmes import ProgrammeFacts
from app.workflows import channel, delivery
from tests.factories import World


def one_mail(world: World) -> OutgoingMail:
    return world.mails()[0]


def go(world: World, *script: emails.Answer | Exception) -> OutgoingMail:
    """Sign somebody up and let the server answer that mail as scripted."""
    world.transport = emails.MemoryTransport(script)
    world.sign_up("sam")
    world.deliver()
    return one_mail(world)


REFUSED = emails.Refused


def test_an_accepted_mail_is_sent_and_keeps_the_reply(world: World) -> None:
    mail = go(world, emails.Accepted("250 queued as 4711"))
    assert (mail.state, mail.answer, mail.finished_at) == (MailState.SENT, "250 queued as 4711", world.now)


def test_no_answer_after_the_dot_is_held_and_never_repeated_by_itself(world: World) -> None:
    mail = go(world, emails.Unknown("DOT", "the line went dead"))
    assert (mail.state, mail.answer) == (MailState.UNCERTAIN, "DOT: the line went dead")
    world.later(hours=3)
    world.deliver()
    assert len(world.transport.tried) == 1


def test_a_refusal_for_good_is_rejected(world: World) -> None:
    mail = go(world, REFUSED(False, "recipient", "RCPT", 550, "550 no such user"))
    assert (mail.state, mail.answer) == (MailState.REJECTED, "RCPT: 550 no such user")


def test_a_refusal_for_now_waits_and_comes_again_with_the_same_bytes(world: World) -> None:
    mail = go(world, REFUSED(True, "recipient", "RCPT", 450, "450 greylisted"))
    assert (mail.state, mail.attempts, mail.attempt_token) == (MailState.READY, 1, None)
    assert mail.not_before is not None
    assert timedelta(seconds=60) <= mail.not_before - world.now <= timedelta(seconds=72)
    world.deliver()
    assert len(world.transport.tried) == 1, "not before its time"
    world.later(minutes=2)
    world.deliver()
    first, second = world.transport.tried
    assert first == second
    assert one_mail(world).state == MailState.SENT


def test_a_refusal_of_us_rests_the_channel_and_blames_nobody(world: World) -> None:
    world.transport = emails.MemoryTransport([REFUSED(False, "us", "MAIL", 553, "553 sender not allowed")])
    world.sign_up("sam")
    world.sign_up("ana")
    world.deliver()
    assert [mail.state for mail in world.mails()] == [MailState.READY, MailState.READY]
    assert len(world.transport.tried) == 1
    with world.database.reading() as session:
        way_out = channel.channel(session)
    assert way_out is not None
    assert (way_out.trouble, way_out.paused_until) == (
        "MAIL: 553 sender not allowed",
        world.now + channel.FIRST_PAUSE,
    )
    world.later(minutes=2)
    world.deliver()
    assert [mail.state for mail in world.mails()] == [MailState.SENT, MailState.SENT]
    with world.database.reading() as session:
        way_out = channel.channel(session)
    assert way_out is not None
    assert way_out.trouble is None


def test_a_server_that_is_away_costs_no_mail_an_attempt(world: World) -> None:
    world.sign_up("sam")
    world.transport.cannot_connect = emails.CannotConnect(True, "CONNECT", "connection refused")
    for _ in range(5):
        world.deliver()
        world.later(minutes=30)
    mail = one_mail(world)
    assert (mail.state, mail.attempts) == (MailState.READY, 0)
    world.transport.cannot_connect = None
    world.deliver()
    assert one_mail(world).state == MailState.SENT


def test_without_a_mail_server_mails_wait(world: World) -> None:
    world.sign_up("sam")
    work = world.work
    work.transport = None
    assert delivery.deliver_batch(work) == 0
    assert one_mail(world).state == MailState.READY


def test_a_mail_is_claimed_by_one(world: World) -> None:
    world.sign_up("sam")
    with world.database.writing() as session:
        assert claims.claim(session, "worker-1", world.now, world.rules) is not None
    with world.database.writing() as session:
        assert claims.claim(session, "worker-2", world.now, world.rules) is None


def test_a_late_write_with_an_old_token_is_refused(world: World) -> None:
    world.sign_up("sam")
    with world.database.writing() as session:
        old = claims.claim(session, "worker-1", world.now, world.rules)
    assert old is not None
    world.later(minutes=26)
    with world.database.writing() as session:
        assert second_tries.reap(session, world.now) == (1, 0)
        assert claims.claim(session, "worker-2", world.now, world.rules) is not None
    for late in (
        lambda s, p, n: outbox.mark_dot(s, p, b"", n),
        lambda s, p, n: outbox.mark_sent(s, p, "250", n),
    ):
        with pytest.raises(LostLease), world.database.writing() as session:
            late(session, old, world.now)


def test_a_worker_that_lost_its_lease_sends_nothing(world: World) -> None:
    """The other worker takes the row over while this one talks to the server: the dot must not leave."""
    world.sign_up("sam")

    class Slow(emails.MemoryTransport):
        def next_answer(self) -> emails.Answer | Exception:
            world.later(minutes=26)
            with world.database.writing() as session:
                second_tries.reap(session, world.now)
            return super().next_answer()

    world.transport = Slow()
    delivery.deliver_batch(world.work, limit=1)
    assert world.transport.sent == []
    assert one_mail(world).state == MailState.READY


@pytest.mark.parametrize(
    ("reached_dot", "state"), [(False, MailState.READY), (True, MailState.UNCERTAIN)], ids=["before", "after"]
)
def test_what_a_dead_worker_left_is_put_right_when_it_comes_back(
    world: World, reached_dot: bool, state: MailState
) -> None:
    world.sign_up("sam")
    with world.database.writing() as session:
        parcel = claims.claim(session, "worker-1", world.now, world.rules)
        assert parcel is not None
        if reached_dot:
            outbox.mark_dot(session, parcel, b"", world.now)
    delivery.take_back(world.work)
    assert one_mail(world).state == (MailState.DOT if reached_dot else MailState.SENDING), "still within its lease"
    delivery.first_light(world.work)
    assert one_mail(world).state == state


def test_a_mail_from_which_no_safe_message_can_be_made_fails_alone(world: World) -> None:
    world.people(4)
    round_ = world.draw(world.open_round(send=True))
    poisoned = world.mails(MailKind.INTRODUCTION)[0]
    with world.database.writing() as session:
        row = session.merge(poisoned)
        row.facts = row.facts | {"frame": "nonsense"}
        session.add(row)
    for _ in range(mail_policy.MOST_STUMBLES):
        world.deliver()
        world.later(hours=2)
    messages = world.counts(world.round(round_.id))["messages"]
    assert (messages["accepted"], messages["rejected"], messages["waiting"]) == (3, 1, 0)


@pytest.mark.parametrize(
    ("state", "fate"), [("paused", MailState.READY), ("closed", MailState.SUPPRESSED)], ids=["paused", "closed"]
)
def test_a_programme_that_is_paused_holds_its_mails_back_and_one_that_is_over_drops_them(
    world: World, state: str, fate: MailState
) -> None:
    world.people(2)
    world.draw(world.open_round(send=True))

    def turn(to: str) -> None:
        with world.database.writing() as session:
            programme = programme_queries.programme(session, "demo")
            facts = ProgrammeFacts(state=ProgrammeState(to))
            programmes.change_programme(session, programme, facts, now=world.now, actor="test")

    turn(state)
    world.deliver()
    assert [mail.state for mail in world.mails(MailKind.INTRODUCTION)] == [fate, fate]
    turn("open")
    world.later(minutes=6)
    world.deliver()
    sent = [envelope for envelope in world.transport.sent if envelope.recipient.startswith("person")]
    assert len(sent) == (2 if state == "paused" else 0)


def test_a_held_mail_goes_again_on_an_organisers_word_with_the_same_message_id(world: World) -> None:
    go(world, emails.Unknown("DOT", "reset"))
    with world.database.writing() as session:
        second_tries.resend(session, session.merge(one_mail(world)), world.now)
    world.deliver()
    ids = [re.search(rb"Message-ID: (\S+)", envelope.data) for envelope in world.transport.tried]
    assert len(ids) == 2
    assert ids[0] is not None
    assert ids[1] is not None
    assert ids[0][1] == ids[1][1]
    with pytest.raises(Conflict, match="sent"), world.database.writing() as session:
        second_tries.resend(session, session.merge(one_mail(world)), world.now)


def test_the_pauses_grow_and_the_back_off_spreads() -> None:
    waits = [outbox.back_off("msg_1", attempt) for attempt in range(1, 7)]
    low = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60, 60)]
    assert all(least <= wait <= least * 1.2 for least, wait in zip(low, waits, strict=True))
    assert outbox.back_off("msg_1", 1) != outbox.back_off("msg_2", 1)


def test_no_transaction_is_open_while_a_server_is_spoken_to(world: World) -> None:
    world.people(4)
    world.draw(world.open_round(send=True))
    open_while_talking = []

    class Watching(emails.MemoryTransport):
        def next_answer(self) -> emails.Answer | Exception:
            open_while_talking.append(world.database.engine.pool.checkedout())  # type: ignore[attr-defined]
            return super().next_answer()

    world.transport = Watching()
    world.deliver()
    assert open_while_talking == [0] * len(open_while_talking)
    assert len(open_while_talking) == 4


def away(*_: object) -> None:
    raise OperationalError("COMMIT", {}, Exception("the database is away"))


def test_a_known_answer_is_written_down_as_soon_as_the_database_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sign_up("sam")
    really, failures = delivery._record, [away, away]
    monkeypatch.setattr(delivery, "PATIENCE", (0.0, 0.0, 0.0))
    monkeypatch.setattr(delivery, "_record", lambda *given: (failures.pop() if failures else really)(*given))
    world.deliver()
    assert (one_mail(world).state, len(world.transport.sent)) == (MailState.SENT, 1)


def test_a_database_that_is_away_just_before_the_dot_means_that_nothing_was_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sign_up("sam")
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "mark_dot", away)
        world.deliver()
    assert (one_mail(world).state, world.transport.sent) == (MailState.READY, [])
    world.later(minutes=2)
    world.deliver()
    assert (one_mail(world).state, len(world.transport.sent)) == (MailState.SENT, 1)


def test_without_a_sender_the_channel_rests_and_no_mail_is_stuck(world: World) -> None:
    world.sign_up("sam")
    world.settings = world.settings.model_copy(update={"mail_from": None})
    world.deliver()
    assert one_mail(world).state == MailState.READY
    with world.database.reading() as session:
        way_out = channel.channel(session)
    assert way_out is not None
    assert "COFFEE_MAIL_FROM" in (way_out.trouble or "")
