"""Somebody cannot this time, or looks for someone new because no answer came: the others are told at once, and kindly.

Nobody is blamed, and who wants out too is told nothing more. Everything can be taken back: a word that has not left yet
then never does. Somebody who cannot keeps their place, so that coming back is possible; who stands in for whom is
decided in `standins`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlmodel import Session, col, select

import emails
from app.clock import local_date
from app.models import (
    OPEN_STATES,
    MailKind,
    MailState,
    OutgoingMail,
    Participant,
    Placement,
    Programme,
    ProgrammeState,
    Purpose,
    Round,
    RoundState,
)
from app.queries import participants as people_queries
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.security import digest
from app.services import absences, arranging, audit, letters, links, mail_policy, outbox, rounds, standins, suppression

PATIENCE = 2
"""Working days after the introduction before somebody may say that no answer came."""

UNDER_WAY = (RoundState.SENDING, RoundState.INTRODUCED)
IN_HAND_OR_GONE = (MailState.SENDING, MailState.DOT, MailState.SENT, MailState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody in one of the groups of a round, looked at with the programme's lock held. `going` says that they leave
    the programme, or are erased (then no mail names them).
    """

    programme: Programme
    round_: Round
    person: Participant
    place: Placement
    now: datetime
    secret_key: str
    going: Literal["", "left", "erased"] = ""

    @property
    def group_id(self) -> str:
        return self.place.group_id or ""


