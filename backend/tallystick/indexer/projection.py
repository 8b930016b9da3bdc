"""From logs to rows: events as they are, and loans folded, each written once for many events."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, get_args

from tallystick.chain import codec
from tallystick.db import Database
from tallystick.indexer import repository, rows
from tallystick.indexer.bulk import insert_many
from tallystick.indexer.repository import Book
from tallystick.indexer.schema import MOST_LOGS, event_id
from tallystick.indexer.source import Log
from tallystick.loans.account import Account
from tallystick.loans.errors import LedgerMismatch
from tallystick.loans.events import (
    Amended,
    BookEvent,
    Change,
    Closed,
    CollectFailed,
    Credited,
    EventRef,
    Originated,
)
from tallystick.loans.kinds import Status
from tallystick.loans.tally import Tally

_CACHED_LOANS = 40_000
_PAID = codec.TOPICS["Paid"]
_CHANGES = get_args(Change)


Steady = tuple[Status, int | None, str]
"""Status, latest amendment and holder."""


class Projection:
    """What follows from one book's events. `add` and `write` make up one transaction.

    Into another table than `loans` only whole loans can be written, by `fold_again`.
    """

    def __init__(self, db: Database, chain: int, book: Book, table: str = "loans") -> None:
        self._db = db
        self._table = table
        self._chain_id = book.chain_id
        self._book = book.address
        self.book_id = book.id
        self._base = event_id(0, 0, chain)
        # Loans by their 32-byte id, each with the id of its row. Only an accelerator.
        self._loans: dict[bytes, tuple[int, Tally[int]]] = {}
        self._terms: dict[bytes, int] = {}  # ids of their latest amendments, where there is one
        # What decides `STEADY` columns as they are written, by the id of the row.
        self._steady: dict[int, Steady] = {}
        self._touched: set[bytes] = set()
        self._new: dict[int, tuple[Any, ...]] = {}

    def forget(self) -> None:
        """Drops what may be ahead of the database, after a rollback."""
        self._loans.clear()
        self._terms.clear()
        self._steady.clear()
        self._touched.clear()
        self._new.clear()

    def add(
        self, logs: Iterable[Log], times: Mapping[int, int], codes: Mapping[int, bytes]
    ) -> list[tuple[Any, ...]]:
        """Folds the book's logs in chain order, given the timestamps of their blocks and the custom
        rows of their terms by the id of the event. Returns the values of the columns `EVENT`.

        Raises LedgerMismatch, LogUndecodable.
        """
        touched, book_id, base, blob = self._touched.add, self.book_id, self._base, bytearray
        known, amounts = self._loans.get, codec.paid_amounts
        events = []
        number = -1
        first = time = 0
        for log in logs:
            block, index, _, tx_hash, topics, data, _ = log
            if block != number:
                number, first, time = block, base | event_id(block, 0), times[block]
            if index >= MOST_LOGS:
                raise OverflowError(f"log {index} of block {block}: no block has so many")
            id_ = first + index
            loan = None
            if topics[:32] == _PAID:  # most are, and it needs no event to be made
                loan_id = topics[32:64]
                loan, tally = known(loan_id) or self._find(loan_id, topics)
                tally.pay(time, *amounts(topics, data))
                touched(loan_id)
            elif (found := codec.loan_id_of(topics)) is None:
                self._decode(log, times)  # that it can be
            else:
                loan = self._apply(found, id_, log, times, codes)
                touched(found)
            events.append((id_, book_id, loan, blob(tx_hash), blob(topics), blob(data)))
        return events

    def write(self, connection: sqlite3.Connection) -> None:
        """Writes every loan touched since the last time."""
        inserts, payments, updates, changes = [], [], [], []
        closed = []  # of which hardly anything more is heard
        # in the order of the rows, which spares SQLite half of its searching
        for row, tally in sorted(map(self._loans.__getitem__, self._touched), key=itemgetter(0)):
            tally.end()
            if tally.plain:
                payments.append((*rows.plain_values(tally), row))
                continue
            terms = self._terms.get(tally.loan_id)
            new, values = self._new.get(row), rows.mutable_values(tally, terms)
            steady = _steady(tally, terms)
            if new:
                inserts.append((*new, *rows.steady_values(tally), *values))
            elif self._steady[row] == steady:
                updates.append((*values, row))
            else:
                changes.append((*rows.steady_values(tally), *values, row))
            self._steady[row] = steady
            if tally.account.status is Status.CLOSED:
                closed.append(tally.loan_id)
            tally.plain = not tally.account.agreement.conditions.guarantee_days
        try:
            insert_many(connection, self._table, _COLUMNS, inserts)
        except sqlite3.IntegrityError as error:
            raise LedgerMismatch(b"", "origination", "unique", str(error)) from error
        connection.executemany(_PAY_LOAN, payments)
        connection.executemany(_UPDATE_LOAN, updates)
        connection.executemany(_CHANGE_LOAN, changes)
        self._touched.clear()
        self._new.clear()
        self._drop(closed)
        if len(self._loans) > _CACHED_LOANS:  # the older half
            self._drop(list(islice(self._loans, len(self._loans) // 2)))

    def _drop(self, loans: Iterable[bytes]) -> None:
        for loan_id in loans:
            del self._steady[self._loans.pop(loan_id)[0]]
            self._terms.pop(loan_id, None)

    def fold_again(self, connection: sqlite3.Connection, loans: Sequence[int]) -> None:
        """Makes the rows of these loans, deleted before, from the events that are stored."""
        for loan in loans:
            found = connection.execute(_EVENTS_OF_LOAN, (loan,)).fetchall()
            codes = {self._base | event_id(*row[:2]): row[8] for row in found if row[8]}
            times = {row[0]: row[7] for row in found}
            self.add((Log(*row[:7]) for row in found), times, codes)
            if len(self._touched) >= _CACHED_LOANS:
                self.write(connection)
        self.write(connection)

    def _find(self, loan_id: bytes, topics: bytes) -> tuple[int, Tally[int]]:
        found = self._loans.get(loan_id)
        if found is None:
            stored = repository.get_tally(self._db, self.book_id, loan_id)
            if stored is None:
                kind = codec.event_name(topics)
                raise LedgerMismatch(loan_id, "first event", "Originated", kind)
            row, tally, terms = stored
            self._loans[loan_id] = found = row, tally
            self._steady[row] = _steady(tally, terms)
            if terms is not None:
                self._terms[loan_id] = terms
        return found

    def _apply(
        self,
        loan_id: bytes,
        id_: int,
        log: Log,
        times: Mapping[int, int],
        codes: Mapping[int, bytes],
    ) -> int:
        event = rows.with_rows(self._decode(log, times), codes.get(id_))
        if isinstance(event, Originated):
            if loan_id in self._loans:
                raise LedgerMismatch(loan_id, "origination", "unique", "a second one")
            self._loans[loan_id] = id_, Tally(loan_id, Account(event.agreement), event.lender)
            self._new[id_] = rows.immutable_values(id_, self.book_id, event)
            return id_
        loan, tally = self._find(loan_id, log.topics)
        match event:
            case Closed():
                tally.close(id_)
            case Credited():
                tally.credit(event.amount)
            case CollectFailed():
                tally.fail(id_)
            case Amended():
                tally.follow(event)
                self._terms[loan_id] = id_
            case _ if isinstance(event, _CHANGES):
                tally.follow(event)
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


def _steady(tally: Tally[int], terms: int | None) -> Steady:
    return tally.account.status, terms, tally.holder


EVENT = "id", "book_id", "loan", "tx_hash", "topics", "data"
"""Columns of an event."""
_COLUMNS = (*rows.IMMUTABLE, *rows.STEADY, *rows.MUTABLE)


def _update(columns: Sequence[str]) -> str:
    values = ", ".join(f"{column} = ?" for column in columns)
    return f"UPDATE loans SET {values} WHERE id = ?"  # noqa: S608 - our names


_PAY_LOAN = _update(rows.PLAIN)
_UPDATE_LOAN = _update(rows.MUTABLE)
_CHANGE_LOAN = _update((*rows.STEADY, *rows.MUTABLE))
_EVENTS_OF_LOAN = (
    "SELECT e.block_number, e.log_index, b.hash, e.tx_hash, e.topics, e.data, e.book_id, "
    "b.timestamp, c.code FROM events e JOIN blocks b ON b.id = e.id >> 20 "
    "LEFT JOIN event_rows r ON r.event = e.id LEFT JOIN custom_rows c ON c.hash = r.hash "
    "WHERE e.loan = ? ORDER BY e.id"
)
