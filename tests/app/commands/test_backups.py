"""Backup, restore, and the guard behind them: nothing goes out twice because a copy does not know that it went."""

import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from app import backups
from app.clock import now
from app.db import upgrade
from app.models import MailKind, MailState, Programme
from app.services import guard, privacy
from app.witness import Witness
from app.workflows import delivery, guarding
from tests.app.commands.conftest import Shell, restored, world_of
from tests.conftest import SECRET_KEY
from tests.factories import World


def test_after_a_restore_no_mail_goes_before_the_decision_and_skipping_repeats_none(
    shell: Shell, running: World
) -> None:
    assert shell("backup", "copy").code == 0
    running.deliver()
    assert len(running.transport.sent) >= 6
    after, said = restored(shell, running, "copy")
    assert "older than the last mail sent: 6 mails went out after it was saved" in said.replace("7 mails", "6 mails")
    assert {mail.state for mail in after.mails(MailKind.INTRODUCTION)} == {MailState.READY}
    after.deliver()
    assert after.transport.sent == []
    assert "Sending rests" in shell("mail", "guard").out
    assert shell("mail", "guard", "--skip").out == "6 mails will not be sent.\n"
    after.later(minutes=30)
    after.deliver()
    assert [one.recipient for one in after.transport.sent if one.recipient.startswith("person")] == []
    assert {mail.answer for mail in after.mails(MailKind.INTRODUCTION)} == {guard.SKIPPED}
    assert "Nothing rests" in shell("mail", "guard").out
    after.database.close()


def test_with_send_what_waits_goes_once_and_the_guard_knows_this_database_from_then_on(
    shell: Shell, running: World
) -> None:
    assert shell("backup", "copy").code == 0
    delivery.deliver_batch(running.work, limit=1)
    after, _ = restored(shell, running, "copy")
    assert shell("mail", "guard", "--json").json["waiting"] == 6
    assert shell("mail", "guard", "--send").code == 0
    after.deliver()
    assert len([one for one in after.transport.sent if one.recipient.startswith("person")]) == 6
    assert guarding.look(after.work) == (0, None)
    assert shell("mail", "guard", "--send").code == 1, "nothing waits for a word now"
    after.database.close()


def test_who_was_erased_after_the_copy_is_erased_again(shell: Shell, running: World) -> None:
    assert shell("backup", "copy").code == 0
    gone = running.there("person03")
    Witness(running.settings.witness).note_erasure(guard.erasure_mark(SECRET_KEY, gone.id))
    with running.database.writing() as session:
        programme = session.get_one(Programme, gone.programme_id)
        privacy.erase(session, programme, session.merge(gone), now=running.now, secret_key=SECRET_KEY)
    after, said = restored(shell, running, "copy")
    assert "Erased again: 1 person." in said
    assert after.find("person03") is None
    assert after.find("person04") is not None
    after.database.close()


def test_a_copy_of_the_file_stays_silent(file_shell: Shell, sqlite_url: str, tmp_path: Path) -> None:
    """Somebody copies the folder to try things out: the copy must not write to real people."""
    witness = tmp_path / "w.json"
    world = world_of(sqlite_url, witness)
    world.programme()
    world.people(2)
    guarding.look(world.work)
    world.sent_round("one")
    world.draw(world.open_round("two", send=True))
    world.database.checkpoint()
    world.database.close()
    copy = tmp_path / "copy.db"
    copy.write_bytes(Path(sqlite_url.removeprefix("sqlite:///")).read_bytes())
    for beside in (witness, tmp_path / "none.json"):
        clone = world_of(f"sqlite:///{copy}", beside)
        _, reason = guarding.look(clone.work)
        assert reason is not None
        assert "copy" in reason
        clone.deliver()
        assert clone.transport.sent == []
        clone.database.close()


def test_a_new_database_and_a_restart_do_not_rest(running: World) -> None:
    assert guarding.look(running.work) == (0, None)
    running.deliver()
    assert guarding.look(running.work) == (0, None)


def test_a_new_database_beside_the_witness_of_a_deleted_one_begins_without_a_question(
    running: World, tmp_path: Path
) -> None:
    running.deliver()
    upgrade(url := f"sqlite:///{tmp_path / 'new.db'}")
    fresh = world_of(url, running.settings.witness or Path())
    assert guarding.look(fresh.work) == (0, None)
    fresh.database.close()


def test_a_copy_from_before_the_first_start_of_a_worker_is_noticed(
    shell: Shell, running: World, tmp_path: Path
) -> None:
    with running.database.writing() as session:
        session.delete(guard.instance(session))
    assert shell("backup", "copy").code == 0
    guarding.look(running.work)
    running.deliver()
    after, said = restored(shell, running, "copy")
    assert "Sending rests" in said
    after.database.close()


def test_the_witness_keeps_pace_with_every_mail(running: World) -> None:
    seen = []

    class Watching(type(running.transport)):  # type: ignore[misc]
        def next_answer(self) -> object:
            found = running.work.witness.read()
            seen.append(found.accepted if found else None)
            return super().next_answer()

    running.transport = Watching()
    running.deliver()
    assert seen[:6] == [0, 1, 2, 3, 4, 5]


def test_a_witness_that_cannot_be_read_is_no_leave_to_send(running: World) -> None:
    running.deliver()
    (running.settings.witness or Path()).write_text("{")
    assert guarding.look(running.work)[1] is not None


