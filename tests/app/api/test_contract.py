"""Whatever is sent, each operation keeps what docs/openapi.json says of it: Schemathesis makes the calls and checks.

All of its checks: no 5xx, no status, header, media type or shape that is not described, nothing accepted that the
description forbids, nothing refused that it allows, no call without a key. The whole of it is long.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, Config, GenerationMode
from schemathesis.core.failures import FailureGroup
from sqlmodel import col, select

from app.models import ImportJob, MailState, OutgoingMail, Participant, ProgrammeState, Role, Round, RoundState
from app.queries import imports as import_queries
from app.queries import programmes as queries
from app.services import organisers, programmes
from app.services.imports import Sources
from app.services.programmes import ProgrammeFacts
from app.workflows import importing
from tests.app import imported
from tests.app.api.door import ALL, Door, opened_door
from tests.app.bounced import Post
from tests.factories import World, address_of

PUBLISHED = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_text(encoding="utf-8"))
TAGS = sorted({call["tags"][0] for calls in PUBLISHED["paths"].values() for call in calls.values()})
BOTH = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
TAKEN = ["2xx", "401", "403", "404", "409", "412", "422", "429"]
"""How a call may end that the description allows: 422 where a rule cannot be said in a schema (a zone that exists, a
cursor of ours, a pause in the future), 412 where an If-Match is made up, 429 after ten tests of mails in an hour.
"""
REFUSED = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422"]
CHECKS: dict[str, Any] = {
    "checks": {
        "positive_data_acceptance": {"expected-statuses": TAKEN},
        "negative_data_rejection": {"expected-statuses": REFUSED},
    }
}
ORGANISER = "amara@example.org"
DRY = ("true", "1", "yes", "on")
MANY: Any = [
    {"email": f"many{number}@example.org", "name": f"Many {number}", "team": "Many"} for number in range(1_001)
]
LAST = ("delete", "send", "approve")
"""What ends things comes last."""


@pytest.fixture
def door(world: World) -> Iterator[Door]:
    """A programme in the midst of its life: a round that is over, one sent with a held mail, some to be approved."""
    world.people(9)
    world.settings = world.settings.model_copy(update={"api_rate": "1000000/minute"})
    for period in ("p1", "p2"):
        world.sent_round(period)
        world.later(days=7)
    for period in ("p3", "p4", "p5"):
        world.draw(world.open_round(period))
    world.open_round("p6")
    beside = replace(world, slug="beside")
    beside.programme()
    left_alone(beside)
    brought(beside)
    hold(world)
    with world.database.writing() as session:
        organisation = programmes.default_organisation(session, "Example Trust", world.now)
        organisers.appoint(session, organisation, address_of(ORGANISER), Role.OWNER, None, now=world.now)
    with opened_door(world) as opened:
        yield opened


@pytest.mark.long
@pytest.mark.parametrize(
    "tag", sorted({one["tags"][0] for path in PUBLISHED["paths"].values() for one in path.values()})
)
def test_every_operation_keeps_its_description(door: Door, tag: str) -> None:
    met = Meeting(door, examples=100)
    for operation in operations(tag):
        met.expect(operation)
        met.make_ready(operation)
        met.cover(operation)
        met.make_ready(operation)
        met.fuzz(operation)
    assert not met.failures, met.told
    assert met.unseen == [], "never answered so"


def test_every_operation_keeps_its_description_for_a_few_calls(door: Door) -> None:
    met = Meeting(door, examples=10)
    for operation in operations():
        met.fuzz(operation)
    assert not met.failures, met.told


def operations(tag: str | None = None) -> list[Any]:
    """Every operation that is described, or those about one thing; those that end things last."""
    schema = schemathesis.openapi.from_dict(PUBLISHED, config=Config.from_dict(CHECKS))
    found: list[Any] = [one.ok() for one in schema.get_all_operations()]  # type: ignore[union-attr]
    wanted = [one for one in found if tag in (None, *one.tags)]
    return sorted(wanted, key=lambda one: (any(word in one.label.lower() for word in LAST), one.label))


class Meeting:
    """Calls of a door, and what was wrong with them."""

    def __init__(self, door: Door, *, examples: int) -> None:
        self.door, self.examples = door, examples
        self.key = {"Authorization": f"Bearer {door.key(*ALL)}"}
        self.ids = known_ids(door)
        self.number = 0
        self.failures: list[str] = []
        self.unseen: list[str] = []

    @property
    def told(self) -> str:
        """Everything that was wrong."""
        return "\n\n".join(self.failures)

    def fuzz(self, operation: Any) -> None:
        """Calls by lot, half of them as described and half of them not."""
        for mode in BOTH:
            with self._noting(operation), nothing_wrong_to_send(mode):
                self._by_lot(operation, mode)

    def _by_lot(self, operation: Any, mode: GenerationMode) -> None:
        @settings(
            max_examples=self.examples // 2,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
        def meet(case: Case, data: st.DataObject) -> None:
            for name in dict(case.path_parameters or {}).keys() & self.ids.keys():
                if data.draw(st.integers(0, 4)) < 4:
                    case.path_parameters[name] = data.draw(st.sampled_from(self.ids[name]))
            if mode == GenerationMode.POSITIVE:
                self.key_it(case)
                self.fill(case, data)
            self.call(case)

        meet()

    def expect(self, operation: Any) -> None:
        """Each way in which it gets through, according to its description, at least once."""
        self.unseen += [
            f"{operation.label}: {status}" for status in operation.definition.raw["responses"] if status < "3"
        ]

    def make_ready(self, operation: Any) -> None:
        """Rounds and mails that wait for a word, where the calls before have used them up."""
        hold(self.door.world)
        if "{round_id}" not in operation.label:
            return
        self.number += 1
        for what in ("drawn", "approved"):
            round_id = self.door.drawn(f"{what}-{self.number}")
            if what == "approved":
                assert self.door.post(f"/rounds/{round_id}/approve").status_code == 202
        self.ids = known_ids(self.door)

    def fill(self, case: Case, data: st.DataObject) -> None:
        """People and groups that are there, in changes by hand; and mostly no tag, which only a look could know."""
        if data.draw(st.booleans()):
            case.headers.pop("If-Match", None)
        body: Any = case.body
        if isinstance(body, dict) and "to" in body:  # a test of a mail goes to an organiser, or to nobody
            body["to"] = ORGANISER
        if isinstance(body, dict) and "at" in body:  # a moment by lot is never in the window in which one can be set
            body["at"] = (self.door.world.now + timedelta(days=1)).isoformat()
        people, groups = st.sampled_from(self.ids["participant_id"]), st.integers(1, 4)
        for name in body.keys() & {"a", "b"} if isinstance(body, dict) else ():
            body[name] = data.draw(people)
        if isinstance(body, dict) and case.operation.label.endswith(("/keep", "/release")):
            for name, there in (("people", people), ("groups", groups)):
                body |= {name: data.draw(st.lists(there, max_size=3))} if name in body else {}
        if isinstance(body, dict) and "/imports" in case.path and case.media_type == "application/json":
            case.body = body if data.draw(st.integers(0, 2)) else {"people": MANY}
        changes = body.get("changes", []) if isinstance(body, dict) else []
        del changes[data.draw(st.integers(1, 3)) :]  # one that cannot be is enough to refuse all
        for change in changes:
            self._fill_change(change, data)
        if changes and data.draw(st.booleans()):  # one that can be, wherever groups can be changed
            body["changes"] = [{"do": "lock", "group": data.draw(groups)}]
            case.headers.pop("If-Match", None)

    def _fill_change(self, change: dict[str, Any], data: st.DataObject) -> None:
        people, groups = st.sampled_from(self.ids["participant_id"]), st.integers(1, 4)
        for name in change.keys() & {"person", "a", "b"}:
            change[name] = data.draw(people)
        for name in change.keys() & {"group", "to"}:
            change[name] = data.draw(groups)
        if "people" in change:
            change["people"] = data.draw(st.lists(people, min_size=2, max_size=3, unique=True))

    def cover(self, operation: Any) -> None:
        """Each edge of each value once."""
        config = operation.schema.config.generation
        cases = operation.schema.iter_coverage_cases(operation, generation_modes=list(BOTH), generation_config=config)
        for number, case in enumerate(cases):
            for name in (case.path_parameters or {}).keys() & self.ids.keys():
                case.path_parameters[name] = self.ids[name][number % len(self.ids[name])]
            if case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE:
                self.key_it(case)
            with self._noting(operation):
                self.call(case)

    def key_it(self, case: Case) -> None:
        """The key that is needed where something is written, which the description can only say in words."""
        if case.method == "POST" and str((case.query or {}).get("dry_run")).lower() not in DRY:
            self.number += 1
            case.headers["Idempotency-Key"] = f"key-{self.number}"

    def call(self, case: Case) -> None:
        """Send it, and check the answer."""
        reopen(self.door.world)
        if case.path == "/readyz":  # its 503 is no fault of the service but its news: nobody works
            catch_up(self.door.world)
        response = case.call(base_url=self.door.url, headers=self.key)
        with suppress(ValueError):
            self.unseen.remove(f"{case.operation.label}: {response.status_code}")
        case.validate_response(response, headers=self.key, transport_kwargs={"headers": self.key})

    @contextmanager
    def _noting(self, operation: Any) -> Iterator[None]:
        try:
            yield
        except FailureGroup as group:
            self.failures.append(f"{operation.label}: {group}")


@contextmanager
def nothing_wrong_to_send(mode: GenerationMode) -> Iterator[None]:
    """A call without parameters but for names in its path takes nothing that it could refuse."""
    try:
        yield
    except Unsatisfiable:
        assert mode == GenerationMode.NEGATIVE


def known_ids(door: Door) -> dict[str, list[str]]:
    """What really is there, by the names of the path's parameters."""
    with door.world.database.reading() as session:
        programme = queries.programme(session, "demo")
        imports = list(session.exec(select(ImportJob.id)))
        people = list(session.exec(select(Participant.id).where(Participant.programme_id == programme.id)))
        stuck = col(OutgoingMail.state).in_([MailState.UNCERTAIN, MailState.REJECTED])
        mails = [*session.exec(select(OutgoingMail.id).where(stuck)), *session.exec(select(OutgoingMail.id).limit(3))]
        told = select(Round.id).where(Round.programme_id == programme.id, Round.state == RoundState.INTRODUCED)
        introduced = list(session.exec(told.limit(3)))
    rounds = door.get("/programmes/demo/rounds").json()["rounds"]
    return {
        "slug": ["demo"],
        "round_id": [*introduced, *(one["id"] for one in rounds)],
        "participant_id": people,
        "message_id": mails,
        "import_id": imports,
        "name": ["introduction", "reminder"],
        "kind": ["not-found", "busy"],
    }


