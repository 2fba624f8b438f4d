"""People, and who has met whom, brought along by page: a file or pasted addresses, what its columns are, a verdict on
each line, and then the import. Nothing is written to the programme before its last button.

What takes long is done before the database is asked to write, so that nobody else waits for it.
"""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import UploadFile

from app.doors import Context, InContext, Moment, Reading
from app.errors import BadInput, Conflict, NotFound, TooManyLeavers
from app.files.names import clean_name
from app.files.verdicts import Problem, shown
from app.middleware import IMPORT_BYTES
from app.models import ImportUpload, Programme, UploadKind
from app.queries import imports as import_queries
from app.queries import programmes as programme_queries
from app.queries import uploads as queries
from app.services import import_jobs, uploads
from app.services.import_sync import Leavers, Sync
from app.services.uploads import Judged
from app.web.forms import Form, Posted, Trouble
from app.web.organiser import downloads, found
from app.web.organiser.adding_pages import KINDS, MOST_COLUMNS, Sent, add_page, columns_page, verdict_page
from app.web.organiser.participants import place
from app.web.organiser.round_acts import number_of
from app.web.organiser.sessions import AboutToAct, Organiser, before_a_body
from app.web.pages import see_other
from emails import phrase, together

router = APIRouter(include_in_schema=False)

MOST_SECONDS = 120
"""How long a form may be in coming."""


async def sent(request: Request, _me: Annotated[None, Depends(before_a_body)]) -> Sent:
    """The form with its file, read after it is known who sends it, while no connection to the database is held."""
    try:
        async with asyncio.timeout(MOST_SECONDS):
            return await _read(request)
    except TimeoutError:
        raise HTTPException(408) from None


async def _read(request: Request) -> Sent:
    async with request.form(max_files=1, max_fields=10, max_part_size=IMPORT_BYTES) as form:
        texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        file = next((value for _, value in form.multi_items() if isinstance(value, UploadFile)), None)
        return Sent(
            pasted=texts.get("pasted", ""),
            team=texts.get("team", ""),
            kind=texts.get("kind", ""),
            name=shown(file.filename, 80).strip('"') if file is not None and file.filename else "",
            content=await file.read() if file is not None else b"",
        )


@router.api_route("/organiser/programmes/{slug}/people/add", methods=["GET", "HEAD"])
def ask(request: Request, slug: str, session: Reading, me: AboutToAct) -> Response:
    """Where addresses are pasted, and files chosen."""
    return add_page(request, me, found.programme(session, me.principal, slug))


@router.post("/organiser/programmes/{slug}/people/add")
def take(
    request: Request,
    slug: str,
    form: Annotated[Sent, Depends(sent)],  # before the session, which would hold a connection while it comes
    session: Reading,
    me: AboutToAct,
    context: InContext,
    now: Moment,
) -> Response:
    """Keep it until it is imported; what has no columns to name is judged at once."""
    programme = found.programme(session, me.principal, slug)
    fresh = _fresh(programme, form, me, now)
    if isinstance(fresh, Trouble):
        return add_page(request, me, programme, 422, (fresh,), form)
    with context.database.writing("organiser: upload") as writing:
        writing.add(fresh)
    if fresh.kind != UploadKind.PEOPLE:
        _judge(context, session, programme, fresh, now)
    return see_other(f"{place(programme)}/add/{fresh.id}")


@router.api_route("/organiser/programmes/{slug}/people/add/{upload_id}", methods=["GET", "HEAD"])
def show(request: Request, slug: str, upload_id: str, session: Reading, me: AboutToAct, now: Moment) -> Response:
    """What would come of it, once its columns are named."""
    programme, upload = _found(session, me, slug, upload_id, now)
    if upload.seen is None:
        return columns_page(request, session, me, programme, upload)
    return verdict_page(request, me, programme, upload)


@router.api_route("/organiser/programmes/{slug}/people/add/{upload_id}/columns", methods=["GET", "HEAD"])
def ask_for_columns(
    request: Request, slug: str, upload_id: str, session: Reading, me: AboutToAct, now: Moment
) -> Response:
    """The columns once more."""
    programme, upload = _found(session, me, slug, upload_id, now)
    if upload.kind != UploadKind.PEOPLE:
        return see_other(f"{place(programme)}/add/{upload.id}")
    return columns_page(request, session, me, programme, upload)


@router.post("/organiser/programmes/{slug}/people/add/{upload_id}/columns")
def name_columns(
    request: Request,
    slug: str,
    upload_id: str,
    posted: Form,
    session: Reading,
    me: AboutToAct,
    context: InContext,
    now: Moment,
) -> Response:
    """What each column is, remembered for the next file like this; then the verdict."""
    programme, upload = _found(session, me, slug, upload_id, now)
    here = f"{place(programme)}/add/{upload.id}"
    if upload.kind != UploadKind.PEOPLE:
        return see_other(here)
    columns = {number: ours for number in range(MOST_COLUMNS) if (ours := posted.one(f"c{number}"))}
    try:
        with context.database.writing("organiser: columns") as writing:
            row = queries.upload(writing, programme, upload.id, now)
            uploads.choose(writing, programme, row, columns, now)
    except BadInput as refused:
        fault = refused.faults[0]
        trouble = Trouble("columns", together(fault.problem, fault.remedy))
        return columns_page(request, session, me, programme, upload, columns, (trouble,), 422)
    _judge(context, session, programme, row, now)
    return see_other(here)


