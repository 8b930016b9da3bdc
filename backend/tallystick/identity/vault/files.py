"""The vault's files: opened so that what is deleted is overwritten, and scrubbed on demand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

from tallystick.db import Database, Migrations, migrate, open_database, write
from tallystick.db.connection import patient
from tallystick.identity.vault.errors import ScrubBlocked

SCRUB_SECONDS = 5.0
"""How long `scrub` waits for readers to end their transactions."""


class PrivateFile:
    """One SQLite file that its owner alone may read. Safe to share between threads."""

    def __init__(self, path: Path, *schemas: Migrations) -> None:
        self.path = path
        self._idle: SimpleQueue[Database] = SimpleQueue()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # SQLite gives the files beside it the same mode
        with self.open() as db:
            for schema in schemas:
                migrate(db, schema)

    @contextmanager
    def open(self) -> Iterator[Database]:
        """A connection of this thread's own, for a short time."""
        try:
            db = self._idle.get_nowait()
        except Empty:
            db = open_database(self.path)
            # both hold for one connection only: zeros over what is deleted, nothing in temp files
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA temp_store = MEMORY")
        try:
            yield db
        finally:
            self._idle.put(db)

    def scrub(self) -> None:
        """Leaves no byte that was deleted before this call, if any is owed, in file or log.

        `secure_delete` put zeros in place of the bytes; the checkpoint carries them into the file
        and cuts the log to nothing. Raises `ScrubBlocked`; then the work stays owed.
        """
        with self.open() as db:
            owed = db.execute("SELECT number FROM scrubs").fetchall()
            if not owed:
                return
            try:
                with patient(db, SCRUB_SECONDS):
                    (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError as error:
                raise ScrubBlocked(f"{self.path.name}: {error}") from error
            if busy:
                raise ScrubBlocked(f"{self.path.name} is being read")
            with write(db) as conn:
                conn.executemany("DELETE FROM scrubs WHERE number = ?", owed)

    def close(self) -> None:
        """Closes idle connections."""
        while not self._idle.empty():
            self._idle.get_nowait().close()


def owe_scrub(conn: sqlite3.Connection, now: int) -> None:
    """Remembers, in the transaction that deletes, that the bytes must be overwritten."""
    conn.execute("INSERT INTO scrubs (owed_at) VALUES (?)", (now,))


def keys_path(fields: Path) -> Path:
    """Where the keys of the vault with this file of fields are."""
    return fields.with_name(f"{fields.stem}-keys{fields.suffix}")
