"""A round in words for whoever runs it, from the same facts that programs get."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.commands.terminal import counted

Facts = Mapping[str, Any]
TINY = 1e-9

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
        people, groups = counted(counts["people"], "person", "people"), counted(counts["groups"], "group", "groups")
        lines.append(f"{people}, {groups}, {counts['left_out']:,} left out.")
    if mails["planned"]:
        fates = [f"{number:,} {name}" for name, number in mails.items() if number and name != "planned"]
        lines.append(f"{counted(mails['planned'], 'mail', 'mails')}: {', '.join(fates)}.")
    if found.get("send_at"):
        lines.append(f"It is sent by itself at {found['send_at'][:16].replace('T', ' ')} UTC.")
    if found.get("kept"):
        lines.append(
            f"{counted(found['kept'], 'mail is', 'mails are')} kept back: coffee round release {found['id']} --all"
        )
    certificate = certificate_lines(found.get("certificate"), counts["left_out"])
    return [*lines, *certificate, *_reminding(found), *decisions(found)]


def certificate_lines(said: Facts | None, left_out: int | None = None) -> list[str]:
    """The certificate in words that an organiser can pass on; `left_out` counts those without a group by now."""
    if not said:
        return []
    repeats, same = said["repeats"], said["same_team"]
    return [
        *_placing(said, said["left_out"] if left_out is None else left_out),
        f"{_pairs(repeats)} met before; fewer than {said['repeats_bound']:,} is not possible."
        if repeats
        else "Nobody meets anybody again.",
        f"{same:,} {'pair is' if same == 1 else 'pairs are'} of one team; "
        f"fewer than {said['same_team_bound']:,} is not possible."
        if same
        else "Every pair crosses a team boundary.",
        "This is proven to be best in every aim that comes before the interest score."
        if said["optimal_tiers"]
        else "This is not proven to be the best that the rules allow.",
        _score(said),
    ]


def _pairs(number: int) -> str:
    return f"{number:,} {'pair has' if number == 1 else 'pairs have'}"


def _placing(said: Facts, left_out: int) -> Iterator[str]:
    """Who has no group: since the draw, or since somebody left."""
    drawn = said["left_out"]
    more = left_out - drawn
    if not left_out:
        yield "Everybody has a group."
    elif drawn:
        yield f"{drawn:,} left out in the draw; fewer than {said['left_out_bound']:,} is not possible."
    if more > 0:
        now = f"{more:,} {'has' if more == 1 else 'have'} none now, because somebody left since."
        none = f"{more:,} more {'has' if more == 1 else 'have'} no group now, because somebody left since."
        yield none if drawn else f"Everybody had a group when it was drawn; {now}"


def _score(said: Facts) -> str:
    """The last aim. Its bound is what no round can pass, and not always what some round reaches."""
    score, bound = said["score"], said["score_bound"]
    if score >= bound - TINY:
        return f"Interest score {score:g}; no round can have more."
    return (
        f"Interest score {score:g}. It comes last; no round can have more than {bound:g}, and perhaps none has as much."
    )


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
            f"Look: coffee round mails {found['id']} --state held. To send one again: coffee mail resend ID; "
            "to leave it: coffee mail leave ID"
        )
    if mails["rejected"]:
        said.append(
            f"{counted(mails['rejected'], 'mail was', 'mails were')} rejected by the mail server. "
            f"To see why: coffee round mails {found['id']} --state rejected"
        )
    return said


WHY = {
    "held": "handed over, and no answer ever came",
    "returned": "rejected, or came back",
    "closed": "not sent: mail to the address came back before",
    "late": "not sent: too late to be of use",
    "trying": "refused for now, and tried again by themselves",
}
SAID = {
    "answered": "have answered",
    "met": "have met",
    "arranged": "have arranged it",
    "not_this_time": "cannot this time",
}


def watch_lines(found: Facts) -> Iterator[str]:
    """How a round goes on; of what people have said no more than may be known."""
    mails = found["counts"]
    yield f"Round {found['round']} {STATES.get(found['state'], found['state'])}."
    if mails["planned"]:
        fates = [f"{number:,} {name}" for name, number in mails.items() if number and name != "planned"]
        yield f"{counted(mails['planned'], 'mail', 'mails')}: {', '.join(fates)}."
    for reason, number in found["stuck"].items():
        if number:
            yield f"{counted(number, 'mail', 'mails')}: {WHY[reason]}."
    said = [f"at least {found['said'][name]:,} {words}" for name, words in SAID.items() if found["said"][name]]
    if said:
        yield f"Of {found['said']['people']:,} people with a group, counted once a day: {', '.join(said)}."
    yield from _reminding(found)


def _reminding(found: Facts) -> Iterator[str]:
    if found.get("remind_from"):
        moment = found["remind_from"][:16].replace("T", " ")
        yield f"Those who have not answered can be reminded by hand from {moment} UTC on: coffee round remind"


def group_rows(found: Facts) -> Iterator[tuple[int, str, str]]:
    """Number, people and reasons of each group, of a round as it is drawn or of a dry run."""
    reasons = found.get("facts") or [group.get("facts", ()) for group in found["groups"] if isinstance(group, dict)]
    for at, group in enumerate(found["groups"]):
        why = " ".join(reasons[at]) if len(reasons) > at else ""
        number = group["position"] if isinstance(group, dict) else at
        yield number + 1, _members(group, found.get("people") or {}), why


def _members(group: Any, people: Facts) -> str:
    """By name and team where they are known, else as the matcher knows them."""
    members = group["members"] if isinstance(group, dict) else [people.get(one) or {"name": one} for one in group]
    return ", ".join(map(_member, members))


def _member(one: Facts) -> str:
    return f"{one['name']} ({one['team']})" if one.get("team") else str(one["name"])


def left_out_rows(found: Facts) -> Iterator[tuple[str, str]]:
    """Who has no group, and why."""
    people = found.get("people") or {}
    for one in found["left_out"]:
        yield _member(people.get(one["id"]) or {"name": one["id"]} | one), one["reason"]


def adjusted_lines(found: Facts) -> Iterator[str]:
    """What changes by hand have cost."""
    for one in found["warnings"]:
        yield f"Note: in group {one['position'] + 1}, {one['detail']}"
    for name, single, several in (
        ("left_out", "left out", "left out"),
        ("repeats", "repeat", "repeats"),
        ("same_team", "pair of one team", "pairs of one team"),
    ):
        cost = found["cost"][name]
        if cost["now"]:
            before = "" if cost["before"] in (None, cost["now"]) else f" ({cost['before']:.0f} before)"
            what = single if round(cost["now"]) == 1 else several
            yield f"{cost['now']:.0f} {what}{before}; fewer than {cost['bound']:.0f} is not possible."
    score = found["cost"]["score"]
    before = "" if score["before"] in (None, score["now"]) else f" ({score['before']:g} before)"
    yield f"Interest score {score['now']:g}{before}."
    if found["dry_run"]:
        yield "Nothing was written: this was a dry run."
    elif found["number"] is None and not found["groups"]:
        yield "Nothing is different."
    yield f"Fingerprint: {found['fingerprint']}"
