"""Tables of the vault's two files. Times are Unix seconds."""

from __future__ import annotations

from tallystick.db import Database, Migrations

keys_schema = Migrations("vault keys")
fields_schema = Migrations("vault fields")


@keys_schema()
def m001_keys(db: Database) -> None:
    """Whatever erasing a subject must really remove.

    `erasures` keeps the id of who was erased, and that is all. `scrubs` tells that deleted bytes
    must still be overwritten: a row is written with the deletion that causes it.
    """
    db.executescript("""
    CREATE TABLE subject_keys (
        subject TEXT PRIMARY KEY,
        key_id TEXT NOT NULL,
        wrapped BLOB NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX subject_keys_by_key ON subject_keys (key_id);

    CREATE TABLE blind_indexes (
        name TEXT NOT NULL,
        digest BLOB NOT NULL,
        subject TEXT NOT NULL REFERENCES subject_keys,
        PRIMARY KEY (name, digest, subject)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX blind_indexes_by_subject ON blind_indexes (subject);

    CREATE TABLE holds (
        hold_id TEXT PRIMARY KEY,
        subject TEXT NOT NULL REFERENCES subject_keys,
        basis TEXT NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX holds_by_subject ON holds (subject);

    CREATE TABLE erasures (
        subject TEXT PRIMARY KEY,
        erasure_id TEXT NOT NULL,
        begun_at INTEGER NOT NULL,
        finished_at INTEGER
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE scrubs (number INTEGER PRIMARY KEY AUTOINCREMENT, owed_at INTEGER NOT NULL) STRICT;
    """)


@fields_schema()
def m001_fields(db: Database) -> None:
    """Sealed fields of records, each version a row that never changes."""
    db.executescript("""
    CREATE TABLE records (
        subject TEXT NOT NULL,
        record TEXT NOT NULL,
        version INTEGER NOT NULL CHECK (version > 0),
        written_at INTEGER NOT NULL,
        keep_until INTEGER,
        PRIMARY KEY (subject, record, version)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX records_by_end ON records (keep_until) WHERE keep_until IS NOT NULL;

    CREATE TABLE sealed_fields (
        subject TEXT NOT NULL,
        record TEXT NOT NULL,
        version INTEGER NOT NULL,
        field TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (subject, record, version, field),
        FOREIGN KEY (subject, record, version) REFERENCES records ON DELETE CASCADE
    ) STRICT;

    CREATE TABLE scrubs (number INTEGER PRIMARY KEY AUTOINCREMENT, owed_at INTEGER NOT NULL) STRICT;
    """)
