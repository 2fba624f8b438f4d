"""A provider that drops repeats by a header of its own gets that header: the same at every try, and never torn."""

import email

import pytest

from emails import Accepted, Frame, Message, UnsafeMessage, from_url, introduction, to_bytes, to_envelope
from tests.emails import samples
from tests.emails.faults.test_every_verb import patience
from tests.emails.raw_server import RawServer

NAME = "Resend-Idempotency-Key"
KEY = "prog_2k5/2026-W48/introduction/part_7h3"


def with_header(name: str = NAME, value: str = KEY) -> Frame:
    return samples.frame(headers=((name, value),))


def a_mail(frame: Frame) -> Message:
    return introduction(frame, samples.introduction_facts())


def test_the_header_stands_once_in_one_line_as_it_was_configured() -> None:
    data = to_bytes(a_mail(with_header()))
    assert data.count(f"\r\n{NAME}: {KEY}\r\n".encode()) == 1
    assert email.message_from_bytes(data).get_all(NAME) == [KEY]


def test_without_a_setting_there_is_no_header() -> None:
    assert NAME.encode() not in to_bytes(a_mail(samples.frame()))


def test_every_try_has_the_same_key_and_two_mails_have_two() -> None:
    first, again = to_bytes(a_mail(with_header())), to_bytes(a_mail(with_header()))
    assert first == again
    assert first != to_bytes(a_mail(with_header(value=KEY + "x")))


@pytest.mark.parametrize("key", ["k", "k" * 255, "prog/2026-W48/introduction/sam@example.org", '"quoted"', "a b"])
def test_keys_of_every_shape_arrive_whole_at_the_server(key: str) -> None:
    with RawServer() as server:
        with from_url(f"smtp://127.0.0.1:{server.port}?starttls=off", timeouts=patience()).open() as connection:
            answer = connection.send(to_envelope(a_mail(with_header(value=key))), lambda: None)
        assert isinstance(answer, Accepted)
        (arrived,) = server.messages
    assert email.message_from_bytes(arrived)[NAME] == key


@pytest.mark.parametrize("key", ["", " ", "a\r\nBcc: v@x.example.org", "a\nb", "grün@example.org", "a\0b", "k" * 2000])
def test_a_key_that_cannot_stand_in_a_header_stops_the_mail(key: str) -> None:
    with pytest.raises(UnsafeMessage):
        to_bytes(a_mail(with_header(value=key)))


@pytest.mark.parametrize("name", ["", "A B", "X:", "Grün", "From", "subject", "Message-ID", "Content-Type", "X\r\nBcc"])
def test_a_name_that_is_taken_or_none_stops_the_mail(name: str) -> None:
    with pytest.raises(UnsafeMessage):
        to_bytes(a_mail(with_header(name=name)))
