"""What borrowers are to be told after a close: facts with a key, so that nobody is told twice.

How, in which language and at which hour is for whoever sends them: `notices_after` is its list.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from tallystick.db import Database
from tallystick.servicing.close.line import Line
from tallystick.servicing.policy import Notices

DUE_SOON, DUE_TODAY, OVERDUE = "due_soon", "due_today", "overdue"
CURED, CLOSED, CORRECTED = "cured", "closed", "corrected"
KINDS = (DUE_SOON, DUE_TODAY, OVERDUE, CURED, CLOSED, CORRECTED)


class Call(NamedTuple):
    """A notice that a line asks for; `number` of days before or past due."""

    kind: str
    due_day: int
    number: int

    def key(self, loan_id: bytes) -> str:
        """The same for the same thing to tell, whenever and how often it is found."""
        return f"{loan_id.hex()}:{self.kind}:{self.due_day}:{self.number}"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it waits to be sent. `day`: the business date whose close found it; it is read on
    the next one. Amounts in `facts` are integer strings in base units."""

    id: int
    key: str
    loan_id: bytes
    borrower: str
    kind: str
    day: int
    facts: dict[str, Any]


def calls(before: Line | None, line: Line, day: int, policy: Notices) -> list[Call]:
    """What follows from a line, given the one before it."""
    found = []
    if before is not None and before.due_day is not None:
        if not line.runs:
            found.append(Call(CLOSED, before.due_day, 0))
        elif before.days > 0 and line.days == 0:
            found.append(Call(CURED, before.due_day, 0))
    if line.due_day is None:
        return found
    ahead = line.due_day - (day + 1)
    if ahead in policy.before_due:
        found.append(Call(DUE_SOON, line.due_day, ahead))
    elif ahead == 0 and policy.on_due:
        found.append(Call(DUE_TODAY, line.due_day, 0))
    elif line.days in policy.after_due:
        found.append(Call(OVERDUE, line.due_day, line.days))
    return found


Row = tuple[str, bytes, str, str, int, dict[str, Any], int]
"""Key, loan, borrower, kind, day, facts, time."""


def put(conn: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Files notices; one whose key is known stays as it is."""
    conn.executemany(
        "INSERT INTO notices_due (key, loan_id, borrower, kind, day, facts, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
        [(*row[:5], json.dumps(row[5], sort_keys=True), row[6]) for row in rows],
    )


def notices_after(db: Database, after: int, limit: int = 100) -> list[Notice]:
    """Up to `limit` notices, in the order in which they were found, after one with this id."""
    rows = db.execute(
        "SELECT id, key, loan_id, borrower, kind, day, facts FROM notices_due WHERE id > ?"
        " ORDER BY id LIMIT ?",
        (after, limit),
    )
    return list(_notices(rows))


def notices_of(db: Database, loan_id: bytes) -> list[Notice]:
    """Every notice about a loan, in order."""
    rows = db.execute(
        "SELECT id, key, loan_id, borrower, kind, day, facts FROM notices_due WHERE loan_id = ?"
        " ORDER BY id",
        (loan_id,),
    )
    return list(_notices(rows))


def _notices(rows: Iterable[Any]) -> Iterator[Notice]:
    for id_, key, loan_id, borrower, kind, day, facts in rows:
        yield Notice(id_, key, loan_id, borrower, kind, day, json.loads(facts))
