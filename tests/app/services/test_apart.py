"""Pairs whom organisers keep apart: hard in every draw and by hand; what people have said themselves is never told."""

import pytest
from sqlmodel import select

from app.errors import BadInput, Conflict
from app.models import AuditEntry, Block, Participant
from app.queries import apart as queries
from app.queries import programmes as programme_queries
from app.services import apart, participants, privacy
from tests.app.adjusted import change
from tests.app.services.test_rule_costs import costs, everything, said
from tests.app.services.test_walls import pairs
from tests.factories import World, address_of


def name(world: World, a: str, b: str) -> list[str]:
    """Keep two people apart, as organisers do; whom the answer names."""
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug, lock=True)
        two = apart.two(session, programme, a, b)
        apart.keep_apart(session, programme, two, now=world.now, secret_key=world.secret, actor="test")
        return [one.email for one in two]


def lift(world: World, a: str, b: str) -> list[str]:
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug, lock=True)
        two = apart.two(session, programme, a, b)
        apart.lift(session, programme, two, now=world.now, actor="test")
        return [one.email for one in two]


def listed(world: World) -> list[set[str]]:
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        return [{pair.a.name, pair.b.name} for pair in queries.page(session, programme)]


def trail(world: World) -> list[tuple[str, str | None, dict[str, object]]]:
    with world.database.reading() as session:
        found = session.exec(select(AuditEntry).where(AuditEntry.actor == "test").order_by(AuditEntry.id))
        return sorted((one.action, one.subject, one.detail) for one in found if one.action.startswith("people."))


ADA, BEN = "ada@example.org", "ben@example.org"


def test_two_who_are_named_never_meet_until_it_is_taken_back(world: World) -> None:
    world.person("ada")
    world.person("ben")
    name(world, ADA, "BEN@Example.org")
    name(world, world.there("ben").id, ADA)
    assert listed(world) == [{"Ada", "Ben"}]
    assert pairs(world, world.draw(world.open_round("one"))) == set()
    lift(world, BEN, ADA)
    lift(world, BEN, ADA)
    assert listed(world) == []
    assert pairs(world, world.draw(world.open_round("two"))) == {(ADA, BEN)}
    assert trail(world) == [("people.apart", None, {}), ("people.together", None, {})]


def test_a_drawn_group_comes_apart_and_no_hand_puts_them_together(world: World) -> None:
    world.people(4)
    round_ = world.draw(world.open_round())
    group = sorted(world.groups(round_)[0])
    name(world, *group)
    assert set(group) <= world.left_out(round_).keys()
    with pytest.raises(Conflict):
        change(world, round_, {"do": "group", "people": group})


@pytest.mark.parametrize("own", [False, True])
def test_what_somebody_has_said_oneself_changes_no_answer_and_outlasts_the_organisers(world: World, own: bool) -> None:
    ada, ben = world.person("ada"), world.person("ben")
    before = everything(costs(world))
    if own:
        world.block(ada, ben)
    assert (listed(world), everything(costs(world))) == ([], before)
    assert sorted(name(world, ADA, BEN)) == [ADA, BEN]
    assert listed(world) == [{"Ada", "Ben"}]
    assert sorted(lift(world, ADA, BEN)) == [ADA, BEN]
    assert (listed(world), everything(costs(world))) == ([], before)
    assert [one[0] for one in trail(world)] == ["people.apart", "people.together"]
    assert (pairs(world, world.draw(world.open_round())) == set()) is own


def test_lifting_ones_own_leaves_the_organisers_pair(world: World) -> None:
    ada, ben = world.person("ada"), world.person("ben")
    world.block(ada, ben)
    name(world, ADA, BEN)
    with world.database.writing() as session:
        participants.unblock(session, session.get_one(Participant, ada.id), address_of("ben").key)
    assert pairs(world, world.draw(world.open_round())) == set()


def test_nobody_and_one_person_twice_are_refused_with_place_and_way_out(world: World) -> None:
    world.person("ada")
    world.programme("second")
    for a, b, faults in (
        ("nobody@example.org", "x", ["a: names nobody in this programme.", "b: names nobody in this programme."]),
        (ADA, "ada@EXAMPLE.org", ["b: names the same person."]),
        (ADA, "", ["b: names nobody in this programme."]),
    ):
        with pytest.raises(BadInput) as refused:
            name(world, a, b)
        assert [f"{one.place}: {one.problem}" for one in refused.value.faults] == faults
        assert all(one.remedy for one in refused.value.faults)
    world.slug = "second"
    with pytest.raises(BadInput):
        name(world, ADA, ADA)


def test_an_id_that_looks_like_an_address_means_whose_address_it_is(world: World) -> None:
    for one, known_as in (("ben", "staff-7"), ("cem", "staff-9"), ("ada", "cem@example.org")):
        person = world.person(one)
        with world.database.writing() as session:
            session.get_one(Participant, person.id).match_key = known_as
    name(world, "staff-7", "cem@example.org")
    assert listed(world) == [{"Ben", "Cem"}]


def test_pairs_come_page_by_page_and_go_with_the_person(world: World) -> None:
    everybody = world.people(5)
    for other in everybody[1:]:
        name(world, everybody[0].id, other.id)
    found: list[str] = []
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        while some := queries.page(session, programme, found[-1] if found else "", 2):
            found += [pair.cursor for pair in some]
    assert (len(found), len(set(found))) == (4, 4)
    assert max(map(len, found)) <= 60
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        person = session.get_one(Participant, everybody[0].id)
        privacy.erase(session, programme, person, now=world.now, secret_key=world.secret)
        session.flush()
        assert session.exec(select(Block)).all() == []


def test_what_named_pairs_cost_is_said_without_what_people_have_said_themselves(world: World) -> None:
    everybody = world.people(3)
    assert said(costs(world), "given") == ["No two people who take part are kept apart by organisers."]
    name(world, everybody[0].id, everybody[1].id)
    world.block(everybody[1], everybody[2])
    assert said(costs(world), "given") == [
        "1 pair of people who take part is kept apart by organisers.",
        "This wall leaves 1 person out.",
    ]
