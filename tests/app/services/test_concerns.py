"""Something is wrong: read by the one who is named, kept in one row for a while, and never seen by anybody else."""

import json
import quopri
import re
from email import message_from_bytes
from email.policy import default

import pytest
from sqlmodel import SQLModel, select

import emails
from app.models import AuditEntry, MailKind, MailState, OutgoingMail, Suppression, SuppressionReason
from app.queries import outbox as outbox_queries
from app.queries import programmes as programme_queries
from app.queries import watch
from app.queries.outbox import Pile
from app.services import participants, retention, second_tries, suppression
from app.workflows import duties
from tests.app.bounced import Post
from tests.app.concerned import SAFE, WORDS, concern_mails, erase, exported, named, raised
from tests.app.services.test_erasure_under_way import hand_over
from tests.factories import World

FULL = emails.Refused(False, "recipient", "RCPT", 550, "550 5.1.1 no such mailbox")
BUSY = emails.Refused(True, "recipient", "RCPT", 450, "450 4.2.1 busy")


@pytest.fixture
def met(world: World) -> World:
    """Ann and Bob, introduced; Amira reads what is wrong."""
    named(world)
    for name in ("ann", "bob"):
        world.person(name)
    world.sent_round()
    world.deliver()
    world.transport = emails.MemoryTransport()
    return world


def rows(world: World) -> str:
    """Everything in the database but what the concern's own row says."""
    lines: list[str] = []
    with world.database.engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            lines += [repr(tuple(row)) for row in connection.execute(table.select())]
    return "\n".join(lines)


def in_confidence(world: World) -> list[emails.Envelope]:
    """What went to who is named for it; whoever was to meet somebody who has gone is told of that, and of no more."""
    return [sent for sent in world.transport.sent if sent.recipient not in ("ann@example.org", "bob@example.org")]


def letter(world: World) -> tuple[str, str]:
    """Who got the one mail that went in confidence, and its plain words."""
    (sent,) = in_confidence(world)
    read = message_from_bytes(sent.data, policy=default)
    body = read.get_body(("plain",))
    assert body is not None
    return sent.recipient, " ".join(str(body.get_content()).split())


def test_the_words_go_to_the_safe_person_alone_and_say_whom_it_is_about(met: World) -> None:
    assert raised(met)
    met.deliver()
    recipient, said = letter(met)
    assert recipient == "amira@example.org"
    assert "He would not stop asking where I live. I do not want to see Bob again." in said
    assert "Bob, bob@example.org" in said
    assert ("Ann" in said, "ann@example.org" in said) == (False, False)


def test_who_may_be_written_back_to_is_named_and_gets_the_reply_and_no_organiser_does(met: World) -> None:
    raised(met, contact=True)
    met.deliver()
    _, said = letter(met)
    assert "Ann ann@example.org" in said
    headers = message_from_bytes(met.transport.sent[0].data, policy=default)
    assert "ann@example.org" in headers["Reply-To"]
    assert b"organiser@example.org" not in met.transport.sent[0].data
    assert "List-Unsubscribe" not in headers


def test_who_would_rather_not_be_written_to_gets_no_reply_and_neither_do_we(met: World) -> None:
    raised(met)
    met.deliver()
    headers = message_from_bytes(met.transport.sent[0].data, policy=default)
    assert headers["Reply-To"] == "Amira Haddad <amira@example.org>"


def test_long_words_arrive_whole(met: World) -> None:
    words = " ".join(f"word{number}" for number in range(220)) + "\n" + "x" * 280
    raised(met, words=words)
    met.deliver()
    _, said = letter(met)
    assert all(f"word{number} " in said for number in range(220))
    assert said.replace(" ", "").count("x" * 280) == 1
    html = quopri.decodestring(met.transport.sent[0].data).decode("utf-8", "replace")
    assert "word219" in html


@pytest.mark.parametrize(
    ("facts", "reader"),
    [
        (SAFE, "amira@example.org"),
        ({"safe_email": ""}, "organiser@example.org"),
        ({"safe_email": "Bob@Example.org"}, "organiser@example.org"),
    ],
    ids=["named", "nobody named", "the other person is the one named"],
)
def test_the_reader_is_who_is_named_or_the_contact_and_never_the_other_person(
    met: World, facts: dict[str, str], reader: str
) -> None:
    named(met, **facts)
    raised(met)
    assert [mail.recipient for mail in concern_mails(met)] == [reader]


def test_with_nobody_to_read_it_nothing_is_kept_and_they_are_apart_all_the_same(met: World) -> None:
    named(met, safe_email="bob@example.org")
    with met.database.writing() as session:
        programme_queries.programme(session, met.slug).contact_email = None
    assert raised(met)
    assert concern_mails(met) == []
    assert exported(met, "ann")["not_with"] == ["bob@example.org"]
    assert "where I live" not in rows(met)


