"""What a rule costs: counted by drawing with it and without it, and nothing is written."""

import pytest
from sqlmodel import select

from app.models import AsksShown, Participant, Round
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.services import rule_costs
from tests.factories import World

NOBODY_OUT = "Nobody is left out by this wall."
NO_DEARER = "Groups of two would leave nobody fewer out, and nobody fewer would meet again."


def costs(world: World, **facts: object) -> rule_costs.Costs:
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        policy = round_queries.policy_of(programme) | facts
        subject = rule_costs.read(session, programme, policy, world.now)
    assert isinstance(subject, rule_costs.Subject)
    found = rule_costs.costs(subject)
    assert found
    return found


def said(found: rule_costs.Costs, rule: str) -> list[str]:
    return [str(words) for words in found.of[rule]]


def uneven(world: World) -> None:
    """Four of one team, two of others."""
    for name in ("ada", "ben", "cem", "dee"):
        world.person(name, "Finance", interest=["chess"])
    world.person("eva", "Estates", interest=["chess"])
    world.person("fay", "Nursing")


def test_a_wall_between_people_of_a_team_says_whom_it_leaves_out_before_it_stands(world: World) -> None:
    uneven(world)
    for teams_apart, out in ((False, "all 6 people who take part would meet somebody"), (True, "2 of 6 people")):
        found = costs(world, teams_apart=teams_apart)
        assert out in str(found.sum)
        assert said(found, "teams_apart")[:2] == [
            "This wall leaves 2 people out.",
            "Without this wall, 1 pair would be of one team.",
        ]


def test_what_costs_nothing_says_so(world: World) -> None:
    world.people(8)
    assert said(costs(world), "teams_apart")[0] == NOBODY_OUT
    assert said(costs(world, no_repeat_for=3), "no_repeat_for") == [
        NOBODY_OUT,
        "Nobody would meet again whom they have met.",
    ]
    assert said(costs(world, size=3), "group_size") == [
        "There would be 3 groups.",
        "1 of them has a person more or less.",
        NO_DEARER,
    ]


def test_larger_groups_say_what_pairs_would_spare(world: World) -> None:
    world.people(4)
    world.sent_round()
    world.later(days=7)
    assert said(costs(world), "group_size") == ["There would be 2 groups."]
    words = ["There would be 1 group.", "In groups of two, 2 pairs fewer would meet again."]
    assert said(costs(world, size=4), "group_size") == words


def test_larger_groups_behind_a_wall_say_whom_pairs_would_place(world: World) -> None:
    world.people(4, teams=2)
    assert said(costs(world, size=4, teams_apart=True), "group_size") == [
        "There would be 0 groups.",
        "Groups of two would leave 4 people fewer out.",
    ]


def test_the_rounds_left_are_fewer_with_the_wall(world: World) -> None:
    world.people(8, teams=2)
    words = said(costs(world), "teams_apart")[-1]
    assert words == "With it about 4 rounds are left before somebody must meet again; without it about 7."


def test_a_wall_against_repeats_says_whom_it_leaves_out(world: World) -> None:
    world.people(2)
    world.sent_round()
    world.later(days=7)
    assert said(costs(world), "no_repeat_for") == ["1 pair would meet again."]
    assert said(costs(world, no_repeat_for=2), "no_repeat_for")[0] == "This wall leaves 2 people out."


def everything(found: rule_costs.Costs) -> list[str]:
    return [str(found.sum), *(f"{rule}: {words}" for rule in found.of for words in said(found, rule))]


@pytest.mark.parametrize("rules", [{}, {"teams_apart": True}, {"no_repeat_for": 5}, {"size": 3}])
def test_whom_people_would_rather_not_meet_changes_no_word(world: World, rules: dict[str, object]) -> None:
    one, other, *_ = world.people(4)
    before = everything(costs(world, **rules))
    world.block(one, other)
    assert everything(costs(world, **rules)) == before


def test_who_sits_out_changes_no_word_so_that_nobody_can_be_singled_out(world: World) -> None:
    one, other, *others = world.people(6)
    before = everything(costs(world, teams_apart=True))
    world.block(one, other)
    with world.database.writing() as session:
        for person in others:
            session.get_one(Participant, person.id).skip_next = True
    assert everything(costs(world, teams_apart=True)) == before


