"""Drawing a round again under an organiser's hand: the same people, a new seed, and what is locked stays."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import matching
from app.errors import Fault, NotByHand
from app.queries.pools import RoundPool
from app.services.board import Board, Seat
from app.services.drawing import Draw
from app.services.moves import OUT, Change, Moves, NeedsDraw, Wanted


def draw_again(moves: Moves, change: Change) -> dict[str, Any]:
    """Everybody who is in no locked group and does not sit out by an organiser's word or their own; with `rest_only`
    those without a group.

    Groups that come out as they were stay the groups they are; the others take the numbers that are free.
    """
    assert change.seed is not None
    hall = moves.board.now
    kept = {one for one, people in hall.members.items() if people and (change.rest_only or hall.tables[one].locked)}
    free = {one for one, seat in hall.seats.items() if seat.group not in kept and seat.code not in OUT}
    if len(free) < 2:
        words = "There are no two people to draw.", "Unlock a group, or take one apart."
        raise NotByHand(Fault(moves.place("do"), *words))
    locked = [] if change.rest_only else _locks(moves, kept)
    wanted = _wanted(moves.board, free, locked, change.seed)
    if wanted.key not in moves.drawn:
        raise NeedsDraw(wanted)
    drawn = moves.drawn[wanted.key]
    _seat_drawn(moves, drawn, free, reasons=not change.rest_only)
    hall.seed, hall.redraws = change.seed, hall.redraws + 1
    hall.certificate = None if change.rest_only else _whole(moves.board, drawn)
    done = {"people": [], "groups": sorted(hall.tables[one].number for one in locked), "seed": change.seed}
    return done | ({"rest_only": True} if change.rest_only else {})


def _locks(moves: Moves, groups: Iterable[str]) -> list[str]:
    """Locked groups that the matcher may know as groups. Raises NotByHand for one whose people do not fit any more."""
    board, found = moves.board, []
    for group in sorted(groups, key=lambda one: board.now.tables[one].position):
        people = board.now.members[group]
        if len(people) not in board.sizes:
            continue  # somebody has left it since: it stays, and is not looked at
        if not board.fit(people):
            number = board.now.tables[group].number
            words = f"Group {number} is locked, and its people cannot be in one group any more.", "Unlock it first."
            raise NotByHand(Fault(moves.place("do"), *words))
        found.append(group)
    return found


def _wanted(board: Board, free: set[str], locked: Sequence[str], seed: int) -> Wanted:
    groups = tuple(sorted(tuple(board.keys(board.now.members[group])) for group in locked))
    keys = {*board.keys(free), *(one for group in groups for one in group)}
    few = replace(board.rows.pool, people=tuple(one for one in board.rows.pool.people if one.id in keys))
    ids = {key: one for key, one in board.rows.ids.items() if key in keys}
    policy = replace(board.policy, shadows=0)  # the shadow draws are those of the first draw
    parts = [matching.fingerprint(few, policy), groups, seed]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return Wanted(key, RoundPool(few, ids, board.rows.formats, board.rows.walls), policy, seed, groups)


def _seat_drawn(moves: Moves, drawn: Draw, free: set[str], *, reasons: bool) -> None:
    """Everybody who was drawn where the draw puts them; with `reasons` also why somebody was left out."""
    hall, ids = moves.board.now, drawn.rows.ids
    there = {group for one in free if (group := hall.seats[one].group)}
    same = {frozenset(hall.members[group]): group for group in there}
    fresh = []
    for keys in drawn.matching.groups:
        people = frozenset(ids[key] for key in keys)
        if people in same:
            group = same.pop(people)
            hall.tables[group] = replace(hall.tables[group], by_hand=False)
        elif people <= free:
            fresh.append(people)
    tables = sorted(same.values(), key=lambda one: hall.tables[one].position)
    for people in fresh:
        group = tables.pop(0) if tables else moves.new_table()
        hall.tables[group] = replace(hall.tables[group], by_hand=False)
        for one in sorted(people):
            moves.put(one, Seat(group))
    for left in drawn.matching.left_out:
        if reasons or hall.seats[ids[left.id]].group is not None:
            moves.put(ids[left.id], Seat(code=left.code, reason=left.reason))


def _whole(board: Board, drawn: Draw) -> matching.Certificate | None:
    """What the draw has proven, with those who were left out before it; nothing where a group took no part in it."""
    found = drawn.matching.certificate
    apart = [one for one in board.now.seats if board.people[one].match_key not in drawn.rows.ids]
    if any(board.now.seats[one].group is not None for one in apart):
        return None
    people, left_out, bound = (number + len(apart) for number in (found.people, found.left_out, found.left_out_bound))
    return replace(found, people=people, left_out=left_out, left_out_bound=bound)
