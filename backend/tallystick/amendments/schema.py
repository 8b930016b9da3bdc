"""Tables of changes. Times are Unix seconds; `before`, `after` and `body` are JSON forms."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("amendments")


@schema()
def m001_changes(db: Database) -> None:
    """Amendments and settlements, with at most one signature of each party. `plan` is the text
    whose salted hash is signed, where it is kept here."""
    db.executescript("""
    CREATE TABLE loan_changes (
        change_id TEXT PRIMARY KEY,
        external_id TEXT,
        chain_id INTEGER NOT NULL,
        book TEXT NOT NULL,
        loan_id BLOB NOT NULL,
        digest BLOB NOT NULL UNIQUE,
        holder TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT,
        body TEXT NOT NULL,
        plan TEXT,
        salt BLOB NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT;

    CREATE INDEX loan_changes_by_loan ON loan_changes (loan_id);

    CREATE TABLE change_signatures (
        change_id TEXT NOT NULL REFERENCES loan_changes,
        role TEXT NOT NULL CHECK (role IN ('borrower', 'lender', 'guarantor')),
        signature BLOB NOT NULL,
        signed_at INTEGER NOT NULL,
        PRIMARY KEY (change_id, role)
    ) STRICT, WITHOUT ROWID;
    """)
