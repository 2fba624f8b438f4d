"""The same commands on a remote service: the same answers, words and exit codes, and retries that do nothing twice."""

import os
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from app.clock import now
from app.commands import remote
from app.commands.remote import Remote
from app.commands.rounds_there import RoundsThere
from app.db import Database
from app.queries import programmes as queries
from app.services import audit
from tests.app.commands.conftest import Shell, people_lines
from tests.rig.server import free_port, served


def test_a_round_from_set_up_to_sending_is_the_same_there_as_here(shell: Shell, there: str) -> None:
    made = shell("programme", "create", "--slug", "eu", "--name", "Institute coffees", "--url", there, "--json").json
    assert (
        made
        == shell("programme", "show", "eu", "--json").json
        == shell("programme", "show", "eu", "--json", "--url", there).json
    )
    assert shell("programme", "list", "--json").json == shell("programme", "list", "--json", "--url", there).json
    people = shell.write("people.csv", *people_lines(6))
    knows = shell.write("knows.csv", "a,b", "person00@example.org,person01@example.org")
    imported = shell("people", "import", "eu", people, "--knows", knows, "--active", "--url", there)
    assert (imported.code, imported.err) == (0, "People: 6 added.\nNew pairs: 1 of knows.\n")
    opened = shell("round", "open", "eu", "2026-W48", "--seed", "7", "--url", there, "--json").json
    assert (opened["state"], opened["counts"]["people"]) == ("matched", 6)
    assert shell("round", "status", "eu", "2026-W48", "--json").json == opened
    groups = shell("round", "preview", "eu", "2026-W48", "--url", there, "--json").json
    assert groups == shell("round", "preview", "eu", "2026-W48", "--json").json
    assert shell("round", "approve", opened["id"], "--url", there, "--json").json["state"] == "approved"
    first = ("--person", "person00@example.org", "--url", there, "--json")
    assert shell("round", "keep", "eu", "2026-W48", *first).json["kept"] == 1
    assert shell("round", "release", "eu", "2026-W48", *first).json["kept"] == 0
    assert shell("round", "unschedule", "eu", "2026-W48", "--url", there, "--json").json["send_at"] is None
    tried = ("round", "send", "eu", "2026-W48", "--dry-run", "--json")
    assert shell(*tried, "--url", there).json == shell(*tried).json
    assert shell(*tried).json["mails"] == 6
    assert shell("round", "send", "eu", "2026-W48", "--url", there, "--json").json["state"] == "sending"
    watched = shell("round", "watch", "eu", "2026-W48", "--url", there, "--json").json
    assert watched == shell("round", "watch", "eu", "2026-W48", "--json").json
    table = shell("round", "status", "eu", "2026-W48", "--url", there)
    assert "6 mails: 6 waiting." in table.out


def test_a_preview_there_writes_nothing(filled: Shell, there: str) -> None:
    seen = filled("round", "preview", "eu", "--seed", "7", "--url", there, "--json").json
    assert seen == filled("round", "preview", "eu", "--seed", "7", "--json").json
    assert filled("round", "status", "eu", "preview").code == 1


