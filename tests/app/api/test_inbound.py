"""Bounces by webhook: signed, fresh, small, and the same answer whatever they say."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
from pydantic import SecretStr

from app.models import MailEventKind, MailKind, MailState, SuppressionReason
from tests.app.api.door import MEDIA, Door, opened_door
from tests.app.bounced import Post, rows
from tests.emails.inbound.corpus import every_case
from tests.factories import World

SECRET = "an-inbound-secret-for-tests-0123456789abcdef"
RAW = "message/rfc822"


@dataclass
class Hook:
    """A provider that knows the secret."""

    door: Door
    post: Post

    def signature(self, body: bytes, *, secret: str = SECRET, ago: float = 0) -> str:
        moment = str(int(self.door.world.now.timestamp() - ago))
        return f"t={moment},v1={hmac.new(secret.encode(), moment.encode() + b'.' + body, sha256).hexdigest()}"

    def send(self, body: Any, source: str = "neutral", *, kind: str = "", signature: str | None = None) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = self.signature(data) if signature is None else signature
        headers = {"X-Coffee-Signature": signed} if signed else {}
        headers["Content-Type"] = kind or (RAW if isinstance(body, bytes) else "application/json")
        return self.door.http.post(f"/api/v1/inbound/{source}", content=data, headers=headers)

    def accepted(self, body: Any, source: str = "neutral", **more: Any) -> None:
        answer = self.send(body, source, **more)
        assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})


@pytest.fixture
def hook(world: World) -> Iterator[Hook]:
    """A service with a secret for webhooks, and Sam and Alex introduced."""
    world.settings = world.settings.model_copy(update={"inbound_secret": SecretStr(SECRET)})
    world.person("sam", "Finance")
    world.person("alex", "Estates")
    world.sent_round()
    with opened_door(world) as door:
        yield Hook(door, Post(world))


def neutral(hook: Hook, **changes: Any) -> dict[str, Any]:
    """A bounce of Sam's introduction in the neutral shape."""
    tag = hook.post.tag(hook.post.introduction("sam"))
    event = {"event_id": "1", "type": "hard", "recipient": "sam@example.org", "tag": tag, "status": "5.1.1"}
    return event | {"diagnostic": "550 5.1.1 user unknown"} | changes


def raw(hook: Hook, name: str = "postfix: unknown user") -> bytes:
    """A report of the corpus about Sam's introduction."""
    tag = hook.post.tag(hook.post.introduction("sam"))
    return next(case.data for case in every_case(tag) if case.name == name)


def reason(hook: Hook, name: str = "sam") -> SuppressionReason | None:
    found = hook.post.suppressed(name)
    return found.reason if found else None


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_message_as_it_came_closes_the_address_and_tells_the_partner(hook: Hook) -> None:
    hook.accepted(raw(hook), "postfix")
    assert reason(hook) == SuppressionReason.HARD
    assert hook.post.introduction("sam").state == MailState.REJECTED
    assert [mail.recipient for mail in hook.post.away()] == ["alex@example.org"]
    (event,) = hook.post.events()
    assert (event.source, event.status, event.kind) == ("postfix", "5.1.1", MailEventKind.HARD)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, MailEventKind.HARD),
        ({"type": "soft"}, MailEventKind.SOFT),
        ({"type": "complaint"}, MailEventKind.COMPLAINT),
        ({"type": "auto_reply"}, MailEventKind.AUTO_REPLY),
        ({"type": "delayed"}, MailEventKind.DELAYED),
        ({"type": "delivered"}, MailEventKind.DELIVERED),
        ({"type": "bounce"}, MailEventKind.HARD),
        ({"type": "bounce", "status": "5.2.2", "diagnostic": "full"}, MailEventKind.SOFT),
        ({"event_id": "\x00"}, None),
        ({"event_id": "7\x00" * 300}, MailEventKind.HARD),
        ({"event_id": "é" * 300, "status": "\x005.1.1", "diagnostic": "\x00"}, MailEventKind.HARD),
        ({"tag": "", "message_id": "\x00@x", "recipient": "\x00"}, None),
        ({"type": "opened"}, None),
        ({"type": ""}, None),
        ({"event_id": ""}, None),
        ({"event_id": 7}, None),
        ({"tag": None}, None),
        ({"tag": ["x"]}, None),
    ],
)
def test_the_neutral_shape_says_what_it_says(hook: Hook, changes: dict[str, Any], kind: MailEventKind | None) -> None:
    hook.accepted(neutral(hook, **changes))
    assert [event.kind for event in hook.post.events()] == ([kind] if kind else [])


