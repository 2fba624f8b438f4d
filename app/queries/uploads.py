"""Reads about files that lie between two pages, and about what their columns were said to be."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from app.errors import NotFound
from app.models import ColumnChoice, ImportUpload, Participant, Programme, Team

KEPT = timedelta(days=1)


def upload(session: Session, programme: Programme, upload_id: str, now: datetime) -> ImportUpload:
    """The file of that programme. Raises NotFound, also for somebody else's, one gone, and one too old."""
    query = select(ImportUpload).where(ImportUpload.id == upload_id, ImportUpload.programme_id == programme.id)
    found = session.exec(query.where(col(ImportUpload.created_at) >= now - KEPT)).one_or_none()
    if found is None:
        raise NotFound
    return found


def choice(session: Session, programme: Programme, headings: str) -> ColumnChoice | None:
    """What the columns of files with these headings were last said to be."""
    return session.get(ColumnChoice, (programme.id, headings))


def names_and_teams(session: Session, programme: Programme) -> dict[str, tuple[str, str]]:
    """The name and the team of everybody, by canonical address."""
    rows = session.exec(
        select(Participant.email_key, Participant.name, Team.name)
        .join(Team, Team.id == Participant.team_id, isouter=True)  # type: ignore[arg-type]
        .where(Participant.programme_id == programme.id)
    )
    return {key: (name, team or "") for key, name, team in rows}
