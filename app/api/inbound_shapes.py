"""The JSON in which providers tell of bounces, as reports of ours: a neutral shape, Amazon SES (by SNS), Postmark.

All of it arrives behind our own signature: a gateway of the organiser's has checked the provider's. Whatever has
another shape is no event.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emails import inbound
from emails.inbound import Kind, Report

NEUTRAL: dict[str, Kind] = {
    "hard": "hard",
    "soft": "soft",
    "complaint": "complaint",
    "auto_reply": "auto_reply",
    "delayed": "delayed",
    "delivered": "delivered",
}
POSTMARK: dict[str, Kind] = {
    "HardBounce": "hard",
    "SpamComplaint": "complaint",
    "AutoResponder": "auto_reply",
    "ChallengeVerification": "auto_reply",
    "OpenRelayTest": "nothing",
    "Unsubscribe": "complaint",
    "Subscribe": "nothing",
}
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Told:
    """One event: what it says, what the provider calls it, and the Message-ID where it names the mail by that."""

    report: Report
    event_key: str
    message_id: str = ""


def told_by(source: str, value: Any) -> list[Told]:
    """The events in a body from `source`: `ses`, `postmark`, or anything else for the neutral shape."""
    if not isinstance(value, dict):
        return []
    match source:
        case "ses":
            return list(_ses(value))
        case "postmark":
            return list(_postmark(value))
        case _:
            return list(_neutral(source, value))


def _neutral(source: str, value: dict[str, Any]) -> Iterator[Told]:
    """`{"event_id", "type", "recipient", "tag" or "message_id", "status", "diagnostic"}`; with the type `bounce` the
    status and the words decide.
    """
    event_id, kind = _text(value, "event_id"), _text(value, "type")
    status, words = _text(value, "status"), _text(value, "diagnostic")
    judged, code = inbound.judge(status, words) if kind == "bounce" else (NEUTRAL.get(kind, "nothing"), status)
    if event_id:
        report = Report(judged, _text(value, "tag"), code[:20], _text(value, "recipient"), words[:300])
        yield Told(report, f"{source}/{event_id}", _text(value, "message_id"))


def _ses(value: dict[str, Any]) -> Iterator[Told]:
    """A notification of Amazon SES, alone or wrapped by Amazon SNS: a bounce, a complaint or a delivery."""
    if isinstance(value.get("Message"), str):
        value = _loaded(value["Message"])
    kind = _text(value, "notificationType") or _text(value, "eventType")
    tag, own_id = inbound.find_tag(_text(value, "mail", "source")), _text(value, "mail", "messageId")
    match kind:
        case "Bounce":
            bounce = value.get("bounce")
            for who in _list(bounce, "bouncedRecipients"):
                report = _ses_bounce(_text(bounce, "bounceType"), who, tag)
                yield Told(report, f"ses/{_text(bounce, 'feedbackId') or own_id}/bounce/{report.recipient_hint}")
        case "Complaint":
            key = _text(value, "complaint", "feedbackId") or own_id
            yield Told(Report("complaint", tag), f"ses/{key}/complaint")
        case "Delivery":
            yield Told(Report("delivered", tag), f"ses/{own_id}/delivery")
        case "DeliveryDelay":
            yield Told(Report("delayed", tag), f"ses/{own_id}/delay/{_text(value, 'deliveryDelay', 'timestamp')}")


def _ses_bounce(lasting: str, who: Any, tag: str) -> Report:
    status, words = _text(who, "status"), _text(who, "diagnosticCode")
    kind, code = inbound.judge(status, words) if status or words else ("hard" if lasting == "Permanent" else "soft", "")
    return Report(kind if lasting == "Permanent" else "soft", tag, code[:20], _text(who, "emailAddress"), words[:300])


def _postmark(value: dict[str, Any]) -> Iterator[Told]:
    """A webhook of Postmark about a bounce, a complaint or a delivery. The tag stands in its metadata or content."""
    record = _text(value, "RecordType")
    places = (
        [str(text)[:LONGEST] for text in (value.get("Metadata") or {}).values()] if _is_dict(value, "Metadata") else []
    )
    content = value.get("Content")
    tag = inbound.find_tag(*places, content[:65536] if isinstance(content, str) else "")
    number = str(value.get("ID", "")) or _text(value, "MessageID")
    if record == "Delivery":
        yield Told(Report("delivered", tag), f"postmark/{_text(value, 'MessageID')}/delivery")
    elif record in ("Bounce", "SpamComplaint") and number:
        kind = POSTMARK.get(_text(value, "Type") or record, "soft")
        yield Told(Report(kind, tag, "", _text(value, "Email"), _text(value, "Details")[:300]), f"postmark/{number}")


def _text(value: Any, *path: str) -> str:
    """The text at this place, or an empty one."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    if not isinstance(value, str):
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in value[:LONGEST]).strip()


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found[:50] if isinstance(found, list) else []


def _is_dict(value: dict[str, Any], name: str) -> bool:
    return isinstance(value.get(name), dict)


def _loaded(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
