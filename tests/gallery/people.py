"""The people of a programme: looked through, brought along, invited by a poster."""

import re
from datetime import date

from app.models import HeldFor, ParticipantState, Role
from app.queries import imports
from app.workflows import importing
from tests.app.web.organiser.desk import Desk
from tests.gallery.stage import Stage

HERE = "/organiser/programmes/demo/people"


def people(stage: Stage) -> None:
    """The list, and one person in several states."""
    desk = Desk(stage.visitor)
    desk.sign_in(desk.organiser(Role.ORGANISER))
    stage.look("empty", HERE)
    stage.sam_and_priya()
    stage.colleagues()
    stage.world.sent_round()
    stage.state("oscar", ParticipantState.PAUSED, paused_until=date(2026, 12, 14))
    stage.state("aoife", ParticipantState.HELD, held_for=HeldFor.BOUNCE)
    stage.state("kim", ParticipantState.PENDING, confirmed_at=None)
    stage.state("zoe", ParticipantState.LEFT, left_at=stage.world.now)
    stage.look("every", HERE)
    stage.look("found", f"{HERE}?state=active&q=e")
    sam, aoife, kim = (f"{HERE}/{stage.world.there(name).id}" for name in ("sam", "aoife", "kim"))
    stage.look("one", sam)
    stage.look("one-bounced", aoife)
    stage.look("one-pending", kim)
    stage.press("one-with-problems", sam, None, 422, action="about", name="", team="Finance")
    stage.press("one-refused", kim, None, 409, action="back")
    stage.press("one-paused", sam, action="pause", until="2026-12-14")
    apart = "/organiser/programmes/demo/apart"
    stage.look("apart-nobody", f"{apart}?a=sam@example.org")
    stage.press("apart-with-problems", apart, None, 422, action="name", a="sam@example.org", b="nobody")
    stage.press("apart", apart, action="name", a="sam@example.org", b="priya@example.org")
    stage.press(
        "one-with-a-manager", sam, action="about", name="Sam Okoro", team="Finance", manager_email="priya@example.org"
    )
    stage.look("take-out", f"{sam}/leave")
    stage.look("poster", "/organiser/programmes/demo/poster")
    stage.look("poster-small", "/organiser/programmes/demo/poster?paper=a5")
    stage.press("erase-with-problem", f"{sam}/erase", None, 422, word="no")


FILE = """Mail;Vorname;Nachname;Abteilung;Schuhgröße
sam@example.org;Sam;Okoro;Finance;44
priya@example.org;Priya;Nair;Estates;38
noor@example.org;Noor;van den Berg;Theatres;41
nobody;No;Body;Theatres;
noor@example.org;Noor;again;Theatres;
"""


def adding(stage: Stage) -> None:
    """Pasted and uploaded, judged, imported and followed."""
    desk, add = Desk(stage.visitor), f"{HERE}/add"
    desk.sign_in(desk.organiser(Role.ORGANISER))
    stage.sam_and_priya()
    stage.colleagues(2)
    stage.look("ask", add)
    stage.press("ask-with-problems", add, None, 422, pasted="  ")
    stage.press("pasted", add, pasted="Sam Okoro <sam@example.org>, lou.martin@example.org\nnobody")
    place = _sent(stage, "people", FILE)
    stage.look("columns", place)
    stage.press("columns-with-problem", f"{place}/columns", None, 422, c1="name")
    columns = {"c0": "email", "c1": "first_name", "c2": "last_name", "c3": "team"}
    stage.press("verdict", f"{place}/columns", **columns)
    whole = _sent(stage, "people", FILE.partition("nobody")[0])
    stage.press("verdict-of-a-whole-list", f"{whole}/columns", **columns)
    stage.press("verdict-with-problem", f"{whole}/import", None, 422, sync="yes", leavers="leave", number="7")
    past = "date,person 1,person 2\n2026-01-05,sam@example.org,Priya Nair\n2026-02-05,Sam Okoro,nobody\n"
    stage.look("verdict-on-the-past", _sent(stage, "history", past))
    running = stage.press("importing", f"{place}/import")
    stage.world.later(minutes=2)
    job = re.search(rf"{HERE}/imports/imp_[a-z0-9]+", running.html.decode())
    assert job
    stage.look("importing-alone", f"{job[0]}?still=1")
    _written(stage)
    stage.look("imported", job[0])


def _sent(stage: Stage, kind: str, content: str) -> str:
    """Where an uploaded file is looked at."""
    file = {"file": (f"{kind}.csv", content.encode())}
    answer = stage.visitor.http.post(f"{HERE}/add", data={"kind": kind}, files=file)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def _written(stage: Stage) -> None:
    """What a worker does with imports that are written down."""
    work = stage.world.work
    with work.database.reading() as session:
        due = imports.due(session, stage.world.now)
    for job_id in due:
        assert importing.take_up(work, job_id)
        assert importing.carry_on(work, job_id)
