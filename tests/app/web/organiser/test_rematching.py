"""The button that looks for someone new, in the same order of locks as everybody who changes a round."""

import threading

from app.models import Role
from tests.app.bounced import Post
from tests.app.changing import somebody_changing_the_round
from tests.app.web.organiser.desk import Desk


def test_someone_new_is_looked_for_while_the_round_is_being_changed(desk: Desk) -> None:
    desk.sign_in(desk.organiser(Role.ORGANISER))
    desk.round(people=2)
    post = Post(desk.world)
    post.take("hard", post.introduction("person00"), "5.1.1")
    mail = post.introduction("person00")
    kept = threading.Event()
    with somebody_changing_the_round(desk.world, kept) as go:
        go.set()
        assert kept.wait(10)
        answer = desk.post(f"/organiser/mails/{mail.id}", action="rematch")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/organiser/rounds/{mail.round_id}/outbox?done=rematch&number=1",
    )
    assert post.waiting() == {"person01"}
