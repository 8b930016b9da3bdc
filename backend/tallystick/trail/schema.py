"""Table of the trail. Times are Unix seconds."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("trail")


@schema()
def m001_trail(db: Database) -> None:
    """Entries. The triggers stop mistakes; what stops malice is the anchored root."""
    db.executescript("""
    CREATE TABLE trail (
        number INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        act TEXT NOT NULL,
        object TEXT NOT NULL,
        purpose TEXT NOT NULL,
        salt BLOB NOT NULL,
        chain BLOB NOT NULL UNIQUE
    ) STRICT;

    CREATE INDEX trail_by_object ON trail (object, number);

    CREATE TRIGGER trail_is_never_changed BEFORE UPDATE ON trail
    BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;

    CREATE TRIGGER trail_is_never_cut BEFORE DELETE ON trail
    BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
    """)


@schema()
def m002_by_actor(db: Database) -> None:
    """What somebody did is found without reading the whole trail."""
    db.execute("CREATE INDEX trail_by_actor ON trail (actor, number)")
