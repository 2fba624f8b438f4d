"""How many calls a key may make, told in headers (draft-ietf-httpapi-ratelimit-headers-10) and kept to.

    RateLimit-Policy: "minute";q=600;w=60
    RateLimit: "minute";r=599;t=60

Counted in the memory of this process: in the database each look would become a write, and SQLite has one writer at a
time. Where several processes serve, each has a count of its own; the limit is there for a script gone wild, and not
for the bill. A window begins with the first call that falls into it, so that `r` calls within `t` seconds is exactly
what may follow. The rates are read by the library `limits`; what it counts with goes by the clock of the machine, and
ours by that of the application.
"""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from limits import RateLimitItem, parse_many

from app.errors import TooMany

FORGOTTEN_FROM = 1000
"""So many keys are known at once before those are forgotten whose windows are over."""


@dataclass(frozen=True, slots=True)
class Policy:
    """So many calls in so many seconds."""

    name: str
    quota: int
    window: int

    def __str__(self) -> str:
        """As it stands in the header."""
        return f'"{self.name}";q={self.quota};w={self.window}'


@dataclass(slots=True)
class Window:
    """What a key has used since when, in seconds."""

    began: float
    used: int = 0


class QuotaUsed(TooMany):
    """A key has made all the calls that it may make for now. Carries the headers that say so."""

    def __init__(self, policy: Policy, wait: int) -> None:
        super().__init__(f"This key may make {policy.quota} calls in {policy.window} s. Go on in {wait} s.")
        self.retry_after = wait


class Quotas:
    """The counts of one process."""

    def __init__(self, rates: str) -> None:
        self.policies = [_policy(rate) for rate in dict.fromkeys(parse_many(rates))]
        self._windows: dict[tuple[str, str], Window] = {}
        self._lock = threading.Lock()

    def take(self, key_id: str, now: datetime) -> tuple[dict[str, str], QuotaUsed | None]:
        """Count one more call, unless one of the quotas is used up; what the answer says of them, and the refusal."""
        moment = now.timestamp()
        with self._lock:
            self._forget(moment)
            windows = [self._window(key_id, policy, moment) for policy in self.policies]
            full = [both for both in zip(self.policies, windows, strict=True) if both[1].used >= both[0].quota]
            if not full:
                for window in windows:
                    window.used += 1
            said = self._said(windows, moment)
        waits = [(_left(policy, window, moment), policy) for policy, window in full]
        longest = max(waits, key=lambda one: one[0], default=None)
        return said, QuotaUsed(longest[1], longest[0]) if longest else None

    def _window(self, key_id: str, policy: Policy, moment: float) -> Window:
        name = (key_id, policy.name)
        found = self._windows.get(name)
        if found is None or not found.began <= moment < found.began + policy.window:
            found = self._windows[name] = Window(moment)
        return found

    def _said(self, windows: Sequence[Window], moment: float) -> dict[str, str]:
        left = [
            f'"{policy.name}";r={max(0, policy.quota - window.used)};t={_left(policy, window, moment)}'
            for policy, window in zip(self.policies, windows, strict=True)
        ]
        return {"RateLimit-Policy": ", ".join(map(str, self.policies)), "RateLimit": ", ".join(left)}

    def _forget(self, moment: float) -> None:
        if len(self._windows) > FORGOTTEN_FROM:
            longest = {policy.name: policy.window for policy in self.policies}
            kept = {name: one for name, one in self._windows.items() if moment < one.began + longest[name[1]]}
            self._windows = kept


def _policy(rate: RateLimitItem) -> Policy:
    unit = rate.GRANULARITY.name
    return Policy(unit if rate.multiples == 1 else f"{rate.multiples}-{unit}s", rate.amount, rate.get_expiry())


def _left(policy: Policy, window: Window, moment: float) -> int:
    return max(1, math.ceil(window.began + policy.window - moment))
