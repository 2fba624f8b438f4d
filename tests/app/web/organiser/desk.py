"""An organiser's browser: keys, signing in, and what the pages of the outbox say."""

import re
from dataclasses import dataclass, field
from typing import Any

import httpx

import emails
from app.models import MailKind, Organisation, OutgoingMail, Round, Scope
from app.queries import programmes as programme_queries
from app.services import keys, programmes
from app.services.programmes import ProgrammeFacts
from tests.app.web.visitor import Visitor
from tests.factories import World

COUNT = re.compile(r'<a class="fate[^>]*>(\w+)</a></th>\s*<td class="number">([\d,]+)</td>')
NAME = "coffee_organiser"


@dataclass
class Desk:
    """Keeps cookies, as a browser does."""

    visitor: Visitor
    made: dict[str, str] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.visitor.world

    def key(self, *scopes: Scope, slug: str | None = None, **facts: Any) -> str:
        """The secret of a new key of the one organisation; `made` knows its row's id."""
        with self.world.database.writing() as session:
            organisation = programmes.default_organisation(session, "Example Trust", self.world.now)
            bound = programme_queries.programme(session, slug) if slug else None
            row, secret = keys.create_key(
                session, organisation, frozenset(scopes), now=self.world.now, programme=bound, **facts
            )
        self.made[secret] = row.id
        return secret

    def stranger(self) -> str:
        """A key of another organisation."""
        with self.world.database.writing() as session:
            other = Organisation(slug="other", name="Other Trust", created_at=self.world.now)
            session.add(other)
            session.flush()
            facts = ProgrammeFacts(name="Theirs")
            programmes.create_programme(session, other, "theirs", facts, now=self.world.now, actor="test")
            return keys.create_key(session, other, frozenset(Scope), now=self.world.now)[1]

    def sign_in(self, key: str, to: str = "") -> httpx.Response:
        """Fill the form of the door."""
        return self.visitor.post("/organiser/sign-in", key=key, to=to)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.visitor.get(path, **options)

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.visitor.post(path, **fields)

    def later(self, **span: float) -> None:
        """Time goes by, and somebody signs in again."""
        self.world.later(**span)
        assert self.sign_in(next(iter(self.made))).status_code == 303

    def elsewhere(self, key: str) -> "Desk":
        """Somebody else on another browser, signed in with that key."""
        other = Desk(self.visitor.fresh())
        assert other.sign_in(key).status_code == 303
        return other

    def cookie(self) -> str:
        """The session's cookie."""
        return self.visitor.http.cookies[NAME]

    def round(self, people: int = 4, script: tuple[emails.Answer, ...] = (), period: str = "2026-W48") -> Round:
        """A round with as many people, whose mails were handed over, the first of them as the script says."""
        if not self.world.find("person00"):
            self.world.people(people)
        self.world.transport = emails.MemoryTransport(list(script))
        drawn = self.world.draw(self.world.open_round(period, send=True))
        self.world.deliver()
        return self.world.round(drawn.id)

    def counts(self, path: str) -> dict[str, int]:
        """The counts as the page's table has them."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return {name.lower(): int(number.replace(",", "")) for name, number in COUNT.findall(answer.text)}

    def mail(self, mail_id: str) -> OutgoingMail:
        """The row as it is."""
        return next(mail for mail in self.world.mails() if mail.id == mail_id)

    def held(self) -> OutgoingMail:
        """The one introduction that is held."""
        (found,) = [mail for mail in self.world.mails(MailKind.INTRODUCTION) if mail.state == "uncertain"]
        return found


def outbox(round_: Round, query: str = "") -> str:
    """Where a round's mails are shown."""
    return f"/organiser/rounds/{round_.id}/outbox{query}"


UNKNOWN = emails.Unknown("DOT", "the connection was lost")
REFUSED = emails.Refused(False, "recipient", "RCPT", 552, "552 5.2.2 <b>full</b>")
"""A soft refusal: whoever cannot be reached for good goes from the round, and so do mails that name them."""
