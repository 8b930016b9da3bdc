"""Tables of cases, in the file of the trail. Times are Unix seconds, days since 1970-01-01, amounts
as `db.amounts` packs them."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("servicing")


@schema()
def m001_cases(db: Database) -> None:
    """Cases of loans, and what was done in them. `noted`: there are words in the vault.

    Of a case, the columns from `standing_day` on are computed after each close; the rest changes by
    acts that are in the trail.
    """
    db.executescript("""
    CREATE TABLE collections (
        collection_id TEXT PRIMARY KEY,
        loan_id BLOB NOT NULL,
        chain_id INTEGER NOT NULL,
        book TEXT NOT NULL,
        token TEXT NOT NULL,
        borrower TEXT NOT NULL,
        subject TEXT,
        state TEXT NOT NULL CHECK (state IN ('open', 'agency', 'closed')),
        cause TEXT NOT NULL CHECK (cause IN ('trigger', 'person')),
        triggers TEXT NOT NULL,
        urgency INTEGER NOT NULL,
        action TEXT,
        assignee TEXT,
        agency TEXT,
        opened_at INTEGER NOT NULL,
        opened_day INTEGER NOT NULL,
        opened_days INTEGER NOT NULL,
        closed_at INTEGER,
        closure TEXT,
        standing_day INTEGER NOT NULL,
        days INTEGER NOT NULL,
        due TEXT NOT NULL,
        outstanding TEXT NOT NULL,
        cure_ppm INTEGER NOT NULL,
        expected TEXT NOT NULL
    ) STRICT;

    CREATE UNIQUE INDEX collections_open ON collections (loan_id) WHERE state <> 'closed';
    CREATE INDEX collections_queue ON collections (token, expected DESC, collection_id)
        WHERE state <> 'closed';
    CREATE INDEX collections_by_loan ON collections (loan_id, opened_at);
    CREATE INDEX collections_by_day ON collections (opened_day, collection_id);

    CREATE TABLE collection_contacts (
        contact_id TEXT PRIMARY KEY,
        collection_id TEXT NOT NULL REFERENCES collections,
        borrower TEXT NOT NULL,
        collector TEXT NOT NULL,
        direction TEXT NOT NULL CHECK (direction IN ('out', 'in')),
        channel TEXT NOT NULL,
        outcome TEXT NOT NULL,
        noted INTEGER NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;

    CREATE INDEX contacts_by_borrower ON collection_contacts (borrower, at);
    CREATE INDEX contacts_by_case ON collection_contacts (collection_id, at);

    CREATE TABLE collection_actions (
        action_id TEXT PRIMARY KEY,
        collection_id TEXT NOT NULL REFERENCES collections,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;

    CREATE INDEX actions_by_case ON collection_actions (collection_id, at);

    CREATE TABLE promises (
        promise_id TEXT PRIMARY KEY,
        loan_id BLOB NOT NULL,
        chain_id INTEGER NOT NULL,
        book TEXT NOT NULL,
        subject TEXT,
        made_by TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        amount TEXT NOT NULL,
        due_day INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'kept', 'broken', 'withdrawn')),
        paid TEXT NOT NULL,
        decided_day INTEGER
    ) STRICT;

    CREATE UNIQUE INDEX promises_open ON promises (loan_id) WHERE state = 'open';
    CREATE INDEX promises_by_loan ON promises (loan_id, made_at);
    CREATE INDEX promises_by_subject ON promises (subject, made_at);
    CREATE INDEX promises_by_state ON promises (state, decided_day);

    CREATE TABLE disputes (
        dispute_id TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('dispute', 'complaint')),
        loan_id BLOB,
        subject TEXT NOT NULL,
        topic TEXT NOT NULL,
        filed_at INTEGER NOT NULL,
        due_day INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'withdrawn')),
        outcome TEXT CHECK (outcome IN ('upheld', 'partly_upheld', 'rejected')),
        answerer TEXT CHECK (answerer <> subject),
        closed_at INTEGER
    ) STRICT;

    CREATE INDEX disputes_waiting ON disputes (due_day, dispute_id) WHERE state = 'open';
    CREATE INDEX disputes_by_subject ON disputes (subject, filed_at);
    CREATE INDEX disputes_by_loan ON disputes (loan_id) WHERE loan_id IS NOT NULL;
    """)


@schema()
def m002_feedback(db: Database) -> None:
    """Besides disputes and complaints people tell what they think; a check cannot be altered."""
    db.executescript("""
    ALTER TABLE disputes RENAME TO former_disputes;

    CREATE TABLE disputes (
        dispute_id TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('dispute', 'complaint', 'feedback')),
        loan_id BLOB,
        subject TEXT NOT NULL,
        topic TEXT NOT NULL,
        filed_at INTEGER NOT NULL,
        due_day INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'withdrawn')),
        outcome TEXT CHECK (outcome IN ('upheld', 'partly_upheld', 'rejected')),
        answerer TEXT CHECK (answerer <> subject),
        closed_at INTEGER
    ) STRICT;

    INSERT INTO disputes SELECT * FROM former_disputes;
    DROP TABLE former_disputes;
    CREATE INDEX disputes_waiting ON disputes (due_day, dispute_id) WHERE state = 'open';
    CREATE INDEX disputes_by_subject ON disputes (subject, filed_at);
    CREATE INDEX disputes_by_loan ON disputes (loan_id) WHERE loan_id IS NOT NULL;
    """)
