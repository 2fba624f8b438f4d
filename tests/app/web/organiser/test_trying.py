"""A mail of a round sent to oneself as a test: marked, alone, harmless, and in no count."""

import re
from email import message_from_bytes, policy

import pytest
from sqlmodel import select

from app.models import AuditEntry, MailKind, OutgoingMail, Programme, Role, Round, Scope
from app.queries import outbox as queries
from app.services import privacy
from tests.app.web.organiser.desk import Desk

ME = "olive@example.org"


def drawn(desk: Desk, people: int = 2) -> tuple[Round, OutgoingMail]:
    """A round that is not sent, and the introduction of person00."""
    desk.world.people(people)
    round_ = desk.world.draw(desk.world.open_round())
    return round_, desk.world.mails(MailKind.INTRODUCTION, "person00")[0]


def copies(desk: Desk) -> list[OutgoingMail]:
    return desk.world.mails(MailKind.TEST_COPY)


def test_it_goes_to_the_organiser_alone_and_opens_nothing(desk: Desk) -> None:
    round_, mail = drawn(desk)
    assert desk.post(f"/organiser/mails/{mail.id}/try").headers["location"] == f"/organiser/mails/{mail.id}?done=tried"
    assert (
        f"A test is on its way to <bdi>{desk.address}</bdi>." in desk.get(f"/organiser/mails/{mail.id}?done=tried").text
    )
    desk.world.deliver()
    (sent,) = desk.world.transport.sent
    head, _, _ = sent.data.decode().partition("\r\n\r\n")
    assert sent.recipient == desk.address
    assert "person0" not in re.sub(r"(?i)^subject:.*(\r\n .*)*", "", head, flags=re.MULTILINE)
    text = " ".join(words_of(sent.data).split())
    assert "This is a test, and nobody else has it." in text
    assert re.findall(r"Subject: Test: ", head)
    assert set(re.findall(r"/m/([a-z-]+)", text)) == {"sample-choices", "sample-concern", "sample-conversation"}
    for name in mail.facts["links"]:
        assert desk.world.token(mail, name) not in words_of(sent.data)
    with desk.world.database.reading() as session:
        assert queries.counts(session, queries.of_round(round_))["planned"] == 2
    assert copies(desk)[0].id not in desk.get("/organiser/programmes/demo/outbox").text
    assert desk.get(f"/organiser/mails/{copies(desk)[0].id}").status_code == 404


def words_of(data: bytes) -> str:
    """The plain text of a message."""
    part = message_from_bytes(data, policy=policy.default).get_body(("plain",))
    return part.get_content() if part else ""


def test_twice_in_a_minute_is_once_and_ten_an_hour_are_enough(sqlite_desk: Desk) -> None:
    _, mail = drawn(sqlite_desk)
    path = f"/organiser/mails/{mail.id}/try"
    assert [sqlite_desk.post(path).status_code for _ in range(2)] == [303, 303]
    assert len(copies(sqlite_desk)) == 1
    for _ in range(10):
        sqlite_desk.world.later(minutes=1)
        last = sqlite_desk.post(path).status_code
    assert (last, len(copies(sqlite_desk))) == (429, 10)
    with sqlite_desk.world.database.reading() as session:
        assert [one.action for one in session.exec(select(AuditEntry))].count("mail.try") == 10


def test_it_says_what_is_true_when_it_goes_and_nothing_of_who_was_erased(desk: Desk) -> None:
    _, mail = drawn(desk)
    desk.post(f"/organiser/mails/{mail.id}/try")
    assert "members" not in copies(desk)[0].facts
    with desk.world.database.writing() as session:
        gone = session.merge(desk.world.there("person01"))
        programme = queries.message(session, gone.organisation_id, mail.id).programme_id
        place = session.get_one(Programme, programme)
        privacy.erase(session, place, gone, now=desk.world.now, secret_key=desk.world.secret)
    desk.world.deliver()
    assert [envelope.recipient for envelope in desk.world.transport.sent] == []
    assert copies(desk)[0].state == "suppressed"


def test_what_people_need_stays_between_those_who_meet(sqlite_desk: Desk) -> None:
    _, mail = drawn(sqlite_desk)
    with sqlite_desk.world.database.writing() as session:
        row = session.get_one(OutgoingMail, mail.id)
        row.facts = row.facts | {"members": [one | {"access": "A quiet room"} for one in row.facts["members"]]}
        session.add(row)
    sqlite_desk.post(f"/organiser/mails/{mail.id}/try")
    sqlite_desk.world.deliver()
    assert "quiet room" not in words_of(sqlite_desk.world.transport.sent[0].data)


def test_who_was_left_out_has_a_mail_to_try_too(sqlite_desk: Desk) -> None:
    sqlite_desk.world.people(1)
    sqlite_desk.world.draw(sqlite_desk.world.open_round())
    (mail,) = sqlite_desk.world.mails(MailKind.LEFT_OUT)
    sqlite_desk.post(f"/organiser/mails/{mail.id}/try")
    sqlite_desk.world.deliver()
    assert "It shows what" in " ".join(words_of(sqlite_desk.world.transport.sent[0].data).split())


def test_who_may_only_look_sends_none(sqlite_desk: Desk) -> None:
    _, mail = drawn(sqlite_desk)
    viewer = sqlite_desk.elsewhere(sqlite_desk.organiser(Role.VIEWER, name="vi"))
    assert "as a test" not in viewer.get(f"/organiser/mails/{mail.id}").text
    assert viewer.post(f"/organiser/mails/{mail.id}/try").status_code == 403


@pytest.mark.parametrize(("to", "status"), [("organiser", 202), ("person00@example.org", 422), ("elsewhere", 422)])
def test_by_call_it_goes_to_an_organiser_of_the_programme_and_to_nobody_else(
    sqlite_desk: Desk, to: str, status: int
) -> None:
    _, mail = drawn(sqlite_desk)
    sqlite_desk.world.programme("second")
    named = {"organiser": sqlite_desk.address}
    if to == "elsewhere":
        named = {"elsewhere": sqlite_desk.organiser(Role.ORGANISER, slug="second", name="eli")}
    headers = {"Authorization": f"Bearer {sqlite_desk.key(Scope.READ, Scope.SEND)}"}
    body = {"to": named.get(to, to)}
    answer = sqlite_desk.visitor.http.post(f"/api/v1/messages/{mail.id}/try", headers=headers, json=body)
    assert answer.status_code == status, answer.text
    assert len(copies(sqlite_desk)) == (status == 202)
