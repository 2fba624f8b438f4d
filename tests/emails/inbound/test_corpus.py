"""Every report of the corpus: the right kind, the right mail, never a false hard one, and never too long."""

import time
from collections import Counter

import pytest

from emails import inbound
from emails.inbound import Report
from tests.emails.inbound.corpus import TAG, Case, every_case, hostile
from tests.emails.inbound.corpus.shapes import Sheet

CASES = list(every_case())
SHEET = Sheet(TAG, "sam@example.org")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_report_is_understood(case: Case) -> None:
    told = inbound.read(case.data, case.to)
    assert (told.kind, told.status, told.recipient_hint) == (case.kind, case.status, case.hint)
    assert (told.tag == TAG) is case.named


def test_the_corpus_is_large_and_of_every_kind() -> None:
    kinds = Counter(case.kind for case in CASES)
    assert len({case.name for case in CASES}) == len(CASES) >= 60
    assert set(kinds) == {"hard", "soft", "complaint", "auto_reply", "delayed", "delivered", "nothing"}
    assert sum(case.name.startswith("vacation") for case in CASES) >= 12


@pytest.mark.parametrize("name", hostile.bombs(SHEET))
def test_a_bomb_ends_in_time(name: str) -> None:
    data = hostile.bombs(SHEET)[name]
    began = time.process_time()
    inbound.read(data)
    assert time.process_time() - began < inbound.SECONDS


@pytest.mark.parametrize("name", hostile.bombs(SHEET))
def test_a_bomb_from_a_mail_system_ends_in_time_too(name: str) -> None:
    data = hostile.bombs(SHEET)[name].replace(b"From: x@", b"Return-Path: <>\r\nFrom: mailer-daemon@", 1)
    began = time.process_time()
    inbound.read(data)
    assert time.process_time() - began < inbound.SECONDS


def test_whatever_is_torn_off_nothing_is_raised_and_nothing_becomes_graver() -> None:
    grave = {"hard": 2, "complaint": 2, "soft": 1}
    for case in CASES:
        if len(case.data) < 8_000:
            for end in range(0, len(case.data), 97):
                told = inbound.read(case.data[:end])
                assert grave.get(told.kind, 0) <= max(grave.get(case.kind, 0), 1), (case.name, end)


def test_what_comes_after_a_mebibyte_is_not_looked_at() -> None:
    told = inbound.read(b"From: sam@example.org\n\n" + b"x" * inbound.LARGEST + f"\n+{TAG}@".encode())
    assert told == Report("nothing")
