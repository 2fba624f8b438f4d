"""What is taken home: people, groups and the audit as files, and all about one person. Each is noted in the audit, and
none is kept for a second call: a copy of everybody has no place in a table of answers.
"""

from typing import Annotated, Any, Literal

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from app.api.deps import Caller, participant_by_id, programme_by_slug, round_by_id
from app.api.kept import PersonKept
from app.api.route import needs, router
from app.doors import InContext, Moment, Writing
from app.files.sheets import XLSX
from app.models import Scope
from app.services import exports
from app.services.exports import By, File

routes = router("exports")

Kind = Annotated[
    Literal["csv", "csv-bom", "xlsx"],
    Query(alias="format", description="`csv-bom` begins with a byte-order mark, by which Excel knows UTF-8."),
]
_BYTES = {"schema": {"type": "string", "format": "binary"}}
AS_FILE: dict[str, Any] = {
    "response_class": StreamingResponse,
    "responses": {200: {"description": "The file.", "content": {"text/csv": _BYTES, XLSX: _BYTES}}},
}


@routes.post("/programmes/{slug}/participants/export", **AS_FILE)
@needs(Scope.WRITE, kept=False)
def export_participants(
    slug: str, session: Writing, caller: Caller, context: InContext, now: Moment, kind: Kind = "csv"
) -> Response:
    """Everybody of a programme as a table, in columns that an import reads. Each time anew, and noted in the audit."""
    programme = programme_by_slug(session, caller, slug)
    return _sent(exports.people(session, context.database, programme, By(caller.actor, now, kind)))


@routes.post("/programmes/{slug}/audit/export", **AS_FILE)
@needs(Scope.WRITE, kept=False)
def export_audit(
    slug: str, session: Writing, caller: Caller, context: InContext, now: Moment, kind: Kind = "csv"
) -> Response:
    """What organisers have done, as a table. Each time anew, and noted in the audit."""
    programme = programme_by_slug(session, caller, slug)
    return _sent(exports.trail(session, context.database, programme, By(caller.actor, now, kind)))


@routes.post("/rounds/{round_id}/groups/export", **AS_FILE)
@needs(Scope.WRITE, kept=False)
def export_groups(
    round_id: str, session: Writing, caller: Caller, context: InContext, now: Moment, kind: Kind = "csv"
) -> Response:
    """Who meets whom in a round, and who has no group, as a table. Each time anew, and noted in the audit."""
    programme, round_ = round_by_id(session, caller, round_id)
    return _sent(exports.groups(session, context.database, programme, round_, By(caller.actor, now, kind)))


@routes.post("/participants/{participant_id}/export")
@needs(Scope.WRITE, kept=False)
def export_participant(participant_id: str, session: Writing, caller: Caller, now: Moment) -> PersonKept:
    """What is kept about one person, as far as organisers may know it; they themselves find all of it on their own
    page. Noted in the audit.
    """
    programme, person = participant_by_id(session, caller, participant_id)
    return PersonKept(**exports.person(session, programme, person, now=now, actor=caller.actor))


def _sent(file: File) -> Response:
    """The file, made while it is sent."""
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return StreamingResponse(file.pieces, media_type=file.media_type, headers=headers)
