"""The one writer of the index. Each public method is one transaction, whole or not at all."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence

from tallystick.chain.deployment import ChainIdentity, Deployment
from tallystick.chain.errors import ChainReplaced
from tallystick.chain.hashing import keccak
from tallystick.db import Database, migrate, write
from tallystick.indexer import repository
from tallystick.indexer.bulk import insert_many
from tallystick.indexer.errors import OtherBook, WriterOvertaken
from tallystick.indexer.projection import EVENT, Projection
from tallystick.indexer.repository import Cursor
from tallystick.indexer.schema import FOLD, LOANS, event_id, schema
from tallystick.indexer.source import Batch, Header, Log

WINDOW = 2_048
"""Recent blocks whose hashes are kept even without events, to find where a reorg began."""

_LOANS_AT_ONCE = 10_000
ORPHANS = 20_000
"""Blocks taken back that are remembered."""

logger = logging.getLogger(__name__)


class Store:
    """Writes one book's events and what follows from them. Hold a `WriterLock` meanwhile."""

    def __init__(self, db: Database, deployment: Deployment) -> None:
        self._db = db
        self._deployment = deployment
        self._chain_id = deployment.chain_id
        self._projection = Projection(db, deployment.chain_id, deployment.book)
        migrate(db, schema)

    def open(self, identity: ChainIdentity, base: Header) -> Cursor:
        """The stored cursor, or a new one at `base`, the block before the first to index.

        Raises ChainReplaced, OtherBook.
        """
        with write(self._db) as connection:
            found = connection.execute("SELECT chain_id, genesis_hash FROM chains").fetchone()
            if found is None:
                self._begin(connection, identity, base)
            elif found != (self._chain_id, identity.genesis_hash):
                if found[0] != self._chain_id:
                    raise OtherBook(
                        f"this index is of chain {found[0]}, not {self._chain_id}: use another --db"
                    )
                raise ChainReplaced(
                    f"chain {self._chain_id} was started anew since this index was made (its first "
                    "block differs): delete the index or use another --db"
                )
            known = repository.book(self._db)
            if known is None or (known.address, known.from_block) != (
                self._deployment.book,
                self._deployment.from_block,
            ):
                raise OtherBook(
                    f"this index is of the book {known and known.address} from block "
                    f"{known and known.from_block}, not {self._deployment.book} from block "
                    f"{self._deployment.from_block}: use another --db"
                )
            self._projection.book_id = connection.execute("SELECT id FROM books").fetchone()[0]
            if connection.execute("SELECT fold FROM chains").fetchone() != (FOLD,):
                self._fold_everything(connection)
        return self.cursor()

    def cursor(self) -> Cursor:
        """Where the index stands."""
        cursor = repository.cursor(self._db)
        if cursor is None:
            raise WriterOvertaken("the index was emptied by somebody else")
        return cursor

    def hashes_below(self, number: int, limit: int) -> list[tuple[int, bytes]]:
        """Number and hash of up to `limit` stored blocks up to `number`, highest first."""
        return self._db.execute(
            "SELECT number, hash FROM blocks WHERE number <= ? ORDER BY number DESC LIMIT ?",
            [number, limit],
        ).fetchall()

    def hash_at(self, number: int) -> bytes | None:
        """Hash of a stored block."""
        found = self.hashes_below(number, 1)
        return found[0][1] if found and found[0][0] == number else None

    def proven(self) -> tuple[int, bytes]:
        """Number and hash of the block up to which no log can be missing."""
        found = self._db.execute("SELECT proven, proven_hash FROM chains").fetchone()
        if found[0] is None:
            return self.hashes_below(self._deployment.from_block - 1, 1)[0]
        return found[0], found[1]

    def set_proven(self, number: int, hash_: bytes) -> None:
        """Up to this block no log can be missing."""
        with write(self._db) as connection:
            _prove(connection, number, hash_)

    def finalized(self) -> int | None:
        """Number of the newest block that the chain called final while we held it."""
        return repository.standing(self._db).finalized

    def set_finality(self, safe: int | None, finalized: int | None) -> None:
        """What the chain calls safe and finalized, unless it knew better before."""
        known = repository.standing(self._db)
        new = [
            max((n for n in pair if n is not None), default=None)
            for pair in zip(known[1:], (safe, finalized), strict=True)
        ]
        if new != [*known[1:]]:
            with write(self._db) as connection:
                connection.execute("UPDATE chains SET safe = ?, finalized = ?", new)

    def blocks(self, first: int, last: int) -> Batch:
        """What is stored of these blocks; of headers only those that are kept, without bloom."""
        rows = self._db.execute(
            "SELECT number, hash, parent, timestamp, 0 FROM blocks WHERE number BETWEEN ? AND ?",
            [first, last],
        )
        logs = self._db.execute(_LOGS, [event_id(first, 0), event_id(last + 1, 0)])
        return Batch(list(map(Header._make, rows)), list(map(Log._make, logs)))

    def append(
        self,
        cursor: Cursor,
        batch: Batch,
        head: int,
        codes: Mapping[int, bytes],
        *,
        proven: bool = False,
    ) -> Cursor:
        """Adds the blocks that follow `cursor`; returns the new one. Raises LedgerMismatch.

        `codes` are the custom rows that terms in the batch name, by the id of the event.
        `proven`: no log of the blocks can be missing, nor of any below.
        """
        try:
            with write(self._db) as connection:
                _put_rows(connection, codes)
                new = self._append(connection, cursor, batch, head, codes)
                if proven:
                    _prove(connection, new.number, new.hash)
        except BaseException:
            self._projection.forget()
            raise
        return new

    def rewind(self, cursor: Cursor, ancestor: Header) -> Cursor:
        """Takes back every block above `ancestor` and folds the touched loans again."""
        self._projection.forget()
        above = (event_id(ancestor.number + 1, 0),)
        with write(self._db) as connection:
            touched = connection.execute(
                "SELECT DISTINCT loan FROM events WHERE id >= ? AND loan IS NOT NULL", above
            ).fetchall()
            connection.executemany("DELETE FROM loans WHERE id = ?", touched)
            connection.execute("DELETE FROM events WHERE id >= ?", above)
            connection.execute("DELETE FROM event_rows WHERE event >= ?", above)
            self._remember_orphans(connection, ancestor)
            connection.execute("DELETE FROM blocks WHERE number > ?", (ancestor.number,))
            if ancestor.number < self._deployment.from_block:  # the base may have been replaced
                connection.execute("DELETE FROM blocks")
                _put_blocks(connection, [ancestor])
            self._projection.fold_again(
                connection, [loan for (loan,) in touched if loan < above[0]]
            )
            new = Cursor(ancestor.number, ancestor.hash, ancestor.timestamp)
            self._move(connection, cursor, new)
            if self.proven()[0] > new.number:
                _prove(connection, new.number, new.hash)
            connection.execute(
                "UPDATE chains SET safe = min(safe, number), finalized = min(finalized, number)"
            )
        return new

    def _fold_everything(self, connection: sqlite3.Connection) -> None:
        """Makes all loans again, by this release's rules; what the chain said stays."""
        if connection.execute("SELECT 1 FROM events LIMIT 1").fetchone():
            logger.warning("folding every loan again; readers keep the old ones until it is done")
        connection.execute("DROP TABLE loans")
        for statement in LOANS.split(";\n"):
            connection.execute(statement)
        loans = connection.execute(
            "SELECT DISTINCT loan FROM events WHERE loan IS NOT NULL ORDER BY loan"
        )
        while some := loans.fetchmany(_LOANS_AT_ONCE):
            self._projection.fold_again(connection, [loan for (loan,) in some])
        connection.execute("UPDATE chains SET fold = ?", (FOLD,))

    def _remember_orphans(self, connection: sqlite3.Connection, ancestor: Header) -> None:
        connection.execute(
            "INSERT INTO orphans (hash, number, ancestor, ancestor_hash) "
            "SELECT hash, number, ?, ? FROM blocks WHERE number > ? ORDER BY number",
            (ancestor.number, ancestor.hash, ancestor.number),
        )
        connection.execute(
            "DELETE FROM orphans WHERE id <= (SELECT max(id) FROM orphans) - ?", (ORPHANS,)
        )

    def _begin(self, connection: sqlite3.Connection, identity: ChainIdentity, base: Header) -> None:
        connection.execute(
            "INSERT INTO chains (chain_id, genesis_hash, number, hash, timestamp, fold) "
            "VALUES (?, ?, ?, ?, ?, 0)",  # the tables may be those of an earlier release
            (self._chain_id, identity.genesis_hash, base.number, base.hash, base.timestamp),
        )
        connection.execute(
            "INSERT INTO books (chain_id, address, from_block) VALUES (?, ?, ?)",
            (self._chain_id, self._deployment.book, self._deployment.from_block),
        )
        _put_blocks(connection, [base])

    def _append(
        self,
        connection: sqlite3.Connection,
        cursor: Cursor,
        batch: Batch,
        head: int,
        codes: Mapping[int, bytes],
    ) -> Cursor:
        last = batch.headers[-1]
        new = Cursor(last.number, last.hash, last.timestamp)
        self._move(connection, cursor, new)
        with_events = {log.block_number for log in batch.logs}
        _put_blocks(
            connection,
            [h for h in batch.headers if h.number > head - WINDOW or h.number in with_events],
        )
        times = {header.number: header.timestamp for header in batch.headers}
        events = self._projection.add(batch.logs, times, codes)
        insert_many(connection, "events", EVENT, events)
        self._projection.write(connection)
        self._prune(connection, cursor.number, new.number)
        return new

    def _move(self, connection: sqlite3.Connection, old: Cursor, new: Cursor) -> None:
        moved = connection.execute(
            "UPDATE chains SET number = ?, hash = ?, timestamp = ? "
            "WHERE chain_id = ? AND number = ? AND hash = ?",
            (*new, self._chain_id, old.number, old.hash),
        )
        if moved.rowcount != 1:
            raise WriterOvertaken(f"the stored cursor is no longer at block {old.number}")

    def _prune(self, connection: sqlite3.Connection, old: int, new: int) -> None:
        """Forgets blocks without events that leave the window; the base block stays."""
        connection.execute(
            "DELETE FROM blocks WHERE number > ? AND number <= ? AND number >= ? AND NOT EXISTS "
            "(SELECT 1 FROM events e WHERE e.id >= number << 20 AND e.id < (number + 1) << 20)",
            (old - WINDOW, new - WINDOW, self._deployment.from_block),
        )


def _put_rows(connection: sqlite3.Connection, codes: Mapping[int, bytes]) -> None:
    hashes = {event: keccak(code) for event, code in codes.items()}
    connection.executemany(
        "INSERT OR IGNORE INTO custom_rows VALUES (?, ?)",
        [(hashes[event], code) for event, code in codes.items()],
    )
    connection.executemany("INSERT INTO event_rows VALUES (?, ?)", hashes.items())


def _put_blocks(connection: sqlite3.Connection, headers: Sequence[Header]) -> None:
    connection.executemany(
        "INSERT INTO blocks VALUES (?, ?, ?, ?)",
        [(h.number, h.hash, h.parent, h.timestamp) for h in headers],
    )


def _prove(connection: sqlite3.Connection, number: int, hash_: bytes) -> None:
    connection.execute("UPDATE chains SET proven = ?, proven_hash = ?", (number, hash_))


_LOGS = (
    "SELECT e.block_number, e.log_index, b.hash, e.tx_hash, e.topics, e.data "
    "FROM events e JOIN blocks b ON b.number = e.block_number "
    "WHERE e.id >= ? AND e.id < ? ORDER BY e.id"
)
