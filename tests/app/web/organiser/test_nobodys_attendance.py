"""Whether two people met is theirs: whatever an organiser can look at reads the same before and after they have said.

Everything is walked: each GET of the API, each page and each report, with a key and as an organiser who may do all.
"""

import re
from collections.abc import Iterator

import pytest
from sqlmodel import select

from app.api import shown
from app.api.route import PREFIX
from app.main import create_app
from app.models import NOTICES, Feedback, MailKind, Met, OutgoingMail, Participant, Role, Scope
from app.queries import programmes
from app.queries import rounds as round_queries
from app.services import feedback, import_jobs
from app.services.feedback import Answer
from app.services.imports import Plan
from app.workflows import duties
from tests.app.web.organiser.desk import Desk
from tests.factories import World

LEARNT = "Estates know where the keys are"
PAGES = re.compile(r'href="(/organiser[^"#]*)')
OTHER_SAMPLES = re.compile(r"/organiser/programmes/demo/emails/(?!check_in(/|$))")
"""A hundred pages about people who do not exist; those of one of them are looked at for all."""
MOVING = re.compile(r"coffee_worker_seen_seconds.*|coffee_\w+_created.*")


def said(world: World, name: str, answer: Answer) -> None:
    """What somebody taps, about their latest introduction."""
    group = world.mails(MailKind.INTRODUCTION, name)[-1].facts["group"]
    with world.database.writing() as session:
        feedback.record(session, session.get_one(Participant, world.there(name).id), group, answer, world.now)


def calls(world: World) -> Iterator[str]:
    """Each GET of the API and of the watch, with ids that exist."""
    with world.database.reading() as session:
        introductions = OutgoingMail.kind == MailKind.INTRODUCTION  # the one whose words are read too
        mail = session.exec(select(OutgoingMail.id).where(introductions).order_by(OutgoingMail.id)).first()
        rounds = session.exec(select(OutgoingMail.round_id).where(introductions)).first()
    names = {"slug": "demo", "round_id": rounds, "message_id": mail, "kind": "bad-input"} | {"name": "check_in"}
    names["participant_id"] = world.there("person00").id
    with world.database.writing() as session:
        programme = programmes.programme(session, "demo", lock=True)
        job = import_jobs.open_job(
            session, programme, Plan(), [], import_jobs.Options(), digest="d", now=world.now, actor="test"
        )
        names["import_id"] = job.id
    app = create_app(world.settings, works=False, clock=lambda: world.now)
    for path, operations in app.openapi()["paths"].items():
        if "get" in operations and not path.endswith(("healthz", "readyz")):
            yield path.format(**names)


def answers(desk: Desk, key: str) -> dict[str, str]:
    """Everything an organiser can look at, by where it is."""
    headers = {"Authorization": f"Bearer {key}"}
    found = {path: desk.visitor.http.get(path, headers=headers) for path in calls(desk.world)}
    waiting = ["/organiser"]
    while waiting:
        path = waiting.pop().replace("&amp;", "&")
        if path not in found and not OTHER_SAMPLES.match(path):
            found[path] = desk.get(path)
            waiting += PAGES.findall(found[path].text)
    assert {answer.status_code for answer in found.values()} == {200}, found
    return {path: MOVING.sub("", answer.text) for path, answer in found.items()}


def reports(world: World) -> list[str]:
    """What is mailed to organisers."""
    kinds = (MailKind.ROUND_REPORT, *NOTICES)
    return [str(mail.facts) for mail in world.mails() if mail.kind in kinds]


@pytest.fixture
def desk_after_a_round(desk: Desk) -> tuple[Desk, str]:
    desk.round(6)
    key = desk.key(Scope.READ, Scope.WRITE, Scope.SEND)
    assert desk.sign_in(desk.organiser(Role.ORGANISER, Role.OWNER)).status_code == 303
    return desk, key


def test_there_is_something_to_look_at(desk_after_a_round: tuple[Desk, str]) -> None:
    found = answers(*desk_after_a_round)
    assert len([path for path in found if path.startswith(PREFIX)]) >= 6
    assert len([path for path in found if path.startswith("/organiser/")]) >= 3
    assert "person00@example.org" in "".join(found.values())


def test_nothing_that_an_organiser_can_look_at_changes_when_people_say_whether_they_met(
    desk_after_a_round: tuple[Desk, str],
) -> None:
    desk, key = desk_after_a_round
    before = answers(desk, key), reports(desk.world)
    said(desk.world, "person00", Answer(Met.YES, 5, LEARNT, True))
    said(desk.world, "person01", Answer(Met.NO, 1, "Nobody came", False))
    said(desk.world, "person02", Answer(Met.BOOKED))
    with desk.world.database.reading() as session:
        assert len(session.exec(select(Feedback)).all()) == 3
    assert (answers(desk, key), reports(desk.world)) == before


def test_no_list_tells_who_was_asked_and_so_who_has_answered(desk_after_a_round: tuple[Desk, str]) -> None:
    desk, key = desk_after_a_round
    world = desk.world
    said(world, "person00", Answer(Met.YES, 5, LEARNT, True))
    for days in (5, 6):
        desk.later(days=days)
        duties.ask(world.work)
        world.deliver()
    asked = world.mails(MailKind.REMINDER) + world.mails(MailKind.CHECK_IN)
    assert {mail.recipient for mail in asked} == {f"person{number:02}@example.org" for number in range(1, 6)}
    found = answers(desk, key)
    for path, text in found.items():
        assert not [mail.id for mail in asked if mail.id in text], path
        assert LEARNT not in text, path
    for mail in asked:
        assert desk.post(f"/organiser/mails/{mail.id}", action="resend").status_code == 404


def test_every_answer_about_one_person_is_the_same_for_who_met_and_who_did_not(
    desk_after_a_round: tuple[Desk, str],
) -> None:
    desk, _ = desk_after_a_round
    world = desk.world
    said(world, "person00", Answer(Met.YES, 5, LEARNT, True))
    with world.database.reading() as session:
        people = list(session.exec(select(Participant).order_by(Participant.email)))
        round_ = world.round(world.mails(MailKind.INTRODUCTION)[0].round_id or "")
        programme, round_ = round_queries.round_by_id(session, round_.id)
        rows = [one.model_dump(mode="json") for one in shown.participants(session, programme, people)]
    own = {"id", "known_as", "email", "name", "team"}
    assert {str({key: value for key, value in row.items() if key not in own}) for row in rows} == {
        str({key: value for key, value in rows[0].items() if key not in own})
    }
