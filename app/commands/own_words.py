"""`coffee programme words` and `coffee round words`: the organisers' own words in introductions, of a programme, and of
one round before its approval.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.commands import programmes, rounds, terminal
from app.commands.failures import BAD, Stopped
from app.commands.options import AsJson, Slug, Url
from app.commands.rounds import Seen, Which

Facts = dict[str, Any]

Opening = Annotated[
    str | None, typer.Option("--opening", metavar="TEXT", help="Its first words, with {name}, {others} …; '' for ours.")
]
Closing = Annotated[str | None, typer.Option("--closing", metavar="TEXT", help="Its last words; '' for none.")]

Subject = Annotated[
    str | None, typer.Option("--subject", metavar="TEXT", help="Its subject, one line, with {others} …; '' for ours.")
]

NONE = {"intro_opening": "(ours)", "intro_closing": "(none)", "intro_subject": "(ours)"}


def of_programme(
    slug: Slug,
    opening: Opening = None,
    closing: Closing = None,
    subject: Subject = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """What the introductions of a programme say in your own words; with options, changed for rounds drawn from now on.

    Plain paragraphs with placeholders, as coffee round words lists them.
    """
    said = {"intro_opening": opening, "intro_closing": closing, "intro_subject": subject}
    given = {name: text for name, text in said.items() if text is not None}
    found = programmes.changed(url, slug, given) if given else programmes.found(url, slug)
    if as_json:
        terminal.answer(found)
        return
    terminal.table(("what", "words"), [(name, found[name] or NONE[name]) for name in said])


def of_round(
    which: Which,
    opening: Opening = None,
    closing: Closing = None,
    subject: Subject = None,
    from_programme: Annotated[
        bool, typer.Option("--from-programme", help="Take the words of the programme, as they are now.")
    ] = False,
    seen: Seen = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """What the introductions of a round say in your own words; with options, changed for this round alone.

    Plain paragraphs with placeholders. The approval freezes them; until then coffee round adjust --undo goes back.
    """
    given = {"intro_opening": opening, "intro_closing": closing, "intro_subject": subject}
    asked: Facts = {name: text for name, text in given.items() if text is not None}
    if from_programme and asked:
        raise Stopped(
            BAD, "--from-programme takes the words of the programme: leave --opening, --closing and --subject out."
        )
    if from_programme:
        asked = dict.fromkeys(given)
    with rounds.somewhere(url) as there:
        named = rounds.words(which)
        found = there.say(named, asked, seen) if asked else there.own_words(named)
    if as_json:
        terminal.answer(found)
        return
    terminal.table(("what", "words"), [(one, _shown(found, one)) for one in given])
    terminal.show("Placeholders:", *(f"  {{{name}}}: {stands}" for name, stands in found["placeholders"].items()))


def _shown(found: Facts, name: str) -> str:
    same = found[name] == found["programme"][name]
    return f"{found[name] or NONE[name]} {'– as in the programme' if same else '– for this round alone'}"
