"""At most so many mails a person and round, in working hours where their reader lives."""

import ast
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

import app
from app.models import NOTICES, MailKind, MailState, Met, OutgoingMail, Participant, Placement, Round
from app.queries import programmes as programme_queries
from app.services import feedback, mail_policy, participants, rhythm
from app.services.feedback import Answer
from app.workflows import duties
from tests.app.bounced import Post
from tests.factories import World

MUST_GO = (
    MailKind.INTRODUCTION,
    MailKind.LEFT_OUT,
    MailKind.PARTNER_AWAY,
    MailKind.CALLED_OFF,
    MailKind.CONCERN,
)
ASKED_FOR = (
    MailKind.CONFIRM_SIGN_UP,
    MailKind.ALREADY_IN,
    MailKind.MY_PAGE,
    MailKind.SIGN_IN,
    MailKind.TEST_COPY,
    *NOTICES,  # for organisers, and switched off by them
)


REPORTS = (MailKind.ROUND_REPORT, MailKind.SPONSOR_REPORT)
"""To whoever looks after a programme or stands behind it, each with an hour of its own."""


def setting(world: World, **values: object) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        for name, value in values.items():
            setattr(programme, name, value)
        session.add(programme)


def lives(world: World, name: str, zone: str) -> None:
    with world.database.writing() as session:
        person = session.merge(world.there(name))
        person.time_zone = zone
        session.add(person)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- hours -----------------------------------------------------------------------------------------------------------


def test_a_reminder_leaves_in_the_working_hours_of_its_reader_and_the_introduction_when_it_is_sent(
    world: World,
) -> None:
    world.now = at("2026-11-22 23:00")  # a Sunday night
    for name, zone in (("ann", "America/New_York"), ("bob", "Pacific/Auckland"), ("cyd", ""), ("dan", "Nowhere/Land")):
        world.person(name)
        lives(world, name, zone)
    world.sent_round()
    world.deliver()  # the organiser's report
    assert {mail.state for mail in world.mails(MailKind.INTRODUCTION)} == {MailState.SENT}
    world.now = at("2026-11-27 12:00")  # Friday noon in London, early morning and Saturday for the two abroad
    duties.ask(world.work)
    due = {mail.recipient.partition("@")[0]: mail.not_before for mail in world.mails(MailKind.REMINDER)}
    assert due == {
        "ann": at("2026-11-27 13:00"),
        "bob": at("2026-11-29 19:00"),
        "cyd": at("2026-11-27 12:00"),
        "dan": at("2026-11-27 12:00"),
    }
    before = len(world.transport.sent)
    world.deliver()
    gone = {envelope.recipient.partition("@")[0] for envelope in world.transport.sent[before:]}
    assert gone == {"cyd", "dan"}
    for opens, name in (("2026-11-27 13:00", "ann"), ("2026-11-29 19:00", "bob")):
        world.now = at(opens)
        world.deliver()
        assert world.transport.sent[-1].recipient == f"{name}@example.org"


def test_a_mail_that_was_due_in_hours_and_is_tried_after_them_waits_for_the_next_ones(world: World) -> None:
    world.people(2)
    world.sent_round()
    world.deliver()
    world.now = at("2026-11-27 17:59")
    duties.ask(world.work)
    world.now = at("2026-11-27 18:00")
    before = len(world.transport.tried)
    world.deliver()
    assert len(world.transport.tried) == before
    assert {mail.not_before for mail in world.mails(MailKind.REMINDER)} == {at("2026-11-30 08:00")}
    world.now = at("2026-11-30 08:00")
    world.deliver()
    assert {mail.state for mail in world.mails(MailKind.REMINDER)} == {MailState.SENT}


def test_a_programme_says_its_hours_and_from_0_until_24_is_any_hour_of_any_day(world: World) -> None:
    world.people(2)
    world.sent_round()
    world.now = at("2026-11-28 03:00")
    setting(world, mail_from_hour=0, mail_until_hour=24)
    duties.ask(world.work)
    world.deliver()
    assert {mail.state for mail in world.mails(MailKind.REMINDER)} == {MailState.SENT}


