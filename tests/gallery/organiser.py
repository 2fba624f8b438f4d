"""The pages for organisers: the door, what needs a decision, the fate of every mail."""

import emails
from app.models import Scope
from tests.app.web.organiser.desk import REFUSED, UNKNOWN, Desk, outbox
from tests.gallery.stage import Stage


def organiser(stage: Stage) -> None:
    """A round with mails that were accepted, held and refused."""
    desk = Desk(stage.visitor)
    stage.look("sign-in", "/organiser/sign-in")
    stage.press("sign-in-with-problem", "/organiser/sign-in", None, 403, key="no")
    stage.press("overview-empty", "/organiser/sign-in", key=desk.key(*Scope, name="Amara's laptop"))
    stage.look("outbox-empty", "/organiser/programmes/demo/outbox")
    stage.sam_and_priya()
    stage.colleagues()
    stage.world.transport = emails.MemoryTransport([UNKNOWN, REFUSED, UNKNOWN])
    round_ = stage.world.draw(stage.world.open_round(send=True))
    stage.look("outbox-sending", outbox(round_))
    stage.world.deliver()
    stage.look("overview", "/organiser")
    stage.look("outbox", outbox(round_))
    stage.look("outbox-held", outbox(round_, "?state=held"))
    stage.look("outbox-all", f"/organiser/rounds/{round_.id}/outbox/all?action=leave&state=held")
    stage.look("outbox-of-programme", "/organiser/programmes/demo/outbox")
    stage.look("samples", "/organiser/programmes/demo/emails")
    stage.look("sample", "/organiser/programmes/demo/emails/introduction")
    stage.look("sample-link", "/m/sample-choices", status=410)
