"""What a person may ask of us: a copy of all we keep about them, and to be forgotten."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, update
from sqlmodel import Session, col, func, select

from app.models import (
    OF_A_ROUND,
    AsksShown,
    AuditEntry,
    Feedback,
    Group,
    KeptAnswer,
    MailKind,
    MailState,
    Outcome,
    OutgoingMail,
    Participant,
    ParticipantState,
    Placement,
    Programme,
    Round,
    SeenBy,
    TopicKind,
)
from app.queries import directory
from app.queries import participants as queries
from app.queries import programmes as programme_queries
from app.services import audit, concerns, goodbyes, import_jobs, letters, mail_policy, mail_requests, rounds, uploads

WITH_A_WORKER = (MailState.SENDING, MailState.DOT)
"""States of a mail whose bytes a worker holds: they may come back to the row, which is marked as `scrubbed`."""
MAY_STILL_GO = (*WITH_A_WORKER, MailState.READY, MailState.UNCERTAIN, MailState.REJECTED, MailState.EXPIRED)
"""By itself, or on an organiser's word."""


def export(session: Session, programme: Programme, person: Participant) -> dict[str, Any]:
    """All that is stored about this person (GDPR 15 and 20); of others only the names they were introduced to."""
    topics = queries.topics_of(session, [person.id])[person.id]
    left_out = session.exec(
        select(Round.period)
        .join(Placement, col(Placement.round_id) == Round.id)
        .where(Placement.participant_id == person.id)
        .where(col(Placement.group_id).is_(None))
    )
    mails = session.exec(
        select(OutgoingMail).where(OutgoingMail.participant_id == person.id).order_by(col(OutgoingMail.created_at))
    )
    feedback = session.exec(select(Feedback).where(Feedback.participant_id == person.id))
    outcomes = session.exec(select(Outcome).where(Outcome.participant_id == person.id))
    return {
        "programme": programme.name,
        "name": person.name,
        "email": person.email,
        "id": person.id,
        "id_in_rounds": person.match_key,
        "team": queries.team_of(session, person),
        "location": person.location,
        # Who has them as line manager is not said: a manager would read who of their people takes part.
        "line_manager": person.manager_email,
        "state": person.state.value,
        "group_size": person.size,
        "skips_the_next_round": person.skip_next,
        "time_zone": person.time_zone,
        "language": person.locale,
        "held_for": person.held_for.value if person.held_for else None,
        "last_heard": person.heard_at.isoformat() if person.heard_at else None,
        "paused_until": person.paused_until.isoformat() if person.paused_until else None,
        "how_often": person.often.value,
        "asked_to_be_in_the_next_draw": person.in_next,
        "host": person.host,
        "sits_out_when_the_number_is_odd": person.may_sit_out,
        "in_person_or_remote": person.format.value if person.format else None,
        "access_needs": person.access,
        "access_needs_are_read_by": person.access_for.value,
        "invited_by_an_organiser": person.invited,
        "asks_shown": person.asks_shown.value,
        "consent": person.consent,
        "signed_up": person.created_at.isoformat(),
        "confirmed": person.confirmed_at.isoformat() if person.confirmed_at else None,
        "left": person.left_at.isoformat() if person.left_at else None,
        "topics": {kind.value: texts for kind, texts in topics.items()},
        "not_with": queries.not_with(session, person),
        "conversations": [
            {"period": round_.period, "with": [other.name for other in others]} | _said_about(session, round_, person)
            for round_, others in queries.conversations_of(session, person)
        ],
        "left_out_in": list(left_out),
        "mails": [
            {"kind": mail.kind.value, "written": mail.created_at.isoformat(), "state": mail.state.value}
            for mail in mails
        ],
        "something_wrong": [
            {
                "written": mail.created_at.isoformat(),
                "state": mail.state.value,
                "may_contact_me": mail.facts["writer"] is not None,
                "words": mail.facts["words"],
            }
            for mail in concerns.said_by(session, person)
        ],
        "feedback": [row.model_dump(mode="json", exclude={"participant_id", "programme_id"}) for row in feedback],
        "outcomes": [row.model_dump(mode="json", exclude={"participant_id", "programme_id"}) for row in outcomes],
    }


