"""Tables of repairs, in the file of the trail. Times are Unix seconds of the ledger's clock.

What people write and hand in is sealed in the vault; here are ids, words, terms and times.
"""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("repair")


@schema()
def m001_repair(db: Database) -> None:
    """Cases, every stage that they went through, every offer, the versions of the rules, and the
    lessons that subjects passed."""
    db.executescript("""
    CREATE TABLE repair_rules (
        rules_id TEXT PRIMARY KEY,
        body BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE repair_cases (
        case_id TEXT PRIMARY KEY,
        subject TEXT NOT NULL,
        loan_id BLOB NOT NULL,
        borrower TEXT NOT NULL,
        holder TEXT NOT NULL,
        opened_by TEXT NOT NULL CHECK (opened_by IN ('borrower', 'service')),
        opened_at INTEGER NOT NULL,
        stage TEXT NOT NULL,
        cause TEXT NOT NULL,
        severity TEXT,
        rules_id TEXT NOT NULL REFERENCES repair_rules,
        findings TEXT NOT NULL,
        change_id TEXT,
        agreed INTEGER,
        restarts INTEGER NOT NULL DEFAULT 0,
        closed_at INTEGER
    ) STRICT;

    CREATE UNIQUE INDEX repair_cases_open ON repair_cases (loan_id) WHERE closed_at IS NULL;
    CREATE INDEX repair_cases_by_subject ON repair_cases (subject, opened_at);
    CREATE INDEX repair_cases_by_holder ON repair_cases (holder, opened_at);
    CREATE INDEX repair_cases_by_loan ON repair_cases (loan_id, opened_at);
    CREATE INDEX repair_cases_by_stage ON repair_cases (stage, opened_at, case_id);

    CREATE TABLE repair_steps (
        case_id TEXT NOT NULL REFERENCES repair_cases,
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        stage TEXT NOT NULL,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (case_id, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE repair_offers (
        case_id TEXT NOT NULL REFERENCES repair_cases,
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        maker TEXT NOT NULL CHECK (maker IN ('borrower', 'lender', 'service')),
        actor TEXT NOT NULL,
        proposal TEXT NOT NULL,
        effect TEXT NOT NULL,
        digest TEXT NOT NULL,
        valid_until INTEGER NOT NULL,
        borrower_at INTEGER,
        lender_at INTEGER,
        approval_id TEXT,
        refused_at INTEGER,
        refused_for TEXT,
        PRIMARY KEY (case_id, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE repair_lessons (
        subject TEXT NOT NULL,
        lesson TEXT NOT NULL,
        version INTEGER NOT NULL,
        right INTEGER NOT NULL,
        asked INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        passed_at INTEGER,
        PRIMARY KEY (subject, lesson, version)
    ) STRICT, WITHOUT ROWID;
    """)
