"""Tables of identity cases, in the file of the trail. Times are Unix seconds.

What people hand in is sealed in the vault; here are random ids, words and times.
"""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("kyc")


@schema()
def m001_kyc(db: Database) -> None:
    """One case of a subject at a time; its files, its checks, and the level it led to."""
    db.executescript("""
    CREATE TABLE kyc_cases (
        case_id TEXT PRIMARY KEY,
        subject TEXT NOT NULL,
        kind TEXT NOT NULL,
        level TEXT NOT NULL,
        state TEXT NOT NULL CHECK (
            state IN ('open', 'in_review', 'approved', 'refused', 'withdrawn')
        ),
        opened_at INTEGER NOT NULL,
        changed_at INTEGER NOT NULL,
        document_expires INTEGER,
        approval_id TEXT,
        reason TEXT
    ) STRICT;

    CREATE UNIQUE INDEX kyc_cases_undecided ON kyc_cases (subject)
        WHERE state IN ('open', 'in_review');
    CREATE INDEX kyc_cases_by_state ON kyc_cases (state, opened_at, case_id);

    CREATE TABLE kyc_files (
        case_id TEXT NOT NULL REFERENCES kyc_cases ON DELETE CASCADE,
        part TEXT NOT NULL,
        size INTEGER NOT NULL,
        uploaded_at INTEGER NOT NULL,
        PRIMARY KEY (case_id, part)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE kyc_checks (
        case_id TEXT NOT NULL REFERENCES kyc_cases ON DELETE CASCADE,
        "check" TEXT NOT NULL,
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL,
        judge TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (case_id, "check")
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE kyc_levels (
        subject TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        level TEXT NOT NULL,
        case_id TEXT NOT NULL,
        granted_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        checked_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX kyc_levels_by_end ON kyc_levels (expires_at);

    CREATE TABLE attestations (
        digest BLOB PRIMARY KEY,
        subject TEXT NOT NULL,
        kind TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('valid', 'to_revoke', 'revoked'))
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX attestations_by_subject ON attestations (subject);
    CREATE INDEX attestations_to_revoke ON attestations (state) WHERE state = 'to_revoke';
    """)
