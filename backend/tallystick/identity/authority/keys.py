"""Keys of integrators: `tsk_`, the id of the key, and a secret of 256 random bits told once.

Stored is an HMAC of the secret. A key acts for its owner within its scopes, ends by itself, and
holds only while its owner is an integrator.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.db import write
from tallystick.identity.authority.errors import KeyExcessive, KeyInvalid
from tallystick.identity.authority.grants import Grants
from tallystick.identity.authority.roles import Role, Scope
from tallystick.identity.vault import Vault
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.vault import new_id
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

PREFIX = "tsk_"
LONGEST_DAYS = 365
MOST_KEYS = 20
MOST_PER_MINUTE = 6000
_SEEN_EVERY = 60
_TOKEN = re.compile(rf"{PREFIX}([a-z2-7]{{26}})_([0-9a-f]{{64}})")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. Times are Unix seconds; `per_minute` counts requests."""

    key_id: str
    subject: str
    name: str
    scopes: frozenset[Scope]
    per_minute: int
    created_at: int
    expires_at: int
    seen_at: int | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new key shall be."""

    name: str
    scopes: frozenset[Scope]
    days: int
    per_minute: int


_COLUMNS = "key_id, subject, name, scopes, per_minute, created_at, expires_at, seen_at"


class ApiKeys:
    """Keys in the table `api_keys`."""

    def __init__(self, file: PrivateFile, vault: Vault, grants: Grants) -> None:
        self._file = file
        self._vault = vault
        self._grants = grants

    def create(self, subject: str, wish: Wish) -> tuple[ApiKey, str]:
        """A new key and what its owner must send, which is told this once.

        Raises `KeyExcessive`.
        """
        if not 0 < wish.days <= LONGEST_DAYS or not 0 < wish.per_minute <= MOST_PER_MINUTE:
            raise KeyExcessive("a key lives at most a year, for at most 6000 requests a minute")
        now = self._vault.now()
        made = ApiKey(
            new_id("key"),
            subject,
            wish.name,
            wish.scopes,
            wish.per_minute,
            now,
            now + wish.days * 86_400,
            None,
        )
        with self._file.open() as db, write(db) as conn:
            conn.execute("DELETE FROM api_keys WHERE expires_at <= ?", (now,))
            (count,) = conn.execute(
                "SELECT count(*) FROM api_keys WHERE subject = ?", (subject,)
            ).fetchone()
            if count >= MOST_KEYS:
                raise KeyExcessive(f"an owner has at most {MOST_KEYS} keys")
            secret = secrets.token_hex(32)
            conn.execute(
                f"INSERT INTO api_keys (secret, {_COLUMNS})"  # noqa: S608
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (self._mac(made.key_id, secret), *_row(made)),
            )
            append(conn, Fact(subject, "create_key", made.key_id), now)
        return made, _token(made.key_id, secret)

    def rotate(self, subject: str, key_id: str) -> tuple[ApiKey, str]:
        """A new secret for one's own key; the old one ends at once. Raises `KeyInvalid`."""
        now, secret = self._vault.now(), secrets.token_hex(32)
        with self._file.open() as db, write(db) as conn:
            row = conn.execute(
                "UPDATE api_keys SET secret = ?"  # noqa: S608
                " WHERE key_id = ? AND subject = ? AND expires_at > ?"
                f" RETURNING {_COLUMNS}",
                (self._mac(key_id, secret), key_id, subject, now),
            ).fetchone()
            if row is None:
                raise KeyInvalid
            append(conn, Fact(subject, "rotate_key", key_id), now)
        return _key(row), _token(key_id, secret)

    def revoke(self, subject: str, key_id: str) -> None:
        """Ends one's own key at once. Raises `KeyInvalid`."""
        with self._file.open() as db, write(db) as conn:
            gone = conn.execute(
                "DELETE FROM api_keys WHERE key_id = ? AND subject = ?", (key_id, subject)
            )
            if gone.rowcount == 0:
                raise KeyInvalid
            append(conn, Fact(subject, "revoke_key", key_id), self._vault.now())

    def of_subject(self, subject: str) -> list[ApiKey]:
        """The owner's keys that are still good, newest first."""
        with self._file.open() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM api_keys WHERE subject = ? AND expires_at > ?"  # noqa: S608
                " ORDER BY created_at DESC, key_id",
                (subject, self._vault.now()),
            ).fetchall()
        return [_key(row) for row in rows]

    def resume(self, token: str) -> ApiKey:
        """The key that was sent. Raises `KeyInvalid`, `SubjectErased`."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            raise KeyInvalid
        key_id, now = f"key_{found[1]}", self._vault.now()
        with self._file.open() as db:
            row = db.execute(
                f"SELECT secret, {_COLUMNS} FROM api_keys WHERE key_id = ? AND expires_at > ?",  # noqa: S608
                (key_id, now),
            ).fetchone()
            given = self._mac(key_id, found[2])
            if row is None or not hmac.compare_digest(row[0], given):
                raise KeyInvalid
            key = _key(row[1:])
            if key.seen_at is None or now - key.seen_at >= _SEEN_EVERY:
                with write(db) as conn:
                    conn.execute("UPDATE api_keys SET seen_at = ? WHERE key_id = ?", (now, key_id))
        self._vault.require(key.subject)
        if Role.INTEGRATOR not in self._grants.roles_of(key.subject):
            raise KeyInvalid
        return key

    def _mac(self, key_id: str, secret: str) -> bytes:
        return self._vault.mac("api key", f"{key_id} {secret}")


def is_key(token: str) -> bool:
    """Whether a bearer token claims to be a key rather than a session."""
    return token.startswith(PREFIX)


def _token(key_id: str, secret: str) -> str:
    return f"{PREFIX}{key_id.removeprefix('key_')}_{secret}"


def _row(key: ApiKey) -> tuple[str | int, ...]:
    scopes = _joined(key.scopes)
    times = (key.created_at, key.expires_at)
    return (key.key_id, key.subject, key.name, scopes, key.per_minute, *times)


def _joined(scopes: Iterable[Scope]) -> str:
    return " ".join(sorted(scopes))


def _key(row: tuple[str, str, str, str, int, int, int, int | None]) -> ApiKey:
    key_id, subject, name, scopes, per_minute, created_at, expires_at, seen_at = row
    given = frozenset(map(Scope, scopes.split()))
    return ApiKey(key_id, subject, name, given, per_minute, created_at, expires_at, seen_at)
