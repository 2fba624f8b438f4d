"""The report on a quarter: behind the link that its sponsor has, and for organisers; and how it stops."""

from datetime import timedelta

from app.models import Role
from app.security import mailed_token
from tests.app.reported import OF_FEW, THREE_ROUNDS, reported
from tests.app.web.organiser.desk import Desk
from tests.gallery.stage import Stage

HERE = "/organiser/programmes/demo/report"


def reports(stage: Stage) -> None:
    """A quarter of few, one of three rounds, and a sponsor who has had enough."""
    world, desk = stage.world, Desk(stage.visitor)
    desk.sign_in(desk.organiser(Role.ORGANISER))
    stage.look("none", HERE)
    world.now -= timedelta(days=50)
    few = reported(world, "2026-Q2", OF_FEW)
    links = reported(world, "2026-Q3", THREE_ROUNDS)
    world.now += timedelta(days=50)
    path, stop, of_few = (f"/m/{mailed_token(world.secret, one)}" for one in (*links.values(), few["report"]))
    stage.look("mailed", path)
    stage.look("mailed-of-few", of_few)
    stage.look("organiser", HERE)
    stage.look("stop", stop)
    stage.press("stopped", stop, action="stop-reports")
    stage.look("organiser-stopped", HERE)
    stage.look("words-stopped", "/organiser/programmes/demo/set-up/words")
