"""One person of a programme, by address or id: looked up, changed, copied, forgotten; here, or at a remote service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Protocol
from urllib.parse import quote

import typer

from app.commands import house
from app.commands.failures import BAD, FAILED, Stopped

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.commands.remote import Remote
    from app.db import Database
    from app.models import Participant, Programme
    from app.settings import Settings

Facts = dict[str, Any]
Whom = Annotated[list[str], typer.Argument(metavar="SLUG ADDRESS", help="The person; or their id alone (ppl_…).")]


class Somebody(Protocol):
    """What organisers do about one person, wherever the people are."""

    def find(self, words: Sequence[str]) -> Facts: ...

    def change(self, words: Sequence[str], body: Facts) -> Facts: ...

    def copy(self, words: Sequence[str]) -> Facts: ...

    def erase(self, words: Sequence[str], *, dry_run: bool) -> Facts: ...

    def lift(self, words: Sequence[str]) -> Facts: ...


@contextmanager
def somewhere(url: str | None) -> Iterator[Somebody]:
    """People of this machine, or of a remote service."""
    if url:
        from app.commands.remote import Remote

        with Remote.at(url) as remote:
            yield SomebodyThere(remote)
        return
    settings = house.settings()
    with house.opened(settings) as database:
        yield SomebodyHere(settings, database)


def words(whom: list[str]) -> list[str]:
    """How a person was named. Raises Stopped for what is no name of one."""
    if (len(whom) == 2 and "@" in whom[1]) or (len(whom) == 1 and whom[0].startswith("ppl_")):
        return whom
    raise Stopped(BAD, "Name the person by programme and address (eu ada@example.org), or by their id (ppl_…).")


def nobody(words: Sequence[str]) -> str:
    """What is said where there is nobody by that name."""
    return (
        f"There is nobody with that address in the programme {words[0]}."
        if words[1:]
        else "There is nobody by that id."
    )


class SomebodyHere:
    """On the database of this machine, each in one transaction. Raises NotFound, and as the services do."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    def find(self, words: Sequence[str]) -> Facts:
        """Somebody as the API shows them."""
        with self._database.reading() as session:
            return _shown(session, *_found(session, words))

    def change(self, words: Sequence[str], body: Facts) -> Facts:
        """Correct what is given."""
        from app.api.participants import correction
        from app.api.schemas import ParticipantChange
        from app.clock import now
        from app.services import participants

        asked = house.checked(ParticipantChange, body)
        with self._database.writing("cli: people change") as session:
            programme, person = _found(session, words, lock=True)
            change, secret_key = correction(asked, person), self._settings.secret
            participants.correct(
                session, programme, person, change, now=now(), secret_key=secret_key, actor=house.ACTOR
            )
            session.flush()
            return _shown(session, programme, person)

    def copy(self, words: Sequence[str]) -> Facts:
        """What is kept about them, as far as organisers may know it."""
        from app.api.kept import PersonKept
        from app.clock import now
        from app.services import exports

        with self._database.writing("cli: export person") as session:
            programme, person = _found(session, words)
            kept = exports.person(session, programme, person, now=now(), actor=house.ACTOR)
        return PersonKept(**kept).model_dump(mode="json", by_alias=True)

    def erase(self, words: Sequence[str], *, dry_run: bool) -> Facts:
        """Forget them, and say what went; or what would."""
        from app.api.kept import ErasureAnswer
        from app.clock import now
        from app.services import guard, privacy

        with self._database.writing("cli: erase") as session:
            programme, person = _found(session, words, lock=True)
            goes, person_id = privacy.would_erase(session, person), person.id
            if not dry_run:
                guard.erase(session, programme, person, self._settings, now=now(), actor=house.ACTOR)
        return ErasureAnswer.of(person_id, goes, dry_run=dry_run).model_dump(mode="json")

    def lift(self, words: Sequence[str]) -> Facts:
        """Let mail go to their address again. Raises Conflict where they have closed it themselves."""
        from app.clock import now
        from app.services import reopening

        secret_key = self._settings.secret
        with self._database.writing("cli: mail lift for a programme") as session:
            programme, person = _found(session, words, lock=True)
            reopening.lift(session, programme, person, now=now(), secret_key=secret_key, actor=house.ACTOR)
            session.flush()
            return _shown(session, programme, person)


class SomebodyThere:
    """At a remote service, as calls."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def find(self, words: Sequence[str]) -> Facts:
        """Somebody as the API shows them."""
        from app.files.addresses import canonical_key

        if len(words) == 1:
            found: Facts = self._remote.get(self._path(words))
            return found
        path, wanted = f"/programmes/{quote(words[0], safe='')}/participants", canonical_key(words[1])
        alike = self._remote.whole(path, "participants", {"q": words[1].rpartition("@")[0]})["participants"]
        them = [one for one in alike if canonical_key(one["email"]) == wanted]
        if not them:
            raise Stopped(FAILED, nobody(words))
        return dict(them[0])

    def change(self, words: Sequence[str], body: Facts) -> Facts:
        """Correct what is given."""
        found: Facts = self._remote.patch(self._path(words), body)
        return found

    def copy(self, words: Sequence[str]) -> Facts:
        """What is kept about them, as far as organisers may know it."""
        found: Facts = self._remote.post(f"{self._path(words)}/export")
        return found

    def erase(self, words: Sequence[str], *, dry_run: bool) -> Facts:
        """Forget them, and say what went; or what would."""
        found: Facts = self._remote.delete(f"{self._path(words)}{'?dry_run=true' if dry_run else ''}")
        return found

    def lift(self, words: Sequence[str]) -> Facts:
        """Let mail go to their address again. Stopped where they have closed it themselves."""
        found: Facts = self._remote.post(f"{self._path(words)}/lift")
        return found

    def _path(self, words: Sequence[str]) -> str:
        return f"/participants/{quote(words[0] if len(words) == 1 else self.find(words)['id'], safe='')}"


def _found(session: Session, words: Sequence[str], *, lock: bool = False) -> tuple[Programme, Participant]:
    from sqlmodel import select

    from app.errors import NotFound
    from app.files.addresses import canonical_key
    from app.models import Participant, Programme
    from app.queries import participants, programmes

    if len(words) == 1:
        known = session.exec(select(Participant).where(Participant.id == words[0])).one_or_none()
    else:
        programme = programmes.programme(session, words[0])
        known = participants.by_address(session, programme, canonical_key(words[1]))
    if known is None:
        raise NotFound(nobody(words))
    person = participants.participant(session, known.organisation_id, known.id, lock=lock)
    return session.get_one(Programme, person.programme_id), person


def _shown(session: Session, programme: Programme, person: Participant) -> Facts:
    from app.api import shown

    return shown.participants(session, programme, [person])[0].model_dump(mode="json")
