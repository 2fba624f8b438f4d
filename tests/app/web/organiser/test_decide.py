"""An organiser's word: a mail goes again or is left, one by one or many at once; nothing else moves it."""

import email
import re
import zlib

import pytest
from sqlmodel import col, select

import emails
from app.models import AuditEntry, MailKind, MailState, OutgoingMail, Role
from tests.app.web.organiser.desk import REFUSED, UNKNOWN, Desk, outbox

LEFT = "Left as it was, on an organiser's word."


def audit(desk: Desk) -> list[tuple[str, str | None, object]]:
    """What organisers did about mails."""
    with desk.world.database.reading() as session:
        found = session.exec(select(AuditEntry).order_by(col(AuditEntry.at), col(AuditEntry.subject)))
        return [(row.action, row.subject, row.detail) for row in found if row.action.startswith("mail.")]


def message_id(data: bytes) -> str:
    return str(email.message_from_bytes(data)["Message-ID"])


def test_a_held_mail_goes_again_with_its_message_id(desk: Desk) -> None:
    round_ = desk.round(2, (UNKNOWN,))
    held = desk.held()
    assert held.rendered
    first = message_id(zlib.decompress(held.rendered))
    back = outbox(round_, "?state=held")
    assert "keeps its Message-ID" in desk.get(back).text
    answer = desk.post(f"/organiser/mails/{held.id}", action="resend", back=back)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{back}&done=resend&number=1")
    assert "1 mail goes out again." in desk.get(answer.headers["location"]).text
    assert desk.mail(held.id).state == MailState.READY
    desk.world.transport = emails.MemoryTransport()
    desk.world.deliver()
    assert desk.mail(held.id).state == MailState.SENT
    sent = desk.world.transport.sent
    assert [message_id(one.data) for one in sent if one.recipient == held.recipient] == [first]
    assert audit(desk) == [("mail.resend", held.id, {})]


def test_a_held_mail_that_is_left_counts_as_suppressed_and_is_never_sent(desk: Desk) -> None:
    round_ = desk.round(2, (UNKNOWN,))
    held = desk.held()
    answer = desk.post(f"/organiser/mails/{held.id}", action="leave")
    assert answer.headers["location"] == f"{outbox(round_)}?done=leave&number=1"
    row = desk.mail(held.id)
    assert (row.state, row.answer, row.rendered) == (MailState.SUPPRESSED, LEFT, None)
    assert LEFT.replace("'", "&#39;") in desk.get(outbox(round_)).text
    assert desk.counts(outbox(round_)) == {
        "planned": 2,
        "accepted": 1,
        "waiting": 0,
        "held": 0,
        "rejected": 0,
        "suppressed": 1,
        "expired": 0,
    }
    for action in ("leave", "resend"):
        assert desk.post(f"/organiser/mails/{held.id}", action=action).status_code == 409
    assert audit(desk) == [("mail.leave", held.id, {})]


def test_looking_changes_nothing(sqlite_desk: Desk) -> None:
    round_ = sqlite_desk.round(4, (UNKNOWN, REFUSED))
    before = sqlite_desk.visitor.state()
    for query in ("", "?state=held", "/all?action=resend&state=held", "/all?action=leave&state=held"):
        assert sqlite_desk.get(outbox(round_, query)).status_code == 200
    for path in ("/organiser", "/organiser/programmes/demo/outbox", f"/organiser/mails/{sqlite_desk.held().id}"):
        sqlite_desk.get(path)
    assert sqlite_desk.visitor.state() == before


def test_who_may_only_look_sees_no_buttons_and_moves_nothing(desk: Desk) -> None:
    round_ = desk.round(4, (UNKNOWN, UNKNOWN, REFUSED))
    looker = desk.elsewhere(desk.organiser(Role.VIEWER, name="bo"))
    page = looker.get(outbox(round_, "?state=held")).text
    assert "Held: handed over" in page
    assert "Send" not in page
    assert "Leave" not in page
    before = desk.visitor.state()
    held = [mail.id for mail in desk.world.mails() if mail.state == MailState.UNCERTAIN]
    for action in ("resend", "leave"):
        assert looker.post(f"/organiser/mails/{held[0]}", action=action).status_code == 403
        assert looker.post(outbox(round_, "/all"), action=action, state="held").status_code == 403
        assert looker.get(outbox(round_, f"/all?action={action}&state=held")).status_code == 403
    assert desk.visitor.state() == before


def form(text: str) -> dict[str, str]:
    """The hidden fields of the page that asks."""
    return dict(re.findall(r'<input type="hidden" name="(action|state|until)" value="([^"]*)">', text))


