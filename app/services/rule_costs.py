"""What the rules of a programme cost: the people of today, drawn with a rule and without it. Nothing is written.

Only sums come out of it, and of what organisers may read: a sum of few people tells of each of them. So whom people
would rather not meet is in none of these draws, though whom organisers keep apart is, nor is what they ask for and let
nobody read; and who sits out the next round is drawn like the others, since otherwise an organiser would choose of whom
a sum is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from threading import Lock

from sqlmodel import Session

import matching
from app.clock import local_date
from app.models import AsksShown, OddOne, Participant, Programme
from app.queries import pools, reserves
from app.queries import rounds as queries
from app.queries.pools import RoundPool
from app.queries.reserves import NO_RESERVE, Reserve
from app.queries.walls import Walls, pairs_of_teams
from app.services import odd_one
from emails import Phrase, phrase, phrases
from matching import Matching, Policy, Pool
from matching.rules import pair_score

MOST, MOST_FOR_MORE = 2000, 300
"""More people than this are not drawn while somebody waits for a page; larger groups than two take longer."""
MOST_PAIRS = 100_000
"""More pairs of one team than this, as 448 people of a team have, are not kept apart meanwhile: where such a wall
leaves many out, one draw takes many seconds.
"""
ONE_AT_A_TIME = Lock()
"""Draws keep a processor busy: whoever presses the button often must not take them all from the other pages."""
SEED = 1
SOON = timedelta(seconds=30)
SOMEBODY_ELSE = phrase("Somebody else is having this worked out. Wait half a minute, then try again.")
RULES = (
    *("teams_apart", "lines_apart", "no_repeat_for", "group_size", "odd_one", "interest_rule", "quality"),
    "shadows",
)
"""The facts of a programme that are rules."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who would be drawn today, as far as organisers may know, without walls, and by which rules. `lines` are people
    with their line managers, `given` whom organisers keep apart.
    """

    pool: Pool
    walls: Walls
    policy: Policy
    lines: Pairs = ()
    given: Pairs = ()
    reserve: Reserve = NO_RESERVE
    shadows: int = 0

    def pool_with(self, walls: Walls, given: Pairs) -> Pool:
        """The same people behind these walls."""
        ruled = walls.pairs(self.pool.people, self.pool.history, self.pool.this_round, self.lines)
        return replace(self.pool, blocks=(*given, *ruled))


@dataclass(frozen=True, slots=True)
class Costs:
    """What would come of today's people, in a sentence, and what each rule does to it."""

    sum: Phrase
    of: Mapping[str, tuple[Phrase, ...]]


def read(session: Session, programme: Programme, said: dict[str, object], now: datetime) -> Subject | Phrase:
    """Today's people, to be drawn by that policy; or why that takes too long."""
    number = queries.next_number(session, programme)
    people = pools.eligible(session, programme, local_date(now, programme.time_zone), number, skipping=True)
    if len(people) > most(said):
        return phrase(
            "More than %(most)s people take part, which takes too long to work out here. "
            "A dry run of a round by the API or the command line says what a draw costs.",
            most=most(said),
        )
    rows = pools.pool_of(session, programme, number, people, Walls())
    pool = _told(rows.pool, people)
    if pairs_of_teams(pool.people) > MOST_PAIRS:
        return phrase(
            "So many people are of one team that what a wall between them costs takes too long to work out here. "
            "A dry run of a round by the API or the command line says what a draw costs."
        )
    # Interests and chance decide last, so that they change nothing of what is counted here; the best score is fastest.
    policy = replace(queries.as_policy(said), quality=1.0, shadows=0)
    reserve = reserves.of(session, programme, said, number, {one.id: one.id for one in pool.people})
    given = pools.given_pairs(session, programme, {one.id: one.match_key for one in people})
    return Subject(pool, Walls.of(said), policy, rows.lines, given, reserve, int(str(said["shadows"])))


def _told(pool: Pool, people: Sequence[Participant]) -> Pool:
    """The pool without what people keep to themselves, and with no block: nothing in it says who has written which."""
    silent = {one.match_key for one in people if one.asks_shown == AsksShown.NOBODY}
    seen = (replace(one, asks=frozenset()) if one.id in silent else one for one in pool.people)
    return replace(pool, people=tuple(seen), blocks=())


def most(policy: Mapping[str, object]) -> int:
    """How many people are drawn at once, by this policy."""
    return MOST if policy["size"] == 2 else MOST_FOR_MORE


