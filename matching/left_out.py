"""Why somebody has no group: the simplest true reason, in words an organiser can pass on."""

from __future__ import annotations

from collections.abc import Iterable

from matching.rules import share_language, share_time
from matching.types import LeftOut, Person, Pool

REASONS = {
    "alone": "nobody else takes part in this round",
    "blocked": "blocked with everyone who is free",
    "language": "shares no language with anyone who takes part",
    "time": "shares no time with anyone who takes part",
    "rules": "no one who takes part fits blocks, languages and times together",
    "no_partner": "everyone who could have met this person was needed in another group",
}


def explain_left_out(pool: Pool, ids: Iterable[str]) -> tuple[LeftOut, ...]:
    """One reason for each of the ids, in order of id. Costs O(people) for each."""
    by_id = {person.id: person for person in pool.people}
    barred = _barred(pool, frozenset(ids) & frozenset(by_id))
    codes = [(one, _code(pool, by_id[one], barred[one])) for one in sorted(barred)]
    return tuple(LeftOut(one, code, REASONS[code]) for one, code in codes)


def _barred(pool: Pool, ids: frozenset[str]) -> dict[str, set[str]]:
    """Whom each of them is blocked with."""
    barred: dict[str, set[str]] = {one: set() for one in ids}
    for a, b in pool.blocks:
        for one, other in ((a, b), (b, a)):
            if one in barred:
                barred[one].add(other)
    return barred


def _code(pool: Pool, person: Person, barred: set[str]) -> str:
    others = [other for other in pool.people if other.id != person.id]
    if not others:
        return "alone"
    if all(other.id in barred for other in others):
        return "blocked"
    if not any(share_language((person, other)) for other in others):
        return "language"
    if not any(share_time((person, other)) for other in others):
        return "time"
    free = (other for other in others if other.id not in barred)
    fits = any(share_language((person, other)) and share_time((person, other)) for other in free)
    return "no_partner" if fits else "rules"
