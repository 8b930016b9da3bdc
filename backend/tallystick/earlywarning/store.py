"""Triggers as records: opened when a rule fires first, closed when it no longer does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tallystick.db import Database, Migrations, migrate, open_database, write
from tallystick.earlywarning.triggers import Action, Trigger

schema = Migrations("early warning")


@schema()
def m001_triggers(db: Database) -> None:
    """One row for every time that a rule fired for a loan without pause; days since 1970-01-01."""
    db.executescript("""
    CREATE TABLE triggers (
        id INTEGER PRIMARY KEY,
        loan_id BLOB NOT NULL,
        code TEXT NOT NULL,
        urgency INTEGER NOT NULL,
        action TEXT NOT NULL,
        facts TEXT NOT NULL,
        model TEXT,
        opened_day INTEGER NOT NULL,
        seen_day INTEGER NOT NULL,
        closed_day INTEGER
    ) STRICT;

    CREATE UNIQUE INDEX triggers_open ON triggers (loan_id, code) WHERE closed_day IS NULL;
    CREATE INDEX triggers_by_urgency ON triggers (urgency, id) WHERE closed_day IS NULL;
    """)


@schema()
def m002_looks(db: Database) -> None:
    """One row for every look, by stage, and the newest score of every loan that was scored."""
    db.executescript("""
    CREATE TABLE looks (
        day INTEGER PRIMARY KEY,
        model TEXT,
        collected INTEGER NOT NULL,
        looked_at INTEGER NOT NULL,
        missing TEXT NOT NULL,
        scored INTEGER NOT NULL,
        opened INTEGER NOT NULL,
        kept INTEGER NOT NULL,
        closed INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE scores (
        loan_id BLOB PRIMARY KEY,
        day INTEGER NOT NULL,
        pd_ppm INTEGER NOT NULL,
        model TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """)


@dataclass(frozen=True, slots=True)
class Look:
    """What a day's look came to: loans whose events were collected, those that ran and were looked
    at, how often each column had no value, how many were scored. `model` as in `Record`."""

    day: int
    model: str | None
    collected: int
    looked_at: int
    missing: dict[str, int]
    scored: int


@dataclass(frozen=True, slots=True)
class Record:
    """A stored trigger. `model` is the hash of the card that was used, if one was."""

    id: int
    loan_id: bytes
    trigger: Trigger
    model: str | None
    opened_day: int
    seen_day: int
    closed_day: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """How many records a day's run opened, left open and closed."""

    opened: int
    kept: int
    closed: int


def open_triggers_file(path: Path) -> Database:
    """The file of triggers, made if there is none."""
    db = open_database(path)
    migrate(db, schema)
    return db


def note(
    db: Database, fired: Mapping[bytes, Iterable[Trigger]], day: int, model: str | None = None
) -> Change:
    """Brings the records to what fired on `day`, for all running loans at once.

    The same day again changes nothing.
    """
    rows = {(loan, one.code): one for loan, found in fired.items() for one in found}
    with write(db) as conn:
        known = {
            (loan, code): id_
            for id_, loan, code in conn.execute(
                "SELECT id, loan_id, code FROM triggers WHERE closed_day IS NULL"
            )
        }
        gone = [(day, known[key]) for key in known.keys() - rows.keys()]
        conn.executemany("UPDATE triggers SET closed_day = ? WHERE id = ?", gone)
        conn.executemany(
            "INSERT INTO triggers (loan_id, code, urgency, action, facts, model, opened_day,"
            " seen_day) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (loan_id, code) WHERE closed_day IS NULL"
            " DO UPDATE SET facts = excluded.facts, model = excluded.model,"
            " seen_day = excluded.seen_day",
            [
                (
                    loan,
                    one.code,
                    one.urgency,
                    one.action.value,
                    json.dumps(one.facts, sort_keys=True),
                    model,
                    day,
                    day,
                )
                for (loan, _), one in sorted(rows.items())
            ],
        )
    kept = len(rows.keys() & known.keys())
    return Change(len(rows) - kept, kept, len(gone))


def keep_look(db: Database, look: Look, scores: Mapping[bytes, int], change: Change) -> None:
    """Notes a look, and the scores (millionths) in place of those of the look before.

    The same day again replaces what was said of it, but adds up the triggers.
    """
    with write(db) as conn:
        conn.execute(
            "INSERT INTO looks (day, model, collected, looked_at, missing, scored, opened, kept,"
            " closed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day) DO UPDATE SET"
            " model = excluded.model, collected = excluded.collected,"
            " looked_at = excluded.looked_at, missing = excluded.missing,"
            " scored = excluded.scored, opened = opened + excluded.opened, kept = excluded.kept,"
            " closed = closed + excluded.closed",
            (
                *(look.day, look.model, look.collected, look.looked_at),
                *(json.dumps(look.missing, sort_keys=True), look.scored),
                *(change.opened, change.kept, change.closed),
            ),
        )
        conn.execute("DELETE FROM scores")
        conn.executemany(
            "INSERT INTO scores (loan_id, day, pd_ppm, model) VALUES (?, ?, ?, ?)",
            [(loan, look.day, ppm, look.model) for loan, ppm in sorted(scores.items())],
        )


def scores_of(db: Database) -> dict[bytes, int]:
    """Probability to fall late, in millionths, of every loan that the newest look scored."""
    return dict(db.execute("SELECT loan_id, pd_ppm FROM scores").fetchall())


def open_records(db: Database, limit: int = 100, loan_id: bytes | None = None) -> list[Record]:
    """Up to `limit` open triggers, of all loans or one, the most urgent and oldest first."""
    found = db.execute(
        "SELECT id, loan_id, code, urgency, action, facts, model, opened_day, seen_day, closed_day"
        " FROM triggers WHERE closed_day IS NULL AND loan_id = coalesce(?, loan_id)"
        " ORDER BY urgency, id LIMIT ?",
        [loan_id, limit],
    )
    return [
        Record(
            row[0], row[1], Trigger(row[2], row[3], Action(row[4]), json.loads(row[5])), *row[6:]
        )
        for row in found
    ]
