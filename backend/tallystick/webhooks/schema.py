"""Tables of webhooks, in a file of their own. Times are Unix seconds.

Addresses and secrets are sealed in the vault; bodies hold what the public ledger tells.
"""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("webhooks")


@schema()
def m001_webhooks(db: Database) -> None:
    """Webhooks with their place in the chain's events, messages to deliver, and every attempt."""
    db.executescript("""
    CREATE TABLE webhooks (
        webhook_id TEXT PRIMARY KEY,
        subject TEXT NOT NULL,
        types TEXT NOT NULL,
        loan TEXT,
        borrower TEXT,
        lender TEXT,
        place TEXT,
        sequence INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL
    ) STRICT;

    CREATE INDEX webhooks_by_subject ON webhooks (subject);

    CREATE TABLE messages (
        message_id TEXT PRIMARY KEY,
        webhook_id TEXT NOT NULL REFERENCES webhooks ON DELETE CASCADE,
        sequence INTEGER NOT NULL,
        type TEXT NOT NULL,
        body TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
        tries INTEGER NOT NULL DEFAULT 0,
        next_at INTEGER NOT NULL,
        leased_until INTEGER NOT NULL DEFAULT 0,
        UNIQUE (webhook_id, sequence)
    ) STRICT;

    CREATE INDEX messages_due ON messages (next_at) WHERE state = 'pending';

    CREATE TABLE attempts (
        message_id TEXT NOT NULL REFERENCES messages ON DELETE CASCADE,
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        status INTEGER,
        error TEXT,
        milliseconds INTEGER NOT NULL,
        PRIMARY KEY (message_id, number)
    ) STRICT, WITHOUT ROWID;
    """)


@schema()
def m002_chains(db: Database) -> None:
    """Which chain a webhook follows, the first book's where it is null, and of which book it is
    told, where of one alone."""
    db.execute("ALTER TABLE webhooks ADD COLUMN chain_id INTEGER")
    db.execute("ALTER TABLE webhooks ADD COLUMN book TEXT")


@schema()
def m003_fact_places(db: Database) -> None:
    """How far a webhook was told of what the service itself did."""
    db.execute("""
    CREATE TABLE fact_places (
        webhook_id TEXT PRIMARY KEY REFERENCES webhooks ON DELETE CASCADE,
        trail INTEGER NOT NULL,
        decisions INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """)
