"""What cannot be right is refused at the door, with the person and the way out."""

from __future__ import annotations

from typing import Any

import pytest

from matching import InvalidPolicy, InvalidPool, Met, Person, Policy, Pool, match

ADA, BEN = Person("ada"), Person("ben")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Pool((ADA, Person("ada"))), "ada is in the pool twice: keep one of the two"),
        (lambda: Pool((ADA, Person(" "))), "person 2 has no id: give everyone an id or an address"),
        (lambda: Pool((Person("ada", size=4),)), "ada: wishes a group of 4: use 2, 3 or nothing"),
        (lambda: Pool((Person("ada", trios=-1),)), "ada: trios is -1: use 0 or a larger whole number"),
        (lambda: Pool((Person("ada", sat_out=True),)), "ada: sat_out is True: use 0 or a larger whole number"),
        (
            lambda: Pool((ADA, BEN), (Met(4, "ada", "ben"),), round=4),
            "round 4 is not after the last round of the history, 4: use 5",
        ),
        (lambda: Pool((ADA,), blocks=(("ada", "ada"),)), "block 'ada': names the same person twice, take the line out"),
        (lambda: Pool((ADA,), blocks=(("ada",),)), "block ('ada',): name exactly two people"),  # type: ignore[arg-type]
        (lambda: Person("ada", languages="en"), "ada: languages is the text 'en': give a list of texts"),  # type: ignore[arg-type]
    ],
)
def test_a_pool_that_contradicts_itself_names_who_and_what_to_do(make: Any, says: str) -> None:
    with pytest.raises(InvalidPool) as refused:
        make()
    assert str(refused.value) == says


@pytest.mark.parametrize(
    "fields",
    [
        {"size": 1},
        {"size": 7},
        {"size": 2.0},
        {"quality": float("nan")},
        {"quality": 1.1},
        {"quality": "high"},
        {"quality": True},
        {"interests": "astrology"},
        {"shadows": -1},
    ],
)
def test_a_policy_that_does_not_exist_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidPolicy, match=next(iter(fields))):
        Policy(**fields)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, True, None])
def test_a_seed_is_a_whole_number_of_63_bits(seed: Any) -> None:
    with pytest.raises(ValueError, match="seed is"):
        match(Pool((ADA, BEN)), Policy(), seed)


def test_lines_about_people_who_have_gone_change_nothing() -> None:
    gone = Pool((ADA, BEN), (Met(1, "ada", "zoe"),), (("zoe", "ben"),), (("yan", "zoe"),))
    assert match(gone, Policy(), 1).groups == (("ada", "ben"),)


def test_lists_of_any_kind_become_sets() -> None:
    assert Person("ada", interests=["chess", "chess"]) == Person("ada", interests=frozenset({"chess"}))  # type: ignore[arg-type]
