"""The one writer of the index. Each public method is one transaction, whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlite_utils import Database

from tallystick.chain import codec
from tallystick.chain.deployment import ChainIdentity, Deployment
from tallystick.chain.errors import ChainReplaced
from tallystick.db import migrate, write
from tallystick.indexer import repository, rows
from tallystick.indexer.errors import OtherBook, WriterOvertaken
from tallystick.indexer.repository import Cursor
from tallystick.indexer.schema import schema
from tallystick.indexer.source import Batch, Header
from tallystick.loans.events import Claimed, EventRef, LoanEvent, NonceRevoked
from tallystick.loans.fold import LoanState, advance, fold

WINDOW = 2_048
"""Recent blocks whose hashes are kept even without events, to find where a reorg began."""

_CACHED_LOANS = 20_000


class Store:
    """Writes one book's events and what follows from them. Hold a `WriterLock` meanwhile."""

    def __init__(self, db: Database, deployment: Deployment) -> None:
        self._db = db
        self._deployment = deployment
        self._chain_id = deployment.chain_id
        self._book_id = 0
        # States without their payments, and how many payments are stored; only an accelerator.
        self._states: dict[bytes, tuple[LoanState, int]] = {}
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
            self._book_id = connection.execute("SELECT id FROM books").fetchone()[0]
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
            "SELECT number, hash FROM blocks WHERE chain_id = ? AND number <= ? "
            "ORDER BY number DESC LIMIT ?",
            [self._chain_id, number, limit],
        ).fetchall()

    def hash_at(self, number: int) -> bytes | None:
        """Hash of a stored block."""
        found = self.hashes_below(number, 1)
        return found[0][1] if found and found[0][0] == number else None

    def append(self, cursor: Cursor, batch: Batch, head: int) -> Cursor:
        """Adds the blocks that follow `cursor`; returns the new one. Raises LedgerMismatch."""
        try:
            with write(self._db) as connection:
                new = self._append(connection, cursor, batch, head)
        except BaseException:
            self._states.clear()  # they may be ahead of what was rolled back
            raise
        if len(self._states) > _CACHED_LOANS:
            self._states.clear()
        return new

    def rewind(self, cursor: Cursor, ancestor: Header) -> Cursor:
        """Takes back every block above `ancestor` and folds the touched loans again."""
        self._states.clear()
        with write(self._db) as connection:
            above = (self._chain_id, ancestor.number)
            touched = connection.execute(
                "SELECT DISTINCT loan_id FROM events "
                "WHERE chain_id = ? AND block_number > ? AND loan_id IS NOT NULL",
                above,
            ).fetchall()
            connection.executemany("DELETE FROM payments WHERE loan_id = ?", touched)
            connection.executemany("DELETE FROM loans WHERE loan_id = ?", touched)
            connection.execute("DELETE FROM events WHERE chain_id = ? AND block_number > ?", above)
            connection.execute("DELETE FROM blocks WHERE chain_id = ? AND number > ?", above)
            if ancestor.number < self._deployment.from_block:  # the base may have been replaced
                connection.execute("DELETE FROM blocks WHERE chain_id = ?", (self._chain_id,))
                _put_blocks(connection, self._chain_id, [ancestor])
            for (loan_id,) in touched:
                events = repository.events_of(self._db, loan_id)
                if events:
                    self._put_loans(connection, {loan_id: fold(events)}, {loan_id: 0}, {loan_id})
            new = Cursor(ancestor.number, ancestor.hash, ancestor.timestamp)
            self._move(connection, cursor, new)
        self._states.clear()
        return new

    def _begin(self, connection: sqlite3.Connection, identity: ChainIdentity, base: Header) -> None:
        connection.execute(
            "INSERT INTO chains VALUES (?, ?, ?, ?, ?)",
            (self._chain_id, identity.genesis_hash, base.number, base.hash, base.timestamp),
        )
        connection.execute(
            "INSERT INTO books (chain_id, address, from_block) VALUES (?, ?, ?)",
            (self._chain_id, self._deployment.book, self._deployment.from_block),
        )
        _put_blocks(connection, self._chain_id, [base])

    def _append(
        self, connection: sqlite3.Connection, cursor: Cursor, batch: Batch, head: int
    ) -> Cursor:
        last = batch.headers[-1]
        new = Cursor(last.number, last.hash, last.timestamp)
        self._move(connection, cursor, new)
        with_events = {log.block_number for log in batch.logs}
        _put_blocks(
            connection,
            self._chain_id,
            [h for h in batch.headers if h.number > head - WINDOW or h.number in with_events],
        )
        self._put_events(connection, batch)
        self._prune(connection, cursor.number, new.number)
        self._fold(connection, batch)
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
            "DELETE FROM blocks WHERE chain_id = ? AND number > ? AND number <= ? AND number >= ? "
            "AND NOT EXISTS (SELECT 1 FROM events e "
            "WHERE e.chain_id = blocks.chain_id AND e.block_number = blocks.number)",
            (self._chain_id, old - WINDOW, new - WINDOW, self._deployment.from_block),
        )

    def _put_events(self, connection: sqlite3.Connection, batch: Batch) -> None:
        connection.executemany(
            "INSERT INTO events (chain_id, block_number, log_index, book_id, loan_id, tx_hash, "
            "topics, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    self._chain_id,
                    log.block_number,
                    log.log_index,
                    self._book_id,
                    codec.loan_id_of(log.topics),
                    log.tx_hash,
                    log.topics,
                    log.data,
                )
                for log in batch.logs
            ],
        )

    def _fold(self, connection: sqlite3.Connection, batch: Batch) -> None:
        states: dict[bytes, LoanState] = {}
        stored: dict[bytes, int] = {}
        new: set[bytes] = set()
        for event in self._events(batch):
            loan_id = event.loan_id
            if loan_id not in stored:
                known = self._states.get(loan_id) or repository.get_loan_bare(self._db, loan_id)
                if known is None:
                    new.add(loan_id)
                    stored[loan_id] = 0
                else:
                    states[loan_id], stored[loan_id] = known
            states[loan_id] = advance(states.get(loan_id), event)
        self._put_loans(connection, states, stored, new)

    def _events(self, batch: Batch) -> Iterable[LoanEvent]:
        times = {header.number: header.timestamp for header in batch.headers}
        for log in batch.logs:
            ref = EventRef(
                self._chain_id,
                self._deployment.book,
                log.block_number,
                log.block_hash,
                times[log.block_number],
                log.tx_hash,
                log.log_index,
            )
            event = codec.decode(log.topics, log.data, ref)
            if not isinstance(event, Claimed | NonceRevoked):
                yield event

    def _put_loans(
        self,
        connection: sqlite3.Connection,
        states: dict[bytes, LoanState],
        stored: dict[bytes, int],
        new: set[bytes],
    ) -> None:
        """Writes states whose first `stored` payments are in place already."""
        inserts, updates, payments = [], [], []
        for loan_id, state in states.items():
            count = stored[loan_id] + len(state.payments)
            values = rows.mutable_values(state, count)
            if loan_id in new:
                inserts.append((*rows.immutable_values(state, self._book_id), *values))
            else:
                updates.append((*values, loan_id))
            payments += [
                rows.payment_values(loan_id, number, payment)
                for number, payment in enumerate(state.payments, stored[loan_id] + 1)
            ]
            self._states[loan_id] = (replace(state, payments=()), count)
        connection.executemany(_INSERT_LOAN, inserts)
        connection.executemany(_UPDATE_LOAN, updates)
        connection.executemany(_INSERT_PAYMENT, payments)


def _put_blocks(connection: sqlite3.Connection, chain_id: int, headers: Sequence[Header]) -> None:
    connection.executemany(
        "INSERT INTO blocks VALUES (?, ?, ?, ?, ?)",
        [(chain_id, h.number, h.hash, h.parent, h.timestamp) for h in headers],
    )


def _insert(table: str, columns: Sequence[str]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our names


_INSERT_LOAN = _insert("loans", (*rows.IMMUTABLE, *rows.MUTABLE))
_INSERT_PAYMENT = _insert("payments", rows.PAYMENT)
_SET = ", ".join(f"{column} = ?" for column in rows.MUTABLE)
_UPDATE_LOAN = f"UPDATE loans SET {_SET} WHERE loan_id = ?"  # noqa: S608 - our names
