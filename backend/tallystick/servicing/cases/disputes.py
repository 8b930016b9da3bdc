"""Disputes about a loan, complaints about us, feedback: filed once, answered in time by another."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final, Literal

from tallystick.db import Database
from tallystick.identity.vault.vault import new_id
from tallystick.servicing.errors import CaseOver, CaseUnknown, OwnCase
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

Kind = Literal["dispute", "complaint", "feedback"]
Outcome = Literal["upheld", "partly_upheld", "rejected"]
TOPICS: Final = (
    "amount",
    "payment_missing",
    "not_my_loan",
    "terms",
    "contacts",
    "conduct",
    "data",
    "product",
    "other",
)
_COLUMNS = (
    "dispute_id, kind, loan_id, subject, topic, filed_at, due_day, state, outcome, answerer,"
    " closed_at"
)


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute, complaint or piece of feedback; it is to be answered by the end of `due_day`."""

    dispute_id: str
    kind: Kind
    loan_id: bytes | None
    subject: str
    topic: str
    filed_at: int
    due_day: int
    state: str
    outcome: Outcome | None
    answerer: str | None
    closed_at: int | None

    def overdue(self, today: int) -> bool:
        """Whether nobody answered in time."""
        return self.state == "open" and today > self.due_day


def file(
    conn: sqlite3.Connection,
    subject: str,
    kind: Kind,
    topic: str,
    loan_id: bytes | None,
    times: tuple[int, int],
) -> Dispute:
    """Files a matter; `times` are now and the day by which it is to be answered."""
    now, due_day = times
    made = Dispute(
        new_id("dispute"), kind, loan_id, subject, topic, now, due_day, "open", None, None, None
    )
    conn.execute(
        f"INSERT INTO disputes ({_COLUMNS})"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'open', NULL, NULL, NULL)",
        (made.dispute_id, kind, loan_id, subject, topic, now, due_day),
    )
    append(conn, Fact(subject, f"file_{kind}", made.dispute_id, topic), now)
    return made


def answer(
    conn: sqlite3.Connection, answerer: str, dispute_id: str, outcome: Outcome, now: int
) -> Dispute:
    """A person's answer. Raises `CaseUnknown`, `CaseOver`, `OwnCase` for one's own and for one
    about a loan whose case is one's own."""
    found = get(conn, dispute_id)
    if found.state != "open":
        raise CaseOver(found.state)
    works = conn.execute(
        "SELECT 1 FROM collections WHERE loan_id = ? AND assignee = ? AND state <> 'closed'",
        (found.loan_id, answerer),
    ).fetchone()
    if found.subject == answerer or works:
        raise OwnCase("somebody else must answer this")
    conn.execute(
        "UPDATE disputes SET state = 'answered', outcome = ?, answerer = ?, closed_at = ?"
        " WHERE dispute_id = ?",
        (outcome, answerer, now, dispute_id),
    )
    append(conn, Fact(answerer, "answer_dispute", dispute_id, outcome), now)
    return get(conn, dispute_id)


def withdraw(conn: sqlite3.Connection, subject: str, dispute_id: str, now: int) -> Dispute:
    """Takes one's own matter back. Raises `CaseUnknown`, `CaseOver`."""
    found = get(conn, dispute_id)
    if found.subject != subject:
        raise CaseUnknown(f"there is no matter {dispute_id} of yours")
    if found.state != "open":
        raise CaseOver(found.state)
    conn.execute(
        "UPDATE disputes SET state = 'withdrawn', closed_at = ? WHERE dispute_id = ?",
        (now, dispute_id),
    )
    append(conn, Fact(subject, "withdraw_dispute", dispute_id), now)
    return get(conn, dispute_id)


def get(conn: sqlite3.Connection, dispute_id: str) -> Dispute:
    """Raises `CaseUnknown`."""
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM disputes WHERE dispute_id = ?",  # noqa: S608
        (dispute_id,),
    ).fetchone()
    if row is None:
        raise CaseUnknown(f"there is no matter {dispute_id}")
    return Dispute(*row)


def waiting(db: Database, limit: int, after: Dispute | None = None) -> list[Dispute]:
    """What waits for an answer, the one that is due first at the head."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM disputes WHERE state = 'open'"  # noqa: S608
        " AND (:day IS NULL OR (due_day, dispute_id) > (:day, :id))"
        " ORDER BY due_day, dispute_id LIMIT :limit",
        {"day": after and after.due_day, "id": after and after.dispute_id, "limit": limit},
    )
    return [Dispute(*row) for row in rows]


def of_subject(db: Database, subject: str, limit: int, after: Dispute | None) -> list[Dispute]:
    """A subject's matters, the newest first, those after `after`."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM disputes WHERE subject = :subject"  # noqa: S608
        " AND (:at IS NULL OR (filed_at, dispute_id) < (:at, :id))"
        " ORDER BY filed_at DESC, dispute_id DESC LIMIT :limit",
        {
            "subject": subject,
            "at": after and after.filed_at,
            "id": after and after.dispute_id,
            "limit": limit,
        },
    )
    return [Dispute(*row) for row in rows]


def of_loan(db: Database, loan_id: bytes) -> list[Dispute]:
    """Every matter about a loan, the oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM disputes WHERE loan_id = ? ORDER BY filed_at",  # noqa: S608
        (loan_id,),
    )
    return [Dispute(*row) for row in rows]
