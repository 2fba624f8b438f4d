"""The command line: every command of `./coffee`, and the one place where an error becomes an exit code.

Importing this must stay light, so that `coffee --help` answers at once: commands import what they need when they run.
"""

import os
import sys
from typing import Annotated

import typer
from typer.core import TyperArgument

from app import __version__
from app.commands import (
    adjusting,
    auditing,
    backups,
    completion,
    config,
    correcting,
    database,
    demo,
    exporting,
    keys,
    mail,
    organisers,
    own_words,
    pairs,
    people,
    programmes,
    reporting,
    rounds,
    sending,
    serving,
)
from app.commands.failures import FAILED, judged
from app.commands.match import match_command
from app.commands.rhythm import rhythm
from app.commands.terminal import say

# Typer adds the Python type to each argument, `SLUG PERIOD <list[str]>`; the name alone says what belongs there.
TyperArgument.display_type_rich = lambda *_, **__: None  # type: ignore[method-assign]

app = typer.Typer(
    name="coffee",
    help="Randomised Coffee Trials: fair rounds with a certificate, introductions by e-mail, each exactly once.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"coffee {__version__}")
        raise typer.Exit


@app.callback()
def coffee(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """What every command shares: nothing but `--version`."""


_ANY_WORDS = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": ["-h", "--help"]}


@app.command("test", context_settings=_ANY_WORDS)
def run_all_tests(context: typer.Context) -> None:
    """Run all tests and checks; further words go to pytest."""
    from app.commands.test import run_tests

    raise typer.Exit(run_tests(context.args))


app.command("demo")(demo.demo)
app.command("serve")(serving.serve)
app.command("worker")(serving.worker)
app.command("migrate")(database.migrate)
app.command("match")(match_command)
app.command("report")(reporting.report)
app.command("erase")(correcting.erase)
app.command("audit")(auditing.audit)
app.add_typer(exporting.app, name="export")
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
programmes.app.command("rhythm")(rhythm)
programmes.app.command("words")(own_words.of_programme)
app.add_typer(programmes.app, name="programme")
people.app.command("apart")(pairs.apart)
people.app.command("together")(pairs.together)
people.app.command("blocks")(pairs.blocks)
people.app.command("show")(correcting.show)
people.app.command("change")(correcting.change)
app.add_typer(people.app, name="people")
rounds.app.command("adjust", cls=adjusting.WithPairs)(adjusting.adjust)
rounds.app.command("changes")(adjusting.changes)
rounds.app.command("words")(own_words.of_round)
rounds.app.command("unapprove")(adjusting.unapprove)
for verb in (sending.keep, sending.release, sending.schedule, sending.unschedule, sending.remind, sending.stop):
    rounds.app.command(verb.__name__)(verb)
app.add_typer(rounds.app, name="round")
app.add_typer(keys.app, name="key")
app.add_typer(organisers.app, name="organiser")
app.add_typer(mail.app, name="mail")
app.add_typer(config.app, name="config")
app.command("completion")(completion.completion)


def main() -> None:
    """Run the command that was asked for; ends the process."""
    completion.answer_shells()
    try:
        app(prog_name="coffee")
    except BrokenPipeError:
        _hang_up()
    except Exception as error:
        if os.environ.get("COFFEE_LOG_LEVEL") == "DEBUG":
            raise
        code, lines = judged(error)
        say(*lines)
        _let_go_of_output()
        sys.exit(code)


def _let_go_of_output() -> None:
    """What cannot be written would make Python end with a code of its own when it flushes once more."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _hang_up() -> None:
    """Whoever read us has left. Python would complain once more when it flushes; that goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    sys.exit(FAILED)


if __name__ == "__main__":
    main()
