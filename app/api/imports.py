"""/imports: people and their past, from files or JSON, with a verdict on every line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from app.api import import_answers, shown
from app.api.deps import Caller, import_by_id, programme_by_slug
from app.api.import_schemas import FILES, REQUEST_BODY, ImportBody
from app.api.problems import SHOWABLE
from app.api.route import FORM, PREFIX, DryRun, needs, router, unless_dry_run
from app.api.strict import Malformed, parse
from app.doors import Context, InContext, Moment, Reading
from app.errors import BadInput, CoffeeError, Fault
from app.files.past import read_past
from app.files.table import Table, read_table
from app.files.verdicts import Verdict
from app.files.verdicts import shown as quoted
from app.models import Scope
from app.queries import imports as queries
from app.services import import_jobs
from app.services import imports as services
from app.services.import_sync import Leavers, Sync
from app.services.imports import Plan, Report, Sources
from app.services.keys import Principal

routes = router("imports")

MOST_ROWS = 100_000
_TRUTH = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


class ImportRefused(CoffeeError):
    """Lines are wrong, and nobody said to skip them. Nothing was written."""

    status, kind, title = 422, "import-refused", "Nothing was imported: some lines cannot be used."

    def __init__(self, planned: Plan) -> None:
        number = len(planned.errors)
        what = "1 thing is wrong. Correct it" if number == 1 else f"{number} things are wrong. Correct them"
        super().__init__(f"{what}, or send skip_bad to import the rest.")
        self.verdicts = [_as_error(verdict) for verdict in planned.verdicts]


@dataclass(frozen=True, slots=True)
class Order:
    """What the body asks for, whichever way it came."""

    sources: Sources
    active: bool
    skip_bad: bool
    sync: Sync | None = None

    @property
    def digest(self) -> str:
        """What makes it the same as another."""
        sync = self.sync and [self.sync.leavers, self.sync.confirmed]
        return import_jobs.digest_of(self.sources, active=self.active, skip_bad=self.skip_bad, sync=sync)

    @property
    def leavers(self) -> Leavers | None:
        """What becomes of who is not in the file."""
        return self.sync.leavers if self.sync else None


async def order(request: Request) -> Order:
    """The body as tables. `ApiRoute` has read it already."""
    if request.headers.get("content-type", "").lower().startswith(FORM):
        return await _from_form(request)
    if not await request.body():
        raise BadInput(Fault("body", "is missing.", "Send files as a form, or lists as JSON."))
    try:
        body = ImportBody.model_validate(await request.json())
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None
    sync = _sync(body.sync, body.leavers, body.confirm_leavers)
    return Order(Sources.of(body.tables()), body.active, body.skip_bad, sync)


def _sync(wanted: bool, leavers: Leavers | None, confirmed: int | None) -> Sync | None:
    if leavers is not None and not wanted:
        raise BadInput(Fault("leavers", "goes with sync only.", "Send sync too: it says who is not in the file."))
    if confirmed is not None and leavers is None:
        raise BadInput(Fault("confirm_leavers", "goes with leavers only.", "Say what becomes of them: pause or leave."))
    return Sync(leavers, confirmed) if wanted else None


async def _from_form(request: Request) -> Order:
    tables: dict[str, Table] = {}
    said: dict[str, Any] = {}
    for name, value in (await request.form()).multi_items():
        if name in tables or name in said:
            raise BadInput(Fault(name, "is there twice.", "Send it once."))
        if name in FILES and isinstance(value, UploadFile):
            read = read_past if name == "history" else read_table
            tables[name] = read(await value.read(), _file_name(value.filename, name), MOST_ROWS)
        elif name in TEXTS and isinstance(value, str):
            said[name] = TEXTS[name](name, value)
        else:
            raise BadInput(_no_such_part(name))
    sync = _sync(said.get("sync", False), said.get("leavers"), said.get("confirm_leavers"))
    sources = Sources.of(tables, said.get("map"))
    return Order(sources, said.get("active", False), said.get("skip_bad", False), sync)


def _truth(name: str, text: str) -> bool:
    if text.lower() not in _TRUTH:
        raise BadInput(Fault(name, "is neither true nor false.", "Write true or false."))
    return _TRUTH[text.lower()]


def _leavers(name: str, text: str) -> Leavers:
    if text not in list(Leavers):
        raise BadInput(Fault(name, "is neither pause nor leave.", "Write one of them."))
    return Leavers(text)


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadInput(Fault(name, "is no whole number.", "Write how many go."))
    return int(text)


def _columns(name: str, text: str) -> dict[str, str]:
    """Our columns with the headings they have in the file of people."""
    try:
        given = parse(text.encode("utf-8", "surrogatepass"))
    except Malformed:  # its words are about bodies
        given = None
    if not isinstance(given, dict) or not all(isinstance(heading, str) and heading for heading in given.values()):
        raise BadInput(Fault(name, "is no JSON object of texts.", 'Write it like {"name": "Full name"}.'))
    return given


TEXTS: dict[str, Callable[[str, str], Any]] = {
    "active": _truth,
    "skip_bad": _truth,
    "sync": _truth,
    "leavers": _leavers,
    "confirm_leavers": _number,
    "map": _columns,
}
"""The parts of a form that are no files, and how each is read."""


def _file_name(given: str | None, part: str) -> str:
    return quoted(given, 80).strip('"') if given else part


def _no_such_part(name: str) -> Fault:
    if name in TEXTS:
        return Fault(name, "is a file.", "Send it as a text of the form.")
    if name in FILES:
        return Fault(name, "is not a file.", "Send it as a file of the form.")
    place = name if SHOWABLE.fullmatch(name) else "(another name)"
    return Fault(place, "is not known here.", f"Known: {', '.join((*FILES, *TEXTS))}.")


@routes.post(
    "/programmes/{slug}/imports",
    openapi_extra={"requestBody": REQUEST_BODY},
    responses={202: {"model": import_answers.ImportJobAnswer, "description": "Many lines: a worker writes them."}},
)
@needs(Scope.WRITE, key=unless_dry_run, forms=True)
def import_people(
    slug: str,
    asked: Annotated[Order, Depends(order)],
    caller: Caller,
    now: Moment,
    context: InContext,
    dry_run: DryRun = False,
) -> import_answers.ImportAnswer:
    """Bring people and their past along. With an error on any line nothing is written, unless `skip_bad` says so.

    `dry_run=true` gives the verdict alone. With `active`, consent was given elsewhere; otherwise each new person gets a
    mail to confirm. More than a thousand lines are written by a worker: 202, and where to look in `Location`.
    """
    if dry_run:
        with context.database.reading() as session:
            programme = programme_by_slug(session, caller, slug)
            return _answer(services.plan(session, programme, asked.sources, asked.sync), None)
    if asked.sources.longer_than(import_jobs.MANY):
        return _many(context, caller, slug, asked, now)  # type: ignore[return-value]
    with context.database.writing("api: import") as session:
        programme = programme_by_slug(session, caller, slug, lock=True)
        planned = services.plan(session, programme, asked.sources, asked.sync)
        _refuse(planned, asked)
        report = services.apply(
            session,
            programme,
            planned,
            active=asked.active,
            now=now,
            secret_key=context.settings.secret,
            actor=caller.actor,
            leavers=asked.leavers,
        )
    return _answer(planned, report)


def _many(context: Context, caller: Principal, slug: str, asked: Order, now: datetime) -> JSONResponse:
    """Read and judge everything, then write it down for a worker; the same content once, until it is done."""
    with context.database.reading() as session:
        programme = programme_by_slug(session, caller, slug)
        begun = queries.unfinished(session, programme.id, asked.digest)
        if begun is not None:
            return _accepted(shown.import_job(programme, begun))
        planned = services.plan(session, programme, asked.sources, asked.sync)
    _refuse(planned, asked)
    bundles = import_jobs.packed(planned)
    with context.database.writing("api: open import") as session:
        programme = programme_by_slug(session, caller, slug, lock=True)
        options = import_jobs.Options(asked.active, asked.leavers)
        job = import_jobs.open_job(
            session, programme, planned, bundles, options, digest=asked.digest, now=now, actor=caller.actor
        )
        answer = shown.import_job(programme, job)
    return _accepted(answer)


def _accepted(answer: import_answers.ImportJobAnswer) -> JSONResponse:
    return JSONResponse(answer.model_dump(mode="json"), 202, headers={"Location": f"{PREFIX}/imports/{answer.id}"})


@routes.get("/imports/{import_id}")
@needs(Scope.WRITE)
def get_import(import_id: str, session: Reading, caller: Caller) -> import_answers.ImportJobAnswer:
    """How far an import of many lines has come. Its verdicts may name whom a file keeps apart, so it takes a key that
    could have sent them.
    """
    programme, job = import_by_id(session, caller, import_id)
    return shown.import_job(programme, job)


def _refuse(planned: Plan, asked: Order) -> None:
    if any(verdict.stops for verdict in planned.verdicts) or (planned.errors and not asked.skip_bad):
        raise ImportRefused(planned)


def _answer(planned: Plan, report: Report | None) -> import_answers.ImportAnswer:
    return import_answers.ImportAnswer(
        dry_run=report is None,
        usable=import_answers.ImportCounts(**planned.usable),
        errors=len(planned.errors),
        report=import_answers.ImportReport(**report.counts) if report else None,
        verdicts=[import_answers.VerdictAnswer(**import_jobs.kept(verdict)) for verdict in planned.verdicts],
    )


def _as_error(verdict: Verdict) -> dict[str, Any]:
    """A verdict as an entry of a problem: `detail` is what is wrong, as in every other problem."""
    said = import_jobs.kept(verdict)
    where = [
        verdict.file,
        f"line {verdict.line}" if verdict.line else "",
        f"column {said['column']}" if verdict.column else "",
    ]
    return {"place": ", ".join(filter(None, where)), "detail": said.pop("problem"), **said}