def test_a_mail_can_be_named_by_its_message_id(hook: Hook) -> None:
    sent = next(mail for mail in hook.door.world.transport.sent if mail.recipient == "sam@example.org")
    (line,) = [line for line in sent.data.decode().splitlines() if line.lower().startswith("message-id:")]
    message_id = line.partition(":")[2].strip()
    hook.accepted(neutral(hook, tag="", message_id="<" + "0" * 40 + "@example.org>"))
    hook.accepted(neutral(hook, tag="", message_id=message_id, recipient="alex@example.org"))
    assert hook.post.events() == []
    hook.accepted(neutral(hook, tag="", message_id=message_id, recipient="Sam@Example.org"))
    assert [event.mail_id for event in hook.post.events()] == [hook.post.introduction("sam").id]


def ses(hook: Hook, kind: str, **said: Any) -> dict[str, Any]:
    tag = hook.post.tag(hook.post.introduction("sam"))
    mail = {"source": f"bounces+{tag}@coffee.example.net", "messageId": "0102018", "destination": ["sam@example.org"]}
    inner = {"notificationType": kind, "mail": mail, kind.lower(): said}
    return {"Type": "Notification", "MessageId": "x", "TopicArn": "arn", "Message": json.dumps(inner)}


def test_amazon_ses_is_understood(hook: Hook) -> None:
    who = {
        "emailAddress": "sam@example.org",
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550 5.1.1 no",
    }
    full = who | {"status": "5.2.2", "diagnosticCode": "smtp; 552 5.2.2 mailbox full"}
    hook.accepted(ses(hook, "Delivery", timestamp="2026-11-23T09:00:00Z"), "ses")
    hook.accepted(ses(hook, "Bounce", bounceType="Transient", feedbackId="1", bouncedRecipients=[full]), "ses")
    hook.accepted(ses(hook, "Bounce", bounceType="Permanent", feedbackId="2", bouncedRecipients=[who]), "ses")
    hook.accepted(ses(hook, "Complaint", feedbackId="3"), "ses")
    kinds = {event.event_key.split("/")[1]: event.kind for event in hook.post.events()}
    assert kinds == {
        "0102018": MailEventKind.DELIVERED,
        "1": MailEventKind.SOFT,
        "2": MailEventKind.HARD,
        "3": MailEventKind.COMPLAINT,
    }


def test_postmark_is_understood(hook: Hook) -> None:
    tag = hook.post.tag(hook.post.introduction("sam"))
    about = {"Email": "sam@example.org", "Metadata": {"return": f"bounces+{tag}@coffee.example.net"}}
    hook.accepted({"RecordType": "Bounce", "Type": "SoftBounce", "ID": 1, **about}, "postmark")
    hook.accepted({"RecordType": "Bounce", "Type": "HardBounce", "ID": 2, **about}, "postmark")
    hook.accepted({"RecordType": "SpamComplaint", "Type": "SpamComplaint", "ID": 3, **about}, "postmark")
    hook.accepted({"RecordType": "Open", "ID": 4, **about}, "postmark")
    assert [event.kind.value for event in hook.post.events()] == ["soft", "hard", "complaint"]


# --- what is refused --------------------------------------------------------------------------------------------------


def test_without_a_secret_there_is_no_such_door(door: Door) -> None:
    answer = Hook(door, Post(door.world)).send(b"x")
    assert (answer.status_code, answer.headers["content-type"]) == (404, MEDIA)


def wrong_signatures(hook: Hook, body: bytes) -> list[str]:
    good = hook.signature(body)
    moment, mark = good.removeprefix("t=").split(",v1=")
    return [
        "",
        "nonsense",
        f"t={moment}",
        f"v1={mark}",
        f"t={moment},v1=",
        f"t={moment},v1={mark[:-1]}",
        f"t={moment},v1={'0' * 64}",
        f"t={int(moment) + 1},v1={mark}",
        f"t=-{moment},v1={mark}",
        f"t={moment},v2={mark}",
        hook.signature(body, secret="another-inbound-secret-0123456789abcdef"),
        hook.signature(body + b" "),
        hook.signature(body, ago=301),
        hook.signature(body, ago=-301),
        "t=" + "9" * 400 + ",v1=" + mark,
    ]


