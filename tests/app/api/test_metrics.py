"""/metrics: what Prometheus reads, from the rows, for whoever holds a key of the whole organisation."""

from prometheus_client.parser import text_string_to_metric_families

import emails
from app.models import Scope
from app.services import workers
from tests.app.api.door import Door, problem


def scraped(door: Door, key: str | None = None) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by name and labels."""
    secret = door.key(Scope.READ) if key is None else key
    answer = door.http.get("/metrics", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def test_the_fate_of_every_mail_the_age_of_what_waits_and_who_works_can_be_scraped(door: Door) -> None:
    world = door.world
    world.people(3)
    world.draw(world.open_round(send=True))
    world.transport = emails.MemoryTransport(
        [emails.Unknown("DOT", "?"), emails.Refused(False, "recipient", "RCPT", 550, "no")]
    )
    world.deliver()
    world.sign_up("late")
    world.later(seconds=30)
    with world.database.writing() as session:
        workers.beat(session, "worker-7", host="h", version="1", now=world.now)
    world.later(seconds=12)
    found = scraped(door)
    introductions = {
        dict(labels)["result"]: n for (name, labels), n in found.items() if ("kind", "introduction") in labels
    }
    assert introductions == {"held": 1, "rejected": 1, "accepted": 1}
    assert found["coffee_outbox_waiting", (("kind", "confirm_sign_up"),)] == 1
    assert found["coffee_outbox_oldest_seconds", ()] == 42
    assert found["coffee_worker_seen_seconds", (("worker", "worker-7"),)] == 12
    assert found["coffee_rounds", (("state", "introduced"),)] == 1


def test_another_organisation_sees_none_of_it(door: Door) -> None:
    door.world.sign_up("sam")
    assert not [labels for name, labels in scraped(door, door.stranger()) if labels and labels[0][0] == "kind"]


def test_metrics_need_a_key_of_the_whole_organisation(door: Door) -> None:
    assert problem(door.http.get("/metrics"))["status"] == 401
    bound = door.key(Scope.READ, slug="demo")
    assert problem(door.http.get("/metrics", headers={"Authorization": f"Bearer {bound}"}))["status"] == 403


def test_what_caps_held_back_and_forms_without_an_answer_can_be_scraped(door: Door) -> None:
    world = door.world
    world.settings = world.settings.model_copy(update={"requests_per_address": "1/hour"})
    for _ in range(3):
        world.ask_to_join("victim")
    world.answer()
    world.ask_to_join("late")
    world.later(seconds=9)
    found = scraped(door)
    held = {dict(labels)["cap"]: n for (name, labels), n in found.items() if name == "coffee_cap_refusals_total"}
    assert held == {"address": 2, "domain": 0, "source": 0, "all": 0}
    assert found["coffee_requests_oldest_seconds", ()] == 9
