"""From what went wrong to an exit code and words: the one place that decides.

0 done · 1 failed, the reason in words on standard error · 2 wrong usage or bad input, naming the place · 3 the database
is newer or older than the program · 130 ended by Ctrl-C
"""

from app.errors import BadInput, CoffeeError, KeyReused, SchemaMismatch

DONE, FAILED, BAD, MISMATCH, INTERRUPTED = 0, 1, 2, 3, 130


class Stopped(Exception):
    """The command ends here, with an exit code and words on standard error."""

    def __init__(self, code: int, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.code = code
        self.lines = lines


def judged(error: Exception) -> tuple[int, tuple[str, ...]]:
    """The exit code and the words for an error. Never a stack trace, never a secret."""
    if isinstance(error, Stopped):
        return error.code, error.lines
    if isinstance(error, CoffeeError):
        return _of_ours(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return FAILED, (f"{where}{error.strerror or error}.",)
    return _of_others(error)


def _of_ours(error: CoffeeError) -> tuple[int, tuple[str, ...]]:
    if isinstance(error, BadInput):
        return BAD, tuple(str(fault) for fault in error.faults) or (error.detail,)
    if isinstance(error, SchemaMismatch):
        return MISMATCH, (error.detail,)
    return (BAD if isinstance(error, KeyReused) else FAILED), (error.detail,)


def _of_others(error: Exception) -> tuple[int, tuple[str, ...]]:
    """Libraries are looked at only now: by the time one of them raises, it has been imported."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        return BAD, tuple(_setting(fault) for fault in error.errors(include_input=False, include_url=False))
    if type(error).__module__.startswith("sqlalchemy."):
        return _of_the_database(error)
    from app.logs import masked

    return FAILED, (f"This should not have happened: {type(error).__name__}: {masked(str(error))[:500]}", _REPORT)


NO_DATABASE_URL = (
    "COFFEE_DATABASE_URL is no database URL that this program knows. "
    "Use sqlite:///coffee.db or postgresql+psycopg://user:password@host/name"
)
SEE_CHECK = "coffee config check says what is set."
_REPORT = "Please report it, with what you did. COFFEE_LOG_LEVEL=DEBUG shows where it happened."


_SHAPES = {
    "worker_id": "must be 3 to 40 letters, digits, dots, hyphens and underscores",
    "log_level": "must be DEBUG, INFO, WARNING or ERROR",
}


def _setting(fault: object) -> str:
    """One wrong setting, by the name it has outside; its value is not repeated, it may be a secret."""
    from app.plain_words import plain

    assert isinstance(fault, dict)
    name = "_".join(str(part) for part in fault["loc"])
    said = _SHAPES.get(name) if fault["type"] == "string_pattern_mismatch" else None
    return f"COFFEE_{name.upper()}: {(said or plain(fault)).rstrip('.')}."


def _of_the_database(error: Exception) -> tuple[int, tuple[str, ...]]:
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

    if isinstance(error, (ArgumentError, NoSuchModuleError)):
        return BAD, (NO_DATABASE_URL,)
    reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    from app.logs import masked

    first = masked(reason.strip().splitlines()[0] if reason.strip() else type(error).__name__)
    return FAILED, (f"The database cannot be used: {first.rstrip('.')}.", SEE_CHECK)
