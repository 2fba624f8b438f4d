"""What is still under way when somebody moves to another group, and what two doors do at one moment."""

from itertools import product

import pytest
from sqlmodel import delete, update

from app.errors import Conflict
from app.models import (
    Block,
    MailKind,
    MailState,
    OutgoingMail,
    Participant,
    ParticipantState,
    Round,
    SuppressionReason,
)
from app.queries import programmes as programme_queries
from app.services import absences, mail_policy, participants, second_tries, suppression
from app.web.status import AT_ONCE
from app.workflows import duties
from tests.app.bounced import Post
from tests.factories import START, World, address_of


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)


def drawn(world: World, some: tuple[str, ...], others: tuple[str, ...]) -> Round:
    """A round, on its way, in which these and those are a group each."""
    ids = {name: world.person(name).id for name in (*some, *others)}
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        for pair in product(some, others):
            a, b = sorted(ids[name] for name in pair)
            session.add(Block(programme_id=programme.id, a_id=a, b_id=b, created_at=world.now))
    round_ = world.draw(world.open_round(send=True))
    with world.database.writing() as session:
        session.exec(delete(Block))
    return round_


def bounce(post: Post, *names: str) -> None:
    for name in names:
        post.take("hard", post.introduction(name), "5.1.1")
    post.world.deliver()


def move(post: Post, *names: str) -> None:
    """They ask for someone new, and get each other."""
    assert [post.ask_someone_new(name) for name in names] == [True] * len(names)
    assert post.match_waiting() == 1


def first_introduction(world: World, to: str) -> OutgoingMail:
    return next(mail for mail in world.mails(MailKind.INTRODUCTION, to) if "/" not in mail.occasion)


def new_introduction(world: World, to: str) -> OutgoingMail:
    return next(mail for mail in world.mails(MailKind.INTRODUCTION, to) if "/" in mail.occasion)


def change(world: World, mail: OutgoingMail, state: MailState) -> None:
    with world.database.writing() as session:
        row = session.get_one(OutgoingMail, mail.id)
        row.state, row.answer = state, "as the test wants it"
        session.add(row)


def resend(world: World, mail: OutgoingMail) -> None:
    with world.database.writing() as session:
        second_tries.resend(session, session.get_one(OutgoingMail, mail.id), world.now)


def groups(world: World, round_: Round) -> list[str]:
    """The groups as names, such as `ann+bob`."""
    return sorted("+".join(sorted(key.partition("@")[0] for key in group)) for group in world.groups(round_) if group)


def reminded(world: World) -> list[str]:
    world.later(days=4)
    duties.ask(world.work)
    return sorted(mail.recipient.partition("@")[0] for mail in world.mails(MailKind.REMINDER))


@pytest.mark.parametrize("gone", [False, True])
def test_the_old_introduction_of_who_has_moved_does_not_go_and_the_new_meeting_stays(
    world: World, post: Post, gone: bool
) -> None:
    round_ = drawn(world, ("ann", "bob"), ("cyd", "dan"))
    world.deliver()
    bounce(post, "bob", "dan")
    change(world, first_introduction(world, "ann"), MailState.REJECTED)
    move(post, "ann", "cyd")
    world.deliver()
    if gone:
        with world.database.writing() as session:
            programme = programme_queries.programme(session, world.slug)
            bob = session.merge(world.there("bob"))
            participants.leave(session, programme, bob, now=world.now, secret_key=world.secret)
    before = len(world.transport.sent)
    resend(world, first_introduction(world, "ann"))
    world.deliver()
    assert world.transport.sent[before:] == []
    assert first_introduction(world, "ann").state == MailState.SUPPRESSED
    assert "ann+cyd" in groups(world, round_)
    assert world.mails(MailKind.LEFT_OUT) == []


