"""Programmes, people and keys by command line, on both databases: what is written, what is said, what is refused."""

import json
import re

import pytest

from app.clock import now
from app.db import Database
from app.errors import KeyRefused
from app.models import ParticipantState
from app.queries import programmes as queries
from app.services.keys import authenticate
from tests.app.commands.conftest import Shell, people_lines

REPORT = {
    "added": 0,
    "changed": 0,
    "unchanged": 0,
    "left_alone": 0,
    "invited": 0,
    "history": 0,
    "blocks": 0,
    "knows": 0,
    "missing": 0,
    "paused": 0,
    "left": 0,
    "skipped_lines": 0,
}


# --- programmes ------------------------------------------------------------------------------------------------------


def test_a_programme_is_set_up_shown_and_listed_in_the_same_shape(shell: Shell) -> None:
    made = shell(
        *("programme", "create", "--slug", "eu", "--name", "Institute coffees", "--purpose", "Meet somebody new."),
        *("--contact-email", "Coffee@Example.org", "--contact-name", "Amara", "--time-zone", "Europe/Dublin"),
        *("--size", "3", "--interests", "jaccard", "--quality", "0.5", "--shadows", "2", "--rhythm", "each Monday"),
        *(
            "--every",
            "two_weeks",
            "--next-draw",
            "2027-01-11",
            "--pauses",
            "2027-01-25",
            "--opens-on",
            "2027-01-04",
            "--capacity",
            "40",
            "--invitation-only",
        ),
        *("--domains", "Example.org, example.com", "--teams-apart", "--no-repeat-for", "6"),
        *("--odd-one", "host", "--no-lines-apart", "--json"),
    ).json
    assert made == shell("programme", "show", "eu", "--json").json
    assert [made] == shell("programme", "list", "--json").json["programmes"]
    assert made.pop("id").startswith("prg_")
    assert made == {
        "slug": "eu",
        "name": "Institute coffees",
        "purpose": "Meet somebody new.",
        "success": "",
        "rhythm": "each Monday",
        "draw_every": "two_weeks",
        "next_draw_on": "2027-01-11",
        "next_draws": ["2027-01-11", "2027-01-26", "2027-02-08", "2027-02-22", "2027-03-08", "2027-03-22"],
        "pauses": ["2027-01-25"],
        "sends_itself": False,
        "contact_name": "Amara",
        "contact_email": "Coffee@example.org",
        "time_zone": "Europe/Dublin",
        "state": "open",
        "joining": True,
        "opens_on": "2027-01-04",
        "capacity": 40,
        "invitation_only": True,
        "domains": ["example.org", "example.com"],
        "group_size": 3,
        "interest_rule": "jaccard",
        "quality": 0.5,
        "shadows": 2,
        "teams_apart": True,
        "no_repeat_for": 6,
        "odd_one": "host",
        "lines_apart": False,
        "sponsor_name": "",
        "sponsor_role": "",
        "sponsor_words": "",
        "sponsor_email": None,
        "sponsor_stopped_at": None,
        "conduct": "",
        "safe_name": "",
        "safe_email": None,
        "controller": "",
        "intro_opening": "",
        "intro_closing": "",
        "intro_subject": "",
        "remind_after": 4,
        "check_in_after": 10,
        "check_in_again_after": 3,
        "outcome_after": 30,
        "announce_before": 3,
        "hold_after": 2,
        "welcome_back": True,
        "mails_a_round": 4,
        "mail_from_hour": 8,
        "mail_until_hour": 18,
        "page": "/p/eu",
        "people": {"pending": 0, "active": 0, "paused": 0, "held": 0, "left": 0},
    }


def test_the_rhythm_of_its_mails_is_set_by_what_is_named(filled: Shell) -> None:
    before = filled("programme", "show", "eu", "--json").json
    said = filled("programme", "rhythm", "eu", "--remind-after", "0", "--no-welcome-back", "--most", "5", "--json").json
    assert said == before | {"remind_after": 0, "welcome_back": False, "mails_a_round": 5}
    assert "mail_from_hour" in filled("programme", "rhythm", "eu", "--from-hour", "9", "--until-hour", "17").out
    for wrong, word in (
        (("--most", "11"), "mails_a_round"),
        (("--from-hour", "17"), "mail_until_hour"),
        ((), "Nothing"),
    ):
        done = filled("programme", "rhythm", "eu", *wrong)
        assert (done.code, word in done.err) == (2, True), wrong


def test_people_read_tables_and_no_json(filled: Shell) -> None:
    listed, shown = filled("programme", "list"), filled("programme", "show", "eu")
    assert "Institute coffees" in listed.out
    assert "6 active" in shown.out
    assert listed.err == shown.err == ""


