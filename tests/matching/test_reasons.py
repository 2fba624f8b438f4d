"""Why these people: facts that all of them may see."""

from __future__ import annotations

import pytest

from matching import Help, Met, Person, Policy, Pool, Reason, explain

PEOPLE = (
    Person("ada", "Finance", ["Chess ", "opera"], ["budgets"], [], ["en"], ["tuesday", "friday"]),  # type: ignore[arg-type]
    Person("ben", "Nursing", ["chess"], [], ["Budgets"], ["EN", "fr"], ["Tuesday"]),  # type: ignore[arg-type]
    Person("cat", "", ["chess"]),  # type: ignore[arg-type]
)


def test_a_pair_hears_what_brings_it_together() -> None:
    reason = explain(Pool(PEOPLE, blocks=(("ada", "cat"),)), Policy(), ("ben", "ada"))
    assert reason == Reason(
        group=("ada", "ben"),
        first_meeting=True,
        last_met_rounds_ago=None,
        teams=("Finance", "Nursing"),
        shared_interests=("Chess",),
        helps=(Help("ada", "ben", "Budgets"),),
        shared_languages=("EN",),
        shared_times=("Tuesday",),
    )
    assert reason.sentences({"ada": "Ada", "ben": "Ben"}) == (
        "This is your first meeting.",
        "From different teams: Finance and Nursing.",
        "Ada would like help with Budgets, which Ben offers.",
        "You share an interest in Chess.",
        "You have a language in common: EN.",
        "You have a time in common: Tuesday.",
    )


def test_a_trio_shares_what_all_three_share() -> None:
    reason = explain(Pool(PEOPLE), Policy(), ("cat", "ben", "ada"))
    assert (reason.shared_interests, reason.shared_languages) == (("Chess",), ("EN",))


def test_blocks_never_show() -> None:
    with_blocks = explain(Pool(PEOPLE, blocks=(("ben", "cat"),)), Policy(), ("ada", "ben"))
    assert with_blocks == explain(Pool(PEOPLE), Policy(), ("ada", "ben"))


@pytest.mark.parametrize(
    ("history", "ago", "says"),
    [
        ((Met(4, "ben", "ada"),), 1, "Some of you met in the last round."),
        ((Met(2, "ada", "ben"), Met(4, "x", "y")), 3, "Some of you met 3 rounds ago."),
    ],
)
def test_a_repeat_says_how_long_ago(history: tuple[Met, ...], ago: int, says: str) -> None:
    reason = explain(Pool(PEOPLE, history), Policy(), ("ada", "ben"))
    assert (reason.first_meeting, reason.last_met_rounds_ago) == (False, ago)
    assert reason.sentences()[0] == says


def test_a_stranger_has_no_reason() -> None:
    with pytest.raises(ValueError, match="zoe: not in the pool"):
        explain(Pool(PEOPLE), Policy(), ("ada", "zoe"))


def test_people_who_only_know_each_other_are_not_said_to_have_met_in_a_round() -> None:
    reason = explain(Pool(PEOPLE, knows=(("ada", "ben"),)), Policy(), ("ada", "ben"))
    assert (reason.first_meeting, reason.last_met_rounds_ago, reason.acquainted) == (False, None, True)
    assert reason.sentences()[0] == "Some of you know each other already."
