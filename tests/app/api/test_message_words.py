"""One mail with its words by API, under the guard of its page: nothing secret is in it, and it is nobody else's."""

import re

import pytest

from app.models import MailKind, MailState, OutgoingMail, Scope, SeenBy
from app.services.readings import READABLE
from tests.app.api.door import Door, kind, problem
from tests.app.api.test_keys import NOT_FOUND


def introduction(door: Door) -> OutgoingMail:
    """A waiting introduction of two, one of whom needs something that their partner may know."""
    sam = door.world.person("sam", "Finance")
    door.world.person("priya", "Estates")
    with door.world.database.writing() as session:
        person = session.merge(sam)
        person.access, person.access_for = "a hearing loop", SeenBy.MATCH
        session.add(person)
    door.drawn()
    (mail,) = door.world.mails(MailKind.INTRODUCTION, to="priya")
    return mail


def test_a_mail_is_read_with_its_fate_as_its_reader_gets_it(door: Door) -> None:
    mail = introduction(door)
    said = door.get(f"/messages/{mail.id}", key=door.key(Scope.READ)).json()
    words = said.pop("words")
    listed = door.get(f"/rounds/{mail.round_id}/messages").json()["messages"]
    assert said in listed
    assert words.keys() == {"subject", "preheader", "sender", "replies_to", "text", "html", "files"}
    for part in ("subject", "text", "html"):
        assert "Sam" in words[part], part
    assert words["replies_to"] == ["Sam <sam@example.org>"]
    assert [file["name"] for file in words["files"]] == ["conversation.ics"]
    assert words["files"][0]["text"].startswith("BEGIN:VCALENDAR")


def test_nothing_that_is_secret_comes_with_it(door: Door) -> None:
    mail = introduction(door)
    assert any(member["access"] == "a hearing loop" for member in mail.facts["members"])
    shown = door.get(f"/messages/{mail.id}").text
    assert "hearing loop" not in shown
    assert mail.facts["links"]
    for name in mail.facts["links"]:
        assert door.world.token(mail, name) not in shown, name
    tokens = re.findall(r"/m/([A-Za-z0-9_-]+)", shown)
    assert tokens
    assert [token for token in tokens if not token.startswith("sample-")] == []


def test_of_other_kinds_and_of_mails_whose_words_are_gone_only_the_fate_is_told(door: Door) -> None:
    mail = introduction(door)
    door.world.ask_for_my_page("sam")
    door.world.answer()
    (other,) = door.world.mails(MailKind.MY_PAGE)
    assert other.kind not in READABLE
    assert door.get(f"/messages/{other.id}").json()["words"] is None
    with door.world.database.writing() as session:
        row = session.get_one(OutgoingMail, mail.id)
        row.facts, row.rendered, row.state, row.finished_at = {}, None, MailState.SUPPRESSED, door.world.now
        session.add(row)
    said = door.get(f"/messages/{mail.id}").json()
    assert (said["words"], said["state"]) == (None, "suppressed")


@pytest.mark.parametrize("hidden", [MailKind.CHECK_IN, MailKind.SIGN_IN, MailKind.TEST_COPY, MailKind.CONCERN])
def test_what_is_in_no_list_is_not_there_and_neither_is_what_belongs_to_others(door: Door, hidden: MailKind) -> None:
    mail = introduction(door)
    door.world.programme("second")
    for key in (door.stranger(), door.key(Scope.READ, slug="second")):
        assert problem(door.get(f"/messages/{mail.id}", key=key)) == NOT_FOUND
    with door.world.database.writing() as session:
        session.get_one(OutgoingMail, mail.id).kind = hidden
    assert problem(door.get(f"/messages/{mail.id}")) == problem(door.get("/messages/msg_nobodys")) == NOT_FOUND
    assert kind(door.get(f"/messages/{mail.id}", key=door.key(Scope.WRITE))) == (403, "not-allowed")
