"""A change of a programme tried out: what would be different, and what its rules would cost. Nothing is written.

It tells what the page for rules tells, by the same service: sums, of what organisers may read.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlmodel import Session

from app.api import shown
from app.api.answers import Answer, ProgrammeAnswer
from app.errors import Busy
from app.models import Programme
from app.queries import rounds as queries
from app.services import programmes as services
from app.services import rule_costs
from app.services.programmes import ProgrammeFacts
from app.services.rule_costs import Subject
from emails import Phrase


class FactChange(Answer):
    """A field of a programme that would say something else."""

    field: str
    before: Any
    after: Any


class RuleCosts(Answer):
    """What would come of today's people. What they keep to themselves is not counted in."""

    sum: str
    rules: Annotated[
        dict[str, list[str]],
        Field(description="What each rule does to it, by its field; `given` is whom organisers keep apart."),
    ]


class ProgrammeDryRun(Answer):
    """What a change of a programme would come to."""

    dry_run: bool
    programme: Annotated[ProgrammeAnswer, Field(description="As it would be.")]
    changes: list[FactChange]
    costs: Annotated[
        RuleCosts | None, Field(description="Null where no rule is named beside other fields, or it takes too long.")
    ]
    no_costs: Annotated[str, Field(description="Why it would take too long; else empty.")]


@dataclass(frozen=True, slots=True)
class Tried:
    """A programme as it is and as it would be, and what its rules are to be drawn from."""

    now: ProgrammeAnswer
    then: ProgrammeAnswer
    subject: Subject | Phrase | None


def read(session: Session, programme: Programme, facts: ProgrammeFacts, named: Collection[str], at: datetime) -> Tried:
    """Everything that a try needs. Rules are worked out where one of them is named, or nothing is. Raises BadInput."""
    wished = services.wished(programme, facts)
    subject: Subject | Phrase | None = None
    if not named or not set(rule_costs.RULES).isdisjoint(named):
        subject = rule_costs.read(session, programme, queries.policy_of(wished), at)
    return Tried(shown.programme(session, programme), shown.programme(session, wished), subject)


def told(tried: Tried) -> ProgrammeDryRun:
    """What would come of it; draws, and touches no database. Raises Busy while another's is worked out."""
    subject = tried.subject
    costs = None
    if isinstance(subject, Subject):
        found = rule_costs.costs(subject)
        if found is None:
            raise Busy(rule_costs.SOMEBODY_ELSE, rule_costs.SOON)
        costs = RuleCosts(sum=found.sum, rules={rule: [*lines] for rule, lines in found.of.items() if lines})
    was, would = tried.now.model_dump(mode="json"), tried.then.model_dump(mode="json")
    return ProgrammeDryRun(
        dry_run=True,
        programme=tried.then,
        changes=[
            FactChange(field=name, before=was[name], after=value) for name, value in would.items() if was[name] != value
        ],
        costs=costs,
        no_costs="" if isinstance(subject, Subject) or subject is None else subject,
    )
