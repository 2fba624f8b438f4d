"""A walk of changes by lot: whatever an organiser does in whatever order, the round stays one that may be sent."""

import random
from typing import Any

import pytest

from app.errors import BadInput, Conflict
from app.models import Participant, Round
from tests.app.adjusted import change, names, out, require_sound, standing, whole
from tests.factories import World

LATE = 3


def pick(lot: random.Random, world: World, round_: Round, late: list[str]) -> dict[str, Any]:
    """One change, which may be one that the rules refuse."""
    groups, left = names(world, round_), out(world, round_)
    inside = [*(one for group in groups for one in group), *left]
    person = lambda: f"{lot.choice(inside)}@example.org"  # noqa: E731
    group = lambda: lot.randrange(1, len(groups) + 2)  # noqa: E731
    do = lot.choice(["swap"] * 4 + ["move"] * 3 + ["group", "split", "exclude", "add", "lock", "unlock", "draw_again"])
    match do:
        case "swap":
            return {"do": do, "a": person(), "b": person()}
        case "move":
            return {"do": do, "person": person(), "to": group()}
        case "group":
            return {"do": do, "people": sorted({person() for _ in range(lot.choice([2, 2, 3]))} | {person()})[:3]}
        case "exclude":
            return {"do": do, "person": person()}
        case "add":
            to = {"to": group()} if lot.random() < 0.5 else {}
            return {"do": do, "person": f"{lot.choice(late)}@example.org", **to}
        case "draw_again":
            return {"do": do, "seed": lot.randrange(1000), "rest_only": lot.random() < 0.4}
        case _:
            return {"do": do, "group": group()}


def blocked(world: World, lot: random.Random, people: list[Participant]) -> None:
    for _ in range(len(people) // 4):
        one, other = lot.sample(people, 2)
        world.block(one, other)


@pytest.mark.parametrize(
    ("size", "steps", "seed"),
    [(2, 30, 1), *(pytest.param(size, 100, seed, marks=pytest.mark.long) for size in (2, 3) for seed in range(4))],
)
def test_whatever_is_changed_the_round_can_be_sent_and_every_change_undone(
    world: World, size: int, steps: int, seed: int
) -> None:
    lot = random.Random(seed)
    slug = f"size{size}"
    world.programme(slug, group_size=size)
    world.slug = slug
    people = [
        world.person(
            f"person{n:02}",
            f"Team {n % 3}",
            ask=[f"topic {n % 5}"],
            offer=[f"topic {(n + 1) % 5}"],
            language=lot.choice([[], [], ["English"], ["Welsh"]]),
        )
        for n in range(15)
    ]
    blocked(world, lot, people)
    world.sent_round("2026-W47", seed=1)
    round_ = world.draw(world.open_round("2026-W48", seed=3))
    late = [f"late{n}" for n in range(LATE)]
    for name in late:
        world.person(name, "Team 1")
    require_sound(world, round_)
    made, refused, images = 0, 0, [whole(world, round_)]
    for _ in range(steps):
        wish = [pick(lot, world, round_, late) for _ in range(lot.choice([1, 1, 1, 2]))]
        before = whole(world, round_)
        tried = None
        try:
            tried = change(world, round_, *wish, dry_run=True)
            assert whole(world, round_) == before
            done = change(world, round_, *wish)
        except (BadInput, Conflict):
            refused += 1
            assert tried is None, "what a dry run allows is allowed"
            assert whole(world, round_) == before
            continue
        assert (done.certificate, len(done.changed)) == (tried.certificate, len(tried.changed))
        if done.number is not None:
            made += 1
            images.append(whole(world, round_))
        require_sound(world, round_)
        if lot.random() < 0.2 and len(images) > 1:
            images.pop()
            change(world, round_, {"do": "undo"})
            assert whole(world, round_) == images[-1]
    assert min(made, refused) > 5
    assert len(standing(world, round_)) == len(images) - 1
    while len(images) > 1:
        images.pop()
        change(world, round_, {"do": "undo"})
        assert whole(world, round_) == images[-1]
        require_sound(world, round_)
    with pytest.raises(Conflict, match="Nothing was changed"):
        change(world, round_, {"do": "undo"})
