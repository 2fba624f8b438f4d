"""Caps: whatever strangers type, there is at most so much in any hour and any day; nobody's address is kept for it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from limits import RateLimitItemPerHour
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter
from pydantic import ValidationError
from sqlalchemy import text
from sqlmodel import Session, func, select

from app.models import Cap, CapHit, CapRefusal
from app.services import caps
from app.services.caps import Full, Hits
from app.settings import Settings
from app.workflows import duties
from tests.factories import World


def rated(world: World, **rates: str) -> None:
    world.settings = world.settings.model_copy(update={f"requests_{name}": rate for name, rate in rates.items()})


def taken(world: World, *counted: tuple[Cap, str]) -> Full | None:
    with world.database.writing() as session:
        return caps.take(session, world.settings, counted, now=world.now)


def hits(session: Session) -> int:
    return session.exec(select(func.count()).select_from(CapHit)).one()


def test_in_any_hour_there_is_at_most_what_the_rate_says(world: World) -> None:
    rated(world, per_source="3/hour")
    passed = []
    for _ in range(60):
        if taken(world, (Cap.SOURCE, "192.0.2.1")) is None:
            passed.append(world.now)
        world.later(minutes=7)
    windows = [sum(start <= moment < start + timedelta(hours=1) for moment in passed) for start in passed]
    assert max(windows) == 3
    assert len(passed) >= 20, "room comes back as the window moves"


def test_a_full_cap_says_when_there_is_room_again_and_is_right(world: World) -> None:
    rated(world, per_source="2/hour")
    for _ in range(2):
        assert taken(world, (Cap.SOURCE, "a")) is None
        world.later(minutes=10)
    full = taken(world, (Cap.SOURCE, "a"))
    assert full == Full(Cap.SOURCE, world.now + timedelta(minutes=40))
    world.now = full.until - timedelta(seconds=1)
    assert taken(world, (Cap.SOURCE, "a")) is not None
    world.now = full.until
    assert taken(world, (Cap.SOURCE, "a")) is None


def test_the_day_counts_beside_the_hour(world: World) -> None:
    rated(world, per_address="2/hour;3/day")
    passed = 0
    for _ in range(10):
        passed += taken(world, (Cap.ADDRESS, "a@example.org")) is None
        world.later(hours=1)
    assert passed == 3


def test_where_one_cap_is_full_the_others_are_not_counted(world: World) -> None:
    rated(world, per_source="1/hour", in_all="2/hour")
    assert taken(world, (Cap.SOURCE, "a"), (Cap.ALL, "")) is None
    for _ in range(5):
        assert taken(world, (Cap.SOURCE, "a"), (Cap.ALL, "")) == Full(Cap.SOURCE, world.now + timedelta(hours=1))
    assert taken(world, (Cap.SOURCE, "b"), (Cap.ALL, "")) is None
    assert taken(world, (Cap.SOURCE, "c"), (Cap.ALL, "")) == Full(Cap.ALL, world.now + timedelta(hours=1))


def test_of_many_who_count_at_once_no_more_pass_than_may(world: World) -> None:
    rated(world, per_source="5/hour", in_all="100/hour")

    def one(_: int) -> bool:
        return taken(world, (Cap.SOURCE, "a"), (Cap.ALL, "")) is None

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(one, range(20))) == 5


def test_a_hit_is_undone_with_what_it_counted(world: World) -> None:
    def counts_and_fails() -> None:
        with world.database.writing() as session:
            assert caps.take(session, world.settings, [(Cap.ADDRESS, "a@example.org")], now=world.now) is None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        counts_and_fails()
    with world.database.reading() as session:
        assert hits(session) == 0


def test_no_address_and_no_network_is_kept_and_their_hashes_are_gone_after_the_window(world: World) -> None:
    taken(world, *caps.of_mail("ada@example.org"), *caps.of_request("192.0.2.77"))
    with world.database.reading() as session:
        rows = str(session.connection().execute(text("select * from cap_hit")).all())
        assert hits(session) == 8
    assert not [word for word in ("ada", "example.org", "192.0.2") if word in rows]
    world.later(hours=1)
    duties.each_minute(world.work)
    with world.database.reading() as session:
        assert hits(session) == 4, "those of the day"
    world.later(hours=23)
    duties.each_minute(world.work)
    with world.database.reading() as session:
        assert hits(session) == 0


def test_what_is_held_back_is_counted_without_a_name(world: World) -> None:
    rated(world, per_address="1/hour")
    for _ in range(4):
        taken(world, (Cap.ADDRESS, "a@example.org"))
    with world.database.reading() as session:
        assert session.exec(select(CapRefusal)).one() == CapRefusal(cap=Cap.ADDRESS, number=3, last_at=world.now)


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no address", "no address"),
        (None, "unknown"),
        ("", "unknown"),
    ],
)
def test_a_source_is_an_address_of_ipv4_or_a_64_of_ipv6(client: str | None, network: str) -> None:
    assert caps.source_of(client) == network


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("ada@example.org", "ada@example.org"),
        ("ada+one@example.org", "ada@example.org"),
        ("ada+one+two@example.org", "ada@example.org"),
        ("+one@example.org", "+one@example.org"),
        ("a.da@example.org", "a.da@example.org"),
        ("a.d.a+x@gmail.com", "ada@gmail.com"),
        ("ada@googlemail.com", "ada@gmail.com"),
    ],
)
def test_spellings_that_land_in_one_mailbox_count_as_one(address: str, mailbox: str) -> None:
    assert caps.mailbox_of(address) == mailbox


@pytest.mark.parametrize("rate", ["", "often", "5", "5/fortnight", "0/hour", "5/hour;", "5/hour;0/day", "5/2 months"])
def test_a_rate_that_says_nothing_is_refused_at_the_start(rate: str) -> None:
    for name in ("per_address", "per_domain", "per_source", "in_all"):
        with pytest.raises(ValidationError, match="rates such as"):
            Settings.model_validate({f"requests_{name}": rate})


def test_a_whole_hospital_behind_one_address_can_join_in_a_morning_by_default() -> None:
    settings = Settings(_env_file=None)
    for cap in (Cap.DOMAIN, Cap.SOURCE, Cap.ALL):
        hour, day = caps.rates(settings, cap)
        assert (hour.get_expiry(), day.get_expiry()) == (3600, 86_400)
        assert hour.amount >= 500
        assert day.amount >= 2000


def test_the_storage_keeps_every_promise_of_the_library(world: World) -> None:
    rate = RateLimitItemPerHour(2)
    with world.database.writing() as session:
        storage = Hits(session, world.now)
        for limiter in (MovingWindowRateLimiter(storage), FixedWindowRateLimiter(storage)):
            assert [limiter.hit(rate, "a") for _ in range(3)] == [True, True, False]
            stats = limiter.get_window_stats(rate, "a")
            assert (stats.reset_time, stats.remaining) == ((world.now + timedelta(hours=1)).timestamp(), 0)
            assert limiter.test(rate, "b")
            limiter.clear(rate, "a")
            assert limiter.test(rate, "a")
        storage.incr("x", 60)
        assert (storage.check(), storage.reset(), storage.get("x")) == (True, 1, 0)
