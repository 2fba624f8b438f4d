"""`coffee config check`: what is set, what is missing, and whether database and mail server answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands import house, terminal
from app.commands.failures import DONE, FAILED, MISMATCH, SEE_CHECK, Stopped, judged
from app.commands.options import AsJson

if TYPE_CHECKING:
    from app.settings import Settings

SECRET = ("secret_key", "smtp_url")

app = typer.Typer(help="Settings.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """Settings."""


@app.command("check")
def check(
    mail: Annotated[bool, typer.Option("--mail", help="Also connect to the mail server and sign in.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is set, without secrets, and what is missing or wrong. Ends with 1 when it cannot serve, or is wrong."""
    settings = house.settings()
    code, database = _database(settings)
    missing, wrong = _missing(settings), _wrong(settings)
    mail_words, mail_code = _mail(settings) if mail else (None, DONE)
    serviceable = code == DONE and not missing["serve"]
    said = {
        "serviceable": serviceable,
        "settings": _shown(settings),
        "database": database,
        "missing_to_serve": missing["serve"],
        "missing_to_send_mail": missing["mail"],
        "wrong": wrong,
        "beware": _beware(),
        "mail": mail_words,
    }
    if as_json:
        terminal.answer(said)
    else:
        _show(said)
    raise typer.Exit(code or (DONE if serviceable and not wrong else FAILED) or mail_code)


def _show(said: dict[str, Any]) -> None:
    terminal.table(("setting", "value"), said["settings"].items())
    terminal.show(f"Database: {said['database']}")
    if said["mail"]:
        terminal.show(f"Mail: {said['mail']}")
    for what, names in (("serve", said["missing_to_serve"]), ("send mail", said["missing_to_send_mail"])):
        terminal.show(f"To {what}: " + (f"set {' and '.join(names)}." if names else "nothing is missing."))
    terminal.show(*(f"Wrong: {one}" for one in said["wrong"]))
    terminal.show(*(f"Beware: {one}" for one in said["beware"]))


def _missing(settings: Settings) -> dict[str, list[str]]:
    needed = {"serve": ("secret_key",), "mail": ("smtp_url", "mail_from")}
    return {
        what: [f"COFFEE_{name.upper()}" for name in names if not getattr(settings, name)]
        for what, names in needed.items()
    }


def _wrong(settings: Settings) -> list[str]:
    """What is set and cannot be used, by the name of the setting."""
    import emails
    from app.commands.mail import sender_fault

    wrong = []
    if settings.smtp_url:
        try:
            emails.from_url(settings.smtp_url.get_secret_value())
        except emails.BadTransportURL as error:
            wrong.append(f"COFFEE_SMTP_URL: {error}")
    if settings.mail_from and (fault := sender_fault(settings)):
        wrong.append(fault)
    return wrong


def _beware() -> list[str]:
    """What keeps nothing from working, and should be known."""
    import emails

    return [fault for fault in [emails.header_fault()] if fault]


def _shown(settings: Settings) -> dict[str, str]:
    """Every setting as it may be seen by anybody."""
    return {f"COFFEE_{name.upper()}": _value(settings, name) for name in type(settings).model_fields}


def _value(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if name in SECRET:
        return "set" if value else "not set"
    if name == "database_url":
        return _without_password(value)
    return "not set" if value is None or value == "" else str(value).lower() if isinstance(value, bool) else str(value)


def _without_password(url: str) -> str:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "not a database URL"


def _database(settings: Settings) -> tuple[int, str]:
    """The exit code and the words for the state of the database."""
    try:
        missing = house.missing_file(settings.database_url)
        if missing is not None and settings.auto_migrate and missing.absolute().parent.is_dir():
            return DONE, "not there yet; serve makes it when it starts."
        with house.opened(settings):
            return DONE, "at the version that this program needs."
    except Exception as error:
        return _why_not(settings, error)


def _why_not(settings: Settings, error: Exception) -> tuple[int, str]:
    code, lines = judged(error)
    words = " ".join(line for line in lines if line != SEE_CHECK)
    if code == MISMATCH and settings.auto_migrate and "Run: coffee migrate" in words and "no database at" not in words:
        return DONE, f"{words} Or let serve do it when it starts."
    return code, words


def _mail(settings: Settings) -> tuple[str, int]:
    """Words for the state of the mail server, and the exit code."""
    import emails
    from app.commands.mail import not_connected, transport_of

    try:
        transport = transport_of(settings)
        with transport.open():
            return f"{transport.name} answers and lets us in.", DONE
    except Stopped as stopped:
        return str(stopped), FAILED
    except emails.CannotConnect as error:
        return " ".join(not_connected(transport.name, error)), FAILED
