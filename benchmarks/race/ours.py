"""Ourselves: the only file of the race that knows `matching`, so that a change of its face is a change in one place."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from benchmarks.race.scene import Answer, Scene
from matching import Met, Person, Policy, Pool, match

WIDTH = 6  # digits of an id
LISTS = ("interests", "asks", "offers")


def coffee(scene: Scene) -> Answer:
    """A round by the public API: `build` is the pool and its columns, `solve` is `match`, certificate included."""
    seed = scene.lot.randrange(1 << 32)
    began = time.process_time()
    pool = pool_of(scene)
    assert pool.columns.n == len(scene.active)  # made at the first look
    built = time.process_time()
    found = match(pool, Policy(), seed)
    done = time.process_time()
    groups = [tuple(sorted(int(one) for one in group)) for group in found.groups]
    notes = {"proven": float(found.certificate.optimal_tiers)}
    return Answer(groups, done - built, built - began, notes)


def pool_of(scene: Scene) -> Pool:
    """The scene as our API takes it."""
    here = set(scene.active)
    return Pool(
        people=tuple(_person(scene, one) for one in scene.active),
        history=tuple(Met(number, _id(a), _id(b)) for number, a, b in scene.history if a in here and b in here),
        blocks=tuple((_id(a), _id(b)) for a, b in sorted(scene.wishes.blocks)) if scene.wishes else (),
        round=scene.number,
    )


def _person(scene: Scene, one: int) -> Person:
    wishes: dict[str, Any] = {}
    if scene.wishes:
        for name in ("interests", "asks", "offers", "languages"):
            wishes[name] = frozenset(f"word {word}" for word in getattr(scene.wishes, name)[one])
    team = f"team {scene.teams[one]}"
    return Person(_id(one), team, **wishes, trios=scene.trios[one], sat_out=scene.sat_out[one])


def _id(one: int) -> str:
    return f"{one:0{WIDTH}}"


# At sizes where people are arrays


def pool_of_arrays(arrays: Mapping[str, Any]) -> Pool:
    """The columns of `large.py` as our API takes them."""
    columns = {name: arrays[name] for name in ("team", "languages", "size", "trios", "sat_out")}
    lists = {name: (arrays[f"{name}_start"], arrays[f"{name}_words"]) for name in LISTS}
    history = (arrays["met_round"], arrays["met_a"], arrays["met_b"])
    blocks = (arrays["block_a"], arrays["block_b"])
    return Pool.from_columns(arrays["ids"], **columns, **lists, history=history, blocks=blocks)


def timed(pool: Pool, seed: int) -> dict[str, Any]:
    """CPU seconds until the tiers stand and until the end, and what the certificate says."""
    marks: dict[str, float] = {}
    began = time.process_time()

    def tell(word: str, _share: float) -> None:
        marks.setdefault(word, time.process_time() - began)

    found = match(pool, Policy(), seed, progress=tell)
    seconds = time.process_time() - began
    return {"tiers_seconds": marks.get("tiers"), "seconds": seconds, "certificate": found.certificate.as_dict()}
