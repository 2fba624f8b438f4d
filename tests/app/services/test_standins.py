"""Whoever was to meet somebody out of reach is told kindly, and may meet someone new in the same round."""

import pytest

from app.models import MailKind, MailState, Often, Participant, ParticipantState, Round, SuppressionReason
from app.services import suppression
from tests.app.bounced import Post
from tests.factories import World


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)


def partner_of(world: World, round_: Round, name: str) -> str:
    """With whom somebody was introduced, as a name."""
    (group,) = (group for group in world.groups(round_) if f"{name}@example.org" in group)
    (other,) = group - {f"{name}@example.org"}
    return other.partition("@")[0]


def lose(post: Post, round_: Round, *names: str) -> list[str]:
    """These cannot be reached; returns their partners."""
    partners = [partner_of(post.world, round_, name) for name in names]
    for name in names:
        post.take("hard", post.introduction(name), "5.1.1")
    post.world.deliver()
    return partners


# --- the word to the partner ------------------------------------------------------------------------------------------


def test_the_partner_is_told_in_plain_words_once_and_without_the_reason(world: World, post: Post) -> None:
    world.people(2)
    round_ = world.sent_round()
    lose(post, round_, "person00")
    post.take("hard", post.introduction("person00"), "5.1.1")
    world.deliver()
    (told,) = post.away()
    assert (told.recipient, told.state, told.round_id) == ("person01@example.org", MailState.SENT, round_.id)
    mail = [sent for sent in world.transport.sent if sent.recipient == "person01@example.org"][-1].data.decode()
    assert "We could not reach Person00" in mail
    assert "Find me someone new" in mail
    for secret in ("5.1.1", "bounce", "rejected", "unknown", "mailbox is full", "returned"):
        assert secret not in mail.lower()


def test_a_full_mailbox_is_told_to_the_partner_in_the_same_words(world: World, post: Post) -> None:
    world.people(2)
    world.sent_round()
    post.take("soft", post.introduction("person00"), "5.2.2")
    world.deliver()
    assert [mail.recipient for mail in post.away()] == ["person01@example.org"]


def test_both_of_a_trio_are_told_and_that_they_have_each_other(world: World, post: Post) -> None:
    world.people(3)
    world.sent_round()
    post.take("hard", post.introduction("person00"), "5.1.1")
    world.deliver()
    assert sorted(mail.recipient for mail in post.away()) == ["person01@example.org", "person02@example.org"]
    texts = [sent.data.decode() for sent in world.transport.sent]
    assert [sum(f"{name} are still" in text for text in texts) for name in ("Person01", "Person02")] == [1, 1]


def test_nobody_is_mailed_whom_we_cannot_reach_either(world: World, post: Post) -> None:
    world.people(2)
    world.sent_round()
    post.take("hard", post.introduction("person00"), "5.1.1")
    post.take("hard", post.introduction("person01"), "5.1.1")
    world.deliver()
    (told,) = post.away()
    assert (told.recipient, told.state) == ("person01@example.org", MailState.SUPPRESSED)


def test_nobody_is_mailed_whose_address_the_organiser_has_closed(world: World, post: Post) -> None:
    world.people(2)
    world.sent_round()
    with world.database.writing() as session:
        suppression.suppress(
            session,
            post.organisation(),
            "person01@example.org",
            SuppressionReason.ORGANISER,
            secret_key=world.secret,
            now=world.now,
        )
    post.take("hard", post.introduction("person00"), "5.1.1")
    assert post.away() == []


def test_an_introduction_that_a_closed_address_stops_is_told_to_the_partner(world: World, post: Post) -> None:
    world.people(2)
    round_ = world.draw(world.open_round(send=True))
    with world.database.writing() as session:
        suppression.suppress(
            session,
            post.organisation(),
            "person00@example.org",
            SuppressionReason.HARD,
            secret_key=world.secret,
            now=world.now,
        )
    world.deliver()
    assert post.introduction("person00").state == MailState.SUPPRESSED
    assert [(mail.recipient, mail.state) for mail in post.away()] == [("person01@example.org", MailState.SENT)]
    assert world.counts(round_)["messages"]["planned"] == 2


