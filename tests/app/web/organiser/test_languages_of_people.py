"""The pages about people speak the language of their reader; what a file is told stays as the API says it."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from app.models import HeldFor, ParticipantState, Role
from app.security import mailed_token
from tests.app.reported import OF_FEW, reported
from tests.app.web.escapees import in_greek, look, offering
from tests.app.web.organiser.desk import Desk
from tests.app.web.organiser.test_adding import ADD, HERE, imported, uploaded
from tests.app.web.organiser.test_participants import at, changed
from tests.app.web.test_join import change
from tests.app.web.visitor import visiting
from tests.factories import World

FILE = "α;β;γ\nsam@example.org;Σαμ;Κ\nω;Ω;Κ\n"
SAID = ('"ω" is not an e-mail address.', "Write it like name@example.org.", "email")
GONE = "is in the programme and not in the file."
"""Verdicts are in English wherever they are read, and marked so."""


@pytest.fixture
def desk(sqlite_world: World) -> Iterator[Desk]:
    """An organiser, signed in, where the made languages are offered."""
    told = {"mail_from": "Coffee Trial <coffee@example.org>", "smtp_url": SecretStr("smtp://localhost:1")}
    sqlite_world.settings = sqlite_world.settings.model_copy(update=told)
    offering(sqlite_world)
    with visiting(sqlite_world) as visitor:
        made = Desk(visitor)
        made.sign_in(made.organiser(Role.ORGANISER))
        yield made


def test_the_list_and_one_person_in_each_state(desk: Desk) -> None:
    in_greek(desk.world)
    look(desk.visitor, HERE)
    desk.world.person("sam", "Nursing", ask=["tea"], time=["Tuesday morning"])
    desk.round(4)
    in_greek(desk.world)
    sam = at(desk, "sam")
    for query in ("", "?state=left", "?q=κ", "?done=erased"):
        look(desk.visitor, f"{HERE}{query}")
    for done in ("", "about", "skip", "unskip", "pause", "back", "left"):
        look(desk.visitor, f"{sam}?done={done}")
    for path in ("leave", "erase"):
        look(desk.visitor, f"{sam}/{path}")
    look(desk.visitor, sam, 422, action="about", name="", team="")
    look(desk.visitor, sam, 422, action="pause", until="κ")
    look(desk.visitor, f"{sam}/erase", 422, word="κ")
    for state, why in ((ParticipantState.HELD, HeldFor.BOUNCE), (ParticipantState.HELD, HeldFor.SILENCE)):
        changed(desk, "sam", state=state, held_for=why)
        look(desk.visitor, sam)
    for state in (ParticipantState.PENDING, ParticipantState.LEFT):
        changed(desk, "sam", state=state, held_for=None)
        look(desk.visitor, sam)
        look(desk.visitor, sam, 409, action="back")
        look(desk.visitor, HERE)


def test_the_reports_on_quarters_and_a_sponsor_who_has_stopped_them(desk: Desk) -> None:
    report, words = "/organiser/programmes/demo/report", "/organiser/programmes/demo/set-up/words"
    in_greek(desk.world)
    look(desk.visitor, report)
    change(desk.world, sponsor_email="grace@example.org")
    reported(desk.world, "2026-Q2", OF_FEW, to="")
    made = reported(desk.world)
    desk.visitor.post(f"/m/{mailed_token(desk.world.secret, made['leave'])}", action="stop-reports")
    for path in (report, f"{report}?quarter=2026-Q2", words):
        look(desk.visitor, path)
    desk.post(words, sponsor_email="")
    look(desk.visitor, report)


def test_the_poster(desk: Desk) -> None:
    in_greek(desk.world)
    for paper in ("a4", "a5", "letter"):
        look(
            desk.visitor,
            f"/organiser/programmes/demo/poster?paper={paper}",
            known=("A4", "A5", "localhost:8000/p/demo"),
        )


def test_bringing_people_along(desk: Desk) -> None:
    desk.world.people(2)
    in_greek(desk.world)
    look(desk.visitor, ADD, known=("CSV",))
    look(desk.visitor, ADD, 422, kind="κ")
    place = uploaded(desk, FILE, name="λ").headers["location"]
    look(desk.visitor, place)
    look(desk.visitor, f"{place}/columns", 422, c1="name")
    assert desk.post(f"{place}/columns", c0="email", c1="name", c2="team").status_code == 303
    look(desk.visitor, place, known=(*SAID, GONE))
    whole = uploaded(desk, FILE.partition("ω")[0], name="λ").headers["location"]
    assert desk.post(f"{whole}/columns", c0="email", c1="name", c2="team").status_code == 303
    look(desk.visitor, whole, known=(GONE,))
    look(desk.visitor, f"{whole}/import", 422, known=(GONE,), sync="yes", leavers="leave", number="κ")
    followed = imported(desk, place)
    look(desk.visitor, followed, known=SAID)
    running = desk.post(f"{whole}/import").headers["location"]
    for query in ("", "?still=1"):
        look(desk.visitor, f"{running}{query}")
    desk.later(minutes=2)
    look(desk.visitor, running)
