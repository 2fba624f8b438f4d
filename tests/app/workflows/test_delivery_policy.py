"""What delivery promises beside its states: same bytes, a shared rate, a pace for each domain, doubt by kind."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError, InternalError
from sqlalchemy.exc import TimeoutError as TimeoutError_
from sqlmodel import col, update

import emails
from app.errors import Conflict, PromiseBroken
from app.models import MailKind, MailState, OutgoingMail, SuppressionReason
from app.queries import programmes as programme_queries
from app.security import mail_of_tag
from app.services import claims, composing, mail_policy, outbox, pace, participants, second_tries, suppression
from app.workflows import channel, delivery, duties
from emails.smtp_wire import Timeouts
from tests.factories import World

UNKNOWN = emails.Unknown("DOT", "the line went dead")
LATER = emails.Refused(True, "recipient", "RCPT", 450, "450 greylisted")


def told(world: World, **settings: object) -> World:
    """The same world with other settings."""
    world.settings = world.settings.model_copy(update=settings)
    return world


def introduced(world: World, *script: emails.Answer | Exception, people: int = 2) -> list[OutgoingMail]:
    """Draw a round and let the server answer its mails as scripted."""
    world.people(people)
    world.draw(world.open_round(send=True))
    world.transport = emails.MemoryTransport(script)
    world.deliver()
    return world.mails(MailKind.INTRODUCTION)


def test_the_lease_outlasts_the_worst_way_to_the_dot_and_the_worst_after_it() -> None:
    limits = Timeouts()
    to_the_dot = 3 * limits.command + limits.data + limits.body
    assert timedelta(seconds=max(to_the_dot, limits.dot)) < mail_policy.LEASE


@pytest.mark.parametrize("first", [LATER, emails.Refused(True, "recipient", "DOT", 451, "later")], ids=["RCPT", "DOT"])
def test_a_try_after_an_upgrade_sends_the_bytes_of_the_first(
    world: World, monkeypatch: pytest.MonkeyPatch, first: emails.Refused
) -> None:
    introduced(world, first)
    monkeypatch.setattr("app.services.composing.compose", lambda *_: 1 / 0)  # as if templates had changed meanwhile
    world.later(minutes=2)
    world.deliver()
    tried = [one.data for one in world.transport.tried if one.recipient == world.transport.tried[0].recipient]
    assert len(tried) == 2
    assert tried[0] == tried[1]


def test_bytes_are_kept_only_until_the_mail_has_met_its_fate(world: World) -> None:
    mails = introduced(world, LATER)
    assert sorted((mail.state, mail.rendered is not None) for mail in mails) == [("ready", True), ("sent", False)]
    world.later(minutes=2)
    world.deliver()
    assert [mail.rendered for mail in world.mails(MailKind.INTRODUCTION)] == [None, None]


def test_a_mail_that_names_someone_who_left_since_its_first_try_is_rendered_anew(world: World) -> None:
    world.people(3)
    world.draw(world.open_round(send=True))
    world.transport = emails.MemoryTransport([LATER] * 3)
    world.deliver()
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        gone = session.merge(world.there("person00"))
        participants.leave(session, programme, gone, now=world.now, secret_key=world.secret)
    world.later(minutes=2)
    world.deliver()
    assert len(world.transport.sent) == 2
    assert not [one for one in world.transport.sent if b"person00" in one.data]


def test_an_introduction_in_doubt_is_held_and_mails_that_can_be_asked_for_again_are_let_go(world: World) -> None:
    settings = world.settings
    assert {kind: mail_policy.in_doubt(kind, settings) for kind in MailKind} == {
        MailKind.CONFIRM_SIGN_UP: "drop",
        MailKind.ALREADY_IN: "drop",
        MailKind.MY_PAGE: "drop",
        MailKind.INTRODUCTION: "hold",
        MailKind.LEFT_OUT: "hold",
        MailKind.REMINDER: "drop",
        MailKind.CHECK_IN: "drop",
        MailKind.PARTNER_AWAY: "hold",
        MailKind.BEFORE_DRAW: "drop",
        MailKind.CHECK_IN_AGAIN: "drop",
        MailKind.OUTCOME: "drop",
        MailKind.STILL_IN: "drop",
        MailKind.WELCOME_BACK: "drop",
        MailKind.CALLED_OFF: "hold",
        MailKind.ROUND_REPORT: "drop",
        MailKind.CONCERN: "resend",
        MailKind.SIGN_IN: "drop",
        MailKind.TEST_COPY: "drop",
        MailKind.ROUND_READY: "drop",
        MailKind.ROUND_SO_FAR: "drop",
        MailKind.NOT_DELIVERED: "drop",
        MailKind.SPONSOR_REPORT: "drop",
    }


def test_with_resend_a_mail_in_doubt_goes_again_a_few_times_with_the_same_id_and_is_then_held(world: World) -> None:
    told(world, mail_uncertain="resend")
    first, second = introduced(world, *[UNKNOWN] * 20)
    for _ in range(10):
        world.later(hours=2)
        world.deliver()
    assert {mail.state for mail in world.mails(MailKind.INTRODUCTION)} == {MailState.UNCERTAIN}
    tries = [one.data for one in world.transport.tried if one.recipient == first.recipient]
    assert len(tries) == mail_policy.MOST_DOUBTS
    assert len(set(tries)) == 1
    assert len([one for one in world.transport.tried if one.recipient == second.recipient]) == len(tries)


def test_a_provider_that_drops_repeats_gets_its_header_and_the_mail_again(world: World) -> None:
    told(world, mail_idempotency_header="Resend-Idempotency-Key")
    introduced(world, UNKNOWN)
    world.later(hours=2)
    world.deliver()
    mails = world.mails(MailKind.INTRODUCTION)
    assert {mail.state for mail in mails} == {MailState.SENT}
    keys = [re.findall(rb"Resend-Idempotency-Key: (\S+)\r\n", one.data) for one in world.transport.tried]
    tried = {mail.id.encode(): sum(key == [mail.id.encode()] for key in keys) for mail in mails}
    assert sorted(tried.values()) == [1, 2]


def test_a_dead_worker_s_mail_in_doubt_goes_again_only_where_the_settings_want_it(world: World) -> None:
    told(world, mail_uncertain="resend")
    world.people(2)
    world.draw(world.open_round(send=True))
    world.sign_up("sam")
    with world.database.writing() as session:
        for _ in range(3):
            parcel = claims.claim(session, "worker-1", world.now, world.rules)
            assert parcel is not None
            outbox.mark_dot(session, parcel, b"bytes", world.now)
    delivery.take_back_own(world.work)
    fates = {(mail.kind, mail.state) for mail in world.mails()}
    assert fates == {
        (MailKind.INTRODUCTION, MailState.READY),
        (MailKind.CONFIRM_SIGN_UP, MailState.UNCERTAIN),
    }


def test_nobody_talks_to_a_mail_server_inside_a_transaction(world: World) -> None:
    world.sign_up("sam")
    with pytest.raises(PromiseBroken, match="transaction"), world.database.reading():
        delivery.deliver_batch(world.work)
    assert world.transport.tried == []


def test_each_mail_comes_back_to_an_address_of_its_own(world: World) -> None:
    told(world, mail_return_path="bounces@mail.example.org")
    mails = introduced(world)
    for envelope in world.transport.sent:
        found = re.fullmatch(r"bounces\+([a-z0-9]+)@mail\.example\.org", envelope.sender)
        assert found is not None
        named = {mail.id: mail.recipient for mail in mails}[mail_of_tag(world.secret, found[1]) or ""]
        assert named == envelope.recipient
        assert len(envelope.sender.partition("@")[0]) <= 64


@pytest.mark.parametrize("tag", ["", "x", "abc" * 20, "é" * 42, "a" * 26 + "b" * 16])
def test_a_forged_return_tag_names_no_mail(world: World, tag: str) -> None:
    assert mail_of_tag(world.secret, tag) is None


@pytest.mark.parametrize(
    ("reason", "fate"),
    [(SuppressionReason.HARD, MailState.SUPPRESSED), (SuppressionReason.COMPLAINT, MailState.SUPPRESSED)],
)
def test_a_suppression_that_comes_after_the_draw_is_seen_at_the_claim(
    world: World, reason: SuppressionReason, fate: MailState
) -> None:
    world.people(2)
    world.draw(world.open_round(send=True))
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        to = "person00@example.org"
        suppression.suppress(session, programme.organisation_id, to, reason, secret_key=world.secret, now=world.now)
    world.deliver()
    assert world.mails(MailKind.INTRODUCTION, "person00")[0].state == fate


def test_who_pauses_between_draw_and_introduction_is_not_introduced_and_the_other_is_told(world: World) -> None:
    world.people(2)
    world.draw(world.open_round(send=True))
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        tired = session.merge(world.there("person00"))
        today = world.now.date()
        until, secret = today + timedelta(days=20), world.secret
        participants.pause(session, programme, tired, until, now=world.now, today=today, secret_key=secret)
    world.deliver()
    assert [(mail.kind, mail.recipient) for mail in world.mails() if mail.round_id] == [
        (MailKind.LEFT_OUT, "person01@example.org")
    ]


def test_who_pauses_after_the_introduction_keeps_that_meeting(world: World) -> None:
    introduced(world, emails.Accepted("250"), LATER)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        first = world.transport.sent[0].recipient.partition("@")[0]
        tired, today = session.merge(world.there(first)), world.now.date()
        until, secret = today + timedelta(days=20), world.secret
        participants.pause(session, programme, tired, until, now=world.now, today=today, secret_key=secret)
    world.later(minutes=2)
    world.deliver()
    assert {mail.state for mail in world.mails(MailKind.INTRODUCTION)} == {MailState.SENT}


# How fast


def test_the_bucket_gives_a_burst_and_then_the_rate_to_all_workers_together(world: World) -> None:
    given = []
    for _ in range(4):
        with world.database.writing() as session:
            given.append(pace.take(session, "mail", 8, rate=2.0, burst=10, now=world.now))
        world.later(seconds=1)
    assert given == [8, 4, 2, 2]


def test_a_clock_set_back_fills_no_bucket(world: World) -> None:
    with world.database.writing() as session:
        assert pace.take(session, "mail", 10, rate=2.0, burst=10, now=world.now) == 10
    world.later(hours=-3)
    with world.database.writing() as session:
        assert pace.take(session, "mail", 10, rate=2.0, burst=10, now=world.now) == 0


def test_a_batch_sends_no_more_than_the_bucket_holds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still here, so that nothing flows in: what was in the bucket is all that may go."""
    monkeypatch.setattr(channel, "LONGEST_WAIT", 0.0)
    told(world, mail_rate=100.0, mail_burst=3)
    world.people(8)
    world.draw(world.open_round(send=True))
    world.deliver()
    assert len(world.transport.sent) == 3
    assert [mail.state for mail in world.mails(MailKind.INTRODUCTION)].count(MailState.READY) == 5
    world.later(seconds=60)
    world.deliver()
    assert len(world.transport.sent) == 6


