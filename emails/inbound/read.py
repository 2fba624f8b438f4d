"""The one door of this package."""

from dataclasses import replace

from emails.inbound.complaints import complaint
from emails.inbound.odd import from_a_mail_system, odd_bounce
from emails.inbound.reading import Opened, OutOfTime
from emails.inbound.replies import machine_reply
from emails.inbound.report import Report
from emails.inbound.reports import delivery_report, read_receipt
from emails.inbound.tags import tag_of


def read(data: bytes, to: str = "") -> Report:
    """What this message, sent to the envelope address `to` where that is known, says about a mail of ours.

    Never raises for any bytes: what cannot be understood, or not in time, is `nothing`.
    """
    try:
        opened = Opened(data)
        return replace(_told(opened), tag=tag_of(opened, to))
    except (OutOfTime, RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        # the library's parser takes any bytes, its accessors do not: a stranger's nonsense is no failure of ours
        return Report("nothing")


def _told(opened: Opened) -> Report:
    """Standards first. A mail system's odd bounce may carry the marks of a machine's reply, so it goes before those."""
    in_order = [complaint, delivery_report, read_receipt]
    in_order += [odd_bounce, machine_reply] if from_a_mail_system(opened) else [machine_reply]
    for look in in_order:
        opened.check_time()
        found = look(opened)
        if found is not None:
            return found
    return Report("nothing")
