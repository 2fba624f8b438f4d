"""The times of the week that everybody is offered. They are kept in English, so that people who read different
languages share them, and are said in the language of whoever looks.
"""

from collections.abc import Mapping, Sequence

from app.files.names import folded
from emails import Phrase, phrase

WEEK: Mapping[Phrase, Sequence[tuple[Phrase, Phrase]]] = {
    phrase("Monday"): (
        (phrase("Monday morning"), phrase("morning")),
        (phrase("Monday lunch"), phrase("lunch")),
        (phrase("Monday afternoon"), phrase("afternoon")),
    ),
    phrase("Tuesday"): (
        (phrase("Tuesday morning"), phrase("morning")),
        (phrase("Tuesday lunch"), phrase("lunch")),
        (phrase("Tuesday afternoon"), phrase("afternoon")),
    ),
    phrase("Wednesday"): (
        (phrase("Wednesday morning"), phrase("morning")),
        (phrase("Wednesday lunch"), phrase("lunch")),
        (phrase("Wednesday afternoon"), phrase("afternoon")),
    ),
    phrase("Thursday"): (
        (phrase("Thursday morning"), phrase("morning")),
        (phrase("Thursday lunch"), phrase("lunch")),
        (phrase("Thursday afternoon"), phrase("afternoon")),
    ),
    phrase("Friday"): (
        (phrase("Friday morning"), phrase("morning")),
        (phrase("Friday lunch"), phrase("lunch")),
        (phrase("Friday afternoon"), phrase("afternoon")),
    ),
}
"""Each day with its times: as they are kept, and what they are called where the day is named already."""

USUAL = {str(time): time for parts in WEEK.values() for time, _ in parts}
_BY_KEY = {folded(name): time for name, time in USUAL.items()}


def said(text: str) -> str:
    """A time that somebody chose, as its reader should see it: ours in their language, others as they were typed."""
    return _BY_KEY.get(folded(" ".join(text.split())), text)
