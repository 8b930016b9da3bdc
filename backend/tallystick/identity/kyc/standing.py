"""Levels that are in force, what was attested of them, and looking again.

A level that ends, or whose bearer is found in a list, takes its attestations with it: they are
marked here and revoked on chain by whoever holds the issuer's key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from tallystick.db import write
from tallystick.identity.attestations import Attestation, Gate
from tallystick.identity.kyc.errors import LevelMissing, ListsMissing
from tallystick.identity.kyc.levels import DAY, LIFE_DAYS, RECHECK_DAYS, Kind, Level, attested_as
from tallystick.identity.kyc.provider import Sanctions
from tallystick.identity.rights.rights import Rights
from tallystick.identity.vault import Vault, VaultError
from tallystick.identity.vault.files import PrivateFile
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

_SERVICE = "service"
_PURPOSE = "identity_check"


@dataclass(frozen=True, slots=True)
class Standing:
    """A level that is in force. Times are Unix seconds."""

    kind: Kind
    level: Level
    granted_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Rechecked:
    """How many levels ended by time, were looked up again, and were taken since they are listed."""

    ended: int
    checked: int
    listed: int


class Levels:
    """Levels in the table `kyc_levels`."""

    def __init__(self, file: PrivateFile, vault: Vault, rights: Rights) -> None:
        self._file = file
        self._vault = vault
        self._rights = rights

    def of(self, subject: str) -> Standing | None:
        """The subject's level, if one is in force."""
        with self._file.open() as db:
            row = db.execute(
                "SELECT kind, level, granted_at, expires_at FROM kyc_levels"
                " WHERE subject = ? AND expires_at > ?",
                (subject, self._vault.now()),
            ).fetchone()
        return None if row is None else Standing(Kind(row[0]), Level(row[1]), row[2], row[3])

    def attest(self, subject: str, wallet: str, key: str, gate: Gate) -> Attestation:
        """The issuer's word on the subject's level, for one of its wallets.

        Raises `LevelMissing`.
        """
        standing = self.of(subject)
        if standing is None:
            raise LevelMissing
        now = self._vault.now()
        name = attested_as(standing.level)
        made = Attestation.issue(key, gate, wallet, name, (now, standing.expires_at - 1))
        digest = made.digest(gate)
        with self._file.open() as db, write(db) as conn:
            conn.execute(
                "INSERT INTO attestations (digest, subject, kind, expires_at, state)"
                " VALUES (?, ?, ?, ?, 'valid')",
                (digest, subject, name, made.expires_at),
            )
            append(conn, Fact(_SERVICE, "attest", f"{subject}/0x{digest.hex()}", name), now)
        return made

    def recheck(self, sanctions: Sanctions | None) -> Rechecked:
        """Ends levels whose time is over, and looks everybody up again who was not lately."""
        now = self._vault.now()
        with self._file.open() as db, write(db) as conn:
            over = conn.execute(
                "SELECT subject FROM kyc_levels WHERE expires_at <= ?", (now,)
            ).fetchall()
            for (subject,) in over:
                end(conn, subject, "expired", now)
            due = conn.execute(
                "SELECT subject FROM kyc_levels WHERE checked_at <= ? ORDER BY subject",
                (now - RECHECK_DAYS * DAY,),
            ).fetchall()
        if sanctions is None:
            return Rechecked(len(over), 0, 0)
        try:
            listed = sum(self._look_up(subject, sanctions) for (subject,) in due)
        except ListsMissing:
            return Rechecked(len(over), 0, 0)
        return Rechecked(len(over), len(due), listed)

    def revoke_pending(self, revoke: Callable[[bytes], object]) -> int:
        """Revokes on chain what has to be, one by one; what fails stays to be revoked."""
        with self._file.open() as db:
            rows = db.execute(
                "SELECT digest, subject, kind FROM attestations WHERE state = 'to_revoke'"
            ).fetchall()
        for digest, subject, kind in rows:
            revoke(digest)
            with self._file.open() as db, write(db) as conn:
                conn.execute(
                    "UPDATE attestations SET state = 'revoked' WHERE digest = ?", (digest,)
                )
                object_ = f"{subject}/0x{digest.hex()}"
                append(conn, Fact(_SERVICE, "revoke", object_, kind), self._vault.now())
        return len(rows)

    def _look_up(self, subject: str, sanctions: Sanctions) -> bool:
        try:
            fields = self._rights.read(_SERVICE, subject, "person", _PURPOSE).fields
        except VaultError:  # erased meanwhile, or nothing is known any more
            return False
        person = {name: value.decode() for name, value in fields.items()}
        names = [person["full_name"]] if "full_name" in person else []
        hits = sanctions.hits(names, person.get("birth_date"), person.get("country"))
        now = self._vault.now()
        with self._file.open() as db, write(db) as conn:
            if hits:
                end(conn, subject, "listed", now)
            else:
                conn.execute(
                    "UPDATE kyc_levels SET checked_at = ? WHERE subject = ?", (now, subject)
                )
        return bool(hits)


def grant(
    conn: sqlite3.Connection,
    subject: str,
    kind: Kind,
    level: Level,
    case_id: str,
    times: tuple[int, int | None],
) -> None:
    """Puts a level in force, from the first of `times` to the end of the document at the latest."""
    now, document_ends = times
    ends = now + LIFE_DAYS[level] * DAY
    conn.execute(
        "INSERT INTO kyc_levels"
        " (subject, kind, level, case_id, granted_at, expires_at, checked_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET kind = excluded.kind,"
        " level = excluded.level, case_id = excluded.case_id, granted_at = excluded.granted_at,"
        " expires_at = excluded.expires_at, checked_at = excluded.checked_at",
        (subject, kind, level, case_id, now, min(ends, document_ends or ends), now),
    )


def end(conn: sqlite3.Connection, subject: str, reason: str, now: int) -> None:
    """Takes a subject's level and marks what was attested of it to be revoked."""
    conn.execute("DELETE FROM kyc_levels WHERE subject = ?", (subject,))
    conn.execute(
        "UPDATE attestations SET state = 'to_revoke'"
        " WHERE subject = ? AND state = 'valid' AND expires_at > ?",
        (subject, now),
    )
    append(conn, Fact(_SERVICE, "end_level", subject, reason), now)
