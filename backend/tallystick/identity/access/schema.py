"""Tables of access. Times are Unix seconds; no table holds an account, a token or a nonce."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("access")


@schema()
def m001_access(db: Database) -> None:
    """Challenges that wait to be signed, and sessions.

    `nonce`, `token`, `wallet` and `about` are HMACs. `act` says what signing permits, `about` for
    which object, and `session` who asked; a sign-in is asked by nobody.
    """
    db.executescript("""
    CREATE TABLE challenges (
        nonce BLOB PRIMARY KEY,
        wallet BLOB NOT NULL,
        act TEXT NOT NULL,
        about BLOB NOT NULL,
        session TEXT NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX challenges_by_end ON challenges (expires_at);

    CREATE TABLE sessions (
        session_id TEXT PRIMARY KEY,
        token BLOB NOT NULL UNIQUE,
        subject TEXT NOT NULL,
        wallet BLOB NOT NULL,
        carrier TEXT NOT NULL CHECK (carrier IN ('cookie', 'bearer')),
        created_at INTEGER NOT NULL,
        seen_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT;

    CREATE INDEX sessions_by_subject ON sessions (subject);
    CREATE INDEX sessions_by_end ON sessions (expires_at);
    """)
