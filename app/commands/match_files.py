"""What `coffee match` was asked, and the people and the pool that its files hold; every verdict on them is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from app.clock import now
from app.commands.failures import BAD, Stopped
from app.commands.importing import mapped, table_of
from app.commands.terminal import counted, say

if TYPE_CHECKING:  # heavy: loaded when the command runs, so that `coffee --help` is quick
    from app.files.people import PeopleFile, PersonRow
    from app.files.verdicts import Verdict
    from matching import Pool

MOST_VERDICTS = 50  # printed
MOST_NAMED = 10  # paused people named


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
    columns: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """The files that are read."""
        return tuple(name for name in (self.people, self.history, self.blocks, self.knows) if name is not None)


def read_files(request: MatchRequest) -> tuple[PeopleFile, Pool]:
    """The people and the pool of this round, every verdict told; stops where bad lines may not be left out."""
    from app.files.pairs import HistoryFile, PairsFile, read_blocks, read_history, read_knows
    from app.files.people import read_people

    people = read_people(table_of(request.people), mapped(request.columns))
    known = people.known
    history: HistoryFile | None = None
    blocks: PairsFile | None = None
    knows: PairsFile | None = None
    if not people.broken:  # otherwise everybody would be a stranger
        history = (
            read_history(table_of(request.history, "history"), known, people.name, lambda: people.names)
            if request.history
            else None
        )
        blocks = read_blocks(table_of(request.blocks), known, people.name) if request.blocks else None
        knows = read_knows(table_of(request.knows), known, people.name) if request.knows else None
    files = [file for file in (people, history, blocks, knows) if file is not None]
    _judge([verdict for file in files for verdict in file.verdicts], request.skip_bad)
    return people, _pool(request, people, history, blocks, knows)


def _judge(verdicts: Sequence[Verdict], skip_bad: bool) -> None:
    """Print the verdicts, errors first, and stop if there is an error that may not be skipped."""
    errors = [verdict for verdict in verdicts if verdict.level == "error"]
    lines = [str(verdict) for verdict in errors]
    lines += [f"{verdict.level}: {verdict}" for verdict in verdicts if verdict.level != "error"]
    say(*lines[:MOST_VERDICTS])
    if len(lines) > MOST_VERDICTS:
        say(f"… and {len(lines) - MOST_VERDICTS} more.")
    if not errors:
        return
    bad = counted(len({(verdict.file, verdict.line) for verdict in errors}), "bad line", "bad lines")
    if any(verdict.stops for verdict in errors):
        raise Stopped(BAD, "Nothing was matched.")
    if not skip_bad:
        raise Stopped(BAD, f"Nothing was matched: {bad}. Correct, or leave out with --skip-bad.")
    say(f"Left out: {bad} (--skip-bad).")


def _pool(request: MatchRequest, people: PeopleFile, history: Any, blocks: Any, knows: Any) -> Pool:
    from app.formats import with_formats
    from matching import InvalidPool, Met, Pool

    present = sorted(_present(request, people), key=lambda row: row.id)
    teams = _teams(present)
    lines = list(_lines(present))
    try:
        return Pool(
            people=with_formats(
                [_person(row, teams) for row in present], {row.id: row.format for row in present if row.format}
            ),
            history=tuple(Met(row.round, row.a, row.b) for row in history.rows) if history else (),
            blocks=(*((row.a, row.b) for row in blocks.rows), *lines) if blocks else tuple(lines),
            knows=tuple((row.a, row.b) for row in knows.rows) if knows else (),
            round=request.round,
        )
    except InvalidPool as error:
        raise Stopped(BAD, f"{error}.") from None


def _lines(rows: Iterable[PersonRow]) -> Iterator[tuple[str, str]]:
    """Each of them whose line manager is among them, with the manager."""
    from app.files.addresses import canonical_key

    ids = {row.key: row.id for row in rows}
    for row in rows:
        if row.manager_email and (manager := ids.get(canonical_key(row.manager_email))):
            yield row.id, manager


def _present(request: MatchRequest, people: PeopleFile) -> list[PersonRow]:
    """The people who are not paused on the day of the round; says who is."""
    today = request.today or now().date()
    paused = [row for row in people.rows if row.paused_until and row.paused_until > today]
    if paused:
        more = [f"and {len(paused) - MOST_NAMED} more"] if len(paused) > MOST_NAMED else []
        named = ", ".join([f"{row.id} until {row.paused_until}" for row in paused[:MOST_NAMED]] + more)
        say(f"Paused on {today}, not in this round: {named}.")
    gone = {row.id for row in paused}
    return [row for row in people.rows if row.id not in gone]


def _teams(rows: Iterable[PersonRow]) -> dict[str, str]:
    """One way of writing each team, whatever the case in which lines write it."""
    from app.files.names import folded

    teams: dict[str, str] = {}
    for row in rows:
        key = folded(row.team)
        teams[key] = min(row.team, teams.get(key, row.team))
    return teams


def _person(row: PersonRow, teams: dict[str, str]) -> Any:
    from app.files.names import folded
    from matching import Person

    def words(items: tuple[str, ...]) -> frozenset[str]:
        return frozenset(folded(item) for item in items)

    return Person(
        id=row.id,
        team=teams[folded(row.team)],
        interests=words(row.interests),
        asks=words(row.asks),
        offers=words(row.offers),
        languages=words(row.languages),
        times=words(row.times),
        size=row.size,
        trios=row.trios,
        sat_out=row.sat_out,
    )
