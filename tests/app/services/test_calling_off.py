"""Cannot this time, or no answer: the others hear at once and kindly, may meet someone new, and nobody is blamed."""

import re
from datetime import date

import pytest

import emails
from app.models import MailKind, MailState, ProgrammeState, SuppressionReason
from app.queries import programmes as programme_queries
from app.services import suppression
from app.workflows import duties
from tests.app.bounced import rows
from tests.app.talking import Talk, partner, talk_of
from tests.factories import World, address_of

REMINDER, CHECK_IN = MailKind.REMINDER, MailKind.CHECK_IN
BLAME = re.compile(r"repl(?:y|ied)|no answer|not answer|silent|did not|failed", re.IGNORECASE)


@pytest.fixture
def talk(world: World) -> Talk:
    return talk_of(world, "ann", "bob")


def offered(mail: object) -> bool:
    return "someone_new" in mail.facts["links"]  # type: ignore[attr-defined]


# --- I cannot this time ----------------------------------------------------------------------------------------------


def test_the_other_is_told_at_once_in_one_mail_and_offered_someone_new(talk: Talk) -> None:
    for _ in range(3):
        assert talk.press("ann", "cannot")
    (mail,) = talk.told()
    assert (mail.recipient, mail.state, offered(mail)) == ("bob@example.org", MailState.READY, True)
    talk.world.deliver()
    letter = talk.letters_to("bob")[-1]
    for words in ("Your conversation with Ann is off", "Ann cannot meet", "nobody's fault", "Find me someone new"):
        assert words in letter
    assert not BLAME.search(talk.told()[0].answer or "")


def test_nobody_is_reminded_or_asked_about_it_afterwards(talk: Talk) -> None:
    talk.world.later(days=4, hours=1)
    duties.ask(talk.world.work)
    talk.press("ann", "cannot")
    assert talk.asked(REMINDER) == []
    talk.world.later(days=6)
    assert talk.asked(CHECK_IN) == []


def test_taken_back_before_it_left_the_other_never_hears_of_it(talk: Talk) -> None:
    talk.press("ann", "cannot")
    talk.press("ann", "can")
    talk.world.deliver()
    assert (talk.told(), talk.place("ann").cannot_since) == ([], None)
    talk.world.later(days=4, hours=1)
    assert talk.asked(REMINDER) == ["ann", "bob"]
    talk.press("ann", "cannot")
    talk.world.deliver()
    assert [mail.recipient for mail in talk.told()] == ["bob@example.org"]


def test_back_and_forth_is_told_once(talk: Talk) -> None:
    for _ in range(3):
        talk.press("ann", "cannot")
        talk.world.deliver()
        talk.press("ann", "can")
    assert [mail.state for mail in talk.told()] == [MailState.SENT]


def test_a_word_that_is_taken_back_while_it_is_with_the_server_is_not_told_later_and_makes_room(talk: Talk) -> None:
    talk.press("ann", "cannot")
    talk.world.transport = emails.MemoryTransport([emails.Refused(True, "recipient", "RCPT", 451, "4.2.1 later")])
    talk.world.deliver()
    talk.press("ann", "can")
    talk.world.later(minutes=30)
    talk.world.deliver()
    assert [mail.state for mail in talk.told()] == [MailState.SUPPRESSED]
    assert talk.letters_to("bob") == []
    talk.press("ann", "cannot")
    talk.world.deliver()
    assert [mail.state for mail in talk.told()] == [MailState.SENT]


def test_who_is_left_alone_meets_somebody_else_who_is(world: World) -> None:
    talk = talk_of(world, "ann", "bob", "cyd", "dan")
    first = partner(talk, "ann")
    second = next(name for name in ("bob", "cyd", "dan") if name not in (first, partner(talk, first)))
    left = [first, partner(talk, second)]
    for name in ("ann", second):
        talk.press(name, "cannot")
    for name in left:
        assert talk.press(name, "seek")
    assert talk.match_waiting() == 1
    assert {f"{name}@example.org" for name in left} in world.groups(talk.round_)
    assert len(talk.told()) == 2, "who looks for someone new alone has nobody to tell"


def test_two_of_a_trio_keep_each_other_and_are_asked_about_each_other_alone(world: World) -> None:
    talk = talk_of(world, "ann", "bob", "cyd")
    talk.press("ann", "cannot")
    assert sorted((mail.recipient, offered(mail)) for mail in talk.told()) == [
        ("bob@example.org", False),
        ("cyd@example.org", False),
    ]
    world.later(days=4, hours=1)
    assert talk.asked(REMINDER) == ["bob", "cyd"]
    letter = talk.letters_to("bob")[-1]
    assert ("Cyd" in letter, "Ann" in letter) == (True, False)
    assert "You and Cyd are" in talk.letters_to("bob")[-2].replace("=\r\n", "")


def test_when_both_want_out_it_is_closed_without_a_question(talk: Talk) -> None:
    talk.press("ann", "cannot")
    talk.press("bob", "cannot")
    talk.world.deliver()
    assert [mail.state for mail in talk.told()] == [MailState.SUPPRESSED], "Bob wants out himself: he need not hear it"
    for days, kind in ((4, REMINDER), (7, CHECK_IN)):
        talk.world.later(days=days)
        assert talk.asked(kind) == []


def test_when_both_look_for_someone_new_nobody_is_told_and_they_do_not_get_each_other(talk: Talk) -> None:
    talk.world.later(days=2)
    talk.press("ann", "seek")
    talk.press("bob", "seek")
    talk.world.deliver()
    assert [mail.state for mail in talk.told()] == [MailState.SUPPRESSED]
    assert talk.match_waiting() == 0