def test_a_word_that_comes_back_itself_tells_nobody(world: World, post: Post) -> None:
    world.people(2)
    round_ = world.sent_round()
    lose(post, round_, "person00")
    post.take("hard", post.away()[0], "5.1.1")
    assert len(post.away()) == 1


def test_a_mail_that_is_no_introduction_tells_nobody(world: World, post: Post) -> None:
    world.people(2)
    world.sent_round()
    world.sign_up("person00")
    world.deliver()
    post.take("hard", world.mails(MailKind.ALREADY_IN)[0], "5.1.1")
    assert post.away() == []


# --- someone new ------------------------------------------------------------------------------------------------------


def test_two_who_wait_are_introduced_in_a_new_group_of_the_same_round(world: World, post: Post) -> None:
    world.people(8)
    round_ = world.sent_round()
    gone = [
        "person00",
        next(f"person{n:02}" for n in range(1, 8) if partner_of(world, round_, "person00") != f"person{n:02}"),
    ]
    first, second = lose(post, round_, *gone)
    assert post.ask_someone_new(first)
    assert post.match_waiting() == 0
    assert post.ask_someone_new(second)
    assert post.match_waiting() == 1
    assert {f"{first}@example.org", f"{second}@example.org"} in world.groups(round_)
    assert {f"{gone[0]}@example.org"} in world.groups(round_)
    assert [place.wants_new_since for place in places_of(post, round_, first, second)] == [None, None]
    world.deliver()
    new = [post.introduction(name) for name in (first, second)]
    assert [(mail.state, mail.occasion.partition("/")[0]) for mail in new] == [(MailState.SENT, "2026-W48")] * 2
    assert post.match_waiting() == 0
    said = world.counts(round_)["messages"]
    assert said["planned"] == sum(number for name, number in said.items() if name != "planned")


def test_the_new_pair_counts_as_met_and_the_lost_one_does_not(world: World, post: Post) -> None:
    world.people(4)
    round_ = world.sent_round()
    other = next(f"person{n:02}" for n in range(1, 4) if partner_of(world, round_, "person00") != f"person{n:02}")
    first, second = lose(post, round_, "person00", other)
    for name in (first, second):
        post.ask_someone_new(name)
    assert post.match_waiting() == 1
    later = world.sent_round("2026-W49")
    assert {f"{first}@example.org", f"{second}@example.org"} in world.groups(later), "only these two are left"
    assert later.certificate is not None
    assert later.certificate["repeats"] == 1


def test_the_same_people_waiting_get_the_same_groups(world: World, post: Post) -> None:
    """The lot is drawn from the round's seed and who waits: the database it stands in has no say (both run this)."""
    world.people(20)
    round_ = world.sent_round()
    gone = [sorted(group)[0].partition("@")[0] for group in world.groups(round_)][:6]
    for name in lose(post, round_, *gone):
        post.ask_someone_new(name)
    assert post.match_waiting() == 3
    new = sorted(" ".join(sorted(key[6:8] for key in group)) for group in world.groups(round_)[10:])
    assert new == ["06 16", "12 18", "13 15"]


def test_who_must_not_meet_or_has_met_is_not_introduced(world: World, post: Post) -> None:
    world.people(4)
    round_ = world.sent_round()
    other = next(f"person{n:02}" for n in range(1, 4) if partner_of(world, round_, "person00") != f"person{n:02}")
    first, second = lose(post, round_, "person00", other)
    world.block(world.there(first), world.there(second))
    for name in (first, second):
        post.ask_someone_new(name)
    assert post.match_waiting() == 0
    assert all(place.wants_new_since for place in places_of(post, round_, first, second))


