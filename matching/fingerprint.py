"""One short text for one input: what a stored round remembers of the pool and policy it was drawn from."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from matching.columns import Lists
from matching.pool import Pool
from matching.types import Policy

VERSION = 2
COLUMNS = ("team", "languages", "times", "size", "trios", "sat_out", "blocks", "met", "apart")
LISTS = ("interests", "asks", "offers")


def fingerprint(pool: Pool, policy: Policy) -> str:
    """SHA-256 over the columns, which stand in order of id: the order of the lines does not matter. Costs O(pool)."""
    encoded, columns = pool.encoded, pool.columns
    digest = hashlib.sha256()
    words = [columns.teams, encoded.topics, encoded.languages, encoded.times]
    rules = [policy.size, policy.interests, float(policy.quality), policy.shadows]
    digest.update(json.dumps([VERSION, pool.this_round, rules, words]).encode())
    ids = columns.ids if isinstance(columns.ids, tuple) else [str(one) for one in columns.ids.tolist()]
    digest.update(json.dumps(ids).encode())
    for name in COLUMNS:
        _feed(digest, name, getattr(columns, name))
    for name in LISTS:
        lists: Lists = getattr(columns, name)
        _feed(digest, name, lists.start)
        _feed(digest, name, lists.words)
    _feed(digest, "since", encoded.since)
    _feed(digest, "acquainted", encoded.acquainted)
    return digest.hexdigest()


def _feed(digest: Any, name: str, column: Any) -> None:
    """A column with its name and shape, in the same bytes on every machine."""
    digest.update(f"{name}{column.shape}".encode())
    whole = column if column.dtype == np.uint64 else column.astype(np.int64)
    digest.update(np.ascontiguousarray(whole.astype(whole.dtype.newbyteorder("<"))).tobytes())
