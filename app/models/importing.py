"""An import in several transactions: what it is, how far it has come, and what is still to be written."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary
from sqlmodel import Field, SQLModel

from app.models.base import random_id, within, words


class ImportState(StrEnum):
    """`running` until the last line is written: what is half done is never called done."""

    RUNNING = "running"
    DONE = "done"


class UploadKind(StrEnum):
    """What somebody brings along on a page; `pasted` are addresses out of a mail or a sheet."""

    PEOPLE = "people"
    PASTED = "pasted"
    HISTORY = "history"
    KNOWS = "knows"


class ImportJob(SQLModel, table=True):
    """One import of many lines. `digest` names the content and the options, by which the same call finds it again.

    `next` is the batch that is written next, of `batches`; `written` counts lines, of `lines`. `usable`, `counts` and
    `verdicts` are as the answer shows them; of verdicts the first ones, `errors` counts all. Whoever writes a batch
    moves `not_before` ahead; a worker takes up what nobody has moved for a while. `refused` are all lines that were
    left out as they stood, with the reason (JSON, zlib), where the import was begun on a page.
    """

    __tablename__ = "import_job"
    __table_args__ = (
        within("programme", "programme_id", scope="organisation_id", ondelete="CASCADE"),
        CheckConstraint("next >= 0 and next <= batches", name="next"),
        CheckConstraint("(state = 'done') = (finished_at is not null)", name="finished"),
        Index(None, "state", "not_before"),
        Index(None, "programme_id", "digest"),
    )

    id: str = Field(default_factory=random_id("imp"), primary_key=True, max_length=40)
    organisation_id: str = Field(max_length=40)
    programme_id: str = Field(max_length=40)
    digest: str = Field(max_length=64)
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    state: ImportState = Field(default=ImportState.RUNNING, sa_type=words(ImportState))
    next: int = 0
    batches: int
    lines: int
    written: int = 0
    usable: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    counts: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    errors: int = 0
    verdicts: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    actor: str = Field(max_length=60)
    created_at: datetime
    finished_at: datetime | None = None
    not_before: datetime
    tries: int = 0
    trouble: str | None = Field(default=None, max_length=500)
    refused: bytes | None = Field(default=None, sa_type=LargeBinary)


class ImportBatch(SQLModel, table=True):
    """Some hundred lines of an import that wait to be written (JSON, zlib); gone as soon as they are."""

    __tablename__ = "import_batch"

    job_id: str = Field(primary_key=True, foreign_key="import_job.id", ondelete="CASCADE", max_length=40)
    number: int = Field(primary_key=True)
    lines: int
    content: bytes = Field(sa_type=LargeBinary)


class ImportUpload(SQLModel, table=True):
    """A file between two pages, as it came (zlib): looked at, and not imported yet. Gone once it is, or after a day.

    `columns` says what each of its columns is, by place; `seen` are the counts of what would come of it, `said` the
    words (JSON, zlib): both are there once it was judged.
    """

    __tablename__ = "import_upload"
    __table_args__ = (
        within("programme", "programme_id", scope="organisation_id", ondelete="CASCADE"),
        Index(None, "programme_id"),
    )

    id: str = Field(default_factory=random_id("upl"), primary_key=True, max_length=40)
    organisation_id: str = Field(max_length=40)
    programme_id: str = Field(max_length=40)
    kind: UploadKind = Field(sa_type=words(UploadKind))
    name: str = Field(max_length=100)
    content: bytes = Field(sa_type=LargeBinary)
    team: str = Field(default="", max_length=100)
    columns: dict[str, str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    seen: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    said: bytes | None = Field(default=None, sa_type=LargeBinary)
    actor: str = Field(max_length=60)
    created_at: datetime


class ColumnChoice(SQLModel, table=True):
    """What the columns of files with these headings were last said to be; the headings themselves are not kept."""

    __tablename__ = "column_choice"
    __table_args__ = (within("programme", "programme_id", scope="organisation_id", ondelete="CASCADE"),)

    organisation_id: str = Field(max_length=40)
    programme_id: str = Field(primary_key=True, max_length=40)
    headings: str = Field(primary_key=True, max_length=64)
    columns: dict[str, str] = Field(sa_type=JSON)
    used_at: datetime
