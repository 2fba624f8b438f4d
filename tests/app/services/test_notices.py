"""Mails to organisers: to whom they go, once each, and what they say of a round and of what came to nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

import emails
from app.errors import BadInput
from app.models import (
    NOTICES,
    AuditEntry,
    DrawEvery,
    MailKind,
    MailState,
    Met,
    OrganiserAccount,
    OrganiserRole,
    OutgoingMail,
    Participant,
    Placement,
    Role,
    Round,
)
from app.queries import outbox
from app.queries import programmes as programme_queries
from app.services import feedback, notices, organisers, rounds
from app.services.feedback import Answer
from app.workflows import duties
from tests.app.bounced import Post
from tests.factories import World, address_of

MONDAY = date(2026, 11, 23)
REFUSED = emails.Refused(False, "recipient", "RCPT", 552, "552 5.2.2 full")
UNKNOWN = emails.Unknown("DOT", "the connection was lost")


def setting(world: World, **values: object) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        for name, value in values.items():
            setattr(programme, name, value)
        session.add(programme)


def organiser(world: World, name: str, role: Role = Role.ORGANISER, slug: str | None = "", *kinds: MailKind) -> str:
    """Somebody who has been here; in this programme, in another (`slug`), or with None in all."""
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        place = None if slug is None else programme_queries.programme(session, slug or world.slug)
        organisation = programme_queries.organisation_of(session, programme)
        account = organisers.appoint(session, organisation, address_of(name), role, place, now=world.now)
        account.entered_at = world.now - timedelta(minutes=1)
        if kinds:
            account.mails = [kind.value for kind in kinds]
    return account.email


def at(world: World, text: str) -> None:
    world.now = datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(world: World, kind: MailKind) -> list[str]:
    """Who was told, in the order of the mails."""
    return [mail.recipient.partition("@")[0] for mail in world.mails(kind) if mail.state != MailState.SUPPRESSED]


def drawn_by_itself(world: World, people: int = 5) -> Round:
    """On its day a round opens and is drawn, and nobody has done anything."""
    world.people(people)
    setting(world, draw_every=DrawEvery.MONTH, next_draw_on=MONDAY)
    duties.open_rounds(world.work)
    with world.database.reading() as session:
        opened = session.exec(select(Round)).one()
    return world.draw(opened)


def words(world: World, kind: MailKind) -> str:
    """What left, of the one mail of that kind."""
    (mail,) = world.mails(kind)
    assert mail.state == MailState.SENT, mail.answer
    (sent,) = [one for one in world.transport.sent if one.recipient == mail.recipient]
    return sent.data.decode().replace("=\r\n", "")


# --- a round is ready ------------------------------------------------------------------------------------------------


def test_a_round_that_was_drawn_by_itself_is_told_to_who_may_send_it_with_its_figures(world: World) -> None:
    organiser(world, "amira")
    round_ = drawn_by_itself(world)
    world.deliver()
    text = words(world, MailKind.ROUND_READY)
    assert f"Subject: Check round {round_.number}: 5 people, 2 groups\r\n" in text
    assert "1 group is larger than usual" in text
    assert f"{world.settings.base_url}/organiser/rounds/{round_.id}" in text
    assert f"{world.settings.base_url}/organiser/account" in text
    assert "List-Id: " in text
    assert "person0" not in text


def test_only_who_may_do_something_about_it_in_that_programme_is_told_and_only_who_has_been_here(world: World) -> None:
    world.programme("other")
    organiser(world, "amira")
    organiser(world, "everywhere", Role.OWNER, None)
    organiser(world, "viewer", Role.VIEWER)
    organiser(world, "safety", Role.SAFETY)
    organiser(world, "elsewhere", Role.ORGANISER, "other")
    organiser(world, "off", Role.ORGANISER, "", MailKind.NOT_DELIVERED)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        organisation = programme_queries.organisation_of(session, programme)
        organisers.appoint(session, organisation, address_of("invited"), Role.ORGANISER, None, now=world.now)
    drawn_by_itself(world)
    assert told(world, MailKind.ROUND_READY) == ["amira", "everywhere"]


@pytest.mark.parametrize("by_hand", ["opened", "sends itself"])
def test_who_opened_a_round_knows_and_a_round_that_sends_itself_waits_for_nobody(world: World, by_hand: str) -> None:
    organiser(world, "amira")
    if by_hand == "opened":
        world.people(4)
        world.draw(world.open_round())
    else:
        setting(world, sends_itself=True)
        drawn_by_itself(world)
    assert told(world, MailKind.ROUND_READY) == []


def test_a_yes_that_comes_first_keeps_the_mail_back(world: World) -> None:
    organiser(world, "amira")
    round_ = drawn_by_itself(world)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug, lock=True)
        row = session.get_one(Round, round_.id)
        rounds.approve(session, programme, row, now=world.now, actor="test")
    world.deliver()
    (mail,) = world.mails(MailKind.ROUND_READY)
    assert (mail.state, mail.facts) == (MailState.SUPPRESSED, {})


def test_who_loses_the_role_or_switches_it_off_before_it_leaves_gets_nothing(world: World) -> None:
    organiser(world, "amira")
    organiser(world, "gone")
    drawn_by_itself(world)
    with world.database.writing() as session:
        one, gone = (
            session.exec(select(OrganiserAccount).where(OrganiserAccount.email == f"{name}@example.org")).one()
            for name in ("amira", "gone")
        )
        notices.choose(session, one, [], now=world.now, actor="test")
        session.delete(session.exec(select(OrganiserRole).where(OrganiserRole.organiser_id == gone.id)).one())
    world.deliver()
    assert [mail.state for mail in world.mails(MailKind.ROUND_READY)] == [MailState.SUPPRESSED] * 2


def test_what_it_says_is_true_when_it_leaves(world: World) -> None:
    organiser(world, "amira")
    round_ = drawn_by_itself(world)
    with world.database.writing() as session:
        place = session.exec(select(Placement).where(Placement.round_id == round_.id)).first()
        session.delete(place)
    world.deliver()
    assert "Check round 1: 4 people, 2 groups" in words(world, MailKind.ROUND_READY)


# --- what came to nothing --------------------------------------------------------------------------------------------


def sent_with(world: World, *script: emails.Answer, people: int = 6) -> Round:
    world.people(people)
    world.transport = emails.MemoryTransport(list(script))
    return world.sent_round()


def ask(world: World, **span: float) -> None:
    world.later(**span)
    duties.ask(world.work)
    world.deliver()


def test_what_came_to_nothing_is_collected_for_an_hour_and_told_once(world: World) -> None:
    organiser(world, "amira")
    round_ = sent_with(world, REFUSED, UNKNOWN)
    ask(world, minutes=30)
    assert told(world, MailKind.NOT_DELIVERED) == []
    ask(world, minutes=40)
    for _ in range(3):
        ask(world, hours=26)
    text = words(world, MailKind.NOT_DELIVERED)
    assert "Subject: 1 message could not be delivered\r\n" in text
    assert "1 was handed over, and no answer came." in text
    assert f"{world.settings.base_url}/organiser/rounds/{round_.id}/watch" in text
    assert "person0" not in text


def test_one_mail_a_day_at_most_and_the_next_day_the_rest(world: World) -> None:
    organiser(world, "amira")
    sent_with(world)
    post = Post(world)
    post.take("soft", post.introduction("person00"), "5.2.2")
    ask(world, hours=2)
    post.take("soft", post.introduction("person02"), "5.2.2")
    post.take("soft", post.introduction("person03"), "5.2.2")
    ask(world, hours=2)
    assert [mail.facts["returned"] for mail in world.mails(MailKind.NOT_DELIVERED)] == [1]
    ask(world, days=1)
    assert [mail.facts["returned"] for mail in world.mails(MailKind.NOT_DELIVERED)] == [1, 2]


def test_one_that_comes_back_days_after_it_left_is_new_on_that_day(world: World) -> None:
    sent_with(world)
    world.later(days=9)
    organiser(world, "amira")
    world.later(days=1)
    post = Post(world)
    post.take("soft", post.introduction("person00"), "5.2.2")
    ask(world, hours=2)
    assert [mail.facts["returned"] for mail in world.mails(MailKind.NOT_DELIVERED)] == [1]


def test_nobody_is_told_at_night_nor_of_what_lies_before_their_time(world: World) -> None:
    organiser(world, "amira")
    sent_with(world, REFUSED)
    at(world, "2026-11-23 23:30")
    duties.ask(world.work)
    assert told(world, MailKind.NOT_DELIVERED) == []
    organiser(world, "late")
    ask(world, hours=10)
    assert told(world, MailKind.NOT_DELIVERED) == ["amira"]


def test_a_question_that_comes_back_tells_of_nobody_who_was_asked(world: World) -> None:
    """Who is asked something has not answered: also the number would tell, day by day."""
    organiser(world, "amira")
    sent_with(world)
    at(world, "2026-11-27 09:00")
    world.deliver()
    world.transport = emails.MemoryTransport([REFUSED] * 6)
    ask(world, hours=1)
    assert {mail.state for mail in world.mails(MailKind.REMINDER)} == {MailState.REJECTED}
    ask(world, hours=3)
    assert told(world, MailKind.NOT_DELIVERED) == []


# --- how a round goes ------------------------------------------------------------------------------------------------


def half_over(world: World, people: int = 20) -> Round:
    world.people(people)
    round_ = world.sent_round()
    with world.database.writing() as session:
        seats = session.exec(
            select(Placement).where(Placement.round_id == round_.id).order_by(Placement.participant_id)
        )
        for place in list(seats)[:12]:
            person = session.get_one(Participant, place.participant_id)
            feedback.record(session, person, place.group_id or "", Answer(Met.YES), world.now)
    world.later(minutes=1)
    duties.write_down_said(world.work)
    return round_


def test_at_half_time_who_wants_it_hears_once_how_a_round_goes_in_whole_steps(world: World) -> None:
    setting(world, draw_every=DrawEvery.TWO_WEEKS, next_draw_on=date(2026, 12, 14))
    organiser(world, "amira", Role.VIEWER, "", *NOTICES)
    round_ = half_over(world)
    ask(world, days=6)
    assert told(world, MailKind.ROUND_SO_FAR) == []
    for _ in range(3):
        ask(world, days=1)
    (mail,) = world.mails(MailKind.ROUND_SO_FAR)
    assert {name: mail.facts[name] for name in ("people", "answered", "met", "returned", "held")} == {
        "people": 20,
        "answered": 10,
        "met": 10,
        "returned": 0,
        "held": 0,
    }
    text = words(world, MailKind.ROUND_SO_FAR)
    assert "Subject: Round 1 so far: 10 or more of 20 answered\r\n" in text
    assert f"/organiser/rounds/{round_.id}/watch" in text


def test_of_few_nothing_is_told_and_an_answer_of_this_hour_moves_no_figure(world: World) -> None:
    organiser(world, "amira", Role.ORGANISER, "", *NOTICES)
    world.people(6)
    round_ = world.sent_round()
    duties.write_down_said(world.work)
    with world.database.writing() as session:
        for place in list(session.exec(select(Placement).where(Placement.round_id == round_.id))):
            person = session.get_one(Participant, place.participant_id)
            feedback.record(session, person, place.group_id or "", Answer(Met.YES), world.now)
    ask(world, days=14)
    (mail,) = world.mails(MailKind.ROUND_SO_FAR)
    assert (mail.facts["people"], mail.facts["answered"], mail.facts["met"]) == (6, 0, 0)
    assert "Subject: Round 1 so far\r\n" in words(world, MailKind.ROUND_SO_FAR)


def test_as_it_stands_everybody_gets_what_asks_for_a_deed_and_nothing_else(world: World) -> None:
    organiser(world, "amira")
    half_over(world)
    ask(world, days=14)
    assert told(world, MailKind.ROUND_SO_FAR) == []


# --- what they want --------------------------------------------------------------------------------------------------


def test_what_is_wanted_is_kept_in_order_noted_once_and_must_be_one_of_them(world: World) -> None:
    organiser(world, "amira")
    with world.database.writing() as session:
        account = session.exec(select(OrganiserAccount)).one()
        for _ in range(2):
            wanted = [MailKind.NOT_DELIVERED, MailKind.ROUND_SO_FAR, MailKind.NOT_DELIVERED]
            notices.choose(session, account, wanted, now=world.now, actor="test")
        assert account.mails == ["round_so_far", "not_delivered"]
        with pytest.raises(BadInput, match="introduction is none of them"):
            notices.choose(session, account, [MailKind.INTRODUCTION], now=world.now, actor="test")
    with world.database.reading() as session:
        lines = session.exec(select(AuditEntry).where(AuditEntry.action == "organiser.mails")).all()
    assert [line.detail for line in lines] == [{"kinds": "round_so_far not_delivered"}]


def test_none_of_them_stands_in_an_outbox_that_others_look_at(world: World) -> None:
    organiser(world, "amira")
    drawn_by_itself(world)
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        seen = session.exec(select(OutgoingMail.kind).where(*outbox.Pile(programme.id).holds())).all()
    assert MailKind.INTRODUCTION in seen
    assert not {*seen} & {*NOTICES}
