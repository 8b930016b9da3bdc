"""Decisions in the database: what is kept of each in the open."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from tallystick.db import Database
from tallystick.decisions.errors import DecisionUnknown
from tallystick.decisions.policy import Verdict
from tallystick.decisions.releases import Arm

_COLUMNS = (
    "decision_id, subject, external_id, decided_at, release, arm, product, segment, outcome, grade,"
    " reasons, inputs, output, offer_id, amount, valid_until"
)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. `inputs` and `output` are SHA-256 over salt and canonical JSON of what is
    sealed; `reasons` are codes. Amount in hundredths, times in Unix seconds."""

    decision_id: str
    subject: str
    external_id: str | None
    decided_at: int
    release: str
    arm: Arm
    product: str
    segment: str
    outcome: Verdict
    grade: str | None
    reasons: tuple[str, ...]
    inputs: bytes
    output: bytes
    offer_id: str | None
    amount: int | None
    valid_until: int | None

    def leaf(self) -> bytes:
        """SHA-256 of everything here: what the daily root is made of."""
        members = (
            self.decision_id,
            str(self.decided_at),
            self.release,
            self.arm,
            self.outcome,
            self.inputs.hex(),
            self.output.hex(),
        )
        return hashlib.sha256(b"\x00" + "\n".join(members).encode()).digest()


def insert(conn: sqlite3.Connection, decision: Decision) -> None:
    """Adds a decision within the caller's transaction."""
    conn.execute(
        f"INSERT INTO decisions ({_COLUMNS})"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            decision.decision_id,
            decision.subject,
            decision.external_id,
            decision.decided_at,
            decision.release,
            decision.arm,
            decision.product,
            decision.segment,
            decision.outcome,
            decision.grade,
            json.dumps(decision.reasons),
            decision.inputs,
            decision.output,
            decision.offer_id,
            decision.amount,
            decision.valid_until,
        ),
    )


def put_offer(
    conn: sqlite3.Connection, decision_id: str, offer_id: str, amount: int, valid_until: int
) -> None:
    """Adds the offer that a person's review led to, within the caller's transaction."""
    conn.execute(
        "UPDATE decisions SET offer_id = ?, amount = ?, valid_until = ? WHERE decision_id = ?",
        (offer_id, amount, valid_until, decision_id),
    )


def get(db: Database, decision_id: str) -> Decision:
    """Raises `DecisionUnknown`."""
    rows = _select(db, "decision_id = ?", decision_id)
    if not rows:
        raise DecisionUnknown(f"there is no decision {decision_id}")
    return rows[0]


def by_external_id(db: Database, subject: str, external_id: str) -> Decision | None:
    """The decision that a subject asked for under its own id."""
    rows = _select(db, "subject = ? AND external_id = ?", subject, external_id)
    return rows[0] if rows else None


def of_subject(db: Database, subject: str) -> list[Decision]:
    """A subject's decisions, newest first."""
    return _select(db, "subject = ? ORDER BY number DESC", subject)


def between(db: Database, since: int, until: int) -> list[Decision]:
    """Decisions of `since` and later, before `until`, oldest first."""
    return _select(db, "decided_at >= ? AND decided_at < ? ORDER BY number", since, until)


def newest(db: Database) -> int:
    """Number of the last decision; 0 before the first."""
    found = db.execute("SELECT coalesce(max(number), 0) FROM decisions").fetchone()
    return int(found[0])


def after(db: Database, number: int, limit: int) -> list[tuple[int, Decision]]:
    """Up to `limit` decisions with their numbers, in order, that follow one."""
    rows = db.execute(
        f"SELECT number, {_COLUMNS} FROM decisions WHERE number > ? ORDER BY number LIMIT ?",  # noqa: S608
        (number, limit),
    )
    return [(row[0], _decision(row[1:])) for row in rows]


def count_of(db: Database | sqlite3.Connection, subject: str) -> int:
    """How many decisions a subject has."""
    found = db.execute("SELECT count(*) FROM decisions WHERE subject = ?", (subject,)).fetchone()
    return int(found[0])


def _select(db: Database, where: str, *parameters: object) -> list[Decision]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM decisions WHERE {where}", parameters)  # noqa: S608
    return [_decision(row) for row in rows]


def _decision(row: Any) -> Decision:
    members = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Decision(**members | {"reasons": tuple(json.loads(members["reasons"]))})