def costs(subject: Subject) -> Costs | None:
    """Drawn with all rules, and once more for each wall the other way. Touches no database. None while this process
    works out another's.
    """
    if not ONE_AT_A_TIME.acquire(blocking=False):
        return None
    try:
        return _costs(subject)
    finally:
        ONE_AT_A_TIME.release()


def _costs(subject: Subject) -> Costs:
    pool = subject.pool_with(subject.walls, subject.given)
    drawn = _draw(pool, subject)
    other = replace(subject.walls, teams_apart=not subject.walls.teams_apart)
    return Costs(
        sum=_sum(drawn),
        of={
            "teams_apart": tuple(_teams(subject, pool, drawn, other)),
            "lines_apart": tuple(_lines(subject, drawn)),
            "given": tuple(_given(subject, drawn)),
            "no_repeat_for": tuple(_repeats(subject, pool, drawn)),
            "group_size": tuple(_sizes(subject, pool, drawn)),
            "odd_one": tuple(_odd_one(subject, drawn)),
            "interest_rule": tuple(_topics(pool, subject.policy, drawn)),
            "quality": tuple(_chance(subject, pool, drawn)),
            "shadows": tuple(_kept(subject, pool)),
        },
    )


def _draw(pool: Pool, subject: Subject) -> Matching:
    rows = RoundPool(pool, {one.id: one.id for one in pool.people}, reserve=subject.reserve)
    return odd_one.match(rows, subject.policy, SEED)


def _sum(drawn: Matching) -> Phrase:
    people, out = drawn.certificate.people, len(drawn.left_out)
    if not people:
        return phrase("Nobody takes part today, so no rule costs anything.")
    if not out:
        return phrases(
            "Drawn today, the one person who takes part would meet somebody.",
            "Drawn today, all %(count)s people who take part would meet somebody.",
            people,
        )
    return phrases(
        "Drawn today, %(out)s of %(count)s person would be left out.",
        "Drawn today, %(out)s of %(count)s people would be left out.",
        people,
        out=str(out),
    )


def _teams(subject: Subject, pool: Pool, drawn: Matching, other: Walls) -> Iterator[Phrase]:
    """With the wall and without it, whichever is the rule now."""
    flipped_pool = subject.pool_with(other, subject.given)
    flipped = _draw(flipped_pool, subject)
    (wall, open_), (wall_pool, open_pool) = (drawn, flipped), (pool, flipped_pool)
    if other.teams_apart:
        (wall, open_), (wall_pool, open_pool) = (flipped, drawn), (flipped_pool, pool)
    yield _left_out(len(wall.left_out) - len(open_.left_out))
    same = open_.certificate.same_team
    if same:
        yield phrases(
            "Without this wall, %(count)s pair would be of one team.",
            "Without this wall, %(count)s pairs would be of one team.",
            same,
        )
    if subject.policy.size == 2 and drawn.certificate.people > 1:
        yield phrase(
            "With it about %(with)s rounds are left before somebody must meet again; without it about %(without)s.",
            **{"with": str(_rounds(wall_pool)), "without": str(_rounds(open_pool))},
        )


def _rounds(pool: Pool) -> int:
    return matching.rounds_left(pool).likely


def _lines(subject: Subject, drawn: Matching) -> Iterator[Phrase]:
    """With the wall and without it, whichever is the rule now."""
    if not subject.lines:
        yield phrase("Nobody who takes part is known to be the line manager of somebody else who does.")
        return
    yield phrases(
        "%(count)s person and their own line manager take part.",
        "%(count)s people and their own line managers take part.",
        len(subject.lines),
    )
    walls = replace(subject.walls, lines_apart=not subject.walls.lines_apart)
    flipped = _draw(subject.pool_with(walls, subject.given), subject)
    wall, open_ = (flipped, drawn) if walls.lines_apart else (drawn, flipped)
    yield _left_out(len(wall.left_out) - len(open_.left_out))


def _given(subject: Subject, drawn: Matching) -> Iterator[Phrase]:
    if not subject.given:
        yield phrase("No two people who take part are kept apart by organisers.")
        return
    yield phrases(
        "%(count)s pair of people who take part is kept apart by organisers.",
        "%(count)s pairs of people who take part are kept apart by organisers.",
        len(subject.given),
    )
    without = _draw(subject.pool_with(subject.walls, ()), subject)
    yield _left_out(len(drawn.left_out) - len(without.left_out))