def left_alone(world: World) -> None:
    """A round that has just been sent: of each of its pairs one introduction has come back."""
    for number in range(8):
        world.person(f"somebody{number}")
    round_ = world.sent_round()
    post = Post(world)
    for pair in world.groups(round_):
        post.take("hard", post.introduction(min(pair)), "5.1.1")


def brought(world: World) -> None:
    """An import that is written but for a bad line, and one that is about to be."""
    sources = Sources(
        people=imported.table("people", "email,name,team", "new@example.org,New,Estates", "nobody,Bad,Estates")
    )
    job_id = imported.opened(world, sources)
    assert importing.carry_on(world.work, job_id)
    imported.opened(world)


def hold(world: World) -> None:
    """Nobody knows whether these mails have arrived."""
    with world.database.writing() as session:
        gone = select(OutgoingMail).where(col(OutgoingMail.released_at).is_not(None))
        gone = gone.where(OutgoingMail.state != MailState.REJECTED)
        for mail in session.exec(gone.order_by(OutgoingMail.id).limit(9)):
            mail.state, mail.finished_at = MailState.UNCERTAIN, world.now


def catch_up(world: World) -> None:
    """Whatever waits for a worker."""
    with world.database.reading() as session:
        rounds = list(session.exec(select(Round).where(Round.state == RoundState.DRAFT)))
        jobs = import_queries.due(session, world.now)
    for round_ in rounds:
        world.draw(round_)
    for job_id in jobs:
        assert importing.take_up(world.work, job_id)
        assert importing.carry_on(world.work, job_id)


def reopen(world: World) -> None:
    """Time goes on, and the programme is open, whatever the call before has done to it."""
    world.now += timedelta(seconds=1)
    with world.database.writing() as session:
        programme = queries.programme(session, "demo")
        if programme.state != ProgrammeState.OPEN:
            facts = ProgrammeFacts(state=ProgrammeState.OPEN)
            programmes.change_programme(session, programme, facts, now=world.now, actor="test")
