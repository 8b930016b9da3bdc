"""Tables of messages, in a file of their own. Times are Unix seconds.

A `subject` is one of the vault, or a wallet that nobody has signed in with yet; names and addresses
are in the vault alone. An erasure deletes every row of a subject.
"""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("messages")


@schema()
def m001_messages(db: Database) -> None:
    """The outbox with its delivery record, wishes, and how far the writers of messages have come.

    `facts` is JSON. Of a message about an event `chain_id`, `block` and `tx_hash` say where it
    stood; `doubtful` is the block until which a reorganisation may bring it back elsewhere.
    """
    db.executescript("""
    CREATE TABLE messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        message_id TEXT NOT NULL UNIQUE,
        subject TEXT NOT NULL,
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        facts TEXT NOT NULL,
        key TEXT NOT NULL,
        topic TEXT,
        created_at INTEGER NOT NULL,
        until INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('new', 'routed', 'superseded', 'withdrawn')),
        read_at INTEGER,
        chain_id INTEGER,
        block INTEGER,
        tx_hash BLOB,
        doubtful INTEGER,
        corrected INTEGER NOT NULL DEFAULT 0,
        UNIQUE (subject, kind, key)
    ) STRICT;

    CREATE INDEX messages_new ON messages (number) WHERE state = 'new';
    CREATE INDEX messages_of_subject ON messages (subject, number);
    CREATE INDEX messages_by_topic ON messages (topic) WHERE topic IS NOT NULL;
    CREATE INDEX messages_by_block ON messages (chain_id, block) WHERE block IS NOT NULL;
    CREATE INDEX messages_doubtful ON messages (chain_id, doubtful) WHERE doubtful IS NOT NULL;

    CREATE TABLE deliveries (
        number INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
        channel TEXT NOT NULL,
        subject TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'failed', 'dropped')),
        reason TEXT,
        tries INTEGER NOT NULL DEFAULT 0,
        next_at INTEGER NOT NULL,
        leased_until INTEGER NOT NULL DEFAULT 0,
        ended_at INTEGER,
        PRIMARY KEY (number, channel)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'pending';
    CREATE INDEX deliveries_sent ON deliveries (subject, channel, ended_at) WHERE state = 'sent';

    CREATE TABLE attempts (
        number INTEGER NOT NULL,
        channel TEXT NOT NULL,
        try INTEGER NOT NULL,
        at INTEGER NOT NULL,
        status INTEGER,
        error TEXT,
        milliseconds INTEGER NOT NULL,
        PRIMARY KEY (number, channel, try),
        FOREIGN KEY (number, channel) REFERENCES deliveries ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE preferences (
        subject TEXT PRIMARY KEY,
        wishes TEXT NOT NULL,
        changed_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE calendars (
        subject TEXT PRIMARY KEY,
        secret BLOB NOT NULL UNIQUE,
        created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE places (
        name TEXT PRIMARY KEY,
        place TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE scrubs (number INTEGER PRIMARY KEY AUTOINCREMENT, owed_at INTEGER NOT NULL) STRICT;
    """)


@schema()
def m002_by_subject(db: Database) -> None:
    """One delivery of each subject at a time."""
    db.execute("CREATE INDEX deliveries_by_subject ON deliveries (subject, state)")