@router.api_route("/organiser/programmes/{slug}/people/add/{upload_id}/refused.csv", methods=["GET", "HEAD"])
def refused(slug: str, upload_id: str, session: Reading, me: AboutToAct, now: Moment) -> Response:
    """All lines that cannot be used, to be corrected and sent again."""
    _, upload = _found(session, me, slug, upload_id, now)
    said = uploads.words(upload)
    return downloads.refused(said.get("columns", []), said.get("refused", []))


@router.post("/organiser/programmes/{slug}/people/add/{upload_id}/import")
def begin(
    request: Request,
    slug: str,
    upload_id: str,
    posted: Form,
    session: Reading,
    me: AboutToAct,
    context: InContext,
    now: Moment,
) -> Response:
    """Judge it once more, and write it down for a worker. The same button pressed twice begins one import."""
    programme = found.programme(session, me.principal, slug)
    try:
        _, upload = _found(session, me, slug, upload_id, now)
    except NotFound:
        return see_other(_begun(session, programme, upload_id))
    sync = _sync(posted, upload)
    if isinstance(sync, Trouble):
        return verdict_page(request, me, programme, upload, 422, (sync,), posted)
    try:
        judged = uploads.judge(session, programme, upload, sync)
    except TooManyLeavers:  # others have come or gone since
        again = _judge(context, session, programme, upload, now)
        return verdict_page(request, me, programme, again, 409, (_how_many(again),), posted)
    if judged.seen["stops"] or not judged.plan.lines:
        raise Conflict(phrase("Nothing of it can be imported. Go back and look again."))
    bundles = import_jobs.packed(judged.plan)
    options = import_jobs.Options(posted.one("consent") == "given", sync.leavers if sync else None)
    try:
        with context.database.writing("organiser: open import") as writing:
            locked = programme_queries.lock(writing, programme.id)
            row = queries.upload(writing, locked, upload.id, now)
            job = uploads.begin(writing, locked, row, judged, bundles, options, now=now, actor=me.principal.actor)
    except NotFound:
        return see_other(_begun(session, programme, upload_id))
    return see_other(f"{place(programme)}/imports/{job.id}")


@router.post("/organiser/programmes/{slug}/people/add/{upload_id}/forget")
def forget(slug: str, upload_id: str, session: Reading, me: AboutToAct, context: InContext) -> Response:
    """Not this one. A second time changes nothing."""
    programme = found.programme(session, me.principal, slug)
    name = found.shaped(upload_id)
    with context.database.writing("organiser: forget upload") as writing:
        uploads.drop(writing, programme, name)
    return see_other(f"{place(programme)}/add")


def _found(session: Session, me: Organiser, slug: str, upload_id: str, now: datetime) -> tuple[Programme, ImportUpload]:
    programme = found.programme(session, me.principal, slug)
    return programme, found.upload(session, programme, upload_id, now)


def _begun(session: Session, programme: Programme, upload_id: str) -> str:
    """Where the import of a file is followed that is gone because it is imported. Raises NotFound."""
    job = import_queries.of_digest(session, programme, uploads.digest_of(upload_id))
    if job is None:
        raise NotFound
    return f"{place(programme)}/imports/{job.id}"


def _fresh(programme: Programme, form: Sent, me: Organiser, now: datetime) -> ImportUpload | Trouble:
    """What came, as it is kept; or what is wrong with it."""
    team = clean_name(form.team, "team") if form.team.strip() else ""
    if isinstance(team, Problem):
        return Trouble("team", together(team.problem, team.remedy))
    if form.content:
        if form.kind not in KINDS:
            return Trouble("kind", phrase("Choose what the file holds."))
        kind, name, content, field = UploadKind(form.kind), form.name or form.kind, form.content, "file"
    elif form.pasted.strip():
        kind, name, field = UploadKind.PASTED, "pasted", "pasted"
        content = form.pasted.encode("utf-8", "surrogatepass")
    elif form.kind:
        return Trouble("file", phrase("Choose a file that is not empty."))
    else:
        return Trouble("pasted", phrase("Paste at least one address, or choose a file."))
    try:
        return uploads.fresh(programme, kind, name, content, team=team, now=now, actor=me.principal.actor)
    except BadInput as refused:
        fault = refused.faults[0]
        return Trouble(field, together(fault.problem, fault.remedy))


def _judge(
    context: Context, session: Session, programme: Programme, upload: ImportUpload, now: datetime
) -> ImportUpload:
    """Read it in a look, and keep what was found."""
    sync = Sync() if upload.kind == UploadKind.PEOPLE else None
    judged: Judged = uploads.judge(session, programme, upload, sync)
    with context.database.writing("organiser: judge upload") as writing:
        row = queries.upload(writing, programme, upload.id, now)
        uploads.remember(row, judged)
    return row


def _sync(posted: Posted, upload: ImportUpload) -> Sync | Trouble | None:
    """What becomes of who is not in the file, where that is ticked, and their number typed."""
    seen = upload.seen or {}
    if posted.one("sync") != "yes" or upload.kind != UploadKind.PEOPLE or not seen.get("missing"):
        return None
    if posted.one("leavers") not in list(Leavers):
        return Trouble("leavers", phrase("Choose what becomes of them."))
    number = number_of(posted)
    if number != seen["missing"]:
        return _how_many(upload)
    return Sync(Leavers(posted.one("leavers")), number)


def _how_many(upload: ImportUpload) -> Trouble:
    return Trouble("number", phrase("Enter how many go: %(number)s.", number=(upload.seen or {}).get("missing", 0)))
