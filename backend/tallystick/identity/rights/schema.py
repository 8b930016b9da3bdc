"""Tables of consents and restrictions. Times are Unix seconds; signatures are in the vault."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("rights")


@schema()
def m001_rights(db: Database) -> None:
    """A consent that is given again after it was withdrawn is a further row."""
    db.executescript("""
    CREATE TABLE consents (
        consent_id TEXT PRIMARY KEY,
        subject TEXT NOT NULL,
        purpose TEXT NOT NULL,
        version INTEGER NOT NULL,
        digest BLOB NOT NULL,
        given_at INTEGER NOT NULL,
        withdrawn_at INTEGER
    ) STRICT, WITHOUT ROWID;

    CREATE UNIQUE INDEX consents_in_force ON consents (subject, purpose)
        WHERE withdrawn_at IS NULL;
    CREATE INDEX consents_by_subject ON consents (subject);

    CREATE TABLE restrictions (
        subject TEXT PRIMARY KEY,
        since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """)


@schema()
def m002_objections(db: Database) -> None:
    """Objections to automated decisions; what was written is in the vault."""
    db.executescript("""
    CREATE TABLE objections (
        objection_id TEXT PRIMARY KEY,
        subject TEXT NOT NULL,
        decision TEXT NOT NULL,
        filed_at INTEGER NOT NULL,
        due_at INTEGER NOT NULL,
        outcome TEXT CHECK (outcome IN ('upheld', 'overturned')),
        reviewer TEXT CHECK (reviewer <> subject),
        answered_at INTEGER,
        UNIQUE (subject, decision)
    ) STRICT;

    CREATE INDEX objections_waiting ON objections (due_at, objection_id) WHERE outcome IS NULL;
    """)