def test_leaves_that_no_mail_needed_go_back_into_the_bucket(world: World) -> None:
    told(world, mail_rate=100.0, mail_burst=30)
    introduced(world)
    with world.database.reading() as session:
        way_out = channel.channel(session)
    assert way_out is not None
    assert way_out.allowance == 30 - len(world.transport.sent)


def test_a_domain_is_sent_no_more_than_its_pace_while_others_go_on(world: World) -> None:
    told(world, mail_domain_rate=6.0)  # one in ten seconds, and one ahead
    for number in range(4):
        world.sign_up(f"one{number}@slow.example")
    world.sign_up("two@quick.example")
    world.deliver()
    gone = [one.recipient.partition("@")[2] for one in world.transport.sent]
    assert sorted(gone) == ["quick.example", "slow.example", "slow.example"]
    world.later(seconds=10)
    world.deliver()
    assert len(world.transport.sent) == 4


# By the clock


def test_a_mail_that_waited_too_long_expires_although_no_server_is_there(world: World) -> None:
    told(world, smtp_url=None)
    world.sign_up("sam")
    world.later(hours=25)
    duties.each_minute(world.work)
    assert [(mail.state, mail.answer) for mail in world.mails()] == [(MailState.EXPIRED, claims.TOO_LATE)]


def test_the_words_of_a_mail_are_kept_for_thirty_days_and_its_fate_for_good(world: World) -> None:
    introduced(world)
    with world.database.writing() as session:
        session.exec(update(OutgoingMail).where(col(OutgoingMail.id) != "").values(rendered=b"left over"))
    world.later(days=29)
    duties.each_day(world.work)
    assert all(mail.facts for mail in world.mails(MailKind.INTRODUCTION))
    world.later(days=2)
    duties.each_day(world.work)
    mails = world.mails(MailKind.INTRODUCTION)
    assert [(mail.state, mail.facts, mail.rendered, mail.answer) for mail in mails] == [("sent", {}, None, None)] * 2


