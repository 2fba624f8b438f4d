"""The rules of a programme that forbid: each is written out as the pairs that it keeps apart."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from app.errors import TeamsTooLarge
from app.files.names import folded
from emails import phrase
from matching import Met, Person

MOST_PAIRS = 5_000_000
"""More pairs of one team than this, as 3,163 people of a team have, are not written out: they take a gigabyte."""


@dataclass(frozen=True, slots=True)
class Walls:
    """The rules of a programme that forbid: nobody of one's own team; nobody whom one met in so many rounds before; not
    one's own line manager, where that is known.
    """

    teams_apart: bool = False
    no_repeat_for: int = 0
    lines_apart: bool = False

    @classmethod
    def of(cls, said: Mapping[str, object]) -> "Walls":
        """Those of a stored policy."""
        return cls(**{name: said[name] for name in WALLS if name in said})  # type: ignore[arg-type]

    def check(self, people: Iterable[Person]) -> None:
        """Raises TeamsTooLarge where they would forbid too many pairs to write out."""
        if self.teams_apart and (found := pairs_of_teams(people)) > MOST_PAIRS:
            raise TeamsTooLarge(
                phrase(
                    "To keep teams apart, %(found)s pairs of one team would be forbidden; %(most)s are possible. Take "
                    "this round back, let people of one team meet or split the largest team, and open a round again.",
                    found=found,
                    most=MOST_PAIRS,
                )
            )

    def stand(self, lines: Iterable[tuple[str, str]]) -> bool:
        """Whether they can forbid anything: that of lines cannot where nobody's line manager takes part."""
        return replace(self, lines_apart=self.lines_apart and any(lines)) != Walls()

    def pairs(
        self, people: Iterable[Person], history: Iterable[Met], number: int, lines: Iterable[tuple[str, str]] = ()
    ) -> Iterator[tuple[str, str]]:
        """Whom they forbid to meet in round `number`, one after another; `lines` are people with their managers."""
        teams: dict[str, list[str]] = defaultdict(list)
        for person in people if self.teams_apart else ():
            teams[folded(person.team)].append(person.id)
        for team, members in teams.items():
            if team:
                yield from combinations(sorted(members), 2)
        yield from ((met.a, met.b) for met in history if met.round >= number - self.no_repeat_for)
        yield from lines if self.lines_apart else ()


WALLS = ("teams_apart", "no_repeat_for", "lines_apart")
"""What they are called, in a programme and in a stored policy."""


def pairs_of_teams(people: Iterable[Person]) -> int:
    """How many pairs are of one team; counted, and not written out."""
    sizes = Counter(folded(person.team) for person in people)
    return sum(size * (size - 1) // 2 for team, size in sizes.items() if team)
