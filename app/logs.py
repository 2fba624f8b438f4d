"""The log: a JSON object a line on standard error, or lines for people on a terminal. It names nobody, holds no secret.

Everything goes through one chain, also what libraries say by the standard library's logging. The last thing before a
line is written is a mask over every value: addresses, links from mails and organiser keys never pass it, whoever logs
them. A log that cannot be written is lost; it never stops the work.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer

QUIETER = ("alembic", "sqlalchemy", "asyncio", "httpx", "httpcore", "multipart", "uvicorn.error")
"""Loggers from which only warnings matter."""

_KEY = re.compile(r"coffee_[A-Za-z0-9]{4,}_[A-Za-z0-9]+")
_PARAMETERS = re.compile(r"\[parameters: .*?(?:\]\n|\]$|$)", re.DOTALL)
_ADDRESS = re.compile(r"(?:[^\s<>\"'(),:;\[\]{}|=/]|(?<=\w)'(?=\w))+@[^\s<>\"'(),:;\[\]{}|=/]+")
_LINK = re.compile(r"(?<=/m/)[A-Za-z0-9_.~-]+")
_TOKEN = re.compile(r"(?<![A-Za-z0-9])[a-z2-7]{52}(?![A-Za-z0-9])")
_PASSWORD = re.compile(r"(?<=://)[^\s/@]+:[^\s/@]*@")

Event = MutableMapping[str, Any]


def masked(text: str) -> str:
    """The text without addresses, tokens, keys, passwords in URLs and values of SQL statements."""
    for pattern, instead in (
        (_PARAMETERS, "[parameters hidden]"),
        (_PASSWORD, "…@"),
        (_KEY, "coffee_…"),
        (_LINK, "…"),
        (_TOKEN, "…"),
        (_ADDRESS, "[address]"),
    ):
        text = pattern.sub(instead, text)
    return text


def mask(_logger: Any, _method: str, event: Event) -> Event:
    """The last processor before a line is made: `masked` over everything, however deep."""
    return {name: _masked_value(value) for name, value in event.items()}


def _masked_value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, dict):
        return {masked(str(name)): _masked_value(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_masked_value(inner) for inner in value]
    return masked(str(value))


def set_up(level: str, *, human: bool | None = None) -> None:
    """Send every log through the chain, from now on. `human` is decided by the terminal when it is not given."""
    if human is None:
        human = _is_terminal()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
    )
    handler = _Handler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(human)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    for name in QUIETER:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    engine = logging.getLogger("dbos")  # would bring a handler of its own, if it found none here
    engine.handlers[:], engine.propagate = [handler], False


def _rendering(human: bool) -> list[Any]:
    if human:
        words = structlog.dev.ConsoleRenderer(
            colors=_is_terminal(), timestamp_key="time", exception_formatter=structlog.dev.plain_traceback
        )
        return [structlog.processors.format_exc_info, mask, words]
    exceptions = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=20))
    return [exceptions, mask, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _is_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # closed, or never there
        return False


class _Handler(logging.Handler):
    """Writes to whatever standard error is at the moment. Closed, full or gone: the line is lost, and that is all."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record) + "\n"
            sys.stderr.write(line.encode("utf-8", "backslashreplace").decode("utf-8"))
            sys.stderr.flush()
        except Exception:  # noqa: S110 (there is nowhere left to say it)
            pass
