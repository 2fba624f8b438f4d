"""What handlers ask for: the caller, and rows that the caller may see.

Somebody else's row and none at all give the same answer.
"""

import re
from typing import Annotated

from fastapi import Depends
from sqlmodel import Session

from app.api.route import caller_of
from app.errors import NotFound
from app.models import ImportJob, MailKind, OutgoingMail, Participant, Programme, Round
from app.queries import imports as import_queries
from app.queries import outbox as outbox_queries
from app.queries import participants as people_queries
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.services import many_mails
from app.services.keys import Principal
from emails import phrase

Caller = Annotated[Principal, Depends(caller_of)]

_ID = re.compile(r"[a-z0-9_-]{1,60}")


def programme_by_slug(session: Session, caller: Principal, slug: str, *, lock: bool = False) -> Programme:
    """The caller's programme called `slug`. Raises NotFound."""
    _shaped(slug)
    found = programme_queries.programme(session, slug, organisation_id=caller.organisation_id, lock=lock)
    _own(caller, found.id)
    return found


def round_by_id(session: Session, caller: Principal, round_id: str, *, lock: bool = False) -> tuple[Programme, Round]:
    """The caller's round with its programme. Raises NotFound."""
    _shaped(round_id)
    found = round_queries.round_(session, caller.organisation_id, round_id, lock=lock)
    _own(caller, found.programme_id)
    return session.get_one(Programme, found.programme_id), found


def participant_by_id(
    session: Session, caller: Principal, participant_id: str, *, lock: bool = False
) -> tuple[Programme, Participant]:
    """The caller's participant with the programme. Raises NotFound."""
    _shaped(participant_id)
    found = people_queries.participant(session, caller.organisation_id, participant_id, lock=lock)
    _own(caller, found.programme_id)
    return session.get_one(Programme, found.programme_id), found


def message_by_id(session: Session, caller: Principal, message_id: str, *, lock: bool = True) -> OutgoingMail:
    """The caller's mail, locked until the transaction ends. Raises NotFound."""
    _shaped(message_id)
    found = outbox_queries.message(session, caller.organisation_id, message_id, lock=lock)
    _own(caller, found.programme_id)
    if found.kind in (*many_mails.NOT_SHOWN, MailKind.CONCERN):  # what is in no list is not there
        raise NotFound(phrase("There is no mail by that id."))
    return found


def import_by_id(session: Session, caller: Principal, import_id: str) -> tuple[Programme, ImportJob]:
    """The caller's import with its programme. Raises NotFound."""
    _shaped(import_id)
    found = import_queries.job(session, caller.organisation_id, import_id)
    _own(caller, found.programme_id)
    return session.get_one(Programme, found.programme_id), found


def _shaped(name: str) -> None:
    """What cannot be a name of ours is unknown, and never reaches the database."""
    if not _ID.fullmatch(name):
        raise NotFound


def _own(caller: Principal, programme_id: str) -> None:
    if caller.programme_id not in (None, programme_id):
        raise NotFound
