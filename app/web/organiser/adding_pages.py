"""The pages on which people are brought along: what came, what its columns are, what would come of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from app.files.columns import FIRST_NAME, LAST_NAME
from app.files.table import Table
from app.files.verdicts import shown
from app.middleware import IMPORT_BYTES
from app.models import ImportUpload, Programme, UploadKind
from app.services import uploads
from app.web.forms import Posted, Trouble
from app.web.organiser import frame
from app.web.organiser.participants import place
from app.web.organiser.sessions import Organiser
from emails import phrase

MOST_COLUMNS = 60
EXAMPLES = 3
SHOWN = 100
"""Refused lines that the page shows; all of them can be downloaded."""
COLUMNS: Mapping[str, str] = {
    "email": phrase("E-mail address"),
    "name": phrase("Full name"),
    FIRST_NAME: phrase("First name"),
    LAST_NAME: phrase("Last name"),
    "team": phrase("Team"),
    "id": phrase("Your id of the person"),
    "location": phrase("Location"),
    "manager_email": phrase("Line manager's e-mail address"),
    "interests": phrase("Likes to talk about"),
    "asks": phrase("Would like help with"),
    "offers": phrase("Can help with"),
    "languages": phrase("Languages"),
    "times": phrase("Times"),
    "size": phrase("Group size"),
    "formats": phrase("In person or remotely"),
    "access": phrase("What they need"),
    "time_zone": phrase("Time zone"),
    "paused_until": phrase("Pauses until"),
    "trios": phrase("How often in a trio before"),
    "sat_out": phrase("How often left out before"),
}
"""What a column of a file may be, in the order of the choice."""
KINDS: Mapping[UploadKind, str] = {
    UploadKind.PEOPLE: phrase("People"),
    UploadKind.HISTORY: phrase("Who has met whom, in which round"),
    UploadKind.KNOWS: phrase("Who knows each other already"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What came with the form: pasted addresses, or a file."""

    pasted: str
    team: str
    kind: str
    name: str
    content: bytes


def add_page(
    request: Request,
    me: Organiser,
    programme: Programme,
    status: int = 200,
    troubles: tuple[Trouble, ...] = (),
    form: Sent | None = None,
) -> Response:
    """Where addresses are pasted, and files chosen."""
    typed = Posted({"pasted": [form.pasted[:100_000]], "team": [form.team]} if form else {})
    return frame.page(
        request,
        me,
        "add.html",
        status=status,
        programme=programme,
        here=f"{place(programme)}/add",
        kinds=KINDS,
        kind=form.kind if form else "",
        typed=typed.shown("pasted", "team"),
        most=uploads.MOST_LINES,
        megabytes=IMPORT_BYTES // (1024 * 1024),
        troubles=troubles,
    )


def columns_page(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    upload: ImportUpload,
    columns: Mapping[int, str] | None = None,
    troubles: tuple[Trouble, ...] = (),
    status: int = 200,
) -> Response:
    """Each column with its first lines, and what it is."""
    table = uploads.raw(upload)
    said = {int(number): ours for number, ours in (upload.columns or {}).items()}
    if columns is None:
        columns = said or uploads.first_guess(session, programme, table)
    return frame.page(
        request,
        me,
        "columns.html",
        status=status,
        programme=programme,
        upload=upload,
        here=f"{place(programme)}/add/{upload.id}",
        rows=list(_described(table, columns)),
        more=max(0, len(table.columns) - MOST_COLUMNS),
        choices=COLUMNS,
        troubles=troubles,
    )


def _described(table: Table, columns: Mapping[int, str]) -> list[dict[str, Any]]:
    """Each column with its heading, what stands in its first lines, and what it is taken for."""
    records = (record[1] for record in table.records() if isinstance(record, tuple) and record[0] > table.header_line)
    first = list(islice(records, EXAMPLES))
    return [
        {
            "number": number,
            "heading": shown(table.headings[number], 60).strip('"'),
            "examples": [
                shown(cells[number], 40).strip('"') for cells in first if number < len(cells) and cells[number]
            ],
            "chosen": columns.get(number, ""),
        }
        for number in range(min(len(table.columns), MOST_COLUMNS))
    ]


def verdict_page(
    request: Request,
    me: Organiser,
    programme: Programme,
    upload: ImportUpload,
    status: int = 200,
    troubles: tuple[Trouble, ...] = (),
    posted: Posted | None = None,
) -> Response:
    """What would come of it: counts, what is refused and why, and the button."""
    said, posted = uploads.words(upload), posted or Posted({})
    return frame.page(
        request,
        me,
        "verdict.html",
        status=status,
        programme=programme,
        upload=upload,
        here=f"{place(programme)}/add/{upload.id}",
        seen=upload.seen,
        said=said,
        shown=SHOWN,
        of_people=upload.kind in (UploadKind.PEOPLE, UploadKind.PASTED),
        typed={name: posted.one(name)[:20] for name in ("consent", "sync", "leavers", "number")},
        troubles=troubles,
    )