def test_a_new_programme_tells_its_address_and_what_is_worth_adding(shell: Shell) -> None:
    shell.set(BASE_URL="https://coffee.example.org")
    plain = shell("programme", "create", "--slug", "eu", "--name", "Institute coffees")
    assert plain.err.splitlines() == [
        "The programme Institute coffees is set up. People join at https://coffee.example.org/p/eu",
        "Nobody gets reports and replies yet. Name somebody: coffee programme change eu --contact-email ADDRESS",
        'Mails say "via Our organisation": set COFFEE_ORGANISATION_NAME to the name of yours.',
    ]


def test_a_new_programme_that_lacks_nothing_is_told_in_one_line(shell: Shell) -> None:
    shell.set(ORGANISATION_NAME="Example Institute")
    done = shell("programme", "create", "--slug", "eu", "--name", "x", "--contact-email", "anna@example.org")
    assert done.err == "The programme x is set up. People join at http://localhost:8000/p/eu\n"


def test_what_is_named_of_a_programme_is_changed_and_the_rest_stays(filled: Shell) -> None:
    before = filled("programme", "show", "eu", "--json").json
    changed = filled(
        *("programme", "change", "eu", "--next-draw", "2027-01-11", "--state", "paused", "--quality", "0"),
        *("--contact-email", "Anna@Example.org", "--json"),
    ).json
    assert changed == before | {
        "next_draw_on": "2027-01-11",
        "next_draws": ["2027-01-11"],
        "state": "paused",
        "quality": 0.0,
        "contact_email": "Anna@example.org",
    }
    assert filled("programme", "show", "eu", "--json").json == changed
    assert "2027-01-11" in filled("programme", "change", "eu", "--name", "Other coffees").out
    gone = filled("programme", "change", "eu", "--next-draw", "", "--json").json
    assert (gone["next_draw_on"], gone["next_draws"]) == (None, [])
    doors = ("--capacity", "0", "--no-invitation-only", "--domains", "")
    opened = filled("programme", "change", "eu", *doors, "--json").json
    assert (opened["capacity"], opened["invitation_only"], opened["domains"]) == (0, False, [])
    assert "example.org, example.com" in filled("programme", "change", "eu", "--domains", "example.org example.com").out


def test_a_change_that_cannot_be_is_refused_in_words(filled: Shell) -> None:
    nothing = filled("programme", "change", "eu")
    assert (nothing.code, nothing.err.startswith("Nothing to change:")) == (2, True)
    wrong = filled("programme", "change", "eu", "--time-zone", "Mars", "--size", "1")
    assert (wrong.code, wrong.err.splitlines()) == (
        2,
        ["time_zone: is not known. An IANA name such as Europe/London.", "group_size: must be at least 2."],
    )
    nowhere = filled("programme", "change", "nowhere", "--size", "3")
    assert (nowhere.code, nowhere.err) == (1, "There is no programme by that name.\n")


def test_an_unknown_programme_is_a_failure_in_words(file_shell: Shell) -> None:
    done = file_shell("programme", "show", "nowhere", "--json")
    assert (done.code, done.out, done.err) == (1, "", "There is no programme by that name.\n")


# --- people ----------------------------------------------------------------------------------------------------------


def test_people_and_their_past_are_brought_along(shell: Shell, database_url: str) -> None:
    shell("programme", "create", "--slug", "eu", "--name", "Institute coffees")
    people = shell.write("people.csv", *people_lines(4))
    knows = shell.write("knows.csv", "a,b", "person00@example.org,person01@example.org")
    history = shell.write("history.csv", "round,a,b", "1,person01@example.org,person02@example.org")
    blocks = shell.write("blocks.csv", "a,b", "person02@example.org,person03@example.org")
    words = ("people", "import", "eu", people, "--knows", knows, "--history", history, "--blocks", blocks, "--active")
    done = shell(*words, "--json")
    assert done.json == {
        "dry_run": False,
        "usable": {"people": 4, "history": 1, "blocks": 1, "knows": 1},
        "errors": 0,
        "report": REPORT | {"added": 4, "history": 1, "blocks": 1, "knows": 1},
        "verdicts": [],
    }
    assert done.err == ""
    again = shell(*words)
    assert (again.code, again.out, again.err) == (0, "", "People: 4 as before.\n")
    database = Database(database_url)
    with database.reading() as session:
        assert queries.people_by_state(session, queries.programme(session, "eu"))[ParticipantState.ACTIVE] == 4
    database.close()


def test_without_active_each_new_person_is_asked_to_confirm(shell: Shell) -> None:
    shell("programme", "create", "--slug", "eu", "--name", "Institute coffees")
    report = shell("people", "import", "eu", shell.write("people.csv", *people_lines(2)), "--json").json["report"]
    assert report == REPORT | {"added": 2, "invited": 2}
    assert shell("programme", "show", "eu", "--json").json["people"]["pending"] == 2


