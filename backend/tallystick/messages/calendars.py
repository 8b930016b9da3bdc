"""One calendar of all of somebody's due dates, behind a link that is secret and can be revoked."""

from __future__ import annotations

import secrets

from tallystick.db import Database, write
from tallystick.identity.vault import Vault

_BYTES = 32


def new_link(db: Database, vault: Vault, subject: str) -> str:
    """A new secret; the one before opens nothing any more. Only its HMAC is kept."""
    secret = secrets.token_urlsafe(_BYTES)
    with write(db) as conn:
        conn.execute(
            "INSERT INTO calendars (subject, secret, created_at) VALUES (?, ?, ?)"
            " ON CONFLICT (subject) DO UPDATE"
            " SET secret = excluded.secret, created_at = excluded.created_at",
            (subject, _mac(vault, secret), vault.now()),
        )
    return secret


def revoke_link(db: Database, subject: str) -> bool:
    """Whether there was one."""
    with write(db) as conn:
        gone = conn.execute("DELETE FROM calendars WHERE subject = ?", (subject,))
    return gone.rowcount > 0


def subject_of_link(db: Database, vault: Vault, secret: str) -> str | None:
    """Whose calendar a secret opens."""
    row = db.execute(
        "SELECT subject FROM calendars WHERE secret = ?", (_mac(vault, secret),)
    ).fetchone()
    return None if row is None else str(row[0])


def _mac(vault: Vault, secret: str) -> bytes:
    return vault.mac("calendar link", secret)
