"""`coffee report`: a quarter in words and as JSON, the same here and there."""

from app.clock import now
from app.db import Database
from app.models import QuarterReport
from app.queries import programmes
from tests.app.commands.conftest import Shell
from tests.app.reported import OF_FEW, THREE_ROUNDS


def write(shell: Shell, database_url: str, *quarters: str) -> None:
    """Reports of the programme `eu`, that of the second quarter of few."""
    database = Database(database_url)
    with database.writing() as session:
        programme = programmes.programme(session, "eu")
        for quarter in quarters:
            figures = OF_FEW if quarter.endswith("Q2") else THREE_ROUNDS
            session.add(
                QuarterReport(
                    organisation_id=programme.organisation_id,
                    programme_id=programme.id,
                    quarter=quarter,
                    figures=figures.as_json(),
                    created_at=now(),
                )
            )
    database.close()


def test_the_latest_quarter_is_told_in_words_and_for_programs(shell: Shell, there: str, database_url: str) -> None:
    shell("programme", "create", "--slug", "eu", "--name", "Institute coffees", "--sponsor-email", "g@example.org")
    assert shell("programme", "show", "eu", "--json").json["sponsor_email"] == "g@example.org"
    none = shell("report", "eu")
    assert (none.code, none.out, "No report yet" in none.err) == (1, "", True)
    write(shell, database_url, "2026-Q2", "2026-Q3")
    told = shell("report", "eu")
    assert told.code == 0
    for words in ("2026-Q3: from 2026-07-01 to 2026-09-30", "at least 55", "at least 135", "2026-W28"):
        assert words in told.out
    assert "Mailed to nobody." in told.err
    latest = shell("report", "eu", "--json").json
    assert (latest["quarter"], latest["met"]) == ("2026-Q3", 60)
    assert latest == shell("report", "eu", "--json", "--url", there).json
    few = shell("report", "eu", "--quarter", "2026-Q2", "--url", there)
    assert (few.code, few.out.count("too few to show")) == (0, 4 + 3)
    other = shell("report", "eu", "--quarter", "2026-Q1")
    assert (other.code, other.err) == (1, "There is no report on 2026-Q1. There is one on: 2026-Q3, 2026-Q2.\n")
    assert shell("report", "nobodys").code == 1


def test_a_sponsor_s_address_is_checked_and_taken_back(shell: Shell) -> None:
    shell("programme", "create", "--slug", "eu", "--name", "Institute coffees", "--sponsor-email", "g@example.org")
    wrong = shell("programme", "change", "eu", "--sponsor-email", "nobody")
    assert (wrong.code, wrong.err.startswith("sponsor_email: ")) == (2, True)
    assert shell("programme", "change", "eu", "--sponsor-email", "", "--json").json["sponsor_email"] is None
