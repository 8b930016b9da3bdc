"""The one writer of the index. Each public method is one transaction, whole or not at all."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

from tallystick.chain.codec import Told
from tallystick.chain.deployment import ChainIdentity, Deployment
from tallystick.chain.errors import ChainReplaced
from tallystick.chain.hashing import keccak
from tallystick.db import Database, migrate, write
from tallystick.indexer import repository
from tallystick.indexer.bulk import insert_many
from tallystick.indexer.cursors import (
    add_book,
    begin_chain,
    move_book,
    move_chain,
    put_blocks,
    set_proven,
)
from tallystick.indexer.errors import SourceInconsistent, WriterOvertaken
from tallystick.indexer.projection import EVENT, Projection
from tallystick.indexer.refold import refold
from tallystick.indexer.repository import TX_HASH, Book, Cursor
from tallystick.indexer.schema import block_id, event_id, schema
from tallystick.indexer.source import Batch, Header, Log, told_by

WINDOW = 2_048
"""Recent blocks whose hashes are kept even without events, to find where a reorg began."""

ORPHANS = 20_000
"""Blocks taken back that are remembered."""

Turn = AbstractContextManager[object]
"""Entered around every transaction."""

_OPENING = threading.Lock()
"""Held while one of several chains is opened, which may fold the loans of all again."""


class Store:
    """Writes the events of a chain's books and what follows from them. Hold a `WriterLock`
    meanwhile.

    Writers of several chains in one process share `turn`, so that none waits for SQLite in vain.
    """

    def __init__(self, db: Database, chain_id: int, turn: Turn | None = None) -> None:
        self._db = db
        self._chain_id = chain_id
        self._turn = turn or nullcontext()
        self._chain = 0
        self._projections: dict[int, Projection] = {}
        self.books: list[Book] = []
        """The chain's books; those without `at` follow its cursor, the others catch up."""
        with self._turn:
            migrate(db, schema)

    def open(self, identity: ChainIdentity, deployment: Deployment, base: Header) -> Cursor:
        """The stored cursor, or a new one at `base`, the block before the first of `deployment`.

        Raises ChainReplaced, OtherBook.
        """
        with _OPENING:
            with self._write() as connection:
                found = connection.execute(
                    "SELECT genesis_hash FROM chains WHERE chain_id = ?", (self._chain_id,)
                ).fetchone()
                if found is None:
                    begin_chain(connection, identity, base)
                elif found[0] != identity.genesis_hash:
                    raise ChainReplaced(
                        f"chain {self._chain_id} was started anew since this index was made (its "
                        "first block differs): delete the index or use another --db"
                    )
                self._chain = connection.execute(
                    "SELECT key FROM chains WHERE chain_id = ?", (self._chain_id,)
                ).fetchone()[0]
                add_book(connection, self._chain, deployment, base)
            refold(self._db, self._write)
        self._reload()
        return self.cursor()

    def add(self, deployment: Deployment, base: Header) -> None:
        """Adds a book, unless it is known; `base` is the block before its first. Where that is
        behind the cursor, the book catches up by itself. Raises OtherBook."""
        with self._write() as connection:
            add_book(connection, self._chain, deployment, base)
        self._reload()

    def cursor(self) -> Cursor:
        """Where the index stands."""
        cursor = repository.cursor(self._db, self._chain_id)
        if cursor is None:
            raise WriterOvertaken("the index was emptied by somebody else")
        return cursor

    @property
    def first(self) -> int:
        """The first block that is indexed of any book."""
        return min(book.from_block for book in self.books)

    def hashes_below(self, number: int, limit: int) -> list[tuple[int, bytes]]:
        """Number and hash of up to `limit` stored blocks up to `number`, highest first."""
        return repository.recent_blocks(self._db, limit, number, self._chain)

    def hash_at(self, number: int) -> bytes | None:
        """Hash of a stored block."""
        found = self.hashes_below(number, 1)
        return found[0][1] if found and found[0][0] == number else None

    def proven(self) -> tuple[int, bytes]:
        """Number and hash of the block up to which no log can be missing."""
        found: tuple[int, bytes] = self._db.execute(
            "SELECT proven, proven_hash FROM chains WHERE key = ?", [self._chain]
        ).fetchone()
        return found

    def set_proven(self, number: int, hash_: bytes) -> None:
        """Up to this block no log can be missing."""
        with self._write() as connection:
            set_proven(connection, self._chain, number, hash_)

    def finalized(self) -> int | None:
        """Number of the newest block that the chain called final while we held it."""
        return repository.standing(self._db, self._chain_id).finalized

    def set_finality(self, safe: int | None, finalized: int | None) -> None:
        """What the chain calls safe and finalized, unless it knew better before."""
        known = repository.standing(self._db, self._chain_id)
        new = [
            max((n for n in pair if n is not None), default=None)
            for pair in zip(known[1:], (safe, finalized), strict=True)
        ]
        if new != [*known[1:]]:
            with self._write() as connection:
                connection.execute(
                    "UPDATE chains SET safe = ?, finalized = ? WHERE key = ?", (*new, self._chain)
                )

    def blocks(self, first: int, last: int) -> Batch:
        """What is stored of these blocks; of headers only those that are kept, without bloom; of
        logs those of books that follow the cursor."""
        chain = self._chain
        rows = self._db.execute(
            "SELECT number, hash, parent, timestamp, 0 FROM blocks WHERE id BETWEEN ? AND ?",
            [block_id(first, chain), block_id(last, chain)],
        )
        bounds = event_id(first, 0, chain), event_id(last + 1, 0, chain)
        logs = self._db.execute(_LOGS, bounds)
        return Batch(list(map(Header._make, rows)), list(map(Log._make, logs)))

    def append(
        self,
        cursor: Cursor,
        batches: Iterable[Batch],
        head: int,
        *,
        proven: bool = False,
    ) -> Cursor:
        """Adds blocks that follow `cursor` and each other; returns the new one.

        However many batches there are, each loan is written once, at the end.
        `proven`: no log of the blocks can be missing, nor of any below.

        Raises LedgerMismatch, and SourceInconsistent for blocks that do not follow.
        """
        new = cursor
        try:
            with self._write() as connection:
                for batch in batches:
                    new = self._append(connection, new, batch, head)
                self._put_loans(connection)
                self._prune(connection, cursor.number, new.number)
                if proven:
                    set_proven(connection, self._chain, new.number, new.hash)
        except BaseException:
            self._forget()
            raise
        return new

    def fold_some(self) -> bool:
        """Does a little of what the end of `append` has to do; False when nothing is left of it.
        Raises LedgerMismatch."""
        return any(projection.fold_some() for projection in self._projections.values())

    def catch_up(self, book: Book, batch: Batch) -> None:
        """Adds blocks that follow `book.at`, with the logs of that book alone.

        Raises LedgerMismatch, and SourceInconsistent if they are not those that are stored.
        """
        last = batch.headers[-1]
        hashes = {header.number: header.hash for header in batch.headers}
        known = self.hashes_below(last.number, len(batch.headers))
        if any(hashes.get(number, hash_) != hash_ for number, hash_ in known):
            raise SourceInconsistent(
                f"the node has other blocks than the index up to {last.number}"
            )
        with_events = {log.block_number for log in batch.logs}
        try:
            with self._write() as connection:
                move_book(connection, book, (last.number, last.hash))
                put_blocks(
                    connection, self._chain, [h for h in batch.headers if h.number in with_events]
                )
                self._put_logs(connection, batch)
                self._put_loans(connection)
        except BaseException:
            self._forget()
            raise
        self._reload()

    def join(self, book: Book, cursor: Cursor) -> None:
        """From `cursor` on the book, which has come there, is read together with the others."""
        if book.at != cursor[:2]:
            raise ValueError(f"book {book.address} is not at block {cursor.number}")
        with self._write() as connection:
            move_book(connection, book, None)
            (base,) = self.hashes_below(book.from_block - 1, 1)
            if self.proven() > base:  # its logs were not looked for when the blocks were proven
                set_proven(connection, self._chain, *base)
        self._reload()

    def restart(self, book: Book, base: Header) -> None:
        """Takes back all that is known of a book that catches up, to read it again."""
        with self._write() as connection:
            move_book(connection, book, (base.number, base.hash))
            for statement in (
                "DELETE FROM event_rows WHERE event IN (SELECT id FROM events WHERE book_id = ?)",
                "DELETE FROM transactions WHERE id IN (SELECT id FROM events WHERE book_id = ?)",
                "DELETE FROM events WHERE book_id = ?",
                "DELETE FROM loans WHERE book_id = ?",
            ):
                connection.execute(statement, (book.id,))
        self._forget()
        self._reload()

    def rewind(self, cursor: Cursor, ancestor: Header) -> Cursor:
        """Takes back every block above `ancestor` and folds the touched loans again."""
        self._forget()
        chain = self._chain
        above = event_id(ancestor.number + 1, 0, chain), event_id(0, 0, chain + 1)
        with self._write() as connection:
            touched = connection.execute(
                "SELECT DISTINCT loan, book_id FROM events "
                "WHERE id >= ? AND id < ? AND loan IS NOT NULL",
                above,
            ).fetchall()
            connection.executemany("DELETE FROM loans WHERE id = ?", [(id_,) for id_, _ in touched])
            connection.execute("DELETE FROM events WHERE id >= ? AND id < ?", above)
            connection.execute("DELETE FROM event_rows WHERE event >= ? AND event < ?", above)
            connection.execute("DELETE FROM transactions WHERE id >= ? AND id < ?", above)
            self._take_back_blocks(connection, ancestor)
            for book, projection in self._projections.items():
                again = [loan for loan, of in touched if of == book and loan < above[0]]
                projection.fold_again(connection, again)
            new = Cursor(ancestor.number, ancestor.hash, ancestor.timestamp)
            move_chain(connection, self._chain, cursor, new, self._live())
            connection.execute(
                "UPDATE books SET number = ?, hash = ? WHERE chain_id = ? AND number >= ?",
                (new.number, new.hash, self._chain_id, new.number),
            )
            if self.proven()[0] >= new.number:
                set_proven(connection, self._chain, new.number, new.hash)
            connection.execute(
                "UPDATE chains SET safe = min(safe, number), finalized = min(finalized, number) "
                "WHERE key = ?",
                (chain,),
            )
        self._reload()
        return new

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._turn, write(self._db) as connection:
            yield connection

    def _forget(self) -> None:
        for projection in self._projections.values():
            projection.forget()

    def _reload(self) -> None:
        """Reads the books again; what is known of their loans is kept."""
        self.books = repository.books(self._db, self._chain_id)
        for book in self.books:
            if book.id not in self._projections:
                self._projections[book.id] = Projection(self._db, self._chain, book)

    def _take_back_blocks(self, connection: sqlite3.Connection, ancestor: Header) -> None:
        above = block_id(ancestor.number + 1, self._chain), block_id(0, self._chain + 1)
        connection.execute(
            "INSERT INTO orphans (chain, hash, number, ancestor, ancestor_hash) "
            "SELECT ?, hash, number, ?, ? FROM blocks WHERE id >= ? AND id < ? ORDER BY id",
            (self._chain, ancestor.number, ancestor.hash, *above),
        )
        connection.execute(
            "DELETE FROM orphans WHERE id <= (SELECT max(id) FROM orphans) - ?", (ORPHANS,)
        )
        connection.execute("DELETE FROM blocks WHERE id >= ? AND id < ?", above)
        if ancestor.number < self.first:  # the base may have been replaced
            first = block_id(0, self._chain)
            connection.execute("DELETE FROM blocks WHERE id >= ? AND id < ?", (first, above[1]))
            put_blocks(connection, self._chain, [ancestor])

    def _append(
        self, connection: sqlite3.Connection, cursor: Cursor, batch: Batch, head: int
    ) -> Cursor:
        if batch.headers[0].parent != cursor.hash:
            raise SourceInconsistent(f"block {batch.headers[0].number} does not follow {cursor}")
        last = batch.headers[-1]
        new = Cursor(last.number, last.hash, last.timestamp)
        move_chain(connection, self._chain, cursor, new, self._live())
        with_events = {log.block_number for log in batch.logs}
        put_blocks(
            connection,
            self._chain,
            [h for h in batch.headers if h.number > head - WINDOW or h.number in with_events],
        )
        self._put_logs(connection, batch)
        return new

    def _live(self) -> int:
        """How many books follow the cursor."""
        return sum(not book.at for book in self.books)

    def _put_logs(self, connection: sqlite3.Connection, batch: Batch) -> None:
        base = event_id(0, 0, self._chain)
        codes = {base | place: code for place, code in batch.codes.items()}
        _put_rows(connection, codes)
        times = {header.number: header.timestamp for header in batch.headers}
        told = told_by(batch.logs) if batch.told is None else batch.told
        for book, (logs, of_logs) in _by_book(batch.logs, told, len(self.books)).items():
            events, transactions = self._projections[book].add(logs, of_logs, times, codes)
            insert_many(connection, "events", EVENT, events)
            connection.executemany("INSERT INTO transactions VALUES (?, ?)", transactions)

    def _put_loans(self, connection: sqlite3.Connection) -> None:
        for projection in self._projections.values():
            projection.write(connection)

    def _prune(self, connection: sqlite3.Connection, old: int, new: int) -> None:
        """Forgets blocks without events that leave the window; those before a book's first stay."""
        first = max(old - WINDOW + 1, self.first)
        connection.execute(
            "DELETE FROM blocks AS b WHERE id BETWEEN ? AND ? AND NOT EXISTS "
            "(SELECT 1 FROM events e WHERE e.id >= b.id << 20 AND e.id < (b.id + 1) << 20)",
            (block_id(max(0, first), self._chain), block_id(max(0, new - WINDOW), self._chain)),
        )


