"""The button in "we could not reach …": looking changes nothing, pressing asks once."""

import pytest

from app.models import MailKind, ParticipantState
from tests.app.bounced import Post
from tests.app.web.visitor import Visitor


@pytest.fixture
def path(visitor: Visitor) -> str:
    """The way in Alex's mail, after Sam could not be reached."""
    visitor.world.person("sam", "Finance")
    visitor.world.person("alex", "Estates")
    visitor.world.sent_round()
    Post(visitor.world).take("hard", Post(visitor.world).introduction("sam"), "5.1.1")
    visitor.world.deliver()
    return visitor.link(MailKind.PARTNER_AWAY, "someone_new", "alex")


def test_looking_shows_the_button_and_changes_nothing(visitor: Visitor, path: str) -> None:
    before = visitor.state()
    page = visitor.get(path)
    assert (page.status_code, "Find me someone new" in page.text) == (200, True)
    assert visitor.http.head(path).status_code == 200
    assert visitor.state() == before


def test_pressing_asks_once(visitor: Visitor, path: str) -> None:
    answer = visitor.post(path, action="someone-new")
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert "We are looking for someone new" in visitor.get(path).text
    before = visitor.state()
    assert visitor.post(path, action="someone-new").status_code == 303
    assert visitor.state() == before


def test_the_page_never_says_what_was_wrong(visitor: Visitor, path: str) -> None:
    text = visitor.get(path).text
    assert [word for word in ("Sam", "sam@", "5.1.1", "bounce") if word in text] == []


def test_other_buttons_do_not_work_on_it(visitor: Visitor, path: str) -> None:
    before = visitor.state()
    for action in ("confirm", "open", "leave", "skip", "pause", "nonsense"):
        assert visitor.post(path, action=action).status_code == 410
    assert visitor.state() == before


def test_after_the_next_draw_it_says_so(visitor: Visitor, path: str) -> None:
    visitor.world.person("chris", "Nursing")
    visitor.world.sent_round("2026-W49")
    assert "That round is over" in visitor.get(path).text
    assert visitor.post(path, action="someone-new").status_code == 303
    assert "That round is over" in visitor.get(path).text


def test_it_works_for_thirty_days(visitor: Visitor, path: str) -> None:
    visitor.world.later(days=30)
    assert visitor.get(path).status_code == 410
    assert visitor.post(path, action="someone-new").status_code == 410


def test_who_comes_back_by_their_own_mail_is_in_the_draw_again(visitor: Visitor, path: str) -> None:
    assert visitor.world.there("sam").state == ParticipantState.HELD
    visitor.join("sam")
    visitor.world.deliver()
    assert visitor.post(visitor.link(MailKind.ALREADY_IN, "my_page", "sam"), action="open").status_code == 303
    assert visitor.world.there("sam").state == ParticipantState.ACTIVE
    assert Post(visitor.world).suppressed("sam") is None


def test_who_complained_and_joins_again_gets_mail_again(visitor: Visitor, path: str) -> None:
    post = Post(visitor.world)
    post.take("complaint", post.introduction("alex"))
    visitor.join("alex")
    visitor.world.deliver()
    link = visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "alex")
    assert visitor.post(link, action="confirm").status_code == 303
    assert (post.suppressed("alex"), visitor.world.there("alex").state) == (None, ParticipantState.ACTIVE)
