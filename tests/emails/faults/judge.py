"""The judge: compares what a mail server did, by its own journal, with what a sender believes, and names every lie.

He knows nothing of how mail is sent. An empty list of complaints is the whole promise: every mail that can be proven
was accepted exactly once, held are exactly those of which nobody can say, rejected exactly those that the server
refused for their own sake.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Deed = Literal["accepted", "ambiguous", "rejected", "refused us", "later"]
"""`ambiguous`: no answer to a final dot; comes beside `accepted` where the server kept the mail all the same."""


@dataclass(frozen=True)
class Event:
    """One line of the server's journal, written before the client can see anything of it."""

    deed: Deed
    recipient: str
    subject: str = ""
    message_id: str = ""


def complaints(journal: Iterable[Event], fates: Mapping[str, str]) -> list[str]:
    """What is wrong. `fates`: by recipient, `sent`, `held`, `rejected` or whatever else a mail may be stuck in."""
    deeds: dict[str, Counter[str]] = defaultdict(Counter)
    kept: Counter[tuple[str, str]] = Counter()
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event in journal:
        deeds[event.recipient][event.deed] += 1
        if event.message_id:
            names[event.recipient, event.subject].add(event.message_id)
        if event.deed == "accepted":
            kept[event.recipient, event.subject] += 1
    found = [f"repeated: {who} has one mail {number} times" for (who, _), number in kept.items() if number > 1]
    found += [f"renamed: {who} was offered one mail under {ids}" for (who, _), ids in names.items() if len(ids) > 1]
    for who, fate in fates.items():
        found += _about(who, fate, deeds[who])
    return sorted(found)


def _about(who: str, fate: str, deeds: Counter[str]) -> list[str]:
    """What is wrong with one mail."""
    said_yes = deeds["accepted"] - deeds["ambiguous"] > 0
    rules = {
        "lost": fate == "sent" and not deeds["accepted"],
        "guessed": deeds["ambiguous"] > 0 and fate != "held",
        "held without need": fate == "held" and not deeds["ambiguous"],
        "blamed": fate == "rejected" and not deeds["rejected"],
        "not given up": deeds["rejected"] > 0 and fate != "rejected",
        "forgotten": said_yes and fate not in ("sent", "held"),
        "never settled": fate not in ("sent", "held", "rejected"),
    }
    return [f"{word}: {who} is {fate} after {dict(deeds)}" for word, broken in rules.items() if broken]
