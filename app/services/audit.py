"""The trail of who did what. Ids and counts only; written in the transaction of the deed."""

from datetime import datetime

from sqlmodel import Session

from app.models import AuditEntry, Programme


def note(
    session: Session,
    programme: Programme,
    *,
    now: datetime,
    actor: str,
    action: str,
    subject: str | None = None,
    **detail: int | str | bool | None,
) -> None:
    """Write one line: `actor` is `key:<id>`, `organiser:<id>`, `cli`, `participant:<id>` or `worker:<id>`; `action` is
    a verb such as `round.open`.
    """
    place = (programme.organisation_id, programme.id)
    note_at(session, place, now=now, actor=actor, action=action, subject=subject, **detail)


def note_at(
    session: Session,
    place: tuple[str, str | None],
    *,
    now: datetime,
    actor: str,
    action: str,
    subject: str | None = None,
    **detail: int | str | bool | None,
) -> None:
    """The same about an organisation, and about one of its programmes where the second id is there."""
    session.add(
        AuditEntry(
            organisation_id=place[0],
            programme_id=place[1],
            at=now,
            actor=actor,
            action=action,
            subject=subject,
            detail=detail,
        )
    )
