"""Which turns were done, in the database of the service."""

from __future__ import annotations

from typing import NamedTuple

from tallystick.db import Database, Migrations, write
from tallystick.jobs.job import Turn

schema = Migrations("jobs")


@schema()
def m001_turns(db: Database) -> None:
    """One row for each turn that was done, and one for each that failed last. Unix seconds; turns
    by the chain's clock, `at` by the machine's."""
    db.executescript("""
    CREATE TABLE job_turns (
        name TEXT NOT NULL,
        began INTEGER NOT NULL,
        at INTEGER NOT NULL,
        done INTEGER NOT NULL CHECK (done IN (0, 1)),
        told TEXT NOT NULL,
        PRIMARY KEY (name, began)
    ) STRICT;
    """)


class Kept(NamedTuple):
    """A turn: when it began, when it ran, whether it was done, and what it told or why not."""

    began: int
    at: int
    done: bool
    told: str


def exists(db: Database) -> bool:
    """Whether any job ever ran on this database."""
    table = "SELECT 1 FROM sqlite_schema WHERE name = 'job_turns'"
    return db.execute(table).fetchone() is not None


def last_done(db: Database, name: str) -> int | None:
    """When the last turn began that a job has done."""
    row = db.execute("SELECT max(began) FROM job_turns WHERE name = ? AND done", (name,)).fetchone()
    return None if row[0] is None else int(row[0])


def newest(db: Database, name: str) -> Kept | None:
    """A job's newest turn."""
    row = db.execute(
        "SELECT began, at, done, told FROM job_turns WHERE name = ? ORDER BY began DESC LIMIT 1",
        (name,),
    ).fetchone()
    return None if row is None else Kept(row[0], row[1], bool(row[2]), row[3])


def keep(db: Database, name: str, turn: Turn, at: int, told: str, *, done: bool) -> None:
    """Notes a turn that ran; one that is done stays done."""
    with write(db) as conn:
        conn.execute(
            "INSERT INTO job_turns (name, began, at, done, told) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (name, began) DO UPDATE"
            " SET at = excluded.at, done = excluded.done, told = excluded.told WHERE NOT done",
            (name, turn.begin, at, int(done), told),
        )
