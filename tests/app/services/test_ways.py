"""How people like to take part: how often, in person or remotely, and what they need; each is honoured by the draw."""

from itertools import combinations, product

import pytest

import emails
from app.formats import with_formats
from app.models import Format, MailKind, Often, Participant, ParticipantState, SeenBy
from app.queries import participants as people_queries
from app.queries import pools
from app.queries import programmes as programme_queries
from app.services import participants, ways
from app.services.ways import Ways
from matching import Person, Policy, Pool, match
from tests.factories import World, address_of


def says(world: World, name: str, **said: object) -> None:
    """What somebody saves on their page."""
    with world.database.writing() as session:
        person = session.merge(world.there(name))
        ways.set_ways(session, person, Ways(**said))  # type: ignore[arg-type]


def takes_part(world: World, name: str, take: bool = True) -> None:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        ways.take_part(session, programme, session.merge(world.there(name)), take, now=world.now)


def in_round(world: World, period: str, name: str) -> bool:
    """Whether somebody is in a group of the round that is drawn now."""
    return any(address_of(name).key in group for group in world.groups(world.sent_round(period)))


def their_turn(world: World, name: str) -> bool:
    with world.database.reading() as session:
        return pools.is_their_turn(session, world.there(name))


# --- how often --------------------------------------------------------------------------------------------------------


def test_who_likes_every_second_round_is_in_every_second_round_and_the_page_knows(world: World) -> None:
    world.people(6)
    world.person("sam")
    says(world, "sam", often=Often.SECOND)
    seen = []
    for week in range(4):
        expected = their_turn(world, "sam")
        seen.append(in_round(world, f"2027-W{week + 1:02}", "sam"))
        assert seen[-1] == expected
    assert seen == [True, False, True, False]


def test_who_says_it_each_time_is_in_once_for_each_word(world: World) -> None:
    world.people(4)
    world.person("sam")
    says(world, "sam", often=Often.ASKED)
    assert not in_round(world, "2027-W01", "sam")
    takes_part(world, "sam")
    assert in_round(world, "2027-W02", "sam")
    assert not world.there("sam").in_next
    assert not in_round(world, "2027-W03", "sam")
    takes_part(world, "sam")
    takes_part(world, "sam", take=False)
    assert not in_round(world, "2027-W04", "sam")


def test_who_sits_every_second_round_out_may_take_part_all_the_same(world: World) -> None:
    world.people(4)
    world.person("sam")
    says(world, "sam", often=Often.SECOND)
    assert in_round(world, "2027-W01", "sam")
    takes_part(world, "sam")
    assert in_round(world, "2027-W02", "sam")
    assert not in_round(world, "2027-W03", "sam")


@pytest.mark.parametrize("often", [Often.SECOND, Often.ASKED])
def test_whoever_was_left_out_is_in_the_next_draw_too(world: World, often: Often) -> None:
    world.person("sam")
    says(world, "sam", often=often)
    takes_part(world, "sam")
    assert world.left_out(world.sent_round("2027-W01")) == {"sam@example.org": "nobody else takes part in this round"}
    world.people(2)
    assert their_turn(world, "sam")
    assert in_round(world, "2027-W02", "sam")


@pytest.mark.parametrize("often", [Often.SECOND, Often.ASKED])
def test_whose_group_comes_apart_before_the_introduction_is_in_the_next_draw(world: World, often: Often) -> None:
    ada = world.person("ada")
    world.person("sam")
    says(world, "sam", often=often)
    takes_part(world, "sam")
    world.draw(world.open_round("2027-W01"))
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        participants.leave(session, programme, session.merge(ada), now=world.now, secret_key=world.secret)
    assert [mail.kind for mail in world.mails(to="sam")] == [MailKind.LEFT_OUT]
    world.people(2)
    assert in_round(world, "2027-W02", "sam")


def test_a_word_for_the_next_draw_ends_with_a_skip_a_pause_or_a_choice_of_every_round(world: World) -> None:
    def word(name: str) -> bool:
        takes_part(world, name)
        assert world.there(name).in_next
        return True

    for name in ("ada", "ben", "cem"):
        world.person(name)
        says(world, name, often=Often.ASKED)
        assert word(name)
    with world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        people = {name: session.merge(world.there(name)) for name in ("ada", "ben")}
        participants.skip_next(session, programme, people["ada"], True, now=world.now)
        participants.leave(session, programme, people["ben"], now=world.now, secret_key=world.secret)
    says(world, "cem", often=Often.EVERY)
    assert [world.there(name).in_next for name in ("ada", "ben", "cem")] == [False] * 3


def test_who_changes_their_mind_while_a_round_is_drawn_is_not_in_it(world: World) -> None:
    from app.errors import PoolChanged
    from app.queries import rounds as round_queries
    from app.services import drawing, rounds

    world.people(4)
    round_ = world.open_round()
    with world.database.reading() as session:
        programme = programme_queries.programme(session, "demo")
        rows = rounds.load_for_draw(session, programme, round_.number, round_.policy, world.now)
    drawn = drawing.draw(rows, round_queries.as_policy(round_.policy), round_.seed)
    says(world, "person00", often=Often.ASKED)
    with pytest.raises(PoolChanged), world.database.writing() as session:
        rounds.record(session, round_.id, drawn, now=world.now, secret_key=world.secret, actor="test")


def test_a_draft_that_waits_is_the_next_draw(world: World) -> None:
    world.people(3)
    world.person("sam")
    says(world, "sam", often=Often.SECOND)
    assert in_round(world, "2027-W01", "sam")
    draft = world.open_round("2027-W02")
    assert not their_turn(world, "sam")
    world.draw(draft)
    assert their_turn(world, "sam")


