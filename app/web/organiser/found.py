"""What an organiser may see. Somebody else's and none at all give the same answer: there is nothing here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.errors import NotFound
from app.models import (
    OF_A_ROUND,
    ImportJob,
    ImportUpload,
    MailKind,
    OutgoingMail,
    Participant,
    Programme,
    Round,
    Trust,
)
from app.queries import imports, outbox, participants, programmes, rounds, uploads
from app.queries.outbox import Pile
from app.services import many_mails
from app.services.keys import Principal

_NAME = re.compile(r"[a-z0-9_-]{1,60}")


@dataclass(frozen=True, slots=True)
class Place:
    """An outbox: that of a round, or of a whole programme."""

    programme: Programme
    round_: Round | None = None
    concerns: bool = False
    """Whether mails in confidence that nobody could read are listed: only for who looks after such things."""

    @property
    def path(self) -> str:
        """Where it is."""
        if self.round_ is not None:
            return f"/organiser/rounds/{self.round_.id}/outbox"
        return f"/organiser/programmes/{self.programme.slug}/outbox"

    @property
    def pile(self) -> Pile:
        """The mails that are listed."""
        if self.round_ is not None:
            return outbox.of_round(self.round_)
        return many_mails.listed(self.programme, concerns=self.concerns)

    @property
    def every(self) -> Pile:
        """The same mails of the programme, and those that are counted only."""
        return many_mails.every(self.programme, concerns=self.concerns)


def round_outbox(session: Session, caller: Principal, round_id: str) -> Place:
    """The outbox of a round. Raises NotFound."""
    return Place(*round_(session, caller, round_id), Trust.CONCERNS in caller.scopes)


def programme_outbox(session: Session, caller: Principal, slug: str) -> Place:
    """The outbox of a programme. Raises NotFound."""
    return Place(programme(session, caller, slug), concerns=Trust.CONCERNS in caller.scopes)


def round_(session: Session, caller: Principal, round_id: str, *, lock: bool = False) -> tuple[Programme, Round]:
    """A round with its programme, locked to be changed. Raises NotFound."""
    with _same_words():
        found = rounds.round_(session, caller.organisation_id, shaped(round_id), lock=lock)
        _own(caller, found.programme_id)
    return session.get_one(Programme, found.programme_id), found


def programme(session: Session, caller: Principal, slug: str, *, lock: bool = False) -> Programme:
    """A programme, locked to be changed. Raises NotFound."""
    with _same_words():
        found = programmes.programme(session, shaped(slug), organisation_id=caller.organisation_id, lock=lock)
        _own(caller, found.id)
    return found


def person(session: Session, programme: Programme, person_id: str) -> Participant:
    """Somebody of that programme. Raises NotFound."""
    with _same_words():
        found = participants.participant(session, programme.organisation_id, shaped(person_id))
    if found.programme_id != programme.id:
        raise NotFound
    return found


def upload(session: Session, programme: Programme, upload_id: str, now: datetime) -> ImportUpload:
    """A file that lies between two pages. Raises NotFound."""
    with _same_words():
        return uploads.upload(session, programme, shaped(upload_id), now)


def import_job(session: Session, programme: Programme, import_id: str) -> ImportJob:
    """An import of that programme. Raises NotFound."""
    with _same_words():
        job = imports.job(session, programme.organisation_id, shaped(import_id))
    if job.programme_id != programme.id:
        raise NotFound
    return job


def mail(session: Session, caller: Principal, mail_id: str, *, lock: bool = True) -> OutgoingMail:
    """A mail that may be looked at or, locked, decided about. Raises NotFound."""
    with _same_words():
        found = outbox.message(session, caller.organisation_id, shaped(mail_id), lock=lock)
        _own(caller, found.programme_id)
    if found.kind in many_mails.NOT_SHOWN:
        raise NotFound
    if found.kind == MailKind.CONCERN and Trust.CONCERNS not in caller.scopes:
        raise NotFound
    return found


def outbox_of(session: Session, mail: OutgoingMail) -> Place:
    """Where a mail is listed."""
    programme = session.get_one(Programme, mail.programme_id)
    round_ = rounds.round_(session, mail.organisation_id, mail.round_id) if mail.round_id else None
    return Place(programme, round_ if mail.kind in OF_A_ROUND else None)


@contextmanager
def _same_words() -> Iterator[None]:
    try:
        yield
    except NotFound:
        raise NotFound from None


def shaped(name: str) -> str:
    """What cannot be a name of ours never reaches the database."""
    if not _NAME.fullmatch(name):
        raise NotFound
    return name


def _own(caller: Principal, programme_id: str) -> None:
    if caller.programme_id not in (None, programme_id):
        raise NotFound
