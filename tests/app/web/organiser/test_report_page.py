"""The reports on quarters, as those see them who may look at the programme; and what they learn of a stop."""

from app.models import Role
from app.queries import programmes as programme_queries
from app.security import mailed_token
from app.services import sponsors
from tests.app.reported import OF_FEW, THREE_ROUNDS, reported
from tests.app.web.organiser.desk import Desk
from tests.app.web.test_join import change

HERE = "/organiser/programmes/demo/report"
WORDS = "/organiser/programmes/demo/set-up/words"


def test_before_the_first_quarter_is_over_it_says_when_a_report_comes(desk: Desk) -> None:
    page = desk.get(HERE)
    assert (page.status_code, "No report yet" in page.text) == (200, True)
    assert desk.get(f"{HERE}?quarter=2026-Q3").status_code == 404
    assert desk.get(f"{HERE}?quarter=soon").status_code == 422


def test_the_latest_is_shown_and_the_others_a_link_away_with_the_figures_that_were_mailed(desk: Desk) -> None:
    reported(desk.world, "2026-Q2", OF_FEW, to="")
    made = reported(desk.world, "2026-Q3", THREE_ROUNDS)
    page = desk.get(HERE).text
    for words in ("July to September 2026", "At least 55", "mailed to <bdi>grace@example.org</bdi>"):
        assert words in page
    assert f'href="{HERE}?quarter=2026-Q2"' in page
    mailed = desk.visitor.get(f"/m/{mailed_token(desk.world.secret, made['report'])}").text
    for piece in ('<dl class="tiles">', '<table class="kept'):
        end = "</dl>" if "dl" in piece else "</table>"
        shown, theirs = (text.partition(piece)[2].partition(end)[0] for text in (page, mailed))
        assert shown == theirs != ""
    assert mailed_token(desk.world.secret, made["report"]) not in page
    older = desk.get(f"{HERE}?quarter=2026-Q2").text
    assert ("Too few to show" in older, "mailed to nobody" in older) == (True, True)


def test_whoever_may_look_at_the_programme_sees_it_and_nobody_else(desk: Desk) -> None:
    reported(desk.world)
    desk.world.programme("second")
    viewer = desk.elsewhere(desk.organiser(Role.VIEWER, slug="demo", name="vera"))
    other = desk.elsewhere(desk.organiser(Role.OWNER, slug="second", name="otto"))
    assert viewer.get(HERE).status_code == 200
    assert other.get(HERE).status_code == 404
    assert desk.visitor.fresh().get(HERE).headers["location"].startswith("/organiser/sign-in")


def test_that_the_sponsor_has_stopped_the_mails_stands_beside_the_address_until_another_is_named(desk: Desk) -> None:
    change(desk.world, sponsor_email="grace@example.org")
    made = reported(desk.world)
    assert "has stopped these mails" not in desk.get(WORDS).text
    with desk.world.database.writing() as session:
        found = sponsors.look(session, mailed_token(desk.world.secret, made["leave"]), desk.world.now)
        assert found
        sponsors.stop(session, found, now=desk.world.now)
    told = "<bdi>grace@example.org</bdi> stopped these mails on 23 November 2026"
    assert told in desk.get(WORDS).text
    assert "stopped these mails on 23 November 2026" in desk.get(HERE).text
    assert desk.post(WORDS, sponsor_email="bo@example.org").status_code == 303
    assert "has stopped these mails" not in desk.get(WORDS).text
    assert "somebody else is named since" in desk.get(HERE).text
    desk.post(WORDS, sponsor_email="grace@example.org")
    assert told in desk.get(WORDS).text, "nobody names them again without knowing"
    with desk.world.database.reading() as session:
        assert programme_queries.programme(session, "demo").sponsor_email == "grace@example.org"
