"""The report on a quarter: written down once, told of nobody who could be known by it, mailed to whoever is named."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

import emails
from app.models import (
    MailKind,
    MailState,
    Met,
    Participant,
    Placement,
    ProgrammeState,
    Round,
)
from app.queries import programmes as programme_queries
from app.queries import reports as queries
from app.queries.stuck import FEWEST
from app.services import asking, feedback, privacy
from app.services.feedback import Answer
from app.workflows import duties
from tests.app.sponsored import GRACE, NEW_YEAR, ask, at, change, figures, mailed, said, say, sponsored, written
from tests.factories import World

# --- when, and once --------------------------------------------------------------------------------------------------


def test_on_the_first_working_morning_after_the_quarter_the_sponsor_gets_one_mail(world: World) -> None:
    sponsored(world)
    for text in ("2026-12-31 12:00", "2027-01-01 00:01", "2027-01-01 07:59"):
        ask(world, text)
        assert mailed(world) == [], text
    for text in (NEW_YEAR, "2027-01-01 08:05", "2027-01-04 09:00", "2027-02-12 09:00", "2027-03-30 09:00"):
        ask(world, text)
        world.deliver()
        assert mailed(world) == [(GRACE, "2026-Q4")]
    text = said(world)
    assert "Subject: What Cross-team coffees did this quarter\r\n" in text
    assert "What Cross-team coffees did from October to December 2026" in text
    assert "List-Unsubscribe: <" in text
    assert "Reply-To: organiser@example.org" in text


@pytest.mark.parametrize(
    ("zone", "pauses", "first"),
    [
        ("Europe/London", ["2026-12-21/2027-01-03"], "2027-01-04 08:00"),
        ("Pacific/Auckland", [], "2026-12-31 19:00"),  # 1 January there, in their summer time
        ("America/New_York", [], "2027-01-01 13:00"),
    ],
)
def test_morning_and_working_day_are_those_of_the_programme(
    sqlite_world: World, zone: str, pauses: list[str], first: str
) -> None:
    world = sqlite_world
    sponsored(world, time_zone=zone, pauses=pauses)
    at(world, first)
    world.later(seconds=-1)
    duties.ask(world.work)
    assert mailed(world) == []
    ask(world, first)
    assert mailed(world) == [(GRACE, "2026-Q4")]


@pytest.mark.parametrize(
    ("zone", "sent", "quarter"),
    [
        ("Europe/London", "2026-09-30 22:59", "2026-Q3"),
        ("Europe/London", "2026-09-30 23:00", "2026-Q4"),  # midnight in summer time
        ("Pacific/Auckland", "2026-09-30 10:59", "2026-Q3"),
        ("Pacific/Auckland", "2026-09-30 11:00", "2026-Q4"),  # four days after their clocks went forward
        ("America/New_York", "2027-01-01 04:59", "2026-Q4"),
        ("America/New_York", "2027-01-01 05:00", "2027-Q1"),
    ],
)
def test_a_round_belongs_to_the_quarter_of_the_programme_s_clocks(
    sqlite_world: World, zone: str, sent: str, quarter: str
) -> None:
    world = sqlite_world
    sponsored(world, time_zone=zone)
    with world.database.writing() as session:
        round_ = session.exec(select(Round)).one()
        round_.sending_at = datetime.fromisoformat(sent).replace(tzinfo=UTC)
        session.add(round_)
    for day in ("2026-09-30", "2026-10-01", "2026-12-31", "2027-01-01", "2027-03-31", "2027-04-01"):
        for hour in ("13:00", "20:00"):  # one of them is in working hours there
            ask(world, f"{day} {hour}")
    assert mailed(world) == [(GRACE, quarter)]


def test_a_quarter_without_a_round_that_was_sent_is_told_to_nobody(world: World) -> None:
    change(world, sponsor_email=GRACE)
    world.people(6)
    world.draw(world.open_round())
    ask(world)
    assert (mailed(world), written(world)) == ([], [])


def test_each_quarter_is_told_by_itself(world: World) -> None:
    sponsored(world)
    ask(world)
    world.later(days=10)
    world.sent_round("2027-W02")
    ask(world, "2027-04-01 07:00")
    assert mailed(world) == [(GRACE, "2026-Q4"), (GRACE, "2027-Q1")]
    assert [one.figures["rounds"] for one in written(world)] == [1, 1]


def test_what_is_long_over_is_not_told_any_more_and_a_rest_only_delays_it(world: World) -> None:
    sponsored(world)
    change(world, state=ProgrammeState.PAUSED)
    ask(world)
    assert mailed(world) == []
    change(world, state=ProgrammeState.OPEN)
    ask(world, "2027-02-12 09:00")
    assert mailed(world) == [(GRACE, "2026-Q4")]
    world.programme("second")
    world.slug = "second"
    at(world, "2026-12-01 09:00")
    sponsored(world)
    ask(world, "2027-02-16 09:00")
    assert mailed(world) == [(GRACE, "2026-Q4")]


def test_many_workers_at_once_write_one(world: World) -> None:
    sponsored(world)
    at(world, NEW_YEAR)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: duties.ask(world.work), range(4)))
    assert mailed(world) == [(GRACE, "2026-Q4")]
    assert len(written(world)) == 1


def test_the_database_refuses_a_second_one_whatever_the_program_thinks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sponsored(world)
    ask(world)
    monkeypatch.setattr(queries, "written", lambda *_: None)
    with pytest.raises(IntegrityError):
        duties.ask(world.work)
    assert (mailed(world), len(written(world))) == ([(GRACE, "2026-Q4")], 1)


def test_a_worker_killed_before_the_end_leaves_nothing_half_and_the_next_one_writes_it(world: World) -> None:
    class Killed(Exception):
        pass

    sponsored(world)
    at(world, NEW_YEAR)
    with suppress(Killed), world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        assert asking.ask(session, programme.id, now=world.now, secret_key=world.secret) >= 1
        session.flush()
        raise Killed
    assert (mailed(world), written(world)) == ([], [])
    duties.ask(world.work)
    duties.ask(world.work)
    assert (mailed(world), len(written(world))) == ([(GRACE, "2026-Q4")], 1)


# --- what it tells ---------------------------------------------------------------------------------------------------


def test_the_figures_are_those_of_the_rounds_in_whole_steps(world: World) -> None:
    round_ = sponsored(world, 23)
    say(world, round_, [Met.YES] * 12 + [Met.NO] * 4)
    ask(world)
    world.deliver()
    found = figures(world)
    assert (found.rounds, found.people, found.introductions, found.answered, found.met) == (1, 20, 20, 15, 10)
    (one,) = found.each
    assert (one.number, one.period, one.sent_on) == (round_.number, "2026-W48", date(2026, 11, 23))
    assert (one.people, one.answered, one.met) == (20, 15, 10)
    text = said(world)
    assert "1 round was sent. At least 20 people took part. At least 20 introductions were sent." in text
    assert "At least 15 answers have come in, and at least 10 of them say that people met." in text


def test_who_was_erased_meanwhile_makes_no_total_smaller_than_what_it_is_made_of(world: World) -> None:
    """Otherwise the difference of two figures would say that somebody has gone."""
    round_ = sponsored(world, 10)
    say(world, round_, [Met.YES] * 10)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug, lock=True)
        person = session.get_one(Participant, world.there("person00").id)
        privacy.erase(session, programme, person, now=world.now, secret_key=world.secret)
    ask(world)
    found = figures(world)
    assert (found.people, [one.people for one in found.each]) == (10, [10])


def test_of_few_nothing_is_told_but_that_it_is_too_few(world: World) -> None:
    round_ = sponsored(world, 4)
    say(world, round_, [Met.YES] * 4)
    ask(world)
    world.deliver()
    found = figures(world)
    assert (found.rounds, found.people, found.introductions, found.answered, found.met) == (1, 0, 0, 0, 0)
    text = said(world)
    assert "Too few people took part to say how many." in text
    assert "Too few answers have come in to say how many have met." in text
    assert "4" not in text.partition("1 round was sent")[2].partition("All figures but")[0]


@pytest.mark.parametrize(
    ("people", "yes", "no"), [(5, 5, 0), (9, 9, 0), (10, 4, 1), (11, 6, 5), (14, 9, 0), (21, 20, 1)]
)
def test_no_figure_and_no_difference_of_two_is_about_fewer_than_five_people(
    sqlite_world: World, people: int, yes: int, no: int
) -> None:
    """Two rounds of nearly the same people: whoever is in one alone would be the difference of exact figures."""
    world = sqlite_world
    first = sponsored(world, people)
    say(world, first, [Met.YES] * yes + [Met.NO] * no)
    world.later(days=13)
    world.person("late")
    second = world.sent_round("2026-W50")
    say(world, second, [Met.YES] * (yes - 1) + [Met.NO] * no)
    ask(world)
    found = figures(world)
    rounds = [number for one in found.each for number in (one.people, one.answered, one.met)]
    told = [found.people, found.introductions, found.answered, found.met, *rounds]
    assert [number for number in told if number % FEWEST] == []
    assert {abs(one - other) % FEWEST for one in told for other in told} == {0}
    for one, in_it in zip(found.each, (people, people + 1), strict=True):
        assert one.met <= one.answered <= max(0, in_it - FEWEST)
        assert one.people <= in_it
    assert found.people <= people + 1
    assert (found.answered, found.met) == tuple(
        sum(getattr(one, name) for one in found.each) for name in ("answered", "met")
    )


def test_what_comes_later_moves_nothing(world: World) -> None:
    round_ = sponsored(world, 20)
    say(world, round_, [Met.YES] * 6)
    ask(world)
    before = figures(world)
    assert (before.answered, before.met) == (5, 5)
    at(world, "2027-01-02 09:00")
    say(world, round_, [Met.YES] * 20)
    ask(world, "2027-01-05 09:00")
    assert figures(world) == before
    (mail,) = world.mails(MailKind.SPONSOR_REPORT)
    assert (mail.facts["answered"], mail.facts["met"]) == (5, 5)


def test_only_what_was_written_down_that_day_counts_and_no_answer_of_this_hour(world: World) -> None:
    round_ = sponsored(world, 20)
    say(world, round_, [])
    at(world, NEW_YEAR)
    with world.database.writing() as session:
        for place in session.exec(select(Placement).where(Placement.round_id == round_.id)).all():
            person = session.get_one(Participant, place.participant_id)
            feedback.record(session, person, place.group_id or "", Answer(Met.YES), world.now)
    duties.ask(world.work)
    assert (figures(world).answered, figures(world).met) == (0, 0)


def test_names_that_want_to_be_more_than_names_are_only_words(world: World) -> None:
    evil = "Coffee\u202e <b>https://evil.example/x</b>"
    with world.database.writing() as session:  # past every door
        programme = programme_queries.programme(session, world.slug)
        programme.name = evil
        programme.sponsor_name = "Grace\r\nBcc: all@example.org"
        session.add(programme)
    sponsored(world)
    ask(world)
    world.deliver()
    head, _, body = said(world).partition("\r\n\r\n")
    assert "Bcc" not in head
    assert "\u202e" not in body
    assert "<b>" not in body.partition("text/html")[2]
    assert "https://evil.example" not in body


def test_no_mail_of_another_kind_is_counted_as_an_introduction(world: World) -> None:
    world.transport = emails.MemoryTransport([emails.Refused(False, "recipient", "RCPT", 550, "550 5.1.1 no")] * 3)
    sponsored(world, 12)
    ask(world)
    assert figures(world).people == 10
    assert figures(world).introductions == 5
    assert len([mail for mail in world.mails(MailKind.INTRODUCTION) if mail.state == MailState.SENT]) == 9
