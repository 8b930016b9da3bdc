"""Sessions: an opaque random token, stored as its HMAC, that ends by itself.

A token is only ever made here, at a sign-in: one that somebody brings along is looked up and never
adopted.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Literal

from tallystick.db import write
from tallystick.identity.access.errors import SessionInvalid
from tallystick.identity.vault import Vault
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.vault import new_id
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

Carrier = Literal["cookie", "bearer"]

LIFE_SECONDS = 12 * 3600
IDLE_SECONDS = 3600
_SEEN_EVERY = 60
"""Seconds between two notes of when a session was last seen: reading must not mean writing."""


@dataclass(frozen=True, slots=True)
class Session:
    """An open session. Times are Unix seconds; `wallet` is an HMAC."""

    session_id: str
    subject: str
    wallet: bytes
    carrier: Carrier
    created_at: int
    seen_at: int
    expires_at: int


_COLUMNS = "session_id, subject, wallet, carrier, created_at, seen_at, expires_at"
_OPEN = "expires_at > :now AND seen_at > :idle"


class Sessions:
    """Sessions in the table `sessions`."""

    def __init__(self, file: PrivateFile, vault: Vault) -> None:
        self._file = file
        self._vault = vault

    def begin(self, subject: str, wallet: str, carrier: Carrier) -> tuple[Session, str]:
        """A new session and its token, which is told this once."""
        now = self._vault.now()
        token = secrets.token_hex(32)
        session = Session(
            new_id("session"),
            subject,
            self.wallet_mac(wallet),
            carrier,
            now,
            now,
            now + LIFE_SECONDS,
        )
        with self._file.open() as db, write(db) as conn:
            conn.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))
            conn.execute(
                f"INSERT INTO sessions (token, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                (
                    self._mac(token),
                    session.session_id,
                    subject,
                    session.wallet,
                    carrier,
                    now,
                    now,
                    session.expires_at,
                ),
            )
            append(conn, Fact(subject, "begin_session", session.session_id), now)
        return session, token

    def resume(self, token: str, carrier: Carrier) -> Session:
        """The open session of a token that came by the way it was made for.

        Raises `SessionInvalid`.
        """
        now = self._vault.now()
        with self._file.open() as db:
            row = db.execute(
                f"SELECT {_COLUMNS} FROM sessions"  # noqa: S608
                f" WHERE token = :token AND carrier = :carrier AND {_OPEN}",
                {
                    "token": self._mac(token),
                    "carrier": carrier,
                    "now": now,
                    "idle": now - IDLE_SECONDS,
                },
            ).fetchone()
            if row is None:
                raise SessionInvalid
            session = Session(*row)
            if now - session.seen_at >= _SEEN_EVERY:
                with write(db) as conn:
                    conn.execute(
                        "UPDATE sessions SET seen_at = ? WHERE session_id = ?",
                        (now, session.session_id),
                    )
        return session

    def of_subject(self, subject: str) -> list[Session]:
        """The subject's open sessions, newest first."""
        now = self._vault.now()
        with self._file.open() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM sessions WHERE subject = :subject AND {_OPEN}"  # noqa: S608
                " ORDER BY created_at DESC, session_id",
                {"subject": subject, "now": now, "idle": now - IDLE_SECONDS},
            ).fetchall()
        return [Session(*row) for row in rows]

    def revoke(self, subject: str, session_id: str) -> None:
        """Ends one of the subject's own sessions. Raises `SessionInvalid`."""
        with self._file.open() as db, write(db) as conn:
            gone = conn.execute(
                "DELETE FROM sessions WHERE session_id = ? AND subject = ?", (session_id, subject)
            )
            if gone.rowcount == 0:
                raise SessionInvalid
            append(conn, Fact(subject, "end_session", session_id), self._vault.now())

    def revoke_token(self, token: str) -> None:
        """Ends the session of a token, if there is one."""
        with self._file.open() as db, write(db) as conn:
            conn.execute("DELETE FROM sessions WHERE token = ?", (self._mac(token),))

    def revoke_wallet(self, subject: str, wallet: str) -> None:
        """Ends every session that a wallet signed in to."""
        with self._file.open() as db, write(db) as conn:
            conn.execute(
                "DELETE FROM sessions WHERE subject = ? AND wallet = ?",
                (subject, self.wallet_mac(wallet)),
            )

    def csrf_token(self, token: str) -> str:
        """What a page must send beside the cookie to change anything."""
        return self._vault.mac("csrf", token).hex()

    def is_csrf_token(self, token: str, given: str) -> bool:
        """Whether `given` belongs to the session's token; in constant time."""
        return hmac.compare_digest(self.csrf_token(token).encode(), given.encode())

    def wallet_mac(self, wallet: str) -> bytes:
        """How a session names the wallet that signed in."""
        return self._vault.mac("wallet", wallet.lower())

    def _mac(self, token: str) -> bytes:
        return self._vault.mac("session", token)
