"""Copies the journal into the database beside the writer so that it does not wait for the disk."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path


class Checkpoint:
    """One at a time, in a thread; SQLite lets others read and write meanwhile.

    It copies what is committed and stops where a reader still needs the old. What it leaves, the
    writer copies itself when the journal has become long: SQLite's own rule.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Unless the last one still runs."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="checkpoint", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Waits for the one that runs."""
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with (
            suppress(sqlite3.OperationalError),  # somebody else copies
            closing(sqlite3.connect(self._database, timeout=0)) as connection,
        ):
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
