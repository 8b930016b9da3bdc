"""Tables of authority, in the file of the trail. Times are Unix seconds."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("authority")


@schema()
def m001_authority(db: Database) -> None:
    """Roles, requests that somebody else must approve, and keys of integrators.

    `content` is JSON of ids and words, `digest` the SHA-256 of what was asked; `secret` is an HMAC.
    """
    db.executescript("""
    CREATE TABLE roles (
        subject TEXT NOT NULL,
        role TEXT NOT NULL,
        granted_at INTEGER NOT NULL,
        PRIMARY KEY (subject, role)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE approvals (
        approval_id TEXT PRIMARY KEY,
        matter TEXT NOT NULL,
        object TEXT NOT NULL,
        content TEXT NOT NULL,
        digest BLOB NOT NULL,
        maker TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (
            state IN ('pending', 'approved', 'refused', 'withdrawn', 'expired', 'done')
        ),
        checker TEXT CHECK (checker <> maker),
        decided_at INTEGER,
        done_at INTEGER
    ) STRICT;

    CREATE INDEX approvals_by_state ON approvals (state, made_at, approval_id);
    CREATE INDEX approvals_by_object ON approvals (object);

    CREATE TABLE api_keys (
        key_id TEXT PRIMARY KEY,
        secret BLOB NOT NULL,
        subject TEXT NOT NULL,
        name TEXT NOT NULL,
        scopes TEXT NOT NULL,
        per_minute INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        seen_at INTEGER
    ) STRICT;

    CREATE INDEX api_keys_by_subject ON api_keys (subject);
    """)
