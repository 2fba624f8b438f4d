"""An organiser's way from a spreadsheet to introductions that are sent and watched, three times over: by the pages in
a browser without scripts, where the programme is made and the people are brought along too, by API, and by command
line. The same seed and the same words give the same round.
"""

import json
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pyotp
import pytest
from playwright.sync_api import expect

from tests.conftest import SECRET_KEY
from tests.rig.browser import watched_page
from tests.rig.server import Service, coffee
from tests.rig.smtp import SinkProcess, sink_process

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PERIOD, SEED, AGAIN = "2026-W48", "7", "11"
PATIENCE = 120.0
EU_CORE = Path(__file__).parents[2] / "shared" / "data" / "eu-core"
Round = set[frozenset[str]]


@dataclass
class Place:
    """One service with its own copy of the same people, and its own mail server."""

    folder: Path
    environment: dict[str, str]
    key: str
    sink: SinkProcess
    url: str

    def run(self, *words: str) -> dict[str, Any]:
        """A command that does what it is asked."""
        done = coffee(*words, "--json", environment=self.environment, folder=self.folder)
        assert done.returncode == 0, done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    def api(self) -> httpx.Client:
        """Its API, with the key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=60)

    def groups(self) -> list[list[str]]:
        """The addresses of each group, in the order of the groups."""
        said = self.run("round", "preview", "eu", PERIOD)
        return [[member["email"] for member in group["members"]] for group in said["groups"]]

    def sent(self) -> Counter[str]:
        """Who got how many introductions, by the mail server's own journal."""
        return Counter(mail.recipient for mail in self.sink.messages if mail.message["Subject"].startswith("Meet"))


def some_people(folder: Path) -> None:
    """61 made up people, each of whom knows two others."""
    people = [f"member{n:04}@institute.example,Member {n:04},Department {n % 11}" for n in range(61)]
    (folder / "people.csv").write_text("\n".join(["email,name,team", *people]))
    knows = [f"member{n:04}@institute.example,member{n + 1:04}@institute.example" for n in range(60)]
    (folder / "knows.csv").write_text("\n".join(["a,b", *knows]))


def a_real_institute(folder: Path) -> None:
    """1,005 people and who knows whom (SNAP's email-Eu-core), which lies beside the project and is not ours to keep."""
    for name in ("people.csv", "knows.csv"):
        assert (EU_CORE / name).is_file(), f"This needs {name} of eu-core in {EU_CORE}."
        shutil.copy(EU_CORE / name, folder / name)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(some_people, id="61 people"),
        pytest.param(a_real_institute, id="eu-core", marks=pytest.mark.long),
    ],
)
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, int]:
    """A SQLite file with people, some of whom know each other, and a key; the two lists lie beside it."""
    folder = tmp_path_factory.mktemp("organiser")
    request.param(folder)
    number = len((folder / "people.csv").read_text().splitlines()) - 1
    environment = {"COFFEE_DATABASE_URL": "sqlite:///coffee.db"}
    said: dict[str, Any] = {}
    for line in (
        "migrate",
        "programme create --slug eu --name Coffees --json",
        "people import eu people.csv --knows knows.csv --active --json",
        "key create --scope read --scope write --scope send --json",
    ):
        done = coffee(*line.split(), environment=environment, folder=folder)
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout) if line.endswith("--json") else {}
    return folder / "coffee.db", said["key"], number


@contextmanager
def place(prepared: tuple[Path, str, int], folder: Path, *, empty: bool = False) -> Iterator[Place]:
    """A copy of it, served with its worker; or the two lists beside a service that nobody has used yet."""
    folder.mkdir()
    file, key, _ = prepared
    for name in ("people.csv", "knows.csv") if empty else ("coffee.db",):
        shutil.copy(file.parent / name, folder / name)
    with ExitStack() as stack:
        sink = stack.enter_context(sink_process(folder / "mail.journal"))
        environment = {
            "COFFEE_DATABASE_URL": f"sqlite:///{folder / 'coffee.db'}",
            "COFFEE_SECRET_KEY": SECRET_KEY,
            "COFFEE_SMTP_URL": sink.url,
            "COFFEE_MAIL_FROM": "Coffee Trial <coffee@example.org>",
            "COFFEE_MAIL_RATE": "1000",
        }
        serve = stack.enter_context(Service(["serve"], environment, folder))
        yield Place(folder, environment, key, sink, serve.site.url)


def until(true: Callable[[], Any]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.2)


def sat_together(groups: list[list[str]]) -> Round:
    return {frozenset(group) for group in groups}


