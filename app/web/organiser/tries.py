"""How often somebody tries the door: a light brake in this process. Keys have 256 random bits, so no more is needed."""

import ipaddress
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from app.errors import TooMany
from emails import phrase

MOST = 10
SPAN = timedelta(minutes=1)
SOURCES = 10_000
"""So many sources are remembered; then the one that came first is forgotten."""


class Tries:
    """Counts tries by source, for a minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: OrderedDict[str, deque[datetime]] = OrderedDict()

    def note(self, host: str, now: datetime) -> None:
        """One more try. Raises TooMany from the eleventh in a minute on."""
        source = source_of(host)
        with self._lock:
            mine = self._of.setdefault(source, deque())
            while mine and mine[0] <= now - SPAN:
                mine.popleft()
            if len(mine) >= MOST:
                raise TooMany(phrase("That was too often. Wait a minute, then try again."))
            mine.append(now)
            while len(self._of) > SOURCES:
                self._of.popitem(last=False)


def source_of(host: str) -> str:
    """What counts as one source: an address; of IPv6 its network, since everybody has a whole one."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)
