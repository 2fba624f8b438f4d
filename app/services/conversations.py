"""A person's conversation of a round as it stands now: with whom, why, when, and what may be said about it.

The same for the link in a mail and for one's own page. Whatever the mail said, this is what is true now: groups change
when somebody cannot, leaves, or is introduced to someone new.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlmodel import Session, and_, select

import emails
from app.clock import local_date
from app.models import Feedback, Group, Met, OutgoingMail, Participant, Placement, Programme, Round, RoundState
from app.queries import participants as people_queries
from app.queries import rounds as round_queries
from app.services import calling_off, composing, letters, standins
from app.services.composing import calendar_uid, first_day
from app.settings import Settings

Stage = Literal["none", "over", "off", "waiting", "alone", "together"]
HEARD_OF = (RoundState.INTRODUCED, RoundState.CLOSED)
MORNING = 10


@dataclass(frozen=True, slots=True)
class Conversation:
    """What its page shows. `facts` are those of an introduction written now, None where there is no group any more.

    `sent` is the day of the introduction, `silent_from` the day from which one may say that no answer came. `moved`:
    since the mail that brought us here, the person has been introduced to someone new.
    """

    programme: Programme
    round_: Round
    person: Participant
    place: Placement | None
    others: tuple[dict[str, Any], ...]
    facts: dict[str, Any] | None
    fewer: bool
    moved: bool
    sent: date
    silent_from: date
    today: date
    may_seek: bool
    kind: emails.Kind

    @property
    def stage(self) -> Stage:
        """How it stands, in a word."""
        place = self.place
        if place is None or place.group_id is None:
            return "none"
        if calling_off.is_over(self.programme, self.round_):
            return "over"
        if place.cannot_since is not None:
            return "off"
        if place.wants_new_since is not None:
            return "waiting"
        return "together" if self.others else "alone"

    def mail_to_all(self, speaks: emails.Language) -> str:
        """A mailto: to all the others, with a subject in that language."""
        subject = emails.phrase("Hello from %(name)s", name=self.person.name)
        return emails.mailto([one["address"] for one in self.others], speaks.say(subject))

    @property
    def is_silence_due(self) -> bool:
        """Whether it is late enough to say that no answer came."""
        return self.may_seek and self.today >= self.silent_from


def kind_of(_programme: Programme) -> emails.Kind:
    """The kind of a programme's conversations. Every programme is of kind coffee; a column for it is read here."""
    return emails.COFFEE


def of_group(
    session: Session, programme: Programme, person: Participant, group_id: str, now: datetime
) -> Conversation | None:
    """Of the round that this group belongs to. None when there is no such group."""
    group = session.exec(select(Group).where(Group.id == group_id, Group.programme_id == programme.id)).one_or_none()
    if group is None:
        return None
    round_ = session.exec(select(Round).where(Round.id == group.round_id)).one()
    return _look(session, programme, person, round_, now, group_id)


def of_period(
    session: Session, programme: Programme, person: Participant, period: str, now: datetime
) -> Conversation | None:
    """Of the round of that period. None where the person has not been introduced in it, as far as they may know."""
    round_ = session.exec(select(Round).where(Round.programme_id == programme.id, Round.period == period)).one_or_none()
    if round_ is None:
        return None
    place = session.get(Placement, (round_.id, person.id))
    if place is None or place.group_id is None or not has_heard(session, round_, person):
        return None
    return _look(session, programme, person, round_, now, None)


SAID = {
    Met.YES: emails.phrase("You met"),
    Met.BOOKED: emails.phrase("It is booked"),
    Met.NO: emails.phrase("Not this time"),
}


def said_by(session: Session, person: Participant) -> dict[str, str]:
    """What the person has said about the conversation of each round, in a few words; never what others have."""
    rows = session.exec(
        select(Placement, Feedback)
        .join(
            Feedback,
            and_(Feedback.group_id == Placement.group_id, Feedback.participant_id == Placement.participant_id),
            isouter=True,
        )
        .where(Placement.participant_id == person.id)
    )
    return {place.round_id: _in_words(place, said) for place, said in rows}


def _in_words(place: Placement, said: Feedback | None) -> str:
    if said is not None and said.met != Met.BOOKED:
        return SAID[said.met]
    if place.cannot_since is not None:
        return emails.phrase("You cannot this time")
    if place.wants_new_since is not None:
        return emails.phrase("We look for someone new")
    if place.arranged_on is not None:
        return emails.phrase("Arranged for %(day)s", day=place.arranged_on)
    if place.arranged_at is not None:
        return emails.phrase("Arranged")
    return SAID[said.met] if said is not None else ""