def test_every_bad_line_gets_a_verdict_and_nothing_is_imported(shell: Shell) -> None:
    shell("programme", "create", "--slug", "eu", "--name", "Institute coffees")
    people = shell.write(
        "people.csv",
        *(
            "email,name,team",
            "anna@example.org,Anna,Red",
            "not-an-address,Ben,Red",
            "anna@example.org,Anna,Red",
            "cy@example.org,,Red",
        ),
    )
    blocks = shell.write("blocks.csv", "a,b", "anna@example.org,nobody@example.org")
    done = shell("people", "import", "eu", people, "--blocks", blocks, "--active", "--json")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        'people.csv, line 3, column email: "not-an-address" is not an e-mail address. Write it like name@example.org.',
        "people.csv, line 4, column email: This address is already on line 2. Keep one of the two lines.",
        "people.csv, line 5, column name: The name is missing. Write it in this column.",
        'blocks.csv, line 2, column b: "nobody@example.org" names nobody in people.csv. '
        "Correct it, or add the person to people.csv.",
        "Nothing was imported: 4 bad lines. Correct them, or leave them out with --skip-bad.",
    ]
    assert sum(shell("programme", "show", "eu", "--json").json["people"].values()) == 0


def test_bad_lines_are_left_out_when_asked_and_still_told(shell: Shell) -> None:
    shell("programme", "create", "--slug", "eu", "--name", "Institute coffees")
    people = shell.write("people.csv", "email,name,team", "anna@example.org,Anna,Red", "not-an-address,Ben,Red")
    done = shell("people", "import", "eu", people, "--active", "--skip-bad", "--json")
    assert done.json["report"] == REPORT | {"added": 1, "skipped_lines": 1}
    assert [verdict["line"] for verdict in done.json["verdicts"]] == [3]
    assert "line 3, column email" in done.err
    assert done.err.endswith("Left out: 1 bad line (--skip-bad).\n")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["name,team", "Anna,Red"], 'The column "email" is missing; found: name, team.'),
        (["email|name|team", "anna@example.org|Anna|Red"], 'The columns are separated by "|"'),
        ([], "The file is empty."),
    ],
)
def test_a_file_that_cannot_be_read_at_all_is_2_even_when_bad_lines_are_skipped(
    lines: list[str], said: str, file_shell: Shell
) -> None:
    file_shell("programme", "create", "--slug", "eu", "--name", "Institute coffees")
    done = file_shell("people", "import", "eu", file_shell.write("people.csv", *lines), "--active", "--skip-bad")
    assert done.code == 2
    assert done.err.startswith("people.csv")
    assert said in done.err
    assert done.err.endswith("Nothing was imported.\n")


def test_a_file_that_is_not_there_is_2_and_named(file_shell: Shell) -> None:
    file_shell("programme", "create", "--slug", "eu", "--name", "Institute coffees")
    done = file_shell("people", "import", "eu", "gone.csv")
    assert (done.code, done.err) == (
        2,
        "gone.csv: There is no such file. Check its name and folder.\nNothing was imported.\n",
    )


def test_a_dry_run_says_what_would_happen_and_changes_nothing(shell: Shell) -> None:
    shell("programme", "create", "--slug", "eu", "--name", "Institute coffees")
    people = shell.write("people.csv", *people_lines(3))
    done = shell("people", "import", "eu", people, "--active", "--dry-run")
    assert (done.code, done.err) == (0, "People: 3 added.\nNothing was changed: this was a dry run.\n")
    assert sum(shell("programme", "show", "eu", "--json").json["people"].values()) == 0


def test_people_are_listed_page_by_page_or_all_at_once(filled: Shell) -> None:
    everybody = filled("people", "list", "eu", "--json").json
    assert (len(everybody["participants"]), everybody["next_cursor"]) == (6, None)
    page = filled("people", "list", "eu", "--limit", "4", "--json").json
    assert page["participants"] == everybody["participants"][:4]
    rest = filled("people", "list", "eu", "--limit", "4", "--cursor", page["next_cursor"], "--json").json
    assert page["participants"] + rest["participants"] == everybody["participants"]
    assert filled("people", "list", "eu", "--limit", "4", "--all", "--json").json == everybody
    table = filled("people", "list", "eu", "--limit", "4")
    assert table.err == f"There are more: add --cursor {page['next_cursor']}, or --all.\n"
    assert table.out.count("@example.org") == 4
    assert re.search(r"Person 00 +person00@example.org +Team 0 +active", filled("people", "list", "eu").out)


def test_one_bad_line_is_spoken_of_as_one(file_shell: Shell) -> None:
    file_shell("programme", "create", "--slug", "eu", "--name", "x")
    done = file_shell("people", "import", "eu", "-", "--active", stdin="email,name,team\nnobody,Ben,Red\n")
    assert done.err.endswith("Nothing was imported: 1 bad line. Correct it, or leave it out with --skip-bad.\n")


