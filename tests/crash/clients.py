"""Who uses the service in the stories: an organiser with a key, and a person with an inbox and a browser."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
from sqlmodel import Session, col, delete, func, select

from app.models import CapHit, MailRequest, MailState, OutgoingMail, Participant, Round, RoundState
from tests.crash.judge import Groups, Verdict, groups_of, judge
from tests.crash.stage import Stage

PERIOD = "2026-W48"
ON_THE_WAY = (MailState.READY, MailState.SENDING, MailState.DOT)
LINK = re.compile(r"http://localhost:8000(/m/[a-z0-9]+)")


class Organiser:
    """Calls the API with a key, each call with an Idempotency-Key of its own, so that it may be made again."""

    def __init__(self, stage: Stage, key: str) -> None:
        self._stage = stage
        self._headers = {"Authorization": f"Bearer {key}"}
        self.first: Groups = {}
        self.listed: set[str] = set()

    def get(self, path: str) -> Any:
        """What a GET answers."""
        answer = self._stage.ask("GET", f"/api/v1{path}", headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        expect: int = 202,
        once: str = "",
    ) -> Any:
        """What a POST answers; the same as before if it was made before, whether or not its answer arrived."""
        headers = self._headers | {"Idempotency-Key": once or f"{path} once"}
        answer = self._stage.ask("POST", f"/api/v1{path}", headers=headers, json=body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def change(self, method: str, path: str, body: dict[str, Any] | None = None) -> int:
        """The status that a call without a key ends with: it may find its work done already."""
        return self._stage.ask(method, f"/api/v1{path}", headers=self._headers, json=body).status_code

    def opened(self, period: str = PERIOD, **more: Any) -> str:
        """The id of a round that is opened and drawn; its groups are noted as they are first seen."""
        body = {"period": period, **more}
        round_id = str(self.post("/programmes/eu/rounds", body, once=f"open {period}")["id"])
        self._stage.until(lambda: state_of(self._stage, round_id) not in (None, RoundState.DRAFT), "the draw")
        self.first = self._stage.true(groups_of)
        return round_id

    def sent(self, round_id: str) -> None:
        """Approve and send, wait until every mail has met its fate, and note which are shown as held."""
        self.post(f"/rounds/{round_id}/approve")
        self.post(f"/rounds/{round_id}/send")
        self._stage.until(lambda: state_of(self._stage, round_id) == RoundState.INTRODUCED, "the introductions")
        quiet(self._stage)
        held = self.get(f"/rounds/{round_id}/messages?state=held")["messages"]
        self.listed = {str(mail["id"]) for mail in held}


class Person:
    """Somebody with an inbox and a browser, who tries again when no page comes, and asks again when no mail comes."""

    def __init__(self, stage: Stage, address: str) -> None:
        self._stage = stage
        self.address = address

    def sign_in(self) -> None:
        """Into one's own page, by a mailed link."""
        cookies = self._stage.client.cookies
        cookies.clear()
        while not cookies:
            path = self.link(lambda: self.send("/me", email=self.address))
            self.send(path, action="open")

    def link(self, ask: Callable[[], object]) -> str:
        """The path of the link in the mail that somebody asks for: they ask again when none comes."""
        before = len(self._inbox())
        deadline = time.monotonic() + self._stage.patience
        while len(self._inbox()) == before:
            assert time.monotonic() < deadline, "no mail came, however often it was asked for"
            let_a_day_pass(self._stage)
            ask()
            quiet(self._stage)
        found = LINK.search(self._inbox()[-1])
        assert found is not None
        return found[1]

    def press(self, path: str, done: Callable[[Participant | None], Any], **form: str) -> None:
        """Send a form until its effect is there: a person who sees no answer looks first, then tries again."""
        while not done(self.row()):
            answer = self.send(path, **form)
            assert answer is None or answer.status_code < 400 or done(self.row()), f"{path}: {answer.text}"

    def row(self) -> Participant | None:
        """How the service knows them."""
        query = select(Participant).where(Participant.email == self.address)
        found: Participant | None = self._stage.true(lambda session: session.exec(query).one_or_none())
        return found

    def send(self, path: str, **form: str) -> httpx.Response | None:
        """Send a form once; None when nobody answers."""
        answer = None
        with suppress(httpx.TransportError):
            answer = self._stage.client.post(path, data=form)
            assert answer.status_code < 500, answer.text
        self._stage.look_after()
        return answer

    def _inbox(self) -> list[str]:
        mails = [mail.message for mail in self._stage.journal if mail.recipient == self.address]
        texts = [mail.get_body(("plain",)) for mail in mails]
        return [text.get_content() for text in texts if text is not None]


def state_of(stage: Stage, round_id: str) -> RoundState | None:
    """How far a round is, by its row."""
    found: RoundState | None = stage.true(
        lambda session: session.exec(select(Round.state).where(Round.id == round_id)).one_or_none()
    )
    return found


def quiet(stage: Stage) -> None:
    """Wait until no released mail is on its way any more, and none is asked for."""

    def waiting(session: Session) -> int:
        asked = session.exec(select(func.count()).select_from(MailRequest)).one()
        query = select(func.count()).select_from(OutgoingMail).where(col(OutgoingMail.state).in_(ON_THE_WAY))
        return asked + session.exec(query.where(col(OutgoingMail.released_at).is_not(None))).one()

    stage.until(lambda: stage.true(waiting) == 0, "the last mail")


def let_a_day_pass(stage: Stage) -> None:
    """So that nobody is kept from asking for one more mail."""
    with stage.database.writing() as session:
        session.exec(delete(CapHit))


def judged(stage: Stage, organiser: Organiser | None = None, gone: tuple[str, ...] = ()) -> Verdict:
    """The verdict on a story that has ended."""
    first, listed = (organiser.first, organiser.listed) if organiser else ({}, set())
    verdict: Verdict = stage.true(
        lambda session: judge(session, stage.journal, first=first, gone=gone, dotted=stage.dotted, listed=listed)
    )
    return verdict
