"""Which addresses are accepted, and when two spellings are one person."""

import email_validator
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.files.addresses import Address, canonical_key, parse_address
from app.files.verdicts import Problem

EXAMPLE = "Write it like name@example.org."


@pytest.mark.parametrize(
    ("typed", "mailbox", "key"),
    [
        ("ann@example.org", "ann@example.org", "ann@example.org"),
        ("  Ann.Lee@Example.ORG ", "Ann.Lee@example.org", "ann.lee@example.org"),
        ("ann+coffee@example.org", "ann+coffee@example.org", "ann+coffee@example.org"),
        ("o'neil@example.org", "o'neil@example.org", "o'neil@example.org"),
        ("=cmd@example.org", "=cmd@example.org", "=cmd@example.org"),
        ("member0000@institute.example", "member0000@institute.example", "member0000@institute.example"),
        ("Ann@MÜNCHEN.example.org", "Ann@xn--mnchen-3ya.example.org", "ann@xn--mnchen-3ya.example.org"),
        ("ann@xn--mnchen-3ya.example.org", "ann@xn--mnchen-3ya.example.org", "ann@xn--mnchen-3ya.example.org"),
        ("用户@例子.中国", "用户@xn--fsqu00a.xn--fiqs8s", "用户@xn--fsqu00a.xn--fiqs8s"),
        ("A" * 64 + "@example.org", "A" * 64 + "@example.org", "a" * 64 + "@example.org"),
    ],
)
def test_a_well_formed_address_keeps_its_spelling_and_gets_a_key(typed, mailbox, key):
    assert parse_address(typed) == Address(typed.strip(), mailbox, key)


@pytest.mark.parametrize(
    ("typed", "problem", "remedy"),
    [
        ("", "The e-mail address is missing.", EXAMPLE),
        ("   ", "The e-mail address is missing.", EXAMPLE),
        ("foo", '"foo" is not an e-mail address.', EXAMPLE),
        (
            "foo@",
            '"foo@" is not an e-mail address: there must be something after the @-sign.',
            EXAMPLE,
        ),
        (
            "a@@example.org",
            "\"a@@example.org\" is not an e-mail address: the part after the @-sign contains invalid characters: '@'.",
            EXAMPLE,
        ),
        (
            "ann lee@example.org",
            '"ann lee@example.org" is not an e-mail address: it contains invalid characters before the @-sign: SPACE.',
            EXAMPLE,
        ),
        (
            "Ann <ann@example.org>",
            '"Ann <ann@example.org>" is more than an e-mail address.',
            "Write it alone, without name and angle brackets.",
        ),
        (
            '"ann lee"@example.org',
            '""ann lee"@example.org" is not an e-mail address: quoting the part before the @-sign is not allowed here.',
            EXAMPLE,
        ),
        (
            "ann@[127.0.0.1]",
            '"ann@[127.0.0.1]" is not an e-mail address: a bracketed IP address after the @-sign is not allowed here.',
            EXAMPLE,
        ),
        (
            "ann@localhost",
            '"ann@localhost" is not an e-mail address: '
            "the part after the @-sign is not valid. It should have a period.",
            EXAMPLE,
        ),
        (
            "ann@office.test",
            '"ann@office.test" is not an e-mail address: the part after the @-sign is a special-use or reserved name '
            "that cannot be used with email.",
            EXAMPLE,
        ),
        (
            "ann\0@example.org",
            '"ann\\x00@example.org" is not an e-mail address: '
            "it contains invalid characters before the @-sign: U+0000.",
            EXAMPLE,
        ),
        (
            "ann\r\nBcc:eve@example.org",
            '"ann\\r\\nBcc:eve@example.org" is not an e-mail address: '
            "it contains invalid characters before the @-sign: ':', U+000A, U+000D.",
            EXAMPLE,
        ),
        (
            "x" * 65 + "@example.org",
            f'"{"x" * 60}…" has more than 64 octets before the @.',
            "Write a shorter address.",
        ),
        (
            "ü" * 33 + "@example.org",
            f'"{"ü" * 33}@example.org" has more than 64 octets before the @.',
            "Write a shorter address.",
        ),
        ("a@" + "b" * 300 + ".org", f'"a@{"b" * 58}…" has 306 characters.', "An e-mail address has at most 254."),
    ],
)
def test_a_malformed_address_is_refused_with_its_reason(typed, problem, remedy):
    assert parse_address(typed) == Problem(problem, remedy)


def test_an_address_of_254_octets_passes_and_one_of_255_does_not():
    domain = ".".join(["d" * 61, "e" * 61, "f" * 61, "example"])
    address = f"{'a' * (254 - 1 - len(domain))}@{domain}"
    assert isinstance(parse_address(address), Address)
    assert isinstance(parse_address(f"a{address}"), Problem)


def test_a_domain_that_grows_too_long_as_a_label_is_refused():
    assert isinstance(parse_address("a@" + ".".join(["ü" * 10] * 20) + ".example"), Problem)


def test_a_half_character_is_refused_and_not_a_crash():
    assert isinstance(parse_address("ann\ud800@example.org"), Problem)
    assert isinstance(parse_address("ann@exa\udc80mple.org"), Problem)


def test_only_a_local_part_beyond_ascii_needs_smtputf8():
    beyond = parse_address("用户@example.org")
    domain_only = parse_address("ann@münchen.example.org")
    assert isinstance(beyond, Address)
    assert isinstance(domain_only, Address)
    assert (beyond.needs_smtputf8, domain_only.needs_smtputf8) == (True, False)


def test_global_defaults_of_the_validator_do_not_reach_us(monkeypatch):
    monkeypatch.setattr(email_validator, "TEST_ENVIRONMENT", True)
    monkeypatch.setattr(email_validator, "ALLOW_QUOTED_LOCAL", True)
    assert isinstance(parse_address("ann@fresh-office.test"), Problem)
    assert isinstance(parse_address('"ann lee"@example.org'), Problem)


def test_two_spellings_are_one_person():
    spellings = ["José@MÜNCHEN.example.org", "jose\u0301@xn--mnchen-3ya.example.org", " JOSÉ@mu\u0308nchen.Example.org"]
    assert {canonical_key(spelling) for spelling in spellings} == {"josé@xn--mnchen-3ya.example.org"}


def test_a_sharp_s_in_a_domain_is_its_own_letter():
    assert canonical_key("Ann@Straße.example.org") == "ann@xn--strae-oqa.example.org"


def test_tags_are_different_people():
    assert canonical_key("ann+a@example.org") != canonical_key("ann@example.org")


@given(st.text())
def test_the_key_of_a_key_is_the_key(text):
    assert canonical_key(canonical_key(text)) == canonical_key(text)


@given(st.text(max_size=10), st.text(max_size=20))
def test_the_key_of_a_key_is_the_key_around_an_at_sign(local, domain):
    key = canonical_key(f"{local}@{domain}")
    assert canonical_key(key) == key


@given(st.one_of(st.text(), st.emails(), st.builds("{}@{}.example".format, st.text(), st.text())))
def test_any_text_is_an_address_or_a_problem_and_an_accepted_one_agrees_with_its_key(text):
    answer = parse_address(text)
    if isinstance(answer, Address):
        assert answer.key == canonical_key(text) == canonical_key(answer.mailbox)
        assert len(answer.mailbox.encode()) <= 254
        assert parse_address(answer.mailbox) == Address(answer.mailbox, answer.mailbox, answer.key)
    else:
        assert answer.problem.isprintable()
