"""Someone new in the same round, for those whose partner cannot be reached.

Whoever asked waits until somebody else does who may meet them, whom they have not met, and with whom no block stands
between. Alone, they wait for the next round, which takes them in any case.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, func, select

from app.clock import local_date
from app.models import (
    Group,
    MailedLink,
    MailKind,
    OutgoingMail,
    Participant,
    Placement,
    Programme,
    ProgrammeState,
    Round,
    RoundState,
)
from app.queries import participants as people_queries
from app.queries import pools
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.queries.pools import RoundPool
from app.queries.walls import Walls
from app.security import new_id
from app.services import audit, drawing, letters, ways
from app.services.drawing import Draw
from emails import to_json

OPEN_TO_IT = (RoundState.SENDING, RoundState.INTRODUCED)
PAIRS = 2
OFFERS_SOMEONE_NEW = (MailKind.PARTNER_AWAY, MailKind.CALLED_OFF)


def asked_in(session: Session, link: MailedLink) -> tuple[Round, Placement] | None:
    """The round and the place that a link to someone new is about, or None when that is past.

    Past: the round is over, the person is not in it any more, or stands in another group by now. Link and mail are
    written in one transaction, at one moment, and that ties them.
    """
    mail = _mail_of(session, link)
    if mail is None:
        return None
    round_ = session.exec(select(Round).where(Round.id == mail.round_id)).one()
    placement = session.get(Placement, (round_.id, link.participant_id))
    if placement is None or placement.group_id is None or round_.state not in OPEN_TO_IT:
        return None
    moved = mail.facts.get("group", placement.group_id) != placement.group_id
    return None if moved or _later_draw(session, round_) else (round_, placement)


def _mail_of(session: Session, link: MailedLink) -> OutgoingMail | None:
    """The mail that this link stood in. One whose words are not kept any more is known by its kind and moment."""
    beside = session.exec(
        select(OutgoingMail)
        .where(OutgoingMail.participant_id == link.participant_id)
        .where(OutgoingMail.created_at == link.created_at)
        .where(col(OutgoingMail.round_id).is_not(None))
    ).all()
    named = (mail for mail in beside if link.id in mail.facts.get("links", {}).values())
    silent = (mail for mail in beside if not mail.facts and mail.kind in OFFERS_SOMEONE_NEW)
    return next(named, None) or next(silent, None)


def ask(session: Session, programme: Programme, link: MailedLink, *, now: datetime) -> bool:
    """Somebody would like to meet someone new. A second time changes nothing. False when that is past (`asked_in`)."""
    found = asked_in(session, link)
    if found is None:
        return False
    want(session, programme, found[1], now=now)
    return True


def want(session: Session, programme: Programme, placement: Placement, *, now: datetime) -> None:
    """Somebody's own word that they would like to meet someone new. A second time changes nothing."""
    if wait(session, placement, now=now):
        person_id = placement.participant_id
        actor = f"participant:{person_id}"
        audit.note(session, programme, now=now, actor=actor, action="round.someone_new", subject=person_id)


def wait(session: Session, placement: Placement, *, now: datetime) -> bool:
    """Let somebody wait for someone new, whoever's word it is. False where they wait already."""
    if placement.wants_new_since is not None:
        return False
    placement.wants_new_since = now
    placement.arranged_at = placement.arranged_on = placement.cannot_since = None
    session.add(placement)
    ways.first_in_line(session, placement.participant_id)
    return True


def may_be_sought(session: Session, round_: Round) -> bool:
    """Whether somebody in this round may still be introduced to someone new."""
    return round_.state in OPEN_TO_IT and not _later_draw(session, round_)


def match_waiting(session: Session, *, now: datetime, secret_key: str, actor: str) -> int:
    """Match those who wait for someone new, programme by programme, and introduce them. Returns how many groups.

    May run at any time and any number of times: whoever is matched does not wait any more. The lot is drawn from the
    round's seed and who is waiting, so that it can be drawn again.
    """
    waiting = select(Placement.programme_id).where(col(Placement.wants_new_since).is_not(None)).distinct()
    made = 0
    for programme_id in sorted(session.exec(waiting).all()):
        programme = programme_queries.lock(session, programme_id)
        round_ = _current(session, programme)
        if round_ is not None and programme.state == ProgrammeState.OPEN:
            made += _match_round(session, programme, round_, now=now, secret_key=secret_key, actor=actor)
    return made


