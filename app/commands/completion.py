"""`coffee completion`: what a shell needs so that the tab key finishes the words of `coffee`."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer
from typer.completion import completion_init, get_completion_script  # type: ignore[attr-defined]  # named there, not in __all__

VARIABLE = "_COFFEE_COMPLETE"
"""Set by the shell's script when it asks for words instead of running a command; Typer derives it from our name."""


class Shell(StrEnum):
    """The shells we write for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(
    shell: Annotated[Shell, typer.Argument(show_default=False, metavar="SHELL", help="bash, zsh or fish.")],
) -> None:
    """Print what makes your shell finish the words of coffee when you press tab.

    In bash: eval "$(./coffee completion bash)"; the same line in ~/.bashrc keeps it. zsh and fish look for coffee on
    the path: a link to it from there is enough.
    """
    typer.echo(get_completion_script(prog_name="coffee", complete_var=VARIABLE, shell=shell.value))


def answer_shells() -> None:
    """Let Typer answer when a shell asks; without this it knows the shells only where it adds options of its own."""
    if VARIABLE in os.environ:
        completion_init()
