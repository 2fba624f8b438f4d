"""The main job on real input: 1,005 people by command line, three rounds by API, through a real mail server.

    python -m benchmarks.real_round [--database URL] [--people FILE --knows FILE] [--rounds 3]

Every part is a process of its own: the mail server, `coffee serve`, on PostgreSQL `coffee worker`, and each command.
What arrived is counted in the mail server's own journal. Prints a table in Markdown; ends with 1 when a promise is
broken.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx

from tests.rig.server import Service, coffee
from tests.rig.smtp import SinkProcess, sink_process

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "eu-core"
SLUG = "eu"
SECRET_KEY = "a-secret-key-for-the-benchmark-0123456789"
PATIENCE = 600.0


@dataclass(frozen=True)
class People:
    """The input: everybody's team, and the pairs who know each other."""

    teams: dict[str, str]
    knows: set[frozenset[str]]


@dataclass
class Outcome:
    """What one round did, and what is wrong with it."""

    period: str
    facts: dict[str, Any]
    groups: list[list[str]]
    draw_seconds: float
    send_seconds: float
    repeats: int = 0
    acquainted: int = 0
    same_team: int = 0
    mails: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def pairs(self) -> set[frozenset[str]]:
        """Everybody who meets somebody."""
        return {frozenset(pair) for group in self.groups for pair in combinations(group, 2)}


def main() -> int:
    """Do it, print it, say whether every promise was kept."""
    given = _arguments()
    people = _read(given.people, given.knows)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coffee-round-")))
        sink = stack.enter_context(sink_process(folder / "mail.journal"))
        environment = _environment(given.database or f"sqlite:///{folder / 'coffee.db'}", sink)
        began = time.perf_counter()
        key = _set_up(environment, folder, given)
        set_up_seconds = time.perf_counter() - began
        client = stack.enter_context(_service(environment, folder, key))
        outcomes = list(_rounds(client, sink, people, given.rounds))
    _print(outcomes, set_up_seconds, "PostgreSQL" if given.database else "SQLite")
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    for fault in faults:
        print(f"BROKEN: {fault}", file=sys.stderr)
    return int(bool(faults))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=Path, default=DATA / "people.csv")
    parser.add_argument("--knows", type=Path, default=DATA / "knows.csv")
    parser.add_argument("--database", metavar="URL", help="an empty database; a temporary SQLite file by default")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    for file in (given.people, given.knows):
        if not file.is_file():
            parser.error(f"there is no {file}; name the files with --people and --knows")
    if given.database and not given.database.startswith("postgresql"):
        parser.error("--database takes a URL that begins with postgresql; leave it out for SQLite")
    return given


def _read(people: Path, knows: Path) -> People:
    with people.open(newline="", encoding="utf-8-sig") as file:
        teams = {row["email"].casefold(): row["team"] for row in csv.DictReader(file)}
    with knows.open(newline="", encoding="utf-8-sig") as file:
        pairs = {frozenset((row["a"].casefold(), row["b"].casefold())) for row in csv.DictReader(file)}
    return People(teams, pairs)


def _environment(database: str, sink: SinkProcess) -> dict[str, str]:
    return {
        "COFFEE_DATABASE_URL": database,
        "COFFEE_SECRET_KEY": SECRET_KEY,
        "COFFEE_SMTP_URL": sink.url,
        "COFFEE_MAIL_FROM": "Coffee Trial <coffee@example.org>",
        "COFFEE_MAIL_RATE": "1000",
        "COFFEE_LOG_LEVEL": "WARNING",
    }


# By command line