def test_what_an_organiser_does_besides_is_the_same_there_as_here(filled: Shell, there: str) -> None:
    def both(*words: str) -> Any:
        here, away = filled(*words, "--json"), filled(*words, "--json", "--url", there)
        assert away.json == here.json
        return away.json

    changed = filled("programme", "change", "eu", "--next-draw", "2027-01-11", "--url", there, "--json").json
    assert (changed["next_draw_on"], changed) == ("2027-01-11", both("programme", "show", "eu"))
    wrong = ("programme", "change", "eu", "--size", "9", "--time-zone", "Mars")
    assert set(filled(*wrong).err.splitlines()) <= set(filled(*wrong, "--url", there).err.splitlines())
    assert len(both("people", "list", "eu", "--limit", "4")["participants"]) == 4
    assert len(both("people", "list", "eu", "--limit", "4", "--all")["participants"]) == 6
    one, other, third = (row["email"] for row in both("people", "list", "eu", "--limit", "3")["participants"])
    assert both("people", "apart", "eu", one, other)["a"].keys() == {"id", "name", "email"}
    filled("people", "apart", "eu", third, one, "--url", there)
    assert len(both("people", "blocks", "eu")["blocks"]) == 2
    assert both("people", "blocks", "eu", "--limit", "1")["next_cursor"]
    both("people", "together", "eu", other, one)
    filled("people", "together", "eu", third, one)
    assert both("people", "blocks", "eu") == {"blocks": [], "next_cursor": None}
    nobody = [filled("people", "apart", "eu", one, "x", *more) for more in ((), ("--url", there))]
    assert [(done.code, "names nobody in this programme" in done.err) for done in nobody] == [(2, True)] * 2
    opened = filled("round", "open", "eu", "2026-W48", "--seed", "7", "--url", there, "--json").json
    again = filled("round", "open", "eu", "2026-W48", "--seed", "8", "--url", there, "--json")
    assert (again.json, again.err) == (
        opened,
        "The round 2026-W48 exists already, with seed 7; nothing was changed.\n",
    )
    assert len(both("round", "list", "eu")["rounds"]) == 1
    assert len(both("round", "mails", "eu", "2026-W48", "--state", "waiting")["messages"]) == 6
    mail = both("round", "mails", "eu", "2026-W48")["messages"][0]["id"]
    refused = filled("mail", "resend", mail, "--url", there)
    assert (refused.code, "only held, rejected or expired ones" in refused.err) == (1, True)
    refused = filled("mail", "leave", mail, "--url", there)
    assert (refused.code, "only held ones can be left as they are" in refused.err) == (1, True)
    gone = filled("round", "cancel", "eu", "2026-W48", "--yes", "--url", there)
    assert (gone.code, gone.err) == (0, "The round 2026-W48 of eu is cancelled.\n")
    assert both("round", "list", "eu") == {"rounds": [], "next_cursor": None}
    made = filled("programme", "create", "--slug", "us", "--name", "x", "--url", there)
    assert made.err.splitlines()[0] == f"The programme x is set up. People join at {there}/p/us"


def test_the_mails_of_a_large_round_there_are_all_listed() -> None:
    pages = {
        "/rounds/rnd_a/messages?state=held": {"messages": [1, 2], "next_cursor": "msg_2"},
        "/rounds/rnd_a/messages?state=held&cursor=msg_2": {"messages": [3, 4], "next_cursor": "msg_4"},
        "/rounds/rnd_a/messages?state=held&cursor=msg_4": {"messages": [5], "next_cursor": None},
    }
    answers = httpx.MockTransport(
        lambda call: httpx.Response(200, json=pages[call.url.raw_path.decode().removeprefix(remote.PREFIX)])
    )
    with httpx.Client(base_url="http://localhost", transport=answers) as client:
        found = RoundsThere(Remote(client)).mails(["rnd_a"], "held")
    assert found == {"messages": [1, 2, 3, 4, 5], "next_cursor": None}


