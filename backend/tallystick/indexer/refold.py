"""Makes every loan again when the rules that fold events to loans have changed.

The new loans are made in a table of their own, a short transaction at a time, while readers are
served the old ones at the block where the index stands. When all are there, one transaction puts
the new table in the place of the old. A writer that is killed goes on with what it had made, unless
the events changed meanwhile, as when an earlier release was started again.
"""

# ruff: noqa: S608 - only names of our own tables are put into queries

from __future__ import annotations

import hashlib
import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.indexer.errors import WriterOvertaken
from tallystick.indexer.projection import Projection
from tallystick.indexer.schema import FOLD, loans_ddl

_FIRST_LOANS, _MOST_LOANS = 64, 4_096
_SLICE_SECONDS = 0.2
"""Wanted length of a transaction: others write into the database as well."""

logger = logging.getLogger(__name__)

Write = Callable[[], AbstractContextManager[sqlite3.Connection]]


def refold(db: Database, write: Write) -> None:
    """Brings the loans to this release's fold, if they are of another. Raises LedgerMismatch."""
    if db.execute("SELECT 1 FROM chains WHERE fold <> ? LIMIT 1", [FOLD]).fetchone():
        Refolding(db, write).run()


class Refolding:
    """The new loans while they are made, in the table ``loans_<fold>``."""

    def __init__(self, db: Database, write: Write) -> None:
        self._db = db
        self._write = write
        self._table = f"loans_{FOLD}"
        keys = dict(db.execute("SELECT chain_id, key FROM chains").fetchall())
        self._projections = {
            book.id: Projection(db, keys[book.chain_id], book, self._table)
            for book in repository.books(db)
        }

    def run(self) -> None:
        """Makes them, and puts them in the place of the old."""
        base = self._base()
        done = self._begin(base)
        if self._db.execute("SELECT 1 FROM events LIMIT 1").fetchone():
            logger.warning("folding every loan again; readers keep the old ones until it is done")
        size = _FIRST_LOANS
        while loans := self._after(done, size):
            began = time.monotonic()
            with self._write() as connection:
                for book, projection in self._projections.items():
                    projection.fold_again(connection, [id_ for id_, of in loans if of == book])
            done = loans[-1][0]
            slow = time.monotonic() - began > _SLICE_SECONDS
            size = max(1, size // 2) if slow else min(2 * size, _MOST_LOANS)
        self._switch(base)

    def _after(self, loan: int, limit: int) -> list[tuple[int, int]]:
        """Ids of the next loans and of their books."""
        return self._db.execute(
            "SELECT DISTINCT e.loan, (SELECT book_id FROM events o WHERE o.id = e.loan) "
            "FROM events e WHERE e.loan > ? ORDER BY e.loan LIMIT ?",
            [loan, limit],
        ).fetchall()

    def _base(self) -> bytes:
        """What the new loans are made of: where every chain and every book stands."""
        where = (
            "SELECT key, number, hash FROM chains ORDER BY key",
            "SELECT id, number, hash FROM books ORDER BY id",
        )
        found = [self._db.execute(query).fetchall() for query in where]
        return hashlib.sha256(repr(found).encode()).digest()

    def _begin(self, base: bytes) -> int:
        """Goes on with what was made of the same events, or begins; the last loan that is made."""
        known = self._db.execute("SELECT base FROM refolds WHERE fold = ?", [FOLD]).fetchone()
        if known != (base,):
            with self._write() as connection:
                drafts = connection.execute(
                    "SELECT name FROM sqlite_schema "
                    "WHERE type = 'table' AND name GLOB 'loans_[0-9]*'"
                ).fetchall()
                for (draft,) in drafts:
                    connection.execute(f"DROP TABLE {draft}")
                for statement in loans_ddl(self._table):
                    connection.execute(statement)
                connection.execute("DELETE FROM refolds")
                connection.execute("INSERT INTO refolds VALUES (?, ?)", (FOLD, base))
        found = self._db.execute(f"SELECT coalesce(max(id), -1) FROM {self._table}").fetchone()
        last: int = found[0]
        return last

    def _switch(self, base: bytes) -> None:
        with self._write() as connection:
            if self._base() != base:
                raise WriterOvertaken("somebody else wrote while the loans were folded again")
            connection.execute("DROP TABLE loans")
            connection.execute(f"ALTER TABLE {self._table} RENAME TO loans")
            connection.execute("DELETE FROM refolds")
            connection.execute("UPDATE chains SET fold = ?", (FOLD,))
