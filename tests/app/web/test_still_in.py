"""Still want to be in the draw? One button brings back who was silent; looking does nothing."""

import pytest

from app.models import HeldFor, MailKind, ParticipantState, ProgrammeState, SuppressionReason
from app.queries import programmes
from app.services import participants, suppression
from app.workflows import duties
from tests.app.bounced import Post
from tests.app.web.visitor import Visitor

BACK = (ParticipantState.ACTIVE, None)


@pytest.fixture
def path(visitor: Visitor) -> str:
    """The page behind the link that a silent person00 gets."""
    world = visitor.world
    with world.database.writing() as session:
        programmes.programme(session, world.slug).hold_after = 1
    world.people(2)
    world.sent_round()
    for _ in range(14):
        world.later(days=1)
        duties.ask(world.work)
        world.deliver()
    return visitor.link(MailKind.STILL_IN, "still_in", "person00")


def how(visitor: Visitor, name: str = "person00") -> tuple[ParticipantState, HeldFor | None]:
    person = visitor.world.there(name)
    return person.state, person.held_for


def test_looking_changes_nothing_and_one_press_brings_back(visitor: Visitor, path: str) -> None:
    before = visitor.state()
    for _ in range(3):
        page = visitor.get(path)
        assert (page.status_code, "Keep me in" in page.text) == (200, True)
        assert visitor.http.head(path).status_code == 200
    assert visitor.state() == before
    for _ in range(2):
        assert visitor.post(path, action="keep-me-in").status_code == 303
        assert how(visitor) == BACK
    after = visitor.get(path).text
    assert ("You are in the draw" in after, "Keep me in" in after) == (True, False)
    assert how(visitor, "person01") == (ParticipantState.HELD, HeldFor.SILENCE)


def test_the_press_shows_that_mail_arrives_too(visitor: Visitor, path: str) -> None:
    post = Post(visitor.world)
    post.take("hard", visitor.world.mails(MailKind.STILL_IN, "person00")[0], "5.1.1")
    assert post.suppressed("person00") is not None
    visitor.post(path, action="keep-me-in")
    assert (how(visitor), post.suppressed("person00")) == (BACK, None)


def test_an_address_that_an_organiser_has_closed_stays_closed(visitor: Visitor, path: str) -> None:
    world = visitor.world
    with world.database.writing() as session:
        organisation = programmes.programme(session, world.slug).organisation_id
        to, reason = "person00@example.org", SuppressionReason.ORGANISER
        suppression.suppress(session, organisation, to, reason, secret_key=world.secret, now=world.now)
    assert visitor.post(path, action="keep-me-in").status_code == 409
    assert how(visitor) == (ParticipantState.HELD, HeldFor.SILENCE)


def test_an_old_mail_does_not_end_a_pause_that_was_chosen_since(visitor: Visitor, path: str) -> None:
    world = visitor.world
    with world.database.writing() as session:
        programme, today = programmes.programme(session, world.slug), world.now.date()
        person = session.merge(world.there("person00"))
        until, secret = today.replace(year=2027), world.secret
        participants.pause(session, programme, person, until, now=world.now, today=today, secret_key=secret)
    assert "You are taking a break" in visitor.get(path).text
    assert visitor.post(path, action="keep-me-in").status_code == 303
    assert how(visitor) == (ParticipantState.PAUSED, None)


def test_when_the_programme_is_over_the_page_says_so(visitor: Visitor, path: str) -> None:
    with visitor.world.database.writing() as session:
        programmes.programme(session, visitor.world.slug).state = ProgrammeState.CLOSED
    page = visitor.get(path).text
    assert ("This programme is over" in page, "Keep me in" in page) == (True, False)


def test_no_other_link_brings_back(visitor: Visitor, path: str) -> None:
    for kind, name in ((MailKind.INTRODUCTION, "leave"), (MailKind.REMINDER, "feedback")):
        assert visitor.post(visitor.link(kind, name, "person00"), action="keep-me-in").status_code == 410
    assert how(visitor) == (ParticipantState.HELD, HeldFor.SILENCE)


def test_a_button_behind_any_link_is_a_sign_and_looking_is_none(visitor: Visitor, path: str) -> None:
    choices = visitor.link(MailKind.INTRODUCTION, "choices", "person01")
    visitor.get(choices)
    assert visitor.world.there("person01").heard_at is None
    visitor.post(choices, action="mail")
    assert visitor.world.there("person01").heard_at == visitor.world.now
    visitor.post("/m/made-up", action="mail")
    assert visitor.world.there("person00").heard_at is None
