"""Tables of transfers of claims. Times are Unix seconds; `agreement` and `body` are JSON forms."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("assignments")


@schema()
def m001_assignments(db: Database) -> None:
    """Transfers, with at most one signature of each party. `least` is the principal that must be
    left, base units as text; `proof` is that the buyer is listed, in JSON."""
    db.executescript("""
    CREATE TABLE assignments (
        assignment_id TEXT PRIMARY KEY,
        chain_id INTEGER NOT NULL,
        book TEXT NOT NULL,
        loan_id BLOB NOT NULL,
        digest BLOB NOT NULL UNIQUE,
        agreement TEXT NOT NULL,
        body TEXT NOT NULL,
        least TEXT NOT NULL,
        proof TEXT NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX assignments_by_loan ON assignments (loan_id, created_at);

    CREATE TABLE assignment_signatures (
        assignment_id TEXT NOT NULL REFERENCES assignments,
        role TEXT NOT NULL CHECK (role IN ('borrower', 'lender')),
        signature BLOB NOT NULL,
        signed_at INTEGER NOT NULL,
        PRIMARY KEY (assignment_id, role)
    ) STRICT, WITHOUT ROWID;
    """)