def test_they_are_kept_apart_and_asked_no_more_and_the_other_is_told_nothing(met: World) -> None:
    met.later(days=4)
    duties.ask(met.work)
    raised(met)
    met.deliver()
    assert letter(met)[0] == "amira@example.org"
    assert {mail.state for mail in met.mails(MailKind.REMINDER)} == {MailState.SUPPRESSED}
    met.later(days=7)
    duties.ask(met.work)
    met.deliver()
    assert len(met.transport.sent) == 1
    later = met.draw(met.open_round("2026-W50"))
    assert met.groups(later) == []
    assert exported(met, "bob")["not_with"] == []
    assert WORDS.split("\n")[0] not in json.dumps(exported(met, "bob"))


def test_each_of_three_is_kept_apart_from_the_one_who_wrote(world: World) -> None:
    named(world)
    for name in ("ann", "bob", "cyd"):
        world.person(name)
    world.sent_round()
    raised(world)
    assert sorted(exported(world, "ann")["not_with"]) == ["bob@example.org", "cyd@example.org"]
    assert exported(world, "bob")["not_with"] == exported(world, "cyd")["not_with"] == []
    (mail,) = concern_mails(world)
    assert sorted(one["name"] for one in mail.facts["about"]) == ["Bob", "Cyd"]


def test_who_keeps_fifty_people_away_already_can_still_say_it(met: World) -> None:
    for number in range(participants.BLOCK_LIMIT):
        met.block(met.there("ann"), met.person(f"other{number}"))
    assert raised(met)
    assert "bob@example.org" in exported(met, "ann")["not_with"]


def test_the_same_words_twice_are_one_mail_and_other_words_another_and_five_a_day_are_enough(met: World) -> None:
    for _ in range(3):
        assert raised(met)
    assert len(concern_mails(met)) == 1
    assert [raised(met, words=f"And number {number}.") for number in range(5)] == [True] * 4 + [False]
    assert len(concern_mails(met)) == 5
    met.later(days=1, minutes=1)
    assert raised(met, words="And number 9.")


def test_who_has_left_can_still_say_it(met: World) -> None:
    with met.database.writing() as session:
        programme = programme_queries.programme(session, met.slug)
        person = session.merge(met.there("ann"))
        participants.leave(session, programme, person, now=met.now, secret_key=met.secret)
    assert raised(met)
    met.deliver()
    assert letter(met)[0] == "amira@example.org"


def test_the_audit_says_that_there_was_one_and_not_whose(met: World) -> None:
    raised(met)
    with met.database.reading() as session:
        entries = [
            (entry.actor, entry.subject, entry.detail)
            for entry in session.exec(select(AuditEntry).where(AuditEntry.action == "concern.raise"))
        ]
        everything = repr(session.exec(select(AuditEntry.action, AuditEntry.detail)).all())
    assert entries == [("participant", None, {})]
    assert "where I live" not in everything


def test_what_was_said_is_in_the_writers_own_copy(met: World) -> None:
    raised(met, contact=True)
    (said,) = exported(met, "ann")["something_wrong"]
    assert (said["words"], said["may_contact_me"], said["state"]) == (WORDS, True, "ready")
    assert exported(met, "bob")["something_wrong"] == []


# --- how long --------------------------------------------------------------------------------------------------------


def forget(world: World) -> None:
    with world.database.writing() as session:
        retention.forget(session, world.settings, world.now)


def test_the_words_are_kept_for_their_own_time_whatever_other_mails_are_kept_for(met: World) -> None:
    met.settings = met.settings.model_copy(update={"keep_mail_days": 1, "keep_concern_days": 30})
    raised(met)
    met.deliver()
    met.later(days=29)
    forget(met)
    assert concern_mails(met)[0].facts["words"] == WORDS
    met.later(days=2)
    forget(met)
    (mail,) = concern_mails(met)
    assert (mail.state, mail.facts, mail.rendered, mail.answer) == (MailState.SENT, {}, None, None)
    assert "where I live" not in rows(met)


def test_words_go_after_a_month_also_where_other_mails_are_kept_for_a_year(met: World) -> None:
    met.settings = met.settings.model_copy(update={"keep_mail_days": 365})
    raised(met)
    met.deliver()
    met.later(days=31)
    forget(met)
    assert concern_mails(met)[0].facts == {}
    assert met.mails(MailKind.INTRODUCTION)[0].facts != {}


# --- who sees that there is one --------------------------------------------------------------------------------------


def counts(world: World) -> dict[str, int]:
    with world.database.reading() as session:
        return outbox_queries.counts(session, Pile(programme_queries.programme(session, world.slug).id))


def metrics(world: World) -> dict[tuple[MailKind, str], int]:
    with world.database.reading() as session:
        organisation = programme_queries.programme(session, world.slug).organisation_id
        return watch.mails(session, organisation)


def test_one_that_arrives_is_counted_nowhere(met: World) -> None:
    before = counts(met), metrics(met)
    raised(met)
    assert (counts(met), metrics(met)) == before
    met.deliver()
    assert concern_mails(met)[0].state == MailState.SENT
    assert (counts(met), metrics(met)) == before


