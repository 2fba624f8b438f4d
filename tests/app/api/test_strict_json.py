"""Bodies that break stock frameworks: a problem each, on both databases, and nothing of them comes back."""

import pytest

from app.api.strict import DEEPEST, Malformed, parse
from tests.app.api.door import Door, kind, problem

NAMED = '{"slug":"x","name":%s}'
MALFORMED = (400, "malformed")
BAD = (422, "bad-input")
CORPUS = {
    # the four of finding 12 of our reliability research
    "a lone surrogate": (NAMED % r'"\ud800 canary"', MALFORMED),
    "a lone surrogate in a field that is wrong anyway": (r'{"slug":"\udfff canary","name":1}', MALFORMED),
    "NaN": (NAMED % "NaN", MALFORMED),
    "a number beyond any float": (NAMED % "1e400", MALFORMED),
    # and their relatives
    "NUL": (NAMED % r'"canary\u0000"', BAD),
    "Infinity": (NAMED % "-Infinity", MALFORMED),
    "a surrogate pair the wrong way round": (NAMED % r'"\udc00\ud800"', MALFORMED),
    "a surrogate in a name": (r'{"\ud800canary":1}', MALFORMED),
    "a whole number of 5,000 digits": (NAMED % ("9" * 5000), MALFORMED),
    "a whole number beyond 64 bits": (NAMED % (2**63), MALFORMED),
    "100,000 levels": ("[" * 30_000 + "]" * 30_000, MALFORMED),
    "21 levels": ('{"name":' * 21 + "1" + "}" * 21, MALFORMED),
    "a field twice": ('{"slug":"canary","slug":"b","name":"c"}', MALFORMED),
    "control characters": (NAMED % r'"canary\u001b[2J"', BAD),
    "a code point that is none": (NAMED % r'"canary\uffff"', BAD),
    "no JSON": ("{slug: canary}", MALFORMED),
    "half of it": ('{"slug":"canary', MALFORMED),
    "two of them": ("{}{}", MALFORMED),
    "a list": ('["canary"]', BAD),
    "a text": ('"canary"', BAD),
    "null": ("null", BAD),
    "a name of 100 KB": (NAMED % ('"' + "canary" * 10_000 + '"'), BAD),
    "a field nobody knows": ('{"slug":"x","name":"y","canary canary":1}', BAD),
}


def test_hostile_bodies_are_refused_without_an_echo_and_without_a_500(door: Door) -> None:
    for what, (body, expected) in CORPUS.items():
        for path in ("/programmes", "/programmes/demo/rounds"):
            answer = door.call("POST", path, content=body.encode(), headers={"Content-Type": "application/json"})
            assert answer.status_code in (400, 422), (what, answer.text)
            assert path != "/programmes" or kind(answer) == expected, (what, answer.text)
            assert "canary" not in answer.text, what
            assert len(answer.content) < 2000, what
    assert door.get("/programmes").json()["programmes"][0]["slug"] == "demo"


@pytest.mark.parametrize("path", ["/participants/{person}", "/programmes/demo"])
def test_text_that_postgresql_cannot_hold_never_reaches_it(door: Door, path: str) -> None:
    person = door.world.people(1)[0].id
    for text in ("\x00", "a\x00b", "\x7f", "\x85", "\ufffe", "\U0010ffff", "\u2028"):
        answer = door.patch(path.format(person=person), {"name": text})
        assert kind(answer) == BAD, (repr(text), answer.text)


def test_bytes_that_are_not_utf_8_are_named_by_their_place(sqlite_door: Door) -> None:
    for body in (b'{"name":"\xff"}', '{"name":"é"}'.encode("latin-1"), '{"name":"x"}'.encode("utf-16")):
        answer = sqlite_door.call("POST", "/programmes", content=body, headers={"Content-Type": "application/json"})
        assert kind(answer) == MALFORMED
        assert "is not UTF-8: byte" in answer.json()["detail"]


@pytest.mark.parametrize(
    "media", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
def test_a_body_that_is_not_called_json_is_not_read(sqlite_door: Door, media: str) -> None:
    headers = {"Content-Type": media} if media else {}
    answer = sqlite_door.call("POST", "/programmes", content=b'{"slug":"x","name":"y"}', headers=headers)
    assert problem(answer) == {
        "type": "/api/v1/problems/unsupported-media-type",
        "title": "This call does not take that kind of body.",
        "status": 415,
        "detail": "Send the body as application/json, and say so in Content-Type.",
    }


def test_relatives_of_json_by_name_and_with_parameters_are_read(sqlite_door: Door) -> None:
    for slug, media in (("a", "application/json; charset=utf-8"), ("b", "application/vnd.example+json")):
        body = b'{"slug":"%s","name":"\xc3\xa9"}' % slug.encode()
        answer = sqlite_door.call("POST", "/programmes", content=body, headers={"Content-Type": media})
        assert (answer.status_code, answer.json()["name"]) == (201, "é")


def test_a_body_where_none_is_taken_is_refused_rather_than_forgotten(sqlite_door: Door) -> None:
    sqlite_door.world.people(2)
    round_id = sqlite_door.drawn()
    answer = sqlite_door.post(f"/rounds/{round_id}/approve", {"send": True})
    assert problem(answer)["errors"] == [
        {"place": "body", "detail": "is not used by this call.", "remedy": "Send none."}
    ]
    assert sqlite_door.post(f"/rounds/{round_id}/approve", {}).status_code == 202


def test_a_misspelt_question_is_refused_rather_than_forgotten(sqlite_door: Door) -> None:
    answer = sqlite_door.post("/programmes/demo/imports?dryrun=true", {"people": []}, idem="k")
    assert problem(answer)["errors"] == [
        {"place": "query dryrun", "detail": "is not known here.", "remedy": "Known: dry_run."}
    ]


def test_what_is_allowed_comes_through_unharmed() -> None:
    text = r'{"a":[1,-2.5,1e300,true,null,"\ud83d\ude00 é \\ \u007f"],"b":{"c":9223372036854775807}}'
    expected = {"a": [1, -2.5, 1e300, True, None, "😀 é \\ \x7f"], "b": {"c": 2**63 - 1}}
    assert parse(text.encode()) == expected
    deep = b"[" * DEEPEST + b"]" * DEEPEST
    assert parse(deep) is not None
    with pytest.raises(Malformed, match="deeper than 20"):
        parse(b"[" + deep + b"]")
