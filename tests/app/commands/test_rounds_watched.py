"""What comes after a round is drawn, by the command line: watched, some mails kept back, sent at a set moment."""

import threading
import time
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from app.clock import now
from app.db import Database
from app.models import MailState, OutgoingMail, Round, RoundState
from tests.app.commands.conftest import Shell


def test_a_round_is_watched(filled: Shell) -> None:
    opened = filled("round", "open", "eu", "2026-W48", "--seed", "7", "--send", "--json").json
    found = filled("round", "watch", "eu", "2026-W48", "--json").json
    assert (found["round"], found["moves"], found["counts"]["waiting"], found["mails"]) == (opened["id"], True, 6, [])
    assert "6 mails: 6 waiting." in filled("round", "watch", opened["id"], "--reason", "held").out


def test_watching_can_wait_until_nothing_moves(filled: Shell, database: Database) -> None:
    opened = filled("round", "open", "eu", "2026-W48", "--seed", "7", "--send", "--json").json

    def settle() -> None:
        time.sleep(1)
        with database.writing() as session:
            for mail in session.exec(select(OutgoingMail)):
                mail.state, mail.answer, mail.finished_at, mail.attempts = MailState.UNCERTAIN, "DOT: gone", now(), 1
                session.add(mail)
            session.get_one(Round, opened["id"]).state = RoundState.INTRODUCED

    thread = threading.Thread(target=settle)
    thread.start()
    done = filled("round", "watch", "eu", "2026-W48", "--follow")
    thread.join()
    assert "6 mails: handed over, and no answer ever came." in done.out
    assert "person00@example.org" in done.out


def test_mails_are_kept_back_let_go_and_sent_at_a_moment(filled: Shell) -> None:
    filled("round", "open", "eu", "2026-W48", "--seed", "7")
    filled("round", "approve", "eu", "2026-W48")
    kept = filled("round", "keep", "eu", "2026-W48", "--person", "person00@example.org", "--group", "2", "--json").json
    assert kept["kept"] in (2, 3)
    assert "kept back: coffee round release" in filled("round", "status", "eu", "2026-W48").out
    assert filled("round", "release", "eu", "2026-W48", "--all", "--json").json["kept"] == 0
    at = (now() + timedelta(days=3)).replace(tzinfo=None, microsecond=0).isoformat()
    found = filled("round", "schedule", "eu", "2026-W48", "--at", at, "--in-hours", "--json").json
    assert (found["send_at"], found["send_in_hours"]) == (f"{at}Z", True)
    assert "It is sent by itself at" in filled("round", "status", "eu", "2026-W48").out
    assert filled("round", "unschedule", "eu", "2026-W48", "--json").json["send_at"] is None
    assert filled("round", "send", "eu", "2026-W48", "--in-hours", "--json").json["send_in_hours"] is True


def test_people_are_reminded_by_hand_once_a_day(filled: Shell, database: Database) -> None:
    opened = filled("round", "open", "eu", "2026-W48", "--seed", "7", "--send", "--json").json
    refused = filled("round", "remind", "eu", "2026-W48")
    assert (refused.code, "has met its fate" in refused.err) == (1, True)
    with database.writing() as session:
        found = session.get_one(Round, opened["id"])
        found.state, found.sending_at = RoundState.INTRODUCED, now() - timedelta(days=2)
    assert "can be reminded by hand from" in filled("round", "watch", "eu", "2026-W48").out
    done = filled("round", "remind", "eu", "2026-W48", "--json").json
    assert datetime.fromisoformat(done["remind_from"]) > now() + timedelta(hours=23)
    late = filled("round", "remind", "eu", "2026-W48")
    assert (late.code, "can be reminded from" in late.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("keep",), "Nobody is named"),
        (("release",), "Nobody is named"),
        (("schedule", "--at", "noon"), "--at noon: this is no moment"),
        (("schedule", "--at", "2020-01-01T09:00"), "must be in the next 60 days"),
        (("keep", "--person", "nobody@example.org"), "is not in this round"),
        (("send", "--deliver", "--in-hours"), "choose one"),
    ],
)
def test_words_about_sending_that_cannot_be_are_refused(filled: Shell, words: tuple[str, ...], said: str) -> None:
    filled("round", "open", "eu", "2026-W48", "--seed", "7")
    filled("round", "approve", "eu", "2026-W48")
    done = filled("round", words[0], "eu", "2026-W48", *words[1:])
    assert (done.code, said in done.err) == (2, True), done.err


def test_a_mail_is_tried_on_an_organiser_and_on_nobody_else(filled: Shell) -> None:
    filled("round", "open", "eu", "2026-W48", "--seed", "7")
    filled("organiser", "invite", "ana@example.org")
    mail = filled("round", "mails", "eu", "2026-W48", "--json").json["messages"][0]["id"]
    done = filled("mail", "try", mail, "--to", "ana@example.org", "--json")
    assert (done.json["kind"], done.json["address"]) == ("test_copy", "ana@example.org")
    other = filled("mail", "try", mail, "--to", "person00@example.org")
    assert (other.code, "must be the address of an organiser" in other.err) == (2, True)
