"""Objections to decisions that a machine took: a person looks again, within a month.

Why somebody objects, and what the reviewer explains, are sealed in the vault; here are ids, words
and times.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from tallystick.db import write
from tallystick.identity.rights.errors import (
    ObjectionClosed,
    ObjectionFiled,
    ObjectionUnknown,
    OwnObjection,
)
from tallystick.identity.vault import RecordUnknown, Vault
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.vault import new_id
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

ANSWER_SECONDS = 30 * 86_400
"""Within one month (GDPR, article 12 (3))."""
UPHELD, OVERTURNED = "upheld", "overturned"


@dataclass(frozen=True, slots=True)
class Objection:
    """One objection. Times are Unix seconds; `outcome` None while it waits."""

    objection_id: str
    subject: str
    decision: str
    filed_at: int
    due_at: int
    outcome: str | None
    reviewer: str | None
    answered_at: int | None


@dataclass(frozen=True, slots=True)
class Words:
    """What the subject and the reviewer wrote."""

    grounds: str
    explanation: str | None


_COLUMNS = "objection_id, subject, decision, filed_at, due_at, outcome, reviewer, answered_at"


class Objections:
    """Objections in the table `objections`. Safe to share between threads."""

    def __init__(self, file: PrivateFile, vault: Vault) -> None:
        self._file = file
        self._vault = vault

    def file(self, subject: str, decision: str, grounds: str) -> Objection:
        """Objects to a decision. Raises `ObjectionFiled` when the subject already did."""
        now = self._vault.now()
        made = Objection(
            new_id("objection"), subject, decision, now, now + ANSWER_SECONDS, None, None, None
        )
        with self._file.open() as db, write(db) as conn:
            try:
                conn.execute(
                    f"INSERT INTO objections ({_COLUMNS})"  # noqa: S608
                    " VALUES (?, ?, ?, ?, ?, NULL, NULL, NULL)",
                    (made.objection_id, subject, decision, made.filed_at, made.due_at),
                )
            except sqlite3.IntegrityError:
                raise ObjectionFiled from None
            append(conn, Fact(subject, "object", made.objection_id, decision), now)
            # the vault's lock comes second here and nowhere the other way round
            self._vault.put(subject, _record(made), {"grounds": grounds.encode()})
        return made

    def answer(self, reviewer: str, objection_id: str, outcome: str, explanation: str) -> Objection:
        """A person's answer, `UPHELD` or `OVERTURNED`, with the reasons for the subject.

        Raises `ObjectionUnknown`, `ObjectionClosed`, `OwnObjection`.
        """
        now = self._vault.now()
        with self._file.open() as db, write(db) as conn:
            found = _find(conn, objection_id)
            if found.outcome is not None:
                raise ObjectionClosed
            if found.subject == reviewer:
                raise OwnObjection
            conn.execute(
                "UPDATE objections SET outcome = ?, reviewer = ?, answered_at = ?"
                " WHERE objection_id = ?",
                (outcome, reviewer, now, objection_id),
            )
            append(conn, Fact(reviewer, outcome, objection_id, found.decision), now)
            answered = _find(conn, objection_id)
            grounds = self._vault.get(found.subject, _record(found)).fields["grounds"]
            self._vault.put(
                found.subject,
                _record(found),
                {"grounds": grounds, "explanation": explanation.encode()},
            )
        return answered

    def words(self, actor: str, objection_id: str) -> Words:
        """What was written; the read is in the trail. Raises `ObjectionUnknown`."""
        with self._file.open() as db, write(db) as conn:
            found = _find(conn, objection_id)
            object_ = f"{found.subject}/{objection_id}"
            append(conn, Fact(actor, "read", object_, "objection"), self._vault.now())
        try:
            fields = self._vault.get(found.subject, _record(found)).fields
        except RecordUnknown:
            raise ObjectionUnknown from None
        explanation = fields.get("explanation")
        return Words(
            fields["grounds"].decode(), None if explanation is None else explanation.decode()
        )

    def get(self, objection_id: str) -> Objection:
        """Raises `ObjectionUnknown`."""
        with self._file.open() as db:
            return _find(db.conn, objection_id)

    def about(self, subject: str, decision: str) -> Objection:
        """The subject's objection to a decision. Raises `ObjectionUnknown`."""
        found = [each for each in self.of_subject(subject) if each.decision == decision]
        if not found:
            raise ObjectionUnknown
        return found[0]

    def of_subject(self, subject: str) -> list[Objection]:
        """The subject's objections, newest first."""
        with self._file.open() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM objections WHERE subject = ?"  # noqa: S608
                " ORDER BY filed_at DESC, objection_id",
                (subject,),
            ).fetchall()
        return [Objection(*row) for row in rows]

    def waiting(self, limit: int, after: Objection | None = None) -> list[Objection]:
        """Objections without an answer, the one that is due first at the head."""
        with self._file.open() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM objections WHERE outcome IS NULL"  # noqa: S608
                " AND (:at IS NULL OR (due_at, objection_id) > (:at, :id))"
                " ORDER BY due_at, objection_id LIMIT :limit",
                {
                    "at": after and after.due_at,
                    "id": after and after.objection_id,
                    "limit": limit,
                },
            ).fetchall()
        return [Objection(*row) for row in rows]


def _record(objection: Objection) -> str:
    return f"objection:{objection.objection_id}"


def _find(conn: sqlite3.Connection, objection_id: str) -> Objection:
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM objections WHERE objection_id = ?",  # noqa: S608
        (objection_id,),
    ).fetchone()
    if row is None:
        raise ObjectionUnknown
    return Objection(*row)
