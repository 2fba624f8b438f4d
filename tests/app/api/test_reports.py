"""Reports on quarters through the API."""

from app.models import Scope
from tests.app.api.door import Door, kind
from tests.app.reported import OF_FEW, reported

PATH = "/programmes/demo/reports"


def test_a_quarter_is_told_as_it_was_written_down_latest_first_and_what_is_too_few_is_null(door: Door) -> None:
    reported(door.world, "2026-Q2", OF_FEW, to="")
    links = reported(door.world)
    answer = door.get(PATH)
    latest, older = answer.json()["reports"]
    assert latest.pop("id").startswith("rep_")
    assert latest == {
        "quarter": "2026-Q3",
        "first_day": "2026-07-01",
        "last_day": "2026-09-30",
        "written_at": "2026-11-23T09:00:00Z",
        "fewest": 5,
        "rounds": 3,
        "people": 55,
        "introductions": 135,
        "answered": 75,
        "met": 60,
        "each": [
            {"number": 4, "period": "2026-W28", "sent_on": "2026-07-06", "people": 40, "answered": 20, "met": 15},
            {"number": 5, "period": "2026-W33", "sent_on": "2026-08-10", "people": 45, "answered": 25, "met": 20},
            {"number": 6, "period": "2026-W37", "sent_on": "2026-09-07", "people": 50, "answered": 30, "met": 25},
        ],
        "mailed_to": "grace@example.org",
        "link_voided_at": None,
    }
    assert [older[name] for name in ("rounds", "people", "introductions", "answered", "met", "mailed_to")] == [
        *(1, None, None, None, None, None)
    ]
    assert older["each"][0]["people"] is None
    assert not any(link in answer.text for link in links.values())


def test_they_are_for_a_key_that_may_read_the_programme(door: Door) -> None:
    reported(door.world)
    assert door.get(PATH, key=door.key(Scope.READ)).status_code == 200
    assert kind(door.get(PATH, key=door.key(Scope.WRITE))) == (403, "not-allowed")
    assert kind(door.get(PATH, key=door.stranger())) == (404, "not-found")


def test_another_address_of_the_sponsor_voids_the_link_and_that_is_told(door: Door) -> None:
    door.patch("/programmes/demo", {"sponsor_email": "grace@example.org"})
    reported(door.world)
    door.patch("/programmes/demo", {"sponsor_email": "Grace@example.org"})
    assert door.get(PATH).json()["reports"][0]["link_voided_at"] is None
    door.patch("/programmes/demo", {"sponsor_email": ""})
    assert door.get(PATH).json()["reports"][0]["link_voided_at"] == "2026-11-23T09:00:00Z"
