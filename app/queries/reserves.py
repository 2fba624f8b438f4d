"""Who may take the odd place of a round: hosts, who are drawn only for it, or whoever has offered to sit out."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, func, select

from app.models import OddOne, Participant, Placement, Programme, Round

RULE = "odd_one"
"""What the rule is called, in a programme and in a stored policy."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """What becomes of the odd one, and by the matcher's names who may take the place, with how often they have so far:
    hosts who were drawn, people who sat out.
    """

    odd_one: OddOne = OddOne.TRIO
    so_far: Mapping[str, int] = field(default_factory=dict)


NO_RESERVE = Reserve()
"""The odd one joins a group."""


def rule_of(said: Mapping[str, object]) -> OddOne:
    """That of a stored policy; of one that is older than the rule, the odd one joins a group."""
    return OddOne(str(said.get(RULE, OddOne.TRIO)))


def of(
    session: Session, programme: Programme, said: Mapping[str, object], number: int, ids: Mapping[str, str]
) -> Reserve:
    """The reserve among those who are drawn in round `number`, given as ids by the matcher's names."""
    rule = rule_of(said)
    if rule == OddOne.TRIO:
        return NO_RESERVE
    host = rule == OddOne.HOST
    willing = select(Participant).where(Participant.programme_id == programme.id)
    willing = willing.where(col(Participant.host if host else Participant.may_sit_out).is_(True))
    before = _placed_before(session, programme, number, host=host)
    return Reserve(
        rule,
        {
            one.match_key: before[one.id] + (0 if host else one.sat_out)
            for one in session.exec(willing.order_by(Participant.match_key))
            if one.match_key in ids
        },
    )


def _placed_before(session: Session, programme: Programme, number: int, *, host: bool) -> dict[str, int]:
    """How often each of the reserve was in a group (hosts), or in none (volunteers), in earlier rounds of ours."""
    grouped = col(Placement.group_id)
    rows = session.exec(
        select(Placement.participant_id, func.count())
        .join(Round, col(Round.id) == Placement.round_id)
        .join(Participant, col(Participant.id) == Placement.participant_id)
        .where(Round.programme_id == programme.id)
        .where(Round.number < number)
        .where(grouped.is_not(None) if host else grouped.is_(None))
        .where(col(Participant.host if host else Participant.may_sit_out).is_(True))
        .group_by(Placement.participant_id)
    )
    return defaultdict(int, rows.all())


def size(session: Session, programme: Programme) -> Mapping[OddOne, int]:
    """How many of those who have confirmed are hosts, and how many have offered to sit out."""
    rows = session.exec(
        select(
            func.count().filter(col(Participant.host).is_(True)),
            func.count().filter(col(Participant.may_sit_out).is_(True)),
        )
        .where(Participant.programme_id == programme.id)
        .where(col(Participant.confirmed_at).is_not(None))
        .where(col(Participant.left_at).is_(None))
    ).one()
    return {OddOne.HOST: rows[0], OddOne.VOLUNTEER: rows[1]}