def test_a_backup_is_whole_checked_and_never_over_another(file_shell: Shell, sqlite_url: str) -> None:
    done = file_shell("backup", "copy.db", "--json")
    assert done.json["bytes"] > 10_000
    copy = file_shell.folder / "copy.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    again = file_shell("backup", "copy.db")
    assert (again.code, "is there already" in again.err) == (1, True)
    assert [one.name for one in file_shell.folder.iterdir()] == ["copy.db"]


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_what_is_no_sound_copy_is_refused_and_nothing_changes(
    file_shell: Shell, sqlite_url: str, content: bytes
) -> None:
    (file_shell.folder / "bad.db").write_bytes(content)
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    before = file.read_bytes()
    done = file_shell("restore", "bad.db", "--yes")
    assert (done.code, "no sound" in done.err) == (1, True)
    assert file.read_bytes() == before


def test_the_database_before_a_restore_is_kept(file_shell: Shell, sqlite_url: str) -> None:
    assert file_shell("backup", "copy.db").code == 0
    assert file_shell("programme", "create", "--slug", "later", "--name", "Later").code == 0
    kept = file_shell("restore", "copy.db", "--yes", "--json").json["kept"]
    assert file_shell("programme", "list", "--json").json["programmes"] == []
    file_shell.set(DATABASE_URL=f"sqlite:///{kept}")
    assert [one["slug"] for one in file_shell("programme", "list", "--json").json["programmes"]] == ["later"]


def test_two_restores_within_a_second_keep_a_database_each(sqlite_url: str, tmp_path: Path) -> None:
    file, moment = Path(sqlite_url.removeprefix("sqlite:///")), now()
    backups.backup(sqlite_url, tmp_path / "copy.db")
    before = file.read_bytes()
    first, second = (backups.restore(sqlite_url, tmp_path / "copy.db", moment) for _ in range(2))
    assert first
    assert second
    assert first != second
    assert first.read_bytes() == before


def test_a_restore_without_a_word_is_not_done(file_shell: Shell) -> None:
    assert file_shell("backup", "copy.db").code == 0
    done = file_shell("restore", "copy.db")
    assert (done.code, "--yes" in done.err) == (2, True)


def test_without_the_programs_of_postgresql_a_backup_says_what_is_missing(
    bare_shell: Shell, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_shell.set(DATABASE_URL=postgresql_url, SECRET_KEY=SECRET_KEY)
    monkeypatch.setenv("PATH", str(bare_shell.folder))
    done = bare_shell("backup", "copy.dump")
    assert (done.code, "pg_dump is not installed here" in done.err) == (1, True)


def test_a_backup_of_postgresql_holds_no_tables_of_the_engine(shell: Shell, running: World) -> None:
    if running.settings.on_sqlite:
        return
    with running.database.engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA dbos"))
        connection.execute(text("CREATE TABLE dbos.secretly (x int)"))
    assert shell("backup", "copy").code == 0
    after, _ = restored(shell, running, "copy")
    with after.database.engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM pg_namespace WHERE nspname = 'dbos'")).scalar_one()
    assert found == 0
    after.database.close()


@pytest.mark.parametrize("broken", ["header", "middle", "empty"])
def test_a_broken_database_can_be_restored_and_is_kept_with_its_log(
    file_shell: Shell, sqlite_url: str, broken: str
) -> None:
    assert file_shell("backup", "copy.db").code == 0
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    whole = file.read_bytes()
    content = {"header": b"?" * 100 + whole[100:], "middle": whole[:4096] + os.urandom(len(whole) - 4096), "empty": b""}
    file.write_bytes(content[broken])
    log = file.with_name(f"{file.name}-wal")
    log.write_bytes(b"a log that nobody can read")
    done = file_shell("restore", "copy.db", "--yes", "--json")
    kept = Path(done.json["kept"])
    assert kept.read_bytes() == content[broken]
    if broken == "header":
        assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"a log that nobody can read"
    assert file_shell("programme", "list", "--json").json["programmes"] == []


def test_a_database_that_others_write_to_all_the_time_is_copied_within_seconds(tmp_path: Path) -> None:
    busy, stop, shares = tmp_path / "busy.db", threading.Event(), []
    with closing(sqlite3.connect(busy)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE outgoing_mail (x)")
        connection.executemany("INSERT INTO outgoing_mail VALUES (?)", ((os.urandom(2000),) for _ in range(5000)))
        connection.commit()

    def write() -> None:
        with closing(sqlite3.connect(busy, timeout=5)) as connection:
            while not stop.wait(0.005):
                connection.execute("INSERT INTO outgoing_mail VALUES (1)")
                connection.commit()

    def slowly(_what: str, share: float) -> None:
        shares.append(share)
        assert len(shares) < 1000, "it begins again and again"
        time.sleep(0.02)  # time for others to write between two lots

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backups.backup(f"sqlite:///{busy}", tmp_path / "copy.db", slowly)
    finally:
        stop.set()
        writer.join()
    assert shares == sorted(shares)
    assert (len(shares) > 5, shares[-1]) == (True, 1.0)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM outgoing_mail").fetchone()[0] >= 5000


def test_a_copy_is_private_from_its_first_byte_and_a_restored_database_keeps_its_mode(
    sqlite_url: str, tmp_path: Path
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    modes: set[int] = set()

    def look(_what: str, _share: float) -> None:
        modes.update(one.stat().st_mode & 0o777 for one in tmp_path.rglob(".*.db.*"))

    file.chmod(0o640)
    backups.backup(sqlite_url, tmp_path / "copy.db", look)
    backups.restore(sqlite_url, tmp_path / "copy.db", now(), look)
    assert modes == {0o600}
    assert file.stat().st_mode & 0o777 == 0o640
    file.unlink()
    backups.restore(sqlite_url, tmp_path / "copy.db", now())
    assert file.stat().st_mode & 0o777 == 0o600
