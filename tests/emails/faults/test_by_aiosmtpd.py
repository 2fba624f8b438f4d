"""The table once more, as far as a real mail server can be made to play it: the same words for the same faults."""

import pytest

from emails import CannotConnect, Timeouts, from_url
from tests.emails.faults.table import CODES, cells, class_of
from tests.emails.faults.test_every_verb import patience
from tests.emails.talk import LETTER
from tests.rig.smtp import ACCEPT, ACCEPT_AND_DROP, DROP, HANG, SmtpSink

PLAYED = {code: f"{code} no" for code in CODES} | {"close": DROP, "hang": HANG}
CELLS = [cell for cell in cells() if cell[0] in ("EHLO", "MAIL", "RCPT", "DATA", "DOT") and cell[1] in PLAYED]
# Without TLS and login, a server that knows no EHLO is asked once more by HELO, and that is good enough.
HELO_WILL_DO = [("EHLO", code) for code in CODES if code.startswith("5")]


def outcome_of(sink: SmtpSink, verb: str, fault: str) -> str:
    timeouts = patience()

    def watch(step: str) -> None:
        if fault == "hang" and step == f"before {verb}":
            timeouts.hurry()

    try:
        with from_url(sink.url, timeouts=timeouts, watch=watch).open() as connection:
            return class_of(connection.send(LETTER, lambda: None))
    except CannotConnect as refusal:
        return class_of(refusal)


@pytest.mark.parametrize(("verb", "fault", "expected"), CELLS, ids=lambda value: value)
def test_the_table_holds(verb: str, fault: str, expected: str) -> None:
    with SmtpSink(script={verb: {"*": [PLAYED[fault]]}}) as sink:
        outcome = outcome_of(sink, verb, fault)
        assert outcome == ("sent" if (verb, fault) in HELO_WILL_DO else expected)
        assert len(sink.messages) == (outcome == "sent")
        if outcome == "held":
            return
        assert outcome_of(sink, "", "") == "sent", "the next try arrives"
        assert len(sink.messages) == 1 + (outcome == "sent")


def test_a_server_that_takes_the_mail_and_goes_without_a_word_leaves_it_held() -> None:
    with SmtpSink(script={"DOT": {"*": [ACCEPT_AND_DROP, ACCEPT]}}) as sink:
        assert outcome_of(sink, "DOT", "close") == "held"
        assert len(sink.messages) == 1


@pytest.mark.parametrize("tls", ["off", "starttls", "implicit"])
def test_a_wrong_password_is_a_wrong_setting_also_where_several_ways_to_sign_in_are_offered(tls: str) -> None:
    with SmtpSink(tls=tls, login=("coffee", "s3cret")) as sink:
        url = sink.url.replace("s3cret", "wrong")
        url += f"{'&' if '?' in url else '?'}ca={sink.ca_file}" if tls != "off" else ""
        with (
            pytest.raises(CannotConnect) as caught,
            from_url(url, timeouts=Timeouts(command=20, connect=20)).open(),
        ):
            pass
        assert (class_of(caught.value), caught.value.verb, caught.value.code) == ("wrong", "AUTH", 535)
        assert sink.messages == []