def test_one_that_is_refused_is_seen_and_can_be_sent_again(met: World) -> None:
    before = counts(met)
    raised(met)
    met.transport = emails.MemoryTransport([FULL])
    met.deliver()
    assert counts(met) == before | {"rejected": 1, "planned": before["planned"] + 1}
    assert metrics(met)[MailKind.CONCERN, "rejected"] == 1
    with met.database.writing() as session:
        second_tries.resend(session, session.get_one(OutgoingMail, concern_mails(met)[0].id), met.now)
    met.deliver()
    assert (concern_mails(met)[0].state, counts(met)) == (MailState.SENT, before)


def test_one_that_comes_back_later_is_seen(met: World) -> None:
    raised(met)
    met.deliver()
    Post(met).take("hard", concern_mails(met)[0], "5.1.1")
    assert (concern_mails(met)[0].state, counts(met)["rejected"]) == (MailState.REJECTED, 1)


def test_a_mailbox_that_is_busy_for_three_days_is_seen(met: World) -> None:
    raised(met)
    met.transport = emails.MemoryTransport([BUSY] * 200)
    met.deliver()
    met.later(days=3, minutes=1)
    duties.each_minute(met.work)
    assert (concern_mails(met)[0].state, counts(met)["expired"]) == (MailState.EXPIRED, 1)


@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_no_list_of_closed_addresses_keeps_it_from_its_reader(met: World, reason: SuppressionReason) -> None:
    with met.database.writing() as session:
        organisation = programme_queries.programme(session, met.slug).organisation_id
        suppression.suppress(session, organisation, "amira@example.org", reason, secret_key=met.secret, now=met.now)
    raised(met)
    met.deliver()
    assert letter(met)[0] == "amira@example.org"
    with met.database.reading() as session:
        assert session.exec(select(Suppression.reason)).one() == reason


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_it_goes_whatever_becomes_of_the_programme(met: World, state: str) -> None:
    named(met, state=state)
    raised(met)
    met.deliver()
    assert letter(met)[0] == "amira@example.org"


# --- erasure ---------------------------------------------------------------------------------------------------------


def test_the_words_of_who_wrote_and_is_erased_are_dropped_before_they_go(met: World) -> None:
    raised(met, contact=True)
    erase(met, "ann")
    met.deliver()
    (mail,) = concern_mails(met)
    assert (mail.state, mail.facts, in_confidence(met)) == (MailState.SUPPRESSED, {}, [])
    assert not re.search("where I live|ann@", rows(met))


def test_the_words_of_who_wrote_and_is_erased_are_dropped_after_they_went(met: World) -> None:
    raised(met)
    met.deliver()
    erase(met, "ann")
    (mail,) = concern_mails(met)
    assert (mail.state, mail.facts, mail.answer) == (MailState.SENT, {}, None)
    assert not re.search("where I live|ann@", rows(met))


def test_the_words_of_who_wrote_are_dropped_also_when_they_wait_for_a_second_try(met: World) -> None:
    raised(met)
    met.transport = emails.MemoryTransport([BUSY])
    met.deliver()
    assert concern_mails(met)[0].rendered is not None or concern_mails(met)[0].attempts == 1
    erase(met, "ann")
    assert not re.search("where I live|ann@", rows(met))
    assert concern_mails(met)[0].rendered is None


def test_the_words_about_who_is_erased_still_go_without_the_name(met: World) -> None:
    raised(met, contact=True, words="I do not want to see Bob again. BOB@example.org wrote to my bobsleigh club.")
    erase(met, "bob")
    assert "bob" not in json.dumps(concern_mails(met)[0].facts).casefold().replace("bobsleigh", "")
    met.deliver()
    recipient, said = letter(met)
    assert recipient == "amira@example.org"
    assert "I do not want to see (name removed) again. (name removed) wrote to my bobsleigh club." in said
    assert "Of somebody in it, all that we kept has been deleted since" in said
    assert "Ann" in said


def test_words_that_came_back_after_the_other_was_erased_can_still_be_sent(met: World) -> None:
    raised(met)
    met.deliver()
    erase(met, "bob")
    (mail,) = concern_mails(met)
    Post(met).take("soft", mail, "4.2.2")
    with met.database.writing() as session:
        second_tries.resend(session, session.get_one(OutgoingMail, mail.id), met.now)
    met.transport = emails.MemoryTransport()
    met.deliver()
    _, said = letter(met)
    assert ("where I live" in said, "Bob" in said) == (True, False)


def test_the_words_of_who_is_erased_while_they_are_with_the_server_are_not_tried_again(met: World) -> None:
    raised(met, contact=True)
    hand_over(met, lambda: erase(met, "ann"), BUSY, "amira")
    met.later(minutes=2)
    met.deliver()
    (mail,) = concern_mails(met)
    assert (mail.state, mail.facts, mail.rendered, met.transport.sent) == (MailState.SUPPRESSED, {}, None, [])
    assert not re.search("where I live|ann@", rows(met))


def test_the_words_about_who_is_erased_while_they_are_with_the_server_go_later_without_the_name(met: World) -> None:
    raised(met)
    hand_over(met, lambda: erase(met, "bob"), BUSY, "amira")
    met.later(minutes=2)
    met.deliver()
    _, said = letter(met)
    assert ("where I live" in said, "Bob" in said) == (True, False)