def test_verdicts_there_read_like_verdicts_here(filled: Shell, there: str) -> None:
    bad = filled.write("bad.csv", "email,name,team", "not-an-address,Ben,Red", "cy@example.org,Cy,")
    here, away = (filled("people", "import", "eu", bad, *more) for more in ((), ("--url", there)))
    assert here.code == away.code == 2
    assert away.out == ""
    assert sorted(away.err.splitlines()[:2]) == sorted(here.err.splitlines()[:2])
    gone = filled("people", "import", "eu", "gone.csv", "--url", there)
    assert (gone.code, gone.err) == (
        2,
        "gone.csv: There is no such file. Check its name and folder.\nNothing was imported.\n",
    )
    dry = filled("people", "import", "eu", bad, "--skip-bad", "--dry-run", "--url", there)
    assert dry.code == 0
    assert dry.err.endswith("Lines that can be used: 1 of people.\nNothing was changed: this was a dry run.\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("programme", "show", "nowhere"), 1, "There is nothing here by that name."),
        (("programme", "create", "--slug", "eu", "--name", "x"), 1, "A programme called eu exists already."),
        (("programme", "create", "--slug", "No", "--name", "x"), 2, "slug: "),
        (("round", "status", "eu", "2030-W01"), 1, "The programme eu has no round 2030-W01."),
        (("round", "status", "rnd_unknown"), 1, "There is nothing here by that name."),
        (("round", "open", "eu", "48th week"), 2, "period: must be 1 to 40 letters"),
    ],
)
def test_what_is_refused_there_has_the_exit_code_and_words_of_here(
    words: tuple[str, ...], code: int, said: str, filled: Shell, there: str
) -> None:
    done = filled(*words, "--url", there)
    assert (done.code, done.out) == (code, "")
    assert done.err.count(said) == 1, "said once, not again as what is wrong as a whole"


def test_a_key_that_is_missing_wrong_or_too_weak_is_told(
    filled: Shell, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = filled("key", "create", "--scope", "read", "--json").json["key"]
    filled.set(API_KEY=weak)
    refused = filled("round", "open", "eu", "2026-W48", "--url", there)
    assert (refused.code, "This key may not write." in refused.err) == (1, True)
    filled.set(API_KEY=weak[:-1] + "x")
    wrong = filled("programme", "list", "--url", there)
    assert (wrong.code, "A valid organiser key is needed" in wrong.err) == (1, True)
    monkeypatch.delenv("COFFEE_API_KEY")
    missing = filled("programme", "list", "--url", there)
    assert (missing.code, missing.err.startswith("COFFEE_API_KEY is not set.")) == (2, True)


# --- lines that break ------------------------------------------------------------------------------------------------


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch, bare_shell: Shell) -> Shell:
    """A shell with a key that waits hardly at all between tries."""
    bare_shell.set(API_KEY="coffee_public_secret")
    monkeypatch.setattr(remote, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(remote, "LONGEST_PAUSE", 0.02)
    monkeypatch.setattr(remote.Remote.__init__, "__defaults__", (0.01,))
    return bare_shell


@pytest.mark.parametrize(
    ("status", "body"), [(503, {}), (429, {}), (409, {"type": "https://coffee.example/problems/still-running"})]
)
def test_a_busy_service_is_asked_again_with_the_same_idempotency_key(
    status: int, body: dict[str, str], hurried: Shell
) -> None:
    service, keys = FastAPI(), []

    @service.post("/api/v1/rounds/rnd_one/send")
    def send(request: Request) -> Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) < 3:
            return JSONResponse({"detail": "busy"} | body, status, headers={"Retry-After": "0"})
        return JSONResponse({"state": "sending", "id": "rnd_one"}, 202)

    with served(service) as site:
        done = hurried("round", "send", "rnd_one", "--url", site.url, "--json")
    assert done.json == {"state": "sending", "id": "rnd_one"}
    assert (len(keys), len(set(keys))) == (3, 1)


def test_a_service_that_is_away_or_no_coffee_trial_is_told_in_words(hurried: Shell) -> None:
    away = hurried("programme", "list", "--url", f"http://127.0.0.1:{free_port()}")
    assert (away.code, "cannot be reached" in away.err) == (1, True)
    with served(FastAPI()) as site:
        other = hurried("programme", "list", "--url", site.url)
    assert (other.code, other.out) == (1, "")
    nonsense = hurried("programme", "list", "--url", "coffee.example.org")
    assert (nonsense.code, "this is no address of a service" in nonsense.err) == (2, True)


