"""Rounds: opened, drawn, recorded as facts, approved, sent, finished.

Drawing runs outside any transaction (`drawing.draw`); everything that it decides is written in one (`record`), guarded
by the round's state, so that two who draw the same round leave one result.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import combinations

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, or_, select, update

import matching
from app import __version__
from app.clock import local_date
from app.errors import BadInput, Conflict, Fault, PoolChanged, ProgrammeClosed
from app.models import (
    Group,
    MailKind,
    MailState,
    OutgoingMail,
    Participant,
    ParticipantState,
    Placement,
    Programme,
    ProgrammeState,
    Round,
    RoundState,
    ShadowPlacement,
)
from app.queries import outbox as outbox_queries
from app.queries import participants as people_queries
from app.queries import pools, reserves
from app.queries import programmes as programme_queries
from app.queries import rounds as queries
from app.queries.pools import RoundPool
from app.queries.walls import Walls
from app.security import new_id, new_seed
from app.services import audit, draw_rhythm, drawing, figures, hours, letters, notices, outbox, own_words, rhythm, ways
from app.services.drawing import Draw
from emails import phrase, to_json

PERIOD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
MAX_SEED = 2**63 - 1
DRAW_LEASE = timedelta(minutes=10)
"""Longer than any draw: after it, whoever claimed it has gone for good."""
UNSENT = (RoundState.MATCHED, RoundState.APPROVED, RoundState.SENDING)
LATER = (RoundState.APPROVED, RoundState.SENDING, RoundState.INTRODUCED, RoundState.CLOSED)


def open_round(
    session: Session,
    programme: Programme,
    period: str,
    *,
    seed: int | None,
    send: bool,
    now: datetime,
    actor: str,
    by_itself: bool = False,
) -> tuple[Round, bool]:
    """The round of that period: new, or the one that exists already (then False, and nothing is changed).

    The caller holds the programme's lock. Raises BadInput for a period or seed that cannot be, ProgrammeClosed.
    """
    found = session.exec(
        select(Round).where(Round.programme_id == programme.id).where(Round.period == period)
    ).one_or_none()
    if found is not None:
        return found, False
    check_asked(period, seed)
    if programme.state != ProgrammeState.OPEN:
        raise ProgrammeClosed(f"The programme is {programme.state.value}; open it before a round is drawn.")
    round_ = Round(
        organisation_id=programme.organisation_id,
        programme_id=programme.id,
        period=period,
        number=queries.next_number(session, programme),
        seed=new_seed() if seed is None else seed,
        policy=queries.policy_of(programme),
        send=send,
        by_itself=by_itself,
        opened_at=now,
    )
    session.add(round_)
    draw_rhythm.counts_as_drawn(programme, local_date(now, programme.time_zone))
    session.add(programme)
    session.flush()
    audit.note(
        session, programme, now=now, actor=actor, action="round.open", subject=round_.id, seed=round_.seed, send=send
    )
    return round_, True


def check_asked(period: str, seed: int | None) -> None:
    """Raises BadInput for a period or seed that cannot be."""
    if not PERIOD.fullmatch(period):
        raise BadInput(Fault("period", "must be 1 to 40 letters, digits, dots and hyphens.", "For example: 2026-W48"))
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise BadInput(Fault("seed", f"must be a whole number from 0 to {MAX_SEED}."))


def load_for_draw(
    session: Session, programme: Programme, number: int, policy: dict[str, object], now: datetime
) -> RoundPool:
    """The pool of a round drawn today by that policy, by the programme's own calendar."""
    rows = pools.load_pool(session, programme, number, local_date(now, programme.time_zone), Walls.of(policy))
    return replace(rows, reserve=reserves.of(session, programme, policy, number, rows.ids))


