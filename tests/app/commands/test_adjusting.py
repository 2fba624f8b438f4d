"""`coffee round adjust`: the same on the database and on a remote service, by numbers as they are printed."""

from typing import Any

import pytest

from tests.app.commands.conftest import Shell

ROUND = ("eu", "2026-W48")
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def members(found: Any) -> list[list[str]]:
    return [[one["email"] for one in group["members"]] for group in found["groups"]]


def opened(shell: Shell) -> list[list[str]]:
    assert shell("round", "open", *ROUND, "--seed", "7").code == 0
    return members(shell("round", "preview", *ROUND, "--json").json)


def test_groups_are_changed_here_and_there_alike(filled: Shell, there: str) -> None:
    [[a, b], [c, _], others] = opened(filled)
    seen = filled("round", "preview", *ROUND, "--json").json
    tried = filled("round", "adjust", *ROUND, "--swap", a, c, "--lock", "3", "--dry-run", "--json").json
    away = filled("round", "adjust", *ROUND, "--swap", a, c, "--lock", "3", "--dry-run", "--json", "--url", there)
    assert (away.json, tried["words"][1]) == (tried, "Locked group 3.")
    assert filled("round", "preview", *ROUND, "--json").json == seen
    done = filled("round", "adjust", *ROUND, "--swap", a, c, "--lock", "3", "--url", there)
    assert (done.code, "Swapped " in done.out, "Fingerprint: " in done.out) == (0, True, True)
    now = filled("round", "preview", *ROUND, "--json").json
    assert members(now)[0] == sorted([b, c])
    refused = filled("round", "adjust", *ROUND, "--exclude", others[0], "--json")
    assert (refused.code, refused.err) == (1, "Group 3 is locked. Unlock it first.\n")
    again = filled("round", "adjust", *ROUND, "--draw-again", "--seed", "5", "--json").json
    assert (again["seed"], again["redraws"]) == (5, 1)
    assert members(filled("round", "preview", *ROUND, "--json").json)[2] == others
    listed = filled("round", "changes", *ROUND, "--json")
    assert listed.json == filled("round", "changes", *ROUND, "--json", "--url", there).json
    assert [len(one["words"]) for one in listed.json["changes"]] == [2, 1]
    assert filled("round", "adjust", *ROUND, "--undo", "--json").json["words"] == ["Undid change 2."]
    assert members(filled("round", "preview", *ROUND, "--json").json) == members(now)
    assert "yes" in filled("round", "changes", *ROUND).out


@ON_SQLITE
def test_what_was_seen_is_approved_and_nothing_else(filled: Shell) -> None:
    [[a, _], [c, _], _] = opened(filled)
    old = filled("round", "preview", *ROUND, "--json").json["fingerprint"]
    new = filled("round", "adjust", *ROUND, "--swap", a, c, "--seen", old, "--json").json["fingerprint"]
    stale = filled("round", "approve", *ROUND, "--seen", old)
    assert (stale.code, stale.err) == (1, "It has changed since you looked. Look again, then decide.\n")
    assert filled("round", "approve", *ROUND, "--seen", new, "--json").json["state"] == "approved"
    assert "Take the approval back first" in filled("round", "adjust", *ROUND, "--undo").err
    assert filled("round", "unapprove", *ROUND, "--json").json["state"] == "matched"
    assert filled("round", "adjust", *ROUND, "--undo").code == 0


@ON_SQLITE
def test_what_cannot_be_asked_for_is_said(filled: Shell) -> None:
    [[a, _], _, _] = opened(filled)
    assert filled("round", "adjust", *ROUND).code == 2
    assert filled("round", "adjust", *ROUND, "--seed", "4").code == 2
    nobody = filled("round", "adjust", *ROUND, "--swap", a, "nobody@example.org")
    assert (nobody.code, nobody.err) == (
        2,
        "#/changes/0/b: That is nobody of this programme. Give an id or an address.\n",
    )
    alone = filled("round", "adjust", *ROUND, "--move", a, "2")
    assert (alone.code, "alone" in alone.err) == (1, True)
    split = filled("round", "adjust", *ROUND, "--split", "1", "--rest-only", "--draw-again", "--seed", "1")
    assert (split.code, "Took group 1 apart" in split.out) == (0, True)


@ON_SQLITE
def test_a_draw_again_is_given_up_here_and_there_alike(filled: Shell, there: str) -> None:
    """With nothing to give up, nothing changes; see the API for the rest."""
    opened(filled)
    seen = filled("round", "status", *ROUND, "--json").json
    assert filled("round", "stop", *ROUND, "--json").json == seen
    assert filled("round", "stop", *ROUND, "--json", "--url", there).json == seen
    for more in ((), ("--url", there)):
        assert filled("round", "stop", "eu", "2026-W49", *more).code == 1
