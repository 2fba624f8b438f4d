"""What an organiser waits for: each page and each action of a round, through a real `coffee serve`.

    python -m benchmarks.organiser_pages [--people 1005] [--times 7] [--database URL]

People come in by command line, an organiser signs in, and everything else happens by the pages, one request at a time.
Prints the median and the longest of each in milliseconds, as Markdown. On PostgreSQL a worker is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import httpx
import pyotp

from tests.rig.server import Service, coffee
from tests.rig.smtp import sink_process

SLUG = "eu"
SECRET_KEY = "a-secret-key-for-the-benchmark-0123456789"
PATIENCE = 600.0
KEY = re.compile(r'class="key-letters"><code>([A-Z2-7\s]+)<')
SEEN = re.compile(r'name="seen" value="(\w+)"')
LATEST = re.compile(r'href="(/organiser/rounds/rnd_\w+)')


@dataclass
class Browser:
    """An organiser's browser; notes how long each answer took, by what was done."""

    http: httpx.Client
    base: str
    took: dict[str, list[float]] = field(default_factory=dict)

    def get(self, path: str, what: str = "") -> httpx.Response:
        """A page."""
        return self._do(what, lambda: self.http.get(path))

    def post(self, path: str, what: str = "", **fields: str) -> httpx.Response:
        """A press of a button; what it leads to is not opened."""
        headers = {"Origin": self.base}
        return self._do(what, lambda: self.http.post(path, data=fields, headers=headers, follow_redirects=False))

    def _do(self, what: str, request: Callable[[], httpx.Response]) -> httpx.Response:
        began = time.perf_counter()
        answer = request()
        took = 1000 * (time.perf_counter() - began)
        if answer.status_code >= 400:
            sys.exit(f"{what or answer.request.url.path} answered {answer.status_code}: {answer.text[:2000]}")
        if what:
            self.took.setdefault(what, []).append(took)
        return answer

    def sign_in(self, link: str) -> None:
        """With the link of the command line and an app for codes."""
        here = urlsplit(link).path
        self.post(here)
        found = KEY.search(self.get("/organiser/second-factor").text)
        assert found is not None
        self.post("/organiser/second-factor", code=pyotp.TOTP("".join(found[1].split())).now())


def main() -> int:
    """Do it and print it."""
    given = _arguments()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coffee-pages-")))
        sink = stack.enter_context(sink_process(folder / "mail.journal"))
        environment = {
            "COFFEE_DATABASE_URL": given.database or f"sqlite:///{folder / 'coffee.db'}",
            "COFFEE_SECRET_KEY": SECRET_KEY,
            "COFFEE_SMTP_URL": sink.url,
            "COFFEE_MAIL_FROM": "Coffee Trial <coffee@example.org>",
            "COFFEE_LOG_LEVEL": "WARNING",
        }
        link = _set_up(environment, folder, given.people)
        serve = stack.enter_context(Service(["serve"], environment, folder))
        if given.database:
            stack.enter_context(Service(["worker", "--id", "worker-1"], environment, folder))
        url = serve.site.url
        http = stack.enter_context(httpx.Client(base_url=url, timeout=PATIENCE, follow_redirects=True))
        browser = Browser(http, url)
        browser.sign_in(link)
        _walk(browser, given.people, given.times)
    _print(browser, given)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1005, help="at least 100")
    parser.add_argument("--times", type=int, default=7, help="how often each is done")
    parser.add_argument("--database", metavar="URL", help="an empty database; a temporary SQLite file by default")
    given = parser.parse_args()
    if given.people < 100 or given.times < 1:
        parser.error("at least 100 people, each at least once")
    return given