def claim_draw(session: Session, round_id: str, claim: str, now: datetime) -> bool:
    """Say that a draw is being tried, so that nobody else begins before the lease is over.

    `claim` names the attempt: asking again with the same name says yes again. False when it is drawn already, or
    somebody else's.
    """
    claimed = session.exec(
        update(Round)
        .where(col(Round.id) == round_id)
        .where(_to_be_drawn())
        .where(or_(col(Round.not_before).is_(None), col(Round.not_before) <= now, col(Round.drawn_by) == claim))
        .values(tries=col(Round.tries) + 1, not_before=now + DRAW_LEASE, drawn_by=claim)
    )
    return bool(claimed.rowcount)


def _to_be_drawn() -> ColumnElement[bool]:
    return or_(col(Round.state) == RoundState.DRAFT, queries.drawn_again())


def release_draws_of(session: Session, worker: str) -> None:
    """At the start of a worker: what it was drawing in an earlier life is free again."""
    session.exec(
        update(Round)
        .where(_to_be_drawn())
        .where(col(Round.drawn_by).startswith(f"{worker}/", autoescape=True))
        .values(drawn_by=None, not_before=None)
    )


def release_draw(session: Session, round_id: str, claim: str) -> None:
    """Give a claim back before the lease is over: whoever held it was asked to stop."""
    session.exec(
        update(Round)
        .where(col(Round.id) == round_id)
        .where(_to_be_drawn())
        .where(col(Round.drawn_by) == claim)
        .values(drawn_by=None, not_before=None)
    )


def draw_failed(session: Session, round_id: str, claim: str, words: str, now: datetime) -> None:
    """Keep the reason where organisers see it, and try again later; nothing where this claim holds it no more."""
    mine = select(Round).where(Round.id == round_id, Round.drawn_by == claim)
    if (round_ := session.exec(programme_queries.locked(mine)).one_or_none()) is not None:
        round_.trouble, round_.drawn_by = words[:500], None
        round_.not_before = now + outbox.back_off(round_.id, max(round_.tries, 1))
        session.add(round_)


def record(session: Session, round_id: str, drawn: Draw, *, now: datetime, secret_key: str, actor: str) -> bool:
    """Write groups, reasons, left-out people, shadow draws and one waiting mail a person, all at once.

    Returns False, and writes nothing, when the round has been recorded already. Raises PoolChanged when somebody who
    was drawn has gone meanwhile: draw again.
    """
    programme_id = session.exec(select(Round.programme_id).where(Round.id == round_id)).one()
    programme = programme_queries.lock(session, programme_id)
    round_ = session.exec(programme_queries.locked(select(Round).where(Round.id == round_id))).one()
    if round_.state != RoundState.DRAFT:
        return False
    people = _still_right(session, programme, round_, drawn, local_date(now, programme.time_zone))
    round_.state, round_.matched_at = RoundState.MATCHED, now
    round_.input_fingerprint, round_.code_version = drawn.fingerprint, __version__
    round_.certificate = drawn.whole.as_dict()["certificate"]
    costs = matching.cost_facts(drawn.rows.pool, drawn.policy, drawn.whole)
    round_.costs = to_json([drawing.said(one) for one in costs])
    round_.figures = figures.of(people, drawn.rows.pool, drawn.reasons, drawn.rounds_left).as_json()
    round_.trouble = round_.not_before = round_.progress = None
    round_.intro_opening, round_.intro_closing, round_.intro_subject = own_words.of(programme)
    session.add(round_)
    session.flush()
    groups = _write_groups(session, programme, round_, drawn, people)
    left_out = _write_left_out(session, round_, drawn, people)
    _write_shadows(session, round_, drawn)
    session.flush()
    round_.skipped = _consume_skips(session, programme, people.values())
    ways.word_is_kept(session, (member for _, members, _ in groups for member in members))
    letters.write_for_round(session, programme, round_, groups, left_out, now=now, secret_key=secret_key)
    audit.note(
        session,
        programme,
        now=now,
        actor=actor,
        action="round.match",
        subject=round_.id,
        groups=len(drawn.matching.groups),
    )
    if round_.send:
        approve(session, programme, round_, now=now, actor=actor)
        send(session, programme, round_, now=now, actor=actor)
    elif round_.by_itself:
        notices.ready(session, programme, round_, now=now)
    return True


