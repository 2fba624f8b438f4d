"""Pages for organisers: the door, what needs a decision, the fate of every mail, and a sample of each.

`door` and `sessions` are how organisers get in; the other pages ask `sessions` who is looking and know no more of it.
"""

from fastapi import FastAPI

from app.doors import included
from app.web.organiser import (
    account,
    acts,
    adding,
    apart,
    closed,
    door,
    exports,
    home,
    imports,
    keys,
    live,
    mails,
    outbox,
    own_words,
    participant_acts,
    participants,
    people,
    poster,
    reports,
    round_acts,
    round_page,
    round_people,
    rounds,
    samples,
    second,
    sendings,
    set_up,
    watching,
)
from app.web.organiser.lookout import Lookout
from app.web.organiser.tries import Tries

OF_ROUNDS = (rounds, round_page, round_acts, round_people, outbox, acts, mails, samples, watching, live, sendings)
OF_PROGRAMMES = (closed, apart, set_up, adding, exports, imports, participants, participant_acts, poster, reports)
ROUTES = included(
    *(module.router for module in (door, second, home, account, people, keys, own_words, *OF_ROUNDS, *OF_PROGRAMMES))
)


def install(app: FastAPI) -> None:
    """Add the pages, the count of tries at their door, and who watches which round."""
    app.state.organiser_tries = Tries()
    app.state.lookout = Lookout(app.state.context.database)
    app.router.routes.extend(ROUTES)
