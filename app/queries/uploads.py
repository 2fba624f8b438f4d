"""Reads about files that lie between two pages, and about what their columns were said to be."""

from sqlmodel import Session, select

from app.errors import NotFound
from app.models import ColumnChoice, ImportUpload, Participant, Programme, Team


def upload(session: Session, programme: Programme, upload_id: str) -> ImportUpload:
    """The file of that programme. Raises NotFound, also for somebody else's and for one that has gone."""
    found = session.exec(
        select(ImportUpload).where(ImportUpload.id == upload_id).where(ImportUpload.programme_id == programme.id)
    ).one_or_none()
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
