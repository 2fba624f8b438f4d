"""Dry runs: a round told as a drawn one is, and nothing written. Reads first, then draws without a database."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

import matching
from app.api import answers
from app.clock import local_date
from app.models import Participant, Programme
from app.queries import participants as people_queries
from app.queries import pools
from app.queries import rounds as queries
from app.queries.pools import RoundPool
from app.security import new_seed
from app.services import drawing, odd_one, rounds
from matching import Policy


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything that a dry run needs; `people` and `teams` by the matcher's names."""

    rows: RoundPool
    policy: Policy
    people: dict[str, Participant]
    teams: dict[str, str]


def read(session: Session, programme: Programme, number: int, now: datetime) -> Subject:
    """What a round of that number would be drawn from today."""
    teams = people_queries.teams_of(session, programme)
    today = local_date(now, programme.time_zone)
    people = {person.match_key: person for person in pools.eligible(session, programme, today, number)}
    policy = queries.policy_of(programme)
    return Subject(
        rows=rounds.load_for_draw(session, programme, number, policy, now),
        policy=queries.as_policy(policy),
        people=people,
        teams={key: teams.get(person.team_id or "", "") for key, person in people.items()},
    )


def drawn(subject: Subject, period: str, seed: int | None) -> answers.DryRun:
    """The round, drawn by that seed or by lot."""
    draw = odd_one.draw(subject.rows, subject.policy, new_seed() if seed is None else seed)
    left = draw.rounds_left
    shown = answers.RoundsLeft(at_least=left.at_least, at_most=left.at_most, words=left.words) if left else None
    return answers.DryRun(
        period=period,
        **draw.whole.as_dict(),
        costs=list(matching.tier_costs(subject.rows.pool, subject.policy, draw.whole)),
        rounds_left=shown,
        people={
            person.id: answers.KnownAs(name=subject.people[person.id].name, team=subject.teams[person.id])
            for person in subject.rows.pool.people
            if person.id in draw.rows.ids or person.id in draw.stood_back
        },
        facts=[[*drawing.sentences(reason, subject.people)] for reason in draw.reasons],
    )