def has_heard(session: Session, round_: Round, person: Participant) -> bool:
    """Whether the person has been introduced in this round, as far as they may know."""
    return round_.state in HEARD_OF or any(mail.attempts for mail in calling_off.introductions(session, round_, person))


def _look(
    session: Session, programme: Programme, person: Participant, round_: Round, now: datetime, about: str | None
) -> Conversation:
    place = session.get(Placement, (round_.id, person.id))
    group = _group_of(session, place)
    facts = _facts(session, programme, round_, group, person) if group else None
    members = facts["members"] if facts else []
    return Conversation(
        programme=programme,
        round_=round_,
        person=person,
        place=place,
        others=tuple(one for one in members if one["id"] != person.id),
        facts=facts,
        fewer=group is not None and len(members) < group.size,
        moved=about is not None and place is not None and place.group_id not in (None, about),
        sent=_sent(calling_off.introductions(session, round_, person), programme, round_, now),
        silent_from=calling_off.silent_from(session, programme, round_, person),
        today=local_date(now, programme.time_zone),
        may_seek=standins.may_be_sought(session, round_),
        kind=kind_of(programme),
    )


def _group_of(session: Session, place: Placement | None) -> Group | None:
    if place is None or place.group_id is None:
        return None
    return session.exec(select(Group).where(Group.id == place.group_id)).one()


def _facts(session: Session, programme: Programme, round_: Round, group: Group, person: Participant) -> dict[str, Any]:
    """What an introduction would say now: those who are here and can, and oneself."""
    unable = round_queries.unable_in(session, group.id) - {person.id}
    ids = [one.id for one in round_queries.members_of(session, group.id) if one.id not in unable]
    here = people_queries.still_here(session, ids)
    topics = people_queries.topics_of(session, [one.id for one in here])
    teams = people_queries.teams_of(session, programme)
    first = _first_writer(session, round_, here)
    frame = letters.frame_facts(session, programme)
    found = letters.introduction_facts(frame, round_, group, here, first or person, teams, topics)
    return found | ({"common": []} if len(here) < group.size else {}) | {"writes_first": first.email if first else ""}


def _first_writer(session: Session, round_: Round, here: list[Participant]) -> Participant | None:
    places = ((session.get(Placement, (round_.id, one.id)), one) for one in here)
    return next((one for place, one in places if place is not None and place.writes_first), None)


def _sent(mails: list[OutgoingMail], programme: Programme, round_: Round, now: datetime) -> date:
    moment = mails[0].released_at if mails else None
    return local_date(moment or round_.sending_at or now, programme.time_zone)


def draft(conversation: Conversation, settings: Settings, now: datetime) -> bytes | None:
    """The entry for one's own calendar, as in the mail; on the day that was arranged once there is one. None without
    anybody to meet. Raises NotConfigured without a sender.
    """
    facts, place = conversation.facts, conversation.place
    if facts is None or place is None or not conversation.others:
        return None
    zone = ZoneInfo(conversation.programme.time_zone)
    start = emails.usual_start(first_day(conversation.round_.period, conversation.sent), zone)
    sequence = 0
    if place.arranged_on is not None and place.arranged_at is not None:
        start = datetime.combine(place.arranged_on, time(MORNING), zone)
        sequence = 1 + int((place.arranged_at - conversation.round_.opened_at).total_seconds() // 60)
    entry = emails.Draft(
        start, calendar_uid(facts["group"], settings), sequence, minutes=conversation.kind.shape.minutes
    )
    members = {one["id"]: emails.Member(one["name"], one["address"], one["team"]) for one in facts["members"]}
    me = members.pop(conversation.person.id)
    said = emails.Introduction(
        recipient=me,
        partners=tuple(members.values()),
        period=conversation.round_.period,
        writes_first=me.address,
        choices_url="",
        prompts=conversation.kind.prompts,
        draft=entry,
    )
    return emails.calendar_entry(_frame(facts["frame"], settings, now), said)


def _frame(said: dict[str, Any], settings: Settings, now: datetime) -> emails.Frame:
    _, address = composing.sender(settings)
    name = emails.sender_name(said["programme"], said["organisation"])
    return emails.Frame(
        programme=said["programme"],
        organisation=said["organisation"],
        base_url=settings.base_url,
        sender=emails.Address(name, address),
        message_id="",
        date=now,
    )
