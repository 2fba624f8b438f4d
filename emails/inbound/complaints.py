"""Complaints: "this is spam", told by the mailbox provider (RFC 5965, and the shape that Outlook.com sends)."""

from emails.inbound.reading import Opened, first, headers_of, returned_heads
from emails.inbound.report import Report
from emails.inbound.reports import address_in, blocks_of

MEANT = ("abuse", "fraud", "opt-out", "opt-out-list")
"""Feedback types by which somebody wants no more mail; `not-spam`, `virus` and reports on authentication are others."""


def complaint(opened: Opened) -> Report | None:
    """A complaint, or None. `nothing` for a feedback report of another kind."""
    for part in opened.of_type("message/feedback-report"):
        fields = next(blocks_of(opened.body_of(part)), {})
        if first(fields, "feedback-type").lower() not in MEANT:
            return Report("nothing")
        named = first(fields, "original-rcpt-to") or first(fields, "removal-recipient")
        return Report("complaint", recipient_hint=address_in(named))
    return _outlook(opened)


def _outlook(opened: Opened) -> Report | None:
    """Outlook.com's programme sends the mail itself, with the complaining mailbox in a header of its own."""
    for head in (headers_of(opened.root), *returned_heads(opened)):
        named = first(head, "x-hmxmroriginalrecipient")
        if named:
            return Report("complaint", recipient_hint=address_in(named))
    return None
