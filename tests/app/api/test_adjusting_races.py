"""Groups changed while something else happens: by two at once, while somebody leaves, while a draw is being made."""

import threading
from typing import Any

import pytest

from app.services.moves import Wanted
from tests.app.adjusted import names, require_sound
from tests.app.api.door import Door
from tests.app.api.test_adjusting import drawn, leave, swap


def test_two_who_change_at_once_both_get_what_they_asked_for_or_a_word(door: Door) -> None:
    round_id, groups = drawn(door, 12)
    firsts = [group[0] for group in groups]
    answers: list[Any] = []

    def at_once(one: str, other: str) -> None:
        answers.append(door.patch(f"/rounds/{round_id}/groups", swap(one, other)))

    pairs = [(firsts[0], firsts[1]), (firsts[1], firsts[2]), (firsts[2], firsts[0]), (firsts[3], firsts[4])]
    threads = [threading.Thread(target=at_once, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {200, 409}
    numbers = sorted(answer.json()["number"] for answer in answers if answer.status_code == 200)
    assert numbers == list(range(1, len(numbers) + 1))
    require_sound(door.world, door.world.round(round_id))


def test_whoever_leaves_while_groups_are_changed_is_in_no_mail_afterwards(door: Door) -> None:
    round_id, groups = drawn(door, 8)
    [[a, _], [c, _]] = groups[:2]
    begun = threading.Event()

    def go() -> None:
        begun.set()
        leave(door, a)

    leaving = threading.Thread(target=go)
    leaving.start()
    begun.wait()
    answer = door.patch(f"/rounds/{round_id}/groups", swap(a, c))
    leaving.join()
    assert answer.status_code in (200, 409)
    everybody = {mail.participant_id for mail in door.world.mails()}
    gone = door.world.there(a).id
    named = {one["id"] for mail in door.world.mails() for one in mail.facts.get("members", ())}
    assert gone not in everybody | named
    placed = [one for group in names(door.world, door.world.round(round_id)) for one in group]
    assert (a in placed, len(placed) == len(set(placed))) == (False, True)


def test_a_draw_that_was_made_of_people_who_have_gone_is_made_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody leaves between the look and the writing: the draw is made anew of those who are there."""
    round_id, [[a, _], _, _] = drawn(door, 6)
    draw, drawn_of = Wanted.draw, []

    def slowly(wanted: Wanted, _progress: object = None) -> Any:
        drawn_of.append(len(wanted.rows.ids))
        if len(drawn_of) == 1:
            leave(door, a)
        return draw(wanted)

    monkeypatch.setattr(Wanted, "draw", slowly)
    answer = door.patch(f"/rounds/{round_id}/groups", {"changes": [{"do": "draw_again", "seed": 3}]})
    assert (answer.status_code, drawn_of) == (200, [6, 5])
    placed = [one for group in names(door.world, door.world.round(round_id)) for one in group]
    assert (len(placed), a in placed) == (5, False)
