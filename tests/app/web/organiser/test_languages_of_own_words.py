"""The page of a round's own words speaks the language of its reader, in each of its states."""

from dataclasses import asdict

from app.models import MailKind, Role
from app.queries import changes
from app.services import readings, redraws
from emails import PLACEHOLDERS
from tests.app.web.escapees import in_greek, look
from tests.app.web.organiser.desk import Desk
from tests.app.web.organiser.test_languages_of_people import desk  # noqa: F401  (the fixture)
from tests.app.web.organiser.test_own_words import TASK, drawn, save, seen

NAMES = [f"{{{name}}}" for name in PLACEHOLDERS]
WRONG = {"intro_opening": "Γεια {κ}", "intro_closing": "κ://κ"}


def test_the_words_of_a_round_in_each_state(desk: Desk) -> None:  # noqa: F811
    round_, path = drawn(desk)
    mails = desk.world.mails(MailKind.INTRODUCTION)
    subjects = [readings.read(mail, "", desk.world.settings, desk.world.now).subject for mail in mails]
    known = [*NAMES, *subjects]  # a mail speaks the language of its own reader
    in_greek(desk.world)
    look(desk.visitor, path, known=known)
    look(desk.visitor, path, 422, known=known, seen=seen(desk, path), **WRONG)
    look(desk.visitor, TASK, 422, known=NAMES, **WRONG)
    for words in ({"intro_closing": "κ }"}, {"intro_closing": "κ {"}, {"intro_closing": "κ" * 601}):
        look(desk.visitor, TASK, 422, known=NAMES, **words)
    look(desk.visitor, path, 412, known=known, seen="0", **dict.fromkeys(WRONG, "κ"))
    look(desk.visitor, save(desk, path, intro_opening="Γεια {name}", intro_closing=""), known=known)
    look(desk.visitor, f"/organiser/rounds/{round_.id}/outbox")
    viewer = desk.elsewhere(desk.organiser(Role.VIEWER, slug="demo", name="vera"))
    look(viewer.visitor, path, known=known)
    with desk.world.database.writing() as session:
        row = session.merge(desk.world.round(round_.id))
        row.redraw = asdict(redraws.Redraw(seed=1, rest_only=False, seen="x", actor="test"))
        session.add(row)
    look(desk.visitor, path, known=known)
    look(desk.visitor, path, 409, known=known, seen=seen_now(desk, path), **dict.fromkeys(WRONG, "κ"))
    with desk.world.database.writing() as session:
        row = session.merge(desk.world.round(round_.id))
        row.redraw = None
        session.add(row)
    desk.post(f"/organiser/rounds/{round_.id}/approve", seen=seen(desk, path))
    look(desk.visitor, path, known=known)


def seen_now(desk: Desk, path: str) -> str:  # noqa: F811
    """What the form would name, which is not there while the round is drawn again."""
    with desk.world.database.reading() as session:
        return changes.fingerprint(session, desk.world.round(path.split("/")[3]))
