"""Interest scores of a small pool as a matrix, in whole millionths, and the score of groups."""

from __future__ import annotations

import numpy as np

from matching.columns import Columns, Int32, Int64, Lists
from matching.rules import HELP, SHARED, UNIT
from matching.types import Interests


def score_matrix(columns: Columns, mode: Interests) -> Int64:
    """(n, n) scores of all pairs; O(n^2 * topics)."""
    likes = _holders(columns.interests, columns)
    both = likes @ likes.T
    if mode == "ask-offer":
        help_of = (_holders(columns.asks, columns) @ _holders(columns.offers, columns).T > 0).astype(np.int64)
        return HELP * (help_of + help_of.T) + SHARED * (both > 0)
    if mode == "one-in-common":
        return UNIT * (both > 0).astype(np.int64)
    count = np.diag(both)
    together = count[:, None] + count[None, :] - both
    return np.where(together > 0, (2 * UNIT * both + together) // np.maximum(2 * together, 1), 0)


def _holders(lists: Lists, columns: Columns) -> Int64:
    """(n, topics) with 1 where somebody names a topic; only topics that somebody names."""
    used, column = np.unique(lists.words, return_inverse=True)
    table = np.zeros((columns.n, columns.topics), dtype=np.int64)
    person = np.repeat(np.arange(columns.n), np.diff(lists.start))
    table[person, used[column.reshape(-1)] if len(used) else column] = 1
    return table


def nobody_scores(columns: Columns, mode: Interests) -> bool:
    """Whether every round scores 0 because nobody names what counts."""
    helps = mode == "ask-offer" and len(columns.asks.words) > 0 and len(columns.offers.words) > 0
    return not helps and len(columns.interests.words) == 0


def group_scores(scores: Int64, seats: Int32) -> int:
    """The score of a round in millionths: each group's pairs, twice, by its size less one."""
    total = 0
    for row in seats.tolist():
        group = [one for one in row if one >= 0]
        if len(group) > 1:
            total += 2 * int(scores[np.ix_(group, group)].sum() // 2) // (len(group) - 1)
    return total
