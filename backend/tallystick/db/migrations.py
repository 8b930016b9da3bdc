"""Schemas as numbered steps. Each package defines its own set beside its queries::

    schema = Migrations("index")

    @schema()
    def m001_events(db: Database) -> None: ...

Applied steps are recorded in the database by name, so a released step is never edited.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from tallystick.db.errors import SchemaOutdated


def migrate(db: Database, schema: Migrations) -> None:
    """Applies the steps of `schema` that the database lacks, each in its own transaction."""
    schema.apply(db)


def require_schema(db: Database, schema: Migrations) -> None:
    """Raises SchemaOutdated unless every step of `schema` was applied. Reads only."""
    pending = [migration.name for migration in schema.pending(db)]
    if pending:
        raise SchemaOutdated(
            f"the database lacks {', '.join(pending)}: start the writer of this release first"
        )
