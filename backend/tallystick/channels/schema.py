"""Tables of receipts, in a file of their own. Times are Unix seconds, days since 1970-01-01.

Of a statement only what matching needs is kept: no name, no account, no text.
"""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("receipts")


@schema()
def m001_receipts(db: Database) -> None:
    """Money that came in by a channel, and what became of it.

    `amount` is in the smallest unit of the channel's currency, below 0 for what was charged back;
    `paid` in base units of the token. `tag` is what the chain says of it. `secret` keys the
    fingerprints by which an entry is known again.
    """
    db.executescript("""
    CREATE TABLE secrets (secret BLOB NOT NULL) STRICT;
    INSERT INTO secrets VALUES (randomblob(32));

    CREATE TABLE documents (
        document TEXT PRIMARY KEY,
        channel TEXT NOT NULL,
        entries INTEGER NOT NULL,
        taken INTEGER NOT NULL,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE receipts (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        receipt_id TEXT NOT NULL UNIQUE,
        channel TEXT NOT NULL,
        fingerprint BLOB NOT NULL,
        document TEXT,
        row INTEGER,
        day INTEGER NOT NULL,
        amount INTEGER NOT NULL,
        currency TEXT NOT NULL,
        reference TEXT,
        loan_id BLOB,
        state TEXT NOT NULL CHECK (
            state IN ('open', 'matched', 'sending', 'paid', 'returned', 'ignored')),
        reason TEXT,
        tag BLOB NOT NULL UNIQUE,
        from_block INTEGER,
        paid TEXT,
        tx_hash BLOB,
        block INTEGER,
        at INTEGER NOT NULL,
        UNIQUE (channel, fingerprint)
    ) STRICT;

    CREATE INDEX receipts_by_state ON receipts (state, number);
    CREATE INDEX receipts_by_block ON receipts (block) WHERE block IS NOT NULL;
    CREATE INDEX receipts_by_day ON receipts (day, channel);

    -- Append-only: who decided what about a receipt.
    CREATE TABLE resolutions (
        number INTEGER PRIMARY KEY,
        receipt_id TEXT NOT NULL REFERENCES receipts (receipt_id),
        actor TEXT NOT NULL,
        act TEXT NOT NULL CHECK (act IN ('match', 'return', 'ignore')),
        loan_id BLOB,
        at INTEGER NOT NULL
    ) STRICT;

    CREATE TRIGGER resolutions_stay BEFORE UPDATE ON resolutions
    BEGIN SELECT RAISE(ABORT, 'resolutions are append-only'); END;
    """)
