"""Norms on mail that comes in (E11, E23, E24): no module reads such mail unless they are tested.

The tests themselves stand beside the reader; here it is watched that they are there.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OUR_OWN_BYTES = {"emails/mime.py", "app/web/caught.py"}  # the guard and the demo's catcher: both read what we wrote
TESTED_BY = {  # a file, and a word in it that goes when the norm is tested there no more
    "E11": ("tests/emails/inbound/corpus/replies.py", "auto_reply"),
    "E23": ("tests/emails/inbound/corpus/complaints.py", "complaint"),
    "E24": ("tests/emails/inbound/test_corpus.py", "bomb"),
}
LIBRARIES = {"imaplib", "poplib", "mailparser", "flufl", "aiosmtpd"}
PARSERS = re.compile(r"\b(message_from_(bytes|binary_file|string|file)|BytesParser|BytesFeedParser|FeedParser)\b")


@cache
def readers(root: Path) -> set[str]:
    """The modules of the service that fetch or parse mails of others."""
    found = set()
    for path in [*root.glob("app/**/*.py"), *root.glob("emails/**/*.py")]:
        source = path.read_text(encoding="utf-8")
        nodes = list(ast.walk(ast.parse(source)))
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        if {name.partition(".")[0] for name in names} & LIBRARIES or PARSERS.search(source):
            found.add(path.relative_to(root).as_posix())
    return found - OUR_OWN_BYTES


def held(norm: str) -> None:
    """Fails where mail is read from outside and what tests the norm is not there."""
    found, (path, word) = readers(ROOT), TESTED_BY[norm]
    tested = (ROOT / path).is_file() and word in (ROOT / path).read_text(encoding="utf-8")
    assert not found or tested, f"{', '.join(sorted(found))} reads mail from outside, and nothing tests {norm}"


def test_e11_automatic_replies_count_for_nothing() -> None:
    held("E11")


def test_e23_a_complaint_is_a_wish_to_leave() -> None:
    held("E23")


def test_e24_what_comes_in_is_not_trusted() -> None:
    held("E24")


@pytest.mark.parametrize(
    "line", ["import imaplib", "from email import message_from_bytes", "from flufl.bounce import x"]
)
def test_a_reader_of_mail_is_noticed(tmp_path: Path, line: str) -> None:
    (tmp_path / "app" / "inbound").mkdir(parents=True)
    (tmp_path / "app" / "inbound" / "mailbox.py").write_text(f"{line}\n")
    assert readers(tmp_path) == {"app/inbound/mailbox.py"}
