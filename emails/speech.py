"""Teaches a Jinja environment one language: `_()`, and phrases, days and numbers that are printed.

Every part that is put into a message is made harmless like everything else that a template prints.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import jinja2
from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context
from markupsafe import Markup

from emails.languages import Language
from emails.sentences import Phrase


class OurLink(str):
    """A URL or an address, or a text that we have made harmless, which may be shown as it is."""


def teach(environment: jinja2.Environment, language: Language, harmless: Callable[[Any], Any]) -> None:
    """Make everything that the environment renders speak `language`. `harmless` has the last word on what is printed.

    Templates have `_`, `ngettext` (whose count is `%(num)s`), and the filters `say`, `day`, `date`, `weekday`,
    `moment`, `stamp`, `period`, `listing`, `number`, `bdi` (a text of somebody's that may run the other way; plain in
    plain text), and `names` (several of those, as a list).
    """

    @cache
    def whole(message: str, escaped: bool) -> str:
        """A message without parts is the same each time."""
        text = language.text(message) % ()
        return Markup(text) if escaped else OurLink(text)  # noqa: S704 - our own message

    def finished(context: EvalContext, text: str, parts: dict[str, Any]) -> str:
        ours = (OurLink, Markup)
        said = {name: part if type(part) in ours else harmless(language.say(part)) for name, part in parts.items()}
        if context.autoescape:
            return Markup(text) % said  # noqa: S704 - our own message; Markup escapes the parts
        return OurLink(text % said)

    @pass_eval_context
    def one(context: EvalContext, message: str, **parts: Any) -> str:
        if not parts:
            return whole(message, bool(context.autoescape))
        return finished(context, language.text(message), parts)

    @pass_eval_context
    def some(context: EvalContext, message: str, many: str, count: int, **parts: Any) -> str:
        return finished(context, language.texts(message, many, count), {"num": count} | parts)

    @pass_eval_context
    def isolated(context: EvalContext, text: str) -> str:
        said = harmless(language.say(text))
        return Markup("<bdi>%s</bdi>") % said if context.autoescape else OurLink(said)

    @pass_eval_context
    def named(context: EvalContext, names: Sequence[str]) -> str:
        said = language.listing([isolated(context, name) for name in names])
        return Markup(said) if context.autoescape else OurLink(said)  # noqa: S704 - each name is escaped by itself

    environment.finalize = lambda value: harmless(language.say(value) if isinstance(value, Phrase) else value)
    environment.globals |= {"_": one, "ngettext": some, "language": language}
    environment.filters |= {
        "say": language.say,
        "day": language.day,
        "date": language.in_full,
        "weekday": language.weekday,
        "moment": language.moment,
        "period": language.period,
        "stamp": language.stamp,
        "listing": language.listing,
        "number": language.number,
        "bdi": isolated,
        "names": named,
    }
