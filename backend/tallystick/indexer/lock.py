"""One writer per index: a lock of the operating system, gone with the process that holds it."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tallystick.indexer.errors import WriterBusy


class WriterLock:
    """Holds ``<database>.lock`` from construction to `release`; raises WriterBusy."""

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(self._file, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise WriterBusy(
                f"another indexer (process {owner}) writes {database}: stop it, or use another --db"
            ) from None
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())

    def release(self) -> None:
        """Lets the next writer in. The file stays: removing it would let two in at once."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class Shared(WriterLock):
    """One lock for the indexers of several chains in one process, which write in turn."""

    def __init__(self, database: Path) -> None:
        super().__init__(database)
        self.turn = threading.Lock()
