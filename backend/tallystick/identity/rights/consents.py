"""Consents: which text a person agreed to, when, with which signature, until when."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from tallystick.db import Database, write
from tallystick.identity.rights.errors import ConsentMissing
from tallystick.identity.rights.purposes import purpose_named
from tallystick.identity.vault import Vault
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.vault import new_id
from tallystick.trail.entry import Fact
from tallystick.trail.store import append


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent. Times are Unix seconds; `digest` is the text's SHA-256."""

    consent_id: str
    purpose: str
    version: int
    digest: bytes
    given_at: int
    withdrawn_at: int | None


class Consents:
    """Consents in the table `consents`, their signatures sealed in the vault."""

    def __init__(self, file: PrivateFile, vault: Vault) -> None:
        self._file = file
        self._vault = vault

    def give(
        self, subject: str, purpose: str, version: int, message: str, signature: bytes
    ) -> Consent:
        """Records a consent whose signature was checked; an earlier one to the purpose ends.

        Raises `PurposeUnknown`, `SubjectErased`.
        """
        text = purpose_named(purpose).text(version)
        now = self._vault.now()
        consent = Consent(new_id("consent"), purpose, version, text.digest, now, None)
        evidence = {
            "message": message.encode(),
            "signature": signature,
            "en": text.en.encode(),
            "zh": text.zh.encode(),
        }
        self._vault.put(subject, f"consent:{consent.consent_id}", evidence)
        with self._file.open() as db, write(db) as conn:
            _end(conn, subject, purpose, now)
            conn.execute(
                "INSERT INTO consents (consent_id, subject, purpose, version, digest, given_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (consent.consent_id, subject, purpose, version, text.digest, now),
            )
            append(conn, Fact(subject, "give_consent", consent.consent_id, purpose), now)
        return consent

    def withdraw(self, subject: str, purpose: str) -> None:
        """Ends a consent at once. Raises `ConsentMissing`."""
        now = self._vault.now()
        with self._file.open() as db, write(db) as conn:
            if not _end(conn, subject, purpose, now):
                raise ConsentMissing(purpose)
            append(conn, Fact(subject, "withdraw_consent", subject, purpose), now)

    def of_subject(self, subject: str) -> list[Consent]:
        """Every consent that the subject ever gave, oldest first."""
        with self._file.open() as db:
            rows = db.execute(
                "SELECT consent_id, purpose, version, digest, given_at, withdrawn_at"
                " FROM consents WHERE subject = ? ORDER BY given_at, consent_id",
                (subject,),
            ).fetchall()
        return [Consent(*row) for row in rows]


def in_force(db: Database, subject: str, purpose: str) -> bool:
    """Whether the subject consents to a purpose now."""
    row = db.execute(
        "SELECT 1 FROM consents WHERE subject = ? AND purpose = ? AND withdrawn_at IS NULL",
        (subject, purpose),
    ).fetchone()
    return row is not None


def _end(conn: sqlite3.Connection, subject: str, purpose: str, now: int) -> bool:
    ended = conn.execute(
        "UPDATE consents SET withdrawn_at = ?"
        " WHERE subject = ? AND purpose = ? AND withdrawn_at IS NULL",
        (now, subject, purpose),
    )
    return ended.rowcount > 0
