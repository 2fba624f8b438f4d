"""`coffee match`: a round on files, without a database. Reads, draws, checks, answers.

What it says goes to standard error; standard output holds the answer and nothing else.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.clock import now

if TYPE_CHECKING:  # heavy: loaded when the command runs, so that `coffee --help` is quick
    from app.files.people import PeopleFile, PersonRow
    from app.files.table import Table
    from app.files.verdicts import Verdict
    from matching import Matching, Policy, Pool

MOST_VERDICTS = 50  # printed
MOST_NAMED = 10  # paused people named
LARGEST_SEED = (1 << 63) - 1
STDIN = "-"

DONE, FAILED, BAD_INPUT = 0, 1, 2  # the exit codes of every command


class InterestRule(StrEnum):
    """How two people's topics become a score."""

    ask_offer = "ask-offer"
    one_in_common = "one-in-common"
    jaccard = "jaccard"


class AnswerFormat(StrEnum):
    """What the answer looks like."""

    json = "json"
    csv = "csv"


_JSON = AnswerFormat.json


@dataclass(frozen=True)
class MatchRequest:
    """Everything `coffee match` was asked, as given."""

    people: str
    history: str | None = None
    blocks: str | None = None
    knows: str | None = None
    size: int = 2
    seed: int | None = None
    shadows: int = 0
    interests: str = "ask-offer"
    quality: float = 1.0
    format: str = "json"
    out: str | None = None
    round: int | None = None
    skip_bad: bool = False
    today: date | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """The files that are read."""
        return tuple(name for name in (self.people, self.history, self.blocks, self.knows) if name is not None)


def _file(words: str) -> Any:
    return typer.Option(metavar="FILE", help=words)


def _day(words: str) -> Any:
    return typer.Option("--date", formats=["%Y-%m-%d"], metavar="DATE", help=words)


