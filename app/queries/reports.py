"""What a programme did in a quarter, in figures of which none speaks of few people; and the reports that were written.

What people said is counted as for those who watch a round (`stuck.said`), round by round, and added up: whoever takes
one figure from another is left with whole steps again. How many people there were goes down to whole steps as well, so
that nobody who came to one round alone can be found by the difference of two.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from app.clock import local_date
from app.errors import NotFound
from app.models import (
    MailKind,
    MailState,
    OutgoingMail,
    Placement,
    Programme,
    QuarterReport,
    Round,
    RoundState,
    SponsorStop,
)
from app.queries import stuck
from app.queries.stuck import FEWEST
from emails import phrase

SENT = (RoundState.SENDING, RoundState.INTRODUCED, RoundState.CLOSED)


@dataclass(frozen=True, slots=True)
class OfRound:
    """One round: each figure at least so many, in steps of `FEWEST`; 0 where there are too few to tell."""

    number: int
    period: str
    sent_on: date
    people: int
    answered: int
    met: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A quarter: how many rounds, and at least so many people, introductions and answers; 0 for too few to tell."""

    rounds: int
    people: int
    introductions: int
    answered: int
    met: int
    each: tuple[OfRound, ...]

    def as_json(self) -> dict[str, Any]:
        """As a row keeps them."""
        each = [asdict(one) | {"sent_on": one.sent_on.isoformat()} for one in self.each]
        return asdict(self) | {"each": each}


def figures_of(report: QuarterReport) -> Figures:
    """The figures as they were written down."""
    each = [OfRound(**one | {"sent_on": date.fromisoformat(one["sent_on"])}) for one in report.figures["each"]]
    return Figures(**report.figures | {"each": tuple(each)})


def sent_between(session: Session, programme: Programme, begins: datetime, ends: datetime) -> Sequence[Round]:
    """The rounds whose mails began to leave from one moment until before another, in their order."""
    query = select(Round).where(Round.programme_id == programme.id, col(Round.state).in_(SENT))
    within = query.where(col(Round.sending_at) >= begins, col(Round.sending_at) < ends)
    return session.exec(within.order_by(col(Round.number))).all()


def figures(session: Session, programme: Programme, rounds: Sequence[Round]) -> Figures:
    """What these rounds come to now."""
    each = tuple(_of_round(session, programme, one) for one in rounds)
    ids = [one.id for one in rounds]
    people = select(func.count(func.distinct(Placement.participant_id))).where(
        col(Placement.round_id).in_(ids), col(Placement.group_id).is_not(None)
    )
    left = (
        select(func.count())
        .select_from(OutgoingMail)
        .where(col(OutgoingMail.round_id).in_(ids), OutgoingMail.kind == MailKind.INTRODUCTION)
        .where(OutgoingMail.state == MailState.SENT)
    )
    return Figures(
        rounds=len(rounds),
        # whoever was erased since is in the figures of a round still: a smaller sum would say that somebody has gone
        people=max([_steps(session.exec(people).one()), *(one.people for one in each)]),
        introductions=_steps(session.exec(left).one()),
        answered=sum(one.answered for one in each),
        met=sum(one.met for one in each),
        each=each,
    )


def report(session: Session, programme: Programme, quarter: str) -> QuarterReport:
    """The report on that quarter. Raises NotFound."""
    found = written(session, programme, quarter)
    if found is None:
        raise NotFound(phrase("There is no report on that quarter."))
    return found


def written(session: Session, programme: Programme, quarter: str) -> QuarterReport | None:
    """The report on that quarter, where there is one."""
    query = select(QuarterReport).where(QuarterReport.programme_id == programme.id, QuarterReport.quarter == quarter)
    return session.exec(query).one_or_none()


def reports(session: Session, programme: Programme) -> Sequence[QuarterReport]:
    """All reports of a programme, latest quarter first."""
    query = select(QuarterReport).where(QuarterReport.programme_id == programme.id)
    return session.exec(query.order_by(col(QuarterReport.quarter).desc())).all()


def stopped_at(session: Session, programme: Programme) -> datetime | None:
    """Since when the sponsor of now wants no reports; None for one who has not said so, or where there is none."""
    if not programme.sponsor_email:
        return None
    found = session.get(SponsorStop, (programme.id, programme.sponsor_email.casefold()))
    return found.since if found else None


def _of_round(session: Session, programme: Programme, round_: Round) -> OfRound:
    assert round_.sending_at
    said = stuck.said(session, round_)
    return OfRound(
        number=round_.number,
        period=round_.period,
        sent_on=local_date(round_.sending_at, programme.time_zone),
        people=_steps(said.people),
        answered=said.answered,
        met=said.met,
    )


def _steps(number: int) -> int:
    return number // FEWEST * FEWEST
