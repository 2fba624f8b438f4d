"""`coffee people import --url …`: the same files and verdicts, through the API of a remote service."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import typer

from app.commands import terminal
from app.commands.importing import STDIN, Asked, judge
from app.commands.remote import Remote
from app.files.table import read_table
from app.files.verdicts import Verdict

LOOK_SECONDS = 0.5


def import_there(url: str, asked: Asked) -> dict[str, Any]:
    """Send the files; say every verdict that comes back. Stopped where nothing was imported because of one."""
    parts = {kind: (name, _content(name), "text/csv") for kind, name in asked.files.items()}
    flags = {"active": str(asked.active).lower(), "skip_bad": str(asked.skip_bad).lower()}
    if asked.sync:
        flags["sync"] = "true"
    if asked.leavers:
        flags["leavers"] = asked.leavers
    if asked.confirmed is not None:
        flags["confirm_leavers"] = str(asked.confirmed)
    if asked.columns:
        flags["map"] = json.dumps(asked.columns)
    with Remote.at(url) as remote:
        query = {"params": {"dry_run": "true"}} if asked.dry_run else {}
        said: dict[str, Any] = remote.post(
            f"/programmes/{quote(asked.slug, safe='')}/imports", files=parts, data=flags, **query
        )
        judge([_verdict(one) for one in said["verdicts"]], skip_bad=asked.skip_bad)
        return _followed(remote, said) if "state" in said else said


def _followed(remote: Remote, job: dict[str, Any]) -> dict[str, Any]:
    """Look until an import of many lines is done; what it came to, as an import of few lines says it."""
    told = False
    with terminal.progress_bar("importing") as progress:
        while job["state"] != "done":
            if job["trouble"] and not told:
                terminal.say(str(job["trouble"]))
                told = True
            time.sleep(LOOK_SECONDS)
            job = remote.get(f"/imports/{job['id']}")
            if progress:
                progress("on the service", job["progress"])
    return {"dry_run": False} | {name: job[name] for name in ("usable", "errors", "report", "verdicts")}


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
