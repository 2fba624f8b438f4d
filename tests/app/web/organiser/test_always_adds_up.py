"""planned = accepted + rejected + held + suppressed + expired + waiting, always, through every window."""

import random
from collections.abc import Callable

import pytest

import emails
from app.models import MailKind, MailState, OutgoingMail, Round, Scope
from app.queries import outbox as queries
from app.services import claims, outbox, participants, second_tries
from app.workflows import delivery
from tests.app.bounced import Post
from tests.app.web.organiser.desk import REFUSED, UNKNOWN, Desk
from tests.app.web.organiser.desk import outbox as path_of

BUSY = emails.Refused(True, "recipient", "RCPT", 450, "450 4.2.1 busy")

GONE = emails.Refused(False, "recipient", "RCPT", 550, "550 5.1.1 no such person")


class Walk:
    """One thing after the other befalls the mails of a round."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.world, self.lot = desk, desk.world, random.Random(seed)
        self.key = desk.key(*Scope)
        self.post = Post(desk.world)
        self.desk.world.people(9)
        self.round: Round = desk.world.draw(desk.world.open_round(send=True))

    def one(self, *states: MailState) -> OutgoingMail | None:
        found = [mail for mail in self.world.mails(MailKind.INTRODUCTION) if not states or mail.state in states]
        return self.lot.choice(found) if found else None

    def hand_over(self, *script: emails.Answer) -> None:
        """Two mails; those to partners of who cannot be reached may be among them."""
        for _ in range(2):
            self.world.transport = emails.MemoryTransport(list(script))
            delivery.deliver_batch(self.world.work, 1)
        delivery.finish(self.world.work)

    def accept(self) -> None:
        self.hand_over()

    def refuse(self) -> None:
        self.hand_over(self.lot.choice((REFUSED, GONE)))

    def put_off(self) -> None:
        self.hand_over(BUSY)
        self.world.later(minutes=self.lot.choice((0, 2)))

    def lose(self) -> None:
        self.hand_over(UNKNOWN)

    def crash(self) -> None:
        """A worker dies with one mail claimed, before or after the dot."""
        with self.world.database.writing() as session:
            parcel = claims.claim(session, "gone", self.world.now, self.world.rules)
            if parcel is not None and self.lot.random() < 0.5:
                outbox.mark_dot(session, parcel, b"mail", self.world.now)
        self.look()
        if self.lot.random() < 0.7:
            with self.world.database.writing() as session:
                second_tries.reap(session, self.world.now, "gone")

    def expire(self) -> None:
        """Nothing leaves for more than a week."""
        self.world.later(days=8)
        with self.world.database.writing() as session:
            claims.expire(session, self.world.now)

    def word(self, action: str) -> None:
        states = (
            (MailState.UNCERTAIN,)
            if action == "leave"
            else (
                MailState.UNCERTAIN,
                MailState.REJECTED,
                MailState.EXPIRED,
            )
        )
        mail = self.one(*states)
        if mail is None:
            return
        if self.lot.random() < 0.5:
            assert self.desk.post(f"/organiser/mails/{mail.id}", action=action).status_code in (303, 409)
        else:
            headers = {"Authorization": f"Bearer {self.key}"}
            answer = self.desk.visitor.http.post(f"/api/v1/messages/{mail.id}/{action}", headers=headers)
            assert answer.status_code in (200, 202)

    def leave(self) -> None:
        self.word("leave")

    def resend(self) -> None:
        self.word("resend")

    def bounce(self) -> None:
        mail = self.one(MailState.SENT, MailState.UNCERTAIN, MailState.DOT, MailState.SUPPRESSED)
        if mail is not None:
            self.post.take(self.lot.choice(("hard", "soft", "delivered", "delayed")), mail, "5.1.1")

    def suppress(self) -> None:
        """Somebody leaves the programme."""
        mail = self.one()
        if mail is None or self.lot.random() < 0.5:
            return
        with self.world.database.writing() as session:
            from app.queries import programmes

            programme = programmes.programme(session, "demo", lock=True)
            person = self.world.there(mail.recipient)
            person = session.merge(person)
            participants.leave(session, programme, person, now=self.world.now, secret_key=self.world.secret)

    @property
    def steps(self) -> list[Callable[[], None]]:
        """Everything, in an order of the lot after a sure beginning; the long silence late in the walk."""
        many = [self.accept, self.refuse, self.put_off, self.lose, self.crash, self.leave, self.resend, self.bounce]
        order = self.lot.sample([*many, self.suppress] * 2, k=16)
        order.insert(self.lot.randrange(10, 16), self.expire)
        return [self.accept, self.lose, *order]

    def look(self) -> dict[str, int]:
        """What the page, the API and the queries say, which is the same, and what the rows say."""
        with self.world.database.reading() as session:
            asked = queries.counts(session, queries.of_round(self.round))
        api, listed = self.api()
        page = self.desk.counts(path_of(self.round))
        of_round = self.world.counts(self.round)["messages"]
        assert asked == page == api == of_round
        assert asked["planned"] == sum(number for name, number in asked.items() if name != "planned")
        assert {name: listed.count(name) for name in queries.FATES} == {name: asked[name] for name in queries.FATES}
        return asked

    def api(self) -> tuple[dict[str, int], list[str]]:
        """The counts, and the state of each mail, four on a page."""
        headers = {"Authorization": f"Bearer {self.key}"}
        listed: list[str] = []
        cursor = ""
        while True:
            query = {"limit": "4"} | ({"cursor": cursor} if cursor else {})
            answer = self.desk.visitor.http.get(
                f"/api/v1/rounds/{self.round.id}/messages", params=query, headers=headers
            ).json()
            listed += [message["state"] for message in answer["messages"]]
            cursor = answer["next_cursor"]
            if not cursor:
                return answer["counts"], listed


@pytest.mark.parametrize("seed", range(3))
def test_whatever_befalls_the_mails_of_a_round_its_counts_add_up(desk: Desk, seed: int) -> None:
    walk = Walk(desk, seed)
    seen = set()
    for step in walk.steps:
        step()
        desk.sign_in(desk.address)  # days go by, and sessions end
        seen |= {name for name, number in walk.look().items() if number}
    assert seen >= {"planned", "accepted", "waiting", "held"}
