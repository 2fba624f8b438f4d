"""The two simplest matchers: neighbours in a shuffled list, and a shuffled list where each takes the best one free."""

from __future__ import annotations

import time

from benchmarks.race.scene import Answer, Group, Scene, couple

Likes = tuple[bool, int, bool]


def shuffle(scene: Scene) -> Answer:
    """Who stands beside whom; the odd one goes home, and so do couples who may not meet. O(n), no memory."""
    began = time.process_time()
    order = scene.lot.sample(scene.active, len(scene.active))
    groups: list[Group] = [couple(a, b) for a, b in zip(order[::2], order[1::2], strict=False) if _allowed(scene, a, b)]
    return Answer(groups, time.process_time() - began)


def greedy(scene: Scene) -> Answer:
    """In shuffled order, each takes who is free and costs least: not met, else long ago; another team. O(n^2)."""
    began = time.process_time()
    free = scene.lot.sample(scene.active, len(scene.active))
    groups: list[Group] = []
    while len(free) > 1:
        one = free.pop()
        choice = [other for other in free if _allowed(scene, one, other)]
        if choice:
            other = min(choice, key=lambda other: cost(scene, one, other))
            free.remove(other)
            groups.append(couple(one, other))
    return Answer(groups, time.process_time() - began)


def cost(scene: Scene, a: int, b: int) -> Likes:
    """A repeat, how lately, one team: compared in this order."""
    last = scene.last.get(couple(a, b))
    return last is not None, last or 0, scene.same_team(a, b)


def _allowed(scene: Scene, a: int, b: int) -> bool:
    return scene.wishes is None or scene.wishes.allowed(a, b)
