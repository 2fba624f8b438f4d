"""How a call of the API ends, if ever one does: it says so in each answer, long before.

    @routes.get("/old")
    @needs(Scope.READ, deprecated=Deprecated(date(2027, 1, 1), ends=date(2027, 7, 1), read="/api/v1/docs#old"))

    Deprecation: @1798761600                          since when one should not use it any more (RFC 9745)
    Sunset: Thu, 01 Jul 2027 00:00:00 GMT             from when on it may be gone (RFC 8594)
    Link: </api/v1/docs#old>; rel="deprecation"       what to do instead

docs/api.md has what is promised about it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime

NOTICE = timedelta(days=180)
"""At least so long a call goes on after it has been called deprecated."""


@dataclass(frozen=True, slots=True)
class Deprecated:
    """Since when, until when at least, and where one reads what to do instead. Raises ValueError for a short notice."""

    since: date
    read: str
    ends: date | None = None

    def __post_init__(self) -> None:
        if self.ends is not None and self.ends < self.since + NOTICE:
            raise ValueError(f"a deprecated call goes on for at least {NOTICE.days} days")

    @property
    def headers(self) -> dict[str, str]:
        """What each answer says."""
        said = {"Deprecation": f"@{int(_midnight(self.since).timestamp())}"}
        if self.ends is not None:
            said["Sunset"] = format_datetime(_midnight(self.ends), usegmt=True)
        return said

    @property
    def link(self) -> str:
        """Where to read on, for the Link header."""
        return f'<{self.read}>; rel="deprecation"; type="text/html"'


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
