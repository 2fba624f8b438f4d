"""Yelp Beans' rule for pairs, in our own words and none of its code.

Written from a description of the rule and not from the source: every two people are joined by an edge of weight 1,
unless they met inside the cooldown (ten weeks by default) or share the value of a rule's field (their department).
NetworkX's maximum-weight matching of that graph is the round; who has no partner stays at home. All edges are
equal, people come in order of their ids, and an odd one out joins nobody. `department=False` is a programme
without the rule.
"""

from __future__ import annotations

import time
from itertools import combinations

import networkx as nx

from benchmarks.race.scene import Answer, Pair, Scene, couple

COOLDOWN = 10  # rounds, one a week


def beans(scene: Scene, department: bool = True) -> Answer:
    """A largest set of pairs that the rules allow. Costs O(n^3)."""
    began = time.process_time()
    graph = nx.Graph()
    graph.add_nodes_from(sorted(scene.active))
    graph.add_edges_from(
        (pair for pair in combinations(sorted(scene.active), 2) if may_meet(scene, pair, department)), weight=1
    )
    built = time.process_time()
    pairs = [couple(a, b) for a, b in nx.max_weight_matching(graph)]
    return Answer(list(pairs), time.process_time() - built, built - began)


def may_meet(scene: Scene, pair: Pair, department: bool = True) -> bool:
    """Not met inside the cooldown, not of one department. Confidential blocks and languages are kept to as well."""
    cooldown = COOLDOWN if scene.window is None else scene.window
    if scene.number - scene.last.get(pair, -cooldown) <= cooldown and pair in scene.last:
        return False
    if department and scene.same_team(*pair):
        return False
    return scene.wishes is None or scene.wishes.allowed(*pair)
