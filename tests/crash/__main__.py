"""Kill the service everywhere, and print what came of it as a table in Markdown.

python -m tests.crash --database sqlite|postgresql [--all] [--seeds N]    # one kill a point; --all: in every story
python -m tests.crash --points                                            # walk the stories and write points.txt
"""

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import track

from tests.crash import plans, points, trial, world
from tests.crash.plans import KINDS, Plan
from tests.crash.points import Passing, Point
from tests.crash.stage import COMMAND
from tests.crash.stories import STORIES
from tests.rig.nursery import Nursery
from tests.rig.postgres import PostgresServer

HEAD = ("story", "points", "kills", "lost", "repeated", "changed", "held, rightly", "held, wrongly", "other", "seconds")


@contextmanager
def prepared(*kinds: str) -> Iterator[tuple[Nursery, dict[str, world.World]]]:
    """A nursery and the world on each kind of database."""
    with ExitStack() as tidy:
        server = ""
        if "postgresql" in kinds:
            running = PostgresServer()
            tidy.callback(running.stop)
            server = running.url()
        nursery = tidy.enter_context(Nursery())
        worlds = {}
        for kind in kinds:
            folder = Path(tidy.enter_context(tempfile.TemporaryDirectory(prefix="coffee-world-")))
            worlds[kind] = tidy.enter_context(world.made(nursery, kind, folder, server))
        yield nursery, worlds


def survey() -> list[Point]:
    """Walk every story on both databases, and see what it passes, where, and how often at least."""
    least: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    with prepared(*KINDS) as (nursery, worlds):
        for story in track(STORIES, "walking", console=Console(stderr=True)):
            walked = {kind: trial.run(nursery, worlds[kind], story) for kind in KINDS}
            for outcome in walked.values():
                assert not outcome.faults, (story, outcome.faults)
            for role, passed in walked["postgresql"].passed.items():
                if story == "carry" and role != COMMAND:
                    continue  # what the command leaves to a worker is a matter of moments
                for name, count in passed.items():
                    if story == "trouble" and name.endswith("QUIT"):
                        continue  # there, whether a line lives long enough to say goodbye is a matter of moments
                    there = walked["sqlite"].passed[plans.role_on("sqlite", role)][name]
                    if there:
                        least[name][story, role] = min(count, there)
    reasons = {point.name: point.reason for point in points.listed()}
    return [
        Point(name, tuple(Passing(*where, count) for where, count in least[name].items()), reasons.get(name, "why?"))
        for name in sorted(points.in_code())
    ]


def write(found: list[Point]) -> None:
    """The list as it is checked in."""
    kept = [line for line in points.FILE.read_text().splitlines() if line.startswith("#")]
    points.FILE.write_text("\n".join([*kept, *map(str, found)]) + "\n")


def tabled(kind: str, kills: list[Plan]) -> Iterator[str]:
    """Make the kills, and tell what came of them, story by story."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    faults = []
    with prepared(kind) as (nursery, worlds):
        for plan in track(kills, f"killing on {kind}", console=Console(stderr=True)):
            began = time.monotonic()
            row = sums["any, twice" if plan.kill.again else plan.story]
            row["kills"] += 1
            row["points"] = len({other.kill.at.partition("#")[0] for other in kills if other.story == plan.story})
            try:
                outcome = trial.run(nursery, worlds[kind], plan.story, plan.kill)
            except AssertionError as error:
                row["other"] += 1
                faults.append(f"{plan}: {str(error)[:2000]}")
                continue
            finally:
                row["seconds"] += round(time.monotonic() - began)
            said = outcome.verdict
            row.update(
                {
                    "lost": len(said.lost),
                    "repeated": len(said.repeated),
                    "changed": len(said.changed),
                    "held, rightly": len(said.held),
                    "held, wrongly": len(said.held_wrong),
                    "other": len(outcome.faults) - len(said.faults),
                }
            )
            faults += [f"{plan}: {fault}" for fault in outcome.faults]
    yield "| " + " | ".join(HEAD) + " |"
    yield "| " + " | ".join("---" for _ in HEAD) + " |"
    sums["all"] = sum(sums.values(), Counter())
    for story, row in sums.items():
        yield f"| {story} | " + " | ".join(f"{row[column]:,}" for column in HEAD[1:]) + " |"
    yield from faults


def main() -> None:
    """See the module's words."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--all", action="store_true", help="each point in every story that passes it")
    parser.add_argument("--seeds", type=int, default=0, metavar="N", help="and so many double kills")
    parser.add_argument("--points", action="store_true", help="write points.txt instead")
    given = parser.parse_args()
    if given.points:
        write(survey())
        return
    kind = given.database
    kills = plans.everywhere(kind) if given.all else plans.one_each(kind)
    for line in tabled(kind, [*kills, *plans.doubles(kind, given.seeds)]):
        print(line)


if __name__ == "__main__":
    main()
