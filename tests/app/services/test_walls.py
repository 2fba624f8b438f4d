"""Rules of a programme that forbid: each a missing edge, in every draw, and in whatever is changed by hand."""

from itertools import combinations

import pytest

from app.errors import Conflict, TeamsTooLarge
from app.models import Round, RoundState
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.queries import walls as walls_queries
from app.queries.walls import Walls
from app.services import drawing, programmes, redraws, rounds
from app.services.programmes import ProgrammeFacts
from matching import Met, Person
from tests.app.adjusted import change
from tests.factories import World


def rules(world: World, **facts: object) -> None:
    """The organiser's rules from now on."""
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug, lock=True)
        given = ProgrammeFacts(**facts)  # type: ignore[arg-type]
        programmes.change_programme(session, programme, given, now=world.now, actor="test")


def pairs(world: World, round_: Round) -> set[tuple[str, str]]:
    return {pair for group in world.groups(round_) for pair in combinations(sorted(group), 2)}


def reasons(world: World, round_: Round) -> list[str]:
    """Why people are left out of a round, as the draw says."""
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        rows = rounds.load_for_draw(session, programme, round_.number, round_.policy, world.now)
    drawn = drawing.draw(rows, round_queries.as_policy(round_.policy), round_.seed)
    return [out.reason for out in drawn.matching.left_out]


def test_who_has_only_their_own_team_left_meets_them_without_the_wall_and_nobody_with_it(world: World) -> None:
    for name in ("ada", "ben", "cem", "dee"):
        world.person(name, "Finance")
    world.person("eva", "Estates")
    assert len(world.groups(world.sent_round("one"))) == 2
    rules(world, teams_apart=True)
    round_ = world.sent_round("two")
    assert all("eva@example.org" in group for group in world.groups(round_))
    assert world.counts(round_)["left_out"] == 3
    assert set(reasons(world, round_)) <= {
        drawing.WITH_WALLS,
        "everyone who could have met this person was needed in another group",
    }


def test_who_met_within_so_many_rounds_is_left_out_rather_than_meeting_again(world: World) -> None:
    world.people(2)
    rules(world, no_repeat_for=2)
    found = [len(world.groups(world.sent_round(period))) for period in ("one", "two", "three", "four")]
    assert found == [1, 0, 0, 1]


def test_a_left_out_person_is_told_of_rules_and_never_of_blocks(world: World) -> None:
    one, other = world.people(2)
    world.block(one, other)
    assert set(reasons(world, world.open_round("without"))) == {"blocked with everyone who is free"}
    rules(world, teams_apart=True)
    assert set(reasons(world, world.open_round("with"))) == {drawing.WITH_WALLS}


def test_a_round_keeps_the_rules_it_was_opened_by(world: World) -> None:
    world.person("ada", "Finance")
    world.person("ben", "Finance")
    before = world.open_round("before")
    rules(world, teams_apart=True)
    after = world.open_round("after")
    assert (len(world.groups(world.draw(before))), len(world.groups(world.draw(after)))) == (1, 0)


def test_by_hand_no_wall_of_the_round_is_crossed(world: World) -> None:
    for name, team in (("ada", "Finance"), ("ben", "Finance"), ("cem", "Estates"), ("dee", "Estates")):
        world.person(name, team)
    rules(world, teams_apart=True)
    round_ = world.draw(world.open_round())
    rules(world, teams_apart=False)
    of_ada = next(group for group in world.groups(round_) if "ada@example.org" in group)
    [partner] = of_ada - {"ada@example.org"}
    with pytest.raises(Conflict):
        change(world, round_, {"do": "swap", "a": partner, "b": "ben@example.org"})


@pytest.mark.parametrize("walls", [Walls(), Walls(teams_apart=True), Walls(no_repeat_for=1), Walls(True, 2)])
def test_the_walls_forbid_just_the_pairs_they_name(walls: Walls) -> None:
    people = [Person(id=one, team=team) for one, team in zip("abcdef", ["X", "x", "Y", "", "", "Y"], strict=True)]
    history = [Met(3, "a", "c"), Met(4, "b", "d"), Met(1, "e", "f")]
    forbidden = {tuple(sorted(pair)) for pair in walls.pairs(people, history, 5)}
    of_teams = {("a", "b"), ("c", "f")} if walls.teams_apart else set()
    met = {(met.a, met.b) for met in history if walls.no_repeat_for and 5 - met.round <= walls.no_repeat_for}
    assert forbidden == of_teams | met


def test_the_walls_are_named_as_the_facts_of_a_programme() -> None:
    assert set(walls_queries.WALLS) == set(Walls.__slots__)
    assert set(walls_queries.WALLS) <= set(ProgrammeFacts.__slots__)


def test_teams_too_large_to_be_kept_apart_are_refused_before_any_pair_is_written_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "ben", "cem"):
        world.person(name, "Finance")
    world.person("dee", "finance ")
    world.person("eva")
    open_ = world.open_round("one")
    rules(world, teams_apart=True)
    walled = world.open_round("two")
    monkeypatch.setattr(walls_queries, "MOST_PAIRS", 5)
    monkeypatch.setattr(walls_queries, "combinations", None)
    world.draw(open_)
    with pytest.raises(TeamsTooLarge):
        world.draw(walled)
    with world.database.reading() as session:
        found = session.get_one(Round, walled.id)
    assert (found.state, redraws.trouble_of(found)) == (
        RoundState.DRAFT,
        "To keep teams apart, 6 pairs of one team would be forbidden; 5 are possible. Take this round back, let people "
        "of one team meet or split the largest team, and open a round again.",
    )
    monkeypatch.setattr(walls_queries, "MOST_PAIRS", 6)
    monkeypatch.setattr(walls_queries, "combinations", combinations)
    world.later(hours=1)
    assert world.draw(walled).state == RoundState.MATCHED


def test_a_count_of_the_pairs_of_teams_is_what_would_be_written_out() -> None:
    people = [Person(id=str(one), team=team) for one, team in enumerate(["X", "x", "x", "Y", "", "", "Y"])]
    assert walls_queries.pairs_of_teams(people) == len(list(Walls(teams_apart=True).pairs(people, (), 1))) == 4
