"""Nobody is drawn with their own line manager, where that is known: a missing edge in every draw and by hand."""

import pytest

from app.errors import BadInput, Conflict
from app.models import Participant, Round
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.queries.walls import Walls
from app.services import drawing, participants, privacy
from app.services.imports import Sources
from app.services.participants import Correction
from tests.app.adjusted import change
from tests.app.bounced import Post
from tests.app.imported import opened, table
from tests.app.services.test_rule_costs import costs, said
from tests.app.services.test_standins import lose, partner_of
from tests.app.services.test_walls import pairs, reasons, rules
from tests.app.workflows.test_importing import go_on
from tests.factories import World

FILE = "email,name,team,manager_email"


def manager(world: World, name: str, address: str) -> None:
    """Say whose report somebody is, as organisers do."""
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug, lock=True)
        person = session.get_one(Participant, world.there(name).id)
        said_now = Correction(manager_email=address)
        participants.correct(session, programme, person, said_now, now=world.now, secret_key=world.secret, actor="test")


def of(*names: str) -> tuple[str, ...]:
    return tuple(sorted(f"{name}@example.org" for name in names))


def test_nobody_is_drawn_with_their_own_line_manager_and_rather_with_nobody(world: World) -> None:
    world.person("ada")
    world.person("maya")
    manager(world, "ada", "Maya@Example.ORG")
    assert reasons(world, world.draw(world.open_round("one"))) == [drawing.WITH_WALLS] * 2
    rules(world, lines_apart=False)
    assert pairs(world, world.draw(world.open_round("two"))) == {of("ada", "maya")}


def test_a_line_is_kept_before_and_after_the_manager_joins(world: World) -> None:
    world.person("ada")
    world.person("ben")
    manager(world, "ada", "maya@example.org")
    assert pairs(world, world.draw(world.open_round("one"))) == {of("ada", "ben")}
    world.person("maya")
    world.person("cem")
    manager(world, "cem", "maya@example.org")
    for period in ("two", "three", "four"):
        drawn = pairs(world, world.sent_round(period))
        assert len(drawn) == 2
        assert not drawn & {of("ada", "maya"), of("cem", "maya")}


def test_two_people_of_one_manager_may_meet(world: World) -> None:
    for name in ("ada", "ben"):
        world.person(name)
        manager(world, name, "maya@example.org")
    assert pairs(world, world.draw(world.open_round())) == {of("ada", "ben")}


def test_by_hand_a_line_is_refused_in_the_words_of_every_other_wall(world: World) -> None:
    for name in ("ada", "ben", "cem", "maya"):
        world.person(name)
    manager(world, "ada", "maya@example.org")
    round_ = world.draw(world.open_round())
    [of_ada] = [group for group in world.groups(round_) if "ada@example.org" in group]
    [partner] = of_ada - {"ada@example.org"}
    with pytest.raises(Conflict) as by_line:
        change(world, round_, {"do": "swap", "a": partner, "b": "maya@example.org"}, dry_run=True)
    manager(world, "ada", "")
    world.block(world.there("ada"), world.there("maya"))
    with pytest.raises(Conflict) as by_block:
        change(world, round_, {"do": "swap", "a": partner, "b": "maya@example.org"}, dry_run=True)
    assert str(by_line.value) == str(by_block.value)


def test_a_late_joiner_and_a_redraw_keep_the_line_too(world: World) -> None:
    for name in ("ada", "ben"):
        world.person(name)
    manager(world, "ada", "maya@example.org")
    round_ = world.draw(world.open_round())
    world.person("maya")
    with pytest.raises(Conflict):
        change(world, round_, {"do": "add", "person": "maya@example.org", "to": 1})
    manager(world, "ben", "maya@example.org")
    change(world, round_, {"do": "add", "person": "maya@example.org"}, {"do": "draw_again", "seed": 3})
    assert pairs(world, world.round(round_.id)) == {of("ada", "ben")}
    assert world.left_out(round_) == {"maya@example.org": drawing.WITH_WALLS}


def test_a_line_is_no_way_to_meet_someone_new(world: World) -> None:
    world.people(4)
    post, round_ = Post(world), world.sent_round()
    other = next(f"person{n:02}" for n in range(1, 4) if partner_of(world, round_, "person00") != f"person{n:02}")
    first, second = lose(post, round_, "person00", other)
    manager(world, first, f"{second}@example.org")
    for name in (first, second):
        post.ask_someone_new(name)
    assert post.match_waiting() == 0
    manager(world, first, "")
    assert post.match_waiting() == 1


