"""Alembic's door: migrates on the connection that `app.db` hands over, or on COFFEE_DATABASE_URL from a shell."""

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

from app.db import Database
from app.settings import Settings


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        transaction_per_migration=False,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with Database(Settings().database_url).engine.begin() as own:
        run(own)