def test_who_has_not_been_introduced_yet_is_left_out_kindly_and_never_hears_a_name(world: World) -> None:
    for name in ("ann", "bob"):
        world.person(name)
    round_ = world.draw(world.open_round(send=True))
    world.transport = emails.MemoryTransport(
        [emails.Accepted("250 ok"), emails.Refused(True, "recipient", "RCPT", 451, "4.2.1 later")]
    )
    world.deliver()
    (first,) = [sent.recipient.partition("@")[0] for sent in world.transport.sent]
    second = "bob" if first == "ann" else "ann"
    talk = Talk(world, round_)
    talk.press(first, "cannot")
    world.later(minutes=30)
    world.deliver()
    assert talk.told() == []
    assert [mail.recipient for mail in world.mails(MailKind.LEFT_OUT)] == [f"{second}@example.org"]
    assert len(talk.letters_to(second)) == 1
    assert first.title() not in talk.letters_to(second)[0]


def test_those_who_could_not_meet_may_be_drawn_again(talk: Talk) -> None:
    talk.press("ann", "cannot")
    later = talk.world.sent_round("2026-W50")
    assert later.certificate is not None
    assert later.certificate["repeats"] == 0


def test_after_the_next_draw_the_other_is_told_and_offered_nobody(talk: Talk) -> None:
    talk.world.sent_round("2026-W50")
    talk.press("ann", "cannot")
    (mail,) = talk.told()
    assert not offered(mail)
    assert not talk.press("bob", "seek")


def test_nobody_is_mailed_whom_we_cannot_reach(talk: Talk) -> None:
    with talk.world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        suppression.suppress(
            session,
            programme.organisation_id,
            address_of("bob").mailbox,
            SuppressionReason.HARD,
            now=talk.world.now,
            secret_key=talk.world.secret,
        )
    talk.press("ann", "cannot")
    assert talk.told() == []


def test_whoever_is_erased_stands_in_no_such_word(talk: Talk) -> None:
    talk.press("ann", "cannot")
    ann = talk.world.there("ann").id
    talk.erase("ann")
    assert [(mail.recipient, mail.facts["away"]) for mail in talk.told()] == [("bob@example.org", None)]
    assert (ann in rows(talk.world), "ann@" in rows(talk.world)) == (False, False)


def test_what_was_told_of_somebody_erased_later_keeps_only_its_state(talk: Talk) -> None:
    talk.press("ann", "cannot")
    talk.world.deliver()
    ann = talk.world.there("ann").id
    talk.erase("ann")
    assert [(mail.state, mail.facts) for mail in talk.told()] == [(MailState.SENT, {})]
    assert ann not in rows(talk.world)


# --- no answer -------------------------------------------------------------------------------------------------------


def test_no_answer_may_be_said_from_the_second_working_day_on(talk: Talk) -> None:
    assert not talk.press("ann", "seek")
    talk.world.later(days=1, hours=14)
    assert not talk.press("ann", "seek")
    assert (talk.place("ann").wants_new_since, talk.told()) == (None, [])
    talk.world.later(hours=2)
    assert talk.press("ann", "seek")


def test_a_weekend_does_not_count(world: World) -> None:
    world.later(days=4)  # Friday
    talk = talk_of(world, "ann", "bob")
    world.later(days=3)
    assert not talk.press("ann", "seek")
    world.later(days=1)
    assert talk.press("ann", "seek")


def test_the_other_hears_that_someone_else_is_looked_for_and_never_why(talk: Talk) -> None:
    talk.world.later(days=2)
    for _ in range(2):
        talk.press("ann", "seek")
    talk.world.deliver()
    (mail,) = talk.told()
    assert (mail.recipient, mail.state, offered(mail)) == ("bob@example.org", MailState.SENT, True)
    letter = talk.letters_to("bob")[-1].replace("=\r\n", "").partition("\r\n\r\n")[2]
    assert "Ann has asked us for someone else to meet" in letter
    assert not BLAME.search(letter)


def test_who_has_found_the_other_after_all_stops_looking(talk: Talk) -> None:
    talk.world.later(days=2)
    talk.press("ann", "seek")
    talk.press("ann", "stay")
    talk.world.deliver()
    assert (talk.place("ann").wants_new_since, talk.told()) == (None, [])


def test_arranging_it_ends_the_search_and_the_word_about_it(talk: Talk) -> None:
    talk.world.later(days=2)
    talk.press("ann", "seek")
    talk.press("ann", "arranged", date(2026, 12, 1))
    talk.world.deliver()
    assert [mail.state for mail in talk.told()] == [MailState.SUPPRESSED]
    assert talk.place("ann").wants_new_since is None


def test_what_was_arranged_with_the_one_does_not_count_for_the_other(world: World) -> None:
    talk = talk_of(world, "ann", "bob", "cyd", "dan")
    other = next(name for name in ("bob", "cyd", "dan") if name != partner(talk, "ann"))
    talk.press("ann", "arranged", date(2026, 12, 1))
    world.later(days=2)
    for name in ("ann", other):
        talk.press(name, "seek")
    assert talk.match_waiting() == 1
    assert (talk.place("ann").arranged_at, talk.place("ann").arranged_on) == (None, None)


@pytest.mark.parametrize("state", [ProgrammeState.CLOSED, None], ids=["programme closed", "round closed"])
def test_when_it_is_over_a_late_press_changes_nothing(talk: Talk, state: ProgrammeState | None) -> None:
    if state is None:
        talk.close()
    else:
        with talk.world.database.writing() as session:
            programme = programme_queries.programme(session, "demo")
            programme.state = state
            session.add(programme)
    talk.world.later(days=3)
    before = rows(talk.world)
    for action in ("arranged", "seek", "cannot", "can", "stay", "not-arranged"):
        assert not talk.press("ann", action)
    assert rows(talk.world) == before
