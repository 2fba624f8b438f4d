"""Setting a programme up, as five tasks in any order: what each is about, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.models import Programme
from app.services import rule_costs
from emails import phrase

Standing = Literal["done", "default", "todo"]


@dataclass(frozen=True, slots=True)
class Task:
    """A page of its own with the facts that it asks for; `needed` are the words for what cannot be left empty."""

    name: str
    title: str
    facts: tuple[str, ...]
    needed: Mapping[str, str]

    def standing(self, programme: Programme) -> Standing:
        """Done when something was said; by default what nobody has changed."""
        if self.name == "purpose":
            return "done" if programme.purpose and programme.success else "todo"
        fresh = Programme(slug="", name="", organisation_id="", created_at=programme.created_at)
        same = all(getattr(programme, fact) == getattr(fresh, fact) for fact in self.facts)
        return "default" if same else "done"


PURPOSE = Task(
    "purpose",
    phrase("Purpose and success"),
    ("name", "purpose", "success"),
    {
        "name": phrase("Enter what people will call it."),
        "purpose": phrase("Enter what it is for, in a sentence or two."),
        "success": phrase("Enter by what you would know that it has worked."),
    },
)
PEOPLE = Task("people", phrase("People"), ("invitation_only", "domains", "opens_on", "capacity"), {})
RHYTHM = Task(
    "rhythm",
    phrase("Rhythm"),
    (
        *("draw_every", "next_draw_on", "pauses", "sends_itself", "rhythm", "time_zone"),
        *("announce_before", "remind_after", "check_in_after", "check_in_again_after", "outcome_after"),
        *("hold_after", "welcome_back", "mails_a_round", "mail_from_hour", "mail_until_hour"),
    ),
    {},
)
RULES = Task(
    "rules",
    phrase("Rules"),
    rule_costs.RULES,
    {},
)
WORDS = Task(
    "words",
    phrase("Words"),
    (
        *("contact_name", "contact_email", "sponsor_name", "sponsor_role", "sponsor_words", "sponsor_email"),
        *("intro_subject", "intro_opening", "intro_closing", "safe_name", "safe_email", "conduct", "controller"),
    ),
    {},
)
TASKS: Mapping[str, Task] = {task.name: task for task in (PURPOSE, PEOPLE, RHYTHM, RULES, WORDS)}


def publishable(programme: Programme) -> bool:
    """Whether people can be let in: everything but the first task has a default."""
    return PURPOSE.standing(programme) == "done"
