"""`coffee people import --url …`: the same files and verdicts, through the API of a remote service."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import typer

from app.commands.people import STDIN, judge
from app.commands.remote import Remote
from app.files.table import read_table
from app.files.verdicts import Verdict


def import_there(
    url: str, slug: str, files: dict[str, str], *, active: bool, skip_bad: bool, dry_run: bool
) -> dict[str, Any]:
    """Send the files; say every verdict that comes back. Stopped where nothing was imported because of one."""
    parts = {kind: (name, _content(name), "text/csv") for kind, name in files.items()}
    flags = {"active": str(active).lower(), "skip_bad": str(skip_bad).lower()}
    with Remote.at(url) as remote:
        query = {"params": {"dry_run": "true"}} if dry_run else {}
        said: dict[str, Any] = remote.post(
            f"/programmes/{quote(slug, safe='')}/imports", files=parts, data=flags, **query
        )
    judge([_verdict(one) for one in said["verdicts"]], skip_bad=skip_bad)
    return said


def _content(name: str) -> bytes:
    """The bytes of a file. Stopped, in the words of a verdict, where there are none."""
    if name == STDIN:
        return typer.get_binary_stream("stdin").read()
    try:
        return Path(name).read_bytes()
    except OSError:
        judge(read_table(Path(name), name).verdicts, skip_bad=False)
        raise


def _verdict(said: dict[str, Any]) -> Verdict:
    return Verdict(**said, scope="line" if said["line"] else "file")
