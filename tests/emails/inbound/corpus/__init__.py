# ruff: noqa: E501 - words of servers stand on one line, as they come
"""Reports written by us after real shapes, and what each of them is.

Every address is an example's; every shape follows what its system is known to send. `every_case(tag)` makes them all for
one tag: those of `named` must lead to the mail of that tag, the others to none.
"""

from collections.abc import Iterator

from tests.emails.inbound.corpus import complaints, hostile, odd, replies, systems, worldwide
from tests.emails.inbound.corpus.shapes import Case, Sheet

TAG = "abcdefghijklmnopqrstuvwxyz234567abcdefghij"


def every_case(tag: str = TAG, person: str = "sam@example.org") -> Iterator[Case]:
    """All reports about the mail of `tag`, which went to `person`."""
    sheet = Sheet(tag, person)
    for part in (systems, worldwide, odd, complaints, replies, hostile):
        yield from part.cases(sheet)


__all__ = ["TAG", "Case", "every_case"]
