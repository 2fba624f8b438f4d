"""What comes back changes the right mail, the right address and the right person, once; forged ones change nothing."""

import pytest

from app.models import MailEventKind, MailKind, MailState, ParticipantState, SuppressionReason
from app.services import bounces
from emails.inbound import Report
from tests.app.bounced import Post, pair, rows
from tests.emails.inbound.corpus import every_case
from tests.factories import World

HARD, SOFT = SuppressionReason.HARD, SuppressionReason.SOFT


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)


def states(world: World) -> dict[str, ParticipantState]:
    return {name: world.there(name).state for name in ("sam", "alex")}


# --- the mail, the address, the person --------------------------------------------------------------------------------


def test_a_permanent_failure_rejects_the_mail_closes_the_address_and_holds_the_person(world: World, post: Post) -> None:
    pair(world)
    mail = post.introduction("sam")
    done = post.take("hard", mail, "5.1.1")
    assert (done.what, done.kind, done.suppressed) == ("noted", MailEventKind.HARD, HARD)
    assert (post.introduction("sam").state, post.introduction("sam").answer) == (
        MailState.REJECTED,
        "It came back: 5.1.1.",
    )
    closed = post.suppressed("SAM@Example.org")
    assert closed is not None
    assert (closed.reason, closed.status) == (HARD, "5.1.1")
    assert "sam" not in closed.address_hash
    assert states(world) == {"sam": ParticipantState.HELD, "alex": ParticipantState.ACTIVE}


def test_the_counts_of_the_round_stay_true(world: World, post: Post) -> None:
    pair(world)
    (round_id,) = {mail.round_id for mail in world.mails(MailKind.INTRODUCTION)}
    post.take("hard", post.introduction("sam"), "5.1.1")
    world.deliver()
    said = world.counts(world.round(round_id or ""))
    assert said["people"] == 2
    none = dict.fromkeys(("waiting", "held", "suppressed", "expired"), 0)
    assert said["messages"] == {"planned": 2, "accepted": 1, "rejected": 1} | none


def test_a_held_person_is_not_drawn_until_mail_goes_there_again(world: World, post: Post) -> None:
    world.people(4)
    world.sent_round()
    post.take("hard", post.introduction("person00"), "5.1.1")
    second = world.sent_round("2026-W49")
    assert "person00@example.org" not in set().union(*world.groups(second), world.left_out(second))
    with world.database.writing() as session:
        lifted = bounces.lift(
            session, post.organisation(), "Person00@example.org", now=world.now, secret_key=world.secret, actor="test"
        )
    assert lifted
    assert post.suppressed("person00") is None
    third = world.sent_round("2026-W50")
    assert "person00@example.org" in set().union(*world.groups(third), world.left_out(third))


def test_one_soft_failure_closes_nothing_and_two_on_one_day_neither(world: World, post: Post) -> None:
    pair(world)
    assert post.take("soft", post.introduction("sam"), "5.2.2").suppressed is None
    world.later(hours=2)
    assert post.take("soft", post.introduction("sam"), "5.2.2").suppressed is None
    assert (post.suppressed("sam"), world.there("sam").state) == (None, ParticipantState.ACTIVE)
    assert post.introduction("sam").state == MailState.REJECTED


def test_soft_failures_on_two_days_close_the_address(world: World, post: Post) -> None:
    pair(world)
    post.take("soft", post.introduction("sam"), "5.2.2")
    world.later(days=1)
    assert post.take("soft", post.introduction("sam"), "5.2.2").suppressed == SOFT
    assert world.there("sam").state == ParticipantState.HELD


def test_refusals_for_reasons_of_policy_close_no_address_however_often_they_come(world: World, post: Post) -> None:
    """A blocklist that names us refuses everybody: it must not empty the programme."""
    pair(world)
    for _ in range(4):
        assert post.take("soft", post.introduction("sam"), "5.7.1").suppressed is None
        world.later(days=1)
    assert (post.suppressed("sam"), world.there("sam").state) == (None, ParticipantState.ACTIVE)


def test_days_are_those_of_utc(world: World, post: Post) -> None:
    pair(world)
    world.later(hours=14, minutes=59)  # 23:59 UTC
    assert post.take("soft", post.introduction("sam"), "4.4.7").suppressed is None
    world.later(minutes=2)
    assert post.take("soft", post.introduction("sam"), "4.4.7").suppressed == SOFT


