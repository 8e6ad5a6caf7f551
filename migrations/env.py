"""What Alembic runs. It is called through `migrations.run`, which hands it a connection."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON

from service.storage.base import Base, Instant


def render(kind: str, thing: Any, _: AutogenContext) -> str | Literal[False]:
    """Write our types as plain ones, so that an old migration needs no code of today."""
    if kind == "type" and isinstance(thing, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, JSON):
        return "JSON"
    return False


def run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        compare_server_default=True,
        render_item=render,
        # SQLite cannot alter a table, it copies it; the first migration has nothing to alter.
        render_as_batch=bool(context.script.get_heads()),
    )
    with context.begin_transaction():
        context.run_migrations()


run()