FOR_ORGANISERS = (
    *("programme", "name", "email", "id", "id_in_rounds", "team", "location", "group_size", "skips_the_next_round"),
    *("time_zone", "language", "how_often", "in_person_or_remote", "invited_by_an_organiser", "consent", "signed_up"),
    *("confirmed", "left", "left_out_in", "host", "sits_out_when_the_number_is_odd", "line_manager"),
)
"""What of `export` organisers may read as it is."""
IN_PART = ("state", "asked_to_be_in_the_next_draw", "access_needs", "topics", "conversations", "mails")
THEIRS_ALONE = (
    *("held_for", "last_heard", "paused_until", "access_needs_are_read_by", "asks_shown", "not_with"),
    *("something_wrong", "feedback", "outcomes"),
)
"""What of it they may not: a new line of `export` stands in one of these."""


def for_organisers(session: Session, programme: Programme, person: Participant) -> dict[str, Any]:
    """The same in the same shape, without what people keep to themselves: whom they would rather not meet, what they
    answered and said, their silence, when they come back, and the needs and asks that are not for organisers. Of mails
    there are only those that a round consists of: others tell who has answered.
    """
    whole = export(session, programme, person)
    state = directory.shown_state(person)
    topics = dict(whole["topics"])
    if person.asks_shown == AsksShown.NOBODY:
        topics[TopicKind.ASK.value] = []
    rounds_of_theirs = {kind.value for kind in OF_A_ROUND}
    return {name: whole[name] for name in FOR_ORGANISERS} | {
        "state": state.value,
        "asked_to_be_in_the_next_draw": person.in_next and state == ParticipantState.ACTIVE,
        "access_needs": person.access if person.access_for == SeenBy.ORGANISER else "",
        "topics": topics,
        "conversations": [{"period": one["period"], "with": one["with"]} for one in whole["conversations"]],
        "mails": [mail for mail in whole["mails"] if mail["kind"] in rounds_of_theirs],
    }


def _said_about(session: Session, round_: Round, person: Participant) -> dict[str, Any]:
    """What the person has said of a conversation to come, where they have."""
    place = session.get_one(Placement, (round_.id, person.id))
    said = {
        "arranged": place.arranged_at,
        "arranged_for": place.arranged_on,
        "could_not_since": place.cannot_since,
        "looks_for_someone_new_since": place.wants_new_since,
    }
    return {name: moment.isoformat() for name, moment in said.items() if moment is not None}


@dataclass(frozen=True, slots=True)
class Erasure:
    """What of a person organisers see go: the rounds in which a place becomes empty, those of them whose groups are
    made anew because they are not sent yet, and the mails of all of them.
    """

    rounds: int
    not_sent: list[str]
    mails: int


def would_erase(session: Session, person: Participant) -> Erasure:
    """What `erase` takes away, as far as organisers may know of it."""
    theirs = select(Round.id, Round.state).join(Placement, col(Placement.round_id) == Round.id)
    found = session.exec(theirs.where(Placement.participant_id == person.id).order_by(col(Round.number))).all()
    mails = (
        select(func.count())
        .where(OutgoingMail.participant_id == person.id)
        .where(col(OutgoingMail.kind).in_(OF_A_ROUND))
    )
    not_sent = [round_id for round_id, state in found if state in rounds.UNSENT]
    return Erasure(len(found), not_sent, session.exec(mails).one())


def erase(
    session: Session,
    programme: Programme,
    person: Participant,
    *,
    now: datetime,
    secret_key: str,
    actor: str = "participant",
) -> None:
    """Forget a person (GDPR 17): row, topics, blocks, links, placements, feedback, mails, and their name in mails to
    others.

    Groups keep their size, so that counts stay true; no tombstone links the rounds of one person to each other. Should
    the person join again, the matcher cannot know whom they met. Who waits to meet them hears, without a name, that it
    has come to nothing.
    """
    programme_queries.lock(session, programme.id)
    if person.state != ParticipantState.LEFT:
        goodbyes.say(session, programme, person, now=now, secret_key=secret_key, erased=True)
    _scrub_reasons(session, person)
    rounds.withdraw(session, programme, person, now=now, secret_key=secret_key)
    session.flush()
    _scrub_mails_to_others(session, person, now)
    _scrub_audit(session, person)
    _scrub_answers(session, person)
    _scrub_lines(session, person)
    mail_requests.forget(session, person)
    import_jobs.forget(session, person)
    uploads.forget(session, person.programme_id)
    session.flush()
    session.delete(person)
    audit.note(session, programme, now=now, actor=actor, action="participant.erase")


