"""Engines that share what SQLAlchemy learns: every test has databases of its own, and each engine would compile each
statement again, a fifth of all the time that a run takes.
"""

from typing import Any

import sqlalchemy
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

_first: dict[str, Engine] = {}
"""By kind of database: an engine that spoke with one, closed since."""


def create_engine(url: str | sqlalchemy.URL, **options: Any) -> Engine:
    """As SQLAlchemy's, with the dialect and the compiled statements of the first engine of its kind."""
    engine = sqlalchemy.create_engine(url, **options)
    first = _first_of(engine)
    if first is not None:
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
    return engine


def _first_of(engine: Engine) -> Engine | None:
    """None when there was no database to speak with yet: a dialect does not know before how it has to speak."""
    kind = engine.dialect.name
    if kind not in _first:
        first = sqlalchemy.create_engine("sqlite://" if kind == "sqlite" else engine.url)
        try:
            first.connect().close()
        except OperationalError:
            return None
        first.dispose()
        _first[kind] = first
    return _first[kind]
