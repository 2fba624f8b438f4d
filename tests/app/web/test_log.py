"""The learning log: what one wrote after each conversation, changed by oneself, seen by nobody else."""

from datetime import timedelta

import pytest

from app.models import Met, ParticipantState
from app.services import retention
from app.services.feedback import Answer
from tests.app.bounced import rows
from tests.app.talking import Talk, talk_of
from tests.app.web.test_conversation import leave, signed_in
from tests.app.web.visitor import Visitor


@pytest.fixture
def talk(visitor: Visitor) -> Talk:
    found = talk_of(visitor.world, "ann", "bob")
    found.answer("ann", Answer(Met.YES, 5, "Ask Estates first.", will_try="Call, not write."))
    return found


def line(talk: Talk) -> str:
    return f"/me/log/{talk.place('ann').group_id}"


def test_it_shows_one_s_own_lines_and_is_empty_for_the_other(visitor: Visitor, talk: Talk) -> None:
    text = signed_in(visitor, "ann").get("/me/log").text
    for words in ("Ask Estates first.", "Call, not write.", "with <bdi>Bob</bdi>", "Only you see this.", "365 days"):
        assert words in text
    theirs = signed_in(visitor, "bob")
    assert ("Nothing yet" in theirs.get("/me/log").text, theirs.get(line(talk)).status_code) == (True, 404)
    assert theirs.post(line(talk), learnt="mine now").status_code == 404
    for path in ("/me/log", line(talk)):
        assert visitor.fresh().get(path).headers["location"] == "/me"


def test_lines_are_changed_shared_taken_back_and_emptied(visitor: Visitor, talk: Talk) -> None:
    mine = signed_in(visitor, "ann")
    assert "Ask Estates first." in mine.get(line(talk)).text
    answer = mine.post(line(talk), learnt="Ask\r\ntwice.", will_try="", share="yes")
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/log?done=kept")
    text = mine.get("/me/log").text
    assert "<bdi>Ask\ntwice.</bdi>" in text
    assert ("Call, not write." in text, "It is shown to nobody yet" in text) == (False, True)
    mine.post(line(talk), learnt="Ask twice.")
    assert "Only you see this." in mine.get("/me/log").text
    mine.post(line(talk))
    assert "Nothing written yet" in mine.get("/me/log").text


@pytest.mark.parametrize("typed", ["x" * 2001, "a\x00b", "a\x1bb"])
def test_what_cannot_be_kept_is_refused_and_what_was_there_stays(visitor: Visitor, talk: Talk, typed: str) -> None:
    mine = signed_in(visitor, "ann")
    before = rows(visitor.world)
    answer = mine.post(line(talk), learnt="A fine line.", will_try=typed)
    assert (answer.status_code, 'href="#will_try"' in answer.text, "A fine line." in answer.text) == (422, True, True)
    assert rows(visitor.world) == before


def test_looking_at_it_changes_nothing(visitor: Visitor, talk: Talk) -> None:
    mine = signed_in(visitor, "ann")
    before = visitor.state()
    for path in ("/me/log", line(talk), "/me/log/unknown"):
        assert mine.get(path).status_code == mine.http.head(path).status_code
    assert visitor.state() == before


def test_it_is_in_the_export_and_goes_with_the_person(visitor: Visitor, talk: Talk) -> None:
    mine = signed_in(visitor, "ann")
    mine.post("/me/conversations/2026-W48", action="arranged", on="2026-12-03")
    exported = mine.get("/me/data.json").json()
    (said,) = exported["feedback"]
    assert (said["learnt"], said["will_try"]) == ("Ask Estates first.", "Call, not write.")
    assert exported["conversations"][0]["arranged_for"] == "2026-12-03"
    assert mine.post("/me/erase", word="delete").status_code == 200
    assert ("Ask Estates" in rows(visitor.world), "Call, not" in rows(visitor.world)) == (False, False)


def test_it_stays_one_s_own_after_leaving(visitor: Visitor, talk: Talk) -> None:
    leave(visitor, "ann")
    mine = signed_in(visitor, "ann")
    assert visitor.world.there("ann").state == ParticipantState.LEFT
    assert "Ask Estates first." in mine.get("/me/log").text
    assert 'href="/me/log"' in mine.get("/me").text


def test_its_words_are_kept_no_longer_than_the_settings_say(visitor: Visitor, talk: Talk) -> None:
    for days, kept in ((364, True), (366, False)):
        with visitor.world.database.writing() as session:
            retention.forget(session, visitor.world.settings, visitor.world.now + timedelta(days=days))
        assert ("Call, not write." in rows(visitor.world)) == kept
