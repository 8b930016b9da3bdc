"""Reads of the index for the close: loans as they stood when a business date ended."""

from __future__ import annotations

from typing import NamedTuple

from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.indexer.repository import Cursor
from tallystick.indexer.schema import event_id
from tallystick.loans.delinquency.exposure import Exposure
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.position import Position
from tallystick.servicing.errors import CloseRefused
from tallystick.wallets.repository import Cut, newest_until


class Ledger(NamedTuple):
    """A book as the index has it: `book_id` and `chain` are the index's own keys."""

    chain_id: int
    address: str
    book_id: int
    chain: int
    head: Cursor
    first_event: int


class End(NamedTuple):
    """Where a business date ends in the chain: after the event of the book with the id `mark` (0:
    before its first), in the block with this hash."""

    mark: int
    mark_hash: bytes


class Found(NamedTuple):
    """A loan of a page. What the index stores of it holds at the end of the date unless `changed`;
    `due_day` None: closed by now."""

    id: int
    loan_id: bytes
    token: str
    borrower: str
    due_day: int | None
    outstanding: str
    changed: int


def ledgers(db: Database) -> list[Ledger]:
    """Every book that is exact at its chain's head."""
    chains = {one.chain_id: one for one in repository.chains(db)}
    return [
        Ledger(
            book.chain_id,
            book.address,
            book.id,
            chains[book.chain_id].key,
            chains[book.chain_id].cursor,
            event_id(book.from_block, 0, chains[book.chain_id].key),
        )
        for book in repository.books(db)
        if book.at is None and book.chain_id in chains
    ]


def find_ledger(db: Database, chain_id: int, address: str) -> Ledger:
    """Raises `CloseRefused` for a book that is not indexed, or still catches up."""
    for one in ledgers(db):
        if (one.chain_id, one.address) == (chain_id, address):
            return one
    raise CloseRefused(f"the index has no book {address} of chain {chain_id} to its head")


def end_in(db: Database, ledger: Ledger, ended_at: int) -> End:
    """Where the date that ended at a Unix second ends in the chain.

    Raises `CloseRefused` while a block of that date may still be missing.
    """
    if ledger.head.timestamp < ended_at:
        raise CloseRefused(f"the index is at {ledger.head.timestamp}, the date ends at {ended_at}")
    head = Cut(*ledger.head, ledger.chain)
    last = newest_until(db, head, ended_at - 1)
    after = ledger.first_event if last is None else event_id(last.number + 1, 0, ledger.chain)
    row = db.execute(
        "SELECT e.id, b.hash FROM events e JOIN blocks b ON b.id = e.id >> 20"
        " WHERE e.id < ? AND e.id >= ? AND e.book_id = ? ORDER BY e.id DESC LIMIT 1",
        (after, ledger.first_event, ledger.book_id),
    ).fetchone()
    return End(*(row or (0, b"")))


def page(
    db: Database, ledger: Ledger, end: End, before: int, after: int, limit: int
) -> list[Found]:
    """Up to `limit` loans that ran at some time after the event `before` and until `end`, in the
    order of the chain, after the one with id `after`."""
    rows = db.execute(
        "SELECT l.id, l.loan_id, l.token, l.borrower, l.next_due_day, l.outstanding,"
        " EXISTS (SELECT 1 FROM events e WHERE e.loan = l.id AND e.id > :mark)"
        " FROM loans l WHERE l.book_id = :book AND l.id > :after AND l.id <= :mark"
        " AND (l.next_due_day IS NOT NULL OR l.closed > :before)"
        " ORDER BY l.id LIMIT :limit",
        {
            "book": ledger.book_id,
            "mark": end.mark,
            "before": before,
            "after": after,
            "limit": limit,
        },
    )
    return [Found(*row) for row in rows]


def touched_since(db: Database, ledger: Ledger, mark: int) -> set[bytes]:
    """Loans of the book with an event after the one with this id."""
    rows = db.execute(
        "SELECT DISTINCT l.loan_id FROM events e JOIN loans l ON l.id = e.loan"
        " WHERE e.id > ? AND e.id < ? AND e.book_id = ?",
        (mark, event_id(0, 0, ledger.chain + 1), ledger.book_id),
    )
    return {loan_id for (loan_id,) in rows}


def state_at(db: Database, loan_id: bytes, ended_at: int) -> LoanState | None:
    """The loan as its events before a Unix second make it; None when there is none yet."""
    known = [one for one in repository.events_of(db, loan_id) if one.ref.timestamp < ended_at]
    return fold(known) if known else None


def exposure_of(loan: LoanState) -> Exposure | None:
    """What delinquency needs to know of a state; None: closed."""
    outstanding, due_day = Position(loan.agreement, loan.stored).standing()
    return None if due_day is None else Exposure(due_day, outstanding)
