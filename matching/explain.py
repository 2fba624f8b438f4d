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
        calls = dict(names or {})
        parts = [self._meeting(), self._from_teams(), *self._help_sentences(calls), self._likes()]
        parts += [_have("language", self.shared_languages), _have("time", self.shared_times)]
        return tuple(part for part in parts if part)

    def _meeting(self) -> str:
        if self.first_meeting:
            return "This is your first meeting."
        ago = self.last_met_rounds_ago
        if ago is None:
            return "Some of you know each other already."
        return f"Some of you met {ago} rounds ago." if ago != 1 else "Some of you met in the last round."

    def _from_teams(self) -> str:
        if not self.teams:
            return ""
        if len(self.teams) == 1:
            return f"From {self.teams[0]}."
        return f"From different teams: {_listed(self.teams)}."

    def _help_sentences(self, calls: Mapping[str, str]) -> list[str]:
        return [
            f"{calls.get(one.asker, one.asker)} would like help with {one.topic},"
            f" which {calls.get(one.helper, one.helper)} offers."
            for one in self.helps
        ]

    def _likes(self) -> str:
        return f"You share an interest in {_listed(self.shared_interests)}." if self.shared_interests else ""


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


def _have(what: str, words: tuple[str, ...]) -> str:
    if not words:
        return ""
    return f"You have {'a' if len(words) == 1 else 'some'} {what}{'s' * (len(words) > 1)} in common: {_listed(words)}."


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
