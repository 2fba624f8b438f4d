"""What the people of a round have said, written down in figures once a day: organisers see those, and nothing that
moves when somebody presses a button.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlmodel import Session, and_, col, or_, select, update

from app.models import Round
from app.queries import stuck
from app.services.rounds import LATER

LATELY = timedelta(days=60)
"""After so long a round has said what it had to say."""
APART = timedelta(hours=20)
"""At least so much lies between two times, also after a worker was away: the beginning of a day follows no button."""


def due(session: Session, now: datetime) -> Sequence[str]:
    """The rounds of which the figures of this day (UTC) are not written down yet."""
    query = select(Round.id).where(col(Round.sending_at) > now - LATELY, *_due(now))
    return session.exec(query.order_by(Round.id)).all()


def write_down(session: Session, round_id: str, now: datetime) -> None:
    """The figures of this day; a second time, or by two at once, changes nothing."""
    figures = asdict(stuck.said_now(session, round_id))
    session.execute(
        update(Round).where(col(Round.id) == round_id, *_due(now)).values(said=figures, said_at=now),
        execution_options={"synchronize_session": False},
    )


def _due(now: datetime) -> tuple[Any, ...]:
    today = datetime.combine(now.astimezone(UTC).date(), time(0), UTC)
    at = col(Round.said_at)
    return (col(Round.state).in_(LATER[1:]), or_(at.is_(None), and_(at < today, at <= now - APART)))
