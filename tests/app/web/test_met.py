"""Did you meet? The link shows, a button answers; nobody else can read it, and no other link can write it."""

import pytest

from app.models import Feedback, MailKind, Met
from app.workflows import duties
from tests.app.web.visitor import Visitor


@pytest.fixture
def path(visitor: Visitor) -> str:
    """The page behind the link of a reminder to person00."""
    visitor.world.people(2)
    visitor.world.sent_round()
    visitor.world.later(days=4)
    duties.ask(visitor.world.work)
    return visitor.link(MailKind.REMINDER, "feedback", "person00")


def said(visitor: Visitor) -> list[tuple[Met, int | None, str, bool]]:
    from sqlmodel import select

    with visitor.world.database.reading() as session:
        return [(row.met, row.worth, row.learnt, row.share) for row in session.exec(select(Feedback))]


def test_two_taps_are_an_answer_and_looking_is_none(visitor: Visitor, path: str) -> None:
    for _ in range(3):
        page = visitor.get(path)
        assert (page.status_code, "Person01" in page.text) == (200, True)
        assert visitor.http.head(path).status_code == 200
    assert said(visitor) == []
    answer = visitor.post(path, action="booked")
    assert (answer.status_code, said(visitor)) == (303, [(Met.BOOKED, None, "", False)])
    assert "it is booked" in visitor.get(path).text


def test_more_can_be_said_and_the_answer_changed(visitor: Visitor, path: str) -> None:
    visitor.post(path, action="yes")
    answer = visitor.post(path, action="more", worth="4", learnt="Estates know where the keys are.", share="yes")
    assert answer.status_code == 303
    assert said(visitor) == [(Met.YES, 4, "Estates know where the keys are.", True)]
    assert "Estates know where the keys are." in visitor.get(path).text
    visitor.post(path, action="no")
    assert said(visitor)[0][0] == Met.NO


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"action": "more", "worth": "6"}, 422),
        ({"action": "more", "learnt": "x" * 2001}, 422),
        ({"action": "more", "learnt": "a\x00b"}, 422),
        ({"action": "perhaps"}, 410),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words_and_keeps_what_was_there(
    visitor: Visitor, path: str, fields: dict[str, str], status: int
) -> None:
    visitor.post(path, action="yes")
    before = said(visitor)
    assert visitor.post(path, **fields).status_code == status
    assert said(visitor) == before


def test_more_without_a_first_tap_is_refused(visitor: Visitor, path: str) -> None:
    assert visitor.post(path, action="more", learnt="x").status_code == 422
    assert said(visitor) == []


def test_no_other_link_answers_for_somebody(visitor: Visitor, path: str) -> None:
    for kind, name in ((MailKind.INTRODUCTION, "choices"), (MailKind.INTRODUCTION, "leave")):
        assert visitor.post(visitor.link(kind, name, "person00"), action="yes").status_code == 410
    assert said(visitor) == []


def test_the_answer_is_shown_to_nobody_else(visitor: Visitor, path: str) -> None:
    visitor.post(path, action="yes")
    visitor.post(path, action="more", learnt="A line that is mine alone.")
    other = visitor.link(MailKind.REMINDER, "feedback", "person01")
    page = visitor.get(other).text
    assert "mine alone" not in page
    assert "Thank you" not in page


def test_all_of_the_second_page_is_kept_and_shown_again(visitor: Visitor, path: str) -> None:
    visitor.post(path, action="yes")
    fields = {"worth": "4", "known": "no", "helped": "both", "learnt": "Ask.", "will_try": "Call."}
    assert visitor.post(path, action="more", **fields).status_code == 303
    page = visitor.get(path).text
    for name, value in (("worth", "4"), ("known", "no"), ("helped", "both")):
        assert f'id="{name}-{value}" name="{name}" value="{value}" checked' in page
    assert (page.count(" checked"), "Call.</textarea>" in page) == (3, True)


def test_what_was_chosen_is_not_lost_when_a_line_is_refused(visitor: Visitor, path: str) -> None:
    visitor.post(path, action="yes")
    answer = visitor.post(path, action="more", worth="4", helped="got", share="yes", will_try="x" * 2001)
    assert (answer.status_code, answer.text.count(" checked"), 'href="#will_try"' in answer.text) == (422, 3, True)


def test_a_day_may_be_told_with_it_is_booked_and_means_that_it_is_arranged(visitor: Visitor, path: str) -> None:
    visitor.post(path, action="booked")
    assert "We ask no more" in visitor.get(path).text
    assert visitor.post(path, action="booked", on="2026-12-03").status_code == 303
    page = visitor.get(path).text
    assert ("it is booked for Thursday 3 December" in page, "on the day after" in page) == (True, True)
    conversation = visitor.get(visitor.link(MailKind.REMINDER, "conversation", "person00")).text
    assert "it is arranged for Thursday 3 December" in conversation
    assert visitor.post(path, action="booked", on="2026-11-20").status_code == 422


@pytest.mark.parametrize("fields", [{"known": "perhaps"}, {"helped": "much"}, {"worth": "0"}])
def test_answers_that_are_not_ours_are_refused(visitor: Visitor, path: str, fields: dict[str, str]) -> None:
    visitor.post(path, action="yes")
    before = visitor.state()
    assert visitor.post(path, action="more", **fields).status_code == 422
    assert visitor.state() == before
