"""Tables of the close, in a file of their own. Days since 1970-01-01, times Unix seconds, amounts
as `db.amounts` packs them."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("close")


@schema()
def m001_close(db: Database) -> None:
    """Closes, loans with the line that holds now, lines, sums, corrections and notices.

    `mark` is the book's last event before the end of the date (its id in the index, and its block's
    hash): while it is the last one, nothing before it has changed. `after` is the last loan that
    was done. `due_day` is NULL for a loan that is closed, or that the chain took back. Versions of
    a line count from 0.
    """
    db.executescript("""
    CREATE TABLE close_books (
        id INTEGER PRIMARY KEY,
        chain_id INTEGER NOT NULL,
        address TEXT NOT NULL,
        UNIQUE (chain_id, address)
    ) STRICT;

    CREATE TABLE closes (
        id INTEGER PRIMARY KEY,
        book INTEGER NOT NULL REFERENCES close_books,
        day INTEGER NOT NULL,
        zone TEXT NOT NULL,
        ended_at INTEGER NOT NULL,
        mark INTEGER NOT NULL,
        mark_hash BLOB NOT NULL,
        policy TEXT NOT NULL,
        after INTEGER NOT NULL,
        loans INTEGER NOT NULL DEFAULT 0,
        lines INTEGER NOT NULL DEFAULT 0,
        begun_at INTEGER NOT NULL,
        done_at INTEGER,
        UNIQUE (book, day)
    ) STRICT;

    CREATE TABLE close_loans (
        key INTEGER PRIMARY KEY,
        loan_id BLOB NOT NULL UNIQUE,
        book INTEGER NOT NULL REFERENCES close_books,
        token TEXT NOT NULL,
        day INTEGER NOT NULL,
        due_day INTEGER,
        days INTEGER NOT NULL,
        bucket INTEGER NOT NULL,
        class INTEGER NOT NULL,
        outstanding TEXT NOT NULL,
        provision TEXT NOT NULL
    ) STRICT;

    CREATE TABLE close_lines (
        loan INTEGER NOT NULL,
        day INTEGER NOT NULL,
        version INTEGER NOT NULL,
        due_day INTEGER,
        days INTEGER NOT NULL,
        bucket INTEGER NOT NULL,
        class INTEGER NOT NULL,
        outstanding TEXT NOT NULL,
        provision TEXT NOT NULL,
        PRIMARY KEY (loan, day, version)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE close_sums (
        close INTEGER NOT NULL REFERENCES closes,
        token TEXT NOT NULL,
        class INTEGER NOT NULL,
        bucket INTEGER NOT NULL,
        loans INTEGER NOT NULL,
        outstanding TEXT NOT NULL,
        provision TEXT NOT NULL,
        PRIMARY KEY (close, token, class, bucket)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE close_corrections (
        id INTEGER PRIMARY KEY,
        close INTEGER NOT NULL REFERENCES closes,
        loan INTEGER NOT NULL REFERENCES close_loans,
        version INTEGER NOT NULL,
        reason TEXT NOT NULL CHECK (reason IN ('reorg', 'late_event')),
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;

    CREATE INDEX corrections_by_close ON close_corrections (close, id);
    CREATE INDEX lines_by_day ON close_lines (day, loan);

    CREATE TABLE notices_due (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        loan_id BLOB NOT NULL,
        borrower TEXT NOT NULL,
        kind TEXT NOT NULL,
        day INTEGER NOT NULL,
        facts TEXT NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;

    CREATE INDEX notices_by_loan ON notices_due (loan_id, day);
    """)
