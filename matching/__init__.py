"""Who meets whom: pure functions over frozen values.

from matching import Person, Pool, Policy, match, check

matching = match(Pool(people=(Person("ada"), Person("ben"))), Policy(), seed=7)
assert check(pool, policy, matching) == ()
"""

from matching.certify import certify_by_hand
from matching.check import check
from matching.explain import WOULD_LIKE_HELP, Help, Reason, explain, explain_all
from matching.fingerprint import fingerprint
from matching.graph import best_pairs, compatibility_graph
from matching.left_out import explain_left_out
from matching.outlook import RoundsLeft, rounds_left, rounds_left_after
from matching.pool import Pool
from matching.rng import Lot
from matching.seats import hosts
from matching.solve import match
from matching.tier_costs import WITHOUT_A_GROUP, cost_facts, tier_costs
from matching.together import fit_together, sizes
from matching.types import (
    Certificate,
    InvalidPolicy,
    InvalidPool,
    LeftOut,
    Matching,
    Met,
    Person,
    Policy,
)
from matching.words import Fact

__all__ = [
    "WITHOUT_A_GROUP",
    "WOULD_LIKE_HELP",
    "Certificate",
    "Fact",
    "Help",
    "InvalidPolicy",
    "InvalidPool",
    "LeftOut",
    "Lot",
    "Matching",
    "Met",
    "Person",
    "Policy",
    "Pool",
    "Reason",
    "RoundsLeft",
    "best_pairs",
    "certify_by_hand",
    "check",
    "compatibility_graph",
    "cost_facts",
    "explain",
    "explain_all",
    "explain_left_out",
    "fingerprint",
    "fit_together",
    "hosts",
    "match",
    "rounds_left",
    "rounds_left_after",
    "sizes",
    "tier_costs",
]
