"""Delivery status notifications: RFC 3464, and RFC 6533 for addresses beyond ASCII. Also RFC 8098: "was displayed"."""

import re
from collections.abc import Iterator

from emails.inbound.reading import Headers, Opened, first
from emails.inbound.report import Kind, Report
from emails.inbound.status import judge

STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
DISPOSITIONS = ("message/disposition-notification", "message/global-disposition-notification")
MOST_BLOCKS = 50

ACTIONS: dict[str, Kind] = {
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
"""What an action of RFC 3464 2.3.3 says. `failed` is for the status to judge; some servers write `error`."""

_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_BLANK_LINES = re.compile(r"\r?\n[ \t]*(?:\r?\n[ \t]*)+")
_FOLDED = re.compile(r"\r?\n[ \t]+")


def delivery_report(opened: Opened) -> Report | None:
    """What the delivery status notifications in it say, or None when it holds none.

    Our mails have one recipient. More than one block means that the address stands for several: then only what all
    agree in is hard.
    """
    told = [report for part in opened.of_type(*STATUS_PARTS) for report in _told(opened.body_of(part))]
    if not told:
        return None
    worst = next((one for one in told if one.kind in ("hard", "soft")), told[0])
    if worst.kind == "hard" and any(one.kind != "hard" for one in told):
        return Report("soft", "", worst.status, worst.recipient_hint, worst.diagnostic)
    return worst


def read_receipt(opened: Opened) -> Report | None:
    """A notification that the mail was displayed or thrown away (RFC 8098): a machine's reply."""
    return Report("auto_reply") if opened.of_type(*DISPOSITIONS) else None


def blocks_of(text: str) -> Iterator[Headers]:
    """The groups of fields in such a part, by names in small letters, unfolded."""
    for block in _BLANK_LINES.split(text)[:MOST_BLOCKS]:
        fields: Headers = {}
        for line in _FOLDED.sub(" ", block).splitlines()[:100]:
            name, colon, value = line.partition(":")
            if colon and " " not in name.strip():
                fields.setdefault(name.strip().lower(), []).append(" ".join(value.split())[:1000])
        if fields:
            yield fields


def address_in(value: str) -> str:
    """The address in a field such as `rfc822; <sam@example.org>` or `utf-8; …`; empty for other kinds of names."""
    kind, semicolon, rest = value.partition(";")
    if semicolon and kind.strip().lower() not in ("rfc822", "utf-8", "smtp"):
        return ""
    text = (rest if semicolon else value).strip().strip("<>").strip()
    text = _ESCAPED.sub(_character, text)
    return text if "@" in text and " " not in text and len(text) <= 320 else ""


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if number <= 0x10FFFF and not 0xD800 <= number < 0xE000 else "\ufffd"


def _told(text: str) -> Iterator[Report]:
    for fields in blocks_of(text):
        action = first(fields, "action").lower().split(" ")[0].strip("();,")
        if "action" not in fields and not {"final-recipient", "status"} <= fields.keys():
            continue  # the fields about the whole message
        yield _judged(action, fields)


def _judged(action: str, fields: Headers) -> Report:
    status = first(fields, "status").split(" ")[0]
    words = first(fields, "diagnostic-code") or " ".join(first(fields, "status").split(" ")[1:])
    named = (
        address_in(first(fields, name)) for name in ("original-recipient", "final-recipient", "x-actual-recipient")
    )
    hint = next((address for address in named if address), "")
    if action in ACTIONS:
        return Report(ACTIONS[action], "", status[:20], hint, words[:300])
    if not action.startswith(("fail", "error")) and not (not action and status.startswith("5")):
        return Report("nothing", "", status[:20], hint, words[:300])
    kind, code = judge(status, words)
    return Report(kind, "", code, hint, words[:300])
