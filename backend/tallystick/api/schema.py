"""Table of the API itself: outcomes by idempotency key."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("api")


@schema()
def m001_idempotency_keys(db: Database) -> None:
    """`status` is NULL while the first request runs; `begun_at` is Unix seconds."""
    db.executescript("""
    CREATE TABLE idempotency_keys (
        key TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        begun_at INTEGER NOT NULL,
        status INTEGER,
        media_type TEXT,
        location TEXT,
        body BLOB
    ) STRICT;

    CREATE INDEX idempotency_keys_by_time ON idempotency_keys (begun_at);
    """)
