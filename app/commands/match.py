"""`coffee match`: a round on files, without a database. Reads, draws, checks, answers.

What it says goes to standard error; standard output holds the answer and nothing else.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.failures import BAD, DONE, FAILED, Stopped
from app.commands.importing import STDIN
from app.commands.match_answer import as_csv, as_json, summary, write_answer
from app.commands.match_files import MOST_VERDICTS, MatchRequest, read_files
from app.commands.options import Columns
from app.commands.terminal import progress_bar, say

if TYPE_CHECKING:  # heavy: loaded when the command runs, so that `coffee --help` is quick
    from app.files.people import PeopleFile
    from matching import Matching, Policy, Pool

LARGEST_SEED = (1 << 63) - 1


class InterestRule(StrEnum):
    """How two people's topics become a score."""

    ask_offer = "ask-offer"
    one_in_common = "one-in-common"
    jaccard = "jaccard"


class AnswerFormat(StrEnum):
    """What the answer looks like."""

    json = "json"
    csv = "csv"


_JSON = AnswerFormat.json


def _file(words: str) -> Any:
    return typer.Option(metavar="FILE", help=words)


def _number(words: str, check: Callable[[int | None], int | None] | None = None) -> Any:
    return typer.Option(metavar="NUMBER", help=words, callback=check)


def _seed(seed: int | None) -> int | None:
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        raise typer.BadParameter(f"{seed} is not a whole number from 0 to {LARGEST_SEED}.")
    return seed


def _one_of(choices: type[StrEnum]) -> str:
    return ", ".join(choices)


def _day(words: str) -> Any:
    return typer.Option("--date", formats=["%Y-%m-%d"], metavar="DATE", help=words)


def match_command(
    people: Annotated[
        str, _file("Who takes part: email,name,team and more, lists split by semicolons; - reads it from a pipe.")
    ],
    history: Annotated[
        str | None, _file("Who met in which round: round,a,b (a larger number is later), or as other tools keep it.")
    ] = None,
    blocks: Annotated[str | None, _file("Who must never meet: a,b.")] = None,
    knows: Annotated[str | None, _file("Who knows each other already: a,b.")] = None,
    size: Annotated[int, _number("People in a group; one trio when pairs do not come out even.")] = 2,
    seed: Annotated[
        int | None, _number("A whole number from which the round can be drawn again; else by lot, and told.", _seed)
    ] = None,
    shadows: Annotated[
        int,
        _number(
            "Also answer with this many other rounds that the lot could have drawn, to compare with; in JSON only."
        ),
    ] = 0,
    interests: Annotated[
        InterestRule, typer.Option(metavar="RULE", help=f"How topics become a score: {_one_of(InterestRule)}.")
    ] = InterestRule.ask_offer,
    quality: Annotated[float, _number("From 0, pure lottery among the best rounds, to 1, best score.")] = 1.0,
    form: Annotated[
        AnswerFormat,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="json: everything; csv: a line a person (with --out as UTF-8 with BOM, so that Excel opens it well; "
            "without BOM when printed).",
        ),
    ] = _JSON,
    out: Annotated[str | None, _file("Write the answer here instead of printing it.")] = None,
    number: Annotated[
        int | None, typer.Option("--round", metavar="NUMBER", help="The round; else one after the history's last.")
    ] = None,
    day: Annotated[datetime | None, _day("Who is paused on this day is left aside; else today in UTC.")] = None,
    columns: Columns = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad lines out instead of stopping.")] = False,
) -> None:
    """Draw a round from files: who meets whom, who is left out and why, and how good a round could be at all."""
    request = MatchRequest(
        people=people,
        history=history,
        blocks=blocks,
        knows=knows,
        size=size,
        seed=seed,
        shadows=shadows,
        interests=interests.value,
        quality=quality,
        format=form.value,
        out=out,
        round=number,
        skip_bad=skip_bad,
        today=day.date() if day else None,
        columns=tuple(columns or ()),
    )
    raise typer.Exit(run_match(request))


def run_match(request: MatchRequest) -> int:
    """Do what was asked and return the exit code: 0 done, 1 failed, 2 wrong usage or bad input.

    In: the request. Out: the answer on standard output or in the file named, everything else on standard error.
    """
    try:
        return _run(request)
    except Stopped as stopped:
        say(*stopped.lines)
        return stopped.code
    except BrokenPipeError:
        raise  # whoever read us has left: typer ends quietly
    except Exception as error:  # the last resort of a command: words instead of a stack trace
        say(f"coffee match failed: {type(error).__name__}: {error}")
        return FAILED


def _run(request: MatchRequest) -> int:
    policy = _policy(request)
    _check_paths(request)
    people, pool = read_files(request)
    seed = secrets.randbelow(1 << 31) if request.seed is None else request.seed
    matching = _draw(pool, policy, seed)
    _answer(request, matching, people)
    say(summary(matching), *_costs(pool, policy, matching))
    return DONE


def _policy(request: MatchRequest) -> Policy:
    from matching import InvalidPolicy, Policy

    try:
        return Policy(size=request.size, interests=request.interests, quality=request.quality, shadows=request.shadows)  # type: ignore[arg-type]
    except InvalidPolicy as error:
        raise Stopped(BAD, f"{error}.") from None


def _check_paths(request: MatchRequest) -> None:
    if request.inputs.count(STDIN) > 1:
        raise Stopped(BAD, "Only one file can be read from standard input (-).")
    if request.out is None or request.out == STDIN:
        return
    out = Path(request.out)
    if out.is_dir():
        raise Stopped(BAD, f"--out {request.out}: this is a folder. Name a file in it.")
    if not out.resolve().parent.is_dir():
        raise Stopped(BAD, f"--out {request.out}: there is no such folder. Make it, or choose another.")
    if out.resolve() in [Path(name).resolve() for name in request.inputs if name != STDIN]:
        raise Stopped(BAD, f"--out {request.out}: this file is read here and would be lost. Choose another name.")


def _draw(pool: Pool, policy: Policy, seed: int) -> Matching:
    from matching import check, match

    with progress_bar("matching") as tell:
        matching = match(pool, policy, seed, tell)
    broken = check(pool, policy, matching)
    if broken:
        words = "The draw broke a promise and was thrown away. Please report this, with the seed:"
        raise Stopped(FAILED, f"{words} {seed}", *broken[:MOST_VERDICTS])
    return matching


def _costs(pool: Pool, policy: Policy, matching: Matching) -> list[str]:
    """What the rules cost this round, and how long the community can go on."""
    from matching import rounds_left_after, tier_costs

    left = rounds_left_after(pool, matching, policy.shadows)
    return [*tier_costs(pool, policy, matching), *([f"After this round: {left.words}."] if left else [])]


def _answer(request: MatchRequest, matching: Matching, people: PeopleFile) -> None:
    wants_csv = request.format == "csv"
    answer = as_csv(matching, people) if wants_csv else as_json(matching.as_dict())
    try:
        write_answer(answer, request.out, for_excel=wants_csv)
    except BrokenPipeError:
        raise  # whoever read us has left
    except OSError as error:
        raise Stopped(FAILED, f"The answer could not be written: {error.strerror or error}.") from None