# Faults of ours


def spoilt(world: World, name: str) -> OutgoingMail:
    """A question whose words cannot be read by the code that looks at it before it goes."""
    mail = world.mails(MailKind.REMINDER, name)[0]
    with world.database.writing() as session:
        row = session.merge(mail)
        row.facts = {"frame": {}}
        session.add(row)
    return mail


def test_a_row_over_which_we_stumble_stops_no_other_and_is_shown_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    introduced(world)
    world.later(days=4)
    duties.ask(world.work)
    poison = spoilt(world, "person00")
    monkeypatch.setattr("app.services.asking._still_a_question", lambda _session, mail, _now: bool(mail.facts["group"]))
    for _ in range(8):
        world.deliver()
        world.later(hours=2)
    states = {mail.recipient: mail.state for mail in world.mails(MailKind.REMINDER)}
    assert states == {poison.recipient: MailState.REJECTED, "person01@example.org": MailState.SENT}


def test_an_answer_is_written_down_although_the_next_mail_cannot_be_claimed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.people(2)
    world.draw(world.open_round(send=True))
    claimed = []

    def claim_one_only(*given: object, **more: object) -> object:
        claimed.append(1)
        if len(claimed) == 2:
            raise IntegrityError("claim", {}, Exception("two workers at once"))
        return really(*given, **more)  # type: ignore[arg-type]

    really = claims.claim
    monkeypatch.setattr(claims, "claim", claim_one_only)
    delivery.deliver_batch(world.work)
    assert sorted(mail.state for mail in world.mails(MailKind.INTRODUCTION)) == [MailState.READY, MailState.SENT]


