"""Kinds of conversation: how long one is, what to begin with, and what is asked afterwards.

To add a kind (mentoring, coaching, job shadowing, after an event, after a course): one more `Kind` below, with every
word its own, and its name in `KINDS`. Introductions, calendar drafts and pages read all of it from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """Questions to begin with that go equally deep; the first of them is the one that fits into a mail."""

    name: str
    prompts: tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """How the minutes of a conversation may be spent: hello, each one's question, what comes next."""

    minutes: int
    hello: int
    next: int

    def each(self, people: int) -> int:
        """The minutes for the question of each one."""
        return (self.minutes - self.hello - self.next) // people


@dataclass(frozen=True)
class Questions:
    """What is asked when it has been, after "did you meet?". `worth` names the five answers, the best first."""

    worth: str
    worth_words: tuple[str, str, str, str, str]
    known: str
    helped: str
    learnt: str
    will_try: str


@dataclass(frozen=True)
class Kind:
    """One kind of conversation. `lead` is the sentence above its shape."""

    name: str
    lead: str
    shape: Shape
    levels: tuple[Level, ...]
    questions: Questions

    @property
    def prompts(self) -> tuple[str, ...]:
        """One of each level, for a mail."""
        return tuple(level.prompts[0] for level in self.levels)


COFFEE = Kind(
    name="coffee",
    lead="Thirty minutes is plenty",
    shape=Shape(minutes=30, hello=5, next=5),
    levels=(
        Level(
            "To begin with",
            (
                "What is going well for you at the moment?",
                "How did you come to do what you do?",
                "What does a good day look like for you?",
            ),
        ),
        Level(
            "One step deeper than the weather",
            (
                "What are you stuck on, or wondering about?",
                "What do you know now that you would have liked to know a year ago?",
                "What do people often get wrong about your work?",
            ),
        ),
        Level(
            "When you feel at ease",
            (
                "Who or what here should more people know about?",
                "What would you change here, if it were up to you?",
                "What would you like to be asked more often?",
            ),
        ),
    ),
    questions=Questions(
        worth="Was it worth your time?",
        worth_words=("Very much", "Yes", "So so", "Hardly", "No"),
        known="Had you met before?",
        helped="Did you get or give help?",
        learnt="One thing I learnt",
        will_try="One thing I will try",
    ),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (COFFEE,)}
"""Every kind by its name."""
