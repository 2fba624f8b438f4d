"""Which mails of a round leave and when, by the buttons of its pages."""

import re

import pytest

from app.models import MailKind, Role, Round, RoundState
from app.workflows import duties
from tests.app.web.organiser.desk import Desk

SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')


def approved(desk: Desk, people: int = 4) -> tuple[Round, str]:
    """A round that waits to be sent, and where it is."""
    desk.world.people(people)
    round_ = desk.world.draw(desk.world.open_round())
    here = f"/organiser/rounds/{round_.id}"
    assert desk.post(f"{here}/approve", seen=seen(desk, here)).status_code == 303
    return round_, here


def seen(desk: Desk, path: str) -> str:
    found = SEEN.search(desk.get(path).text)
    assert found
    return found[1]


def test_a_mail_is_kept_back_and_let_go_beside_it_and_its_page_says_so(desk: Desk) -> None:
    round_, here = approved(desk)
    ana = desk.world.there("person00").id
    answer = desk.post(f"{here}/keep", people=ana, back=f"{here}/outbox?state=waiting")
    assert answer.headers["location"] == f"{here}/outbox?state=waiting&done=kept"
    assert "Kept back; waits until somebody lets it go" in desk.get(f"{here}/outbox").text
    assert "1 mail is kept back" in desk.get(here).text
    assert "<h1>3 people will get a mail</h1>" in desk.get(f"{here}/send").text
    desk.post(f"{here}/send", seen=seen(desk, f"{here}/send"))
    desk.world.deliver()
    assert [mail.recipient for mail in desk.world.mails(MailKind.INTRODUCTION) if mail.state == "ready"] == [
        "person00@example.org"
    ]
    assert "1 mail is kept back." in desk.get(f"{here}/watch").text
    answer = desk.post(f"{here}/release", people=ana, back="https://evil.example")
    assert answer.headers["location"] == f"{here}?done=released"
    desk.world.deliver()
    assert desk.world.round(round_.id).state == RoundState.INTRODUCED


def test_a_group_is_kept_back_by_its_card(sqlite_desk: Desk) -> None:
    round_, here = approved(sqlite_desk)
    group = next(iter(sqlite_desk.world.seated(round_)))
    assert sqlite_desk.post(f"{here}/keep", groups=group).headers["location"] == f"{here}?done=kept"
    text = sqlite_desk.get(here).text
    assert "2 mails are kept back" in text
    assert text.count("Let it go<") == 1
    sqlite_desk.post(f"{here}/release", all="yes")
    assert "kept back" not in sqlite_desk.get(here).text


def test_what_cannot_be_kept_says_why(sqlite_desk: Desk) -> None:
    _, here = approved(sqlite_desk)
    answer = sqlite_desk.post(f"{here}/keep", people="ppl_nobody")
    assert (answer.status_code, "is not in this round" in answer.text) == (422, True)
    sqlite_desk.post(f"{here}/send", seen=seen(sqlite_desk, f"{here}/send"))
    answer = sqlite_desk.post(f"{here}/keep", people=sqlite_desk.world.there("person00").id)
    assert (answer.status_code, "and only then" in answer.text) == (409, True)


def test_a_round_is_sent_at_the_moment_that_was_typed_by_the_clocks_of_the_programme(desk: Desk) -> None:
    round_, here = approved(desk)
    asked = {"day": "2026-11-24", "time": "09:30", "seen": seen(desk, f"{here}/send")}
    assert desk.post(f"{here}/schedule", **asked).headers["location"] == f"{here}?done=scheduled"
    assert "Sent by itself Tuesday 24 November at 09:30" in desk.get(here).text.replace("\u2068", "").replace(
        "\u2069", ""
    )
    overview = desk.get("/organiser").text
    assert ("is sent by itself" in overview, "Look, then send" in overview) == (True, False)
    desk.world.later(days=1)
    duties.send_due(desk.world.work)
    assert desk.world.round(round_.id).state == RoundState.APPROVED
    desk.world.later(minutes=30)
    duties.send_due(desk.world.work)
    desk.world.deliver()
    assert desk.world.round(round_.id).state == RoundState.INTRODUCED


def test_a_moment_is_undone(sqlite_desk: Desk) -> None:
    round_, here = approved(sqlite_desk)
    sqlite_desk.post(f"{here}/schedule", day="2026-11-24", time="09:30", seen=seen(sqlite_desk, f"{here}/send"))
    assert sqlite_desk.post(f"{here}/unschedule").headers["location"] == f"{here}?done=unscheduled"
    assert sqlite_desk.world.round(round_.id).send_at is None


@pytest.mark.parametrize(
    ("day", "time", "words"),
    [
        ("", "09:00", "Enter the day on which it is sent."),
        ("2026-11-24", "noon", "Enter the time of day at which it is sent"),
        ("2026-11-22", "09:00", "The moment must be in the next 60 days."),
        ("2027-03-28", "01:30", "On that day the clocks leave this hour out."),
        ("9999-12-31", "23:59", "The moment must be in the next 60 days."),
    ],
)
def test_a_moment_that_cannot_be_is_refused_beside_its_field(
    sqlite_desk: Desk, day: str, time: str, words: str
) -> None:
    round_, here = approved(sqlite_desk)
    answer = sqlite_desk.post(f"{here}/schedule", day=day, time=time, seen=seen(sqlite_desk, f"{here}/send"))
    assert (answer.status_code, words in answer.text, f'value="{day}"' in answer.text) == (422, True, True)
    assert sqlite_desk.world.round(round_.id).send_at is None


def test_what_was_not_seen_is_not_sent_later_either(sqlite_desk: Desk) -> None:
    round_, here = approved(sqlite_desk)
    assert sqlite_desk.post(f"{here}/schedule", day="2026-11-24", time="09:30", seen="0" * 32).status_code == 412
    assert sqlite_desk.world.round(round_.id).send_at is None


def test_who_may_not_send_sees_no_such_buttons(sqlite_desk: Desk) -> None:
    _, here = approved(sqlite_desk)
    viewer = sqlite_desk.elsewhere(sqlite_desk.organiser(Role.VIEWER, name="vi"))
    assert "Send later" not in viewer.get(here).text + viewer.get(f"{here}/outbox").text
    assert viewer.post(f"{here}/keep", groups="1").status_code == 403