class Stopped(Exception):
    """The command ends here with an exit code and words on standard error."""

    def __init__(self, code: int, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.code = code
        self.lines = lines


def match_command(
    people: Annotated[str, _file("Who takes part: email,name,team and more; - reads it from a pipe.")],
    history: Annotated[str | None, _file("Who met in which round: round,a,b.")] = None,
    blocks: Annotated[str | None, _file("Who must never meet: a,b.")] = None,
    knows: Annotated[str | None, _file("Who knows each other already: a,b.")] = None,
    size: Annotated[int, typer.Option(help="People in a group; one trio when pairs do not come out even.")] = 2,
    seed: Annotated[
        int | None, typer.Option(min=0, max=LARGEST_SEED, help="Replays a round; else drawn, and told.")
    ] = None,
    shadows: Annotated[int, typer.Option(help="How many other rounds the lot could have drawn to add.")] = 0,
    interests: Annotated[InterestRule, typer.Option(help="How topics become a score.")] = InterestRule.ask_offer,
    quality: Annotated[float, typer.Option(help="0: pure lottery among the best rounds; 1: best score.")] = 1.0,
    form: Annotated[AnswerFormat, typer.Option("--format", help="json: everything; csv: a line a person.")] = _JSON,
    out: Annotated[str | None, _file("Write the answer here instead of printing it.")] = None,
    number: Annotated[int | None, typer.Option("--round", help="The round; else one after the history's last.")] = None,
    day: Annotated[datetime | None, _day("Who is paused on this day is left aside; else today in UTC.")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad lines out instead of stopping.")] = False,
) -> None:
    """Draw a round from files: who meets whom, who is left out and why, and how good a round could be at all."""
    request = MatchRequest(
        people=people,
        history=history,
        blocks=blocks,
        knows=knows,
        size=size,
        seed=seed,
        shadows=shadows,
        interests=interests.value,
        quality=quality,
        format=form.value,
        out=out,
        round=number,
        skip_bad=skip_bad,
        today=day.date() if day else None,
    )
    raise typer.Exit(run_match(request))


def run_match(request: MatchRequest) -> int:
    """Do what was asked and return the exit code: 0 done, 1 failed, 2 wrong usage or bad input.

    In: the request. Out: the answer on standard output or in the file named, everything else on standard error.
    """
    try:
        return _run(request)
    except Stopped as stopped:
        _say(*stopped.lines)
        return stopped.code
    except BrokenPipeError:
        raise  # whoever read us has left: typer ends quietly
    except Exception as error:  # the last resort of a command: words instead of a stack trace
        _say(f"coffee match failed: {type(error).__name__}: {error}")
        return FAILED


def _run(request: MatchRequest) -> int:
    policy = _policy(request)
    _check_paths(request)
    people, pool = _read(request)
    seed = secrets.randbelow(1 << 31) if request.seed is None else request.seed
    matching = _draw(pool, policy, seed)
    _write(request, _rendered(request, matching, people))
    _say(_summary(matching))
    return DONE


def _policy(request: MatchRequest) -> Policy:
    from matching import InvalidPolicy, Policy

    try:
        return Policy(size=request.size, interests=request.interests, quality=request.quality, shadows=request.shadows)  # type: ignore[arg-type]
    except InvalidPolicy as error:
        raise Stopped(BAD_INPUT, f"{error}.") from None


def _check_paths(request: MatchRequest) -> None:
    if request.inputs.count(STDIN) > 1:
        raise Stopped(BAD_INPUT, "Only one file can be read from standard input (-).")
    if request.out is None or request.out == STDIN:
        return
    out = Path(request.out)
    if out.is_dir():
        raise Stopped(BAD_INPUT, f"--out {request.out}: this is a folder. Name a file in it.")
    if not out.resolve().parent.is_dir():
        raise Stopped(BAD_INPUT, f"--out {request.out}: there is no such folder. Make it, or choose another.")
    if out.resolve() in [Path(name).resolve() for name in request.inputs if name != STDIN]:
        raise Stopped(BAD_INPUT, f"--out {request.out}: this file is read here and would be lost. Choose another name.")


# --- reading ---------------------------------------------------------------------------------------------------------


def _read(request: MatchRequest) -> tuple[PeopleFile, Pool]:
    """The people and the pool of this round, every verdict told; stops where bad lines may not be left out."""
    from app.files.pairs import HistoryFile, PairsFile, read_blocks, read_history, read_knows
    from app.files.people import read_people

    people = read_people(_table(request.people))
    known = people.known
    history: HistoryFile | None = None
    blocks: PairsFile | None = None
    knows: PairsFile | None = None
    if not people.broken:  # otherwise everybody would be a stranger
        history = read_history(_table(request.history), known, people.name) if request.history else None
        blocks = read_blocks(_table(request.blocks), known, people.name) if request.blocks else None
        knows = read_knows(_table(request.knows), known, people.name) if request.knows else None
    files = [file for file in (people, history, blocks, knows) if file is not None]
    _judge([verdict for file in files for verdict in file.verdicts], request.skip_bad)
    return people, _pool(request, people, history, blocks, knows)


def _table(name: str) -> Table:
    from app.files.table import read_table

    if name == STDIN:
        return read_table(typer.get_binary_stream("stdin").read(), "standard input")
    return read_table(Path(name), name)


def _judge(verdicts: Sequence[Verdict], skip_bad: bool) -> None:
    """Print the verdicts, errors first, and stop if there is an error that may not be skipped."""
    errors = [verdict for verdict in verdicts if verdict.level == "error"]
    lines = [str(verdict) for verdict in errors]
    lines += [f"warning: {verdict}" for verdict in verdicts if verdict.level == "warning"]
    _say(*lines[:MOST_VERDICTS])
    if len(lines) > MOST_VERDICTS:
        _say(f"… and {len(lines) - MOST_VERDICTS} more.")
    if not errors:
        return
    bad = _count(len({(verdict.file, verdict.line) for verdict in errors}), "bad line", "bad lines")
    if any(verdict.stops for verdict in errors):
        raise Stopped(BAD_INPUT, "Nothing was matched.")
    if not skip_bad:
        raise Stopped(BAD_INPUT, f"Nothing was matched: {bad}. Correct, or leave out with --skip-bad.")
    _say(f"Left out: {bad} (--skip-bad).")


def _pool(request: MatchRequest, people: PeopleFile, history: Any, blocks: Any, knows: Any) -> Pool:
    from matching import InvalidPool, Met, Pool

    try:
        return Pool(
            people=tuple(_person(row) for row in sorted(_present(request, people), key=lambda row: row.id)),
            history=tuple(Met(row.round, row.a, row.b) for row in history.rows) if history else (),
            blocks=tuple((row.a, row.b) for row in blocks.rows) if blocks else (),
            knows=tuple((row.a, row.b) for row in knows.rows) if knows else (),
            round=request.round,
        )
    except InvalidPool as error:
        raise Stopped(BAD_INPUT, f"{error}.") from None


def _present(request: MatchRequest, people: PeopleFile) -> list[PersonRow]:
    """The people who are not paused on the day of the round; says who is."""
    today = request.today or now().date()
    paused = [row for row in people.rows if row.paused_until and row.paused_until > today]
    if paused:
        more = [f"and {len(paused) - MOST_NAMED} more"] if len(paused) > MOST_NAMED else []
        named = ", ".join([f"{row.id} until {row.paused_until}" for row in paused[:MOST_NAMED]] + more)
        _say(f"Paused on {today}, not in this round: {named}.")
    gone = {row.id for row in paused}
    return [row for row in people.rows if row.id not in gone]


def _person(row: PersonRow) -> Any:
    from app.files.names import folded
    from matching import Person

    def words(items: tuple[str, ...]) -> frozenset[str]:
        return frozenset(folded(item) for item in items)

    return Person(
        id=row.id,
        team=folded(row.team),
        interests=words(row.interests),
        asks=words(row.asks),
        offers=words(row.offers),
        languages=words(row.languages),
        times=words(row.times),
        size=row.size,
        trios=row.trios,
        sat_out=row.sat_out,
    )


# --- drawing ---------------------------------------------------------------------------------------------------------


def _draw(pool: Pool, policy: Policy, seed: int) -> Matching:
    from matching import check, match

    with _progress() as tell:
        matching = match(pool, policy, seed, tell)
    broken = check(pool, policy, matching)
    if broken:
        words = "The draw broke a promise and was thrown away. Please report this, with the seed:"
        raise Stopped(FAILED, f"{words} {seed}", *broken[:MOST_VERDICTS])
    return matching


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None] | None]:
    """A bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("matching", total=1.0)
        yield lambda word, share: bar.update(task, description=word, completed=share)


# --- answering -------------------------------------------------------------------------------------------------------


def _rendered(request: MatchRequest, matching: Matching, people: PeopleFile) -> str:
    return _as_csv(matching, people) if request.format == "csv" else _as_json(matching.as_dict())


def _as_json(answer: dict[str, Any]) -> str:
    """JSON with one line a group, for people and for `diff`."""
    return "{\n" + ",\n".join(f"  {_dump(key)}: {_listed(value)}" for key, value in answer.items()) + "\n}\n"


def _listed(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n    " + ",\n    ".join(_dump(item) for item in value) + "\n  ]"
    return _dump(value)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _as_csv(matching: Matching, people: PeopleFile) -> str:
    """A line for each person: the number of the group, or no number and the reason."""
    from app.files.cells import csv_text

    rows = {row.id: row for row in people.rows}

    def line(group: str, person: str, reason: str = "") -> tuple[str, ...]:
        return group, person, rows[person].name, rows[person].email, rows[person].team, reason

    lines = [line(str(number), one) for number, group in enumerate(matching.groups, 1) for one in group]
    lines += [line("", out.id, out.reason) for out in matching.left_out]
    return csv_text(("group", "id", "name", "email", "team", "reason"), lines)


def _write(request: MatchRequest, answer: str) -> None:
    from app.files.writing import write_whole

    try:
        if request.out is None or request.out == STDIN:
            stream = typer.get_binary_stream("stdout")
            stream.write(answer.encode())
            stream.flush()
        else:
            write_whole(Path(request.out), answer.encode())
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Stopped(FAILED, f"The answer could not be written: {error.strerror or error}.") from None


def _summary(matching: Matching) -> str:
    facts = matching.certificate
    return (
        f"{_count(facts.people, 'person', 'people')}: {_count(len(matching.groups), 'group', 'groups')}, "
        f"{facts.left_out} left out, {_count(facts.repeats, 'repeat', 'repeats')}; seed {matching.seed}."
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _say(*lines: str) -> None:
    for line in lines:
        typer.echo(line, err=True)
