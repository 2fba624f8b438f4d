"""The odd one of a round: a larger group, a host more or a volunteer less, as the programme wants it."""

from collections import Counter

import pytest
from sqlmodel import col, select

from app.errors import PoolChanged
from app.models import Format, MailKind, OddOne, Participant, ParticipantState, PastMeeting, Round
from app.queries import programmes as programme_queries
from app.queries import reserves
from app.queries import rounds as round_queries
from app.services import drawing, odd_one, rounds
from app.services.drawing import Draw
from tests.app.adjusted import change
from tests.app.services.test_walls import rules
from tests.factories import World


def mark(world: World, *names: str, **facts: object) -> None:
    """Say something of these people, by the first parts of their addresses."""
    with world.database.writing() as session:
        for name in names:
            person = session.exec(select(Participant).where(col(Participant.email).startswith(f"{name}@"))).one()
            for fact, value in facts.items():
                setattr(person, fact, value)
            session.add(person)


def some(world: World, *names: str) -> None:
    for number, name in enumerate(names):
        world.person(name, f"Team {number}")


def drawn(world: World, round_: Round) -> Draw:
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        rows = rounds.load_for_draw(session, programme, round_.number, round_.policy, world.now)
    return odd_one.draw(rows, round_queries.as_policy(round_.policy), round_.seed)


def names_in(world: World, round_: Round) -> set[str]:
    return {address.split("@")[0] for group in world.groups(round_) for address in group}


@pytest.mark.parametrize("number", [4, 5])
def test_a_host_is_drawn_only_when_the_number_of_the_others_is_odd(world: World, number: int) -> None:
    some(world, *"abcde"[:number], "hal")
    mark(world, "hal", host=True)
    rules(world, odd_one=OddOne.HOST)
    round_ = world.sent_round()
    assert {len(group) for group in world.groups(round_)} == {2}
    assert ("hal" in names_in(world, round_)) is (number == 5)
    assert world.counts(round_)["left_out"] == 0, "a host who is not needed is not left out: not in the round at all"
    told = {mail.recipient for mail in world.mails()}
    assert ("hal@example.org" in told) is (number == 5)


def test_a_host_is_drawn_like_everybody_where_the_rule_does_not_ask_for_one(world: World) -> None:
    some(world, "a", "b", "c", "hal")
    mark(world, "hal", host=True)
    assert "hal" in names_in(world, world.sent_round())


def test_hosts_take_turns(world: World) -> None:
    some(world, *"abcde", "hal", "hob", "hux")
    mark(world, "hal", "hob", "hux", host=True)
    rules(world, odd_one=OddOne.HOST)
    taken: Counter[str] = Counter()
    for number in range(6):
        here = names_in(world, world.sent_round(f"r{number}", seed=number)) & {"hal", "hob", "hux"}
        assert len(here) == 1
        taken.update(here)
        assert max(taken.values()) - min(taken[one] for one in ("hal", "hob", "hux")) <= 1
    assert set(taken.values()) == {2}


def test_a_volunteer_sits_out_and_is_told_so_in_words_of_their_own(world: World) -> None:
    some(world, *"abcde")
    mark(world, "c", may_sit_out=True)
    rules(world, odd_one=OddOne.VOLUNTEER)
    round_ = world.sent_round()
    assert names_in(world, round_) == set("abde")
    assert world.left_out(round_) == {"c@example.org": drawing.SAT_OUT}
    (mail,) = world.mails(MailKind.LEFT_OUT)
    assert (mail.recipient, mail.facts["offered"]) == ("c@example.org", True)


def test_who_is_left_out_against_their_will_reads_the_words_that_say_no_reason(world: World) -> None:
    some(world, "a", "b", "c")
    mark(world, "c", may_sit_out=True)
    mark(world, "a", "b", format=Format.REMOTE)
    mark(world, "c", format=Format.IN_PERSON)
    rules(world, odd_one=OddOne.VOLUNTEER)
    round_ = world.sent_round()
    assert names_in(world, round_) == {"a", "b"}
    assert [mail.recipient for mail in world.mails(MailKind.LEFT_OUT)] == ["c@example.org"]


def test_volunteers_take_turns_and_what_they_did_counts_as_having_been_left_out(world: World) -> None:
    some(world, *"abcdefg")
    mark(world, "a", "b", "c", may_sit_out=True)
    rules(world, odd_one=OddOne.VOLUNTEER)
    out = [world.left_out(world.sent_round(f"r{number}", seed=number)) for number in range(3)]
    assert all(len(one) == 1 for one in out)
    assert {address for one in out for address in one} == {f"{name}@example.org" for name in "abc"}


