"""Reads of the index as of a block: nothing that came later can be seen through them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.indexer.rows import event_of
from tallystick.indexer.schema import block_id, event_id
from tallystick.loans.calendar import day_at
from tallystick.loans.events import BookEvent
from tallystick.wallets.errors import CutOrphaned, IndexBehind

_OF_BORROWER = (
    repository.EVENTS
    + " JOIN loans l ON l.id = e.loan WHERE l.borrower = ? AND e.id >= ? AND e.id < ?"
    " ORDER BY e.loan, e.id"
)
_BELOW = (
    "SELECT number, hash, timestamp FROM blocks WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Cut:
    """The block of a chain up to which a past is read; `timestamp` in Unix seconds. `chain` is the
    index's own key of the chain."""

    number: int
    hash: bytes
    timestamp: int
    chain: int = 0


class AsOf(NamedTuple):
    """A chain as of a block, on a day of its own clock: a day passes also without a block."""

    cut: Cut
    day: int


def as_of_now(db: Database, clocks: Mapping[int, int]) -> list[AsOf]:
    """Every chain of the index at its newest block, the first one first.

    `clocks` tells the present of chains by id, in Unix seconds; of another chain the present is its
    newest block's. Raises `IndexBehind`.
    """
    found = []
    for chain in repository.chains(db):
        cut = cut_now(db, chain.chain_id)
        found.append(AsOf(cut, day_at(max(cut.timestamp, clocks.get(chain.chain_id, 0)))))
    if not found:
        raise IndexBehind("the index has no block yet")
    return found


def cut_now(db: Database, chain_id: int | None = None) -> Cut:
    """The newest block of a chain, or of the first one, of which the index knows everything.

    Raises `IndexBehind` when there is none, or a book still catches up.
    """
    chain = repository.chain(db, chain_id)
    if chain is None:
        raise IndexBehind("the index has no block yet")
    for book in repository.books(db, chain.chain_id):
        if book.at is not None:
            raise IndexBehind(f"the book {book.address} is known up to block {book.at[0]} only")
    return Cut(*chain.cursor, chain.key)


def cut_at(db: Database, timestamp: int, chain_id: int | None = None) -> Cut:
    """The newest block up to a moment, among those that the index keeps: all with events.

    Raises `IndexBehind` when a block up to that moment may still be missing.
    """
    head = cut_now(db, chain_id)
    if head.timestamp < timestamp:
        raise IndexBehind(f"the index is at {head.timestamp}, {timestamp} is asked for")
    best = newest_until(db, head, timestamp)
    if best is None:
        raise IndexBehind(f"the index begins after {timestamp}")
    return best


def newest_until(db: Database, head: Cut, timestamp: int) -> Cut | None:
    """The newest block up to `head` and up to a moment, among those that the index keeps."""
    low, high = -1, head.number  # the answer is in (low, high], or there is none
    best: Cut | None = None
    while low < high:
        middle = (low + high + 1) // 2
        bounds = [block_id(0, head.chain), block_id(middle, head.chain)]
        row = db.execute(_BELOW, bounds).fetchone()
        if row is None or row[0] <= low:
            low = middle  # no block is kept between
        elif row[2] <= timestamp:
            number, hash_, at = row
            best, low = Cut(number, hash_, at, head.chain), middle
        else:
            high = row[0] - 1
    return best


def check_cut(db: Database, cut: Cut) -> None:
    """Raises `CutOrphaned` if the chain has another block there, `IndexBehind` below it."""
    chain = next((one for one in repository.chains(db) if one.key == cut.chain), None)
    if chain is None or cut_now(db, chain.chain_id).number < cut.number:
        raise IndexBehind(f"the index has not come to block {cut.number}")
    found = db.execute("SELECT hash FROM blocks WHERE id = ?", [block_id(cut.number, cut.chain)])
    row = found.fetchone()
    if row is not None and row[0] != cut.hash:
        raise CutOrphaned(f"block {cut.number} is another one now")


def events_of_borrower(db: Database, wallet: str, cut: Cut) -> Iterator[BookEvent]:
    """Every event of every loan of a borrower on the cut's chain up to the cut, loan by loan, in
    chain order."""
    bounds = event_id(0, 0, cut.chain), event_id(cut.number + 1, 0, cut.chain)
    found = db.execute(_OF_BORROWER, [wallet, *bounds])
    found.row_factory = sqlite3.Row
    return (event_of(row) for row in found)