def _still_right(
    session: Session, programme: Programme, round_: Round, drawn: Draw, today: date
) -> dict[str, Participant]:
    """The drawn people by the matcher's name, and who stood back for them. Raises PoolChanged when one of them has
    gone or takes their offer back, or a new block parts a group.
    """
    people = {person.match_key: person for person in pools.eligible(session, programme, today, round_.number)}
    there = [*drawn.rows.ids, *drawn.stood_back]
    if not people.keys() >= set(there) or not all(people[key].may_sit_out for key in drawn.stood_back):
        raise PoolChanged
    apart = pools.blocked_pairs(session, programme)
    for group in drawn.matching.groups:
        if any(pair in apart for pair in combinations(sorted(people[key].id for key in group), 2)):
            raise PoolChanged
    return {key: people[key] for key in there}


def _write_groups(
    session: Session, programme: Programme, round_: Round, drawn: Draw, people: dict[str, Participant]
) -> list[tuple[Group, list[Participant], Participant]]:
    so_far = people_queries.first_writers(session, programme)
    first = drawing.who_write_first(drawn, so_far, people)
    names = {key: person.name for key, person in people.items()}
    written = []
    for position, keys in enumerate(drawn.matching.groups):
        members = [people[key] for key in keys]
        group = Group(
            id=new_id("grp"),
            programme_id=round_.programme_id,
            round_id=round_.id,
            position=position,
            size=len(keys),
            facts=to_json(drawing.sentences(drawn.reasons[position], people)),
            cautions=figures.to_rows(figures.cautions(drawn.rows.pool, keys, names)),
        )
        session.add(group)
        written.append((group, members, first[position]))
    session.flush()
    session.add_all(
        Placement(
            round_id=round_.id,
            participant_id=member.id,
            programme_id=round_.programme_id,
            group_id=group.id,
            writes_first=member is host,
        )
        for group, members, host in written
        for member in members
    )
    return written


def _write_left_out(session: Session, round_: Round, drawn: Draw, people: dict[str, Participant]) -> list[Participant]:
    session.add_all(
        Placement(
            round_id=round_.id,
            participant_id=people[left.id].id,
            programme_id=round_.programme_id,
            left_out_code=left.code,
            reason=left.reason,
        )
        for left in drawn.whole.left_out
    )
    return [people[left.id] for left in drawn.whole.left_out]


def _write_shadows(session: Session, round_: Round, drawn: Draw) -> None:
    for number, groups in enumerate(drawn.matching.shadows, start=1):
        for position, keys in enumerate(groups):
            session.add_all(
                ShadowPlacement(
                    round_id=round_.id,
                    draw=number,
                    participant_id=drawn.rows.ids[key],
                    programme_id=round_.programme_id,
                    position=position,
                )
                for key in keys
            )


def _consume_skips(session: Session, programme: Programme, drawn: Iterable[Participant]) -> list[str]:
    """Whoever skipped this round is in the next; whoever came back from a pause is active again. Returns the ids of who
    skipped.
    """
    skip = (
        col(Participant.programme_id) == programme.id,
        col(Participant.skip_next).is_(True),
        col(Participant.state) == ParticipantState.ACTIVE,
    )
    skipped = list(session.exec(select(Participant.id).where(*skip).order_by(Participant.id)))
    session.exec(update(Participant).where(*skip).values(skip_next=False))
    for person in drawn:
        if person.state == ParticipantState.PAUSED:
            person.state, person.paused_until = ParticipantState.ACTIVE, None
            session.add(person)
    return skipped


def approve(session: Session, programme: Programme, round_: Round, *, now: datetime, actor: str) -> None:
    """The organiser has looked and says yes. A second yes changes nothing. Raises Conflict before the draw."""
    if round_.state in LATER:
        return
    if round_.state != RoundState.MATCHED:
        raise Conflict("This round is not drawn yet; it can be approved once its state is matched.")
    if round_.redraw is not None:
        raise Conflict("This round is being drawn again; look at the new groups first.")
    round_.state, round_.approved_at, round_.trouble = RoundState.APPROVED, now, None
    session.add(round_)
    audit.note(session, programme, now=now, actor=actor, action="round.approve", subject=round_.id)