def test_without_a_host_or_a_volunteer_a_group_is_larger(world: World) -> None:
    some(world, *"abc")
    for odd in (OddOne.HOST, OddOne.VOLUNTEER):
        rules(world, odd_one=odd)
        assert sorted(map(len, world.groups(world.sent_round(odd.value)))) == [3]


def test_only_hosts_are_drawn_like_everybody(world: World) -> None:
    some(world, "hal", "hob")
    mark(world, "hal", "hob", host=True)
    rules(world, odd_one=OddOne.HOST)
    assert world.groups(world.sent_round()) == [{"hal@example.org", "hob@example.org"}]


def test_a_volunteer_never_leaves_somebody_alone(world: World) -> None:
    some(world, "a", "b", "c")
    mark(world, "a", "b", "c", may_sit_out=True)
    rules(world, odd_one=OddOne.VOLUNTEER)
    round_ = world.sent_round()
    assert [len(group) for group in world.groups(round_)] == [2]
    assert world.counts(round_)["left_out"] == 1


def test_the_next_host_comes_where_the_first_must_not_meet_whoever_is_odd(world: World) -> None:
    some(world, "a", "hal", "hob")
    mark(world, "hal", "hob", host=True)
    rules(world, odd_one=OddOne.HOST)
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        first = odd_one._in_turn(
            rounds.load_for_draw(session, programme, 1, round_queries.policy_of(programme), world.now), seed=7
        )[0]
    world.block(world.there("a"), world.there(first.split("@")[0]))
    other = ({"hal", "hob"} - {first.split("@")[0]}).pop()
    assert names_in(world, world.sent_round(seed=7)) == {"a", other}


def test_a_host_comes_too_where_the_number_is_even_and_somebody_can_meet_nobody_else(world: World) -> None:
    """Of four, one meets only in person: the three others are odd, whatever the numbers say."""
    some(world, *"abcd", "hal")
    mark(world, "a", "b", "c", "hal", format=Format.REMOTE)
    mark(world, "d", format=Format.IN_PERSON)
    mark(world, "hal", host=True)
    rules(world, odd_one=OddOne.HOST)
    round_ = world.sent_round()
    assert names_in(world, round_) == {"a", "b", "c", "hal"}
    assert {len(group) for group in world.groups(round_)} == {2}
    assert list(world.left_out(round_)) == ["d@example.org"]


def test_meeting_new_people_goes_before_meeting_in_twos(world: World) -> None:
    """The only host has met all three of them: they meet each other, rather than one of them the host again."""
    some(world, *"abc", "hal")
    mark(world, "hal", host=True)
    for name, others in (("a", "bc"), ("b", "ac"), ("c", "ab")):
        mark(world, *others, skip_next=True)
        assert names_in(world, world.sent_round(name)) == {name, "hal"}
    rules(world, odd_one=OddOne.HOST)
    mark(world, "hal", host=True)
    round_ = world.sent_round("fresh")
    assert names_in(world, round_) == set("abc")


@pytest.mark.parametrize("size", [3, 4])
def test_larger_groups_come_out_even_with_hosts(world: World, size: int) -> None:
    some(world, *"abcdefg", "hal", "hob", "hux")
    mark(world, "hal", "hob", "hux", host=True)
    rules(world, odd_one=OddOne.HOST, group_size=size)
    assert {len(group) for group in world.groups(world.sent_round())} == {size}


@pytest.mark.parametrize("size", [3, 4])
def test_larger_groups_come_out_even_with_volunteers(world: World, size: int) -> None:
    some(world, *"abcdefg")
    mark(world, "a", "b", "c", may_sit_out=True)
    rules(world, odd_one=OddOne.VOLUNTEER, group_size=size)
    round_ = world.sent_round()
    assert {len(group) for group in world.groups(round_)} == {size}
    assert len(world.left_out(round_)) == 7 % size


def test_the_same_people_and_seed_give_the_same_round(world: World) -> None:
    some(world, *"abcde", "hal", "hob", "hux")
    mark(world, "hal", "hob", "hux", host=True)
    rules(world, odd_one=OddOne.HOST)
    round_ = world.open_round(seed=99)
    once, again = drawn(world, round_), drawn(world, round_)
    assert (once.matching, once.fingerprint) == (again.matching, again.fingerprint)
    assert {len({*drawn(world, Round(**round_.model_dump() | {"seed": seed})).rows.ids}) for seed in range(20)} == {6}
    hosts = {
        key
        for seed in range(20)
        for key in drawn(world, Round(**round_.model_dump() | {"seed": seed})).rows.ids
        if key.startswith("h")
    }
    assert len(hosts) == 3, "between equals the lot decides"


