"""What a command says and shows: answers on standard output, words and progress on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import typer

Progress = Callable[[str, float], None]


def say(*lines: str) -> None:
    """Words for people, on standard error. Whether somebody reads them changes nothing."""
    for line in lines:
        with suppress(OSError, ValueError):
            typer.echo(line, err=True)


def show(*lines: str) -> None:
    """The answer for people, on standard output."""
    _write("".join(f"{line}\n" for line in lines))


def answer(value: Any) -> None:
    """The answer for programs: one JSON document on standard output, and nothing else there."""
    _write(json.dumps(value, ensure_ascii=False, allow_nan=False, default=str) + "\n")


def _write(text: str) -> None:
    stream = typer.get_binary_stream("stdout")
    stream.write(text.encode("utf-8", "backslashreplace"))
    stream.flush()


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """A table for people; in a pipe as wide as it needs to be."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for column in columns:
        drawn.add_column(column)
    for row in rows:
        drawn.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    wide = None if sys.stdout.isatty() else 250
    console = Console(width=wide)
    with console.capture() as captured:
        console.print(drawn)
    show("\n".join(line.rstrip() for line in captured.get().splitlines()))


@contextmanager
def progress_bar(title: str) -> Iterator[Progress | None]:
    """A bar on a terminal, nothing in a pipe: calls take a word and the share that is done."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda word, share: bar.update(task, description=f"{title}: {word}", completed=share)


def can_ask() -> bool:
    """Whether somebody sits there who could answer a question."""
    return sys.stdin.isatty()


def counted(number: int, one: str, many: str) -> str:
    """`1 person`, `1,005 people`."""
    return f"{number:,} {one if number == 1 else many}"
