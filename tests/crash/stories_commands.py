"""Stories of the command line: each command is a process that may be killed, and is then simply given again."""

import json
from datetime import timedelta

from sqlalchemy import inspect
from sqlmodel import Session, col, select, update

from app.clock import now
from app.db import require_head
from app.models import OutgoingMail, Participant, Programme, Round
from tests.crash.clients import PERIOD, Organiser, judged, quiet
from tests.crash.judge import Verdict, groups_of
from tests.crash.mail_server import NOBODY
from tests.crash.stage import Stage
from tests.crash.world import people_file

PEOPLE = [*(f"person{n}@institute.example" for n in range(6)), NOBODY]


def migrate(stage: Stage, _key: str) -> Verdict:
    """An empty database is brought to head; a killed migration leaves nothing half-way behind."""
    verdict = Verdict()
    half_way: list[int] = []
    stage.at_death = lambda: half_way.append(len(inspect(stage.database.engine).get_table_names()))
    code, said = stage.command("migrate")
    assert code == 0, said
    require_head(stage.database)
    whole = len(inspect(stage.database.engine).get_table_names())
    verdict.changed += [f"{number} of {whole} tables were there after a kill" for number in half_way if number % whole]
    return verdict


def setting_up(stage: Stage, _key: str) -> Verdict:
    """A programme, its people and a key by command line."""
    _a_programme(stage)
    _said(stage, "programme change cli --name Commanded")
    _said(stage, "programme list")
    _said(stage, "key revoke " + json.loads(_said(stage, "key create --scope read --json"))["id"])
    people = stage.true(lambda session: session.exec(select(Participant.email)).all())
    verdict = judged(stage)
    verdict.lost += [f"{one} was not brought along" for one in PEOPLE if people.count(one) < 1]
    verdict.repeated += [f"{one} was brought along twice" for one in PEOPLE if people.count(one) > 1 and one != NOBODY]
    return verdict


def carrying(stage: Stage, key: str) -> Verdict:
    """A round by command line: its draw fails, it is cancelled, opened again, approved, and carried from there."""
    _a_programme(stage)
    stage.at_death = lambda: _let_leases_pass(stage)
    _break_the_rules(stage, "of chance")
    assert stage.command(*"round open cli 2026-W46".split())[0] == 1
    _break_the_rules(stage, "ask-offer")
    _said(stage, "round cancel cli 2026-W46 --yes", 1)
    _said(stage, f"round open cli {PERIOD}")
    organiser = Organiser(stage, key)
    organiser.first = stage.true(groups_of)
    _said(stage, f"round approve cli {PERIOD}")
    _said(stage, f"round send cli {PERIOD} --deliver", 1)
    stage.open()
    stage.until(lambda: stage.true(_introduced), "the introductions")
    _said(stage, f"mail resend {stage.true(_refused)}", 1)
    quiet(stage)
    held = organiser.get(f"/rounds/{stage.true(_round)}/messages?state=held")["messages"]
    organiser.listed = {str(mail["id"]) for mail in held}
    return judged(stage, organiser)


def _a_programme(stage: Stage) -> None:
    people_file(stage.folder, PEOPLE)
    _said(stage, "programme create --slug cli --name Commands --contact-email organiser@institute.example", 1, 2)
    _said(stage, "people import cli people.csv --active")


def _break_the_rules(stage: Stage, rule: str) -> None:
    """A rule that the matcher does not know makes a draw fail."""
    with stage.database.writing() as session:
        session.exec(update(Programme).where(col(Programme.slug) == "cli").values(interest_rule=rule))


def _said(stage: Stage, line: str, *also: int) -> str:
    """What a command prints, of its last life; `also` are codes that say it was done before, or goes on elsewhere."""
    code, said = stage.command(*line.split())
    assert code == 0 or (stage.deaths and code in also), f"{line}: {code}\n{said}"
    return said


def _let_leases_pass(stage: Stage) -> None:
    """Half an hour later: what a command that is gone had in hand, a draw or a mail, may be taken by others."""
    with stage.database.writing() as session:
        late = now() - timedelta(minutes=1)
        session.exec(update(OutgoingMail).where(col(OutgoingMail.lease_until).is_not(None)).values(lease_until=late))
        session.exec(update(Round).where(col(Round.not_before) > now()).values(not_before=late))


def _round(session: Session) -> str:
    return session.exec(select(Round.id).where(Round.period == PERIOD)).one()


def _introduced(session: Session) -> bool:
    return session.exec(select(Round.introduced_at).where(Round.period == PERIOD)).one() is not None


def _refused(session: Session) -> str:
    return session.exec(
        select(OutgoingMail.id).where(OutgoingMail.recipient == NOBODY).where(col(OutgoingMail.round_id).is_not(None))
    ).one()
