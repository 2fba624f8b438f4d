"""`coffee mail suppressed` and `lift` for one programme: the same on the database as at a remote service."""

import os

from sqlmodel import select

from app.clock import now
from app.db import Database
from app.models import AuditEntry, Organisation, Participant, ParticipantState, SuppressionReason
from app.services import suppression
from tests.app.commands.conftest import Shell
from tests.conftest import SECRET_KEY


def close(address: str, reason: SuppressionReason) -> None:
    """Nothing is sent there any more."""
    database = Database(os.environ["COFFEE_DATABASE_URL"])
    with database.writing() as session:
        organisation = session.exec(select(Organisation)).one()
        suppression.suppress(session, organisation.id, address, reason, secret_key=SECRET_KEY, now=now())
        person = session.exec(select(Participant).where(Participant.email_key == address)).one_or_none()
        if person is not None:
            person.state = ParticipantState.HELD
    database.close()


def lifted() -> list[str]:
    """Who has opened an address again, as the audit tells it."""
    database = Database(os.environ["COFFEE_DATABASE_URL"])
    with database.reading() as session:
        found = session.exec(select(AuditEntry.actor).where(AuditEntry.action == "address.lift")).all()
    database.close()
    return [actor.partition(":")[0] for actor in found]


def test_closed_addresses_are_listed_and_opened_there_as_here(filled: Shell, there: str) -> None:
    one, other = "person00@example.org", "person01@example.org"
    for address in (one, other):
        close(address, SuppressionReason.HARD)
    close("gone@example.org", SuppressionReason.HARD)
    words = ("mail", "suppressed", "--programme", "eu")
    here, away = filled(*words), filled(*words, "--url", there)
    assert (here.out, here.err) == (away.out, away.err)
    assert here.out.startswith(f"{one}: hard, since 20")
    assert here.err == "2 addresses are closed.\n"
    listed = filled(*words, "--json").json
    assert listed == filled(*words, "--json", "--url", there).json
    assert [(row["address"], row["may_be_lifted"]) for row in listed["addresses"]] == [(one, True), (other, True)]
    opened = filled("mail", "lift", "Person00@Example.org", "--programme", "eu")
    assert (opened.code, opened.out, opened.err) == (0, "", "Mail goes there again.\n")
    told = filled("mail", "lift", other, "--programme", "eu", "--url", there, "--json").json
    assert (told["email"], told["state"]) == (other, "active")
    assert filled("people", "show", "eu", one, "--json").json["state"] == "active"
    assert filled(*words, "--json").json["addresses"] == []
    assert filled("mail", "lift", other, "--programme", "eu", "--url", there).code == 0, "twice is as once"
    assert lifted() == ["cli", "key"]
    assert sum(filled("mail", "suppressed", "--json").json["counts"].values()) == 1, "of the whole machine"


def test_what_somebody_has_closed_themselves_and_who_is_not_here_are_refused_there_as_here(
    filled: Shell, there: str
) -> None:
    close("person00@example.org", SuppressionReason.COMPLAINT)
    close("gone@example.org", SuppressionReason.HARD)
    said: dict[str, set[tuple[int, str]]] = {}
    for address in ("person00@example.org", "gone@example.org", "nobody@example.org", "nonsense"):
        for more in ((), ("--url", there)):
            done = filled("mail", "lift", address, "--programme", "eu", *more)
            said.setdefault(address, set()).add((done.code, done.err))
    nobody = {(1, "There is nobody with that address in the programme eu.\n")}
    assert said["gone@example.org"] == said["nobody@example.org"] == nobody, (
        "a closed address of nobody here tells nothing"
    )
    assert [code for code, _ in said["person00@example.org"]] == [1]
    assert "Only they open it again" in str(said["person00@example.org"])
    assert [code for code, _ in said["nonsense"]] == [2]
    for words in (("suppressed",), ("lift", "person00@example.org")):
        done = filled("mail", *words, "--url", there)
        assert (done.code, "--url needs --programme" in done.err) == (2, True)
        assert filled("mail", *words, "--programme", "us").code == 1
        assert filled("mail", *words, "--programme", "us", "--url", there).code == 1
    assert filled("mail", "lift", "person00@example.org").code == 0, "who runs the machine opens any"
