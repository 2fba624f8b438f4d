"""The guard: what may have gone out before does not go again, whatever the copy was in the middle of."""

from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlmodel import col

import emails
from app.db import Database
from app.models import Group, MailKind, MailState, OutgoingMail, Placement, Round, RoundState
from app.services import claims, guard, outbox
from app.witness import Seen
from app.workflows import delivery, guarding
from app.workflows.foreman import Foreman
from tests.app.commands.conftest import Shell, restored, world_of
from tests.factories import World
from tests.rig.smtp import SmtpSink


@pytest.fixture
def drafted(running: World) -> World:
    """The same programme with nothing but a round that nobody has drawn yet: no mail has been written."""
    with running.database.writing() as session:
        for table in (OutgoingMail, Placement, Group, Round):
            session.execute(delete(table))
    running.open_round(send=True)
    return running


def to_people(world: World) -> list[str]:
    return [one.recipient for one in world.transport.sent if one.recipient.startswith("person")]


def look_with(world: World, seen: Seen | None, *, restored: bool = False) -> str | None:
    if seen is not None:
        world.work.witness.write(seen)
    return guarding.look(world.work, restored=restored)[1]


def test_a_copy_from_before_the_first_mail_is_older_than_the_witness(drafted: World) -> None:
    with drafted.database.reading() as session:
        this = guard.instance(session).instance_id
    assert "1,000 mails went out" in (look_with(drafted, Seen(this, 1000)) or "")


def test_the_witness_of_another_database_that_has_sent_is_doubt_even_while_nothing_is_ready(drafted: World) -> None:
    assert look_with(drafted, Seen("ins_other", 0)) is None
    assert look_with(drafted, Seen("ins_other", 1)) == "The witness file remembers another database."


def test_a_restored_draft_is_doubt(drafted: World) -> None:
    assert look_with(drafted, None, restored=True) == "This database was put back from a copy."


def test_a_restored_database_in_which_nothing_ever_happened_does_not_rest(shell: Shell, running: World) -> None:
    with running.database.writing() as session:
        for table in (OutgoingMail, Placement, Group, Round):
            session.execute(delete(table))
    assert look_with(running, None, restored=True) is None


