"""Rounds of a remote service."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import quote

from app.commands import terminal
from app.commands.failures import FAILED, Stopped
from app.commands.remote import Remote, if_match

Facts = dict[str, Any]
LOOK_SECONDS = 0.5


class RoundsThere:
    """The organiser's verbs, as calls."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    @classmethod
    @contextmanager
    def at(cls, url: str) -> Iterator[Self]:
        """Those of the service at that address."""
        with Remote.at(url) as remote:
            yield cls(remote)

    def open(self, slug: str, period: str, *, seed: int | None, send: bool, wait: bool) -> Facts:
        """The round of that period, drawn by the service."""
        asked = {"period": period, "send": send} | ({} if seed is None else {"seed": seed})
        found: Facts = self._remote.post(f"/programmes/{quote(slug, safe='')}/rounds", asked)
        told = False
        while wait and found["state"] == "draft":
            if found.get("trouble") and not told:
                terminal.say(str(found["trouble"]))
                told = True
            time.sleep(LOOK_SECONDS)
            found = self.find([found["id"]])
        return found

    def preview(self, slug: str, period: str | None, seed: int | None) -> Facts:
        """The groups of a drawn round, or of one that the service draws and does not write down."""
        found: Facts
        if period is not None and (round_ := self._by_period(slug, period)) and round_["state"] != "draft":
            found = self._remote.get(f"/rounds/{round_['id']}/groups")
            return found
        asked = {"period": period or "preview", "dry_run": True} | ({} if seed is None else {"seed": seed})
        found = self._remote.post(f"/programmes/{quote(slug, safe='')}/rounds", asked)
        return found

    def find(self, words: Sequence[str]) -> Facts:
        """How the round stands."""
        found: Facts = self._remote.get(f"/rounds/{self.id_of(words)}")
        return found

    def approve(self, words: Sequence[str], seen: str | None = None) -> Facts:
        """Say yes to it."""
        found: Facts = self._remote.post(f"/rounds/{self.id_of(words)}/approve", headers=if_match(seen))
        return found

    def unapprove(self, words: Sequence[str]) -> Facts:
        """Take the yes back."""
        found: Facts = self._remote.post(f"/rounds/{self.id_of(words)}/unapprove")
        return found

    def adjust(self, words: Sequence[str], asked: Facts, seen: str | None) -> Facts:
        """Change its groups as they were a moment ago: a second try after a lost answer does nothing twice."""
        path = f"/rounds/{self.id_of(words)}/groups"
        seen = seen or str(self._remote.get(path)["fingerprint"])
        found: Facts = self._remote.patch(path, asked, headers=if_match(seen))
        return found

    def changes(self, words: Sequence[str]) -> Facts:
        """What was changed by hand."""
        found: Facts = self._remote.whole(f"/rounds/{self.id_of(words)}/changes", "changes")
        return found

    def own_words(self, words: Sequence[str]) -> Facts:
        """What its introductions say in the organisers' own words."""
        found: Facts = self._remote.get(f"/rounds/{self.id_of(words)}/words")
        return found

    def say(self, words: Sequence[str], asked: Facts, seen: str | None) -> Facts:
        """Change these words, of the groups as they were a moment ago."""
        path = f"/rounds/{self.id_of(words)}/words"
        seen = seen or str(self._remote.get(path)["fingerprint"])
        found: Facts = self._remote.patch(path, asked, headers=if_match(seen))
        return found

    def send(self, words: Sequence[str], seen: str | None = None, *, in_hours: bool = False) -> Facts:
        """Let its mails go."""
        query = "?in_hours=true" if in_hours else ""
        found: Facts = self._remote.post(f"/rounds/{self.id_of(words)}/send{query}", headers=if_match(seen))
        return found

    def would_send(self, words: Sequence[str], seen: str | None = None) -> Facts:
        """What would go, were it sent now."""
        found: Facts = self._remote.post(f"/rounds/{self.id_of(words)}/send?dry_run=true", headers=if_match(seen))
        return found

    def word(self, words: Sequence[str], verb: str, body: Facts) -> Facts:
        """Which mails leave, and when: `keep`, `release`, `schedule`, `unschedule`, `remind`; or `stop`."""
        found: Facts = self._remote.post(f"/rounds/{self.id_of(words)}/{verb}", body or None)
        return found

    def cancel(self, words: Sequence[str]) -> None:
        """Take it back."""
        self._remote.delete(f"/rounds/{self.id_of(words)}")

    def all(self, slug: str) -> Facts:
        """Every round of a programme, latest first."""
        found: Facts = self._remote.whole(f"/programmes/{quote(slug, safe='')}/rounds", "rounds")
        return found

    def mails(self, words: Sequence[str], state: str | None) -> Facts:
        """The mails of a round, all or those in one state."""
        asked = {"state": state} if state else {}
        found: Facts = self._remote.whole(f"/rounds/{self.id_of(words)}/messages", "messages", asked)
        return found

    def watch(self, words: Sequence[str], reason: str | None) -> Facts:
        """How it goes on, with every mail that is stuck."""
        asked = {"reason": reason} if reason else {}
        found: Facts = self._remote.whole(f"/rounds/{self.id_of(words)}/watch", "mails", asked)
        return found

    def mail_trouble(self) -> str | None:
        """Only those who run the service know."""
        return None

    def id_of(self, words: Sequence[str]) -> str:
        """The id of the round of these words, as it stands in a path."""
        if len(words) == 1:
            return quote(words[0], safe="")
        found = self._by_period(*words)
        if found is None:
            raise Stopped(FAILED, f"The programme {words[0]} has no round {words[1]}. Open it with: coffee round open")
        return str(found["id"])

    def _by_period(self, slug: str, period: str) -> Facts | None:
        return next((one for one in self.all(slug)["rounds"] if one["period"] == period), None)