# --- the cap ---------------------------------------------------------------------------------------------------------


def test_every_kind_of_mail_must_go_or_was_asked_for_or_can_wait_and_what_can_wait_is_written_in_one_place() -> None:
    assert {*MUST_GO, *ASKED_FOR, *mail_policy.CAN_WAIT, *REPORTS} == set(MailKind)
    assert not {*MUST_GO, *ASKED_FOR} & {*mail_policy.CAN_WAIT}
    root, writers = Path(app.__file__).parent, set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "outbox.write":
                kind = ast.unparse(node.args[2])
                if kind.removeprefix("MailKind.").lower() not in {*MUST_GO, *ASKED_FOR, *REPORTS}:
                    writers.add(str(path.relative_to(root)))
    assert writers == {"services/rhythm.py", "services/notices.py"}


def test_what_would_be_one_too_many_is_not_written_and_nobody_thinks_of_it_again(world: World) -> None:
    setting(world, mails_a_round=2)
    world.people(2)
    world.sent_round()
    world.later(days=4)
    duties.ask(world.work)
    world.deliver()
    world.now = at("2026-12-03 10:00")
    for _ in range(3):
        duties.ask(world.work)
        world.deliver()
    kinds = [mail.kind for mail in world.mails(to="person00") if mail.state == MailState.SENT]
    assert kinds == [MailKind.INTRODUCTION, MailKind.REMINDER]
    (left,) = world.mails(MailKind.CHECK_IN, "person00")
    assert (left.state, left.answer, left.facts) == (MailState.SUPPRESSED, rhythm.ENOUGH, {})


def test_a_waiting_question_gives_way_to_what_must_be_said_meanwhile(world: World) -> None:
    setting(world, mails_a_round=2)
    world.people(3)
    world.sent_round()
    world.now = at("2026-11-27 18:30")
    duties.ask(world.work)  # waits until Monday
    post = Post(world)
    post.take("soft", post.introduction("person01"), "4.2.2")
    world.now = at("2026-11-30 09:00")
    world.deliver()
    (reminder,) = world.mails(MailKind.REMINDER, "person00")
    assert [mail.state for mail in world.mails(MailKind.PARTNER_AWAY, "person00")] == [MailState.SENT]
    assert (reminder.state, reminder.answer) == (MailState.SUPPRESSED, rhythm.ENOUGH)


def mails_by_round(world: World) -> dict[tuple[str, str], set[str]]:
    """The mails that each person had, or will have, for each round, counted without the service's own eyes."""
    with world.database.reading() as session:
        sent = sorted((one.sending_at, one.id) for one in session.exec(select(Round)) if one.sending_at)
        rows = session.exec(select(OutgoingMail).where(OutgoingMail.kind != MailKind.ROUND_REPORT)).all()
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        if row.kind in ASKED_FOR or row.state in (MailState.SUPPRESSED, MailState.EXPIRED):
            continue
        later = [round_id for moment, round_id in sent if moment >= row.created_at]
        found[row.recipient, row.round_id or next(iter(later), "the next")].add(row.id)
    return found