def test_what_a_volunteer_costs_stands_in_both_figures_and_bounds(world: World) -> None:
    some(world, *"abcde")
    mark(world, "c", may_sit_out=True)
    rules(world, odd_one=OddOne.VOLUNTEER)
    certificate = world.round(world.sent_round().id).certificate
    assert certificate is not None
    assert [certificate[name] for name in ("people", "left_out", "left_out_bound")] == [5, 1, 1]
    assert certificate["optimal_tiers"]


def test_an_offer_taken_back_while_names_are_drawn_is_heard(world: World) -> None:
    some(world, *"abcde")
    mark(world, "c", may_sit_out=True)
    rules(world, odd_one=OddOne.VOLUNTEER)
    round_ = world.open_round()
    before = drawn(world, round_)
    mark(world, "c", may_sit_out=False)
    with world.database.writing() as session, pytest.raises(PoolChanged):
        rounds.record(session, round_.id, before, now=world.now, secret_key=world.secret, actor="test")


def test_who_sits_out_at_their_word_stays_out_of_a_draw_again_and_can_be_put_in_by_hand(world: World) -> None:
    some(world, *"abcde")
    mark(world, "c", may_sit_out=True)
    rules(world, odd_one=OddOne.VOLUNTEER)
    round_ = world.draw(world.open_round())
    change(world, round_, {"do": "draw_again", "seed": 5})
    assert names_in(world, round_) == set("abde")
    group = next(iter(world.seated(round_)))
    change(world, round_, {"do": "move", "person": "c@example.org", "to": group})
    assert names_in(world, round_) == set("abcde")


def test_how_many_may_take_the_odd_place_is_counted_of_those_who_are_here(world: World) -> None:
    some(world, *"abc")
    mark(world, "a", host=True)
    mark(world, "b", may_sit_out=True)
    mark(world, "c", host=True, left_at=world.now)
    with world.database.reading() as session:
        found = reserves.size(session, programme_queries.programme(session, world.slug))
    assert found == {OddOne.HOST: 1, OddOne.VOLUNTEER: 1}


@pytest.mark.parametrize("usual", ["a", "ab"])
def test_hosts_help_also_where_they_are_fewer_than_the_numbers_ask_for(world: World, usual: str) -> None:
    size = 3 if usual == "a" else 5
    some(world, *usual, "hal", "hob")
    mark(world, "hal", "hob", host=True)
    if usual == "a":
        mark(world, "hob", state=ParticipantState.PENDING)
    rules(world, odd_one=OddOne.HOST, group_size=size)
    round_ = world.draw(world.open_round())
    assert (names_in(world, round_), world.left_out(round_)) == (
        {*usual, "hal"} | ({"hob"} if usual == "ab" else set()),
        {},
    )


def test_a_round_that_was_opened_before_there_was_such_a_rule_is_drawn_as_it_was(world: World) -> None:
    some(world, *"abcde")
    mark(world, "e", host=True)
    rules(world, odd_one=OddOne.HOST)
    round_ = world.open_round()
    with world.database.writing() as session:
        found = session.merge(round_)
        found.policy = {name: said for name, said in found.policy.items() if name != reserves.RULE}
    assert names_in(world, world.draw(world.round(round_.id))) == set("abcde")


def test_what_another_host_might_do_better_is_not_called_proven(world: World) -> None:
    """Of many hosts not all are tried: the one whom nobody has met may be among the others."""
    hosts = [f"h{number}" for number in range(8)]
    some(world, "a", *hosts)
    mark(world, *hosts, host=True)
    rules(world, odd_one=OddOne.HOST)
    with world.database.writing() as session:
        programme, a = programme_queries.programme(session, world.slug), world.there("a")
        for host in hosts[:3] + hosts[4:]:
            one, other = sorted((a.id, world.there(host).id))
            session.add(PastMeeting(programme_id=programme.id, number=0, a_id=one, b_id=other))
    found = [drawn(world, world.open_round(f"r{seed}", seed=seed)).whole.certificate for seed in range(8)]
    assert {(one.repeats, one.repeats_bound, one.optimal_tiers) for one in found} == {(0, 0, True), (1, 0, False)}
