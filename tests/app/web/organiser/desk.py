"""An organiser's browser: people with roles, signing in, and what the pages of the outbox say."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pyotp
from sqlmodel import Session, select

import emails
from app.models import (
    LinkFor,
    MailKind,
    Organisation,
    OrganiserAccount,
    OutgoingMail,
    Programme,
    Role,
    Round,
    Scope,
)
from app.queries import programmes as programme_queries
from app.security import factor_key, new_id
from app.services import keys, organiser_links, organisers, programmes
from app.services.programmes import ProgrammeFacts
from tests.app.web.visitor import Visitor
from tests.factories import World, address_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

COUNT = re.compile(r'<a class="fate[^>]*>(\w+)</a></th>\s*<td class="number">([\d,]+)</td>')
NAME = "coffee_organiser"
SECOND = "/organiser/second-factor"


@dataclass
class Desk:
    """Keeps cookies, as a browser does."""

    visitor: Visitor
    made: dict[str, str] = field(default_factory=dict)
    address: str = ""

    @property
    def world(self) -> World:
        return self.visitor.world

    def key(self, *scopes: Scope, slug: str | None = None, **facts: Any) -> str:
        """The secret of a new key of the one organisation; `made` knows its row's id."""
        with self.world.database.writing() as session:
            organisation = programmes.default_organisation(session, "Example Trust", self.world.now)
            bound = programme_queries.programme(session, slug) if slug else None
            row, secret = keys.create_key(
                session, organisation, frozenset(scopes), now=self.world.now, actor="test", programme=bound, **facts
            )
        self.made[secret] = row.id
        return secret

    def organiser(self, *roles: Role, slug: str | None = None, name: str = "amara") -> str:
        """The address of an organiser of the one organisation with these roles, everywhere or in a programme; whoever
        has none yet has a second factor by that.
        """
        with self.world.database.writing() as session:
            organisation = programmes.default_organisation(session, "Example Trust", self.world.now)
            place = programme_queries.programme(session, slug) if slug else None
            return self._organiser(session, organisation, roles, place, name)

    def stranger(self) -> str:
        """The address of an organiser of another organisation, with a programme `theirs`."""
        with self.world.database.writing() as session:
            other = Organisation(slug="other", name="Other Trust", created_at=self.world.now)
            session.add(other)
            session.flush()
            facts = ProgrammeFacts(name="Theirs")
            programmes.create_programme(session, other, "theirs", facts, now=self.world.now, actor="test")
            return self._organiser(session, other, (Role.ORGANISER, Role.OWNER), None, "stranger")

    def _organiser(
        self,
        session: Session,
        organisation: Organisation,
        roles: tuple[Role, ...],
        place: Programme | None,
        name: str,
    ) -> str:
        address = address_of(name)
        for role in roles:
            account = organisers.appoint(session, organisation, address, role, place, now=self.world.now)
            account.factor = account.factor or new_id("fac")
        return address.key

    def account(self, address: str) -> OrganiserAccount:
        """The row of an organiser."""
        with self.world.database.reading() as session:
            return session.exec(select(OrganiserAccount).where(OrganiserAccount.email_key == address)).one()

    def code(self, address: str, *, later: int = 0, anew: bool = False) -> str:
        """What the app of an organiser shows, now or so many half minutes later; `anew` for one to be set up."""
        account = self.account(address)
        factor = account.factor_next if anew else account.factor
        made = pyotp.TOTP(factor_key(self.world.secret, factor or ""))
        return made.generate_otp(int(self.world.now.timestamp()) // 30 + later)

    def link(self, address: str) -> str:
        """The path of a link that lets an organiser in, as the command line gives it out."""
        with self.world.database.writing() as session:
            account = session.get_one(OrganiserAccount, self.account(address).id)
            account.factor_step = None  # time stands still here, and a code is good for once
            made = organiser_links.issue(session, self.world.secret, LinkFor.INVITATION, self.world.now, account)
            return organiser_links.url_of(self.world.settings, made.id).removeprefix(self.world.settings.base_url)

    def sign_in(self, address: str) -> httpx.Response:
        """Through the door: a link, its button, a code."""
        self.address = address
        assert self.visitor.post(self.link(address)).headers["location"] == SECOND
        return self.visitor.post(SECOND, code=self.code(address))

    def enter(self, page: "Page", address: str) -> None:
        """The same in a real browser."""
        page.goto(self.visitor.site.url + self.link(address))
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("Code").fill(self.code(address))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/organiser")

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.visitor.get(path, **options)

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.visitor.post(path, **fields)

    def later(self, **span: float) -> None:
        """Time goes by, and somebody signs in again."""
        self.world.later(**span)
        assert self.sign_in(self.address).status_code == 303

    def elsewhere(self, address: str) -> "Desk":
        """An organiser on another browser, signed in."""
        other = Desk(self.visitor.fresh())
        assert other.sign_in(address).status_code == 303
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
