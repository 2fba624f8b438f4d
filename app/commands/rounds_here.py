"""Rounds on the database of this machine. A draw happens in this process, unless a worker is at it already."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast

from sqlmodel import Session

from app.api import adjusting as adjusting_api
from app.api import answers, dry_runs, shown
from app.api import own_words as words_api
from app.clock import now
from app.commands import house, terminal
from app.commands.terminal import Progress
from app.db import Database
from app.errors import NotFound
from app.models import Programme, Round, RoundState, Scope
from app.queries import programmes as programme_queries
from app.queries import rounds as queries
from app.queries.stuck import Reason
from app.security import new_id
from app.services import own_words, redraws, reminding, rounds, sending
from app.services.adjusted import By, Outcome
from app.services.keys import Principal
from app.services.moments import moment_in
from app.services.sending import Chosen
from app.settings import Settings
from app.workflows import adjusting, channel
from app.workflows import rounds as round_work
from app.workflows.adjusting import Wish
from app.workflows.heart import Heart
from app.workflows.work import Work

Facts = dict[str, Any]
LOOK_SECONDS = 0.5


class RoundsHere:
    """The organiser's verbs, each in one transaction."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database

    def open(self, slug: str, period: str, *, seed: int | None, send: bool, wait: bool) -> Facts:
        """The round of that period, drawn unless nobody wants to wait. Raises BadInput, NotFound, ProgrammeClosed."""
        assert self.settings.secret  # its mails hold signed links
        with self.database.writing("cli: round open") as session:
            programme = programme_queries.programme(session, slug, lock=True)
            moment = now()
            round_, _ = rounds.open_round(
                session, programme, period, seed=seed, send=send, now=moment, actor=house.ACTOR
            )
            words = [round_.id]
        if wait:
            self._see_it_drawn(round_)
        else:
            terminal.say("A running coffee serve or coffee worker draws it.")
        return self.find(words)

    def preview(self, slug: str, period: str | None, seed: int | None) -> Facts:
        """A round as it is drawn, or one that is drawn now and not written down."""
        with self.database.reading() as session:
            programme = programme_queries.programme(session, slug)
            drawn = _by_period(session, programme, period) if period is not None else None
            if drawn is not None and drawn.state != RoundState.DRAFT:
                return shown.groups(session, programme, drawn, _us(programme)).model_dump(mode="json")
            number = drawn.number if drawn else queries.next_number(session, programme)
            subject = dry_runs.read(session, programme, number, now())
        return dry_runs.drawn(subject, period or "preview", seed).model_dump(mode="json")

    def find(self, words: Sequence[str]) -> Facts:
        """How the round stands. Raises NotFound."""
        with self.database.reading() as session:
            programme, round_ = self.found(session, words)
            return _in_full(session, programme, round_)

    def approve(self, words: Sequence[str], seen: str | None = None) -> Facts:
        """Raises NotFound, Conflict, ChangedSince."""
        return self._change(words, rounds.approve, seen)

    def unapprove(self, words: Sequence[str]) -> Facts:
        """Raises NotFound, Conflict."""
        return self._change(words, rounds.unapprove)

    def adjust(self, words: Sequence[str], asked: Facts, seen: str | None) -> Facts:
        """Change its groups, as the API does. Raises NotFound, Conflict, BadInput, ChangedSince."""
        body = adjusting_api.asked(asked)
        by = By(house.ACTOR, now(), self.settings.secret)

        def find(session: Session, lock: bool) -> tuple[Programme, Round]:
            return self.found(session, words, lock=lock)

        def show(session: Session, outcome: Outcome) -> Facts:
            us = _us(outcome.board.programme)
            return adjusting_api.adjusted(session, outcome, us, dry_run=body.dry_run).model_dump(mode="json")

        wish = Wish([one.change() for one in body.changes], body.dry_run, _seen(seen))
        return adjusting.adjust(self.database, find, wish, by, show)

    def changes(self, words: Sequence[str]) -> Facts:
        """What was changed by hand. Raises NotFound."""
        with self.database.reading() as session:
            return adjusting_api.changes(session, self.found(session, words)[1]).model_dump(mode="json")

    def own_words(self, words: Sequence[str]) -> Facts:
        """What its introductions say in the organisers' own words. Raises NotFound."""
        with self.database.reading() as session:
            return words_api.shown(session, *self.found(session, words)).model_dump(mode="json")

    def say(self, words: Sequence[str], asked: Facts, seen: str | None) -> Facts:
        """Change these words, as the API does. Raises NotFound, Conflict, BadInput, ChangedSince."""
        with self.database.writing("cli: round words") as session:
            programme, round_ = self.found(session, words, lock=True)
            adjusting.require_seen(session, round_, _seen(seen))
            own_words.change(session, programme, round_, asked, now=now(), actor=house.ACTOR)
            return words_api.shown(session, programme, round_).model_dump(mode="json")

    def send(self, words: Sequence[str], seen: str | None = None, *, in_hours: bool = False) -> Facts:
        """Raises NotFound, Conflict, ChangedSince."""
        return self._change(words, partial(rounds.send, in_hours=in_hours), seen)

    def would_send(self, words: Sequence[str], seen: str | None = None) -> Facts:
        """What would go, were it sent now. Raises NotFound, Conflict, ChangedSince."""
        with self.database.reading() as session:
            programme, round_ = self.found(session, words)
            adjusting.require_seen(session, round_, _seen(seen))
            sends = rounds.would_send(programme, round_)
            return shown.send_dry_run(session, round_, sends, self.settings).model_dump(mode="json")

    def word(self, words: Sequence[str], verb: str, body: Facts) -> Facts:
        """Which mails leave, and when: `keep`, `release`, `schedule`, `unschedule`, `remind`; or `stop`. Raises as they
        do.
        """
        return self._change(words, _verb(verb, body))

    def cancel(self, words: Sequence[str]) -> None:
        """Raises NotFound, Conflict."""
        with self.database.writing("cli: round cancel") as session:
            programme, round_ = self.found(session, words, lock=True)
            rounds.cancel(session, programme, round_, now=now(), actor=house.ACTOR)

    def all(self, slug: str) -> Facts:
        """Every round of a programme, latest first. Raises NotFound."""
        with self.database.reading() as session:
            programme = programme_queries.programme(session, slug)
            found = [shown.round_summary(programme, one) for one in queries.rounds_of(session, programme)]
        return answers.RoundList(rounds=found, next_cursor=None).model_dump(mode="json")

    def mails(self, words: Sequence[str], state: str | None) -> Facts:
        """The mails of a round, all or those in one state. Raises NotFound."""
        with self.database.reading() as session:
            return shown.messages(session, self.found(session, words)[1], state).model_dump(mode="json")

    def _change(self, words: Sequence[str], verb: Callable[..., object], seen: str | None = None) -> Facts:
        with self.database.writing("cli: round change") as session:
            programme, round_ = self.found(session, words, lock=True)
            adjusting.require_seen(session, round_, _seen(seen))
            verb(session, programme, round_, now=now(), actor=house.ACTOR)
            session.flush()
            return _in_full(session, programme, round_)

    def found(self, session: Session, words: Sequence[str], *, lock: bool = False) -> tuple[Programme, Round]:
        """The round of these words. Raises NotFound."""
        if len(words) == 1:
            return queries.round_by_id(session, words[0], lock=lock)
        programme = programme_queries.programme(session, words[0], lock=lock)
        found = _by_period(session, programme, words[1])
        if found is None:
            raise NotFound(f"The programme {words[0]} has no round {words[1]}. Open it with: coffee round open")
        return queries.round_by_id(session, found.id, lock=True) if lock else (programme, found)

    def watch(self, words: Sequence[str], reason: str | None) -> Facts:
        """How it goes on. Raises NotFound."""
        with self.database.reading() as session:
            programme, round_ = self.found(session, words)
            found = shown.watch(session, programme, round_, cast("Reason | None", reason))
            return found.model_dump(mode="json")

    def mail_trouble(self) -> str | None:
        """Why the mail server takes nothing from us at the moment."""
        with self.database.reading() as session:
            way_out = channel.channel(session)
            return way_out.trouble if way_out else None

    # Drawing

    def _see_it_drawn(self, round_: Round) -> None:
        """Draw it, and whatever of its programme has to be drawn before it; or wait for whoever is at it."""
        work = self.worker()
        told = False
        with terminal.progress_bar(f"drawing {round_.period}") as progress:
            while (first := self._first_draft(round_)) is not None:
                if self._draw(work, first, progress):
                    continue
                if not told:
                    terminal.say(_why_waiting(first))
                    told = True
                time.sleep(LOOK_SECONDS)

    def _first_draft(self, round_: Round) -> Round | None:
        """The first undrawn round of the programme up to this one; None once this one is drawn."""
        with self.database.reading() as session:
            programme = queries.round_by_id(session, round_.id)[0]
            drafts = [
                one
                for one in queries.rounds_of(session, programme)
                if one.state == RoundState.DRAFT and one.number <= round_.number
            ]
        still = any(one.id == round_.id for one in drafts)
        return min(drafts, key=lambda one: one.number) if still else None

    def _draw(self, work: Work, round_: Round, progress: Progress | None) -> bool:
        """Draw it here; False when somebody else is at it. An interrupted draw is given back at once."""
        claim = f"{work.settings.worker_id}/{new_id('drw')}"
        with Heart(work):
            if not round_work.claim_draw(work, round_.id, claim):
                return False
            try:
                round_work.draw_round(work, round_.id, claim, progress)
            except BaseException:
                with self.database.writing("cli: draw release") as session:
                    rounds.release_draw(session, round_.id, claim)
                raise
        return True

    def worker(self, **more: Any) -> Work:
        """The process that we are, as a worker, under a name that no other has."""
        settings = self.settings.model_copy(update={"worker_id": new_id("cli")})
        return Work(self.database, settings, more.pop("transport", None), **more)


