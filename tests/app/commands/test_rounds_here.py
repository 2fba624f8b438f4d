"""Rounds by command line on both databases: drawn here or waited for, approved, sent, carried, decided about."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlmodel import select

from app.clock import now
from app.commands.round_words import certificate_lines
from app.db import Database
from app.models import MailState, OutgoingMail, Participant, Round
from app.queries import programmes
from app.services import rounds
from app.workflows.work import Work
from tests.app.commands.conftest import Shell
from tests.conftest import SECRET_KEY
from tests.rig.smtp import SmtpSink

EVERYBODY = Counter(f"person{n:02}@example.org" for n in range(6))
NO_MAILS = {"planned": 0, "accepted": 0, "waiting": 0, "held": 0, "rejected": 0, "suppressed": 0, "expired": 0}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


def stored_rounds(database: Database) -> list[Round]:
    with database.reading() as session:
        return list(session.exec(select(Round).order_by(Round.number)))  # type: ignore[arg-type]


# --- drawing ---------------------------------------------------------------------------------------------------------


def test_a_round_is_opened_and_drawn_here(filled: Shell) -> None:
    done = filled("round", "open", "eu", "2026-W48", "--seed", "7", "--json")
    assert {name: done.json[name] for name in ("state", "period", "seed", "counts")} == {
        "state": "matched",
        "period": "2026-W48",
        "seed": 7,
        "counts": {"people": 6, "groups": 3, "left_out": 0, "messages": NO_MAILS | {"planned": 6, "waiting": 6}},
    }
    assert done.json["certificate"]["optimal_tiers"] is True
    assert done.err == ""


def test_the_same_period_again_is_the_same_round_unchanged(filled: Shell) -> None:
    first = filled("round", "open", "eu", "2026-W48", "--seed", "7", "--json").json
    again = filled("round", "open", "eu", "2026-W48", "--seed", "8", "--json")
    assert again.json == first
    assert again.err == "The round 2026-W48 exists already, with seed 7; nothing was changed.\n"
    assert filled("round", "open", "eu", "2026-W48", "--seed", "7").err == ""


def test_a_preview_writes_nothing_and_the_seed_replays_it(filled: Shell, database: Database) -> None:
    seen = filled("round", "preview", "eu", "--seed", "7", "--json").json
    assert stored_rounds(database) == []
    filled("round", "open", "eu", "2026-W48", "--seed", "7")
    drawn = filled("round", "preview", "eu", "2026-W48", "--json").json
    assert sorted(map(sorted, seen["groups"])) == sorted(
        sorted(member["email"] for member in group["members"]) for group in drawn["groups"]
    )
    table = filled("round", "preview", "eu", "2026-W48")
    assert "Person 00 (Team 0)" in table.out
    assert filled("round", "preview", "eu", "--seed", "7").out.count("(Team ") == 6


def test_a_preview_says_who_and_why_like_a_drawn_round(filled: Shell) -> None:
    topics = ("email,name,team,interests", "ada@example.org,Ada,Blue,chess", "ben@example.org,Ben,Red,chess")
    filled("programme", "create", "--slug", "two", "--name", "Two", "--interests", "one-in-common")
    filled("people", "import", "two", filled.write("two.csv", *topics), "--active")
    seen = filled("round", "preview", "two", "--json").json
    assert seen["people"] == {
        "ada@example.org": {"name": "Ada", "team": "Blue"},
        "ben@example.org": {"name": "Ben", "team": "Red"},
    }
    table = filled("round", "open", "two", "2026-W48", "--dry-run").out
    assert "Ada (Blue), Ben (Red)" in table
    assert "chess" in table
    filled("round", "open", "two", "2026-W48")
    drawn = filled("round", "preview", "two", "2026-W48").out
    assert [line for line in drawn.splitlines() if "Ada" in line] == [
        line for line in table.splitlines() if "Ada" in line
    ]


def test_a_round_that_is_not_waited_for_stays_a_draft_and_says_who_draws_it(filled: Shell) -> None:
    done = filled("round", "open", "eu", "2026-W48", "--no-wait")
    assert "waits to be drawn" in done.out
    assert done.err == "A running coffee serve or coffee worker draws it.\n"


def test_an_earlier_round_is_drawn_first_since_it_is_history_for_the_next(filled: Shell, database: Database) -> None:
    filled("round", "open", "eu", "2026-W48", "--no-wait")
    filled("round", "open", "eu", "2026-W49")
    first, second = stored_rounds(database)
    assert (first.state, second.state) == ("matched", "matched")
    assert first.matched_at is not None
    assert second.matched_at is not None
    assert first.matched_at < second.matched_at


def test_a_round_that_a_worker_is_drawing_is_waited_for(filled: Shell, database: Database) -> None:
    filled("round", "open", "eu", "2026-W48", "--no-wait")
    (draft,) = stored_rounds(database)
    with database.writing() as session:
        assert rounds.claim_draw(session, draft.id, "a worker", now())

    def work() -> None:
        from app.settings import Settings
        from app.workflows.rounds import draw_round

        time.sleep(1)
        draw_round(Work(database, Settings(_env_file=None), None), draft.id, "a worker")

    worker = threading.Thread(target=work)
    worker.start()
    done = filled("round", "open", "eu", "2026-W48")
    worker.join()
    assert "is drawn and waits for approval" in done.out
    assert done.err == "Another process is drawing this round; waiting for it.\n"


def test_a_draw_that_is_interrupted_is_given_back_at_once(
    filled: Shell, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("app.services.drawing.draw", interrupted)
        assert filled("round", "open", "eu", "2026-W48").code == 130
    (draft,) = stored_rounds(database)
    assert (draft.state, draft.drawn_by, draft.not_before) == ("draft", None, None)
    assert filled("round", "open", "eu", "2026-W48", "--json").json["state"] == "matched"


def test_a_draw_that_fails_says_why_and_prints_no_stack_trace(filled: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("matching.check", lambda *_: ("two people meet who must not",))
        done = filled("round", "open", "eu", "2026-W48")
    assert (done.code, done.out, done.err) == (1, "", "two people meet who must not\n")


@pytest.mark.parametrize("people", [0, 1])
def test_a_round_of_hardly_anybody_is_a_round_in_words(people: int, shell: Shell) -> None:
    shell("programme", "create", "--slug", "eu", "--name", "Institute coffees")
    if people:
        shell("people", "import", "eu", "-", "--active", stdin="email,name,team\nanna@example.org,Anna,Red\n")
    done = shell("round", "open", "eu", "2026-W48")
    assert done.code == 0
    counted = "1 person" if people == 1 else "0 people"
    assert f"{counted}, 0 groups, {people} left out." in done.out


# --- approving and sending -------------------------------------------------------------------------------------------


def test_a_round_is_approved_then_sent_each_once(filled: Shell) -> None:
    filled("round", "open", "eu", "2026-W48")
    early = filled("round", "send", "eu", "2026-W48")
    assert (early.code, early.err) == (1, "This round is matched; approve it first, then send.\n")
    assert filled("round", "send", "eu", "2026-W48", "--dry-run").err == early.err
    approved = filled("round", "approve", "eu", "2026-W48", "--json").json
    assert approved["state"] == "approved"
    assert filled("round", "approve", approved["id"], "--json").json == approved
    tried = filled("round", "send", approved["id"], "--dry-run")
    assert (tried.code, tried.out, tried.err[:36]) == (0, "", "6 mails would go, and none has gone.")
    assert filled("round", "status", approved["id"], "--json").json == approved
    sent = filled("round", "send", approved["id"])
    assert "is being sent" in sent.out
    assert sent.err.startswith("A running coffee serve or coffee worker carries the mails")
    assert filled("round", "send", approved["id"], "--json").json["state"] == "sending"


def test_a_round_that_nobody_opened_is_a_failure_in_words(filled: Shell) -> None:
    by_period, by_id = filled("round", "status", "eu", "2030-W01"), filled("round", "status", "rnd_unknown")
    assert (by_period.code, by_id.code) == (1, 1)
    assert by_period.err == "The programme eu has no round 2030-W01. Open it with: coffee round open\n"
    assert by_id.err == "There is no round by that id.\n"


def test_mails_can_be_carried_from_here(filled: Shell, smtp_sink: SmtpSink) -> None:
    filled.set(SMTP_URL=smtp_sink.url, MAIL_FROM="Coffee Trial <coffee@example.org>", MAIL_RATE="1000")
    filled("round", "open", "eu", "2026-W48")
    filled("round", "approve", "eu", "2026-W48")
    done = filled("round", "send", "eu", "2026-W48", "--deliver", "--json")
    assert done.json["state"] == "introduced"
    assert done.json["counts"]["messages"] == NO_MAILS | {"planned": 6, "accepted": 6}
    assert Counter(delivery.recipient for delivery in smtp_sink.messages) == EVERYBODY
    again = filled("round", "send", "eu", "2026-W48", "--deliver", "--json")
    assert (again.json, len(smtp_sink.messages)) == (done.json, 6)


def test_carrying_without_a_mail_server_is_refused_before_anything_is_sent(filled: Shell) -> None:
    filled("round", "open", "eu", "2026-W48")
    filled("round", "approve", "eu", "2026-W48")
    done = filled("round", "send", "eu", "2026-W48", "--deliver")
    assert (done.code, done.err) == (1, "No mail can leave: COFFEE_SMTP_URL and COFFEE_MAIL_FROM must be set.\n")
    assert filled("round", "status", "eu", "2026-W48", "--json").json["state"] == "approved"


def test_a_mail_server_that_refuses_us_is_told_and_every_mail_waits(filled: Shell, smtp_sink: SmtpSink) -> None:
    filled.set(SMTP_URL=smtp_sink.url, MAIL_FROM="Coffee Trial <coffee@example.org>", MAIL_RATE="1000")
    smtp_sink.script({"MAIL": {"*": "451 4.7.1 come back later"}})
    filled("round", "open", "eu", "2026-W48", "--send")
    done = filled("round", "send", "eu", "2026-W48", "--deliver")
    assert done.code == 1
    assert done.err.startswith("6 mails wait: ")
    assert "come back later" in done.err
    status = filled("round", "status", "eu", "2026-W48")
    assert "6 mails: 6 waiting." in status.out
    assert "The mail server takes nothing from us at the moment" in status.err


def test_a_held_mail_is_shown_as_something_to_decide(filled: Shell, database: Database) -> None:
    filled("round", "open", "eu", "2026-W48", "--send")
    with database.writing() as session:
        for number, mail in enumerate(session.exec(select(OutgoingMail))):
            mail.state, mail.finished_at = (MailState.UNCERTAIN, now()) if number else (MailState.REJECTED, now())
            session.add(mail)
    status = filled("round", "status", "eu", "2026-W48")
    assert "Decide about 5 held mails" in status.out
    assert "1 mail was rejected" in status.out
    assert "--state held" in status.out


def test_a_held_mail_is_found_and_sent_again_by_command(filled: Shell, database: Database) -> None:
    filled("round", "open", "eu", "2026-W48", "--send")
    with database.writing() as session:
        mail = session.exec(select(OutgoingMail).where(OutgoingMail.recipient == "person03@example.org")).one()
        mail.state, mail.finished_at, mail.answer = MailState.UNCERTAIN, now(), "the connection was lost"
        session.add(mail)
    (held,) = filled("round", "mails", "eu", "2026-W48", "--state", "held", "--json").json["messages"]
    assert (held["address"], held["kind"], held["answer"]) == (
        "person03@example.org",
        "introduction",
        "the connection was lost",
    )
    table = filled("round", "mails", "eu", "2026-W48").out
    assert (table.count("waiting"), table.count("held")) == (5, 1)
    done = filled("mail", "resend", held["id"])
    assert (done.code, done.err) == (0, f"The mail {held['id']} to person03@example.org waits to be sent again.\n")
    again = filled("mail", "resend", held["id"])
    assert (again.code, "only held, rejected or expired ones can be sent again" in again.err) == (1, True)
    for verb in ("resend", "leave"):
        unknown = filled("mail", verb, "msg_unknown")
        assert (unknown.code, unknown.err) == (1, "There is no mail by that id.\n")


def test_a_held_mail_is_left_as_it_was_by_command(filled: Shell, database: Database) -> None:
    filled("round", "open", "eu", "2026-W48", "--send")
    with database.writing() as session:
        mail = session.exec(select(OutgoingMail).where(OutgoingMail.recipient == "person03@example.org")).one()
        mail.state, mail.finished_at, mail.answer = MailState.UNCERTAIN, now(), "the connection was lost"
        session.add(mail)
    done = filled("mail", "leave", mail.id)
    assert (done.code, done.err) == (0, f"The mail {mail.id} to person03@example.org is left as it was.\n")
    (left,) = filled("round", "mails", "eu", "2026-W48", "--state", "suppressed", "--json").json["messages"]
    assert (left["id"], left["answer"]) == (mail.id, "Left as it was, on an organiser's word.")
    again = filled("mail", "leave", mail.id)
    assert (again.code, "only held ones can be left as they are" in again.err) == (1, True)


# --- taking back -----------------------------------------------------------------------------------------------------


def test_a_round_opened_by_a_typo_is_listed_and_taken_back(filled: Shell, database: Database) -> None:
    filled("round", "open", "eu", "2026-W84")
    filled("round", "open", "eu", "2026-W48")
    listed = filled("round", "list", "eu", "--json").json["rounds"]
    assert [(one["period"], one["state"]) for one in listed] == [("2026-W48", "matched"), ("2026-W84", "matched")]
    done = filled("round", "cancel", "eu", "2026-W84", "--yes")
    assert (done.code, done.out, done.err) == (0, "", "The round 2026-W84 of eu is cancelled.\n")
    assert [one.period for one in stored_rounds(database)] == ["2026-W48"]
    assert "2026-W84" not in filled("round", "list", "eu").out


def test_nothing_is_taken_back_without_a_yes(filled: Shell, database: Database) -> None:
    filled("round", "open", "eu", "2026-W48")
    done = filled("round", "cancel", "eu", "2026-W48", stdin="y\n")
    assert (done.code, done.err.startswith("Nothing was cancelled")) == (2, True)
    assert len(stored_rounds(database)) == 1


@pytest.mark.parametrize(("typed", "code", "left"), [("y\n", 0, 0), ("n\n", 1, 1), ("\n", 1, 1)])
def test_at_a_terminal_the_question_is_asked(
    typed: str, code: int, left: int, filled: Shell, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled("round", "open", "eu", "2026-W48")
    monkeypatch.setattr("app.commands.terminal.can_ask", lambda: True)
    done = filled("round", "cancel", "eu", "2026-W48", stdin=typed)
    assert (done.code, len(stored_rounds(database))) == (code, left)
    assert "Cancel the round 2026-W48 of eu, and forget its draw?" in done.err


def test_a_round_that_is_being_sent_is_not_taken_back(filled: Shell) -> None:
    filled("round", "open", "eu", "2026-W48", "--send")
    done = filled("round", "cancel", "eu", "2026-W48", "--yes")
    assert (done.code, done.out) == (1, "")
    assert "only one that has not been sent can be cancelled" in done.err


# --- words -----------------------------------------------------------------------------------------------------------


CERTIFICATE = {
    "left_out": 0,
    "left_out_bound": 0,
    "repeats": 0,
    "repeats_bound": 0,
    "same_team": 1,
    "same_team_bound": 1,
    "score": 11.2,
    "score_bound": 14.8,
    "optimal_tiers": True,
}


def test_the_certificate_does_not_contradict_itself() -> None:
    assert certificate_lines(CERTIFICATE) == [
        "Everybody has a group.",
        "Nobody meets anybody again.",
        "1 pair is of one team; fewer than 1 is not possible.",
        "This is proven to be best in every aim that comes before the interest score.",
        "Interest score 11.2. It comes last; no round can have more than 14.8, and perhaps none has as much.",
    ]
    assert certificate_lines(CERTIFICATE | {"score": 14.8})[-1] == "Interest score 14.8; no round can have more."


def test_who_is_left_without_a_group_after_the_draw_is_told_apart() -> None:
    assert certificate_lines(CERTIFICATE, 1)[0] == (
        "Everybody had a group when it was drawn; 1 has none now, because somebody left since."
    )
    assert certificate_lines(CERTIFICATE | {"left_out": 1, "left_out_bound": 1}, 3)[:2] == [
        "1 left out in the draw; fewer than 1 is not possible.",
        "2 more have no group now, because somebody left since.",
    ]


def test_after_somebody_left_status_does_not_say_that_everybody_has_a_group(filled: Shell, database: Database) -> None:
    filled("round", "open", "eu", "2026-W48")
    with database.writing() as session:
        programme = programmes.programme(session, "eu")
        person = session.exec(select(Participant).order_by(Participant.email_key).limit(1)).one()
        rounds.withdraw(session, programme, person, now=now(), secret_key=SECRET_KEY)
    status = filled("round", "status", "eu", "2026-W48")
    assert "Everybody had a group when it was drawn; 1 has none now" in status.out
    assert "Everybody has a group." not in status.out


def test_a_programme_that_is_paused_draws_no_round(filled: Shell, database: Database) -> None:
    with database.writing() as session:
        programme = programmes.programme(session, "eu")
        programme.state = programme.state.__class__.PAUSED
        session.add(programme)
    done = filled("round", "open", "eu", "2026-W48")
    assert (done.code, done.err) == (1, "The programme is paused; open it before a round is drawn.\n")


# --- the mail server and the settings --------------------------------------------------------------------------------


def test_a_test_mail_travels_through_the_real_server(file_shell: Shell, smtp_sink: SmtpSink) -> None:
    file_shell.set(SMTP_URL=smtp_sink.url, MAIL_FROM="Coffee Trial <coffee@example.org>")
    done = file_shell("mail", "test", "--to", "anna@example.org", "--json")
    assert done.json["accepted"] is True
    (delivery,) = smtp_sink.messages
    assert (delivery.sender, delivery.recipient) == ("coffee@example.org", "anna@example.org")


@pytest.mark.parametrize(
    ("answer", "said"),
    [("550 5.7.1 not from you", "refused at RCPT: 550 5.7.1 not from you"), ("drop", "refused at RCPT:")],
)
def test_a_refused_test_mail_is_1_in_the_servers_words(
    answer: str, said: str, file_shell: Shell, smtp_sink: SmtpSink
) -> None:
    smtp_sink.script({"RCPT": {"*": answer}})
    file_shell.set(SMTP_URL=smtp_sink.url, MAIL_FROM="Coffee Trial <coffee@example.org>")
    done = file_shell("mail", "test", "--to", "anna@example.org")
    assert (done.code, done.out) == (1, "")
    assert said in done.err


def test_a_wrong_mail_setting_is_2_and_an_absent_server_is_1(bare_shell: Shell) -> None:
    bare_shell.set(SMTP_URL="ftp://me:hidden-word@example.org", MAIL_FROM="coffee@example.org")
    wrong = bare_shell("mail", "test", "--to", "anna@example.org")
    assert (wrong.code, "hidden-word" in wrong.err) == (2, False)
    bare_shell.set(SMTP_URL="smtp://127.0.0.1:1?starttls=off")
    absent = bare_shell("mail", "test", "--to", "anna@example.org")
    assert (absent.code, "cannot be reached" in absent.err) == (1, True)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("SMTP_URL", "ftp://me:hidden-word@example.org", "COFFEE_SMTP_URL: The mail setting begins with none of"),
        ("SMTP_URL", "smtp://example.org:0", "COFFEE_SMTP_URL: The port"),
        ("MAIL_FROM", "Coffee <=?coffee@example.org>", "COFFEE_MAIL_FROM is not a sender."),
    ],
)
def test_a_wrong_mail_setting_is_found_by_the_check(setting: str, value: str, said: str, file_shell: Shell) -> None:
    file_shell.set(**{setting: value})
    done = file_shell("config", "check")
    assert done.code == 1
    assert f"Wrong: {said}" in done.out
    assert "hidden-word" not in done.out
    (wrong,) = json.loads(file_shell("config", "check", "--json").out)["wrong"]
    assert wrong.startswith(said)
    assert "is not set" not in wrong


def test_the_check_speaks_of_a_database_that_cannot_be_had_in_whole_sentences(bare_shell: Shell) -> None:
    bare_shell.set(DATABASE_URL="postgresql+psycopg://me:hidden-word@127.0.0.1:1/x", SECRET_KEY=SECRET_KEY)
    away = bare_shell("config", "check")
    (line,) = [line for line in away.out.splitlines() if line.startswith("Database:")]
    assert away.code == 1
    assert line.startswith("Database: The database cannot be used: ")
    assert line.endswith(".")
    assert "config check" not in line
    bare_shell.set(DATABASE_URL="mysql://me:hidden-word@127.0.0.1/x")
    unknown = bare_shell("config", "check")
    assert (unknown.code, "postgresql+psycopg://" in unknown.out, "hidden-word" in unknown.out) == (2, True, False)


def test_a_server_that_is_there_and_says_no_is_not_called_unreachable(file_shell: Shell, smtp_sink: SmtpSink) -> None:
    address = smtp_sink.url.partition("?")[0]
    file_shell.set(SMTP_URL=address, MAIL_FROM="Coffee Trial <coffee@example.org>")
    for done in (file_shell("mail", "test", "--to", "anna@example.org"), file_shell("config", "check", "--mail")):
        said = done.out + done.err
        assert done.code == 1
        assert "was reached, but turning to encryption (STARTTLS) failed: " in said
        assert "?starttls=off" in said
        assert "cannot be reached" not in said


def test_the_check_of_settings_tells_what_is_missing_and_no_secret(
    shell: Shell, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.set(SMTP_URL=smtp_sink.url, MAIL_FROM="Coffee Trial <coffee@example.org>")
    good = shell("config", "check", "--mail", "--json")
    assert (good.json["serviceable"], good.json["missing_to_serve"]) == (True, [])
    assert "answers and lets us in" in good.json["mail"]
    monkeypatch.delenv("COFFEE_SECRET_KEY")
    bad = shell("config", "check")
    assert bad.code == 1
    assert "To serve: set COFFEE_SECRET_KEY." in bad.out
    shell.set(SECRET_KEY="a-secret-that-must-not-be-shown-anywhere-here")
    assert "a-secret-that" not in shell("config", "check").out