def _set_up(environment: dict[str, str], folder: Path, number: int) -> str:
    """A programme with so many people in 42 departments, who know their neighbours; the organiser's link."""
    people = [f"p{n}@institute.example,Person {n},Department {n % 42}" for n in range(number)]
    knows = [f"p{n}@institute.example,p{n + 1}@institute.example" for n in range(number - 1)]
    (folder / "people.csv").write_text("\n".join(["email,name,team", *people]))
    (folder / "knows.csv").write_text("\n".join(["a,b", *knows]))
    said: dict[str, Any] = {}
    for line in (
        "migrate",
        f"programme create --slug {SLUG} --name Coffees",
        f"people import {SLUG} people.csv --knows knows.csv --active",
        "organiser invite amara@example.org --role owner",
    ):
        done = coffee(*line.split(), "--json", environment=environment, folder=folder)
        if done.returncode:
            sys.exit(f"coffee {line} ended with {done.returncode}:\n{done.stderr}")
        said = json.loads(done.stdout)
    return str(said["link"])


def _walk(browser: Browser, number: int, times: int) -> None:
    rounds = f"/organiser/programmes/{SLUG}/rounds"
    browser.post(rounds, "open a round", period="2026-W48", lot="own", seed="7")
    here = _until(lambda: LATEST.search(browser.get(rounds).text))[1]
    _until(lambda: SEEN.search(browser.get(here).text))
    _look(browser, here, times)
    _change(browser, here, times)
    browser.post(f"{here}/draw-again", "ask for another draw", seen=_seen(browser, here), seed="3", rest_only="")
    began = time.perf_counter()
    _until(lambda: "Beside the draw before" in browser.get(here).text)
    browser.took["another draw, by the worker"] = [1000 * (time.perf_counter() - began)]
    browser.post(f"{here}/approve", "approve", seen=_seen(browser, here))
    for _ in range(times):
        browser.get(f"{here}/send", "page before sending")
    browser.post(f"{here}/send", "send", seen=_seen(browser, f"{here}/send"), number=str(number))
    for _ in range(times):
        browser.get("/organiser", "first page, while mails leave")
        browser.get(f"{here}/outbox", "outbox, while mails leave")


def _look(browser: Browser, here: str, times: int) -> None:
    for turn in range(times):
        browser.get("/organiser", "first page")
        browser.get(here, "round as cards")
        browser.get(f"{here}?view=table", "round as a table")
        browser.get(f"{here}?q=person+{turn + 5}", "search")


def _change(browser: Browser, here: str, times: int) -> None:
    """Each change to groups that no other touches."""
    groups = _groups(browser, here)
    for turn in range(times):
        locked, one, other, split = (next(groups) for _ in range(4))
        browser.post(f"{here}/changes", "lock", do="lock", group=locked[0])
        person, partner = f"{here}/people/{one[1]}", other[1]
        browser.get(f"{person}?q=person+{turn + 5}", "page of a person")
        browser.post(person, "try a swap", do="swap", other=partner, **{"try": "yes"})
        browser.post(person, "swap", do="swap", other=partner)
        browser.post(f"{here}/changes", "undo", do="undo")
        browser.post(f"{here}/changes", "take apart", do="split", group=split[0])


def _groups(browser: Browser, here: str) -> Iterator[tuple[str, str]]:
    """The ids of groups and of somebody in each, from the pages, card by card."""
    done = set()
    for page in count(1):
        text = browser.get(f"{here}?page={page}").text
        for card in re.split(r'(?=<li class="group")', text):
            group = re.search(r"grp_\w+", card)
            person = re.search(r"/people/(ppl_\w+)", card)
            if group and person and group[0] not in done:
                done.add(group[0])
                yield group[0], person[1]
    raise AssertionError("there are always more pages")


def _seen(browser: Browser, path: str) -> str:
    found = SEEN.search(browser.get(path).text)
    assert found is not None, path
    return found[1]


def _until(found: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE
    while not (it := found()):
        if time.monotonic() > until:
            sys.exit("waited in vain")
        time.sleep(0.2)
    return it


def _print(browser: Browser, given: argparse.Namespace) -> None:
    print(f"{given.people:,} people, {'PostgreSQL' if given.database else 'SQLite'}, milliseconds\n")
    print("| what | median | longest | times |\n| --- | ---: | ---: | ---: |")
    for what, took in browser.took.items():
        print(f"| {what} | {median(took):,.0f} | {max(took):,.0f} | {len(took)} |")


if __name__ == "__main__":
    sys.exit(main())