def test_what_people_ask_for_and_let_nobody_read_gives_nobody_something_to_talk_about(world: World) -> None:
    asking = world.person("ada", "Finance", ask=["burnout"])
    world.person("ben", "Estates", offer=["burnout"])
    nothing = ["By this rule 0 people would have something to talk about."]
    for shown, words in ((AsksShown.MATCH, [nothing[0].replace("0", "2")]), (AsksShown.NOBODY, nothing)):
        with world.database.writing() as session:
            session.get_one(Participant, asking.id).asks_shown = shown
        assert said(costs(world), "interest_rule") == words


def test_the_rule_of_topics_says_how_many_have_something_to_talk_about(world: World) -> None:
    uneven(world)
    assert said(costs(world), "interest_rule") == ["By this rule 4 people would have something to talk about."]


def test_nothing_is_written_and_nobody_and_very_many_get_an_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(costs(world).sum) == "Nobody takes part today, so no rule costs anything."
    uneven(world)
    costs(world, teams_apart=True)
    with world.database.reading() as session:
        assert session.exec(select(Round)).all() == []
        assert not any(person.skip_next for person in session.exec(select(Participant)))
        programme = programme_queries.programme(session, world.slug)
        assert rule_costs.most({"size": 2}) > rule_costs.most({"size": 3}) > 6
        monkeypatch.setattr(rule_costs, "MOST", 5)
        refused = rule_costs.read(session, programme, round_queries.policy_of(programme), world.now)
    assert str(refused).startswith("More than 5 people take part")


@pytest.mark.parametrize("teams_apart", [False, True])
def test_a_team_too_large_for_a_wall_to_be_tried_gets_an_answer(
    world: World, monkeypatch: pytest.MonkeyPatch, teams_apart: bool
) -> None:
    uneven(world)
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        policy = round_queries.policy_of(programme) | {"teams_apart": teams_apart}
        for most, works in ((6, True), (5, False)):
            monkeypatch.setattr(rule_costs, "MOST_PAIRS", most)
            found = rule_costs.read(session, programme, policy, world.now)
            assert isinstance(found, rule_costs.Subject) is works
    assert str(found).startswith("So many people are of one team")


def test_one_at_a_time_is_worked_out(world: World) -> None:
    uneven(world)
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        subject = rule_costs.read(session, programme, round_queries.policy_of(programme), world.now)
    assert isinstance(subject, rule_costs.Subject)
    with rule_costs.ONE_AT_A_TIME:
        assert rule_costs.costs(subject) is None
    assert isinstance(rule_costs.costs(subject), rule_costs.Costs)
    assert isinstance(rule_costs.costs(subject), rule_costs.Costs)


@pytest.mark.parametrize(
    ("rule", "fact", "words"),
    [
        ("host", "host", "1 host would be drawn."),
        ("volunteer", "may_sit_out", "2 people would sit out who have offered it."),
    ],
)
def test_who_takes_the_odd_place_is_counted(world: World, rule: str, fact: str, words: str) -> None:
    """Of eight, three are of the reserve: groups of three take one host more than the five others, or two less of the
    eight.
    """
    people = world.people(8)
    assert said(costs(world, size=3, odd_one=rule), "odd_one") == []
    with world.database.writing() as session:
        for person in people[:3]:
            setattr(session.merge(person), fact, True)
    found = costs(world, size=3, odd_one=rule)
    assert said(found, "odd_one") == [words]
    assert said(found, "group_size") == ["There would be 2 groups.", NO_DEARER]
    assert said(costs(world, size=3), "odd_one") == []


def test_the_best_pairs_stand_beside_pure_chance(world: World) -> None:
    for number in range(12):
        world.person(f"p{number:02}", f"Team {number}", interest=[f"topic {number // 2}"])
    (words,) = said(costs(world), "quality")
    assert words.startswith("With the best pairs 12 people would have something to talk about, by pure chance ")
    assert int(words.split()[-2]) < 12


def test_rounds_that_are_kept_use_up_pairs(world: World) -> None:
    world.people(12, teams=12)
    assert said(costs(world), "shadows") == []
    (words,) = said(costs(world, shadows=2), "shadows")
    with_them, without = (int(word) for word in words.replace(".", "").split() if word.isdigit())
    assert with_them < without == 11
