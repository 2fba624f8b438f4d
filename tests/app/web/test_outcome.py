"""Did anything come of it? A button answers, looking does not; nobody else can read it, no other link can write it."""

import pytest
from sqlmodel import select

from app.models import Came, MailKind, Met, Outcome, Participant, Programme
from app.services import feedback, privacy
from app.services.feedback import Answer
from app.workflows import duties
from tests.app.web.visitor import Visitor

LINE = "Estates now know whom to ring."


@pytest.fixture
def path(visitor: Visitor) -> str:
    """The page behind the link that person00 gets a month after they met person01."""
    world = visitor.world
    world.people(2)
    world.sent_round()
    with world.database.writing() as session:
        for name in ("person00", "person01"):
            group = world.mails(MailKind.INTRODUCTION, name)[0].facts["group"]
            feedback.record(session, session.merge(world.there(name)), group, Answer(Met.YES), world.now)
    world.later(days=30)
    duties.ask(world.work)
    return visitor.link(MailKind.OUTCOME, "outcome", "person00")


def said(visitor: Visitor) -> list[tuple[Came, str]]:
    with visitor.world.database.reading() as session:
        return [(row.came, row.line) for row in session.exec(select(Outcome))]


def test_two_taps_are_an_answer_and_looking_is_none(visitor: Visitor, path: str) -> None:
    before = visitor.state()
    for _ in range(3):
        page = visitor.get(path)
        assert (page.status_code, "Person01" in page.text) == (200, True)
        assert visitor.http.head(path).status_code == 200
    assert visitor.state() == before
    for came in Came:
        assert f'value="{came}"' in page.text
        answer = visitor.post(path, action=came.value)
        assert (answer.status_code, said(visitor)) == (303, [(came, "")])
    assert "some things take a while" in visitor.get(path).text


def test_a_line_may_be_left_and_stays_with_another_answer(visitor: Visitor, path: str) -> None:
    visitor.post(path, action="used")
    assert visitor.post(path, action="line", line=f"  {LINE} ").headers["location"] == f"{path}?done=line"
    assert said(visitor) == [(Came.USED, LINE)]
    page = visitor.get(f"{path}?done=line").text
    assert (LINE in page, "Kept. That was all." in page) == (True, True)
    visitor.post(path, action="started")
    assert said(visitor) == [(Came.STARTED, LINE)]
    visitor.post(path, action="line", line="")
    assert said(visitor) == [(Came.STARTED, "")]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"action": "line", "line": "x" * 501}, 422),
        ({"action": "line", "line": "a\x00b"}, 422),
        ({"action": "perhaps"}, 410),
        ({"action": "yes"}, 410),
    ],
)
def test_what_cannot_be_kept_is_refused_and_keeps_what_was_there(
    visitor: Visitor, path: str, fields: dict[str, str], status: int
) -> None:
    visitor.post(path, action="spoke")
    before = said(visitor)
    assert visitor.post(path, **fields).status_code == status
    assert said(visitor) == before


def test_a_line_without_a_first_tap_is_refused(visitor: Visitor, path: str) -> None:
    assert visitor.post(path, action="line", line="x").status_code == 422
    assert said(visitor) == []


def test_no_other_link_answers_for_somebody(visitor: Visitor, path: str) -> None:
    for kind, name in ((MailKind.INTRODUCTION, "choices"), (MailKind.OUTCOME, "leave"), (MailKind.OUTCOME, "choices")):
        assert visitor.post(visitor.link(kind, name, "person00"), action="spoke").status_code == 410
    assert said(visitor) == []


def test_the_answer_is_shown_to_nobody_else_and_is_in_the_copy_of_ones_own_data(visitor: Visitor, path: str) -> None:
    visitor.post(path, action="changed")
    visitor.post(path, action="line", line=LINE)
    page = visitor.get(visitor.link(MailKind.OUTCOME, "outcome", "person01")).text
    assert (LINE in page, "Thank you" in page) == (False, False)
    world = visitor.world
    with world.database.reading() as session:
        people = session.exec(select(Participant).order_by(Participant.email)).all()
        programme = session.exec(select(Programme)).one()
        copies = [privacy.export(session, programme, person)["outcomes"] for person in people]
    assert [[one["line"] for one in copy] for copy in copies] == [[LINE], []]
