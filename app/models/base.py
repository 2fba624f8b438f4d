"""What every table shares: names of constraints, columns for words from a list, ids.

Table classes check nothing when constructed (SQLModel); outside data is checked by schemas and forms, and the database
has the last word with the constraints declared beside each table.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import Enum as SqlEnum
from sqlalchemy import ForeignKeyConstraint
from sqlmodel import SQLModel

from app.security import new_id

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def words(kind: type[StrEnum]) -> Any:
    """A column type that stores the values of `kind` (not the member names) and lets the database refuse all others."""
    return SqlEnum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=16,
        name=kind.__name__.lower(),
    )


def random_id(prefix: str) -> Callable[[], str]:
    """A default factory for primary keys."""
    return partial(new_id, prefix)


def within(
    target: str, column: str, *, scope: str = "programme_id", ondelete: str | None = None
) -> ForeignKeyConstraint:
    """A foreign key that also ties the scope, so that a row can never point into another programme or organisation."""
    return ForeignKeyConstraint([scope, column], [f"{target}.{scope}", f"{target}.id"], ondelete=ondelete)