def seat(
    session: Session, programme: Programme, person: Participant, round_id: str, *, now: datetime, secret_key: str
) -> Seat | None:
    """Where the person sits now; None when that is over, or they stand in no group of the round."""
    locked = programme_queries.lock(session, programme.id)
    place = session.exec(
        select(Placement)
        .where(Placement.round_id == round_id, Placement.participant_id == person.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    round_ = session.exec(select(Round).where(Round.id == round_id)).one_or_none()
    if round_ is None or place is None or place.group_id is None or is_over(locked, round_):
        return None
    return Seat(locked, round_, person, place, now, secret_key)


def is_over(programme: Programme, round_: Round) -> bool:
    """Whether nothing can be arranged any more."""
    return round_.state not in UNDER_WAY or programme.state == ProgrammeState.CLOSED


def cannot(session: Session, seat: Seat) -> None:
    """The person cannot this time. The others are told in one mail each. A second time changes nothing."""
    place = seat.place
    if place.cannot_since is not None:
        return
    place.cannot_since, place.wants_new_since = seat.now, None
    place.arranged_at = place.arranged_on = None
    session.add(place)
    session.flush()
    _note(session, seat, "round.cannot")
    rounds.look_again(session, [seat.group_id], now=seat.now, secret_key=seat.secret_key)
    _tell(session, seat, looking=False)


def can(session: Session, seat: Seat) -> None:
    """Take that back. A second time changes nothing."""
    if seat.place.cannot_since is None:
        return
    seat.place.cannot_since = None
    session.add(seat.place)
    session.flush()
    _note(session, seat, "round.can")
    _take_back(session, seat, looking=False)


def seek(session: Session, seat: Seat, *, today: date) -> bool:
    """No answer came: look for someone new, and tell the others kindly. False when it is too early or too late.

    Whom nobody is with any more need not wait.
    """
    if not standins.may_be_sought(session, seat.round_) or seat.place.cannot_since is not None:
        return False
    if others(session, seat) and today < silent_from(session, seat.programme, seat.round_, seat.person):
        return False
    if seat.place.wants_new_since is None:
        standins.want(session, seat.programme, seat.place, now=seat.now)
        session.flush()
        _tell(session, seat, looking=True)
    return True


def stay(session: Session, seat: Seat) -> None:
    """Do not look for someone new any more. A second time changes nothing."""
    if seat.place.wants_new_since is None:
        return
    seat.place.wants_new_since = None
    session.add(seat.place)
    session.flush()
    _note(session, seat, "round.stay")
    _take_back(session, seat, looking=True)


def go(session: Session, seat: Seat) -> None:
    """The person leaves. Who waits for them hears it as if they could not this time; who has said how it went, or knows
    that no mail reaches them, need not. `goodbyes` says when this is of use.
    """
    _tell(session, seat, looking=False)


def silent_from(session: Session, programme: Programme, round_: Round, person: Participant) -> date:
    """The day from which the person may say that no answer came."""
    mine = introductions(session, round_, person)
    moments = (mine[0].finished_at or mine[0].released_at) if mine else None
    since = moments or round_.introduced_at or round_.sending_at or round_.opened_at
    return emails.working_days_after(local_date(since, programme.time_zone), PATIENCE)


def make_true(session: Session, mail: OutgoingMail, *, now: datetime) -> bool:
    """Whether such a word is still to be told when it is about to go: its reader is there and waits, and whom it names
    has not come back. Returns False when it must not go: see `letters`.
    """
    if not mail_policy.has_words(mail):
        return letters.drop(session, mail, mail_policy.WORDS_GONE, now)
    group_id = mail.facts["group"]
    reader = session.get(Placement, (mail.round_id, mail.participant_id))
    if mail.facts.get("own"):  # see `receipts`: true as long as the reader has not taken it back
        out = reader is not None and reader.group_id == group_id and _is_out(reader)
        return out or letters.drop(session, mail, mail_policy.NOT_NEEDED, now)
    away = session.get(Placement, (mail.round_id, mail.facts["away_id"]))
    back = away is not None and away.group_id == group_id and not _is_out(away)
    back = back and bool(people_queries.still_here(session, [mail.facts["away_id"]]))
    if reader is None or reader.group_id != group_id or _is_out(reader) or back:
        return letters.drop(session, mail, mail_policy.NOT_NEEDED, now)
    return _was_introduced(session, mail, now)


def _was_introduced(session: Session, mail: OutgoingMail, now: datetime) -> bool:
    """Whether the reader has the introduction that this is a word about, as it was then. While it is with a server, or
    waits to go, the word waits too: it may go without the one who went, or not at all, and then they hear no name.
    """
    theirs = session.exec(
        select(OutgoingMail)
        .where(OutgoingMail.programme_id == mail.programme_id, OutgoingMail.kind == MailKind.INTRODUCTION)
        .where(OutgoingMail.occasion == mail.facts["thread"], OutgoingMail.recipient_key == mail.recipient_key)
    ).one_or_none()
    if theirs is not None and theirs.state in OPEN_STATES:
        mail.not_before = now + mail_policy.LOOK_AGAIN
        session.add(mail)
        return False
    changed = theirs is not None and (theirs.state not in IN_HAND_OR_GONE or theirs.attempts != mail.facts["try"])
    return not changed or letters.drop(session, mail, mail_policy.NOT_NEEDED, now)


def _is_out(place: Placement) -> bool:
    return place.cannot_since is not None or place.wants_new_since is not None


def others(session: Session, seat: Seat) -> list[Participant]:
    """Who is in the group beside the person, and can."""
    unable = round_queries.unable_in(session, seat.group_id)
    members = round_queries.members_of(session, seat.group_id)
    ids = [one.id for one in members if one.id not in unable and one.id != seat.person.id]
    return people_queries.still_here(session, ids)


def _tell(session: Session, seat: Seat, *, looking: bool) -> None:
    """One mail to each of the others who knows of the person and has not heard this before."""
    offer = standins.may_be_sought(session, seat.round_)
    rest = others(session, seat)
    for reader, theirs in _readers(session, seat):
        key = seat.programme.organisation_id
        if suppression.suppressed(session, key, reader.email, secret_key=seat.secret_key) is not None:
            continue
        if not _told(session, seat, looking, [reader.id]) and not (seat.going and _knows(session, seat, reader)):
            beside = [one for one in rest if one.id != reader.id]
            _write(session, seat, reader, theirs, beside, looking=looking, offer=offer and not beside)


def _knows(session: Session, seat: Seat, reader: Participant) -> bool:
    """Whether that somebody goes is no news: the reader has said how it went, or was told that no mail reaches them."""
    if arranging.answered(session, seat.group_id, reader.id):
        return True
    away = session.exec(
        select(OutgoingMail)
        .where(OutgoingMail.round_id == seat.round_.id, OutgoingMail.participant_id == reader.id)
        .where(OutgoingMail.kind == MailKind.PARTNER_AWAY)
    )
    gone = seat.going == "erased"  # then such a word that waits is taken away
    return any(m.facts.get("away_id") == seat.person.id and not (gone and m.state == MailState.READY) for m in away)


def _readers(session: Session, seat: Seat) -> Iterator[tuple[Participant, OutgoingMail]]:
    mine = introductions(session, seat.round_, seat.person)
    known = next((mail for mail in mine if mail.facts.get("group", seat.group_id) == seat.group_id), None)
    if known is None:
        return
    for reader, theirs in absences.beside(session, known):
        place = session.get(Placement, (seat.round_.id, reader.id))
        there = place is not None and place.group_id == seat.group_id and not _is_out(place)
        if there and theirs.state in IN_HAND_OR_GONE:
            yield reader, theirs


def introductions(session: Session, round_: Round, person: Participant) -> list[OutgoingMail]:
    """The person's introductions in the round, the newest first."""
    found = session.exec(
        select(OutgoingMail)
        .where(OutgoingMail.round_id == round_.id, OutgoingMail.participant_id == person.id)
        .where(OutgoingMail.kind == MailKind.INTRODUCTION)
        .order_by(col(OutgoingMail.created_at).desc(), OutgoingMail.id)
    )
    return list(found)


def occasion(seat: Seat, looking: bool) -> str:
    """One word about one person to each reader: the mark names nobody once the person is erased."""
    mark = digest(f"{seat.group_id}/{seat.person.id}/{'seeks' if looking else 'cannot'}")[:16]
    return f"{seat.group_id}/{mark}"


def _told(session: Session, seat: Seat, looking: bool, readers: Sequence[str]) -> list[OutgoingMail]:
    """Such words to these readers that have left, or may. One that was dropped on its way makes room for another."""
    found = session.exec(
        select(OutgoingMail)
        .where(OutgoingMail.programme_id == seat.programme.id, OutgoingMail.kind == MailKind.CALLED_OFF)
        .where(OutgoingMail.occasion == occasion(seat, looking), col(OutgoingMail.recipient_key).in_(readers))
    ).all()
    for mail in found:
        if mail.state == MailState.SUPPRESSED:
            session.delete(mail)
    session.flush()
    return [mail for mail in found if mail.state != MailState.SUPPRESSED]


def _take_back(session: Session, seat: Seat, *, looking: bool) -> None:
    """Words that have not left yet never do."""
    readers = [one.id for one in round_queries.members_of(session, seat.group_id)]
    for mail in _told(session, seat, looking, readers):
        if mail.state == MailState.READY and not mail.attempts:
            session.delete(mail)
    session.flush()


def _write(
    session: Session,
    seat: Seat,
    reader: Participant,
    theirs: OutgoingMail,
    beside: Sequence[Participant],
    *,
    looking: bool,
    offer: bool,
) -> None:
    teams = people_queries.teams_of(session, seat.programme)
    found = letters.choice_links(session, reader, seat.now, seat.secret_key)
    if offer:
        link = links.issue(session, seat.secret_key, reader, Purpose.SOMEONE_NEW, seat.now)
        found |= {Purpose.SOMEONE_NEW.value: link.id}
    facts = {
        "frame": letters.frame_facts(session, seat.programme),
        "period": seat.round_.period,
        "group": seat.group_id,
        "thread": theirs.occasion,
        "try": theirs.attempts,
        "member": letters.member_facts(reader, teams),
        "away": None if seat.going == "erased" else letters.member_facts(seat.person, teams),
        "away_id": "" if seat.going == "erased" else seat.person.id,
        "perhaps_met": bool(seat.going),
        "others": [one.name for one in beside],
        "other_ids": [one.id for one in beside],
        "looking": looking,
        "links": found,
    }
    outbox.write(
        session,
        seat.programme,
        MailKind.CALLED_OFF,
        occasion(seat, looking),
        facts,
        now=seat.now,
        participant=reader,
        round_=seat.round_,
    )


def _note(session: Session, seat: Seat, action: str) -> None:
    actor = f"participant:{seat.person.id}"
    audit.note(session, seat.programme, now=seat.now, actor=actor, action=action, subject=seat.person.id)


ACTS: dict[str, Callable[[Session, Seat], None]] = {"cannot": cannot, "can": can, "stay": stay}
"""What needs nothing but a press."""
