"""The languages of pages: which are there, and which of them a browser would like best."""

import re
from collections.abc import Sequence
from pathlib import Path

import emails
from emails import ACCENTED, CATALOGUES, ENGLISH, MIRRORED, Language

FOLDERS = (Path(__file__).parent / "catalogues", CATALOGUES)
"""Where pages find their words: their own, and those of the mails, which some of them show."""

_WISH = re.compile(r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)(?:;q=([01](?:\.\d{0,3})?))?")
_MOST_WISHES = 20


def known() -> list[str]:
    """Every language that can be offered; the last two are made, for trying out."""
    return [ENGLISH, *emails.written(*FOLDERS), ACCENTED, MIRRORED]


def speaks(tag: str) -> Language:
    """The language of a page."""
    return emails.language(tag, *FOLDERS)


def best(accepted: str, offered: Sequence[str]) -> str:
    """The one of the languages offered that the header Accept-Language likes best (RFC 9110 12.5.4, looked up as in
    RFC 4647 3.4: `de-AT` is content with `de`), or else the first.
    """
    wishes = [_WISH.fullmatch("".join(wish.split())) for wish in accepted.split(",")[:_MOST_WISHES]]
    weighed = [(float(wish[2] or 1), wish[1].casefold()) for wish in wishes if wish]
    names = {tag.casefold(): tag for tag in reversed(offered)}
    for weight, name in sorted(weighed, key=lambda wish: -wish[0]):
        if weight == 0:
            continue
        while name:
            if name in names:
                return names[name]
            name = name.rpartition("-")[0]
    return offered[0]
