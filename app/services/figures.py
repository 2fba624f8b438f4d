"""What a drawn round costs and brings, in figures and in words for whoever looks at it before it is sent.

Written down with the groups (`Group.cautions`, `Round.figures`), so that a page of them is only read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any

from app.models import AsksShown, Participant
from app.queries.rounds import GroupRow
from emails import Phrase, from_json, phrase, phrases, to_json
from matching import Pool, Reason, RoundsLeft


class Worry(StrEnum):
    """What about a group somebody may want to look at."""

    REPEAT = "repeat"
    SAME_TEAM = "same_team"


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that a group costs without breaking a rule."""

    what: Worry
    words: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What the certificate does not say. `asks`: how many people say what they would like help with, and let it be
    known; `asks_met`: to how many of them somebody of their group offers it. `at_least` and `at_most` bound the rounds
    that these people have left before somebody must meet again; None where nobody counts them.
    """

    asks: int
    asks_met: int
    at_least: int | None = None
    at_most: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As a round keeps it."""
        return asdict(self)


def of(
    people: Mapping[str, Participant], pool: Pool, reasons: Iterable[Reason], left: RoundsLeft | None = None
) -> Figures:
    """The figures of groups with these reasons. Of asks that nobody may read, nothing is told."""
    asking = {one.id for one in pool.people if one.asks and people[one.id].asks_shown != AsksShown.NOBODY}
    met = {one.asker for reason in reasons for one in reason.helps} & asking
    span = (left.at_least, left.at_most) if left else (None, None)
    return Figures(len(asking), len(met), *span)


def cautions(pool: Pool, keys: Sequence[str], names: Mapping[str, str]) -> list[Caution]:
    """What these people cost: pairs who have met, who know each other, who are of one team."""
    return [one for a, b in combinations(sorted(keys), 2) for one in _of_two(pool, a, b, sorted((names[a], names[b])))]


def _of_two(pool: Pool, a: str, b: str, two: list[str]) -> Iterable[Caution]:
    ago, acquainted = pool.last_met(a, b)
    if ago is not None:
        yield Caution(Worry.REPEAT, _met(two, ago))
    elif acquainted:
        yield Caution(Worry.REPEAT, phrase("%(names)s know each other already.", names=two))
    team = pool.person(a).team
    if team and team == pool.person(b).team:
        yield Caution(Worry.SAME_TEAM, phrase("%(names)s are both of %(team)s.", names=two, team=team))


def _met(two: list[str], ago: int) -> Phrase:
    if ago == 1:
        return phrase("%(names)s met in the last round.", names=two)
    return phrases("%(names)s met %(count)s round ago.", "%(names)s met %(count)s rounds ago.", ago, names=two)


def to_rows(found: Iterable[Caution]) -> list[dict[str, Any]]:
    """As a group keeps them."""
    return [{"what": one.what.value, "words": to_json(one.words)} for one in found]


def from_rows(kept: Iterable[Mapping[str, Any]]) -> list[Caution]:
    """The same again."""
    return [Caution(Worry(one["what"]), from_json(one["words"])) for one in kept]


def now(row: GroupRow) -> list[Caution]:
    """What a group costs as it stands: nothing is said where somebody has left it since."""
    return from_rows(row.group.cautions) if row.group.size == len(row.members) else []
