"""Promises: every moment at which a crash could hurt has a name, and each is on the list of those that are tried."""

import pytest

from tests.crash import points
from tests.crash.stories import STORIES

HOW = "walk the stories again: .venv/bin/python -m tests.crash --points"


def test_every_transaction_that_writes_says_what_it_does() -> None:
    assert points.unnamed() == []


def test_the_list_names_every_moment_of_the_code_and_no_other() -> None:
    code, listed = points.in_code(), {point.name for point in points.listed()}
    assert (code - listed, listed - code) == (set(), set()), HOW


def test_there_are_at_least_a_hundred_moments() -> None:
    assert len([point for point in points.listed() if point.passings]) >= 100


@pytest.mark.parametrize("point", [point for point in points.listed() if not point.passings], ids=lambda one: one.name)
def test_a_moment_that_no_story_passes_says_why(point: points.Point) -> None:
    assert len(point.reason.split()) > 3, f"{HOW}; or say why none needs to"


def test_the_list_names_stories_that_exist() -> None:
    assert {one.story for point in points.listed() for one in point.passings} == set(STORIES)