def unapprove(session: Session, programme: Programme, round_: Round, *, now: datetime, actor: str) -> None:
    """Take the approval back, so that groups can be changed again: nothing is kept back any more, and no moment to send
    is set. A second word changes nothing. Raises Conflict once the round is being sent, and before it is drawn.
    """
    if round_.state == RoundState.MATCHED:
        return
    if round_.state != RoundState.APPROVED:
        raise Conflict(f"This round is {round_.state.value}; only an approval of which nothing was sent is taken back.")
    round_.state, round_.approved_at, round_.send_at = RoundState.MATCHED, None, None
    session.add(round_)
    session.exec(update(OutgoingMail).where(col(OutgoingMail.round_id) == round_.id).values(kept=False))
    audit.note(session, programme, now=now, actor=actor, action="round.unapprove", subject=round_.id)


def send(
    session: Session, programme: Programme, round_: Round, *, now: datetime, actor: str, in_hours: bool = False
) -> None:
    """Let the mails of an approved round go, once: a second call changes nothing. With `in_hours` each leaves in the
    working hours of its reader. Raises Conflict before approval, and where every mail is kept back.
    """
    if not would_send(programme, round_):
        return
    mails = outbox_queries.counts(session, outbox_queries.of_round(round_))
    if mails["waiting"] and outbox_queries.kept(session, round_) == mails["waiting"]:
        raise Conflict(phrase("Every mail of this round is kept back; let some of them go, then send."))
    round_.state, round_.sending_at, round_.send_at, round_.send_in_hours = RoundState.SENDING, now, None, in_hours
    session.add(round_)
    session.flush()
    release(session, programme, round_, now)
    audit.note(session, programme, now=now, actor=actor, action="round.send", subject=round_.id, in_hours=in_hours)


def release(session: Session, programme: Programme, round_: Round, now: datetime) -> None:
    """Let the mails of a round that is being sent go which nobody keeps back: now, or in the next working hours of each
    reader.
    """
    if not round_.send_in_hours:
        outbox.release_round(session, round_, now)
        return
    for zone, names in rhythm.zones_of(session, programme, round_).items():
        opens = hours.next_open(now, zone, programme.mail_from_hour, programme.mail_until_hour)
        there = select(Participant.id).where(Participant.programme_id == programme.id)
        there = there.where(col(Participant.time_zone).in_(names))
        outbox.release_round(session, round_, opens, col(OutgoingMail.participant_id).in_(there))


def would_send(programme: Programme, round_: Round) -> bool:
    """Whether mails go when the round is sent now, and not before already. Raises Conflict where it cannot be sent."""
    if round_.state in LATER[1:]:
        return False
    if round_.state != RoundState.APPROVED:
        raise Conflict(f"This round is {round_.state.value}; approve it first, then send.")
    if programme.state != ProgrammeState.OPEN:
        raise ProgrammeClosed(f"The programme is {programme.state.value}; open it before a round is sent.")
    return True


def finish_sent(session: Session, *, now: datetime, actor: str) -> list[str]:
    """Rounds whose every mail has met its fate are introduced, and their organisers told. Returns their ids."""
    finished = []
    for round_ in queries.fully_sent(session):
        programme = programme_queries.lock(session, round_.programme_id)  # first, as all who change a round do
        changed = session.exec(
            update(Round)
            .where(col(Round.id) == round_.id)
            .where(col(Round.state) == RoundState.SENDING)
            .values(state=RoundState.INTRODUCED, introduced_at=now)
        )
        if changed.rowcount:
            letters.write_report(session, programme, round_, now=now)
            audit.note(session, programme, now=now, actor=actor, action="round.introduced", subject=round_.id)
            finished.append(round_.id)
    return finished


