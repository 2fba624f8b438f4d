"""What people see when things are not as usual: held for mails that came back, invited and away, mail that is late."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.models import Channel, MailKind, ParticipantState, ProgrammeState, SuppressionReason
from app.queries import programmes as programme_queries
from app.services import absences, signups, suppression
from app.services.links import INVITATION
from app.web import zones
from app.workflows import duties
from app.workflows.channel import CHANNEL
from tests.app.bounced import Post
from tests.app.web.test_doors import invite
from tests.app.web.test_join import change
from tests.app.web.visitor import Visitor, visiting
from tests.factories import World

SILENT, CAME_BACK = "We have not heard from you", "came back, so we do not draw your name"


def bounced(visitor: Visitor) -> None:
    """Sam is introduced to Alex, and the mailbox refuses it."""
    world = visitor.world
    visitor.joined("sam")
    world.person("alex")
    world.sent_round()
    post = Post(world)
    post.take("hard", post.introduction("sam"), "5.1.1")


def closed_by_organiser(visitor: Visitor) -> None:
    world = visitor.world
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        where, key = (session, programme.organisation_id, "sam@example.org"), world.secret
        suppression.suppress(*where, SuppressionReason.ORGANISER, secret_key=key, now=world.now)
        absences.begin(*where, secret_key=key, now=world.now)


# --- held ------------------------------------------------------------------------------------------------------------


def test_who_is_held_because_mails_came_back_reads_that_and_has_a_way_out(visitor: Visitor) -> None:
    bounced(visitor)
    choices = visitor.link(MailKind.INTRODUCTION, "choices", "sam")
    for path in ("/me", choices):
        page = visitor.get(path).text
        assert (SILENT in page, CAME_BACK in page, "sam@example.org" in page) == (False, True, True)
        assert ("Come back now" in page, "Join with that one" in page) == (True, True)
    assert visitor.post("/me/choices", action="back").status_code == 303
    assert visitor.world.there("sam").state == ParticipantState.ACTIVE
    assert Post(visitor.world).suppressed("sam") is None


def test_when_a_programme_is_over_its_pages_offer_nothing_about_a_next_round(visitor: Visitor) -> None:
    visitor.joined("sam")
    assert all(words in visitor.get("/me").text for words in ("Skip the next round", "Pause until that day"))
    change(visitor.world, state=ProgrammeState.CLOSED)
    page = visitor.get("/me").text
    assert "This programme is over." in page
    assert not any(words in page for words in ("Skip the next round", "Pause until that day"))
    assert "Leave the programme" in page


def test_whose_address_an_organiser_has_closed_reads_whom_to_ask_and_finds_no_button(visitor: Visitor) -> None:
    visitor.joined("sam")
    visitor.world.person("alex")
    visitor.world.sent_round()
    closed_by_organiser(visitor)
    for path in ("/me", visitor.link(MailKind.INTRODUCTION, "choices", "sam")):
        page = visitor.get(path).text
        assert "An organiser has closed the address" in page
        assert "mailto:organiser@example.org" in page
        assert "Come back now" not in page


# --- invited ---------------------------------------------------------------------------------------------------------


def test_the_invited_read_that_they_are_and_have_a_fortnight(visitor: Visitor) -> None:
    invite(visitor.world, "sam")
    world = visitor.world
    world.deliver()
    letter = world.transport.sent[-1].data.decode().replace("=\r\n", "")
    assert "have invited you to join" in letter
    assert "asked to join" not in letter
    assert ("The link works for 14 days" in letter, "forget the address in 60 days" in letter) == (True, True)
    path = visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")
    world.now += INVITATION - timedelta(minutes=1)
    page = visitor.get(path)
    assert (page.status_code, "in 60 days" in page.text) == (200, True)
    assert visitor.post(path, action="confirm").status_code == 303
    assert world.there("sam").state == ParticipantState.ACTIVE


def test_who_was_away_for_weeks_can_ask_for_the_invitation_again(visitor: Visitor) -> None:
    """Also where only the invited may join, who could not ask by the form once they were forgotten."""
    world = visitor.world
    change(world, invitation_only=True)
    invite(world, "sam")
    for _ in range(6):
        world.later(days=9)
        duties.each_minute(world.work)
    visitor.post("/me", email="sam@example.org")
    path = visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")
    assert visitor.post(path, action="confirm").status_code == 303


def test_an_invitation_that_nobody_accepts_is_forgotten_in_the_end(visitor: Visitor) -> None:
    world = visitor.world
    invite(world, "sam")
    world.now += signups.INVITED
    duties.each_minute(world.work)
    assert world.find("sam") is not None
    world.later(minutes=1)
    duties.each_minute(world.work)
    assert world.find("sam") is None


def test_a_stranger_has_a_day_and_is_forgotten_after_a_week(visitor: Visitor) -> None:
    visitor.join("sam")
    path = visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")
    assert "in 7 days" in visitor.get(path).text
    visitor.world.later(days=7, minutes=1)
    duties.each_minute(visitor.world.work)
    assert visitor.world.find("sam") is None


# --- late mail -------------------------------------------------------------------------------------------------------


@pytest.fixture
def mailing(world: World) -> Iterator[Visitor]:
    """Pages of a service that has a mail server."""
    world.settings = world.settings.model_copy(update={"smtp_url": SecretStr("smtp://localhost:1025?starttls=off")})
    with visiting(world) as found:
        yield found


def trouble(visitor: Visitor, minutes: int) -> None:
    world = visitor.world
    with world.database.writing() as session:
        way_out = session.get(Channel, CHANNEL) or Channel(name=CHANNEL)
        way_out.trouble, way_out.trouble_since = "454 not now", world.now - timedelta(minutes=minutes)
        session.add(way_out)


@pytest.mark.parametrize("path", ["/p/demo/sent", "/me/sent"])
def test_while_no_mail_leaves_the_pages_that_promise_one_say_so(mailing: Visitor, path: str) -> None:
    assert "leave late" not in mailing.get(path).text
    trouble(mailing, 3)
    assert "leave late" not in mailing.get(path).text
    trouble(mailing, 6)
    page = mailing.get(path).text
    assert ("leave late at the moment" in page, "454" in page) == (True, False)


# --- time zone -------------------------------------------------------------------------------------------------------


def test_a_time_zone_is_chosen_from_places_by_continent_with_the_programmes_own_first(visitor: Visitor) -> None:
    visitor.joined("sam")
    page = visitor.get("/me/topics").text
    assert "The programme’s own: London" in page
    assert re.findall(r'<optgroup label="([^"]*)"', page)[:3] == ["Europe", "Africa", "America"]
    assert '<option value="America/Argentina/Salta">Argentina/Salta</option>' in page
    visitor.post("/me/topics", time_zone="Asia/Tokyo")
    assert visitor.world.there("sam").time_zone == "Asia/Tokyo"
    assert '<option value="Asia/Tokyo" selected>' in visitor.get("/me/topics").text
    assert "<dt>Time zone</dt><dd>Tokyo</dd>" in visitor.get("/me").text
    visitor.post("/me/topics", interests="Chess")
    assert visitor.world.there("sam").time_zone == "Asia/Tokyo"
    visitor.post("/me/topics", time_zone="")
    assert visitor.world.there("sam").time_zone == ""


def test_a_time_zone_that_is_not_of_the_list_is_refused_in_words(visitor: Visitor) -> None:
    visitor.joined("sam")
    for zone in ("Mars/Olympus", "../../etc/passwd", "localtime", "Asia/Tokyo\x00", "<b>", "x" * 70):
        answer = visitor.post("/me/topics", time_zone=zone, interests="Chess")
        assert (answer.status_code, answer.text.count("Choose one of the time zones of the list.")) == (422, 2)
        assert ("Chess</textarea>" in answer.text, "<b>" in answer.text) == (True, False)
    assert visitor.world.there("sam").time_zone == ""


def test_a_zone_that_an_organiser_brought_along_stays_on_the_list(visitor: Visitor) -> None:
    visitor.joined("sam")
    with visitor.world.database.writing() as session:
        sam = session.merge(visitor.world.there("sam"))
        sam.time_zone = "US/Pacific"
    assert '<option value="US/Pacific" selected>' in visitor.get("/me/topics").text
    assert visitor.post("/me/topics", time_zone="US/Pacific").status_code == 303


def test_every_zone_that_is_offered_is_one_and_its_words_are_its_own() -> None:
    from zoneinfo import ZoneInfo

    offered = [place for _, places in zones.offered("Europe/London") for place in places]
    assert len(offered) > 400
    assert len({name for name, _ in offered}) == len(offered)
    assert all(ZoneInfo(name) for name, _ in offered)
