"""One short text for one input: what a stored round remembers of the pool and policy it was drawn from."""

from __future__ import annotations

import hashlib
import json

from matching.types import SET_FIELDS, Policy, Pool

VERSION = 1


def fingerprint(pool: Pool, policy: Policy) -> str:
    """SHA-256 over a canonical form: everything sorted, so that the order of lines does not matter."""
    people = [
        [person.id, person.team, *(sorted(getattr(person, name)) for name in SET_FIELDS), *_numbers(person)]
        for person in sorted(pool.people, key=lambda person: person.id)
    ]
    canonical = {
        "version": VERSION,
        "people": people,
        "history": sorted({(met.round, *sorted((met.a, met.b))) for met in pool.history}),
        "blocks": sorted({tuple(sorted(pair)) for pair in pool.blocks}),
        "knows": sorted({tuple(sorted(pair)) for pair in pool.knows}),
        "round": pool.this_round,
        "policy": [policy.size, policy.interests, float(policy.quality), policy.shadows],
    }
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _numbers(person: object) -> list[int | None]:
    return [getattr(person, name) for name in ("size", "trios", "sat_out")]
