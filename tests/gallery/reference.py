"""The page about the API."""

from tests.gallery.stage import Stage


def reference(stage: Stage) -> None:
    """Every call, to read."""
    stage.look("calls", "/api/v1/docs")
