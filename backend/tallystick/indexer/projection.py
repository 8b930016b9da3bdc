"""From logs to rows: events as they are, and loans folded, each written once for many events."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, Final, get_args

from tallystick.chain import codec
from tallystick.chain.codec import PaidAmounts, Told
from tallystick.chain.words import Terms
from tallystick.db import Database
from tallystick.indexer import repository, rows
from tallystick.indexer.bulk import insert_many
from tallystick.indexer.repository import TX_HASH, Book
from tallystick.indexer.schema import MOST_LOGS, event_id
from tallystick.indexer.source import Log, told_by
from tallystick.loans.account import Account
from tallystick.loans.errors import LedgerMismatch
from tallystick.loans.events import (
    Amended,
    BookEvent,
    Change,
    Claimed,
    Closed,
    CollectFailed,
    Credited,
    EventRef,
    NonceRevoked,
    Originated,
)
from tallystick.loans.kinds import Source, Status
from tallystick.loans.tally import Tally

_CACHED_LOANS = 40_000
_SOME = 50
"""Loans, folded in about a millisecond."""
_CHANGES = get_args(Change)
_AMOUNTS: Final = 5
"""Of a payment."""


Steady = tuple[Status, int | None, str]
"""Status, latest amendment and holder."""


class _Known:
    """A loan in memory: the id of its row, what its events add up to, and what is to be written.

    `terms` is the id of its latest amendment, `steady` what decides the columns `STEADY` as they
    are written, None before the first time; `payments` are still to be applied.
    """

    __slots__ = "payments", "row", "steady", "tally", "terms"

    def __init__(self, row: int, tally: Tally[int], terms: int | None = None) -> None:
        self.row = row
        self.tally = tally
        self.terms = terms
        self.steady: Steady | None = None
        self.payments: list[tuple[int, PaidAmounts, Source]] = []

    def pay(self) -> None:
        """Applies the payments that were gathered. Raises LedgerMismatch."""
        if self.payments:
            payments, self.payments = self.payments, []
            self.tally.pay_all(payments)

    def steady_now(self) -> Steady:
        return self.tally.account.status, self.terms, self.tally.holder


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
        self._loans: dict[bytes, _Known] = {}  # by their 32-byte id; only an accelerator
        self._touched: set[_Known] = set()
        self._gathered: list[_Known] = []
        self._new: dict[int, tuple[Any, ...]] = {}

    def forget(self) -> None:
        """Drops what may be ahead of the database, after a rollback."""
        self._loans.clear()
        self._touched.clear()
        self._gathered.clear()
        self._new.clear()

    def add(
        self,
        logs: Iterable[Log],
        told: Iterable[Told | None],
        times: Mapping[int, int],
        codes: Mapping[int, bytes],
    ) -> tuple[list[Any], list[tuple[int, bytes]]]:
        """Takes the book's logs in chain order, with what `codec.told` says of each, the timestamps
        of their blocks and the custom rows of their terms by the id of the event. Payments are
        folded at the next other event of their loan, or by `write`.

        Returns the values of the columns `EVENT`, one event after another, and the id of the first
        event of each transaction with its hash. Raises LedgerMismatch, LogUndecodable.
        """
        touched, gathered, blob = self._touched, self._gathered, bytearray
        book_id, base, known, source = self.book_id, self._base, self._loans.get, codec.paid_source
        events: list[Any] = []
        transactions: list[tuple[int, bytes]] = []
        loan: int | None
        number, hash_ = -1, b""
        first = time = 0
        for log, said in zip(logs, told, strict=True):
            block, index, _, tx_hash, topics, data, _ = log
            if block != number:
                number, first, time = block, base | event_id(block, 0), times[block]
            if index >= MOST_LOGS:
                raise OverflowError(f"log {index} of block {block}: no block has so many")
            id_ = first + index
            if said and len(said) == _AMOUNTS:  # most are payments, which need no event to be made
                loan_id = topics[32:64]
                found = known(loan_id) or self._find(loan_id, topics)
                if not found.payments:
                    touched.add(found)
                    gathered.append(found)
                found.payments.append((time, said, source(topics)))
                loan = found.row
            else:
                loan = self._apply(id_, log, said, times, codes)
            if tx_hash != hash_:
                hash_ = tx_hash
                transactions.append((id_, tx_hash))
            events += id_, book_id, loan, blob(topics), blob(data)
        return events, transactions

    def fold_some(self) -> bool:
        """Folds payments of some loans, which `write` need not then; False when none are left.
        Raises LedgerMismatch."""
        some, self._gathered = self._gathered[-_SOME:], self._gathered[:-_SOME]
        for loan in some:
            loan.pay()
        return bool(some)

    def write(self, connection: sqlite3.Connection) -> None:
        """Folds what is left, and writes every loan touched since the last time."""
        inserts: list[Any] = []
        payments, updates, changes = [], [], []
        closed = []  # of which hardly anything more is heard
        # in the order of the rows, which spares SQLite half of its searching
        for loan in sorted(self._touched, key=attrgetter("row")):
            row, tally = loan.row, loan.tally
            loan.pay()
            tally.end()
            if tally.plain:
                payments.append((*rows.plain_values(tally), row))
                continue
            new, values = self._new.get(row), rows.mutable_values(tally, loan.terms)
            steady = loan.steady_now()
            if new:
                inserts += (*new, *rows.steady_values(tally), *values)
            elif loan.steady == steady:
                updates.append((*values, row))
            else:
                changes.append((*rows.steady_values(tally), *values, row))
            loan.steady = steady
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
        self._gathered.clear()
        self._new.clear()
        self._drop(closed)
        if len(self._loans) > _CACHED_LOANS:  # the older half
            self._drop(list(islice(self._loans, len(self._loans) // 2)))

    def _drop(self, loans: Iterable[bytes]) -> None:
        for loan_id in loans:
            del self._loans[loan_id]

    def fold_again(self, connection: sqlite3.Connection, loans: Sequence[int]) -> None:
        """Makes the rows of these loans, deleted before, from the events that are stored."""
        for loan in loans:
            found = connection.execute(_EVENTS_OF_LOAN, (loan,)).fetchall()
            codes = {self._base | event_id(*row[:2]): row[8] for row in found if row[8]}
            times = {row[0]: row[7] for row in found}
            logs = [Log(*row[:7]) for row in found]
            self.add(logs, told_by(logs), times, codes)
            if len(self._touched) >= _CACHED_LOANS:
                self.write(connection)
        self.write(connection)

    def _find(self, loan_id: bytes, topics: bytes) -> _Known:
        found = self._loans.get(loan_id)
        if found is None:
            stored = repository.get_tally(self._db, self.book_id, loan_id)
            if stored is None:
                kind = codec.event_name(topics)
                raise LedgerMismatch(loan_id, "first event", "Originated", kind)
            self._loans[loan_id] = found = _Known(*stored)
            found.steady = found.steady_now()
        return found

    def _apply(
        self,
        id_: int,
        log: Log,
        terms: Terms | None,
        times: Mapping[int, int],
        codes: Mapping[int, bytes],
    ) -> int | None:
        """The id of the row of the loan to which an event other than a payment happened."""
        event = rows.with_rows(self._decode(log, terms, times), codes.get(id_))
        if isinstance(event, Claimed | NonceRevoked):
            return None
        loan_id = event.loan_id
        if isinstance(event, Originated):
            if loan_id in self._loans:
                raise LedgerMismatch(loan_id, "origination", "unique", "a second one")
            tally: Tally[int] = Tally(loan_id, Account(event.agreement), event.lender)
            self._loans[loan_id] = loan = _Known(id_, tally)
            self._new[id_] = rows.immutable_values(id_, self.book_id, event)
            self._touched.add(loan)
            return id_
        loan = self._find(loan_id, log.topics)
        self._touched.add(loan)
        loan.pay()
        match event:
            case Closed():
                loan.tally.close(id_)
            case Credited():
                loan.tally.credit(event.amount)
            case CollectFailed():
                loan.tally.fail(id_)
            case Amended():
                loan.tally.follow(event)
                loan.terms = id_
            case _ if isinstance(event, _CHANGES):
                loan.tally.follow(event)
        return loan.row

    def _decode(self, log: Log, terms: Terms | None, times: Mapping[int, int]) -> BookEvent:
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
        if terms is not None:
            return codec.originated(log.topics, terms, ref)
        return codec.decode(log.topics, log.data, ref)


EVENT = "id", "book_id", "loan", "topics", "data"
"""Columns of an event."""
_COLUMNS = (*rows.IMMUTABLE, *rows.STEADY, *rows.MUTABLE)


def _update(columns: Sequence[str]) -> str:
    values = ", ".join(f"{column} = ?" for column in columns)
    return f"UPDATE loans SET {values} WHERE id = ?"  # noqa: S608 - our names


_PAY_LOAN = _update(rows.PLAIN)
_UPDATE_LOAN = _update(rows.MUTABLE)
_CHANGE_LOAN = _update((*rows.STEADY, *rows.MUTABLE))
_EVENTS_OF_LOAN = (
    f"SELECT e.block_number, e.log_index, b.hash, {TX_HASH}, e.topics, e.data, e.book_id, "  # noqa: S608 - our text
    "b.timestamp, c.code FROM events e JOIN blocks b ON b.id = e.id >> 20 "
    "LEFT JOIN event_rows r ON r.event = e.id LEFT JOIN custom_rows c ON c.hash = r.hash "
    "WHERE e.loan = ? ORDER BY e.id"
)
