"""The pages for organisers: the door, what needs a decision, the fate of every mail."""

import re

import emails
from app.models import MailKind, Scope
from tests.app.web.organiser.desk import REFUSED, UNKNOWN, Desk, outbox
from tests.gallery.stage import Sight, Stage

SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')
ROUND = re.compile(r"/organiser/rounds/(rnd_[a-z0-9]+)")


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


def rounds(stage: Stage) -> None:
    """A round from its opening to the second look, and taken back; with somebody who came late."""
    world, every = stage.world, "/organiser/programmes/demo/rounds"
    desk = Desk(stage.visitor)
    desk.sign_in(desk.key(*Scope, name="Amara's laptop"))
    stage.look("empty", every)
    stage.sam_and_priya()
    stage.colleagues()
    stage.press("with-problem", every, None, 422, period="no spaces", seed="x")
    found = world.round(_first(ROUND, stage.press("drawing", every, period="2026-W49", seed="11")))
    here = f"/organiser/rounds/{found.id}"
    world.draw(found)
    old = _first(SEEN, stage.look("drawn", here))
    stage.look("as-table", f"{here}?view=table")
    groups = world.seated(found)
    first, second, third, *_ = groups
    sam, other, priya = groups[first][0], groups[third][0], groups[second][0]
    stage.press("locked", f"{here}/changes", do="lock", group=first)
    stage.press("person-refused", f"{here}/people/{sam}", None, 409, do="swap", other=priya)
    stage.press("taken-apart", f"{here}/changes", do="split", group=second)
    stage.look("person", f"{here}/people/{other}?q=a")
    stage.look("person-without-a-group", f"{here}/people/{priya}")
    stage.press("person-tried", f"{here}/people/{priya}", None, 200, do="move", to="3", **{"try": "yes"})
    late = stage.person("late", "Noor van den Berg", "Theatres")
    stage.look("late", f"{here}/late")
    stage.look("person-late", f"{here}/people/{late.id}")
    stage.look("again", f"{here}/draw-again")
    stage.press("stale", f"{here}/approve", None, 412, seen=old)
    now = _first(SEEN, stage.look("changed", here))
    stage.press("drawing-again", f"{here}/draw-again", seen=now, seed="3", rest_only="yes")
    world.draw(found)
    now = _first(SEEN, stage.look("drawn-again", here))
    stage.press("approved", f"{here}/approve", seen=now)
    stage.look("mail", f"/organiser/mails/{world.mails(MailKind.INTRODUCTION)[0].id}")
    stage.look("send", f"{here}/send")
    stage.look("cancel", f"{here}/cancel")
    stage.look("every", every)


def _first(pattern: re.Pattern[str], sight: Sight) -> str:
    found = pattern.search(sight.html.decode())
    assert found, sight.name
    return found[1]
