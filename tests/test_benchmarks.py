"""The race still runs, counts right, is fair to the others, and its page can be written from stored figures."""

import ast
import json
import random
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from benchmarks.race import colette, metrics, plan, worlds
from benchmarks.race.__main__ import _skipped, arguments, dumped
from benchmarks.race.ahead import ahead
from benchmarks.race.bars import bars
from benchmarks.race.beans import beans
from benchmarks.race.contestants import BEANS, COLETTE, NETWORKX, OURS, RUSTWORKX, make
from benchmarks.race.curve import curve
from benchmarks.race.document import document
from benchmarks.race.figures import loses, played, singles
from benchmarks.race.machine import machine
from benchmarks.race.scene import Missing, Pair, Scene, Wishes, couple
from benchmarks.race.shuffles import greedy, shuffle
from benchmarks.race.words import floor_percent, percent, seconds
from benchmarks.race.worker import in_a_process

ROOT = Path(__file__).parents[1]


def scene(teams: str, number: int = 1, met: dict[Pair, int] | None = None, **more: Any) -> Scene:
    """A round of as many people as there are letters, each the team of one."""
    return Scene(
        number, list(range(len(teams))), [ord(team) for team in teams], random.Random(7), last=met or {}, **more
    )


# --- it runs ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the small race writes and prints."""
    file = tmp_path_factory.mktemp("race") / "race.json"
    words = [sys.executable, "-m", "benchmarks.race", "--small", "--out", str(file)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {**json.loads(file.read_text()), "printed": done.stdout}


def test_the_small_race_has_every_part_and_nothing_breaks(small: dict[str, Any]) -> None:
    results = small["results"]
    assert {result["part"] for result in results} == set(plan.PARTS)
    assert [result for result in results if "failed" in result or "stopped" in result] == []
    assert all(result["peak_mb"] > 1 for result in results)


def test_in_the_small_race_we_are_as_good_as_the_exact_round(small: dict[str, Any]) -> None:
    ours = [one for (name, _), one in singles(small["results"]).items() if name == OURS]
    assert [one.worse for one in ours] == [""]
    assert (ours[0].share or 0) >= 0.999


def test_the_small_race_prints_all_tables(small: dict[str, Any]) -> None:
    headings = [line for line in small["printed"].splitlines() if line.startswith("## ")]
    assert [heading[3] for heading in headings] == ["1", "2", "3", "4"]


def test_a_job_that_outlasts_its_cap_is_stopped_and_says_so() -> None:
    job = {"part": "single", "contestant": NETWORKX, "seed": 1, "people": 600, "runs": 0}
    result = in_a_process({**job, "cap": 0.1, "slack": 0.3, "patience": 60})
    assert result["stopped"] == 0.1
    assert "seconds" not in result


def test_sizes_beyond_a_stop_are_not_tried() -> None:
    past = [{"part": "single", "contestant": NETWORKX, "people": 800, "seed": 1, "stopped": 120}]
    job = {"part": "single", "contestant": NETWORKX, "people": 1600, "seed": 1}
    assert (_skipped(job, past) or {})["skipped"] == 800
    assert (_skipped({**job, "people": 800, "seed": 2}, past) or {})["stopped"] == 120
    assert _skipped({**job, "people": 400}, past) is None
    assert _skipped({**job, "contestant": OURS}, past) is None


def test_a_contestant_or_part_is_chosen_by_the_beginning_of_its_name() -> None:
    assert arguments(["--only", "rust", "--only", "scale"]).only == [RUSTWORKX, "scale"]
    chosen = plan.jobs(plan.FULL, [RUSTWORKX])
    assert {job["contestant"] for job in chosen} == {RUSTWORKX}
    with pytest.raises(SystemExit):
        arguments(["--only", "nobody"])


def test_everybody_meets_the_same_people() -> None:
    case = worlds.CASES[2]
    assert worlds.world(case, 1) == worlds.world(case, 1) != worlds.world(case, 2)
    assert worlds.single(60, 3).wishes == worlds.single(60, 3).wishes
    assert worlds.single(60, 3).last == worlds.single(60, 3).last


def test_who_leaves_never_comes_back_under_the_same_number() -> None:
    world = worlds.world(worlds.CASES[2], 1)
    assert len(world.teams) > worlds.CASES[2].people
    seen = [set(there) for there in world.there]
    assert max(max(there) for there in seen) < len(world.teams)


# --- it counts right -------------------------------------------------------------------------------------------------


def test_a_round_is_counted_by_hand() -> None:
    here = scene("aabbc", number=20, met={(0, 1): 19, (2, 3): 5})
    tally = metrics.Tally()
    tally.add(here, [(0, 1), (2, 3)])
    counted = tally.as_dict()
    assert {name: counted[name] for name in ("seats", "left_out", "pairs", "repeats", "lately", "same_team")} == {
        "seats": 5,
        "left_out": 1,
        "pairs": 2,
        "repeats": 2,
        "lately": 1,
        "same_team": 2,
    }
    assert metrics.tiers(here, [(0, 1), (2, 3)]) == [1, 2, 1000 + 1000 // 15, 2]


def test_a_trio_is_three_pairs_and_everybody_who_sits_out_is_counted() -> None:
    here, tally = scene("abcabc"), metrics.Tally()
    tally.add(here, [(0, 1, 2)])
    here.store([(0, 1, 2)])
    here.number = 2
    tally.add(here, [(0, 4), (1, 5)])
    assert tally.as_dict()["pairs"] == 5
    assert tally.as_dict()["left_out"] == 3 + 2
    assert tally.as_dict()["worst_sat_out"] == 2
    assert here.trios == {0: 1, 1: 1, 2: 1}


@pytest.mark.parametrize("groups", [[(0, 1), (1, 2)], [(0, 9)]])
def test_a_round_that_could_not_be_sent_is_refused(groups: list[tuple[int, ...]]) -> None:
    with pytest.raises(metrics.Broken):
        metrics.Tally().add(scene("abc"), groups)


def test_a_couple_that_may_not_meet_is_refused() -> None:
    none: list[frozenset[int]] = [frozenset()] * 2
    blocked = scene("ab", wishes=Wishes(none, none, none, none, frozenset({(0, 1)})))
    with pytest.raises(metrics.Broken):
        metrics.verify(blocked, [(0, 1)])


def placements(people: list[int]) -> Iterator[list[tuple[int, ...]]]:
    """Every round in which all sit: pairs, and one trio when the number is odd."""
    if len(people) < 2:
        if not people:
            yield []
        return
    first, rest = people[0], people[1:]
    for width in (1, 2) if len(people) % 2 else (1,):
        for others in combinations(rest, width):
            left = [one for one in rest if one not in others]
            for groups in placements(left):
                yield [(first, *others), *groups]


@pytest.mark.parametrize("teams", ["aa", "aab", "aaab", "aaaab", "aabbc", "aaabbb", "aaaabbc", "abcdefg", "aaaaaab"])
def test_the_least_of_pairs_inside_a_team_is_that_of_all_rounds(teams: str) -> None:
    here = scene(teams)
    assert metrics.least_same_team(here) == min(metrics.tiers(here, groups)[3] for groups in placements(here.active))


# --- the others play by their own rules ------------------------------------------------------------------------------


def test_beans_makes_as_many_pairs_as_its_rules_allow() -> None:
    assert len(beans(scene("aabbcc")).groups) == 3
    assert len(beans(scene("aaaab")).groups) == 1


def test_beans_leaves_a_majority_at_home_unless_departments_do_not_count() -> None:
    assert beans(scene("aaaa")).groups == []
    assert len(beans(scene("aaaa"), department=False).groups) == 2


@pytest.mark.parametrize(("number", "pairs"), [(2, 0), (11, 0), (12, 1)])
def test_beans_forgets_a_meeting_after_ten_weeks(number: int, pairs: int) -> None:
    assert len(beans(scene("ab", number=number, met={(0, 1): 1})).groups) == pairs


def test_beans_can_be_told_to_remember_everything() -> None:
    assert beans(scene("ab", number=50, met={(0, 1): 1}, window=99)).groups == []


def test_beans_leaves_the_odd_one_alone_and_draws_the_same_every_time() -> None:
    first, again = beans(scene("abcde")).groups, beans(scene("abcde")).groups
    assert first == again
    assert len(first) == 2


def test_the_libraries_find_the_same_optimum() -> None:
    rounds = []
    for name in (NETWORKX, RUSTWORKX):
        here = worlds.single(30, 5)
        groups = make(name, 1)(here).groups
        metrics.verify(here, groups)
        rounds.append((metrics.tiers(here, groups), metrics.score(here, groups)))
    assert rounds[0] == rounds[1]


def test_the_odd_one_joins_where_it_costs_least_and_another_one_each_time() -> None:
    here = scene("abcabca")
    for number in range(1, 3):
        here.number = number
        groups = make(NETWORKX, 1)(here).groups
        assert sorted(one for group in groups for one in group) == here.active
        here.store(groups)
    assert len(here.history) == len(here.last) == 10  # five couples a round, and nobody met again


def test_a_greedy_shuffle_prefers_somebody_new_and_a_plain_one_does_not_look() -> None:
    met = {couple(a, b): 1 for a, b in combinations(range(6), 2) if {a, b} != {0, 1}}
    chosen = [greedy(scene("abcdef", number=2, met=met)).groups for _ in range(3)]
    assert all(len(groups) == 3 for groups in chosen)
    assert len(shuffle(scene("abcdefg")).groups) == 3


def test_nothing_of_colette_is_imported() -> None:
    for file in (ROOT / "benchmarks").rglob("*.py"):
        if ".cache" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.partition(".")[0] == "colette"], file


def test_colette_gets_the_files_of_its_manual_and_is_read_back(tmp_path: Path) -> None:
    here = scene("abcd", number=3, window=4)
    here.history = [(1, 0, 1), (1, 2, 3), (2, 0, 2)]
    here.active = [0, 1, 2]
    colette.write_files(tmp_path, here)
    assert colette.read_groups(tmp_path / "solution_000001.toml") == ([(0, 1), (2, 3)], True)
    asked = (tmp_path / "round_000003.toml").read_text()
    assert 'name = "p3"' in asked
    assert "cost_of_pairing_previous_partner_n = 4" in asked
    alone = (
        '\noptimal = false\n[[pair]]\nprimary = "p1"\nsecondary = "p1"\n[[pair]]\nprimary = "p2"\nsecondary = "p0"\n'
    )
    (tmp_path / "answer.toml").write_text(alone)
    assert colette.read_groups(tmp_path / "answer.toml") == ([(0, 2)], False)


def test_a_race_goes_on_without_colette(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(colette, "COMMAND", tmp_path / "missing")
    with pytest.raises(Missing, match="not installed"):
        make(COLETTE, 1)


# --- the page --------------------------------------------------------------------------------------------------------


def stored() -> dict[str, Any]:
    """A race of few figures, as they are stored."""

    def single(name: str, people: int, **more: Any) -> dict[str, Any]:
        figures = {"first": 0.5, "build": [0.1], "peak_mb": 80.0, "score": 1000, "tiers": [0, 0, 0, 0]}
        return {"part": "single", "contestant": name, "seed": 1, "people": people, **figures, **more}

    def case(name: str, **more: Any) -> dict[str, Any]:
        counts = {"seats": 100, "left_out": 0, "pairs": 50, "repeats": 1, "lately": 1, "same_team": 12}
        limits = {"planned": 3, "least_same_team": 10, "least_pairs": 50, "worst_sat_out": 0, "unproven": 0}
        figures = {**counts, **limits, "seconds": [0.1, 0.2, 0.3], "peak_mb": 50.0, "rounds": 3}
        return {"part": "rounds", "contestant": name, "seed": 1, "case": "A case", **figures, **more}

    certificate = {"left_out": 0, "repeats": 0, "same_team": 0, "score": 9.0, "score_bound": 10.0}
    bounds = {"left_out_bound": 0, "repeats_bound": 0, "same_team_bound": 0}
    large = {"load_seconds": 0.2, "loaded_mb": 90.0, "tiers_seconds": 0.4, "certificate": certificate | bounds}
    results = [
        single(OURS, 400, seconds=[0.02]),
        single(NETWORKX, 400, seconds=[9.0]),
        single(RUSTWORKX, 400, seconds=[0.01]),
        single(BEANS, 400, seconds=[0.5], score=10, tiers=[3, 0, 0, 0]),
        {"part": "single", "contestant": NETWORKX, "seed": 1, "people": 800, "stopped": 120},
        single(OURS, 800, seconds=[0.04]),
        case(OURS),
        case(BEANS, left_out=20, same_team=0),
        case(COLETTE, seconds=[30.0], unproven=1, start=0.5),
        {"part": "horizon", "contestant": OURS, "seed": 1, "people": 16, "teams": 4, "good": 11, "possible": 12}
        | {"ran_out": False},
        {"part": "horizon", "contestant": BEANS, "seed": 1, "people": 16, "teams": 4, "good": 12, "possible": 12}
        | {"ran_out": False},
        {"part": "scale", "contestant": OURS, "seed": 1, "people": 10_000, "first": 1.0, "seconds": [0.5, 0.4, 0.6]}
        | {**large, "peak_mb": 200.0},
        {"part": "scale", "contestant": OURS, "seed": 1, "people": 1_000_000, "first": 60.0, "seconds": [50.0]}
        | {**large, "tiers_seconds": 40.0, "peak_mb": 650.0},
        {"part": "rounds", "contestant": COLETTE, "seed": 2, "case": "A case", "failed": "no such program"},
        {"part": "rounds", "contestant": NETWORKX, "seed": 1, "case": "A case", "stopped": 120},
        {"part": "scale", "contestant": OURS, "seed": 1, "people": 10_000_000, "stopped": 1800},
    ]
    told = {"processor": "A Processor", "cores": "2", "Python": "3.11.0"}
    return {"made": "2026-11-21", "command": "python -m benchmarks.race", "seeds": [1], "machine": told} | {
        "results": results
    }


def test_the_page_says_what_was_measured() -> None:
    page = document(json.loads(dumped(stored())))
    for words in (
        "450 times the speed of NetworkX, best of plain at 400 people",
        "| NetworkX, best of plain | 9.0 s | > 120 s, stopped |",
        "1.00 %, +3 left out",
        "colette 0.3.1 (stopped after 1 rounds; 1 rounds not proven)",
        "| NetworkX, best of plain (stopped after 120 s) |",
        "Of colette's seconds, 500 ms are its start.",
        "11 of 12",
        "grows with n to the power of 1.00",
        "90.00 % of its bound",
        "seeds 1; processor A Processor, cores 2",
    ):
        assert words in page


def test_the_page_names_those_who_are_ahead_and_what_it_costs_them() -> None:
    assert ahead(stored()["results"]) == [
        "One round of 400 people: rustworkx, complete graph is as good in 10 ms against our 20 ms "
        "(110 ms with its graph).",
        "A case: Yelp Beans' rule has same team 0 % against our 24.0 %; but left out 20.0 % against our 0 %.",
        "16 people, 4 teams: Yelp Beans' rule lasts 12 rounds, we 11.",
    ]


def test_without_figures_a_page_is_still_a_page() -> None:
    assert "No figures yet." in document({**stored(), "results": []})
    assert "No figures yet" in curve([]) + bars([])


@pytest.mark.parametrize("draw", [curve, bars])
def test_the_pictures_say_in_words_what_they_show_and_know_the_dark(draw: Any) -> None:
    picture = draw(stored()["results"])
    root = ElementTree.fromstring(picture)  # noqa: S314 - our own
    name = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert "Coffee Trial: " in (root.findtext(f"{name}desc") or "")
    assert "prefers-color-scheme: dark" in (root.findtext(f"{name}style") or "")
    width, height = map(float, (root.get("viewBox") or "").split()[2:])
    for text in root.iter(f"{name}text"):
        assert 0 <= float(text.get("x", "-1")) <= width
        assert 0 <= float(text.get("y", "-1")) <= height


def test_shares_are_pooled_over_seeds_and_the_worst_counts() -> None:
    one, other = (result for result in stored()["results"][6:8])
    pooled = played([one, {**other, "contestant": OURS, "worst_sat_out": 4}])["A case"][0]
    assert (pooled.left_out, pooled.worst_sat_out, pooled.seeds) == (0.1, 4, 2)


def test_the_first_tier_that_is_lost_is_named() -> None:
    assert loses([0, 2, 900, 0], [0, 1, 999, 0]) == "+1 repeats"
    assert loses([0, 1, 900, 0], [0, 1, 800, 0]) == "age of repeats"
    assert loses([0, 1, 900, 4], [0, 1, 900, 4]) == ""


def test_figures_are_short_and_never_flatter() -> None:
    assert [seconds(value) for value in (0.00042, 0.0842, 1.0, 18.34)] == ["0.42 ms", "84 ms", "1.0 s", "18 s"]
    assert [floor_percent(share) for share in (1.0, 0.999999, 0.99975)] == ["100 %", "99.99 %", "99.97 %"]
    assert [percent(share) for share in (0.0, 0.2063, 0.00001)] == ["0 %", "20.6 %", "0.0 %"]


def test_the_machine_is_told_by_its_kind_only() -> None:
    told = machine()
    assert {"processor", "cores", "Python", "networkx", "rustworkx"} <= told.keys()
    assert not [value for value in told.values() if "/" in value]
