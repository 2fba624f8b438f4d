"""Drawing a round: the matcher's answer, checked, with its reasons and who writes first. Touches no database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import matching
from app.errors import PromiseBroken
from app.models import AsksShown, Participant
from app.queries.pools import RoundPool
from emails import Phrase, phrase
from matching import Fact, LeftOut, Matching, Policy, Reason, RoundsLeft
from matching.types import Groups

Progress = Callable[[str, float], None]
"""Is told how far a draw is: a word of the matcher's, and a share from 0 to 1."""

WITH_FORMATS = {
    # Phrases only so that catalogues have them: a reason is a message of the matcher's.
    "time": str(phrase("shares no time, or no way of meeting, with anyone who takes part")),
    "rules": str(phrase("no one who takes part fits blocks, languages, times and ways of meeting together")),
}
WITH_WALLS = str(phrase("the rules of this programme leave nobody who takes part to meet this person"))
STOOD_BACK = "stood_back"
"""The code of who sits out at their own word."""
SAT_OUT = str(phrase("the number did not come out even, and this person had offered to sit out"))
BY_BLOCKS = ("blocked", "rules")
"""Codes of who was left out because of a block."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What the matcher said, with everything needed to write it down."""

    rows: RoundPool
    policy: Policy
    matching: Matching
    fingerprint: str
    reasons: tuple[Reason, ...]
    rounds_left: RoundsLeft | None
    stood_back: tuple[str, ...] = ()
    """The matcher's names of those who sit out at their own word, so that the number comes out."""

    @property
    def whole(self) -> Matching:
        """The answer about everybody of the round: those who sit out at their own word are left out in it, and in what
        no round can beat.
        """
        found, more = self.matching.certificate, len(self.stood_back)
        people, out, bound = (number + more for number in (found.people, found.left_out, found.left_out_bound))
        back = (LeftOut(key, STOOD_BACK, SAT_OUT) for key in self.stood_back)
        return replace(
            self.matching,
            left_out=tuple(sorted((*self.matching.left_out, *back), key=lambda one: one.id)),
            certificate=replace(found, people=people, left_out=out, left_out_bound=bound),
        )


def draw(
    rows: RoundPool,
    policy: Policy,
    seed: int,
    progress: Progress | None = None,
    locked: Groups = (),
) -> Draw:
    """Match and check; `locked` groups stay as they are. Touches no database. Raises PromiseBroken when the check
    disagrees with the solver.
    """
    result = matching.match(rows.pool, policy, seed, progress, locked)
    broken = matching.check(rows.pool, policy, result)
    if broken:
        raise PromiseBroken("; ".join(broken[:3]))
    if rows.formats:
        result = replace(result, left_out=tuple(map(_with_formats, result.left_out)))
    if rows.walls:
        result = replace(result, left_out=tuple(map(_with_walls, result.left_out)))
    reasons = matching.explain_all(rows.pool, policy, result.groups)
    left = matching.rounds_left_after(rows.pool, result, policy.shadows)
    return Draw(rows, policy, result, matching.fingerprint(rows.pool, policy), reasons, left)


def _with_formats(left: LeftOut) -> LeftOut:
    """Where a time stands for a way of meeting too, the matcher's reason says so."""
    return replace(left, reason=WITH_FORMATS.get(left.code, left.reason))


def _with_walls(left: LeftOut) -> LeftOut:
    """Where a block may be a rule of the programme, the matcher's reason does not speak of blocks."""
    return replace(left, reason=WITH_WALLS) if left.code in BY_BLOCKS else left


def sentences(reason: Reason, people: Mapping[str, Participant]) -> list[Phrase]:
    """Why these people, as all of them and the organisers may read it; languages and times stand elsewhere in the mail.
    What somebody asks for and lets nobody read is not among it.
    """
    names = {key: people[key].name for key in reason.group}
    told = tuple(one for one in reason.helps if people[one.asker].asks_shown != AsksShown.NOBODY)
    return list(map(said, replace(reason, helps=told, shared_languages=(), shared_times=()).facts(names)))


def said(fact: Fact) -> Phrase:
    """What the matcher knows, as a sentence that can be said in any language."""
    parts = {name: said(part) if isinstance(part, Fact) else part for name, part in fact.parts.items()}
    return Phrase.made(fact.message, fact.many, fact.count, parts)


def who_write_first(drawn: Draw, so_far: Mapping[str, int], people: Mapping[str, Participant]) -> list[Participant]:
    """One person of each group: whoever has written first least often, between equals by the round's lot."""
    hosted = {key: so_far.get(person.id, 0) for key, person in people.items()}
    chosen = matching.hosts(drawn.matching.groups, hosted, matching.Lot(drawn.matching.seed).stream("hosts"))
    return [people[key] for key in chosen]
