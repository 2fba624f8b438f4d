"""Answering what strangers ask for at the doors: one request after the other, each in a transaction of its own."""

import structlog
from sqlalchemy.exc import OperationalError

from app.errors import CoffeeError
from app.services import mail_requests
from app.workflows.work import Work

log = structlog.get_logger(__name__)


def answer_requests(work: Work) -> int:
    """Answer those that are due; returns how many. One that cannot be answered keeps no other from its answer."""
    with work.database.reading() as session:
        due = mail_requests.due(session, work.moment(session))
    return sum(_answered(work, request_id) for request_id in due if not work.stopping.is_set())


def _answered(work: Work, request_id: str) -> bool:
    try:
        with work.database.writing("request: answer") as session:
            return mail_requests.answer(session, request_id, work.settings, now=work.moment(session))
    except OperationalError:
        raise  # the database is away or busy: no fault of the request
    except Exception as error:
        log.error("request.not_answered", request=request_id, error=type(error).__name__, exc_info=error)
        with work.database.writing("request: put off") as session:
            for_good = isinstance(error, CoffeeError)
            mail_requests.put_off(session, request_id, now=work.moment(session), for_good=for_good)
        return False