_Logs = tuple[list[Log], list[Told | None]]


def _by_book(logs: list[Log], told: list[Told | None], books: int) -> dict[int, _Logs]:
    """Logs by their book, with what each tells."""
    if books == 1 and logs:
        return {logs[0].book: (logs, told)}
    found: dict[int, _Logs] = {}
    for log, said in zip(logs, told, strict=True):
        of_book, of_logs = found.setdefault(log.book, ([], []))
        of_book.append(log)
        of_logs.append(said)
    return found


def _put_rows(connection: sqlite3.Connection, codes: Mapping[int, bytes]) -> None:
    hashes = {event: keccak(code) for event, code in codes.items()}
    connection.executemany(
        "INSERT OR IGNORE INTO custom_rows VALUES (?, ?)",
        [(hashes[event], code) for event, code in codes.items()],
    )
    connection.executemany("INSERT INTO event_rows VALUES (?, ?)", hashes.items())


_LOGS = (
    f"SELECT e.block_number, e.log_index, b.hash, {TX_HASH}, e.topics, e.data, e.book_id "  # noqa: S608 - our text
    "FROM events e JOIN blocks b ON b.id = e.id >> 20 "
    "WHERE e.id >= ? AND e.id < ? "
    "AND e.book_id IN (SELECT id FROM books WHERE number IS NULL) ORDER BY e.id"
)
