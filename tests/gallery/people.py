"""The people of a programme: looked through, brought along, invited by a poster."""

from datetime import date

from app.models import HeldFor, ParticipantState, Role
from tests.app.web.organiser.desk import Desk
from tests.gallery.stage import Stage

HERE = "/organiser/programmes/demo/people"


def people(stage: Stage) -> None:
    """The list, and one person in several states."""
    desk = Desk(stage.visitor)
    desk.sign_in(desk.organiser(Role.ORGANISER))
    stage.look("empty", HERE)
    stage.sam_and_priya()
    stage.colleagues()
    stage.world.sent_round()
    stage.state("oscar", ParticipantState.PAUSED, paused_until=date(2026, 12, 14))
    stage.state("aoife", ParticipantState.HELD, held_for=HeldFor.BOUNCE)
    stage.state("kim", ParticipantState.PENDING, confirmed_at=None)
    stage.state("zoe", ParticipantState.LEFT, left_at=stage.world.now)
    stage.look("every", HERE)
    stage.look("found", f"{HERE}?state=active&q=e")
    sam, aoife, kim = (f"{HERE}/{stage.world.there(name).id}" for name in ("sam", "aoife", "kim"))
    stage.look("one", sam)
    stage.look("one-bounced", aoife)
    stage.look("one-pending", kim)
    stage.press("one-with-problems", sam, None, 422, action="about", name="", team="Finance")
    stage.press("one-refused", kim, None, 409, action="back")
    stage.press("one-paused", sam, action="pause", until="2026-12-14")
    stage.look("take-out", f"{sam}/leave")
    stage.press("erase-with-problem", f"{sam}/erase", None, 422, word="no")
