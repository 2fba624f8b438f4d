"""The stories in which every named moment comes by. Each is told by patient clients, and can be cut short anywhere.

A story for a new kind of mail or a new step: play it with a `Stage`, let `judged` end it, name it in `STORIES`, and
write its points down with `python -m tests.crash --points`.
"""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session, col, func, select

from app.models import (
    BlockedAddress,
    MailedLink,
    MailKind,
    OutgoingMail,
    Participant,
    ParticipantState,
    Purpose,
    Topic,
)
from app.security import mailed_token
from tests.conftest import SECRET_KEY
from tests.crash.clients import PERIOD, Organiser, Person, judged, quiet, state_of
from tests.crash.judge import Verdict
from tests.crash.mail_server import NOBODY
from tests.crash.stage import Stage
from tests.crash.stories_asking import asking
from tests.crash.stories_commands import carrying, migrate, setting_up
from tests.crash.stories_sending import later
from tests.crash.stories_trouble import by_the_clock, trouble
from tests.crash.world import MEMBERS


def a_round(stage: Stage, key: str) -> Verdict:
    """A round is opened, refused once, drawn, approved, sent, and sent again by a second click."""
    stage.open()
    organiser = Organiser(stage, key)
    organiser.post("/programmes/eu/rounds", {"period": "no period!"}, expect=422, once="a slip")
    round_id = organiser.opened()
    organiser.sent(round_id)
    organiser.post(f"/rounds/{round_id}/send")
    stage.bow_out()
    return judged(stage, organiser)


def leaving(stage: Stage, key: str) -> Verdict:
    """Between the draw and the mails one leaves by a link, and one is erased."""
    stage.open()
    organiser = Organiser(stage, key)
    round_id = organiser.opened()
    leaver, erased = Person(stage, MEMBERS[2]), Person(stage, MEMBERS[5])
    erased.sign_in()
    path = f"/m/{stage.true(lambda session: _link(session, leaver.address, Purpose.LEAVE))}"
    leaver.press(path, lambda row: row and row.state == ParticipantState.LEFT, **{"List-Unsubscribe": "One-Click"})
    erased.press("/me/erase", lambda row: row is None, word="delete")
    organiser.sent(round_id)
    return judged(stage, organiser, gone=(leaver.address, erased.address))


def joining(stage: Stage, _key: str) -> Verdict:
    """Somebody joins, confirms, says what they like, whom not to meet, skips, signs out, comes back and leaves."""
    stage.open()
    me = Person(stage, "newcomer@institute.example")
    confirm = me.link(lambda: me.send("/p/eu", name="New Comer", email=me.address, team="Team 1"))
    me.press(confirm, lambda row: row and row.state == ParticipantState.ACTIVE, action="confirm")
    me.sign_in()
    me.press("/me/about", lambda row: row and row.name == "Newer Comer", name="Newer Comer", team="Team 2")
    me.press("/me/topics", lambda row: _count(stage, Topic, row), interests="chess; tea")
    me.press("/me/choices", lambda row: row and row.skip_next, action="skip")
    me.press("/me/apart", lambda row: _count(stage, BlockedAddress, row), email=MEMBERS[1])
    me.press("/me/apart/end", lambda row: not _count(stage, BlockedAddress, row), blocked=MEMBERS[1])
    me.press("/me/sign-out", lambda row: not _sessions(stage, row))
    me.sign_in()
    me.press("/me/leave", lambda row: row and row.state == ParticipantState.LEFT)
    verdict = judged(stage)
    people = stage.true(lambda session: session.exec(select(Participant.email)).all())
    verdict.repeated += [f"{one} is there twice" for one in set(people) if people.count(one) > 1]
    return verdict


def organising(stage: Stage, key: str) -> Verdict:
    """A programme made and changed, people brought along and changed, a round cancelled, a mail sent again."""
    stage.open()
    organiser = Organiser(stage, key)
    organiser.post("/programmes", {"slug": "second", "name": "Second"}, expect=201)
    assert organiser.change("PATCH", "/programmes/second", {"name": "The second"}) == 200
    invited = [f"invited{n}@institute.example" for n in range(3)]
    rows = [{"email": address, "name": address.partition("@")[0], "team": "Team 9"} for address in invited]
    organiser.post("/programmes/eu/imports", {"people": rows, "active": False}, expect=200)
    quiet(stage)
    member = Person(stage, MEMBERS[4]).row()
    assert member is not None
    assert organiser.change("PATCH", f"/participants/{member.id}", {"skip_next": True}) == 200
    cancelled = organiser.opened("2026-W47")
    assert organiser.change("DELETE", f"/rounds/{cancelled}") in (204, 404)
    assert state_of(stage, cancelled) is None
    round_id = organiser.opened(PERIOD)
    organiser.sent(round_id)
    refused = stage.true(_refused)
    organiser.post(f"/messages/{refused}/resend")
    quiet(stage)
    verdict = judged(stage, organiser)
    verdict.lost += _uninvited(stage, invited)
    return verdict


def _uninvited(stage: Stage, invited: list[str]) -> list[str]:
    """Whom the import wrote down and who was not asked, or who is not there."""
    kinds = stage.true(
        lambda session: session.exec(
            select(OutgoingMail.recipient).where(OutgoingMail.kind == MailKind.CONFIRM_SIGN_UP)
        ).all()
    )
    return [f"{one} was asked {kinds.count(one)} times" for one in invited if kinds.count(one) != 1]


def _refused(session: Session) -> str:
    return session.exec(
        select(OutgoingMail.id).where(OutgoingMail.recipient == NOBODY).where(col(OutgoingMail.round_id).is_not(None))
    ).one()


def _link(session: Session, address: str, purpose: Purpose) -> str:
    found = session.exec(
        select(MailedLink.id)
        .join(Participant, col(Participant.id) == MailedLink.participant_id)
        .where(Participant.email == address)
        .where(MailedLink.purpose == purpose)
    ).first()
    assert found is not None
    return mailed_token(SECRET_KEY, found)


def _count(stage: Stage, table: Any, row: Participant | None) -> int:
    query = select(func.count()).select_from(table).where(table.participant_id == (row.id if row else ""))
    return int(stage.true(lambda session: session.exec(query).one()))


def _sessions(stage: Stage, row: Participant | None) -> int:
    query = (
        select(func.count())
        .select_from(MailedLink)
        .where(MailedLink.participant_id == (row.id if row else ""))
        .where(MailedLink.purpose == Purpose.SESSION)
        .where(col(MailedLink.cancelled_at).is_(None))
    )
    return int(stage.true(lambda session: session.exec(query).one()))


STORIES: dict[str, Callable[[Stage, str], Verdict]] = {
    "round": a_round,
    "leave": leaving,
    "join": joining,
    "organise": organising,
    "ask": asking,
    "trouble": trouble,
    "clock": by_the_clock,
    "migrate": migrate,
    "setup": setting_up,
    "carry": carrying,
    "later": later,
}
