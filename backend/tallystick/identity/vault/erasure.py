"""Erasing a subject: its key is destroyed, and with it every copy of its data, also in backups of
the file of fields; then the files are scrubbed until no byte of the key is left."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from tallystick.db import write
from tallystick.identity.vault.errors import OnHold, SubjectErased, SubjectUnknown
from tallystick.identity.vault.files import owe_scrub
from tallystick.identity.vault.scrub import finish_deletions
from tallystick.identity.vault.vault import Vault, new_id


@dataclass(frozen=True, slots=True)
class Erasure:
    """The receipt. `finished_at` is None while the files still hold deleted bytes."""

    erasure_id: str
    subject: str
    begun_at: int
    finished_at: int | None


@dataclass(frozen=True, slots=True)
class Hold:
    """A duty to keep a subject's data. `until` in Unix seconds; None until it is lifted."""

    hold_id: str
    subject: str
    basis: str
    since: int
    until: int | None


def erase(vault: Vault, subject: str) -> Erasure:
    """Erases a subject for good; asked again, it answers the same receipt.

    Raises `SubjectUnknown`, `OnHold`, and `ScrubBlocked` when the key is gone but its bytes could
    not be overwritten yet: `finish_deletions` does that later.
    """
    with vault.keys.open() as db, write(db) as conn:
        if not _begun(conn, subject):
            known = conn.execute("SELECT 1 FROM subject_keys WHERE subject = ?", (subject,))
            if known.fetchone() is None:
                raise SubjectUnknown(subject)
            _check_free(conn, subject, vault.now())
            for table in ("holds", "blind_indexes", "subject_keys"):
                conn.execute(f"DELETE FROM {table} WHERE subject = ?", (subject,))  # noqa: S608
            conn.execute(
                "INSERT INTO erasures (subject, erasure_id, begun_at) VALUES (?, ?, ?)",
                (subject, new_id("erasure"), vault.now()),
            )
            owe_scrub(conn, vault.now())
    finish_deletions(vault)
    return receipt(vault, subject)


def receipt(vault: Vault, name: str) -> Erasure:
    """The receipt of an erasure by its own id or the subject's. Raises `SubjectUnknown`."""
    with vault.keys.open() as db:
        row = db.execute(
            "SELECT erasure_id, subject, begun_at, finished_at FROM erasures"
            " WHERE subject = :name OR erasure_id = :name",
            {"name": name},
        ).fetchone()
    if row is None:
        raise SubjectUnknown(name)
    return Erasure(*row)


def hold(vault: Vault, subject: str, basis: str, until: int | None) -> Hold:
    """Keeps a subject from being erased, and its records from expiring, on a legal `basis`.

    Raises `SubjectUnknown`, `SubjectErased`.
    """
    vault.require(subject)
    made = Hold(new_id("hold"), subject, basis, vault.now(), until)
    with vault.keys.open() as db, write(db) as conn:
        try:
            conn.execute(
                "INSERT INTO holds (hold_id, subject, basis, since, until) VALUES (?, ?, ?, ?, ?)",
                (made.hold_id, subject, basis, made.since, until),
            )
        except sqlite3.IntegrityError:  # erased between the two
            raise SubjectErased(subject, vault.now()) from None
    return made


def lift(vault: Vault, hold_id: str) -> bool:
    """Ends a hold; False when there is none of this id."""
    with vault.keys.open() as db, write(db) as conn:
        return conn.execute("DELETE FROM holds WHERE hold_id = ?", (hold_id,)).rowcount > 0


def holds(vault: Vault, subject: str) -> list[Hold]:
    """What keeps a subject's data now."""
    with vault.keys.open() as db:
        rows = db.execute(
            "SELECT hold_id, subject, basis, since, until FROM holds"
            " WHERE subject = ? AND (until IS NULL OR until > ?) ORDER BY since, hold_id",
            (subject, vault.now()),
        ).fetchall()
    return [Hold(*row) for row in rows]


def _begun(conn: sqlite3.Connection, subject: str) -> bool:
    row = conn.execute("SELECT 1 FROM erasures WHERE subject = ?", (subject,)).fetchone()
    return row is not None


def _check_free(conn: sqlite3.Connection, subject: str, now: int) -> None:
    row = conn.execute(
        "SELECT basis, until FROM holds WHERE subject = ? AND (until IS NULL OR until > ?)"
        " ORDER BY until IS NULL DESC, until DESC LIMIT 1",
        (subject, now),
    ).fetchone()
    if row is not None:
        raise OnHold(*row)
