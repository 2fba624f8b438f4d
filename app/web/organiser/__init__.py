"""Pages for organisers: the door, what needs a decision, the fate of every mail, and a sample of each.

`door` and `sessions` are how organisers get in; the other pages ask `sessions` who is looking and know no more of it.
"""

from fastapi import FastAPI

from app.web.organiser import account, acts, door, home, outbox, people, samples, second
from app.web.organiser.tries import Tries


def install(app: FastAPI) -> None:
    """Add the pages, and the count of tries at their door."""
    app.state.organiser_tries = Tries()
    for module in (door, second, home, account, people, outbox, acts, samples):
        app.include_router(module.router)
