"""/imports: people and their past, from files or JSON, with a verdict on every line."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from app.api import answers
from app.api.deps import Caller, programme_by_slug
from app.api.import_schemas import FILES, REQUEST_BODY, ImportBody
from app.api.problems import SHOWABLE
from app.api.route import FORM, DryRun, needs, router, unless_dry_run
from app.doors import InContext, Moment
from app.errors import BadInput, CoffeeError, Fault
from app.files.table import Table, read_table
from app.files.verdicts import Verdict, escaped, shown
from app.models import Scope
from app.services import imports as services
from app.services.imports import Plan, Report, Sources

routes = router("imports")

MOST_ROWS = 100_000
FLAGS = ("active", "skip_bad")
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
    return Order(Sources(**body.tables()), body.active, body.skip_bad)


async def _from_form(request: Request) -> Order:
    tables: dict[str, Table] = {}
    flags: dict[str, bool] = {}
    for name, value in (await request.form()).multi_items():
        if name in tables or name in flags:
            raise BadInput(Fault(name, "is there twice.", "Send it once."))
        if name in FILES and isinstance(value, UploadFile):
            tables[name] = read_table(await value.read(), _file_name(value.filename, name), MOST_ROWS)
        elif name in FLAGS and isinstance(value, str) and value.lower() in _TRUTH:
            flags[name] = _TRUTH[value.lower()]
        else:
            raise BadInput(_no_such_part(name))
    return Order(Sources(**tables), flags.get("active", False), flags.get("skip_bad", False))


def _file_name(given: str | None, part: str) -> str:
    return shown(given, 80).strip('"') if given else part


def _no_such_part(name: str) -> Fault:
    if name in FLAGS:
        return Fault(name, "is neither true nor false.", "Write true or false.")
    if name in FILES:
        return Fault(name, "is not a file.", "Send it as a file of the form.")
    place = name if SHOWABLE.fullmatch(name) else "(another name)"
    return Fault(place, "is not known here.", f"Known: {', '.join((*FILES, *FLAGS))}.")


@routes.post("/programmes/{slug}/imports", openapi_extra={"requestBody": REQUEST_BODY})
@needs(Scope.WRITE, key=unless_dry_run, forms=True)
def import_people(
    slug: str,
    asked: Annotated[Order, Depends(order)],
    caller: Caller,
    now: Moment,
    context: InContext,
    dry_run: DryRun = False,
) -> answers.ImportAnswer:
    """Bring people and their past along. With an error on any line nothing is written, unless `skip_bad` says so.

    `dry_run=true` gives the verdict alone. With `active`, consent was given elsewhere; otherwise each new person gets a
    mail to confirm.
    """
    if dry_run:
        with context.database.reading() as session:
            return _answer(services.plan(session, programme_by_slug(session, caller, slug), asked.sources), None)
    with context.database.writing("api: import") as session:
        programme = programme_by_slug(session, caller, slug, lock=True)
        planned = services.plan(session, programme, asked.sources)
        if any(verdict.stops for verdict in planned.verdicts) or (planned.errors and not asked.skip_bad):
            raise ImportRefused(planned)
        report = services.apply(
            session,
            programme,
            planned,
            active=asked.active,
            now=now,
            secret_key=context.settings.secret,
            actor=caller.actor,
        )
    return _answer(planned, report)


def _answer(planned: Plan, report: Report | None) -> answers.ImportAnswer:
    return answers.ImportAnswer(
        dry_run=report is None,
        usable=answers.ImportCounts(
            people=len(planned.people),
            history=len(planned.history),
            blocks=len(planned.blocks),
            knows=len(planned.knows),
        ),
        errors=len(planned.errors),
        report=answers.ImportReport(**_without(asdict(report), "verdicts")) if report else None,
        verdicts=[answers.VerdictAnswer(**_fields(verdict)) for verdict in planned.verdicts],
    )


def _as_error(verdict: Verdict) -> dict[str, Any]:
    """A verdict as an entry of a problem: `detail` is what is wrong, as in every other problem."""
    said = _fields(verdict)
    where = [
        verdict.file,
        f"line {verdict.line}" if verdict.line else "",
        f"column {said['column']}" if verdict.column else "",
    ]
    return {"place": ", ".join(filter(None, where)), "detail": said.pop("problem"), **said}


def _fields(verdict: Verdict) -> dict[str, Any]:
    said = _without(asdict(verdict), "scope")
    return said | {"column": verdict.column and escaped(verdict.column)}


def _without(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}