def test_people_can_come_through_a_pipe(file_shell: Shell) -> None:
    file_shell("programme", "create", "--slug", "eu", "--name", "Institute coffees")
    done = file_shell("people", "import", "eu", "-", "--active", stdin="email;name;team\nnot-an-address;Anna;Red\n")
    assert done.code == 2
    assert done.err.startswith("standard input, line 2, column email:")


def test_consent_given_elsewhere_needs_no_secret_key_and_an_invitation_does(
    file_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COFFEE_SECRET_KEY")
    file_shell("programme", "create", "--slug", "eu", "--name", "Institute coffees")
    people = file_shell.write("people.csv", *people_lines(2))
    asked = file_shell("people", "import", "eu", people)
    assert (asked.code, "COFFEE_SECRET_KEY is not set." in asked.err) == (1, True)
    assert file_shell("people", "import", "eu", people, "--active").code == 0
    knows = file_shell.write("knows.csv", "a,b", "person00@example.org,person01@example.org")
    assert file_shell("people", "import", "eu", "--knows", knows).err == "People: nobody.\nNew pairs: 1 of knows.\n"


# --- keys ------------------------------------------------------------------------------------------------------------


def test_a_key_is_shown_once_works_and_can_be_revoked(shell: Shell, database_url: str) -> None:
    made = shell(
        "key", "create", "--scope", "read", "--scope", "send", "--name", "Anna", "--expires-days", "9", "--json"
    ).json
    secret = made.pop("key")
    database = Database(database_url)
    with database.reading() as session:
        assert authenticate(session, secret, now()).id == made["id"]
    listed = shell("key", "list", "--json")
    assert listed.json == {"keys": [made]}
    assert (made["name"], made["scopes"], made["revoked_at"]) == ("Anna", ["read", "send"], None)
    assert secret not in listed.out + shell("key", "list").out
    revoked = shell("key", "revoke", made["id"], "--json").json
    assert revoked["revoked_at"]
    assert shell("key", "revoke", secret, "--json").json == revoked
    with database.reading() as session, pytest.raises(KeyRefused):
        authenticate(session, secret, now())
    database.close()


def test_a_key_for_people_stands_alone_on_standard_output(file_shell: Shell) -> None:
    done = file_shell("key", "create", "--scope", "read")
    assert done.out.startswith("coffee_")
    assert done.out.count("\n") == 1
    assert done.err == "It may read. Keep it now: it is not shown again.\n"


def test_a_key_can_be_bound_to_a_programme_that_exists(filled: Shell) -> None:
    assert filled("key", "create", "--scope", "read", "--programme", "eu", "--json").json["programme"] == "eu"
    nowhere = filled("key", "create", "--scope", "read", "--programme", "nowhere")
    assert (nowhere.code, nowhere.err) == (1, "There is no programme by that name.\n")
    unknown = filled("key", "revoke", "key_of_nobody")
    assert (unknown.code, unknown.err) == (1, "There is no such key. coffee key list names them all.\n")


# --- answers for programs --------------------------------------------------------------------------------------------


def test_with_json_standard_output_holds_one_document_and_nothing_else(filled: Shell) -> None:
    for words in (
        ("migrate",),
        ("programme", "list"),
        ("programme", "show", "eu"),
        ("people", "import", "eu", "people.csv", "--active"),
        ("key", "create", "--scope", "read"),
        ("key", "list"),
        ("round", "preview", "eu"),
        ("round", "open", "eu", "2026-W48"),
        ("round", "open", "eu", "2026-W49", "--dry-run"),
        ("round", "status", "eu", "2026-W48"),
        ("round", "approve", "eu", "2026-W48"),
        ("round", "send", "eu", "2026-W48"),
        ("round", "list", "eu"),
        ("round", "mails", "eu", "2026-W48"),
        ("people", "list", "eu"),
        ("config", "check"),
    ):
        done = filled(*words, "--json")
        assert done.code == 0, (words, done.err)
        assert isinstance(json.loads(done.out), dict), words


def test_an_address_is_corrected_by_its_old_spelling_or_an_id(filled: Shell) -> None:
    person = filled("people", "list", "eu", "--json").json["participants"][0]
    done = filled("people", "change", "eu", person["email"].upper(), "--email", "right@example.org", "--json").json
    assert (done["id"], done["email"]) == (person["id"], "right@example.org")
    assert filled("people", "change", person["id"], "--email", "new@example.org").code == 0
    assert filled("people", "show", person["id"], "--json").json["email"] == "new@example.org"
    assert filled("people", "change", "eu", "nobody@example.org", "--email", "x@example.org").code == 1
    assert filled("people", "change", person["id"], "--email", "no address").code == 2
