"""The table of attempts to collect."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("settlement")


@schema()
def m001_collection_attempts(db: Database) -> None:
    """A log, never rewritten. Times are the chain's, Unix seconds; `amount` is packed base units.

    A failed attempt has a reason and the time of the next try, a successful one its transaction.
    After a reorganisation the log may name transactions that no longer exist: what was paid is
    decided by the events of the chain alone.
    """
    db.executescript(
        """
        CREATE TABLE collection_attempts (
            id INTEGER PRIMARY KEY,
            loan_id BLOB NOT NULL,
            attempted_at INTEGER NOT NULL,
            amount TEXT NOT NULL,
            reason TEXT,
            detail TEXT,
            failures INTEGER NOT NULL,
            retry_at INTEGER,
            tx_hash BLOB,
            block_number INTEGER,
            CHECK ((reason IS NULL) = (tx_hash IS NOT NULL)),
            CHECK ((reason IS NULL) = (retry_at IS NULL))
        ) STRICT;

        CREATE INDEX collection_attempts_of_loan ON collection_attempts (loan_id, id);
        """
    )


@schema()
def m002_by_next_try(db: Database) -> None:
    """What is held back is found without reading the whole log."""
    db.execute(
        "CREATE INDEX collection_attempts_retry ON collection_attempts (retry_at)"
        " WHERE retry_at IS NOT NULL"
    )
