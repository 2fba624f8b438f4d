"""People, groups and the audit as files to be saved."""

from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from app.doors import InContext, Moment, Writing
from app.errors import BadInput, Fault
from app.files.sheets import FORMATS
from app.services import exports
from app.services.exports import By, File
from app.web.forms import Form, Posted
from app.web.organiser import found
from app.web.organiser.downloads import to_save
from app.web.organiser.sessions import Acting, Organiser
from emails import phrase

router = APIRouter(include_in_schema=False)


@router.post("/organiser/programmes/{slug}/people/export")
def people(slug: str, posted: Form, session: Writing, me: Acting, context: InContext, now: Moment) -> Response:
    """Everybody of a programme, in columns that an import reads."""
    programme = found.programme(session, me.principal, slug)
    return _answer(exports.people(session, context.database, programme, _by(posted, me, now)))


@router.post("/organiser/programmes/{slug}/audit/export")
def trail(slug: str, posted: Form, session: Writing, me: Acting, context: InContext, now: Moment) -> Response:
    """What organisers have done. What participants do is not among it."""
    programme = found.programme(session, me.principal, slug)
    return _answer(exports.trail(session, context.database, programme, _by(posted, me, now)))


@router.post("/organiser/rounds/{round_id}/export")
def groups(round_id: str, posted: Form, session: Writing, me: Acting, context: InContext, now: Moment) -> Response:
    """Who meets whom in a round, and who has no group."""
    programme, round_ = found.round_(session, me.principal, round_id)
    return _answer(exports.groups(session, context.database, programme, round_, _by(posted, me, now)))


def _by(posted: Posted, me: Organiser, now: datetime) -> By:
    """Who saves it, and how. Raises BadInput."""
    if posted.one("format") not in FORMATS:
        raise BadInput(
            Fault(phrase("The button"), phrase("is not one of ours."), phrase("Go back and press it again."))
        )
    return By(me.principal.actor, now, posted.one("format"))


def _answer(file: File) -> Response:
    """The file, made while it is sent."""
    return StreamingResponse(file.pieces, media_type=file.media_type, headers=to_save(file.name))