def test_the_same_round_by_page_by_api_and_by_command(
    browser: "Browser", prepared: tuple[Path, str, int], tmp_path: Path
) -> None:
    with place(prepared, tmp_path / "page", empty=True) as one:
        by_page = _by_page(browser, one, prepared[2])
    with place(prepared, tmp_path / "api") as one:
        by_api = _by_api(one, prepared[2])
    with place(prepared, tmp_path / "command") as one:
        by_command = _by_command(one, prepared[2])
    assert by_page == by_api == by_command
    assert sum(map(len, by_page)) == prepared[2]


def _swapped(groups: list[list[str]]) -> tuple[str, str]:
    """Two people of groups of two, who are swapped in each of the three ways."""
    first, second, *_ = (group for group in groups[1:] if len(group) == 2)
    return first[0], second[1]


def _everybody_once(one: Place, number: int) -> None:
    until(lambda: len(one.sent()) == number)
    assert set(one.sent().values()) == {1}


def _nothing_is_stuck(watched: dict[str, Any], number: int) -> None:
    assert watched["counts"]["accepted"] == watched["counts"]["planned"] == number
    assert not any(watched["stuck"].values())
    assert not watched["moves"]


# --- by page ---------------------------------------------------------------------------------------------------------


def _by_page(browser: "Browser", one: Place, number: int) -> Round:
    with watched_page(browser, java_script_enabled=False) as page:
        page.set_default_timeout(PATIENCE * 1000)
        _sign_in(page, one)
        _set_up(page)
        _bring_along(page, one.folder, number)
        _look_at_the_rules(page)
        page.get_by_role("link", name="Overview").first.click()
        page.get_by_role("link", name="Draw the first one").click()
        page.get_by_label("For when").fill(PERIOD)
        page.get_by_text("Draw by a lot of my own").click()
        page.get_by_label("Seed").fill(SEED)
        page.get_by_role("button", name="Draw", exact=True).click()
        _drawn(page)
        expect(page.get_by_text("Nobody meets anybody again.")).to_be_visible()
        groups = one.groups()
        _lock_swap_and_undo(page, groups)
        _draw_again(page)
        drawn = sat_together(one.groups())
        page.get_by_role("button", name="Approve these groups").click()
        expect(page.get_by_text("Nothing has been sent yet.")).to_be_visible()
        page.get_by_role("link", name="Send the introductions").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{number:,} people will get a mail")
        send = page.get_by_role("button", name=f"Send {number:,} mails")
        now = page.locator("form", has=send)
        if now.get_by_label("How many mails leave?").count():
            now.get_by_label("How many mails leave?").fill(f"{number:,}")
        send.click()
        expect(page.get_by_text(f"{number:,} of {number:,} mails")).to_be_visible(timeout=PATIENCE * 1000)
        _watch(page, number)
    _everybody_once(one, number)
    return drawn


def _sign_in(page: "Page", one: Place) -> None:
    """The first organiser: a link from the command line, an app for codes, and in."""
    link = one.run("organiser", "invite", "amara@example.org", "--role", "owner")["link"]
    page.goto(one.url + urlsplit(link).path)
    page.get_by_role("button", name="Sign in").click()
    key = page.locator(".key-letters").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(pyotp.TOTP(key).now())
    page.get_by_role("button", name="Use this app").click()
    page.get_by_role("link", name="I have kept them").click()


def _set_up(page: "Page") -> None:
    """A programme from a name, a purpose and what success is; opened for joining."""
    page.get_by_role("link", name="Make a programme").click()
    page.get_by_label("Name", exact=True).fill("Coffees")
    page.get_by_label("What it is for").fill("Half an hour with a colleague from another team, once a month.")
    page.get_by_text("Choose the address of its page").click()
    page.get_by_label("Last part of the address").fill("eu")
    page.get_by_role("button", name="Make the programme").click()
    page.get_by_role("link", name="Purpose and success").click()
    page.get_by_label("It has worked when").fill("Half of us know somebody in another team whom they can ask.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status")).to_contain_text("People can join now.")


def _bring_along(page: "Page", folder: Path, number: int) -> None:
    """The two lists: looked at line by line before anything is written, then imported by the worker."""
    _upload(page, "People", folder / "people.csv")
    page.get_by_role("button", name="See what would come of it").click()
    expect(page.get_by_text("Nothing is written yet.")).to_be_visible()
    page.get_by_label("Yes, elsewhere").check()
    page.get_by_role("button", name=f"Import {number:,} people").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Imported")
    _upload(page, "Who knows each other already", folder / "knows.csv")
    pairs = len((folder / "knows.csv").read_text().splitlines()) - 1
    page.get_by_role("button", name=f"Import {pairs:,} pairs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Imported")


def _upload(page: "Page", kind: str, file: Path) -> None:
    page.get_by_role("link", name="Overview").first.click()
    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_role("link", name="Bring people along").click()
    page.get_by_label(kind, exact=True).check()
    page.get_by_label("The file").set_input_files(file)
    page.get_by_role("button", name="Upload").click()


