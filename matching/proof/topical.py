"""A bound on the score from topics alone, for more people than a matrix of pairs holds."""

from __future__ import annotations

import numpy as np

from matching.columns import Columns, Lists
from matching.proof.figures import Figures
from matching.proof.pairs import Mask
from matching.rules import HELP, SHARED, UNIT
from matching.types import Interests


def topic_bound(columns: Columns, mode: Interests, figures: Figures) -> int:  # noqa: ARG001
    """What everybody's topics could score with anyone, added up. Costs O(topics named)."""
    likes = _answered(columns.interests, _named(columns.interests, columns.topics) > 1)
    if mode != "ask-offer":
        return UNIT * int(likes.sum())
    helped = _answered(columns.asks, _named(columns.offers, columns.topics) > 0)
    helping = _answered(columns.offers, _named(columns.asks, columns.topics) > 0)
    both = min(int(helped.sum()), int(helping.sum()))
    return SHARED * int(likes.sum()) + 2 * HELP * both


def _named(lists: Lists, topics: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.bincount(lists.words, minlength=topics)


def _answered(lists: Lists, open_: Mask) -> Mask:
    """Who names one of the open topics."""
    hits = np.zeros(len(lists.words) + 1, dtype=np.int64)
    np.cumsum(open_[lists.words], out=hits[1:])
    answered: Mask = hits[lists.start[1:]] > hits[lists.start[:-1]]
    return answered
