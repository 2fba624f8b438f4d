"""Every norm of section 5.1 has its tests, every kind of mail is in the corpus."""

import inspect
import re
from pathlib import Path

import emails
from emails import Message, messages
from tests.emails import samples
from tests.emails.norms import corpus

NORMS = {f"e{number}" for number in range(1, 30)}


def named_in(path: Path) -> set[str]:
    return set(re.findall(r"^def test_(e\d+)_", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_norm_has_a_test_that_bears_its_number() -> None:
    here = {norm for path in Path(__file__).parent.glob("test_*.py") for norm in named_in(path)}
    assert here == NORMS


def test_every_kind_of_mail_is_in_the_corpus() -> None:
    builders = {
        name
        for name, one in inspect.getmembers(messages, inspect.isfunction)
        if not name.startswith("_") and inspect.signature(one).return_annotation in (Message, "Message")
    }
    assert builders
    assert {corpus.letter(example).message.kind for example in samples.KINDS} == builders
    assert builders <= set(dir(emails))


def test_the_corpus_has_every_name_and_address_with_every_kind() -> None:
    for example in samples.KINDS:
        names, addresses = zip(*corpus.pairs(example), strict=True)
        assert set(names) == set(corpus.NAMES)
        assert set(addresses) == set(corpus.ADDRESSES)
    assert len(set(corpus.NAMES)) >= 40
    assert len(set(corpus.ADDRESSES)) >= 30
