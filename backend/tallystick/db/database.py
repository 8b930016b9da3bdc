"""A connection to SQLite, with sqlite-utils behind it for whoever asks."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import sqlite_utils


class Database:
    """One connection; a context manager that closes it.

    `tables` is sqlite-utils on the same connection, loaded when first asked for: it imports pandas
    and numpy wherever they are installed, which takes longer than all the rest of a start.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.conn = connection

    def execute(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> sqlite3.Cursor:
        """One statement."""
        return self.conn.execute(sql, parameters)

    def executescript(self, sql: str) -> None:
        """Several statements; a transaction that is open stays open."""
        self.tables.executescript(sql)

    @cached_property
    def tables(self) -> sqlite_utils.Database:
        """The same connection through sqlite-utils."""
        import sqlite_utils

        return sqlite_utils.Database(self.conn, recursive_triggers=False, execute_plugins=False)

    def __getitem__(self, table: str) -> Any:
        return self.tables[table]

    def close(self) -> None:
        """Closes the connection."""
        self.conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
