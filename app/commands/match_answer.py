"""The answer of `coffee match`: as JSON or CSV, printed or in a file, and in one sentence."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from app.commands.terminal import counted

if TYPE_CHECKING:  # heavy: loaded when the command runs, so that `coffee --help` is quick
    from app.files.people import PeopleFile
    from matching import Matching

STDOUT = "-"


def as_json(answer: dict[str, Any]) -> str:
    """JSON with one line a group, for people and for `diff`."""
    return "{\n" + ",\n".join(f"  {_dump(key)}: {_listed(value)}" for key, value in answer.items()) + "\n}\n"


def _listed(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n    " + ",\n    ".join(_dump(item) for item in value) + "\n  ]"
    return _dump(value)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def as_csv(matching: Matching, people: PeopleFile) -> str:
    """A line for each person: the number of the group, or no number and the reason.

    There are ids only where the file of people has some; who has none of their own is called by the address there, as
    in JSON.
    """
    from app.files.cells import csv_text

    rows = {row.id: row for row in people.rows}
    with_ids = any(row.external_id for row in people.rows)

    def line(group: str, person: str, reason: str = "") -> tuple[str, ...]:
        row = rows[person]
        return group, *([person] if with_ids else []), row.name, row.email, row.team, reason

    lines = [line(str(number), one) for number, group in enumerate(matching.groups, 1) for one in group]
    lines += [line("", out.id, out.reason) for out in matching.left_out]
    return csv_text(("group", *(["id"] if with_ids else []), "name", "email", "team", "reason"), lines)


def write_answer(answer: str, out: str | None, *, for_excel: bool) -> None:
    """Print the answer, or write it to the file `out`, with the mark by which Excel knows UTF-8. Raises OSError."""
    from app.files.writing import write_whole

    if out is None or out == STDOUT:
        stream = typer.get_binary_stream("stdout")
        stream.write(answer.encode())
        stream.flush()
    else:
        write_whole(Path(out), (codecs.BOM_UTF8 if for_excel else b"") + answer.encode())


def summary(matching: Matching) -> str:
    """As in `4 people: 2 groups, 0 left out, 0 repeats; seed 7.`"""
    facts = matching.certificate
    return (
        f"{counted(facts.people, 'person', 'people')}: {counted(len(matching.groups), 'group', 'groups')}, "
        f"{facts.left_out} left out, {counted(facts.repeats, 'repeat', 'repeats')}; seed {matching.seed}."
    )