def _look_at_the_rules(page: "Page") -> None:
    """What a wall between people of one team would cost; it stays as it is."""
    page.get_by_role("link", name="Overview").first.click()
    page.get_by_role("link", name="Set it up").click()
    page.get_by_role("link", name="Rules", exact=True).click()
    teams = page.get_by_role("group", name="May people of one team meet?")
    teams.get_by_label("Never: rather leave somebody out").check()
    page.get_by_role("button", name="Work out what this would cost").click()
    expect(page.get_by_text("Nobody is left out by this wall.").first).to_be_visible()
    page.get_by_role("link", name="Leave it as it is").click()


def _drawn(page: "Page") -> None:
    """The page looks again by itself until the round is drawn."""
    expect(page.get_by_role("heading", name="Who meets whom")).to_be_visible(timeout=PATIENCE * 1000)
    expect(page.get_by_role("heading", name=re.compile("Being drawn"))).to_have_count(0, timeout=PATIENCE * 1000)


def _lock_swap_and_undo(page: "Page", groups: list[list[str]]) -> None:
    """Lock the first group; swap two, take that back, and swap them again."""
    page.get_by_role("button", name=re.compile(r"^Lock ?: group 1$")).click()
    expect(page.get_by_role("status")).to_contain_text("Locked group 1.")
    for undone in (True, False):
        _swap(page, *_swapped(groups))
        expect(page.get_by_role("status")).to_contain_text("Swapped ")
        if undone:
            page.get_by_role("button", name="Undo the last change").click()
            expect(page.get_by_role("status")).to_contain_text("Undone.")


def _swap(page: "Page", a: str, b: str) -> None:
    page.get_by_label("Name, address or number of a group").fill(a)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=_name(a), exact=True).click()
    page.get_by_label("Name or address").fill(b)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name=re.compile(rf"^Try first ?: {_name(b)}$")).click()
    expect(page.get_by_role("heading", name="What it would come to")).to_be_visible()
    page.get_by_role("button", name="Do it").click()


def _name(address: str) -> str:
    return f"Member {address[6:10]}"


def _draw_again(page: "Page") -> None:
    page.get_by_role("link", name="Draw again").click()
    expect(page.get_by_text("1 locked group stays as it is")).to_be_visible()
    page.get_by_label("Seed").fill(AGAIN)
    page.get_by_role("button", name="Draw again").click()
    _drawn(page)
    expect(page.get_by_role("heading", name="Beside the draw before")).to_be_visible()


def _watch(page: "Page", number: int) -> None:
    """How the round goes on: every mail has met its fate, and none came to nothing."""
    page.get_by_role("link", name="Watch it").click()
    expect(page.get_by_text(f"{number:,} of {number:,} mails have met their fate")).to_be_visible()
    expect(page.get_by_text("None. Whatever was sent has arrived, as far as anybody knows.")).to_be_visible()


# --- by API ----------------------------------------------------------------------------------------------------------


def _by_api(one: Place, number: int) -> Round:
    with one.api() as client:
        opened = client.post("/programmes/eu/rounds", json={"period": PERIOD, "seed": int(SEED)})
        here = opened.headers["Location"].removeprefix("/api/v1")
        until(lambda: client.get(here).json()["state"] == "matched")
        a, b = _swapped(one.groups())
        for changes in (
            [{"do": "lock", "group": 1}, {"do": "swap", "a": a, "b": b}],
            [{"do": "draw_again", "seed": int(AGAIN)}],
        ):
            answer = client.patch(f"{here}/groups", json={"changes": changes})
            assert answer.status_code == 200, answer.text
        said = client.get(f"{here}/groups")
        headers = {"If-Match": said.headers["ETag"]}
        assert client.post(f"{here}/approve", headers=headers).status_code == 202
        assert client.post(f"{here}/send", headers=headers | {"Idempotency-Key": "once"}).status_code == 202
        until(lambda: client.get(here).json()["state"] == "introduced")
        _nothing_is_stuck(client.get(f"{here}/watch").json(), number)
    _everybody_once(one, number)
    return sat_together([[member["email"] for member in group["members"]] for group in said.json()["groups"]])


# --- by command line -------------------------------------------------------------------------------------------------


def _by_command(one: Place, number: int) -> Round:
    one.run("round", "open", "eu", PERIOD, "--seed", SEED)
    a, b = _swapped(one.groups())
    one.run("round", "adjust", "eu", PERIOD, "--lock", "1", "--swap", a, b)
    one.run("round", "adjust", "eu", PERIOD, "--draw-again", "--seed", AGAIN)
    drawn = sat_together(one.groups())
    one.run("round", "approve", "eu", PERIOD)
    one.run("round", "send", "eu", PERIOD)
    _everybody_once(one, number)
    _nothing_is_stuck(one.run("round", "watch", "eu", PERIOD, "--follow"), number)
    return drawn
