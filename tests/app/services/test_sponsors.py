"""To whom the report on a quarter goes, and to whom not: the sponsor of now, until they say stop."""

import pytest
from sqlmodel import col, func, select

from app.models import (
    MailKind,
    MailState,
    OutgoingMail,
    Programme,
    ProgrammeState,
    QuarterReport,
    SponsorStop,
)
from app.queries import programmes as programme_queries
from app.queries import reports as queries
from app.services import sponsors
from app.workflows import duties
from tests.app.bounced import Post
from tests.app.sponsored import GRACE, ask, change, is_open, mailed, opened, sponsored, written
from tests.factories import World


def test_without_a_sponsor_s_address_it_is_written_down_and_mailed_to_nobody(world: World) -> None:
    sponsored(world)
    change(world, sponsor_email=None)
    ask(world)
    assert mailed(world) == []
    assert [(one.quarter, one.sent_to, one.read_hash) for one in written(world)] == [("2026-Q4", "", None)]


def test_whoever_has_said_stop_gets_none_until_they_take_it_back(world: World) -> None:
    sponsored(world)
    ask(world)
    world.deliver()
    for _ in range(2):
        with opened(world, "leave") as (session, found):
            sponsors.stop(session, found, now=world.now)
    world.later(days=10)
    world.sent_round("2027-W02")
    ask(world, "2027-04-01 07:00")
    assert mailed(world) == [(GRACE, "2026-Q4")]
    assert [one.sent_to for one in written(world)] == [GRACE, ""]
    for _ in range(2):
        with opened(world, "leave") as (session, found):
            sponsors.go_on(session, found, now=world.now)
    world.later(days=10)
    world.sent_round("2027-W15")
    ask(world, "2027-07-01 07:00")
    assert mailed(world) == [(GRACE, "2026-Q4"), (GRACE, "2027-Q2")]


def test_a_stop_is_that_address_s_whoever_is_named_in_between(world: World) -> None:
    sponsored(world)
    ask(world)
    with opened(world, "leave") as (session, found):
        sponsors.stop(session, found, now=world.now)
    change(world, sponsor_email="bo@example.org")
    change(world, sponsor_email="Grace@Example.org")
    with world.database.reading() as session:
        assert queries.stopped_at(session, programme_queries.programme(session, world.slug)) == world.now
    change(world, sponsor_email="bo@example.org")
    with world.database.reading() as session:
        assert queries.stopped_at(session, programme_queries.programme(session, world.slug)) is None


def test_a_stop_that_comes_before_the_mail_leaves_keeps_it_back(world: World) -> None:
    sponsored(world)
    ask(world)
    with opened(world, "leave") as (session, found):
        sponsors.stop(session, found, now=world.now)
    world.deliver()
    assert [mail.state for mail in world.mails(MailKind.SPONSOR_REPORT)] == [MailState.SUPPRESSED]


@pytest.mark.parametrize("to", ["bo@example.org", None])
def test_another_address_voids_the_link_and_keeps_a_waiting_mail_back(world: World, to: str | None) -> None:
    sponsored(world)
    ask(world)
    assert is_open(world, "report")
    change(world, sponsor_email="GRACE@example.org", sponsor_name="Grace Mensah")  # the same mailbox
    assert is_open(world, "report")
    change(world, sponsor_email=to)
    assert (is_open(world, "report"), is_open(world, "leave")) == (False, True)
    change(world, sponsor_email=GRACE)
    assert not is_open(world, "report"), "what was void stays so"
    change(world, sponsor_email=to)
    world.deliver()
    assert [mail.state for mail in world.mails(MailKind.SPONSOR_REPORT)] == [MailState.SUPPRESSED]


def test_no_mail_leaves_whose_link_is_void_although_its_reader_is_the_sponsor_again(world: World) -> None:
    sponsored(world)
    ask(world)
    change(world, sponsor_email="bo@example.org")
    change(world, sponsor_email=GRACE)
    assert not is_open(world, "report")
    world.deliver()
    assert [mail.state for mail in world.mails(MailKind.SPONSOR_REPORT)] == [MailState.SUPPRESSED]


def test_a_link_opens_for_more_than_a_year_and_then_no_more(world: World) -> None:
    sponsored(world)
    ask(world)
    world.later(days=399)
    assert is_open(world, "report")
    world.later(days=1)
    assert (is_open(world, "report"), is_open(world, "leave")) == (False, True)


def test_a_link_of_one_programme_says_nothing_of_another_and_the_row_holds_no_token(world: World) -> None:
    sponsored(world)
    world.programme("second", sponsor_email=GRACE)
    world.slug = "second"
    world.people(6)
    world.sent_round()
    ask(world)
    for mail in world.mails(MailKind.SPONSOR_REPORT):
        with world.database.reading() as session:
            found = sponsors.look(session, world.token(mail, "report"), world.now)
        assert found
        assert found.programme.id == mail.programme_id
        assert world.token(mail, "report") not in str(found.report.model_dump())
        assert mail.facts["links"]["report"] not in str(found.report.model_dump())
    assert len(mailed(world)) == 2


def test_nothing_goes_to_a_closed_address_and_what_comes_back_closes_it(world: World) -> None:
    sponsored(world)
    ask(world)
    world.deliver()
    (mail,) = world.mails(MailKind.SPONSOR_REPORT)
    Post(world).take("hard", mail, "5.1.1")
    world.later(days=10)
    world.sent_round("2027-W02")
    ask(world, "2027-04-01 07:00")
    world.deliver()
    states = [one.state for one in world.mails(MailKind.SPONSOR_REPORT)]
    assert states == [MailState.REJECTED, MailState.SUPPRESSED]


def test_when_the_programme_is_over_a_waiting_report_does_not_go(world: World) -> None:
    sponsored(world)
    ask(world)
    change(world, state=ProgrammeState.CLOSED)
    world.deliver()
    assert [mail.state for mail in world.mails(MailKind.SPONSOR_REPORT)] == [MailState.SUPPRESSED]


def test_the_report_outlives_the_words_of_its_mail_and_goes_with_its_programme(world: World) -> None:
    sponsored(world)
    ask(world)
    world.deliver()
    token = world.token(world.mails(MailKind.SPONSOR_REPORT)[0], "report")
    world.later(days=390)
    duties.each_day(world.work)
    assert world.mails(MailKind.SPONSOR_REPORT)[0].facts == {}
    with world.database.writing() as session:
        assert sponsors.look(session, token, world.now)
        session.add(SponsorStop(programme_id=written(world)[0].programme_id, email_key=GRACE, since=world.now))
    with world.database.writing() as session:
        session.exec(select(OutgoingMail).where(col(OutgoingMail.kind) == MailKind.SPONSOR_REPORT)).one()
        session.delete(session.exec(select(Programme)).one())
    with world.database.reading() as session:
        assert session.exec(select(func.count()).select_from(QuarterReport)).one() == 0
        assert session.exec(select(func.count()).select_from(SponsorStop)).one() == 0