def test_who_has_met_in_an_earlier_round_is_not_someone_new(world: World, post: Post) -> None:
    world.people(4)
    for period in ("2026-W46", "2026-W47", "2026-W48"):
        world.later(days=7)
        last = world.sent_round(period)
    other = next(f"person{n:02}" for n in range(1, 4) if partner_of(world, last, "person00") != f"person{n:02}")
    first, second = lose(post, last, "person00", other)
    for name in (first, second):
        post.ask_someone_new(name)
    assert post.match_waiting() == 0


def places_of(post: Post, round_: Round, *names: str) -> list:
    places = post.places(round_)
    return [places[post.world.there(name).id] for name in names]


def test_who_waits_alone_is_in_the_next_round(world: World, post: Post) -> None:
    world.people(4)
    round_ = world.sent_round()
    (waiting,) = lose(post, round_, "person00")
    post.ask_someone_new(waiting)
    assert post.match_waiting() == 0
    later = world.sent_round("2026-W49")
    assert f"{waiting}@example.org" in set().union(*world.groups(later))
    assert post.match_waiting() == 0
    assert not post.ask_someone_new(waiting)


@pytest.mark.parametrize("often", [Often.SECOND, Often.ASKED])
def test_who_is_not_drawn_every_time_may_meet_someone_new_now_or_in_the_next_round(
    world: World, post: Post, often: Often
) -> None:
    world.people(4)
    round_ = world.sent_round()
    other = next(f"person{n:02}" for n in range(1, 4) if partner_of(world, round_, "person00") != f"person{n:02}")
    first, second = lose(post, round_, "person00", other)
    with world.database.writing() as session:
        for name in (first, second):
            session.get_one(Participant, world.there(name).id).often = often
    post.ask_someone_new(first)
    assert (post.match_waiting(), world.there(first).in_next) == (0, True)
    post.ask_someone_new(second)
    assert post.match_waiting() == 1
    assert [world.there(name).in_next for name in (first, second)] == [False, False]


@pytest.mark.parametrize("state", [ParticipantState.LEFT, ParticipantState.PAUSED, ParticipantState.HELD])
def test_who_is_not_in_the_draw_is_not_introduced(world: World, post: Post, state: ParticipantState) -> None:
    world.people(4)
    round_ = world.sent_round()
    other = next(f"person{n:02}" for n in range(1, 4) if partner_of(world, round_, "person00") != f"person{n:02}")
    first, second = lose(post, round_, "person00", other)
    for name in (first, second):
        post.ask_someone_new(name)
    with world.database.writing() as session:
        person = session.get_one(Participant, world.there(first).id)
        person.state = state
        session.add(person)
    assert post.match_waiting() == 0


def test_a_paused_programme_introduces_nobody(world: World, post: Post) -> None:
    from app.models import ProgrammeState
    from app.queries import programmes

    world.people(4)
    round_ = world.sent_round()
    other = next(f"person{n:02}" for n in range(1, 4) if partner_of(world, round_, "person00") != f"person{n:02}")
    for name in lose(post, round_, "person00", other):
        post.ask_someone_new(name)
    with world.database.writing() as session:
        programme = programmes.programme(session, world.slug)
        programme.state = ProgrammeState.PAUSED
        session.add(programme)
    assert post.match_waiting() == 0


def test_a_stand_in_who_cannot_be_reached_is_told_too(world: World, post: Post) -> None:
    world.people(6)
    round_ = world.sent_round()
    other = next(f"person{n:02}" for n in range(1, 6) if partner_of(world, round_, "person00") != f"person{n:02}")
    first, second = lose(post, round_, "person00", other)
    for name in (first, second):
        post.ask_someone_new(name)
    world.later(minutes=1)
    post.match_waiting()
    world.deliver()
    post.take("hard", post.introduction(second), "5.1.1")
    world.deliver()
    assert len(post.away(first)) == 2
    assert post.ask_someone_new(first)
