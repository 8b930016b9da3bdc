"""What borrowers do changes what they are offered: looked at daily, told with the reason.

Every application looks at its subject's books by itself; what is kept here is for telling people
when their standing moves, up or down, and for whoever audits it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tallystick.db import Database, write
from tallystick.decisions.policy import Policy
from tallystick.decisions.standing import standing_of

USUAL = 100


class Moved(NamedTuple):
    """A standing from a Unix second on: grades up or down, per cent of the usual limit, why."""

    at: int
    grade_shift: int
    limit_pct: int
    en: str
    zh: str


def look(
    db: Database,
    subject: str,
    books: Mapping[str, int | None],
    policy: Policy,
    release: str,
    now: int,
) -> Moved | None:
    """Looks at what the books say of a subject, and keeps its standing if it moved.

    Raises `FactMissing`.
    """
    found = standing_of(books, policy)
    row = db.execute(
        "SELECT grade_shift, limit_pct FROM lending_standings WHERE subject = ?"
        " ORDER BY number DESC LIMIT 1",
        (subject,),
    ).fetchone()
    if (row or (0, USUAL)) == (found.grade_shift, found.limit_pct):
        return None
    with write(db) as conn:
        conn.execute(
            "INSERT INTO lending_standings"
            " (subject, release, at, grade_shift, limit_pct, reason, en, zh)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                subject,
                release,
                now,
                found.grade_shift,
                found.limit_pct,
                found.reason.code,
                found.reason.en,
                found.reason.zh,
            ),
        )
    return Moved(now, found.grade_shift, found.limit_pct, found.reason.en, found.reason.zh)


def moves_of(db: Database, subject: str) -> list[Moved]:
    """How a subject's standing moved, newest first."""
    rows = db.execute(
        "SELECT at, grade_shift, limit_pct, en, zh FROM lending_standings WHERE subject = ?"
        " ORDER BY number DESC",
        (subject,),
    )
    return [Moved(*row) for row in rows]


def moved_since(db: Database, since: int) -> list[tuple[str, Moved, Moved | None]]:
    """Subjects whose standing moved at `since` (Unix seconds) or later, in that order: how it
    moved, and from what; None for the usual."""
    rows = db.execute(
        "SELECT DISTINCT subject FROM lending_standings WHERE at >= ? ORDER BY subject", (since,)
    ).fetchall()
    found = []
    for (subject,) in rows:
        moves = moves_of(db, subject)
        before = [*moves[1:], None]
        found += [
            (subject, moved, former)
            for moved, former in zip(moves, before, strict=True)
            if moved.at >= since
        ]
    return sorted(found, key=lambda each: each[1].at)


def is_up(moved: Moved, former: Moved | None) -> bool:
    """Whether more is lent than before, or on better terms."""
    before = (USUAL, 0) if former is None else (former.limit_pct, former.grade_shift)
    return (moved.limit_pct, moved.grade_shift) > before


def subjects(db: Database) -> list[str]:
    """Everybody for whom something was ever decided, in the order of their first application."""
    rows = db.execute("SELECT subject FROM decisions GROUP BY subject ORDER BY min(number)")
    return [subject for (subject,) in rows]