def test_while_sending_rests_no_round_is_drawn_and_skipping_keeps_a_draft_from_being_sent(
    shell: Shell, drafted: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look_with(drafted, None, restored=True) is not None
    drawn: list[str] = []

    class Engine:
        def draw(self, round_id: str, _claim: str) -> None:
            drawn.append(round_id)

        def while_idle(self, _call: object) -> None:
            pass

    foreman = Foreman(drafted.work)
    monkeypatch.setattr(foreman, "_engine", Engine())
    foreman.look()
    assert drawn == []
    assert shell("mail", "guard", "--skip").out == "0 mails will not be sent.\n"
    foreman.look()
    (found,) = drawn
    assert (drafted.round(found).state, drafted.round(found).send) == (RoundState.DRAFT, False)


def test_rounds_that_are_drawn_and_not_sent_are_named(shell: Shell, drafted: World) -> None:
    with drafted.database.writing() as session:
        session.execute(delete(Round))
    for period in ("2026-W48", "2026-W49"):
        drafted.draw(drafted.open_round(period))
    assert look_with(drafted, None, restored=True) is not None
    words = "2 rounds are drawn and not sent: look before you send them."
    assert words in shell("mail", "guard").out
    assert shell("mail", "guard", "--json").json["drawn"] == 2
    assert words in shell("mail", "guard", "--skip").out
    assert shell("round", "list", "demo", "--json").json["rounds"][0]["state"] == "matched"


@pytest.mark.parametrize("first", ["start", "decision"])
def test_what_was_in_hand_when_the_copy_was_made_does_not_go_after_skipping(
    shell: Shell, running: World, first: str
) -> None:
    with running.database.writing() as session:
        claims.claim(session, running.settings.worker_id, running.now, running.rules)
        dotted = claims.claim(session, running.settings.worker_id, running.now, running.rules)
        assert dotted
        outbox.mark_dot(session, dotted, b"x", running.now)
    assert shell("backup", "copy").code == 0
    with running.database.writing() as session:
        outbox.mark_sent(session, dotted, "250", running.now)
    running.deliver()
    after, said = restored(shell, running, "copy")
    assert "Sending rests" in said
    if first == "start":
        guarding.look(after.work)
        delivery.first_light(after.work)
    assert shell("mail", "guard", "--skip").out == "5 mails will not be sent.\n"
    if first == "decision":
        guarding.look(after.work)
        delivery.first_light(after.work)
    after.later(hours=2)
    after.deliver()
    assert to_people(after) == []
    states = [mail.state for mail in after.mails(MailKind.INTRODUCTION)]
    assert (states.count(MailState.SUPPRESSED), states.count(MailState.UNCERTAIN)) == (5, 1)
    after.database.close()


def test_a_mail_that_was_written_while_sending_rests_is_skipped_too(shell: Shell, running: World) -> None:
    assert look_with(running, None, restored=True) is not None
    running.later(hours=2)
    with running.database.writing() as session:
        session.execute(delete(OutgoingMail))
        session.execute(delete(Placement))
        session.execute(delete(Group))
        session.execute(delete(Round).where(col(Round.send)))
    running.draw(running.open_round(send=True))
    assert shell("mail", "guard", "--skip").out == "6 mails will not be sent.\n"
    running.deliver()
    assert to_people(running) == []


def test_carrying_from_a_command_rests_as_a_worker_does(
    file_shell: Shell, smtp_sink: SmtpSink, sqlite_url: str, tmp_path: Path
) -> None:
    file_shell.set(SMTP_URL=smtp_sink.url, MAIL_FROM="Coffee Trial <coffee@example.org>", WITNESS=str(tmp_path / "w"))
    world = world_of(sqlite_url, tmp_path / "w")
    world.programme()
    world.people(4)
    round_ = world.draw(world.open_round())
    assert file_shell("round", "approve", round_.id).code == 0
    assert guarding.look(world.work) == (0, None)
    world.database.checkpoint()
    world.database.close()
    copy = tmp_path / "copy.db"
    copy.write_bytes(Path(sqlite_url.removeprefix("sqlite:///")).read_bytes())
    file_shell.set(DATABASE_URL=f"sqlite:///{copy}")
    done = file_shell("round", "send", round_.id, "--deliver")
    assert (done.code, "Sending rests" in done.err, "coffee mail guard" in done.err) == (1, True, True)
    assert smtp_sink.messages == []
    assert file_shell("round", "status", round_.id, "--json").json["state"] == "approved"


def test_an_older_file_is_noticed_when_the_mails_since_then_are_only_uncertain(sqlite_url: str, tmp_path: Path) -> None:
    """Put over the same file, so that its place does not tell."""
    world = world_of(sqlite_url, tmp_path / "w.json")
    world.programme()
    world.people(2)
    world.draw(world.open_round(send=True))
    guarding.look(world.work)
    world.database.checkpoint()
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    older = file.read_bytes()
    world.transport = emails.MemoryTransport([emails.Unknown("DOT", "silence")] * 2)
    world.deliver()
    world.database.close()
    file.write_bytes(older)
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    world.database = Database(sqlite_url)
    assert "mails went out after it was saved" in (guarding.look(world.work)[1] or "")
    world.database.close()


def test_the_witness_counts_a_mail_before_its_dot_leaves_whatever_is_answered(running: World) -> None:
    seen = []

    class Noting(list[emails.Envelope]):
        def append(self, envelope: emails.Envelope) -> None:
            known = running.work.witness.read()
            seen.append(known.accepted if known else None)
            super().append(envelope)

    running.transport = emails.MemoryTransport([emails.Unknown("DOT", "silence")], sent=Noting())
    running.deliver()
    assert seen[:5] == [2, 3, 4, 5, 6]
