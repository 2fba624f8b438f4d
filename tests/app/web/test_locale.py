"""Each person has pages and mails in a language of their own: the one they joined in, or the one they chose since."""

import email
import email.policy
import json
import re
from collections.abc import Iterator

import pytest

from app.models import MailKind, Participant, Programme, ProgrammeState
from tests.app.web.escapees import OFFERED, offering, speaking
from tests.app.web.visitor import Visitor, visiting
from tests.factories import World

ACCENTED, MIRRORED = "en-XA", "ar-XB"
CHOICE = 'name="locale"'


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    """Somebody who looks at a programme where the made languages are offered."""
    offering(world)
    with visiting(world) as found:
        yield found


def spoken(html: str) -> str:
    """The language that a page or a mail says it is in."""
    found = re.search(r'<html lang="([\w-]+)"', html)
    assert found is not None
    return found[1]


def newest_mail(world: World) -> str:
    """The language of the mail that left last."""
    world.deliver()
    message = email.message_from_bytes(world.transport.sent[-1].data, policy=email.policy.default)
    html = message.get_body(("html",))
    assert html is not None
    return spoken(html.get_content())


def asked_for_again(visitor: Visitor) -> str:
    """The language of a mail that Sam asks for now."""
    visitor.world.deliver()  # what waits leaves first
    visitor.post("/me", email="sam@example.org")
    return newest_mail(visitor.world)


def choose(world: World, locale: str) -> None:
    with world.database.writing() as session:
        row = session.get_one(Participant, world.there("sam").id)
        row.locale = locale
        session.add(row)


def test_who_joins_in_a_language_has_mails_and_pages_in_it_from_then_on(visitor: Visitor) -> None:
    with speaking(visitor, f"tlh, {ACCENTED};q=0.9, en;q=0.5"):
        visitor.join("sam")
    assert newest_mail(visitor.world) == ACCENTED
    link = visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")
    with speaking(visitor, MIRRORED):
        assert spoken(visitor.get("/p/demo").text) == MIRRORED, "a stranger has the language of the browser"
        assert spoken(visitor.get(link).text) == ACCENTED, "who is known has their own"
        visitor.post(link, action="confirm")
        assert [spoken(visitor.get(path).text) for path in ("/me", "/me/topics", "/me/leave")] == [ACCENTED] * 3
        assert spoken(visitor.get(link).text) == MIRRORED, "a link that has ended tells nothing of whose it was"
        assert spoken(visitor.post("/me/choices", action="none").text) == ACCENTED


def test_who_chooses_another_language_has_it_on_the_next_page_and_in_the_next_mail(visitor: Visitor) -> None:
    visitor.joined("sam")
    assert (visitor.world.there("sam").locale, asked_for_again(visitor)) == ("", "en")
    settings = visitor.get("/me/topics").text
    assert [settings.count(f'{CHOICE} value="{tag}"') for tag in ("", *OFFERED.split(","))] == [1] * 4
    visitor.post("/me/topics", locale=MIRRORED)
    assert (spoken(visitor.get("/me").text), asked_for_again(visitor)) == (MIRRORED, MIRRORED)
    assert f'{CHOICE} value="{MIRRORED}" checked' in visitor.get("/me/topics").text
    visitor.post("/me/topics", interests="Chess")
    assert visitor.world.there("sam").locale == MIRRORED, "a form that does not ask changes nothing"
    visitor.post("/me/topics", locale="")
    with speaking(visitor, ACCENTED):
        assert spoken(visitor.get("/me").text) == ACCENTED
    assert asked_for_again(visitor) == "en"


def test_a_mail_that_waits_goes_in_the_language_chosen_meanwhile(visitor: Visitor) -> None:
    visitor.world.people(3)
    visitor.joined("sam")
    visitor.world.draw(visitor.world.open_round(send=True))
    visitor.post("/me/topics", locale=ACCENTED)
    visitor.world.deliver()
    mails = {sent.recipient: sent.data for sent in visitor.world.transport.sent}
    html = email.message_from_bytes(mails["sam@example.org"], policy=email.policy.default).get_body(("html",))
    assert html is not None
    assert spoken(html.get_content()) == ACCENTED


def test_the_answer_to_a_button_of_a_mail_is_in_the_language_of_its_reader(visitor: Visitor) -> None:
    visitor.world.people(3)
    visitor.joined("sam")
    visitor.world.sent_round()
    choose(visitor.world, ACCENTED)
    stranger = visitor.fresh()
    choices = visitor.link(MailKind.INTRODUCTION, "choices", "sam")
    assert spoken(stranger.post(choices, action="pause", until="").text) == ACCENTED
    leave = visitor.link(MailKind.INTRODUCTION, "leave", "sam")
    assert spoken(stranger.get(leave).text) == ACCENTED
    assert spoken(stranger.post(leave, action="leave").text) == ACCENTED


def test_a_programme_that_has_closed_says_so_in_the_language_of_who_follows_a_link(visitor: Visitor) -> None:
    with speaking(visitor, ACCENTED):
        visitor.join("sam")
    link = visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")
    with visitor.world.database.writing() as session:
        programme = session.get_one(Programme, visitor.world.there("sam").programme_id)
        programme.state = ProgrammeState.CLOSED
        session.add(programme)
    assert spoken(visitor.get(link).text) == ACCENTED
    assert spoken(visitor.get("/p/demo").text) == "en"


def test_a_language_that_is_not_offered_any_more_falls_back(visitor: Visitor) -> None:
    visitor.joined("sam")
    choose(visitor.world, "cy")
    with speaking(visitor, ACCENTED):
        assert spoken(visitor.get("/me").text) == ACCENTED
    with visitor.world.database.writing() as session:
        programme = session.get_one(Programme, visitor.world.there("sam").programme_id)
        programme.locale = MIRRORED
        session.add(programme)
    assert asked_for_again(visitor) == MIRRORED


@pytest.mark.parametrize("wrong", ["cy", "en-xa", "x" * 300, "../en"])
def test_a_language_that_nobody_offers_cannot_be_chosen(sqlite_world: World, wrong: str) -> None:
    offering(sqlite_world)
    with visiting(sqlite_world) as visitor:
        visitor.joined("sam")
        answer = visitor.post("/me/topics", locale=wrong)
        assert (answer.status_code, 'href="#locale">Choose one of the languages.' in answer.text) == (422, True)
        assert visitor.world.there("sam").locale == ""


def test_where_there_is_one_language_nothing_is_asked_or_kept(sqlite_world: World) -> None:
    with visiting(sqlite_world) as visitor, speaking(visitor, "en, fr"):
        visitor.joined("sam")
        assert (visitor.world.there("sam").locale, CHOICE in visitor.get("/me/topics").text) == ("", False)


def test_the_language_is_among_what_one_can_download(visitor: Visitor) -> None:
    visitor.joined("sam")
    choose(visitor.world, ACCENTED)
    assert json.loads(visitor.get("/me/data.json").text)["language"] == ACCENTED