class Season:
    """Months of a programme, in an order that a lot decides."""

    def __init__(self, world: World, lot: random.Random) -> None:
        self.world, self.lot, self.post, self.week = world, lot, Post(world), 0
        self.people = [person.email.partition("@")[0] for person in world.people(5)]

    def step(self, name: str = "") -> str:
        """One thing that happens."""
        often = ["later"] * 12 + ["deliver"] * 6 + ["answer"] * 3
        name = name or self.lot.choice(["round", *often, "bounce", "pause", "back", "anew", "plan", "plan"])
        getattr(self, f"_{name}")()
        return name

    def _round(self) -> None:
        self.week += 1
        self.world.draw(self.world.open_round(f"R{self.week}", seed=self.week, send=True))
        if self.lot.random() < 0.8:
            self.world.deliver()

    def _ask(self) -> None:
        duties.ask(self.world.work)

    def _later(self) -> None:
        self.world.later(hours=self.lot.choice([1, 9, 24, 24, 48]))
        self._ask()

    def _deliver(self) -> None:
        self.world.deliver()

    def _plan(self) -> None:
        setting(self.world, next_draw_on=(self.world.now + timedelta(days=self.lot.choice([1, 2, 4]))).date())

    def _one(self) -> str:
        return self.lot.choice(self.people)

    def _answer(self) -> None:
        mails = self.world.mails(MailKind.INTRODUCTION, self._one())
        if not mails or not mails[-1].facts:
            return
        with self.world.database.writing() as session:
            person = session.get_one(Participant, mails[-1].participant_id)
            if session.get(Placement, (mails[-1].round_id, person.id)):
                met = self.lot.choice(list(Met))
                feedback.record(session, person, mails[-1].facts["group"], Answer(met), self.world.now)

    def _bounce(self) -> None:
        mails = self.world.mails(MailKind.INTRODUCTION, self._one())
        if mails:
            self.post.take(self.lot.choice(["hard", "soft", "soft"]), mails[-1], "5.1.1")

    def _pause(self) -> None:
        with self.world.database.writing() as session:
            programme = programme_queries.programme(session, self.world.slug)
            today, secret = self.world.now.date(), self.world.secret
            until = today + timedelta(days=self.lot.choice([1, 2, 5]))
            person = session.merge(self.world.there(self._one()))
            participants.pause(session, programme, person, until, now=self.world.now, today=today, secret_key=secret)

    def _back(self) -> None:
        with self.world.database.writing() as session:
            programme = programme_queries.programme(session, self.world.slug)
            person = session.merge(self.world.there(self._one()))
            participants.come_back(session, programme, person, now=self.world.now, secret_key=self.world.secret)

    def _anew(self) -> None:
        for name in self.people:
            if self.post.away(name) and self.post.away(name)[-1].facts:
                self.post.ask_someone_new(name)
        self.post.match_waiting()


@pytest.mark.parametrize("seed", range(4))
def test_in_any_order_of_events_nobody_gets_more_than_four_for_a_round_but_by_what_must_be_said(
    sqlite_world: World, seed: int
) -> None:
    world, lot = sqlite_world, random.Random(seed)
    season = Season(world, lot)
    most = lot.choice([4, 4, 3])
    setting(world, check_in_after=6, outcome_after=9, mails_a_round=most)
    before: dict[tuple[str, str], set[str]] = {}
    kinds: dict[str, MailKind] = {}
    written: set[MailKind] = set()
    season.step("round")
    for _ in range(50):
        event = season.step()
        now = mails_by_round(world)
        kinds |= {mail.id: mail.kind for mail in world.mails()}
        written |= {mail.kind for mail in world.mails() if mail.state == MailState.SENT}
        earlier = set().union(*before.values())
        for place, mails in now.items():
            new = {kinds[mail] for mail in mails - earlier}
            assert len(mails) <= most or not new - {*MUST_GO}, (seed, event, place, sorted(kinds[m] for m in mails))
            surprises = sum(kinds[mail] in MUST_GO for mail in mails) - 1
            if surprises <= 0:
                assert len(mails) <= most, (seed, event, place, sorted(kinds[mail] for mail in mails))
        before = now
    assert len(written) >= 4, written  # a season in which nothing happens proves nothing


def test_two_workers_at_once_write_each_mail_once(world: World) -> None:
    from concurrent.futures import ThreadPoolExecutor

    world.people(6)
    world.sent_round()
    world.later(days=4)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: duties.ask(world.work), range(3)))
    assert sorted(mail.recipient for mail in world.mails(MailKind.REMINDER)) == sorted(
        f"person0{n}@example.org" for n in range(6)
    )


def test_a_paused_or_closed_programme_writes_nothing_by_itself(world: World) -> None:
    world.people(2)
    world.sent_round()
    setting(world, next_draw_on=at("2026-11-30 00:00").date())
    world.later(days=4)
    for state in ("paused", "closed"):
        setting(world, state=state)
        before = len(world.mails())
        duties.ask(world.work)
        assert len(world.mails()) == before