def withdraw(
    session: Session, programme: Programme, person: Participant, *, now: datetime, secret_key: str, told: bool = True
) -> None:
    """Someone goes: their own unsent mails and places in unsent rounds go too, and the others are told the truth.

    Call it before the person's state changes or the row is deleted. Of a pair, the other one is left out of that round;
    of a trio, the two who remain are introduced to each other. With `told=False` only from rounds of which no word has
    gone to the person yet: who only pauses keeps a meeting that both may know of.
    """
    _lock(session, programme)
    for placement, round_ in session.exec(
        select(Placement, Round)
        .join(Round, col(Round.id) == Placement.round_id)
        .where(Placement.participant_id == person.id)
        .where(col(Round.state).in_(UNSENT))
    ).all():
        group_id = placement.group_id
        if not told and _has_word(session, round_, person):
            continue
        session.exec(
            delete(OutgoingMail)
            .where(col(OutgoingMail.round_id) == round_.id)
            .where(col(OutgoingMail.participant_id) == person.id)
            .where(col(OutgoingMail.state) == MailState.READY)
        )
        session.delete(placement)
        session.flush()
        if group_id is not None:
            gone = person.state
            person.state = ParticipantState.LEFT  # as those who look again must see it
            session.add(person)
            session.flush()
            look_again(session, [group_id], now=now, secret_key=secret_key)
            person.state = gone


def _lock(session: Session, programme: Programme) -> None:
    """What changes a round of the programme, a draw that is being written down or a word to send it, is seen here from
    now on, or sees us.
    """
    programme_queries.lock(session, programme.id)
    unsent = select(Round).where(Round.programme_id == programme.id).where(col(Round.state).in_(UNSENT))
    session.exec(unsent.execution_options(populate_existing=True)).all()  # what was read before may be old


def _has_word(session: Session, round_: Round, person: Participant) -> bool:
    """Whether a mail of this round to this person has been tried."""
    tried = (
        select(OutgoingMail.id)
        .where(OutgoingMail.round_id == round_.id)
        .where(OutgoingMail.participant_id == person.id)
        .where(col(OutgoingMail.attempts) > 0)
    )
    return session.exec(tried.limit(1)).first() is not None


def part(session: Session, programme: Programme, *, now: datetime, secret_key: str) -> None:
    """After new blocks: groups of unsent rounds whose people must not meet come apart, without a word of why."""
    _lock(session, programme)
    apart = pools.blocked_pairs(session, programme)
    if not apart:
        return
    members: dict[str, list[str]] = defaultdict(list)
    for group_id, person_id in session.exec(
        select(Placement.group_id, Placement.participant_id)
        .join(Round, col(Round.id) == Placement.round_id)
        .where(Round.programme_id == programme.id)
        .where(col(Round.state).in_(UNSENT))
        .where(col(Placement.group_id).is_not(None))
    ):
        members[group_id or ""].append(person_id)
    broken = [
        group_id
        for group_id, people in members.items()
        if any(pair in apart for pair in combinations(sorted(people), 2))
    ]
    look_again(session, broken, now=now, secret_key=secret_key)


def look_again(session: Session, group_ids: Sequence[str], *, now: datetime, secret_key: str) -> None:
    """Make the waiting introductions of these groups true. Those with a worker are looked at when it lets go."""
    for group_id in group_ids:
        for mail in session.exec(
            select(OutgoingMail)
            .join(Placement, col(Placement.participant_id) == OutgoingMail.participant_id)
            .where(Placement.group_id == group_id)
            .where(OutgoingMail.round_id == Placement.round_id)
            .where(OutgoingMail.kind == MailKind.INTRODUCTION)
            .where(OutgoingMail.state == MailState.READY)
            .with_for_update()
        ).all():
            letters.make_true(session, mail, now=now, secret_key=secret_key)
        session.flush()


def cancel(session: Session, programme: Programme, round_: Round, *, now: datetime, actor: str) -> None:
    """Take a round back that has not been sent: it is as if it had never been opened. Raises Conflict afterwards."""
    if round_.state in LATER[1:]:
        raise Conflict(f"This round is {round_.state.value}; only one that has not been sent can be cancelled.")
    audit.note(session, programme, now=now, actor=actor, action="round.cancel", subject=round_.id)
    session.delete(round_)
