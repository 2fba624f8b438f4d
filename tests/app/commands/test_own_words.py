"""`coffee round words`: the same here and on a remote service; and the words of a programme."""

import pytest

from tests.app.commands.conftest import Shell
from tests.app.commands.test_adjusting import ON_SQLITE, ROUND, opened

HELLO = "Hello {name}, meet {others}."


@ON_SQLITE
def test_words_of_a_round_are_changed_here_and_there_alike(filled: Shell, there: str) -> None:
    opened(filled)
    here = filled("round", "words", *ROUND, "--json")
    assert here.json == filled("round", "words", *ROUND, "--json", "--url", there).json
    said = filled("round", "words", *ROUND, "--opening", HELLO, "--url", there, "--json").json
    assert (said["intro_opening"], said["intro_closing"]) == (HELLO, "")
    said = filled("round", "words", *ROUND, "--closing", "Bye", "--json").json
    assert (said["intro_opening"], said["intro_closing"]) == (HELLO, "Bye")
    shown = filled("round", "words", *ROUND).out
    for words in (HELLO, "for this round alone", "{others}: whom they meet, by name"):
        assert words in shown
    back = filled("round", "words", *ROUND, "--from-programme", "--json").json
    assert (back["intro_opening"], back["intro_closing"]) == ("", "")
    assert "(ours)" in filled("round", "words", *ROUND).out
    assert filled("round", "adjust", *ROUND, "--undo").code == 0
    assert filled("round", "words", *ROUND, "--json").json["intro_closing"] == "Bye"


@ON_SQLITE
@pytest.mark.parametrize("away", [False, True])
def test_what_cannot_be_used_is_said_and_what_was_seen_is_heeded(filled: Shell, there: str, away: bool) -> None:
    opened(filled)
    url = ("--url", there) if away else ()
    wrong = filled("round", "words", *ROUND, "--opening", "Hello {frist_name}", *url)
    assert wrong.code == 2
    assert "“{frist_name}” is no placeholder." in wrong.err
    stale = filled("round", "words", *ROUND, "--opening", HELLO, "--seen", "0" * 32, *url)
    assert (stale.code, stale.err) == (1, "It has changed since you looked. Look again, then decide.\n")
    both = filled("round", "words", *ROUND, "--opening", HELLO, "--from-programme", *url)
    assert both.code == 2
    long = filled("round", "words", *ROUND, "--opening", "x" * 601, *url)
    assert (long.code, "Use at most 600 letters." in long.err) == (2, True)


@ON_SQLITE
def test_words_of_a_programme_are_taken_over_by_its_next_round(filled: Shell, there: str) -> None:
    assert "(ours)" in filled("programme", "words", "eu").out
    said = filled("programme", "words", "eu", "--opening", HELLO, "--json").json
    away = filled("programme", "words", "eu", "--closing", "Bye", "--json", "--url", there).json
    assert (said["intro_opening"], away["intro_opening"], away["intro_closing"]) == (HELLO, HELLO, "Bye")
    assert filled("programme", "words", "eu", "--json").json == away
    assert HELLO in filled("programme", "words", "eu", "--url", there).out
    wrong = filled("programme", "words", "eu", "--closing", "{", "--json")
    assert (wrong.code, wrong.err.startswith("intro_closing: “{” is opened by a brace")) == (2, True)
    opened(filled)
    assert filled("round", "words", *ROUND, "--json").json["intro_opening"] == HELLO


@ON_SQLITE
def test_the_subject_is_one_of_the_words_here_and_there(filled: Shell, there: str) -> None:
    subject = "Coffee with {others}"
    assert filled("programme", "words", "eu", "--subject", subject, "--json").json["intro_subject"] == subject
    opened(filled)
    assert subject in filled("round", "words", *ROUND, "--url", there).out
    tea = ("--subject", "Tea with {others}", "--json", "--url", there)
    assert filled("round", "words", *ROUND, *tea).json["intro_subject"] == "Tea with {others}"
    back = filled("round", "words", *ROUND, "--from-programme", "--json").json
    assert (back["intro_subject"], back["programme"]["intro_subject"]) == (subject, subject)
    for url in ((), ("--url", there)):
        wrong = filled("round", "words", *ROUND, "--subject", "Meet\nBcc: all@example.org", *url)
        assert (wrong.code, "There is more than one line in it." in wrong.err) == (2, True)
    assert filled("round", "words", *ROUND, "--subject", "", "--json").json["intro_subject"] == ""
