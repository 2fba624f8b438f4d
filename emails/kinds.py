"""Kinds of conversation: how long one is, what to begin with, and what is asked afterwards.

To add a kind (mentoring, coaching, job shadowing, after an event, after a course): one more `Kind` below, with every
word its own, and its name in `KINDS`. Introductions, calendar drafts and pages read all of it from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from emails.sentences import phrase


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
    """One kind of conversation. `lead` is the sentence above its shape, without its full stop; `plenty` the same as a
    whole sentence. Every word is a `phrase`, so that it can be translated.
    """

    name: str
    lead: str
    plenty: str
    shape: Shape
    levels: tuple[Level, ...]
    questions: Questions

    @property
    def prompts(self) -> tuple[str, ...]:
        """One of each level, for a mail."""
        return tuple(level.prompts[0] for level in self.levels)


COFFEE = Kind(
    name="coffee",
    lead=phrase("Thirty minutes is plenty"),
    plenty=phrase("Thirty minutes is plenty for a good conversation."),
    shape=Shape(minutes=30, hello=5, next=5),
    levels=(
        Level(
            phrase("To begin with"),
            (
                phrase("What is going well for you at the moment?"),
                phrase("How did you come to do what you do?"),
                phrase("What does a good day look like for you?"),
            ),
        ),
        Level(
            phrase("One step deeper than the weather"),
            (
                phrase("What are you stuck on, or wondering about?"),
                phrase("What do you know now that you would have liked to know a year ago?"),
                phrase("What do people often get wrong about your work?"),
            ),
        ),
        Level(
            phrase("When you feel at ease"),
            (
                phrase("Who or what here should more people know about?"),
                phrase("What would you change here, if it were up to you?"),
                phrase("What would you like to be asked more often?"),
            ),
        ),
    ),
    questions=Questions(
        worth=phrase("Was it worth your time?"),
        worth_words=(phrase("Very much"), phrase("Yes"), phrase("So so"), phrase("Hardly"), phrase("No")),
        known=phrase("Had you met before?"),
        helped=phrase("Did you get or give help?"),
        learnt=phrase("One thing I learnt"),
        will_try=phrase("One thing I will try"),
    ),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (COFFEE,)}
"""Every kind by its name."""