def test_a_wrong_or_stale_signature_is_refused_and_changes_nothing(hook: Hook) -> None:
    body = json.dumps(neutral(hook)).encode()
    before = rows(hook.door.world)
    answers = set()
    for signature in wrong_signatures(hook, body):
        answer = hook.send(body, kind="application/json", signature=signature)
        told = answer.json()
        answers.add((answer.status_code, answer.headers["content-type"], told["type"], told["title"], told["detail"]))
        assert answer.headers["www-authenticate"].startswith("Signature ")
    assert len(answers) == 1
    assert next(iter(answers))[:3] == (401, MEDIA, "/api/v1/problems/signature-refused")
    assert rows(hook.door.world) == before


def test_a_signature_is_good_for_five_minutes_either_way(hook: Hook) -> None:
    for ago in (300, -300, 299):
        assert hook.send(b"x", signature=hook.signature(b"x", ago=ago)).status_code == 202


def test_while_a_secret_is_changed_either_signature_will_do(hook: Hook) -> None:
    old, new = hook.signature(b"x", secret="the-secret-before-this-one-0123456789"), hook.signature(b"x")
    assert hook.send(b"x", signature=f"{old},{new.partition(',')[2]}").status_code == 202


def test_the_answer_is_the_same_whatever_the_tag(hook: Hook) -> None:
    tag = hook.post.tag(hook.post.introduction("sam"))
    before = rows(hook.door.world)
    for wrong in ("", "x", tag[:-1] + ("a" if tag[-1] != "a" else "b"), "\x00", "é", "a" * 100_000):
        hook.accepted(neutral(hook, tag=wrong))
    assert rows(hook.door.world) == before
    hook.accepted(neutral(hook))
    assert rows(hook.door.world) != before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"x"',
        b"{}",
        b'{"event_id": NaN}',
        b"\xff\xfe",
        b'{"a":' * 5000,
        b'{"a":1,"a":2}',
    ],
)
def test_junk_with_a_good_signature_is_accepted_and_changes_nothing(hook: Hook, body: bytes) -> None:
    before = rows(hook.door.world)
    for source in ("neutral", "ses", "postmark", "UPPER", "x" * 100):
        hook.accepted(body, source, kind="application/json")
        hook.accepted(body, source)
    assert rows(hook.door.world) == before


def test_a_body_of_more_than_a_mebibyte_is_refused(hook: Hook) -> None:
    assert hook.send(b"x" * 1024 * 1024).status_code == 202
    assert hook.send(b"x" * (1024 * 1024 + 1)).status_code == 413


def test_a_replay_has_one_effect_however_often(hook: Hook) -> None:
    data = raw(hook, "postfix: mailbox full")
    signature = hook.signature(data)
    for _ in range(100):
        assert hook.send(data, signature=signature).status_code == 202
    assert len(hook.post.events()) == 1


def test_the_same_report_at_once_from_many_sides_has_one_effect(hook: Hook) -> None:
    from concurrent.futures import ThreadPoolExecutor

    data = raw(hook)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: hook.send(data).status_code, range(24)))
    assert set(answers) == {202}
    assert len(hook.post.events()) == 1
    assert len(hook.post.away()) == 1


def test_neither_answer_nor_log_holds_an_address_or_a_tag(hook: Hook) -> None:
    hook.accepted(raw(hook))
    hook.accepted(neutral(hook))
    told = repr(hook.door.log)
    assert "inbound.taken" in told
    assert "example.org" not in told
    assert hook.post.tag(hook.post.introduction("sam")) not in told


def test_no_other_mail_of_the_round_is_touched(hook: Hook) -> None:
    hook.accepted(raw(hook))
    assert {mail.recipient: mail.state for mail in hook.door.world.mails(MailKind.INTRODUCTION)} == {
        "sam@example.org": MailState.REJECTED,
        "alex@example.org": MailState.SENT,
    }
