"""Schemas as numbered steps. Each package defines its own set beside its queries::

    schema = Migrations("index")

    @schema()
    def m001_events(db: Database) -> None: ...

Applied steps are recorded in the database by name, so a released step is never edited.
"""

from __future__ import annotations

from collections.abc import Callable

from tallystick.db.connection import patient, write
from tallystick.db.database import Database
from tallystick.db.errors import SchemaOutdated

PATIENCE_SECONDS = 600.0
"""How long somebody waits for another process that brings a large database to this release."""

Step = Callable[[Database], None]


class Migrations:
    """A named set of steps, in order. sqlite-utils applies and records them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.steps: dict[str, Step] = {}

    def __call__(self) -> Callable[[Step], Step]:
        """Adds a function, by its name, as the next step."""

        def register(step: Step) -> Step:
            if step.__name__ in self.steps:
                raise ValueError(f"the set {self.name} has a step {step.__name__} already")
            self.steps[step.__name__] = step
            return step

        return register

    def pending(self, db: Database) -> list[str]:
        """Names of the steps that the database lacks. Reads only."""
        found = db.execute(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_sqlite_migrations'"
        ).fetchone()
        if found is None:
            return list(self.steps)
        applied = "SELECT name FROM _sqlite_migrations WHERE migration_set = ?"
        done = {name for (name,) in db.execute(applied, [self.name])}
        return [name for name in self.steps if name not in done]


def migrate(db: Database, schema: Migrations) -> None:
    """Applies the steps of `schema` that the database lacks, in one transaction.

    Of several processes that begin at once one applies them, and the others wait for it.
    """
    if not schema.pending(db):
        return
    from sqlite_utils import Migrations as Library

    library = Library(schema.name)
    for name, step in schema.steps.items():
        library(name=name)(lambda _, step=step: step(db))
    with patient(db, PATIENCE_SECONDS), write(db):
        library.apply(db.tables)


def require_schema(db: Database, schema: Migrations) -> None:
    """Raises SchemaOutdated unless every step of `schema` was applied. Reads only."""
    pending = schema.pending(db)
    if pending:
        raise SchemaOutdated(
            f"the database lacks {', '.join(pending)}: start the writer of this release first"
        )
