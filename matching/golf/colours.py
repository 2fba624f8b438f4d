"""What tells people apart by the groups they sat in: colours that a relabelling cannot change.

Definition: the first colour of somebody counts walks from companion to companion that come back, and for every two of
the rounds how many companions of the one met a companion of the other; then everybody is coloured again by the colours
of their companions, round by round, until no new colours appear. Two histories that are relabellings of each other
colour their people alike, so that a person fits only places of their own colour. Cost: O(rounds^2 * n^2 + passes *
rounds * n). (Weisfeiler and Leman, 1968.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.columns import Int64

Float64 = NDArray[np.float64]
PASSES = 8
PAIRS = 5  # rounds of which every two are compared: more tell no more


def same_colours(one: Int64, other: Int64) -> tuple[Int64, Int64] | None:
    """Colours of the people of two histories (rounds, n) that name groups; None when they cannot be the same."""
    pair = (one, other)
    first = [_companions(rounds[:PAIRS]) for rounds in pair]
    colours = _numbered(*first)
    for _ in range(PASSES):
        rows = [_by_companions(rounds, colour) for rounds, colour in zip(pair, colours, strict=True)]
        if rows[0].shape != rows[1].shape:
            return None
        finer = _numbered(*rows)
        if finer[0].max(initial=0) == colours[0].max(initial=0):
            break
        colours = finer
    if not np.array_equal(np.sort(colours[0]), np.sort(colours[1])):
        return None
    return colours


def _companions(rounds: Int64) -> Int64:
    """(n, counts): ways round through the first two rounds, and companions of one round who met those of another."""
    count, n = rounds.shape
    together = (rounds[:, :, None] == rounds[:, None, :]).astype(np.float64) - np.eye(n)  # small whole numbers: exact
    met = together.sum(axis=0)
    columns = [((together[i] @ met) * together[j]).sum(axis=1) for i in range(count) for j in range(i, count)]
    return np.stack([*_ways_round(together[0], together[min(1, count - 1)]), *columns], axis=1).astype(np.int64)


def _ways_round(first: Float64, second: Float64) -> list[Float64]:
    """How many walks that take companions of two rounds in turn come back after 4, 6 and 8 steps."""
    step = first @ second
    ways = [step @ step]
    for _ in range(2):
        ways.append(ways[-1] @ step)
    return [np.diagonal(one) for one in ways]


def _by_companions(rounds: Int64, colour: Int64) -> Int64:
    """(n, 1 + rounds * largest group): one's own colour, then the sorted colours of one's group in every round."""
    blocks = [colour[:, None]]
    for groups in rounds:
        _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
        order = np.lexsort((colour, group.reshape(-1)))
        seat = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        kinds = np.full((len(sizes), sizes.max()), -1, dtype=np.int64)
        kinds[group.reshape(-1)[order], seat] = colour[order]
        blocks.append(kinds[group.reshape(-1)])
    return np.hstack(blocks)


def _numbered(one: Int64, other: Int64) -> tuple[Int64, Int64]:
    """Equal rows of both get equal numbers."""
    numbers = np.unique(np.concatenate([one, other]), axis=0, return_inverse=True)[1].reshape(-1)
    return numbers[: len(one)], numbers[len(one) :]
