"""The demo's guided way, its inbox, and the style guide."""

import re

import emails
from app.models import MailKind
from app.queries import programmes
from tests.gallery.stage import Stage


def demo(stage: Stage) -> None:
    """Step by step."""
    visitor = stage.visitor
    stage.world.transport = emails.MaildirTransport(stage.folder / "mail")  # type: ignore[assignment]
    stage.colleagues()
    stage.look("front", "/")
    stage.look("join", "/demo")
    stage.look("styleguide", "/styleguide")
    stage.look("inbox-empty", "/demo/inbox")
    visitor.post("/p/demo", name="Sam Okoro", email="sam@example.org", team="Finance")
    stage.look("sent", "/p/demo/sent")
    stage.look("look", "/demo")
    visitor.post(visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam"), action="confirm")
    visitor.post("/me/topics", interests="chess")
    stage.look("run", "/demo")
    place = visitor.post("/demo/round").headers["location"]
    stage.look("drawing", place)
    stage.look("drawing-still", f"{place}?still=1")
    stage.world.draw(stage.world.round(place.rpartition("/")[2]))
    stage.look("sending", place)
    stage.world.deliver()
    stage.look("introduced", place)
    stage.look("read", "/demo")
    inbox = stage.look("inbox", "/demo/inbox")
    _one_mail(stage, inbox.html.decode())


def _one_mail(stage: Stage, inbox: str) -> None:
    """A mail and the frame in which it is shown."""
    link = next(
        path for path, words in re.findall(r'href="(/demo/inbox/[^"]+)"><bdi>([^<]+)', inbox) if "Meet" in words
    )
    stage.rendered.clear()
    frame = f"{link}/html"
    html = stage.visitor.get(frame)
    stage.add("mail", stage.visitor.get(link), ((frame, html.content, html.headers["Content-Security-Policy"]),))


def empty(stage: Stage) -> None:
    """A database without the demo's programme."""
    with stage.world.database.writing() as session:
        session.delete(programmes.programme(session, "demo"))
    stage.look("no-programme", "/demo")
