"""Tables of screening. Times are Unix seconds.

`traces` are blind indexes of what applications share; without the vault's key they say nothing.
"""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("screening")


@schema()
def m001_screening(db: Database) -> None:
    """Traces, hits and reviews."""
    db.executescript("""
    CREATE TABLE traces (
        id INTEGER PRIMARY KEY,
        application TEXT NOT NULL,
        subject TEXT NOT NULL,
        kind TEXT NOT NULL,
        digest BLOB NOT NULL,
        at INTEGER NOT NULL,
        UNIQUE (application, kind, digest)
    ) STRICT;

    CREATE INDEX traces_by_digest ON traces (digest, kind, at);
    CREATE INDEX traces_by_subject ON traces (subject, kind, digest);
    CREATE INDEX traces_by_time ON traces (at);

    CREATE TABLE hits (
        id INTEGER PRIMARY KEY,
        application TEXT NOT NULL,
        subject TEXT NOT NULL,
        rule TEXT NOT NULL,
        severity TEXT NOT NULL,
        facts TEXT NOT NULL,
        evidence TEXT NOT NULL,
        rules TEXT NOT NULL,
        at INTEGER NOT NULL,
        UNIQUE (application, rule, evidence)
    ) STRICT;

    CREATE INDEX hits_by_subject ON hits (subject);

    -- Append-only: the newest of a hit stands, the earlier ones tell how it came to that.
    CREATE TABLE reviews (
        id INTEGER PRIMARY KEY,
        hit INTEGER NOT NULL REFERENCES hits ON DELETE CASCADE,
        reviewer TEXT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('confirmed', 'cleared')),
        reason TEXT NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;

    CREATE INDEX reviews_by_hit ON reviews (hit);
    """)


@schema()
def m002_transfers(db: Database) -> None:
    """Money from wallet to wallet, as blind indexes; `trace` is the first of the application that
    told of it."""
    db.executescript("""
    CREATE TABLE transfers (
        one BLOB NOT NULL,
        other BLOB NOT NULL,
        trace INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (one, other)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX transfers_by_other ON transfers (other);
    """)