def test_a_change_is_tried_out_there_as_here_and_nothing_is_written(filled: Shell, there: str) -> None:
    before = filled("programme", "show", "eu", "--json").json
    words = ("programme", "change", "eu", "--teams-apart", "--name", "Teas", "--dry-run")
    here, away = filled(*words), filled(*words, "--url", there)
    assert (here.code, here.out, here.err) == (away.code, away.out, away.err)
    assert here.out.splitlines()[:3] == [
        "name: Institute coffees -> Teas",
        "teams_apart: no -> yes",
        "Drawn today, all 6 people who take part would meet somebody.",
    ]
    assert "\nteams_apart: Nobody is left out by this wall. " in here.out
    assert here.err == "Nothing was written: this was a dry run.\n"
    assert filled(*words, "--json").json == filled(*words, "--json", "--url", there).json
    now = filled("programme", "change", "eu", "--dry-run")
    assert (now.code, now.out.splitlines()[0]) == (0, "Nothing would be different.")
    assert filled("programme", "change", "eu").code == 2
    for more in ((), ("--url", there)):
        wrong = filled("programme", "change", "eu", "--size", "9", "--dry-run", *more)
        assert (wrong.code, "group_size: must be at most 6." in wrong.err) == (2, True)
        assert filled("programme", "change", "us", "--dry-run", *more).code == 1
    assert filled("programme", "show", "eu", "--json").json == before


def test_a_mail_is_read_there_as_here(filled: Shell, there: str) -> None:
    opened = filled("round", "open", "eu", "2026-W48", "--seed", "7", "--url", there, "--json")
    assert opened.code == 0
    mails = filled("round", "mails", "eu", "2026-W48", "--json").json["messages"]
    mail = next(one["id"] for one in mails if one["address"] == "person00@example.org")
    here, away = filled("mail", "show", mail), filled("mail", "show", mail, "--url", there)
    assert (here.code, here.out, here.err) == (away.code, away.out, away.err)
    assert here.out.startswith("Person 00, meet Person 01.")
    assert here.err.splitlines()[0] == "To: person00@example.org (waiting)"
    assert "/m/sample-" in here.out
    assert "<html" in filled("mail", "show", mail, "--html", "--url", there).out
    whole = filled("mail", "show", mail, "--json").json
    whole_away = filled("mail", "show", mail, "--json", "--url", there).json
    for one in (whole, whole_away):
        calendar = one["words"]["files"][0]
        calendar["text"], stamps = re.subn(r"DTSTAMP:\d{8}T\d{6}Z", "", calendar["text"])  # the second it was made
        assert stamps
    assert whole == whole_away
    assert whole["words"]["text"].rstrip("\n") == here.out.rstrip("\n")
    nothing = [filled("mail", "show", "msg_nobodys", *more) for more in ((), ("--url", there))]
    assert {(done.code, done.out, done.err) for done in nothing} == {(1, "", "There is nothing here by that name.\n")}


def test_the_audit_is_the_same_there_as_here(filled: Shell, there: str) -> None:
    """After 200 lines another page begins."""
    database = Database(os.environ["COFFEE_DATABASE_URL"])
    with database.writing() as session:
        programme = queries.programme(session, "eu")
        for _ in range(205):
            audit.note(session, programme, now=now(), actor="cli", action="programme.change", subject=programme.id)
    database.close()
    here, away = filled("audit", "eu"), filled("audit", "eu", "--url", there)
    assert (here.code, here.out) == (away.code, away.out)
    assert "programme.change" in here.out
    lines = filled("audit", "eu", "--json").json
    assert lines == filled("audit", "eu", "--json", "--url", there).json
    assert len([one for one in lines["entries"] if one["action"] == "programme.change"]) == 205
    since = ("audit", "eu", "--json", "--since", lines["entries"][-2]["at"])
    assert filled(*since).json["entries"] == filled(*since, "--url", there).json["entries"] == lines["entries"][-2:]
    assert filled("audit", "eu", "--json", "--since", "2000-01-01").json == lines
    for more in ((), ("--url", there)):
        assert filled("audit", "eu", "--json", "--since", "2999-01-01", *more).json["entries"] == []
        wrong = filled("audit", "eu", "--since", "yesterday", *more)
        assert (wrong.code, "is not a moment" in wrong.err) == (2, True)
        assert filled("audit", "us", *more).code == 1