def _match_round(
    session: Session, programme: Programme, round_: Round, *, now: datetime, secret_key: str, actor: str
) -> int:
    places = {
        place.participant_id: place
        for place in session.exec(
            select(Placement)
            .where(Placement.round_id == round_.id)
            .where(col(Placement.wants_new_since).is_not(None))
            .where(col(Placement.group_id).is_not(None))
        )
    }
    if len(places) < PAIRS:
        return 0
    rows = _pool_of_waiting(session, programme, round_, set(places), now)
    if len(rows.ids) < PAIRS:
        return 0
    policy = replace(round_queries.as_policy(round_.policy), size=PAIRS, shadows=0)
    drawn = drawing.draw(rows, policy, _seed(round_, rows))
    if not drawn.matching.groups:
        return 0
    written = _write(session, programme, round_, drawn, places)
    letters.write_for_round(session, programme, round_, written, (), now=now, secret_key=secret_key, standing_in=True)
    audit.note(
        session, programme, now=now, actor=actor, action="round.stand_in", subject=round_.id, groups=len(written)
    )
    session.flush()
    return len(written)


def _pool_of_waiting(
    session: Session, programme: Programme, round_: Round, waiting: set[str], now: datetime
) -> RoundPool:
    """The pool as of the next round, so that this one is history; of it only those who wait. To have met is to be
    blocked: it must be someone new.
    """
    today = local_date(now, programme.time_zone)
    walls = Walls.of(round_.policy)
    # of the walls only those between people who wait; whom one met is apart below, in however many rounds it was
    rows = pools.load_pool(session, programme, round_.number + 1, today, Walls(), standing_in=True)
    ids = {key: person_id for key, person_id in rows.ids.items() if person_id in waiting}
    pool = rows.pool
    met = [(met.a, met.b) for met in pool.history]
    people = tuple(person for person in pool.people if person.id in ids)
    ruled = walls.pairs(people, (), round_.number, rows.lines)
    apart = {tuple(sorted(pair)) for pair in (*met, *pool.knows, *pool.blocks, *ruled) if set(pair) <= ids.keys()}
    few = replace(
        pool,
        people=people,
        history=(),
        knows=(),
        apart=(),
        blocks=tuple(sorted((first, second) for first, second in apart)),
    )
    return RoundPool(few, ids, rows.formats, walls.stand(rows.lines))


def _seed(round_: Round, rows: RoundPool) -> int:
    text = "/".join([str(round_.seed), *sorted(rows.ids)])
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:6])


def _write(
    session: Session, programme: Programme, round_: Round, drawn: Draw, places: dict[str, Placement]
) -> Sequence[tuple[Group, list[Participant], Participant]]:
    """New groups of the same round; those who leave their old one for it move, the others stay where they are."""
    people = {
        key: session.exec(select(Participant).where(Participant.id == person_id)).one()
        for key, person_id in drawn.rows.ids.items()
    }
    first = drawing.who_write_first(drawn, people_queries.first_writers(session, programme), people)
    last = session.exec(select(func.max(Group.position)).where(Group.round_id == round_.id)).one()
    written = []
    for number, keys in enumerate(drawn.matching.groups):
        members = [people[key] for key in keys]
        group = Group(
            id=new_id("grp"),
            programme_id=programme.id,
            round_id=round_.id,
            position=(last or 0) + 1 + number,
            size=len(keys),
            facts=to_json(drawing.sentences(drawn.reasons[number], people)),
        )
        session.add(group)
        session.flush()
        for member in members:
            place = places[member.id]
            place.group_id, place.writes_first, place.wants_new_since = group.id, member is first[number], None
            session.add(place)
        ways.word_is_kept(session, members)
        written.append((group, members, first[number]))
    return written


def _current(session: Session, programme: Programme) -> Round | None:
    """The round in which people may still be introduced anew: the last that was drawn, once it is on its way."""
    drawn = session.exec(
        select(Round)
        .where(Round.programme_id == programme.id)
        .where(Round.state != RoundState.DRAFT)
        .order_by(col(Round.number).desc())
    ).first()
    return drawn if drawn is not None and drawn.state in OPEN_TO_IT else None


def _later_draw(session: Session, round_: Round) -> bool:
    """Whether a later round has been drawn: it has taken whoever was waiting."""
    later = (
        select(Round.id)
        .where(Round.programme_id == round_.programme_id)
        .where(Round.number > round_.number)
        .where(Round.state != RoundState.DRAFT)
    )
    return session.exec(later.limit(1)).first() is not None
