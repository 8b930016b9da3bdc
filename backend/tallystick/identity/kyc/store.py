"""Cases, their files and checks in the tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.identity.kyc.errors import CaseUnknown
from tallystick.identity.kyc.levels import Check, Kind, Level, Outcome, Part
from tallystick.identity.kyc.provider import Finding
from tallystick.trail.entry import Fact
from tallystick.trail.store import append


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding, who made it (a provider or a reviewer) and when (Unix seconds)."""

    check: Check
    finding: Finding
    judge: str
    at: int


@dataclass(frozen=True, slots=True)
class Case:
    """One case. Times are Unix seconds."""

    case_id: str
    subject: str
    kind: Kind
    level: Level
    state: str
    opened_at: int
    changed_at: int
    approval_id: str | None
    reason: str | None
    parts: tuple[Part, ...] = ()
    checks: tuple[Judged, ...] = ()


_COLUMNS = "case_id, subject, kind, level, state, opened_at, changed_at, approval_id, reason"


def find(conn: sqlite3.Connection, case_id: str) -> Case:
    """Raises `CaseUnknown`."""
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM kyc_cases WHERE case_id = ?",  # noqa: S608
        (case_id,),
    ).fetchone()
    if row is None:
        raise CaseUnknown
    files = conn.execute("SELECT part FROM kyc_files WHERE case_id = ? ORDER BY part", (case_id,))
    parts = tuple(Part(part) for (part,) in files)
    rows = conn.execute(
        'SELECT "check", outcome, reason, judge, at FROM kyc_checks WHERE case_id = ?'
        ' ORDER BY "check"',
        (case_id,),
    )
    checks = tuple(
        Judged(Check(check), Finding(Outcome(outcome), reason), judge, at)
        for check, outcome, reason, judge, at in rows
    )
    _, subject, kind, level, state, opened_at, changed_at, approval_id, reason = row
    times = (opened_at, changed_at)
    who = (case_id, subject, Kind(kind), Level(level))
    return Case(*who, state, *times, approval_id, reason, parts, checks)


def judge(
    conn: sqlite3.Connection,
    case_id: str,
    findings: Mapping[Check, Finding],
    by: str,
    now: int,
) -> None:
    """Writes findings over earlier ones, each with its entry in the trail."""
    for check, found in findings.items():
        conn.execute(
            'INSERT INTO kyc_checks (case_id, "check", outcome, reason, judge, at)'
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET outcome = excluded.outcome,"
            " reason = excluded.reason, judge = excluded.judge, at = excluded.at",
            (case_id, check, found.outcome, found.reason, by, now),
        )
        append(conn, Fact(by, f"judge_{check}", case_id, found.outcome), now)


def move(
    conn: sqlite3.Connection, case_id: str, state: str, now: int, reason: str | None = None
) -> None:
    """Puts a case into another state."""
    conn.execute(
        "UPDATE kyc_cases SET state = ?, changed_at = ?, reason = ? WHERE case_id = ?",
        (state, now, reason, case_id),
    )


def page(conn: sqlite3.Connection, state: str | None, after: Case | None, limit: int) -> list[Case]:
    """Cases in a state or all, oldest first, those after `after`."""
    rows = conn.execute(
        "SELECT case_id FROM kyc_cases WHERE state = coalesce(:state, state)"
        " AND (:at IS NULL OR (opened_at, case_id) > (:at, :id))"
        " ORDER BY opened_at, case_id LIMIT :limit",
        {
            "state": state,
            "at": after and after.opened_at,
            "id": after and after.case_id,
            "limit": limit,
        },
    ).fetchall()
    return [find(conn, case_id) for (case_id,) in rows]


def of_subject(conn: sqlite3.Connection, subject: str) -> list[Case]:
    """A subject's cases, newest first."""
    rows = conn.execute(
        "SELECT case_id FROM kyc_cases WHERE subject = ? ORDER BY opened_at DESC, case_id",
        (subject,),
    ).fetchall()
    return [find(conn, case_id) for (case_id,) in rows]