def test_a_round_keeps_the_rule_and_says_so_in_its_policy(world: World) -> None:
    world.person("ada")
    world.person("maya")
    manager(world, "ada", "maya@example.org")
    round_ = world.open_round("one")
    rules(world, lines_apart=False)
    assert round_.policy["lines_apart"] is True
    assert world.groups(world.draw(round_)) == []
    assert round_queries.as_policy(round_.policy).size == 2
    assert not Walls.of({name: said for name, said in round_.policy.items() if name != "lines_apart"}).lines_apart


def test_nobody_is_their_own_manager(world: World) -> None:
    world.person("ada")
    with pytest.raises(BadInput):
        manager(world, "ada", "ADA@example.org")


def test_the_address_of_an_erased_manager_is_with_nobody_any_more_and_ones_own_is_in_ones_data(world: World) -> None:
    world.person("ada")
    world.person("maya")
    world.person("ben")
    manager(world, "ada", "maya@example.org")
    manager(world, "ben", "olu@example.org")
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        mine = privacy.export(session, programme, session.get_one(Participant, world.there("ada").id))
        hers = privacy.export(session, programme, session.get_one(Participant, world.there("maya").id))
        privacy.erase(
            session, programme, session.get_one(Participant, world.there("maya").id), now=world.now, secret_key="s"
        )
    assert mine["line_manager"] == "maya@example.org"
    assert "ada@example.org" not in str(hers)
    left = [(one.manager_email, one.manager_key) for one in (world.there("ada"), world.there("ben"))]
    assert left == [("", ""), ("olu@example.org", "olu@example.org")]


def test_an_import_brings_the_line_along_and_an_empty_cell_keeps_it(world: World) -> None:
    world.person("ada")
    first = table("people", FILE, "ada@example.org,Ada,,Maya@Example.org", "ben@example.org,Ben,,ada@example.org")
    assert go_on(world, opened(world, Sources(people=first)))
    found = [(one.manager_email, one.manager_key) for one in (world.there("ada"), world.there("ben"))]
    assert found == [("Maya@example.org", "maya@example.org"), ("ada@example.org", "ada@example.org")]
    again = table("people", FILE, "ada@example.org,Ada,,", "ben@example.org,Ben,,eva@example.org")
    assert go_on(world, opened(world, Sources(people=again)))
    assert [one.manager_email for one in (world.there("ada"), world.there("ben"))] == [
        "Maya@example.org",
        "eva@example.org",
    ]


def test_an_unfinished_import_does_not_bring_the_address_of_an_erased_manager_back(world: World) -> None:
    world.person("maya")
    rows = table("people", FILE, "ada@example.org,Ada,,MAYA@example.org", "ben@example.org,Ben,,olu@example.org")
    job_id = opened(world, Sources(people=rows))
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        privacy.erase(session, programme, session.merge(world.there("maya")), now=world.now, secret_key=world.secret)
    assert go_on(world, job_id)
    assert [world.there(name).manager_email for name in ("ada", "ben")] == ["", "olu@example.org"]


def test_the_wall_says_what_it_costs_before_it_stands(world: World) -> None:
    for name in ("ada", "maya"):
        world.person(name)
    assert said(costs(world), "lines_apart") == [
        "Nobody who takes part is known to be the line manager of somebody else who does."
    ]
    manager(world, "ada", "maya@example.org")
    for lines_apart, left_out in ((False, 0), (True, 2)):
        found = costs(world, lines_apart=lines_apart)
        assert (f"{left_out} of 2" in str(found.sum)) is lines_apart
        assert said(found, "lines_apart") == [
            "1 person and their own line manager take part.",
            "This wall leaves 2 people out.",
        ]


def test_drawn_rounds_have_a_certificate_of_what_the_line_leaves(world: World) -> None:
    for name in ("ada", "ben", "maya"):
        world.person(name)
    manager(world, "ada", "maya@example.org")
    manager(world, "ben", "maya@example.org")
    round_: Round = world.draw(world.open_round())
    assert round_.certificate is not None
    assert (round_.certificate["left_out"], round_.certificate["left_out_bound"]) == (1, 1)
