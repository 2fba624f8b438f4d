"""Samples of mails through the API."""

import email
import email.policy

from app.models import Scope
from emails.samples import SAMPLES
from tests.app.api.door import Door, kind


def test_samples_are_listed_in_the_order_of_the_journey(door: Door) -> None:
    found = door.get("/programmes/demo/emails").json()["emails"]
    assert [one["name"] for one in found] == list(SAMPLES)
    assert next(one for one in found if one["name"] == "introduction") == {
        "name": "introduction",
        "kind": "introduction",
        "when": "When a round is sent, or when someone new is found",
        "to_whom": "Everybody in a group",
        "subject": "Meet Priya Nair from Estates",
        "preheader": "Priya Nair writes first. Thirty minutes is plenty for a good conversation.",
        "sender": "Cross-team coffees via Example Trust <coffee@example.org>",
        "replies_to": ["Priya Nair <priya@example.org>"],
    }


def test_a_sample_holds_its_text_its_html_and_the_bytes_that_would_leave(sqlite_door: Door) -> None:
    found = sqlite_door.get("/programmes/demo/emails/check_in").json()
    parsed = email.message_from_bytes(found["eml"].encode(), policy=email.policy.default)
    assert parsed["Subject"] == found["subject"]
    for part, name in (("plain", "text"), ("html", "html")):
        body = parsed.get_body((part,))
        assert body is not None
        assert body.get_content().split() == found[name].split()


def test_a_sample_is_there_for_a_key_that_may_read_its_programme_and_for_nobody_else(door: Door) -> None:
    stranger = door.stranger()
    for path in ("/programmes/demo/emails", "/programmes/demo/emails/introduction"):
        assert door.get(path, key=door.key(Scope.READ)).status_code == 200
        assert kind(door.get(path, key=stranger)) == (404, "not-found")
        assert kind(door.get(path, key=door.key(Scope.SEND))) == (403, "not-allowed")
    assert kind(door.get("/programmes/demo/emails/birthday")) == (404, "not-found")
