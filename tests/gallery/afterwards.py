"""How it went, what came of it, the learning log, someone new, and who was silent."""

from app.models import MailKind, Met
from app.services.feedback import Answer
from app.workflows import duties
from tests.app.bounced import Post
from tests.app.talking import Talk
from tests.gallery.stage import Stage

SAID = "/me/conversations/2026-W48/said"


def met(stage: Stage) -> None:
    """The two taps, and what may follow."""
    stage.sam_and_priya()
    stage.world.sent_round()
    stage.world.later(days=4)
    duties.ask(stage.world.work)
    path = stage.visitor.link(MailKind.REMINDER, "feedback", "sam")
    stage.look("asked", path)
    stage.press("booked", path, action="booked")
    stage.press("not-this-time", path, action="no")
    stage.press("yes", path, action="yes")
    more = {"action": "more", "worth": "5", "known": "no", "helped": "both"}
    stage.press("with-problem", path, None, 422, **more, learnt="x" * 2001)
    stage.press("kept", path, **more, learnt="Estates know where the keys are.", will_try="Call, not write.")


def outcome(stage: Stage) -> None:
    """A month later."""
    stage.sam_and_priya()
    talk = Talk(stage.world, stage.world.sent_round())
    for name in ("sam", "priya"):
        talk.answer(name, Answer(Met.YES))
    stage.world.later(days=30)
    duties.ask(stage.world.work)
    path = stage.visitor.link(MailKind.OUTCOME, "outcome", "sam")
    stage.look("asked", path)
    stage.press("used", path, action="used")
    stage.press("with-problem", path, None, 422, action="line", line="x" * 501)
    stage.press("kept", path, action="line", line="We now share one list of rooms.")


def log(stage: Stage) -> None:
    """What one took with one."""
    stage.sam_and_priya()
    talk = Talk(stage.world, stage.world.sent_round())
    mine = stage.signed_in("sam")
    stage.look("empty", "/me/log", mine)
    talk.answer("sam", Answer(Met.YES, 5, "Estates know where the keys are.", will_try="Call, not write.", share=True))
    stage.look("lines", "/me/log", mine)
    line = f"/me/log/{talk.place('sam').group_id}"
    stage.look("line", line, mine)
    stage.press("line-with-problem", line, mine, 422, learnt="x" * 2001)
    stage.press("kept", line, mine, learnt="Ask twice.")


def still_in(stage: Stage) -> None:
    """Two who were silent; one comes back."""
    stage.change(hold_after=1)
    stage.sam_and_priya()
    stage.world.sent_round()
    for _ in range(14):
        stage.world.later(days=1)
        duties.ask(stage.world.work)
        stage.world.deliver()
    path = stage.visitor.link(MailKind.STILL_IN, "still_in", "sam")
    stage.look("asked", path)
    stage.press("back", path, action="keep-me-in")


def someone_new(stage: Stage) -> None:
    """The other cannot be reached."""
    stage.sam_and_priya()
    stage.world.sent_round()
    post = Post(stage.world)
    post.take("hard", post.introduction("priya"), "5.1.1")
    stage.world.deliver()
    path = stage.visitor.link(MailKind.PARTNER_AWAY, "someone_new", "sam")
    stage.look("offered", path)
    stage.press("looking", path, action="someone-new")
    stage.colleagues(2)
    stage.world.sent_round("2026-W49")
    stage.look("over", path)
