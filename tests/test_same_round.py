"""The same people and the same seed give the same round, whichever door they come through."""

import json
import random
from pathlib import Path

from app.db import Database
from app.files.table import read_table
from app.queries import programmes as programme_queries
from app.services import imports
from app.settings import Settings
from tests.factories import World
from tests.rig.server import coffee

TOPICS = ("gardening", "Budgets", "chess", "statistics", "Welsh cakes", "grants")


def write_files(folder: Path) -> None:
    """41 people with topics, languages, ids for some, three rounds of history, blocks and acquaintances."""
    lot = random.Random(3)
    names = [f"p{n:02}@example.org" for n in range(41)]
    lines = ["email,name,team,id,interests,asks,offers,languages,times,size,trios,formats"]
    for n, email in enumerate(names):
        lists = [";".join(lot.sample(TOPICS, lot.randint(0, 3))) for _ in range(3)]
        languages = lot.choice(["", "English", "english;Cymraeg"])
        own_id = f"staff-{n}" if n % 3 == 0 else ""
        formats = ("in person", "remote", "", "in person; remote")[n % 4]
        lines.append(
            f"{email},Person {n},Team {n % 5},{own_id},{','.join(lists)},{languages},,{2 + n % 2},{n % 2},{formats}"
        )
    (folder / "people.csv").write_text("\n".join(lines))
    pairs = {tuple(sorted(lot.sample(names, 2))) for _ in range(60)}
    history = [f"{1 + n % 3},{a},{b}" for n, (a, b) in enumerate(sorted(pairs))]
    (folder / "history.csv").write_text("\n".join(["round,a,b", *history[:40]]))
    for name, rows in (("blocks.csv", sorted(pairs)[40:50]), ("knows.csv", sorted(pairs)[50:])):
        (folder / name).write_text("\n".join(["a,b", *(f"{a},{b}" for a, b in rows)]))


def test_files_on_the_command_line_and_a_database_give_the_same_round(
    database_url: str, settings: Settings, tmp_path: Path
) -> None:
    write_files(tmp_path)
    done = coffee(
        *("match", "--people", "people.csv", "--history", "history.csv", "--blocks", "blocks.csv"),
        *("--knows", "knows.csv", "--seed", "11", "--quality", "0.7"),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    from_files = json.loads(done.stdout)

    world = World(Database(database_url), settings)
    world.programme(quality=0.7)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        tables = {kind: read_table(tmp_path / f"{kind}.csv", kind) for kind in ("people", "history", "blocks", "knows")}
        planned = imports.plan(session, programme, imports.Sources.of(tables))
        assert planned.errors == []
        imports.apply(session, programme, planned, active=True, now=world.now, secret_key=world.secret, actor="test")
    round_ = world.draw(world.open_round(seed=11))
    assert sorted(map(sorted, world.groups(round_))) == sorted(map(sorted, from_files["groups"]))
    assert round_.certificate == from_files["certificate"]
    assert len(from_files["groups"]) == 20
    world.database.close()