@pytest.mark.parametrize(("action", "then"), [("resend", MailState.READY), ("leave", MailState.SUPPRESSED)])
@pytest.mark.parametrize("of", ["round", "programme"])
def test_many_are_decided_about_at_once_after_a_question(desk: Desk, action: str, then: MailState, of: str) -> None:
    round_ = desk.round(6, (UNKNOWN, UNKNOWN, UNKNOWN, REFUSED))
    place = outbox(round_) if of == "round" else "/organiser/programmes/demo/outbox"
    page = desk.get(f"{place}?state=held").text
    assert f"{place}/all?action={action}&amp;state=held" in page
    assert ("Send all 3 again" in page, "Leave all 3" in page) == (True, True)
    question = desk.get(f"{place}/all?action={action}&state=held").text
    assert "3 mails" in question
    answer = desk.post(f"{place}/all", **form(question))
    assert answer.headers["location"] == f"{place}?done={action}&number=3"
    states = sorted(mail.state for mail in desk.world.mails(MailKind.INTRODUCTION))
    assert states == sorted([then] * 3 + [MailState.REJECTED] + [MailState.SENT] * 2)
    twice = desk.post(f"{place}/all", **form(question))
    assert twice.headers["location"] == f"{place}?done={action}&number=0"
    assert "somebody was faster" in desk.get(twice.headers["location"]).text
    subject = round_.id if of == "round" else None
    assert audit(desk) == [(f"mail.{action}_all", subject, {"state": "held", "number": 3})]
    nothing = desk.get(f"{place}/all?action={action}&state=held")
    assert nothing.headers["location"] == f"{place}?state=held"


def test_what_came_after_the_question_is_not_decided_about(desk: Desk) -> None:
    round_ = desk.round(4, (UNKNOWN,))
    first = desk.held()
    question = desk.get(outbox(round_, "/all?action=resend&state=held")).text
    desk.world.later(seconds=1)
    later = next(mail for mail in desk.world.mails(MailKind.INTRODUCTION) if mail.state == MailState.SENT)
    with desk.world.database.writing() as session:
        row = session.get_one(OutgoingMail, later.id)
        row.state, row.finished_at = MailState.UNCERTAIN, desk.world.now
        session.add(row)
    answer = desk.post(outbox(round_, "/all"), **form(question))
    assert answer.headers["location"].endswith("number=1")
    assert (desk.mail(first.id).state, desk.mail(later.id).state) == (MailState.READY, MailState.UNCERTAIN)


def test_a_thousand_at_most_go_at_one_word(sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.many_mails.MOST", 2)
    round_ = sqlite_desk.round(4, (UNKNOWN, UNKNOWN, UNKNOWN))
    question = sqlite_desk.get(outbox(round_, "/all?action=leave&state=held")).text
    assert "There are 3 of them; this is about the first 2." in question
    answer = sqlite_desk.post(outbox(round_, "/all"), **form(question))
    assert answer.headers["location"].endswith("number=2")


def test_a_link_that_has_ended_is_not_sent_again(sqlite_desk: Desk) -> None:
    sqlite_desk.world.sign_up("late")
    sqlite_desk.world.transport = emails.MemoryTransport([REFUSED])
    sqlite_desk.world.deliver()
    (mail,) = sqlite_desk.world.mails(MailKind.CONFIRM_SIGN_UP)
    assert mail.state == MailState.REJECTED
    assert "Send" not in sqlite_desk.get("/organiser/programmes/demo/outbox?state=rejected").text
    assert sqlite_desk.post(f"/organiser/mails/{mail.id}", action="resend").status_code == 409


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "erase", "state": "held"},
        {"action": "leave", "state": "rejected"},
        {"action": "resend", "state": "accepted"},
        {"action": "resend", "state": "held", "until": "now"},
        {"action": "resend", "state": "held", "until": "2026-11-23T09:00:00"},
        {},
    ],
)
def test_a_word_that_means_nothing_is_refused(sqlite_desk: Desk, fields: dict[str, str]) -> None:
    round_ = sqlite_desk.round(2, (UNKNOWN,))
    before = sqlite_desk.visitor.state()
    assert sqlite_desk.post(outbox(round_, "/all"), **fields).status_code == 422
    assert sqlite_desk.post(f"/organiser/mails/{sqlite_desk.held().id}", action="erase").status_code == 422
    assert sqlite_desk.visitor.state() == before


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/organiser/sign-out", "/me"])
def test_the_way_back_leads_nowhere_else(sqlite_desk: Desk, back: str) -> None:
    round_ = sqlite_desk.round(2, (UNKNOWN,))
    answer = sqlite_desk.post(f"/organiser/mails/{sqlite_desk.held().id}", action="leave", back=back)
    assert answer.headers["location"] == f"{outbox(round_)}?done=leave&number=1"
