"""Promises: kill -9 at any moment, and after a restart nothing is lost, nothing is sent twice, nobody meets others than
was first written down, and held is what was past its dot, nothing else (F1 to F3 of our research).
"""

from collections.abc import Callable

import pytest

from tests.crash import plans, trial
from tests.crash.plans import KINDS, Plan
from tests.crash.world import World
from tests.rig.nursery import Nursery

SAMPLE = [plan for kind in KINDS for plan in plans.sample(kind)]
REST = [plan for kind in KINDS for plan in plans.everywhere(kind) if plan not in SAMPLE]
SEEDS = 100

WorldOn = Callable[[str], World]


@pytest.mark.parametrize("plan", SAMPLE, ids=str)
def test_a_kill_loses_nothing_and_repeats_nothing(nursery: Nursery, world_on: WorldOn, plan: Plan) -> None:
    assert trial.run(nursery, world_on(plan.kind), plan.story, plan.kill).faults == []


@pytest.mark.long
@pytest.mark.parametrize("plan", REST, ids=str)
def test_a_kill_at_any_other_moment_of_any_story(nursery: Nursery, world_on: WorldOn, plan: Plan) -> None:
    assert trial.run(nursery, world_on(plan.kind), plan.story, plan.kill).faults == []


@pytest.mark.long
@pytest.mark.parametrize("plan", [plan for kind in KINDS for plan in plans.doubles(kind, SEEDS)], ids=str)
def test_two_kills_one_after_the_other(nursery: Nursery, world_on: WorldOn, plan: Plan) -> None:
    """The second falls while the first is put right; some stories end before they come to it."""
    outcome = trial.run(nursery, world_on(plan.kind), plan.story, plan.kill)
    assert outcome.verdict.faults == []


def test_the_sample_kills_at_thirty_moments_at_least_on_each_database() -> None:
    assert all(len(plans.sample(kind)) >= 30 for kind in KINDS)
