"""Sponsor, conduct and privacy: what an organiser says is shown safely, and the privacy page cannot lie about times."""

import re

import pytest

from app.models import Purpose
from app.services.links import LIFETIME
from app.services.retention import kept
from app.services.signups import INVITED, UNCONFIRMED
from tests.app.concerned import SAFE, named
from tests.app.web.visitor import Visitor, visiting
from tests.factories import World

HOSTILE = '"><script>alert(1)</script>'
CONDUCT, PRIVACY = "/p/demo/conduct", "/p/demo/privacy"


def test_the_join_page_shows_who_stands_behind_it_and_leads_to_both_pages(visitor: Visitor) -> None:
    assert 'class="card sponsor"' not in visitor.get("/p/demo").text
    named(visitor.world, sponsor_name="Grace Adeyemi", sponsor_role="Chief nurse", sponsor_words="Chance needs a hand.")
    page = visitor.get("/p/demo").text
    for words in ("Grace Adeyemi", "Chief nurse", "Chance needs a hand.", ">GA<", CONDUCT, PRIVACY):
        assert words in page
    assert page.index("By joining you agree") < page.index(">Join</button>")
    assert 'type="checkbox"' not in page
    for path in (CONDUCT, PRIVACY):
        assert visitor.get(path).status_code == visitor.http.head(path).status_code == 200


def test_ours_is_the_code_of_conduct_unless_there_is_another(visitor: Visitor) -> None:
    assert "<strong>Be kind.</strong>" in visitor.get(CONDUCT).text
    named(visitor.world, conduct="Be good.\nAlways.\n\n\nAnd <b>early</b>.")
    page = visitor.get(CONDUCT).text
    assert "<p><bdi>Be good.</bdi><br><bdi>Always.</bdi></p>" in page
    assert "<p><bdi>And &lt;b&gt;early&lt;/b&gt;.</bdi></p>" in page
    assert "Be kind" not in page


def test_a_link_to_a_code_of_conduct_is_one(visitor: Visitor) -> None:
    named(visitor.world, conduct="https://example.org/conduct?v=2&w=3")
    assert 'href="https://example.org/conduct?v=2&amp;w=3" rel="noreferrer"' in visitor.get(CONDUCT).text


def test_hostile_facts_of_a_programme_are_shown_and_do_nothing(visitor: Visitor) -> None:
    fields = ("sponsor_name", "sponsor_role", "sponsor_words", "conduct", "safe_name", "controller", "contact_name")
    named(visitor.world, safe_email="amira@example.org", **dict.fromkeys(fields, HOSTILE))
    for path in ("/p/demo", CONDUCT, PRIVACY):
        page = visitor.get(path).text
        assert ("<script" in page, "&lt;script&gt;" in page) == (False, True), path


def test_both_pages_say_who_reads_what_is_wrong_or_that_nobody_does(visitor: Visitor) -> None:
    named(visitor.world, contact_name="Olu Organiser")
    assert "Olu Organiser" in visitor.get(CONDUCT).text
    named(visitor.world, **SAFE)
    for path in (CONDUCT, PRIVACY):
        assert "Amira Haddad" in visitor.get(path).text
    from app.queries import programmes as queries

    with visitor.world.database.writing() as session:
        programme = queries.programme(session, "demo")
        programme.safe_email = programme.contact_email = None
    assert "Nobody is named here yet" in visitor.get(CONDUCT).text
    assert "nobody is named to read it" in visitor.get(PRIVACY).text


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"keep_mail_days": 17, "keep_concern_days": 19, "keep_feedback_days": 123, "keep_audit_days": 321},
    ],
)
def test_the_privacy_page_tells_the_times_by_which_things_are_removed(world: World, told: dict[str, int]) -> None:
    world.settings = world.settings.model_copy(update=told)
    with visiting(world) as visitor:
        page = visitor.get(PRIVACY).text
    times = kept(world.settings)
    rows = dict(re.findall(r'<th scope="row">(.*?)</th><td>.*?<strong>(\d+) days</strong>', page))
    assert rows == {
        "A sign-up that nobody confirms": str(UNCONFIRMED.days),
        "An invitation that nobody accepts": str(INVITED.days),
        "The words of a mail that was sent": str(times.mails.days),
        "The words of what was wrong": str(times.concerns.days),
        "What you wrote about a conversation": str(times.feedback.days),
        "Notes on who did what in the service (no names, no words)": str(times.audit.days),
        "Answers to the organisers' programs": str(times.answers.days),
        "Reports that a mail came back": str(times.events.days),
    }
    hours = LIFETIME[Purpose.SESSION]
    assert hours is not None
    assert f"signed in for {hours.seconds // 3600} hours" in page


def test_the_privacy_page_names_who_answers_in_law(visitor: Visitor) -> None:
    assert "Example Trust</bdi> answers for" in visitor.get(PRIVACY).text
    named(visitor.world, controller="Example Trust, 1 High Street")
    page = visitor.get(PRIVACY).text
    assert ("1 High Street</bdi> answers for" in page, "organiser@example.org" in page) == (True, True)


@pytest.mark.parametrize("path", ["/p/nowhere/conduct", "/p/nowhere/privacy", "/p/No%20Slug/privacy"])
def test_there_are_no_such_pages_of_no_programme(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 404
