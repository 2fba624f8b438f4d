"""Which mail is due, and what decides about it: read in one statement without building objects, as it runs for every
mail.
"""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session, SQLModel

from app.models import MailKind, MailState, ParticipantState, ProgrammeState
from app.services import pace

_OWN = (
    "id",
    "organisation_id",
    "programme_id",
    "round_id",
    "participant_id",
    "kind",
    "occasion",
    "recipient",
    "recipient_key",
    "recipient_domain",
    "facts",
    "released_at",
    "useful_until",
    "attempts",
    "rendered",
)


class Due(NamedTuple):
    """A mail whose turn it is: its row as it stands, and the states of its programme and of whose mail it is."""

    id: str
    organisation_id: str
    programme_id: str
    round_id: str | None
    participant_id: str | None
    kind: MailKind
    occasion: str
    recipient: str
    recipient_key: str
    recipient_domain: str
    facts: dict[str, Any]
    released_at: datetime | None
    useful_until: datetime | None
    attempts: int
    rendered: bytes | None
    programme_state: ProgrammeState
    person_state: ParticipantState | None
    """None for a mail to a mere address."""
    locale: str | None
    """The language that the person has chosen, empty for none; None for a mail to a mere address."""


def next_due(session: Session, now: datetime, *, paced: bool) -> Due | None:
    """The mail that is due longest, under lock; `paced` where domains have a cap."""
    query = _next_due()
    found = session.connection().execute(query.where(pace.may_go(now)) if paced else query, {"now": now})
    row = found.one_or_none()
    return None if row is None else Due(*row)


@cache
def _next_due() -> Select[*tuple[Any, ...]]:
    mail, programme, person = (SQLModel.metadata.tables[name] for name in ("outgoing_mail", "programme", "participant"))
    return (
        select(*(mail.c[name] for name in _OWN), programme.c.state, person.c.state, person.c.locale)
        .select_from(
            mail.join(programme, programme.c.id == mail.c.programme_id).outerjoin(
                person, person.c.id == mail.c.participant_id
            )
        )
        .where(mail.c.state == MailState.READY, mail.c.not_before <= bindparam("now"))
        .order_by(mail.c.not_before, mail.c.id)
        .limit(1)
        # without skip_locked a second worker waits, finds the row changed and believes that all is done
        .with_for_update(skip_locked=True, of=mail)
    )
