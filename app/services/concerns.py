"""Something is wrong: said by one person about an introduction, read by the one who is named for that, and by nobody
else.

What was said is in one row of the outbox alone, and only until it is no use any more (`retention`). From then on the
people are kept apart, and nothing else changes that anybody could see: who was blocked by whom is as secret as ever.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, cast
from sqlmodel import Session, col, select

from app.files.addresses import canonical_key
from app.models import BlockedAddress, Group, MailedLink, MailKind, OutgoingMail, Participant, Programme, Round
from app.queries import participants as people_queries
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.security import derive_key
from app.services import audit, letters, outbox, rounds

LONGEST = 2000
MOST_A_DAY = 5
"""So often a day one person is carried; then they are asked to write by themselves, so that no mailbox is flooded."""

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads what is said: by name, if there is one, and address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Concern:
    """What somebody says; `contact` when the reader may write back, and so may know who it is."""

    words: str
    contact: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """The introduction that a link is about: its round, its group, and the others who are known still."""

    round: Round
    group_id: str
    others: list[Participant]


def reader_of(programme: Programme, people: list[Participant]) -> Reader | None:
    """The safe person, or else the contact of the programme; never one of the people whom it is about."""
    theirs = {person.email_key for person in people}
    for name, address in (
        (programme.safe_name, programme.safe_email),
        (programme.contact_name, programme.contact_email),
    ):
        if address and canonical_key(address) not in theirs:
            return Reader(name, address)
    return None


def about(session: Session, link: MailedLink) -> About | None:
    """The introduction behind a link, as it was when the link was written; None when its round is not kept any more."""
    group = session.exec(select(Group).where(Group.id == link.about)).one_or_none()
    if group is None:
        return None
    round_ = session.exec(select(Round).where(Round.id == group.round_id)).one()
    others = [one for one in round_queries.members_of(session, group.id) if one.id != link.participant_id]
    return About(round_, group.id, others)


def raise_concern(
    session: Session,
    programme: Programme,
    person: Participant,
    meant: About,
    concern: Concern,
    reader: Reader | None,
    *,
    now: datetime,
    secret_key: str,
) -> bool:
    """Pass the words on, if there are any and somebody to read them, and keep the people apart from now on.

    The same words a second time are passed on once. False when this person has been carried often enough for today;
    they are kept apart all the same.
    """
    programme_queries.lock(session, programme.id)
    passed = True
    if reader is not None and concern.words:
        passed = _write(session, programme, person, meant, concern, reader, now, secret_key)
    _keep_apart(session, programme, person, meant.others, now)
    session.flush()
    rounds.part(session, programme, now=now, secret_key=secret_key)
    return passed


def _write(
    session: Session,
    programme: Programme,
    person: Participant,
    meant: About,
    concern: Concern,
    reader: Reader,
    now: datetime,
    secret_key: str,
) -> bool:
    occasion = _occasion(secret_key, meant, person, concern, now)
    today = said_by(session, person, since=now - timedelta(days=1))
    if any(mail.occasion == occasion for mail in today):
        return True
    if len(today) >= MOST_A_DAY:
        return False
    teams = people_queries.teams_of(session, programme)
    facts = {
        "frame": letters.frame_facts(session, programme),
        "period": meant.round.period,
        "reader": {"name": reader.name, "address": reader.address},
        "writer_id": person.id,
        "writer": letters.member_facts(person, teams) if concern.contact else None,
        "about": [letters.member_facts(one, teams) | {"id": one.id} for one in meant.others],
        "gone": 0,
        "words": concern.words,
    }
    outbox.write(session, programme, MailKind.CONCERN, occasion, facts, now=now, address=reader.address)
    audit.note(session, programme, now=now, actor="participant", action="concern.raise")
    return True


def _occasion(secret_key: str, meant: About, person: Participant, concern: Concern, now: datetime) -> str:
    """Names these words of this person on this day, and tells nobody else anything."""
    said = "\0".join((meant.group_id, person.id, concern.words, str(concern.contact), now.date().isoformat()))
    key = derive_key(secret_key, "concern")
    return "concern/" + hmac.new(key, said.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:40]


def _keep_apart(
    session: Session, programme: Programme, person: Participant, others: list[Participant], now: datetime
) -> None:
    """As the person's own page does, but never too many: this must not fail."""
    there = {blocked.email_key for blocked in people_queries.blocks_of(session, person)}
    for other in others:
        if other.email_key not in there:
            session.add(
                BlockedAddress(
                    participant_id=person.id,
                    email_key=other.email_key,
                    email=other.email,
                    programme_id=programme.id,
                    created_at=now,
                )
            )


def said_by(session: Session, person: Participant, since: datetime | None = None) -> list[OutgoingMail]:
    """What a person has said is wrong, as far as the words are kept, oldest first. For that person's eyes only."""
    query = (
        select(OutgoingMail)
        .where(OutgoingMail.programme_id == person.programme_id)
        .where(OutgoingMail.kind == MailKind.CONCERN)
        .where(cast(col(OutgoingMail.facts), Text).contains(person.id, autoescape=True))
        .order_by(col(OutgoingMail.created_at), OutgoingMail.id)
    )
    if since is not None:
        query = query.where(OutgoingMail.created_at > since)
    return [mail for mail in session.exec(query) if mail.facts.get("writer_id") == person.id]


def without(facts: Facts, person: Participant) -> Facts | None:
    """What a concern says once somebody in it is erased.

    Nothing, where they wrote it: the words are theirs. Where it is about them, the words stay, since they are another's
    and somebody may need to act on them (GDPR 17(3)(e)), without the name and address.
    """
    if facts.get("writer_id") == person.id:
        return None
    about = [one for one in facts["about"] if one["id"] != person.id]
    gone = facts["gone"] + len(facts["about"]) - len(about)
    return facts | {"about": about, "gone": gone, "words": _unnamed(facts["words"], person)}


def _unnamed(words: str, person: Participant) -> str:
    names = (name for name in (person.email, person.name) if name.strip())
    for name in names:
        words = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "(name removed)", words, flags=re.IGNORECASE)
    return words
