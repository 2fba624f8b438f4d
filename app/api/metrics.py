"""/metrics for Prometheus: read from the rows at each scrape, so that every process tells the same and a restart
forgets nothing. Counts and ages only; what a report may not show is not here either.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlmodel import Session

from app import __version__
from app.api.deps import Caller
from app.api.route import ApiRoute, needs
from app.doors import Moment, Reading
from app.errors import NotAllowed
from app.models import Cap, RoundState, Scope
from app.queries import watch
from app.workflows.channel import channel

routes = APIRouter(tags=["health"], route_class=ApiRoute, generate_unique_id_function=lambda route: route.name)

RESULTS = ("accepted", "waiting", "held", "rejected", "suppressed", "expired")


def _whole(caller: Caller) -> str:
    """The organisation of a key that is bound to no programme. Raises NotAllowed."""
    if caller.programme_id is not None:
        raise NotAllowed("This key is bound to one programme; metrics are of the whole organisation.")
    return caller.organisation_id


@routes.get("/metrics", response_class=Response)
@needs(Scope.READ)
def metrics(session: Reading, now: Moment, organisation: Annotated[str, Depends(_whole)]) -> Response:
    """Mails by kind and result, ages of what waits, rounds by state, workers, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Rows(session, organisation, now))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Rows:
    """A collector for one scrape."""

    def __init__(self, session: Session, organisation: str, now: datetime) -> None:
        self._session, self._organisation, self._now = session, organisation, now

    def collect(self) -> Iterator[Metric]:
        """Every family, each with all that there is."""
        yield GaugeMetricFamily("coffee_up", f"Coffee Trial {__version__} answers.", value=1)
        yield from self._mails()
        yield from self._ages()
        rounds = GaugeMetricFamily("coffee_rounds", "Rounds by state.", labels=["state"])
        found = watch.rounds(self._session, self._organisation)
        for state in RoundState:
            rounds.add_metric([state.value], found.get(state, 0))
        yield rounds
        seen = GaugeMetricFamily("coffee_worker_seen_seconds", "Since a worker was seen.", labels=["worker"])
        for worker in watch.workers(self._session):
            seen.add_metric([worker.name], self._age(worker.seen_at))
        yield seen
        yield self._held_back()

    def _held_back(self) -> Metric:
        held = CounterMetricFamily("coffee_cap_refusals", "Forms and mails that a cap has held back.", labels=["cap"])
        found = {refusal.cap: refusal.number for refusal in watch.refusals(self._session)}
        for cap in Cap:
            held.add_metric([cap.value], found.get(cap, 0))
        return held

    def _mails(self) -> Iterator[Metric]:
        done = CounterMetricFamily("coffee_emails", "Mails that have met their fate.", labels=["kind", "result"])
        waiting = GaugeMetricFamily("coffee_outbox_waiting", "Mails on their way or to be sent.", labels=["kind"])
        for (kind, result), number in sorted(watch.mails(self._session, self._organisation).items()):
            if result == "waiting":
                waiting.add_metric([kind.value], number)
            else:
                done.add_metric([kind.value, result], number)
        yield done
        yield waiting

    def _ages(self) -> Iterator[Metric]:
        due = self._age(watch.due_since(self._session, self._now))
        yield GaugeMetricFamily("coffee_outbox_oldest_seconds", "Age of the mail that is due longest.", value=due)
        way_out = channel(self._session)
        trouble = self._age(way_out.trouble_since if way_out else None)
        yield GaugeMetricFamily("coffee_channel_trouble_seconds", "Since the mail server refuses us.", value=trouble)
        asked = self._age(watch.asked_since(self._session, self._now))
        yield GaugeMetricFamily("coffee_requests_oldest_seconds", "Age of the oldest unanswered form.", value=asked)
        undrawn = self._age(watch.undrawn_since(self._session))
        yield GaugeMetricFamily("coffee_round_undrawn_seconds", "Since a round waits to be drawn.", value=undrawn)

    def _age(self, since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (self._now - since).total_seconds())
