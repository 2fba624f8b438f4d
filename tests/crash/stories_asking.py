"""The story after the introductions: reminders, an answer, and check-ins for who has not answered."""

from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select, update

from app.clock import now
from app.models import (
    Feedback,
    MailedLink,
    MailKind,
    Met,
    OutgoingMail,
    Participant,
    ParticipantState,
    Placement,
    Programme,
    Purpose,
)
from app.security import mailed_token
from app.services import hours
from tests.conftest import SECRET_KEY
from tests.crash.clients import Organiser, Person, judged, quiet
from tests.crash.judge import Verdict
from tests.crash.stage import Stage
from tests.crash.world import MEMBERS

DUTIES = "tests.crash.stories_trouble:main"
AN_HOUR, CHECK_IN_AFTER = timedelta(hours=1), timedelta(days=10, hours=12)
REMIND_AFTER = 4
"""Working days."""


def asking(stage: Stage, key: str) -> Verdict:
    """Everybody is reminded, two say that they met, and everybody else is asked: each person once."""
    stage.open()
    organiser = Organiser(stage, key)
    organiser.sent(organiser.opened())
    _at_any_hour(stage)
    _let_pass(stage, hours.working_days_back(now(), ZoneInfo("Europe/London"), REMIND_AFTER) - AN_HOUR)
    assert stage.command("ask", target=DUTIES)[0] == 0
    quiet(stage)
    in_company = stage.true(_in_company)
    answered = [address for address in MEMBERS if address in in_company][:2]
    for address in answered:
        person = Person(stage, address)
        link = stage.true(partial(_feedback_link, address))
        person.press(link, lambda row: stage.true(lambda session: _said(session, row)), action=Met.YES.value)
    _let_pass(stage, now() - CHECK_IN_AFTER)
    assert stage.command("ask", target=DUTIES)[0] == 0
    quiet(stage)
    verdict = judged(stage, organiser)
    introduced = set(_asked(stage, MailKind.INTRODUCTION)) & stage.true(_in_company)
    for kind, expected in ((MailKind.REMINDER, introduced), (MailKind.CHECK_IN, introduced - {*answered})):
        rows = _asked(stage, kind)
        verdict.lost += [f"{who} got no {kind}" for who in expected - set(rows)]
        verdict.repeated += [f"{who} got more than one {kind}" for who in set(rows) if rows.count(who) > 1]
        verdict.repeated += [f"{who} got a {kind} after an answer" for who in set(rows) - expected]
    return verdict


def _at_any_hour(stage: Stage) -> None:
    """The story also plays at night and on Sundays."""
    with stage.database.writing() as session:
        session.exec(update(Programme).values(mail_from_hour=0, mail_until_hour=24))


def _let_pass(stage: Stage, sent: datetime) -> None:
    """The introductions went out at that moment."""
    with stage.database.writing() as session:
        mine = col(OutgoingMail.kind) == MailKind.INTRODUCTION
        session.exec(update(OutgoingMail).where(mine).values(released_at=sent))


def _asked(stage: Stage, kind: MailKind) -> list[str]:
    """Who has a mail of that kind that may have gone out; those whom the server refused are asked nothing more."""
    query = select(OutgoingMail.recipient).where(OutgoingMail.kind == kind).where(OutgoingMail.state != "rejected")
    return list(stage.true(lambda session: session.exec(query).all()))


def _in_company(session: Session) -> set[str]:
    """Who has somebody to meet who can be reached: nobody is asked about the others."""
    people: dict[str, list[Participant]] = {}
    for group_id, person in session.exec(
        select(Placement.group_id, Participant)
        .join(Participant, col(Participant.id) == Placement.participant_id)
        .where(col(Placement.group_id).is_not(None))
    ):
        people.setdefault(group_id or "", []).append(person)
    return {
        person.email
        for group in people.values()
        for person in group
        if any(other is not person and other.state != ParticipantState.HELD for other in group)
    }


def _feedback_link(address: str, session: Session) -> str:
    """The path of the link by which that person says whether they met."""
    found = session.exec(
        select(MailedLink.id)
        .join(Participant, col(Participant.id) == MailedLink.participant_id)
        .where(Participant.email == address)
        .where(MailedLink.purpose == Purpose.FEEDBACK)
    ).first()
    assert found is not None
    return f"/m/{mailed_token(SECRET_KEY, found)}"


def _said(session: Session, row: Participant | None) -> int:
    mine = Feedback.participant_id == (row.id if row else "")
    return session.exec(select(func.count()).select_from(Feedback).where(mine)).one()
