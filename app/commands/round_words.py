"""A round in words for whoever runs it, from the same facts that programs get."""

from collections.abc import Mapping
from typing import Any

from app.commands.terminal import counted

Facts = Mapping[str, Any]

STATES = {
    "draft": "waits to be drawn",
    "matched": "is drawn and waits for approval",
    "approved": "is approved and waits to be sent",
    "sending": "is being sent",
    "introduced": "is introduced: every mail has met its fate",
    "closed": "is closed",
}


def lines_of(found: Facts) -> list[str]:
    """State, counts, certificate and decisions, a line each."""
    counts, mails = found["counts"], found["counts"]["messages"]
    lines = [
        f"Round {found['period']} {STATES.get(found['state'], found['state'])}. "
        f"Its id is {found['id']}, its seed {found['seed']}."
    ]
    if found["state"] != "draft":
        lines.append(f"{counts['people']:,} people, {counts['groups']:,} groups, {counts['left_out']:,} left out.")
    if mails["planned"]:
        fates = [f"{number:,} {name}" for name, number in mails.items() if number and name != "planned"]
        lines.append(f"{mails['planned']:,} mails: {', '.join(fates)}.")
    return [*lines, *certificate_lines(found.get("certificate")), *decisions(found)]


def certificate_lines(said: Facts | None) -> list[str]:
    """The certificate in words that an organiser can pass on."""
    if not said:
        return []
    out, repeats, same = said["left_out"], said["repeats"], said["same_team"]
    return [
        f"{out:,} left out; fewer than {said['left_out_bound']:,} is not possible."
        if out
        else "Everybody has a group.",
        f"{repeats:,} pairs have met before; fewer than {said['repeats_bound']:,} is not possible."
        if repeats
        else "Nobody meets anybody again.",
        f"{same:,} pairs are of one team; fewer than {said['same_team_bound']:,} is not possible."
        if same
        else "Every pair crosses a team boundary.",
        f"Interest score {said['score']:g}; no round can have more than {said['score_bound']:g}.",
        "This is proven to be the best that the rules allow."
        if said["optimal_tiers"]
        else "This is not proven to be the best that the rules allow.",
    ]


def decisions(found: Facts) -> list[str]:
    """What somebody has to decide, and how."""
    mails = found["counts"]["messages"]
    said = []
    if found.get("trouble"):
        said.append(f"The last try to draw it failed: {found['trouble']}")
    if found["state"] == "matched":
        said.append(f"Decide: coffee round approve {found['id']}")
    if found["state"] == "approved":
        said.append(f"Decide: coffee round send {found['id']}")
    if mails["held"]:
        said.append(
            f"Decide about {counted(mails['held'], 'held mail', 'held mails')}: handed over, and no answer ever came. "
            "To send one again: POST /api/v1/messages/{id}/resend"
        )
    if mails["rejected"]:
        said.append(
            f"{counted(mails['rejected'], 'mail was', 'mails were')} rejected by the mail server. "
            f"To see why: GET /api/v1/rounds/{found['id']}/messages"
        )
    return said


def group_line(group: Any) -> str:
    """The people of a group: by name and team where they are known, else as the matcher knows them."""
    if isinstance(group, dict):
        return ", ".join(f"{one['name']} ({one['team']})" if one["team"] else one["name"] for one in group["members"])
    return ", ".join(group)
