"""Tables about credit records, in the file of the trail. Times are Unix seconds of the ledger."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("standing")


@schema()
def m001_standing(db: Database) -> None:
    """Entries that were wrong, and disputes; what people write is sealed in the vault."""
    db.executescript("""
    CREATE TABLE standing_corrections (
        entry_id TEXT PRIMARY KEY,
        subject TEXT NOT NULL,
        reason TEXT NOT NULL,
        actor TEXT NOT NULL,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE standing_disputes (
        dispute_id TEXT PRIMARY KEY,
        subject TEXT NOT NULL,
        entry_id TEXT NOT NULL,
        filed_at INTEGER NOT NULL,
        due_at INTEGER NOT NULL,
        outcome TEXT CHECK (outcome IN ('corrected', 'stands')),
        reason TEXT,
        actor TEXT,
        answered_at INTEGER
    ) STRICT;

    CREATE UNIQUE INDEX standing_disputes_open ON standing_disputes (entry_id)
        WHERE outcome IS NULL;
    CREATE INDEX standing_disputes_by_entry ON standing_disputes (subject, entry_id);
    CREATE INDEX standing_disputes_by_due ON standing_disputes (due_at) WHERE outcome IS NULL;
    """)
