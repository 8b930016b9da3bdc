"""The vault: subjects, their sealed records, and the ways to find a subject again.

Every change takes the write lock of the file of keys first, so that nothing is written for a
subject while it is erased.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tallystick.chain.clock import clock_of
from tallystick.config import Settings
from tallystick.db import write
from tallystick.identity.vault.envelope import encode, new_key, seal, unseal
from tallystick.identity.vault.errors import (
    IndexTaken,
    KeyServiceInvalid,
    RecordChanged,
    RecordUnknown,
    SubjectErased,
    SubjectUnknown,
)
from tallystick.identity.vault.files import PrivateFile, keys_path, owe_scrub
from tallystick.identity.vault.index import blind
from tallystick.identity.vault.keys import KeyService, decode_key, keys_from
from tallystick.identity.vault.schema import fields_schema, keys_schema


@dataclass(frozen=True, slots=True)
class RecordHead:
    """One version of a record without its content. Times are Unix seconds."""

    record: str
    version: int
    written_at: int
    keep_until: int | None


@dataclass(frozen=True, slots=True)
class Record:
    """One version of a record with its content."""

    head: RecordHead
    fields: dict[str, bytes]


class Vault:
    """Sealed records by subject. Safe to share between threads; `now` gives Unix seconds."""

    def __init__(
        self,
        path: Path,
        keys: KeyService,
        index_key: bytes,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.fields = PrivateFile(path, fields_schema)
        self.keys = PrivateFile(keys_path(path), keys_schema)
        self.service = keys
        self._index_key = index_key
        self._now = now

    @classmethod
    def from_settings(cls, settings: Settings, now: Callable[[], float] | None = None) -> Self:
        """The vault that the settings describe, which goes by `now`, or else by the clock that
        the settings lead to. Raises `KeyServiceInvalid`."""
        if settings.vault_index_key is None:
            raise KeyServiceInvalid("TALLYSTICK_VAULT_INDEX_KEY must be set")
        secret = settings.vault_index_key.get_secret_value()
        index_key = decode_key(secret, "TALLYSTICK_VAULT_INDEX_KEY")
        return cls(settings.vault, keys_from(settings), index_key, now or clock_of(settings))

    def now(self) -> int:
        """The present Unix second."""
        return int(self._now())

    def new_subject(self, indexed: Mapping[str, str] | None = None) -> str:
        """A new subject with a key of its own, found by the values in `indexed`.

        Raises `IndexTaken`, and then nothing is made.
        """
        subject = new_id("subject")
        key_id, wrapped = self.service.current, self.service.wrap(new_key(), subject)
        with self._changing() as conn:
            conn.execute(
                "INSERT INTO subject_keys (subject, key_id, wrapped, created_at)"
                " VALUES (?, ?, ?, ?)",
                (subject, key_id, wrapped, self.now()),
            )
            for name, value in (indexed or {}).items():
                self._claim(conn, subject, name, value)
        return subject

    def put(
        self,
        subject: str,
        record: str,
        fields: Mapping[str, bytes],
        *,
        keep_until: int | None = None,
        after: int | None = None,
    ) -> int:
        """Writes the next version of a record, and returns its number; earlier versions stay.

        Raises `RecordChanged` when `after` is given and not the newest version (0: none),
        `SubjectUnknown`, `SubjectErased`.
        """
        with self._changing() as keys:
            key = self._key(keys, subject)
            with self.fields.open() as db, write(db) as conn:
                (last,) = conn.execute(
                    "SELECT coalesce(max(version), 0) FROM records"
                    " WHERE subject = ? AND record = ?",
                    (subject, record),
                ).fetchone()
                if after is not None and after != last:
                    raise RecordChanged(last)
                place = (subject, record, last + 1)
                conn.execute(
                    "INSERT INTO records (subject, record, version, written_at, keep_until)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (*place, self.now(), keep_until),
                )
                conn.executemany(
                    "INSERT INTO sealed_fields (subject, record, version, field, sealed)"
                    " VALUES (?, ?, ?, ?, ?)",
                    [
                        (*place, field, seal(key, value, _place(*place, field, sorted(fields))))
                        for field, value in fields.items()
                    ],
                )
        return int(last) + 1

    def get(self, subject: str, record: str, version: int | None = None) -> Record:
        """A version of a record, the newest if none is named.

        Raises `SubjectUnknown`, `SubjectErased`, `RecordUnknown`, `SealBroken`, `KeyUnknown`.
        """
        with self.keys.open() as db:
            key = self._key(db.conn, subject)
        head = self._head(subject, record, version)
        with self.fields.open() as db:
            rows = db.execute(
                "SELECT field, sealed FROM sealed_fields"
                " WHERE subject = ? AND record = ? AND version = ? ORDER BY field",
                (subject, record, head.version),
            ).fetchall()
        names = [field for field, _ in rows]
        if not names:
            raise RecordUnknown(record)
        fields = {
            field: unseal(key, sealed, _place(subject, record, head.version, field, names))
            for field, sealed in rows
        }
        return Record(head, fields)

    def records(self, subject: str) -> list[RecordHead]:
        """Every version of every record of a subject, oldest first."""
        with self.fields.open() as db:
            rows = db.execute(
                "SELECT record, version, written_at, keep_until FROM records WHERE subject = ?"
                " ORDER BY record, version",
                (subject,),
            ).fetchall()
        return [RecordHead(*row) for row in rows]

    def require(self, subject: str) -> None:
        """Raises `SubjectUnknown` or `SubjectErased` unless the subject has its key."""
        with self.keys.open() as db:
            _wrapped(db.conn, subject)

    def find(self, name: str, value: str) -> str | None:
        """The subject that was given `value` under the index `name`."""
        digest = blind(self._index_key, name, value)
        with self.keys.open() as db:
            row = db.execute(
                "SELECT subject FROM blind_indexes WHERE name = ? AND digest = ?", (name, digest)
            ).fetchone()
        return None if row is None else str(row[0])

    def claim(self, subject: str, name: str, value: str) -> None:
        """Lets the subject be found by `value`.

        Raises `IndexTaken`, `SubjectUnknown`, `SubjectErased`.
        """
        with self._changing() as conn:
            _wrapped(conn, subject)
            self._claim(conn, subject, name, value)

    def disclaim(self, subject: str, name: str, value: str, *, leaving: int = 0) -> bool:
        """Takes a value of the index from the subject.

        False, and nothing is done, when it had none such or would keep fewer than `leaving`.
        """
        digest = blind(self._index_key, name, value)
        with self._changing() as conn:
            (count,) = conn.execute(
                "SELECT count(*) FROM blind_indexes WHERE name = ? AND subject = ?",
                (name, subject),
            ).fetchone()
            if count <= leaving:
                return False
            gone = conn.execute(
                "DELETE FROM blind_indexes WHERE name = ? AND digest = ? AND subject = ?",
                (name, digest, subject),
            )
            owe_scrub(conn, self.now())
        return gone.rowcount > 0

    def forget(self, subject: str, record: str) -> None:
        """Deletes every version of a record. `finish_deletions` overwrites it."""
        with self._changing(), self.fields.open() as db, write(db) as conn:
            conn.execute("DELETE FROM records WHERE subject = ? AND record = ?", (subject, record))
            owe_scrub(conn, self.now())

    def blind(self, name: str, value: str) -> bytes:
        """The value's digest under the index `name`; equal for values that differ in form only."""
        return blind(self._index_key, name, value)

    def mac(self, name: str, value: str) -> bytes:
        """HMAC-SHA256 of an exact value, for what is compared and never read again."""
        return hmac.digest(self._index_key, encode(("mac", name, value)), "sha256")

    def close(self) -> None:
        """Closes the files."""
        self.fields.close()
        self.keys.close()

    def _claim(self, conn: sqlite3.Connection, subject: str, name: str, value: str) -> None:
        digest = blind(self._index_key, name, value)
        row = conn.execute(
            "SELECT subject FROM blind_indexes WHERE name = ? AND digest = ?", (name, digest)
        ).fetchone()
        if row is None:
            conn.execute(
                "INSERT INTO blind_indexes (name, digest, subject) VALUES (?, ?, ?)",
                (name, digest, subject),
            )
        elif row[0] != subject:
            raise IndexTaken(name)

    def _key(self, conn: sqlite3.Connection, subject: str) -> bytes:
        key_id, wrapped = _wrapped(conn, subject)
        return self.service.unwrap(key_id, wrapped, subject)

    def _head(self, subject: str, record: str, version: int | None) -> RecordHead:
        with self.fields.open() as db:
            row = db.execute(
                "SELECT record, version, written_at, keep_until FROM records"
                " WHERE subject = ? AND record = ? AND version = coalesce(?, version)"
                " ORDER BY version DESC LIMIT 1",
                (subject, record, version),
            ).fetchone()
        if row is None:
            raise RecordUnknown(record)
        return RecordHead(*row)

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self.keys.open() as db, write(db) as conn:
            yield conn


def new_id(kind: str) -> str:
    """An id of 128 random bits: it says nothing, and nobody guesses it."""
    return f"{kind}_" + base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def _wrapped(conn: sqlite3.Connection, subject: str) -> tuple[str, bytes]:
    row = conn.execute(
        "SELECT key_id, wrapped FROM subject_keys WHERE subject = ?", (subject,)
    ).fetchone()
    if row is not None:
        return row[0], row[1]
    erased = conn.execute("SELECT begun_at FROM erasures WHERE subject = ?", (subject,)).fetchone()
    if erased is not None:
        raise SubjectErased(subject, erased[0])
    raise SubjectUnknown(subject)


def _place(
    subject: str, record: str, version: int, field: str, names: list[str]
) -> tuple[str, ...]:
    # the names of all fields: one that is taken out of a record or put into it breaks every other
    return ("sealed_fields", subject, record, str(version), field, *names)
