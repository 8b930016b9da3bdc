"""From logs to rows: events as they are, and loans folded, each written once for many events."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from tallystick.chain import codec
from tallystick.db import Database
from tallystick.indexer import repository, rows
from tallystick.indexer.schema import event_id
from tallystick.indexer.source import Log
from tallystick.loans.account import Account
from tallystick.loans.agreement import Status
from tallystick.loans.errors import LedgerMismatch
from tallystick.loans.events import (
    BookEvent,
    Closed,
    CollectFailed,
    Credited,
    EventRef,
    Originated,
)
from tallystick.loans.tally import Tally

_CACHED_LOANS = 50_000
_PAID = codec.TOPICS["Paid"]


class Projection:
    """What follows from one book's events. `begin`, `add` and `write` make up one transaction."""

    def __init__(self, db: Database, chain_id: int, book: str) -> None:
        self._db = db
        self._chain_id = chain_id
        self._book = book
        self.book_id = 0
        # Loans by their 32-byte id, each with the id of its row. Only an accelerator.
        self._loans: dict[bytes, tuple[int, Tally[int]]] = {}
        # What is written of a column in many indexes, which SQLite would all write again.
        self._status: dict[int, Status] = {}
        self._touched: set[bytes] = set()
        self._new: dict[int, tuple[Any, ...]] = {}

    def forget(self) -> None:
        """Drops what may be ahead of the database, after a rollback."""
        self._loans.clear()
        self._status.clear()
        self._touched.clear()
        self._new.clear()

    def add(self, logs: Iterable[Log], times: Mapping[int, int]) -> list[tuple[Any, ...]]:
        """Folds logs in chain order, given the timestamps of their blocks. Returns the values of
        `INSERT_EVENT`. Raises LedgerMismatch, LogUndecodable."""
        touched, book_id = self._touched.add, self.book_id
        known, amounts = self._loans.get, codec.paid_amounts
        events = []
        for log in logs:
            block, index, _, tx_hash, topics, data = log
            id_ = event_id(block, index)
            loan = None
            if topics[:32] == _PAID:  # most are, and it needs no event to be made
                loan_id = topics[32:64]
                loan, tally = known(loan_id) or self._find(loan_id, topics)
                tally.pay(times[block], *amounts(topics, data))
                touched(loan_id)
            elif (found := codec.loan_id_of(topics)) is None:
                self._decode(log, times)  # that it can be
            else:
                loan = self._apply(found, id_, log, times)
                touched(found)
            events.append((id_, book_id, loan, tx_hash, topics, data))
        return events

    def write(self, connection: sqlite3.Connection) -> None:
        """Writes every loan touched since the last time."""
        inserts, updates, changes = [], [], []
        for loan_id in self._touched:
            row, tally = self._loans[loan_id]
            new, values = self._new.get(row), rows.mutable_values(tally)
            if new:
                inserts.append((*new, *values))
            elif self._status[row] is tally.account.status:
                updates.append((*values[1:], row))
            else:
                changes.append((*values, row))
            self._status[row] = tally.account.status
        try:
            connection.executemany(_INSERT_LOAN, sorted(inserts))
        except sqlite3.IntegrityError as error:
            raise LedgerMismatch(b"", "origination", "unique", str(error)) from error
        connection.executemany(_UPDATE_LOAN, updates)
        connection.executemany(_CHANGE_LOAN, changes)
        self._touched.clear()
        self._new.clear()
        if len(self._loans) > _CACHED_LOANS:  # the older half
            for loan_id in list(islice(self._loans, len(self._loans) // 2)):
                del self._status[self._loans.pop(loan_id)[0]]

    def fold_again(self, connection: sqlite3.Connection, loans: Sequence[int]) -> None:
        """Makes the rows of these loans, deleted before, from the events that are stored."""
        for loan in loans:
            found = connection.execute(_EVENTS_OF_LOAN, (loan,)).fetchall()
            self.add((Log(*row[:6]) for row in found), {row[0]: row[6] for row in found})
            if len(self._touched) >= _CACHED_LOANS:
                self.write(connection)
        self.write(connection)

    def _find(self, loan_id: bytes, topics: bytes) -> tuple[int, Tally[int]]:
        found = self._loans.get(loan_id)
        if found is None:
            found = repository.get_tally(self._db, loan_id)
            if found is None:
                kind = codec.event_name(topics)
                raise LedgerMismatch(loan_id, "first event", "Originated", kind)
            self._loans[loan_id] = found
            self._status[found[0]] = found[1].account.status
        return found

    def _apply(self, loan_id: bytes, id_: int, log: Log, times: Mapping[int, int]) -> int:
        event = self._decode(log, times)
        if isinstance(event, Originated):
            if loan_id in self._loans:
                raise LedgerMismatch(loan_id, "origination", "unique", "a second one")
            self._loans[loan_id] = id_, Tally(loan_id, Account(event.agreement))
            self._new[id_] = rows.immutable_values(id_, self.book_id, event)
            return id_
        loan, tally = self._find(loan_id, log.topics)
        match event:
            case Closed():
                tally.close(id_)
            case Credited():
                tally.credited += event.amount
            case CollectFailed():
                tally.failed = id_
        return loan

    def _decode(self, log: Log, times: Mapping[int, int]) -> BookEvent:
        number = log.block_number
        ref = EventRef(
            self._chain_id,
            self._book,
            number,
            log.block_hash,
            times[number],
            log.tx_hash,
            log.log_index,
        )
        return codec.decode(log.topics, log.data, ref)


def _insert(table: str, columns: Sequence[str]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our names


INSERT_EVENT = _insert("events", ("id", "book_id", "loan", "tx_hash", "topics", "data"))
_INSERT_LOAN = _insert("loans", (*rows.IMMUTABLE, *rows.MUTABLE))
_SET = [f"{column} = ?" for column in rows.MUTABLE]
_CHANGE_LOAN = f"UPDATE loans SET {', '.join(_SET)} WHERE id = ?"  # noqa: S608 - our names
_UPDATE_LOAN = f"UPDATE loans SET {', '.join(_SET[1:])} WHERE id = ?"  # noqa: S608 - our names
_EVENTS_OF_LOAN = (
    "SELECT e.block_number, e.log_index, b.hash, e.tx_hash, e.topics, e.data, b.timestamp "
    "FROM events e JOIN blocks b ON b.number = e.block_number WHERE e.loan = ? ORDER BY e.id"
)
