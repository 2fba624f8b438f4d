"""Keys for programs: owners make and revoke them where they own; a key is shown once and may do what was ticked."""

import re

import httpx
import pytest
from sqlmodel import select

from app.models import AuditEntry, OrganiserKey, Role
from tests.app.web.organiser.desk import Desk

KEYS = "/organiser/keys"
SECRET = re.compile(r"<code>(coffee_[a-z0-9]+_[a-z0-9]+)</code>")
GOOD = {"name": "The intranet", "scope": "read", "place": "demo", "lasts": "30"}


def owner(desk: Desk) -> Desk:
    return desk.elsewhere(desk.organiser(Role.OWNER, name="olga"))


def called(desk: Desk, secret: str, path: str = "/api/v1/programmes/demo") -> int:
    """What the API answers to who has this key."""
    return desk.visitor.fresh().http.get(path, headers={"Authorization": f"Bearer {secret}"}).status_code


def made(desk: Desk, **fields: str) -> str:
    found = SECRET.search(desk.post(KEYS, **(GOOD | fields)).text)
    assert found
    return found[1]


def trail(desk: Desk) -> list[tuple[str, str]]:
    """What the audit says of keys, in no order: all of it is of one moment."""
    with desk.world.database.reading() as session:
        found = session.exec(select(AuditEntry))
        return sorted((one.action, one.actor) for one in found if one.action.startswith("key."))


def test_a_key_is_shown_once_and_may_do_what_was_ticked(desk: Desk) -> None:
    olga = owner(desk)
    secret = made(olga)
    assert called(desk, secret) == 200
    again = olga.get(KEYS).text
    assert (secret in again, "The intranet" in again) == (False, True)
    refused = desk.visitor.fresh().http.post(
        "/api/v1/programmes/demo/rounds", json={"period": "2026-W48"}, headers={"Authorization": f"Bearer {secret}"}
    )
    assert refused.status_code == 403
    desk.world.later(days=31)
    assert called(desk, secret) == 401


def test_a_revoked_key_opens_nothing_and_the_audit_says_by_whom(desk: Desk) -> None:
    olga = owner(desk)
    secret = made(olga, lasts="", place="")
    with desk.world.database.reading() as session:
        row = session.exec(select(OrganiserKey)).one()
    assert (row.expires_at, row.programme_id) == (None, None)
    for _ in range(2):
        answer = olga.post(f"{KEYS}/{row.id}")
        assert answer.headers["location"] == f"{KEYS}?done=revoked"
    assert called(desk, secret) == 401
    assert "It opens nothing." in olga.get(KEYS).text
    by = f"organiser:{desk.account('olga@example.org').id}"
    assert trail(desk) == [("key.create", by), ("key.revoke", by)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": " "}, "Say which program it is for"),
        ({"name": "x" * 101}, "Write at most 100."),
        ({"scope": ""}, "Tick at least one."),
        ({"name": "a\0b"}, "contains a character that cannot be shown (U+0000)."),
        ({"name": "a\nb"}, "contains a line break."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(
    sqlite_desk: Desk, fields: dict[str, str], words: str
) -> None:
    olga = owner(sqlite_desk)
    answer = olga.post(KEYS, **(GOOD | fields))
    assert (answer.status_code, answer.text.count(words)) == (422, 2)
    assert '<option value="30" selected>' in answer.text
    assert SECRET.search(answer.text) is None
    assert trail(sqlite_desk) == []


def test_the_owner_of_one_programme_makes_keys_for_that_one_alone(desk: Desk) -> None:
    desk.world.programme("second")
    olga, small = owner(desk), desk.elsewhere(desk.organiser(Role.OWNER, slug="second", name="sia"))
    made(olga, name="Of all", place="")
    made(olga, name="Of the demo")
    shown = small.get(KEYS).text
    assert ("Of all" in shown, "Of the demo" in shown, "Everything here" in shown) == (False, False, False)
    assert small.post(KEYS, **(GOOD | {"place": ""})).status_code == 404
    assert small.post(KEYS, **GOOD).status_code == 404
    with desk.world.database.reading() as session:
        ids = [row.id for row in session.exec(select(OrganiserKey))]
    assert [small.post(f"{KEYS}/{one}").status_code for one in ids] == [404, 404]
    own = made(small, place="second")
    assert called(desk, own, "/api/v1/programmes/second") == 200
    assert called(desk, own) == 404


def test_what_is_no_text_and_no_id_is_refused_in_words(desk: Desk) -> None:
    olga = owner(desk)
    typed = {"content-type": "application/x-www-form-urlencoded"}
    answer = olga.visitor.http.post(KEYS, content=b"name=a%FFb&scope=read&place=", headers=typed)
    assert (answer.status_code, "half a character" in answer.text) == (422, True)
    assert olga.post(f"{KEYS}/a%00b").status_code == 404


def test_only_owners_come_here(sqlite_desk: Desk) -> None:
    def refused(answer: httpx.Response) -> bool:
        return answer.status_code == 403

    bo = sqlite_desk.elsewhere(sqlite_desk.organiser(Role.ORGANISER, name="bo"))
    assert refused(bo.get(KEYS))
    assert refused(bo.post(KEYS, **GOOD))
    assert KEYS not in bo.get("/organiser").text
    assert KEYS in owner(sqlite_desk).get("/organiser").text


def test_the_answer_with_a_secret_is_kept_by_no_cache(sqlite_desk: Desk) -> None:
    assert "no-store" in owner(sqlite_desk).post(KEYS, **GOOD).headers["cache-control"]
