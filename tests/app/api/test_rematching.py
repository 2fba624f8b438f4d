"""Someone new for who was left alone, by API: in the same order of locks as everybody who changes a round."""

import threading

from app.models import MailKind
from tests.app.api.door import Door, kind
from tests.app.bounced import Post
from tests.app.changing import somebody_changing_the_round


def test_someone_new_is_looked_for_while_the_round_is_being_changed(door: Door) -> None:
    door.world.people(2)
    door.world.sent_round()
    post = Post(door.world)
    post.take("hard", post.introduction("person00"), "5.1.1")
    mail = post.introduction("person00")
    kept = threading.Event()
    with somebody_changing_the_round(door.world, kept) as go:
        go.set()
        assert kept.wait(10)
        answer = door.post(f"/messages/{mail.id}/rematch")
    assert (answer.status_code, answer.json()["kind"]) == (202, MailKind.INTRODUCTION)
    assert post.waiting() == {"person01"}


def test_an_introduction_that_arrived_leaves_nobody_alone(door: Door) -> None:
    door.world.people(2)
    door.world.sent_round()
    arrived = Post(door.world).introduction("person00")
    assert kind(door.post(f"/messages/{arrived.id}/rematch")) == (409, "conflict")
