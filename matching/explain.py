"""Why these people: facts about one group that an introduction may show to all of its members.

Only what everyone in the group may see: what they have in common, an ask beside an offer that answers it, when they
last met. Never a block, never who was passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from matching.pool import Pool
from matching.rules import topic
from matching.types import Person, Policy
from matching.words import Fact, fact, facts, message

WOULD_LIKE_HELP = message("%(asker)s would like help with %(topic)s, which %(helper)s offers.")
"""The one fact that tells who asks for what."""


@dataclass(frozen=True, slots=True)
class Help:
    """One person asks, another offers."""

    asker: str
    helper: str
    topic: str


@dataclass(frozen=True, slots=True)
class Reason:
    """The facts behind one group. Shared means shared by all; a topic reads as the first of them wrote it."""

    group: tuple[str, ...]
    first_meeting: bool
    last_met_rounds_ago: int | None
    teams: tuple[str, ...]
    shared_interests: tuple[str, ...]
    helps: tuple[Help, ...]
    shared_languages: tuple[str, ...]
    shared_times: tuple[str, ...]
    acquainted: bool = False

    def sentences(self, names: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """The facts in plain English, with names where they are given and ids where not."""
        return tuple(str(one) for one in self.facts(names))

    def facts(self, names: Mapping[str, str] | None = None) -> tuple[Fact, ...]:
        """The same, each with its parts, so that it can be said in other languages."""
        calls = dict(names or {})
        found = [self._meeting(), self._from_teams(), *self._help_facts(calls), self._likes()]
        found += [_languages(self.shared_languages), _times(self.shared_times)]
        return tuple(one for one in found if one is not None)

    def _meeting(self) -> Fact:
        if self.first_meeting:
            return fact("This is your first meeting.")
        ago = self.last_met_rounds_ago
        if ago is None:
            return fact("Some of you know each other already.")
        if ago == 1:
            return fact("Some of you met in the last round.")
        return facts("Some of you met %(count)s round ago.", "Some of you met %(count)s rounds ago.", ago)

    def _from_teams(self) -> Fact | None:
        if len(self.teams) > 1:
            return fact("From different teams: %(teams)s.", teams=self.teams)
        return fact("From %(team)s.", team=self.teams[0]) if self.teams else None

    def _help_facts(self, calls: Mapping[str, str]) -> list[Fact]:
        return [
            fact(
                WOULD_LIKE_HELP,
                asker=calls.get(one.asker, one.asker),
                topic=one.topic,
                helper=calls.get(one.helper, one.helper),
            )
            for one in self.helps
        ]

    def _likes(self) -> Fact | None:
        shared = self.shared_interests
        return fact("You share an interest in %(interests)s.", interests=shared) if shared else None


def explain(pool: Pool, policy: Policy, group: Iterable[str]) -> Reason:
    """The facts about the people of one group. Costs O(people + history); for many groups see `explain_all`."""
    return explain_all(pool, policy, [group])[0]


def explain_all(pool: Pool, policy: Policy, groups: Iterable[Iterable[str]]) -> tuple[Reason, ...]:
    """The facts about each group, in order. Costs O(people + history) once, and little for each group.

    Raises ValueError for somebody who is not in the pool.
    """
    return tuple(_reason(pool, policy, tuple(sorted(group))) for group in groups)


def _reason(pool: Pool, policy: Policy, ids: tuple[str, ...]) -> Reason:
    if strangers := [one for one in ids if not pool.knows_of(one)]:
        raise ValueError(f"{', '.join(strangers)}: not in the pool")
    members = [pool.person(one) for one in ids]
    before = [pool.last_met(a, b) for a, b in combinations(ids, 2)]
    met = [ago for ago, _ in before if ago is not None]
    acquainted = any(outside for _, outside in before)
    return Reason(
        group=ids,
        first_meeting=not met and not acquainted,
        last_met_rounds_ago=min(met, default=None),
        teams=tuple(sorted({person.team for person in members if person.team})),
        shared_interests=_common([person.interests for person in members]),
        helps=_helps(members) if policy.interests == "ask-offer" else (),
        shared_languages=_common([person.languages for person in members if person.languages]),
        shared_times=_common([person.times for person in members if person.times]),
        acquainted=acquainted,
    )


def _common(texts: Sequence[frozenset[str]]) -> tuple[str, ...]:
    """What all of them wrote, compared as topics, spelled as the first in the alphabet spelled it."""
    if not texts:
        return ()
    keys = set.intersection(*({topic(text) for text in one} for one in texts)) - {""}
    spelled: dict[str, str] = {}
    for text in sorted(text for one in texts for text in one):
        spelled.setdefault(topic(text), " ".join(text.split()))
    return tuple(sorted(spelled[key] for key in keys))


def _helps(members: Sequence[Person]) -> tuple[Help, ...]:
    return tuple(
        Help(asker.id, helper.id, text)
        for asker, helper in permutations(members, 2)
        for text in _common([asker.asks, helper.offers])
    )


def _languages(shared: tuple[str, ...]) -> Fact | None:
    if len(shared) > 1:
        return fact("You have some languages in common: %(languages)s.", languages=shared)
    return fact("You have a language in common: %(language)s.", language=shared[0]) if shared else None


def _times(shared: tuple[str, ...]) -> Fact | None:
    if len(shared) > 1:
        return fact("You have some times in common: %(times)s.", times=shared)
    return fact("You have a time in common: %(time)s.", time=shared[0]) if shared else None