def _repeats(subject: Subject, pool: Pool, drawn: Matching) -> Iterator[Phrase]:
    if subject.walls.no_repeat_for:
        open_pool = subject.pool_with(replace(subject.walls, no_repeat_for=0), subject.given)
        without = drawn if open_pool == pool else _draw(open_pool, subject)
        yield _left_out(len(drawn.left_out) - len(without.left_out))
    again = drawn.certificate.repeats
    yield (
        phrases("%(count)s pair would meet again.", "%(count)s pairs would meet again.", again)
        if again
        else phrase("Nobody would meet again whom they have met.")
    )


def _left_out(number: int) -> Phrase:
    if number <= 0:
        return phrase("Nobody is left out by this wall.")
    return phrases("This wall leaves %(count)s person out.", "This wall leaves %(count)s people out.", number)


def _sizes(subject: Subject, pool: Pool, drawn: Matching) -> Iterator[Phrase]:
    """How many groups, and what larger ones cost beside pairs."""
    odd = sum(len(group) != drawn.size for group in drawn.groups)
    yield phrases("There would be %(count)s group.", "There would be %(count)s groups.", len(drawn.groups))
    if odd:
        yield phrases(
            "%(count)s of them has a person more or less.", "%(count)s of them have a person more or less.", odd
        )
    if subject.policy.size == 2 or not pool.people:
        return
    twos = _draw(pool, replace(subject, policy=replace(subject.policy, size=2)))
    out = len(drawn.left_out) - len(twos.left_out)
    if out > 0:
        yield phrases(
            "Groups of two would leave %(count)s person fewer out.",
            "Groups of two would leave %(count)s people fewer out.",
            out,
        )
    again = drawn.certificate.repeats - twos.certificate.repeats
    if again > 0:
        yield phrases(
            "In groups of two, %(count)s pair fewer would meet again.",
            "In groups of two, %(count)s pairs fewer would meet again.",
            again,
        )
    if out <= 0 and again <= 0:
        yield phrase("Groups of two would leave nobody fewer out, and nobody fewer would meet again.")


def _odd_one(subject: Subject, drawn: Matching) -> Iterator[Phrase]:
    """Who of the reserve would take a place. A larger group stands with the size of groups already."""
    reserve, people = subject.reserve, drawn.certificate.people
    if reserve.odd_one == OddOne.HOST and reserve.so_far:
        needed = people - (len(subject.pool.people) - len(reserve.so_far))
        yield phrases("%(count)s host would be drawn.", "%(count)s hosts would be drawn.", needed)
    elif reserve.odd_one == OddOne.VOLUNTEER and reserve.so_far:
        out = len(subject.pool.people) - people
        yield phrases(
            "%(count)s person would sit out who has offered it.",
            "%(count)s people would sit out who have offered it.",
            out,
        )


def _topics(pool: Pool, policy: Policy, drawn: Matching) -> Iterator[Phrase]:
    """How many meet somebody with whom this rule finds something to talk about."""
    yield phrases(
        "By this rule %(count)s person would have something to talk about.",
        "By this rule %(count)s people would have something to talk about.",
        _glad(pool, policy, drawn),
    )


def _glad(pool: Pool, policy: Policy, drawn: Matching) -> int:
    glad = set()
    for group in drawn.groups:
        for one, other in combinations(group, 2):
            if pair_score(pool.person(one), pool.person(other), policy.interests):
                glad |= {one, other}
    return len(glad)


def _chance(subject: Subject, pool: Pool, drawn: Matching) -> Iterator[Phrase]:
    """What the best pairs bring beside what chance alone brings."""
    by_lot = _draw(pool, replace(subject, policy=replace(subject.policy, quality=0.0)))
    yield phrase(
        "With the best pairs %(best)s would have something to talk about, by pure chance %(lot)s.",
        best=_people(_glad(pool, subject.policy, drawn)),
        lot=_people(_glad(pool, subject.policy, by_lot)),
    )


def _people(number: int) -> Phrase:
    return phrases("%(count)s person", "%(count)s people", number)


def _kept(subject: Subject, pool: Pool) -> Iterator[Phrase]:
    """Rounds that are kept use up pairs too."""
    if subject.policy.size != 2 or len(pool.people) < 2 or not subject.shadows:
        return
    yield phrase(
        "With them about %(with)s rounds are left before somebody must meet again; without them about %(without)s.",
        **{"with": str(matching.rounds_left(pool, subject.shadows).likely), "without": str(_rounds(pool))},
    )
