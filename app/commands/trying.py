"""`coffee programme change --dry-run`: what would be different, and what the rules would cost. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from app.commands import house, terminal

Facts = dict[str, Any]


def tried(url: str | None, slug: str, given: Facts) -> Facts:
    """What would come of the change, here or at a remote service. Raises BadInput, which names every fault."""
    return _there(url, slug, given) if url else _here(slug, given)


def tell(said: Facts, as_json: bool) -> None:
    """In words, or as it came."""
    if as_json:
        terminal.answer(said)
        return
    terminal.show(*_lines(said))
    terminal.say("Nothing was written: this was a dry run.")


def _lines(said: Facts) -> Iterator[str]:
    for one in said["changes"]:
        yield f"{one['field']}: {_word(one['before'])} -> {_word(one['after'])}"
    if not said["changes"]:
        yield "Nothing would be different."
    if said["no_costs"]:
        yield said["no_costs"]
    if said["costs"]:
        yield said["costs"]["sum"]
        for rule, lines in said["costs"]["rules"].items():
            yield f"{rule}: {' '.join(lines)}"
        yield "What people keep to themselves is not counted in; who sits out the next round counts as taking part."


def _word(value: Any) -> str:
    """As it is typed, and nothing as such."""
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value in (None, "") else str(value)


def _here(slug: str, given: Facts) -> Facts:
    with house.opened(house.settings()) as database:
        from app.api import rule_costs
        from app.api.schemas import ProgrammeChange
        from app.clock import now
        from app.queries import programmes as queries

        body = house.checked(ProgrammeChange, given)
        with database.reading() as session:
            found = queries.programme(session, slug)
            seen = rule_costs.read(session, found, body.facts, body.model_fields_set, now())
        return rule_costs.told(seen).model_dump(mode="json")


def _there(url: str, slug: str, given: Facts) -> Facts:
    from app.commands.remote import Remote

    with Remote.at(url) as remote:
        said: Facts = remote.patch(f"/programmes/{quote(slug, safe='')}?dry_run=true", given)
    return said
