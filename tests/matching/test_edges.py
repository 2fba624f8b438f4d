"""Rounds of nobody, of a handful, and of people whom nobody may meet."""

from __future__ import annotations

from itertools import combinations

import pytest

from matching import LeftOut, Matching, Met, Person, Policy, Pool, check, explain_left_out, match, tier_costs
from tests.matching.instances import community, friendships, meetings, plain


def drawn(pool: Pool, policy: Policy | None = None, seed: int = 1) -> Matching:
    matching = match(pool, policy, seed)
    assert check(pool, policy or Policy(), matching) == ()
    return matching


def blocked(people: tuple[Person, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(combinations([person.id for person in people], 2))


@pytest.mark.parametrize("size", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("n", range(15))
def test_a_small_round_places_everyone_whom_the_numbers_allow(n: int, size: int) -> None:
    figures = drawn(Pool(plain(n)), Policy(size=size)).certificate
    sizes = {2: (2, 3)}.get(size, (size - 1, size, size + 1))
    fits = {0}
    for count in range(1, n + 1):
        if any(count - one in fits for one in sizes):
            fits.add(count)
    assert figures.left_out == figures.left_out_bound == n - max(fits)


def test_nobody_is_a_round_too() -> None:
    assert drawn(Pool(())).as_dict() == {
        "seed": 1,
        "size": 2,
        "groups": [],
        "left_out": [],
        "certificate": {
            "people": 0,
            "left_out": 0,
            "left_out_bound": 0,
            "repeats": 0,
            "repeats_bound": 0,
            "repeat_cost": 0,
            "same_team": 0,
            "same_team_bound": 0,
            "score": 0.0,
            "score_bound": 0.0,
            "optimal_tiers": True,
            "engine": "none",
        },
        "shadows": [],
    }


def test_one_person_is_alone() -> None:
    assert drawn(Pool(plain(1))).left_out == (LeftOut("p0000", "alone", "nobody else takes part in this round"),)


def test_when_everyone_is_blocked_everyone_hears_it() -> None:
    people = plain(5)
    matching = drawn(Pool(people, blocks=blocked(people)))
    assert matching.groups == ()
    assert {out.reason for out in matching.left_out} == {"blocked with everyone who is free"}
    assert matching.certificate.optimal_tiers


@pytest.mark.parametrize("size", [2, 4])
def test_somebody_blocked_with_everyone_stays_out_alone(size: int) -> None:
    people = plain(9)
    pairs = tuple(("p0000", person.id) for person in people[1:])
    matching = drawn(Pool(people, blocks=pairs), Policy(size=size))
    assert [out.id for out in matching.left_out] == ["p0000"]
    assert matching.certificate.left_out_bound == 1


def test_each_reason_has_its_code() -> None:
    pool = Pool(
        (
            Person("ada", languages={"en"}, times={"mo", "tu"}),  # type: ignore[arg-type]
            Person("ben", languages={"en"}, times={"mo"}),  # type: ignore[arg-type]
            Person("cat", languages={"fr"}, times={"mo"}),  # type: ignore[arg-type]
            Person("dan", languages={"en"}, times={"fr"}),  # type: ignore[arg-type]
            Person("eve", languages={"en"}, times={"tu"}),  # type: ignore[arg-type]
        ),
        blocks=(("eve", "ada"),),
    )
    codes = {out.id: out.code for out in explain_left_out(pool, ["cat", "dan", "eve", "ben"])}
    assert codes == {"cat": "language", "dan": "time", "eve": "rules", "ben": "no_partner"}


def test_three_with_two_common_languages_but_none_for_all_are_no_trio() -> None:
    spoken = ({"en", "fr"}, {"fr", "pt"}, {"pt", "en"})
    people = tuple(Person(f"p{number}", languages=words) for number, words in enumerate(spoken))  # type: ignore[arg-type]
    matching = drawn(Pool(people))
    assert [len(group) for group in matching.groups] == [2]
    assert matching.left_out[0].code == "no_partner"
    assert matching.certificate.optimal_tiers


def test_an_even_number_gets_a_trio_when_that_lets_one_more_in() -> None:
    people = plain(4)
    matching = drawn(Pool(people, blocks=tuple(("p0003", person.id) for person in people[:3])))
    assert matching.groups == (("p0000", "p0001", "p0002"),)
    assert [out.id for out in matching.left_out] == ["p0003"]


def test_a_round_of_two_who_have_met_is_a_repeat_that_is_proven() -> None:
    figures = drawn(Pool(plain(2), (Met(3, "p0001", "p0000"),))).certificate
    assert (figures.repeats, figures.repeats_bound, figures.repeat_cost, figures.optimal_tiers) == (1, 1, 1000, True)


def test_people_who_know_each_other_met_before_the_first_round() -> None:
    people = plain(4)
    history = (Met(5, "p0000", "p0001"), Met(5, "p0002", "p0003"), Met(6, "p0000", "p0002"), Met(6, "p0001", "p0003"))
    figures = drawn(Pool(people, history, knows=(("p0000", "p0003"), ("p0001", "p0002")))).certificate
    assert (figures.repeats, figures.repeat_cost) == (2, 2 * (1000 // 3))


def test_a_team_of_more_than_half_names_what_it_costs() -> None:
    people = (*(Person(f"f{number:02d}", "Finance") for number in range(26)), *plain(22))
    pool = Pool(people)
    matching = drawn(pool)
    assert matching.certificate.same_team == matching.certificate.same_team_bound == 2
    assert tier_costs(pool, Policy(), matching) == ("Finance has 26 of 48 people: 2 pairs must stay inside.",)


def test_no_team_is_nobodys_team() -> None:
    assert drawn(Pool(plain(6))).certificate.same_team == 0


def test_a_thousand_people_who_know_each_other_meet_new_faces_for_three_rounds() -> None:
    """Power-law teams, four acquaintances each: no repeat, nobody known, as few of one team as can be, 1,005 people."""
    people = community(1005)
    knows = friendships(people, 4)
    history: tuple[Met, ...] = ()
    for number in range(1, 4):
        figures = (matching := drawn(Pool(people, history, knows=knows), seed=number)).certificate
        assert (figures.left_out, figures.repeats, figures.same_team) == (0, 0, figures.same_team_bound)
        assert figures.optimal_tiers
        history += meetings(matching.groups, number)


def test_larger_groups_of_a_community_meet_new_faces_too() -> None:
    people = community(60)
    history: tuple[Met, ...] = ()
    for number in range(1, 4):
        matching = drawn(Pool(people, history), Policy(size=4), number)
        assert (matching.certificate.left_out, matching.certificate.repeats) == (0, 0)
        history += meetings(matching.groups, number)


def test_progress_goes_from_nothing_to_all() -> None:
    told: list[tuple[str, float]] = []
    match(Pool(plain(4)), Policy(shadows=2), 1, lambda word, share: told.append((word, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