def test_a_rejected_introduction_is_not_sent_again_once_the_partner_has_moved(world: World, post: Post) -> None:
    round_ = drawn(world, ("ann", "bob"), ("cyd", "dan"))
    world.deliver()
    bounce(post, "ann", "dan")
    move(post, "bob", "cyd")
    world.deliver()
    with world.database.writing() as session:
        ann = address_of("ann").mailbox
        suppression.lift(session, post.organisation(), ann, secret_key=world.secret)
    before = len(world.transport.sent)
    resend(world, first_introduction(world, "ann"))
    world.deliver()
    assert world.transport.sent[before:] == []
    assert (groups(world, round_), world.left_out(round_)) == (["ann", "bob+cyd", "dan"], {})


def test_who_remains_of_a_trio_with_somebody_out_of_reach_is_not_asked_whether_they_met(
    world: World, post: Post
) -> None:
    round_ = drawn(world, ("ann", "bob", "cyd"), ("dan", "eve"))
    world.deliver()
    bounce(post, "cyd", "dan")
    move(post, "ann", "eve")
    world.deliver()
    assert groups(world, round_) == ["ann+eve", "bob+cyd", "dan"]
    assert reminded(world) == ["ann", "eve"]


def test_nobody_is_asked_about_a_new_group_whose_introduction_never_left(world: World, post: Post) -> None:
    drawn(world, ("ann", "bob"), ("cyd", "dan"))
    world.deliver()
    bounce(post, "bob", "dan")
    move(post, "ann", "cyd")
    world.deliver()
    change(world, new_introduction(world, "cyd"), MailState.EXPIRED)
    assert reminded(world) == ["ann"]
    (asked,) = world.mails(MailKind.REMINDER)
    assert asked.facts["thread"] == new_introduction(world, "ann").occasion


@pytest.mark.parametrize(
    "answer", [mail_policy.INTRODUCES_NOBODY, mail_policy.NAMES_NOBODY, "The person has left.", "Answered already."]
)
def test_why_a_mail_was_not_needed_is_told_to_nobody_where_it_could_show_a_block(answer: str) -> None:
    mail = OutgoingMail(
        organisation_id="org",
        programme_id="prg",
        kind=MailKind.INTRODUCTION,
        occasion="2026-W48",
        recipient="ann@example.org",
        recipient_key="ann",
        facts={},
        created_at=START,
        state=MailState.SUPPRESSED,
        answer=answer,
    )
    kept = answer == "Answered already."
    assert mail_policy.shown_answer(mail) == (answer if kept else "It was not needed any more.")


# --- who is held, and who goes at the same moment -------------------------------------------------------------------


def hold(world: World, reason: SuppressionReason) -> None:
    with world.database.writing() as session:
        ann = session.merge(world.there("ann"))
        suppression.suppress(session, ann.organisation_id, ann.email, reason, secret_key=world.secret, now=world.now)
        absences.begin(session, ann.organisation_id, ann.email, now=world.now, secret_key=world.secret)


def press_back(world: World) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        AT_ONCE["back"](session, programme, session.merge(world.there("ann")), world.now, world.secret)


def test_who_is_held_because_mail_came_back_comes_back_by_their_own_button(world: World, post: Post) -> None:
    world.person("ann")
    hold(world, SuppressionReason.HARD)
    press_back(world)
    assert (world.there("ann").state, post.suppressed("ann")) == (ParticipantState.ACTIVE, None)


def test_whom_an_organiser_has_closed_stays_held(world: World) -> None:
    world.person("ann")
    hold(world, SuppressionReason.ORGANISER)
    with pytest.raises(Conflict):
        press_back(world)
    assert world.there("ann").state == ParticipantState.HELD


def test_a_pause_does_not_undo_a_leave_that_came_a_moment_before(world: World) -> None:
    world.person("ann")
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        stale = session.merge(world.there("ann"))
        session.exec(
            update(Participant)
            .values(state=ParticipantState.LEFT, left_at=world.now)
            .execution_options(synchronize_session=False)
        )
        today = world.now.date()
        until = today.replace(day=today.day + 7)
        with pytest.raises(Conflict):
            participants.pause(session, programme, stale, until, now=world.now, today=today, secret_key=world.secret)
        with pytest.raises(Conflict):
            participants.come_back(session, programme, stale, now=world.now, secret_key=world.secret)
    assert world.there("ann").state == ParticipantState.LEFT
