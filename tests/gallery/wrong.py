"""Something wrong with a person, and something wrong with us."""

from collections.abc import Callable

from app.errors import BadInput, Conflict, Fault, FromElsewhere
from app.main import create_app
from app.models import MailKind
from tests.gallery.stage import NOBODY, PATIENCE, Stage
from tests.rig.server import served

WORDS = "He would not stop asking where I live."


def concern(stage: Stage) -> None:
    """The form, what happens then, and what is offered where nobody is named."""
    stage.sam_and_priya()
    stage.world.sent_round()
    path = stage.visitor.link(MailKind.INTRODUCTION, "concern", "sam")
    stage.look("asked", path)
    stage.press("with-problem", path, None, 422, action="concern", words="", reader="ines@example.org")
    stage.press("sent", path, action="concern", words=WORDS, reader="ines@example.org")
    stage.change(**NOBODY)
    stage.look("nobody-named", path)
    stage.press("apart", path, action="keep-apart")


def errors(stage: Stage) -> None:
    """Each kind of error, as people see it."""
    stage.look("no-page", "/nowhere", status=404)
    stage.look("no-programme", "/p/unknown", status=404)
    stage.look("link-expired", "/m/unknown", status=410)
    stage.press("not-that-way", "/me/data.json", None, 405)
    stage.world.settings = stage.world.settings.model_copy(update={"requests_per_source": "1/hour"})
    app = create_app(stage.world.settings, works=False, clock=lambda: stage.world.now)
    raised = {
        "forbidden": FromElsewhere(),
        "conflict": Conflict("This conversation is over."),
        "bad-input": BadInput(Fault("The day", "is past.", "Enter a day to come.")),
        "ours": RuntimeError("a secret detail"),
        "busy": None,
    }
    for name, error in raised.items():
        if error is not None:
            app.add_api_route(f"/{name}", _raiser(error))
    with served(app) as site, site.client() as http:
        http.timeout = PATIENCE
        for name, error in raised.items():
            if error is not None:
                stage.rendered.clear()
                stage.add(name, http.get(f"/{name}"))
        http.post("/me", data={"email": "sam@example.org"})
        stage.rendered.clear()
        answer = http.post("/me", data={"email": "sam@example.org"})
        assert answer.status_code == 429, answer.status_code
        stage.add("too-many", answer)


def _raiser(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail
