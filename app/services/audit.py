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
    """Write one line: `actor` is `key:<id>`, `cli`, `participant:<id>` or `worker:<id>`; `action` is a verb such as
    `round.open`.
    """
    session.add(
        AuditEntry(
            organisation_id=programme.organisation_id,
            programme_id=programme.id,
            at=now,
            actor=actor,
            action=action,
            subject=subject,
            detail=detail,
        )
    )