def _set_up(environment: dict[str, str], folder: Path, given: argparse.Namespace) -> str:
    """Everything before the first round; returns the key."""

    def run(*words: str) -> dict[str, Any]:
        done = coffee(*words, "--json", environment=environment, folder=folder)
        if done.returncode:
            sys.exit(f"coffee {' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    run("migrate")
    run("programme", "create", "--slug", SLUG, "--name", "Institute coffees")
    run("people", "import", SLUG, str(given.people.resolve()), "--knows", str(given.knows.resolve()), "--active")
    return str(run("key", "create", "--scope", "read", "--scope", "write", "--scope", "send")["key"])


@contextmanager
def _service(environment: dict[str, str], folder: Path, key: str) -> Iterator[httpx.Client]:
    """`coffee serve`, and on PostgreSQL a worker; a client with the key."""
    with ExitStack() as stack:
        serve = stack.enter_context(Service(["serve"], environment, folder))
        if environment["COFFEE_DATABASE_URL"].startswith("postgresql"):
            stack.enter_context(Service(["worker", "--id", "worker-1"], environment, folder))
        headers = {"Authorization": f"Bearer {key}"}
        yield stack.enter_context(httpx.Client(base_url=f"{serve.site.url}/api/v1", headers=headers, timeout=30))


# By API


def _rounds(client: httpx.Client, sink: SinkProcess, people: People, number: int) -> Iterator[Outcome]:
    met: set[frozenset[str]] = set()
    mailed: Counter[str] = Counter()
    for week in range(48, 48 + number):
        outcome = _round(client, f"2026-W{week}", seed=week)
        everything = _introductions(sink)
        outcome.mails = everything - mailed
        mailed = everything
        _check(outcome, people, met)
        met |= outcome.pairs
        yield outcome


def _round(client: httpx.Client, period: str, seed: int) -> Outcome:
    began = time.perf_counter()
    opened = _ok(client.post(f"/programmes/{SLUG}/rounds", json={"period": period, "seed": seed}), 202)
    here = f"/rounds/{opened['id']}"
    _until(client, here, "matched")
    drawn = time.perf_counter()
    groups = _ok(client.get(f"{here}/groups"), 200)["groups"]
    _ok(client.post(f"{here}/approve"), 202)
    sending = time.perf_counter()
    _ok(client.post(f"{here}/send", headers={"Idempotency-Key": f"send-{period}"}), 202)
    facts = _until(client, here, "introduced")
    done = time.perf_counter()
    members = [[member["email"].casefold() for member in group["members"]] for group in groups]
    return Outcome(period, facts, members, drawn - began, done - sending)


def _ok(answer: httpx.Response, status: int) -> dict[str, Any]:
    if answer.status_code != status:
        sys.exit(f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {answer.text}")
    said: dict[str, Any] = answer.json()
    return said


def _until(client: httpx.Client, here: str, state: str) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE
    while (facts := _ok(client.get(here), 200))["state"] != state:
        if time.monotonic() > until:
            sys.exit(f"{here} is still {facts['state']} after {PATIENCE:.0f} s: {facts}")
        time.sleep(0.1)
    return facts


# What happened, counted without asking the service


def _introductions(sink: SinkProcess) -> Counter[str]:
    """How many mails each address has got so far, by the mail server's journal."""
    return Counter(delivery.recipient.casefold() for delivery in sink.messages)


def _check(outcome: Outcome, people: People, met: set[frozenset[str]]) -> None:
    everybody, counts = set(people.teams), outcome.facts["counts"]
    certificate = outcome.facts["certificate"]
    outcome.repeats = len(outcome.pairs & met)
    outcome.acquainted = len(outcome.pairs & people.knows)
    outcome.same_team = sum(len({people.teams[one] for one in pair}) == 1 for pair in outcome.pairs)
    placed = Counter(person for group in outcome.groups for person in group)
    expected = {
        "people": len(everybody),
        "groups": len(outcome.groups),
        "left_out": 0,
        "messages": dict.fromkeys(("waiting", "held", "rejected", "suppressed", "expired"), 0)
        | {"planned": len(everybody), "accepted": len(everybody)},
    }
    promises = {
        "everybody is in one group": placed == Counter(everybody),
        "nobody meets anybody again": outcome.repeats == 0,
        "nobody meets somebody they know": outcome.acquainted == 0,
        "as many pairs across departments as possible": outcome.same_team
        == certificate["same_team"]
        == certificate["same_team_bound"],
        "each person got exactly one mail": outcome.mails == Counter(everybody),
        "the API counts what happened": counts == expected,
    }
    outcome.faults = [f"{outcome.period}: not true that {words}" for words, kept in promises.items() if not kept]


def _print(outcomes: Sequence[Outcome], set_up_seconds: float, database: str) -> None:
    columns = (
        *("round", "people", "groups", "left out", "repeats", "know each other", "same team / bound"),
        *("seconds to draw", "seconds to send", "mails accepted", "mails a person, most"),
    )
    print(f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}")
    for one in outcomes:
        counts = one.facts["counts"]
        cells = (
            *(one.period, counts["people"], counts["groups"], counts["left_out"], one.repeats, one.acquainted),
            f"{one.same_team} / {one.facts['certificate']['same_team_bound']}",
            *(f"{one.draw_seconds:.1f}", f"{one.send_seconds:.1f}"),
            *(counts["messages"]["accepted"], max(one.mails.values(), default=0)),
        )
        print(f"| {' | '.join(map(str, cells))} |")
    print(f"\nSet-up by command line (migrate, create, import, key): {set_up_seconds:.1f} s.")
    print(f"{database}; {_machine()}; Python {platform.python_version()}, Coffee Trial {_ours()}, {_libraries()}.")


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs"


def _ours() -> str:
    from app import __version__

    return __version__


def _libraries() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("sqlalchemy", "dbos", "rustworkx", "networkx"))


if __name__ == "__main__":
    sys.exit(main())
