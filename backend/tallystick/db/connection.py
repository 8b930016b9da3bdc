"""Connections to SQLite and the two kinds of transactions on them.

Every database is in WAL mode: one writer, and readers that never wait for it and see one snapshot
per transaction. `synchronous` is the only choice:

- FULL, the default: a commit survives a power cut. For facts that exist nowhere else.
- NORMAL, for what can be rebuilt: a commit survives the death of the process; after a power cut
  the file is consistent, but the last commits may be missing. An index then simply continues from
  the cursor it finds, because events, projections and cursor are committed together.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tallystick.db.database import Database
from tallystick.db.errors import DatabaseMissing

BUSY_SECONDS = 10.0
"""How long a writer waits for another writer's transaction."""

_PAUSE = 0.005
"""Seconds between two tries of what SQLite does not wait for."""
_PAGE_BYTES = 16_384
"""Four times the default: rows of half a kilobyte fill pages better, trees are lower, and a commit
of many rows takes a fifth less time. One of a few rows writes more, but no more often."""
_WAL_BYTES = 1 << 26
"""Length of the journal, from which on it is copied into a file that many rows are written to."""


def open_database(
    path: Path, *, readonly: bool = False, rebuildable: bool = False, scattered: bool = False
) -> Database:
    """Opens the file, creating it unless `readonly`; raises DatabaseMissing.

    `rebuildable` chooses synchronous NORMAL. `scattered`, which `rebuildable` implies, is for files
    of which one transaction writes many rows at random places: their pages stay in memory. The
    connection may move between threads, but only one may use it at a time.
    """
    if readonly and not path.exists():
        raise DatabaseMissing(f"no database at {path}: run `tallystick index` first")
    if not readonly:
        path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'ro' if readonly else 'rwc'}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,  # transactions begin where `write` and `snapshot` say
        check_same_thread=False,
        cached_statements=256,
    )
    if readonly:
        connection.execute("PRAGMA query_only = ON")
    else:
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # of a new file
        _keep_a_journal(connection)
        connection.execute(f"PRAGMA synchronous = {'NORMAL' if rebuildable else 'FULL'}")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
        if rebuildable or scattered:
            connection.execute("PRAGMA cache_size = -32768")
            (page,) = connection.execute("PRAGMA page_size").fetchone()
            connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_BYTES // page}")
    connection.execute("PRAGMA foreign_keys = ON")
    return Database(connection)


def _keep_a_journal(connection: sqlite3.Connection) -> None:
    """Puts the file into WAL mode. While others do the same with a new file, SQLite says at once
    that it is busy, whatever the connection's patience."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() >= until:
                raise
            time.sleep(_PAUSE)
        else:
            return


@contextmanager
def patient(db: Database, seconds: float) -> Iterator[None]:
    """Waits so long for another writer's transaction meanwhile."""
    db.execute(f"PRAGMA busy_timeout = {int(1000 * seconds)}")
    try:
        yield
    finally:
        db.execute(f"PRAGMA busy_timeout = {int(1000 * BUSY_SECONDS)}")


@contextmanager
def write(db: Database) -> Iterator[sqlite3.Connection]:
    """One write transaction: committed whole at the end, rolled back by any exception."""
    connection = db.conn
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def snapshot(db: Database) -> Iterator[Database]:
    """Everything read inside belongs to one moment, whatever is written meanwhile."""
    connection = db.conn
    connection.execute("BEGIN")
    try:
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()  # takes the snapshot
        yield db
    finally:
        connection.execute("ROLLBACK")
