"""What the API answers about files that are brought along: verdicts, counts, how far it is."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.api.answers import Answer
from app.models import ImportState


class VerdictAnswer(Answer):
    """What is wrong with one line of a file, and what to do; `line` 0 is the whole file."""

    file: str
    line: int
    column: str | None
    level: str
    problem: str
    remedy: str


class ImportCounts(Answer):
    """What the files hold that can be used."""

    people: int
    history: int
    blocks: int
    knows: int


class ImportReport(Answer):
    added: int
    changed: int
    unchanged: int
    left_alone: Annotated[int, Field(description="People who have left: only they themselves can come back.")]
    invited: int
    history: int
    blocks: int
    knows: int
    missing: Annotated[int, Field(description="With `sync`: people of the programme who are not in the file.")]
    paused: int
    left: int
    skipped_lines: int


class ImportAnswer(Answer):
    """The verdict on every line, and what was written; `report` is empty after a dry run."""

    dry_run: bool
    usable: ImportCounts
    errors: int
    report: ImportReport | None
    verdicts: list[VerdictAnswer]


class ImportJobAnswer(Answer):
    """An import of many lines, written by a worker: `report` counts what is written so far. What is half done is
    `running`; of the verdicts only the first are kept.
    """

    id: str
    programme: str
    state: ImportState
    lines: int
    written: int
    progress: Annotated[float, Field(description="The share of the lines that is written, from 0 to 1.")]
    usable: ImportCounts
    errors: int
    report: ImportReport
    trouble: Annotated[str | None, Field(description="Why it does not go on at the moment; it is tried again.")]
    verdicts: list[VerdictAnswer]
    created_at: datetime
    finished_at: datetime | None