def _verb(verb: str, body: Facts) -> Callable[..., object]:
    """A verb on a round, with what was asked for in the shape of the API."""
    chosen = Chosen(body.get("people", ()), body.get("groups", ()), body.get("all", False))

    def schedule(session: Session, programme: Programme, round_: Round, **by: Any) -> None:
        at = moment_in(datetime.fromisoformat(body["at"]), programme)
        sending.schedule(session, programme, round_, at, in_hours=body["in_hours"], **by)

    def keep(session: Session, programme: Programme, round_: Round, **by: Any) -> int:
        return sending.keep(session, programme, round_, chosen, **by)

    def release(session: Session, programme: Programme, round_: Round, **by: Any) -> int:
        return sending.let_go(session, programme, round_, chosen, **by)

    verbs: dict[str, Callable[..., object]] = {
        "keep": keep,
        "release": release,
        "schedule": schedule,
        "unschedule": sending.unschedule,
        "remind": reminding.remind,
        "stop": redraws.stop,
    }
    return verbs[verb]


def _why_waiting(round_: Round) -> str:
    if round_.trouble:
        return f"The last try failed ({round_.trouble}). It is tried again by itself; Ctrl-C ends the waiting only."
    return "Another process is drawing this round; waiting for it."


def _seen(word: str | None) -> frozenset[str] | None:
    return None if word is None else frozenset((word,))


def _by_period(session: Session, programme: Programme, period: str) -> Round | None:
    return next((one for one in queries.rounds_of(session, programme) if one.period == period), None)


def _in_full(session: Session, programme: Programme, round_: Round) -> Facts:
    """A round as the API shows it."""
    return shown.round_(session, programme, round_, _us(programme)).model_dump(mode="json")


def _us(programme: Programme) -> Principal:
    """Whoever reaches the database may see everything."""
    return Principal(house.ACTOR, programme.organisation_id, None, frozenset(Scope))