@pytest.mark.parametrize("error", [TimeoutError_("no connection left"), InternalError("", {}, Exception("read-only"))])
def test_an_answer_survives_whatever_the_database_says(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    world.sign_up("sam")
    really, failures = delivery._record, [error, error]

    def record(*given: object) -> None:
        if failures:
            raise failures.pop()
        really(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "PATIENCE", (0.0, 0.0, 0.0))
    monkeypatch.setattr(delivery, "_record", record)
    world.deliver()
    assert world.mails()[0].state == MailState.SENT


def test_a_fault_of_ours_while_a_mail_is_made_delays_that_mail_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.people(2)
    world.draw(world.open_round(send=True))
    really = composing.compose

    def sometimes(parcel: outbox.Parcel, settings: object) -> emails.Message:
        if parcel.recipient.startswith("person00"):
            raise AttributeError("a bug")
        return really(parcel, settings)  # type: ignore[arg-type]

    monkeypatch.setattr("app.services.composing.compose", sometimes)
    for _ in range(8):
        world.deliver()
        world.later(hours=2)
    states = {mail.recipient[:8]: mail.state for mail in world.mails(MailKind.INTRODUCTION)}
    assert states == {"person00": MailState.REJECTED, "person01": MailState.SENT}


@pytest.mark.parametrize("doubt", ["hold", "resend"])
def test_a_late_yes_counts_although_the_mail_was_taken_for_one_left_behind(world: World, doubt: str) -> None:
    """The worker slept past its lease between the dot and the server's answer; nobody has claimed the mail since."""
    told(world, mail_uncertain=doubt)
    world.people(2)
    world.draw(world.open_round(send=True))
    with world.database.writing() as session:
        parcel = claims.claim(session, "worker-1", world.now, world.rules)
        assert parcel is not None
        outbox.mark_dot(session, parcel, b"bytes", world.now)
    delivery.take_over(world.work, "worker-1")
    with world.database.writing() as session:
        outbox.mark_sent(session, parcel, "250 after all", world.now)
    found = next(mail for mail in world.mails() if mail.id == parcel.id)
    assert (found.state, found.answer) == (MailState.SENT, "250 after all")


def test_a_refusal_of_our_sender_costs_no_mail_a_try_and_the_rest_grows_longer(world: World) -> None:
    refused = emails.Refused(False, "us", "MAIL", 553, "553 not your address")
    world.people(4)
    world.draw(world.open_round(send=True))
    world.transport = emails.MemoryTransport([refused] * 50)
    rests = []
    for _ in range(6):
        world.deliver()
        with world.database.reading() as session:
            way_out = channel.channel(session)
        assert way_out is not None
        assert way_out.paused_until is not None
        rests.append(way_out.paused_until - world.now)
        world.now = way_out.paused_until + timedelta(seconds=1)
    assert {mail.attempts for mail in world.mails(MailKind.INTRODUCTION)} == {0}
    assert rests == sorted(rests)
    assert rests[-1] > 4 * rests[0]


def test_what_is_not_kept_any_more_cannot_be_sent_again_and_what_is_held_is_kept(world: World) -> None:
    refused = emails.Refused(False, "recipient", "RCPT", 550, "552 5.2.2 full")
    introduced(world, UNKNOWN, refused)
    world.later(days=40)
    duties.each_day(world.work)
    by_state = {mail.state: mail for mail in world.mails(MailKind.INTRODUCTION)}
    assert by_state[MailState.UNCERTAIN].facts != {}
    with pytest.raises(Conflict, match="not kept any more"), world.database.writing() as session:
        second_tries.resend(session, session.merge(by_state[MailState.REJECTED]), world.now)
