"""Moments as people write them: by the clocks on their wall."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from app.errors import BadInput, Fault
from app.models import Programme
from emails import phrase


def moment_in(when: datetime, programme: Programme, place: str = "at", *, days: bool = False) -> datetime:
    """A moment as somebody wrote it, by the clocks of the programme where they named no zone. Raises BadInput for an
    hour that the clocks leave out, but where `days` are meant, which begin wherever they leap at midnight.
    """
    zone = ZoneInfo(programme.time_zone)
    try:
        found = (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
        there = found.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        raise BadInput(Fault(place, phrase("This day is in no calendar of ours."))) from None
    begins_a_day = days and when.time() == time(0)
    if when.tzinfo is None and there != when and not begins_a_day:
        raise BadInput(Fault(place, phrase("On that day the clocks leave this hour out."), phrase("Take another.")))
    return found