# --- in person or remotely --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timed", [False, True])
def test_who_insists_on_one_way_of_meeting_is_never_drawn_with_who_insists_on_the_other(
    world: World, timed: bool
) -> None:
    formats = {f"person{number:02}": (Format.IN_PERSON, Format.REMOTE, None)[number % 3] for number in range(9)}
    times = (["Monday lunch"], [" monday  LUNCH"]) if timed else ([], [])
    for number, (name, format_) in enumerate(formats.items()):
        world.person(name, time=times[number % 2] if number < 6 else [])
        says(world, name, format=format_)
    for week in range(4):
        round_ = world.sent_round(f"2027-W{week + 1:02}")
        assert world.left_out(round_) == {}
        for group in world.groups(round_):
            assert len({formats[key.partition("@")[0]] for key in group} - {None}) <= 1


def test_two_who_insist_on_different_ways_are_left_out_with_a_true_reason(world: World) -> None:
    for name, format_ in (("ada", Format.IN_PERSON), ("ben", Format.REMOTE)):
        world.person(name)
        says(world, name, format=format_)
    round_ = world.sent_round()
    why = "shares no time, or no way of meeting, with anyone who takes part"
    assert set(world.left_out(round_).values()) == {why}
    assert emails.from_json(round_.costs) == [f"2 people without a group: {why}."]
    assert all(b"way of meeting" not in envelope.data for envelope in world.transport.sent[:2])


def test_with_formats_two_fit_just_when_a_time_and_a_format_fit() -> None:
    kinds = list(product([(), ("mon",), ("tue",), ("mon", "tue")], [None, "in_person", "remote"]))
    people = [Person(f"p{number:02}", times=frozenset(times)) for number, (times, _) in enumerate(kinds)]
    insists = {f"p{number:02}": format_ for number, (_, format_) in enumerate(kinds) if format_}
    seen = with_formats(people, insists)
    for size in (2, 3):
        for some in combinations(range(len(kinds)), size):
            choices = [set(kinds[one][0] or ("mon", "tue", "any")) for one in some]
            fits = bool(set.intersection(*choices)) and len({kinds[one][1] for one in some} - {None}) <= 1
            pool = Pool(people=tuple(seen[one] for one in some))
            assert bool(match(pool, Policy(size=size), 1).groups) == fits or size == 3, some
            said = [seen[one].times for one in some if seen[one].times]
            assert (not said or bool(frozenset.intersection(*said))) == fits, some


def test_where_nobody_insists_nothing_changes() -> None:
    people = [Person("a", times=frozenset({"Monday"})), Person("b")]
    assert with_formats(people, {}) == tuple(people)


# --- what people need -------------------------------------------------------------------------------------------------

NEED = "A step-free place, please <b>."


@pytest.mark.parametrize("seen_by", list(SeenBy))
def test_what_somebody_needs_is_read_by_whom_they_chose_and_by_nobody_else(world: World, seen_by: SeenBy) -> None:
    world.person("ada")
    world.person("sam")
    says(world, "ada", access=NEED, access_for=seen_by, format=Format.IN_PERSON)
    world.sent_round()
    [to_sam] = [one.data.decode() for one in world.transport.sent if one.recipient == "sam@example.org"]
    [to_ada] = [one.data.decode() for one in world.transport.sent if one.recipient == "ada@example.org"]
    assert ("step-free" in to_sam) == (seen_by == SeenBy.MATCH)
    assert "step-free" not in to_ada, "she knows, and may forward it"
    assert "How to meet: in person." in to_sam
    stored = [str(mail.facts) for mail in world.mails() if mail.facts]
    assert any("step-free" in facts for facts in stored) == (seen_by == SeenBy.MATCH)


def test_who_takes_a_need_back_after_the_draw_is_not_told_of(world: World) -> None:
    world.person("ada")
    world.person("sam")
    says(world, "ada", access=NEED, access_for=SeenBy.MATCH)
    round_ = world.draw(world.open_round(send=True))
    assert "step-free" in str([mail.facts for mail in world.mails(to="sam")])
    says(world, "ada", access=NEED, access_for=SeenBy.NOBODY)
    world.deliver()
    assert world.round(round_.id).introduced_at
    assert not any("step-free" in envelope.data.decode() for envelope in world.transport.sent)
    assert "step-free" not in str([mail.facts for mail in world.mails()])


def test_what_is_not_said_has_no_reader(world: World) -> None:
    world.person("ada")
    says(world, "ada", access="", access_for=SeenBy.MATCH)
    assert world.there("ada").access_for == SeenBy.NOBODY


# --- suggestions ------------------------------------------------------------------------------------------------------


def test_only_what_three_others_who_are_in_can_help_with_is_suggested(world: World) -> None:
    for number in range(4):
        topics = ["Spreadsheets"] + (["Rare things"] if number < 2 else [])
        world.person(f"person{number}", offer=topics)
    for number, state in enumerate((ParticipantState.LEFT, ParticipantState.PENDING)):
        world.person(f"gone{number}", state=state, offer=["Rare things"])
    sam = world.person("sam", offer=["Rare things", "SPREADSHEETS"])

    def offered(to: Participant) -> list[tuple[str, int]]:
        with world.database.reading() as session:
            programme = programme_queries.programme(session, "demo")
            return people_queries.offered(session, programme, to)

    assert offered(sam) == [("Spreadsheets", 4)]
    assert [(text.lower(), number) for text, number in offered(world.there("person0"))] == [("spreadsheets", 4)]