def test_soft_failures_a_fortnight_apart_are_two_accidents(world: World, post: Post) -> None:
    pair(world)
    post.take("soft", post.introduction("sam"), "5.2.2")
    world.later(days=14, minutes=1)
    assert post.take("soft", post.introduction("sam"), "5.2.2").suppressed is None


def test_a_soft_failure_in_another_programme_counts_for_the_same_address(world: World, post: Post) -> None:
    pair(world)
    post.take("soft", post.introduction("sam"), "5.2.2")
    world.programme("second")
    world.slug = "second"
    pair(world)
    world.later(days=1)
    assert post.take("soft", post.introduction("sam"), "5.2.2").suppressed == SOFT
    assert states(world) == {"sam": ParticipantState.HELD, "alex": ParticipantState.ACTIVE}
    world.slug = "demo"
    assert states(world) == {"sam": ParticipantState.HELD, "alex": ParticipantState.ACTIVE}


@pytest.mark.parametrize("kind", ["auto_reply", "delayed"])
def test_replies_of_machines_and_delays_are_noted_and_never_counted(world: World, post: Post, kind: str) -> None:
    pair(world)
    for _ in range(5):
        assert post.take(kind, post.introduction("sam"), "4.4.1").suppressed is None  # type: ignore[arg-type]
        world.later(days=1)
    assert len(post.events()) == 5
    assert (post.suppressed("sam"), post.introduction("sam").state, post.away()) == (None, MailState.SENT, [])


def test_a_complaint_is_leaving_without_a_word(world: World, post: Post) -> None:
    pair(world)
    before = {mail.id for mail in world.mails()}
    assert post.take("complaint", post.introduction("sam")).suppressed == SuppressionReason.COMPLAINT
    assert states(world) == {"sam": ParticipantState.LEFT, "alex": ParticipantState.ACTIVE}
    world.deliver()
    new = [mail for mail in world.mails() if mail.id not in before]
    assert [(mail.kind, mail.recipient) for mail in new] == [(MailKind.CALLED_OFF, "alex@example.org")]
    assert post.introduction("sam").state == MailState.SENT


def test_a_delivery_report_settles_a_mail_in_doubt(world: World, post: Post) -> None:
    pair(world)
    mail = post.introduction("sam")
    with world.database.writing() as session:
        mail.state = MailState.UNCERTAIN
        session.add(mail)
    post.take("delivered", mail, "2.0.0")
    assert post.introduction("sam").state == MailState.SENT
    post.take("hard", mail, "5.1.1")
    assert post.introduction("sam").state == MailState.REJECTED
    post.take("delivered", mail, "2.0.0")
    assert post.introduction("sam").state == MailState.REJECTED


def test_a_failure_of_somebody_elses_address_behind_an_alias_is_at_most_soft(world: World, post: Post) -> None:
    pair(world)
    mail = post.introduction("sam")
    done = post.take("hard", mail, "5.1.1", recipient_hint="chris@home.example")
    assert (done.kind, done.suppressed) == (MailEventKind.SOFT, None)
    for same in ("Sam+coffee@Example.org", "sam@mail.example.org", "SAM@EXAMPLE.ORG"):
        assert post.take("hard", mail, "5.1.1", recipient_hint=same).kind == MailEventKind.HARD


# --- once, and only ours ----------------------------------------------------------------------------------------------


def test_a_report_told_a_thousand_times_counts_once(world: World, post: Post) -> None:
    pair(world)
    mail = post.introduction("sam")
    assert post.take("soft", mail, "5.2.2", key="provider/1").what == "noted"
    before = rows(world)
    with world.database.writing() as session:
        for _ in range(1000):
            report = Report("soft", post.tag(mail), "5.2.2")
            done = bounces.take(
                session, report, source="x", event_key="provider/1", now=world.now, secret_key=world.secret
            )
            assert done.what == "repeated"
    assert rows(world) == before


