"""Lines that were written again, and why; all within the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from tallystick.db import Database
from tallystick.servicing.close.line import Line
from tallystick.servicing.close.store import LINE


@dataclass(frozen=True, slots=True)
class Correction:
    """A line that was written again: why, what it said and what it says. `at` Unix seconds."""

    id: int
    day: int
    loan_id: bytes
    version: int
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]
    at: int


def add_version(conn: sqlite3.Connection, key: int, day: int, line: Line) -> None:
    """The next version of a line."""
    conn.execute(
        f"INSERT INTO close_lines (loan, day, version, {LINE}) SELECT :key, :day,"  # noqa: S608
        " coalesce((SELECT max(version) FROM close_lines WHERE loan = :key AND day = :day), 0) + 1,"
        " :due_day, :days, :bucket, :asset_class, :outstanding, :provision",
        {"key": key, "day": day, **line._asdict()},
    )


def add_running(conn: sqlite3.Connection, close: int, loans: int) -> None:
    """So many loans ran more than the close had counted."""
    conn.execute("UPDATE closes SET loans = loans + ? WHERE id = ?", (loans, close))


def add_correction(
    conn: sqlite3.Connection, what: tuple[int, int, str, int], before: str, after: str
) -> None:
    """Why the newest line of a loan and date was written; `what` is close, loan, reason, time."""
    close, loan, reason, at = what
    conn.execute(
        "INSERT INTO close_corrections (close, loan, version, reason, before, after, at)"
        " SELECT id, ?, (SELECT max(version) FROM close_lines WHERE loan = ? AND day = c.day),"
        " ?, ?, ?, ? FROM closes c WHERE id = ?",
        (loan, loan, reason, before, after, at, close),
    )


def corrections(db: Database, close: int, after: int, limit: int) -> list[Correction]:
    """Up to `limit` corrections of a close, in order, after the one with id `after`."""
    rows = db.execute(
        "SELECT k.id, c.day, l.loan_id, k.version, k.reason, k.before, k.after, k.at"
        " FROM close_corrections k JOIN closes c ON c.id = k.close"
        " JOIN close_loans l ON l.key = k.loan WHERE k.close = ? AND k.id > ?"
        " ORDER BY k.id LIMIT ?",
        (close, after, limit),
    )
    return [_correction(row) for row in rows.fetchall()]


def _correction(row: tuple[Any, ...]) -> Correction:
    id_, day, loan_id, version, reason, before, after, at = row
    return Correction(id_, day, loan_id, version, reason, json.loads(before), json.loads(after), at)
