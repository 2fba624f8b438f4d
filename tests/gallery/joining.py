"""From the front page to the topics."""

from app.models import MailKind
from tests.gallery.stage import Stage

TYPED = {"name": "Sam Okoro", "email": "sam@example.org", "team": "Finance"}


def joining(stage: Stage) -> None:
    """The form and all that may come of it, and the way back to one's own page."""
    visitor = stage.visitor
    stage.look("front", "/")
    stage.look("form", "/p/demo")
    stage.sam_and_priya()
    stage.colleagues()
    stage.look("form-with-many", "/p/demo")
    stage.press("form-with-problems", "/p/demo", None, 422, name="", email="tom@", team="")
    stage.press("sent", "/p/demo", name="Tom Baker", email="tom@example.org", team="Nursing")
    stage.look("form-again", "/p/demo?again")
    stage.look("sent-unknown", "/p/demo/sent", by=visitor.fresh())
    path = visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "tom")
    stage.look("confirm", path)
    stage.press("confirmed", path, action="confirm")
    stranger = visitor.fresh()
    stage.look("my-page-ask", "/me", stranger)
    stage.press("my-page-ask-with-problems", "/me", stranger, 422, email="tom")
    stage.press("my-page-sent", "/me", stranger, email="tom@example.org")
    stage.look("my-page-open", visitor.link(MailKind.MY_PAGE, "my_page", "tom"), stranger)
    stage.change(invitation_only=True)
    stage.look("form-by-invitation", "/p/demo", visitor.fresh())
    stage.press("sent-by-invitation", "/p/demo", visitor.fresh(), name="A", email="a@example.org", team="B")


def topics(stage: Stage) -> None:
    """The optional minute: empty with suggestions, filled, and with everything wrong."""
    stage.sam_and_priya()
    stage.colleagues()
    stage.person("lou", "Lou Martin", "Nursing")
    stage.look("empty", "/me/topics", stage.signed_in("lou"))
    mine = stage.signed_in("sam")
    ways = {"often": "second", "format": "remote", "access": "A step-free place", "access_for": "match"}
    mine.post("/me/topics", **ways, asks="budgets", offers="spreadsheets", times=["Tuesday morning", "Friday lunch"])
    stage.look("filled", "/me/topics", mine)
    wrong = {"interests": "x" * 200, "access": "x" * 301, "languages": "y" * 200, "often": "never", "size": "9"}
    stage.press("with-problems", "/me/topics", mine, 422, **wrong)