@pytest.mark.parametrize(
    "tag", ["", "nonsense", "a" * 42, "abcdefghijklmnopqrstuvwxyz234567abcdefghij", "é" * 42, "x" * 5000, "+", "\x00"]
)
def test_a_tag_that_is_not_ours_changes_nothing(world: World, post: Post, tag: str) -> None:
    pair(world)
    before = rows(world)
    assert post.take("hard", post.introduction("sam"), "5.1.1", tag=tag).what == "unknown"
    assert rows(world) == before


def test_a_tag_with_one_letter_changed_changes_nothing(world: World, post: Post) -> None:
    pair(world)
    mail = post.introduction("sam")
    tag, before = post.tag(mail), rows(world)
    for place in range(len(tag)):
        other = "b" if tag[place] == "a" else "a"
        assert post.take("hard", mail, tag=tag[:place] + other + tag[place + 1 :]).what == "unknown"
    assert rows(world) == before


def test_the_tag_of_another_secret_changes_nothing(world: World, post: Post) -> None:
    from app.security import return_tag

    pair(world)
    mail, before = post.introduction("sam"), rows(world)
    assert post.take("hard", mail, tag=return_tag("another-secret-key-0123456789abcdef", mail.id)).what == "unknown"
    assert rows(world) == before


def test_every_report_of_the_corpus_meets_the_right_person_or_nobody(world: World, post: Post) -> None:
    from emails import inbound

    pair(world)
    mail = post.introduction("sam")
    for case in every_case(post.tag(mail)):
        before = rows(world)
        done = post.took(inbound.read(case.data, case.to), bounces.key_of(case.data))
        if not case.named or case.kind == "nothing":
            assert (done.what, rows(world)) == ("nothing" if case.kind == "nothing" else "unknown", before), case.name
            continue
        assert (done.what, done.mail_id) == ("noted", mail.id), case.name
        if done.kind == MailEventKind.HARD:
            assert case.kind == "hard", case.name
    assert {event.mail_id for event in post.events()} == {mail.id}
    assert (post.suppressed("alex"), world.there("alex").state) == (None, ParticipantState.ACTIVE)


# --- out of order, and at once ----------------------------------------------------------------------------------------


def test_a_report_that_overtakes_the_servers_answer_wins(world: World, post: Post) -> None:
    pair(world)
    mail = post.introduction("sam")
    with world.database.writing() as session:
        mail.state, mail.finished_at, mail.attempt_token = MailState.DOT, None, "try_1"
        mail.claimed_by, mail.lease_until = "worker-1", world.now
        session.add(mail)
    post.take("hard", mail, "5.1.1")
    now = post.introduction("sam")
    assert (now.state, now.attempt_token, now.finished_at) == (MailState.REJECTED, None, world.now)


def test_the_events_of_a_mail_in_any_order_end_the_same(world: World, post: Post) -> None:
    from itertools import permutations

    world.people(12)
    world.sent_round()
    ends = set()
    for number, order in enumerate(permutations(["delayed", "auto_reply", "hard"])):
        mail = post.introduction(f"person{number:02}")
        for kind in order:
            post.take(kind, mail, "5.1.1")  # type: ignore[arg-type]
        found = post.suppressed(f"person{number:02}")
        ends.add((post.introduction(f"person{number:02}").state, found.reason if found else None))
    assert ends == {(MailState.REJECTED, HARD)}


def test_a_refusal_at_once_is_the_same_as_a_report(world: World, post: Post) -> None:
    pair(world)
    mail = post.introduction("sam")
    with world.database.writing() as session:
        mail.state = MailState.REJECTED
        session.add(mail)

    def refused(code: int | None, reply: str, attempt: int = 1) -> bounces.Outcome:
        with world.database.writing() as session:
            return bounces.rejected_at_once(
                session, mail.id, code=code, reply=reply, attempt=attempt, now=world.now, secret_key=world.secret
            )

    assert refused(None, "No safe mail could be made.").what == "nothing"
    assert refused(552, "5.2.2 over quota").kind == MailEventKind.SOFT
    assert refused(550, "5.1.1 No such user").what == "repeated"
    assert refused(554, "Message refused by policy", attempt=2).kind == MailEventKind.SOFT
    assert refused(550, "5.1.1 <sam@example.org>: no such user here", attempt=3).suppressed == HARD
    assert [len(post.away("alex")), world.there("sam").state] == [1, ParticipantState.HELD]