def _scrub_mails_to_others(session: Session, person: Participant, now: datetime) -> None:
    """Mails that name the person: those that may still go out say the same of the others, and those that have met their
    fate keep only their state. One with nobody else in it has nothing to say any more.

    They are found by the id in what they say: people change groups, and mails stay.
    """
    naming = session.exec(
        programme_queries.locked(
            select(OutgoingMail)
            .where(OutgoingMail.programme_id == person.programme_id)
            .where(OutgoingMail.recipient_key != person.id)
            .where(cast(col(OutgoingMail.facts), Text).contains(person.id, autoescape=True))
            .order_by(OutgoingMail.id)
        )
    )
    for mail in naming.all():
        said = _said_without(mail, person)
        mail.rendered = None
        session.add(mail)
        if mail.state in WITH_A_WORKER:
            mail.facts = (said or letters.bare(mail.facts)) | {"scrubbed": True}
        elif said is not None:
            mail.facts = said
        elif mail.state != MailState.READY:
            mail.facts, mail.answer = {}, None
        elif mail.kind in (MailKind.PARTNER_AWAY, MailKind.CALLED_OFF):
            session.delete(mail)
        else:
            letters.drop(session, mail, mail_policy.NAMES_NOBODY, now)


def _said_without(mail: OutgoingMail, person: Participant) -> dict[str, Any] | None:
    """What a mail says once the person is erased; None for nothing. What somebody says is wrong is kept also when it
    has gone: it may come back, and then it is sent again.
    """
    if mail.kind == MailKind.CONCERN and mail_policy.has_words(mail):
        return concerns.without(mail.facts, person)
    return letters.without(mail.facts, person) if mail.state in MAY_STILL_GO else None


def _scrub_reasons(session: Session, person: Participant) -> None:
    """Why a group met names its people."""
    mine = select(Placement.group_id).where(Placement.participant_id == person.id)
    for group in session.exec(select(Group).where(col(Group.id).in_(mine))):
        group.facts, group.cautions = [], []
        session.add(group)


def _scrub_lines(session: Session, person: Participant) -> None:
    """Nobody of the programme has them as line manager any more."""
    session.exec(
        update(Participant)
        .where(col(Participant.programme_id) == person.programme_id, col(Participant.manager_key) == person.email_key)
        .values(manager_email="", manager_key="")
    )


def _scrub_audit(session: Session, person: Participant) -> None:
    entries = session.exec(
        select(AuditEntry).where((AuditEntry.subject == person.id) | (AuditEntry.actor == f"participant:{person.id}"))
    )
    for entry in entries:
        entry.subject = None
        if entry.actor.startswith("participant:"):
            entry.actor = "participant"
        session.add(entry)


GONE = b"""{"type": "/api/v1/problems/not-found", "title": "There is nothing here by that name.", "status": 404, \
"detail": "The answer to this call named somebody who has been erased since."}"""


def _scrub_answers(session: Session, person: Participant) -> None:
    """Answers kept for repeated calls: of one that names the person only its failure is kept, so that the call is not
    made again either.
    """
    names = {name.encode() for name in (person.id, person.email, person.email_key)}
    kept = select(KeptAnswer).where(col(KeptAnswer.body).is_not(None)).execution_options(yield_per=50)
    for answer in session.exec(kept):
        body = (answer.body or b"").lower()
        if any(name.lower() in body for name in names):
            answer.status, answer.body = 404, GONE
            answer.headers = {"content-type": "application/problem+json"}
            session.add(answer)
