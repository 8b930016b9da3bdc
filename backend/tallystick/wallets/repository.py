"""Reads of the index as of a block: nothing that came later can be seen through them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.indexer.rows import event_of
from tallystick.indexer.schema import event_id
from tallystick.loans.events import BookEvent
from tallystick.wallets.errors import CutOrphaned, IndexBehind

_OF_BORROWER = (
    repository.EVENTS
    + " JOIN loans l ON l.id = e.loan WHERE l.borrower = ? AND e.id < ? ORDER BY e.loan, e.id"
)
_BELOW = "SELECT number, hash, timestamp FROM blocks WHERE number <= ? ORDER BY number DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Cut:
    """The block up to which a past is read; `timestamp` in Unix seconds."""

    number: int
    hash: bytes
    timestamp: int


def cut_now(db: Database) -> Cut:
    """The newest block of the index. Raises `IndexBehind` when there is none."""
    at = repository.cursor(db)
    if at is None:
        raise IndexBehind("the index has no block yet")
    return Cut(*at)


def cut_at(db: Database, timestamp: int) -> Cut:
    """The newest block of the index up to a moment, among those that it keeps: all with events.

    Raises `IndexBehind` when a block up to that moment may still be missing.
    """
    head = cut_now(db)
    if head.timestamp < timestamp:
        raise IndexBehind(f"the index is at {head.timestamp}, {timestamp} is asked for")
    low, high = -1, head.number  # the answer is in (low, high], or there is none
    best: Cut | None = None
    while low < high:
        middle = (low + high + 1) // 2
        row = db.execute(_BELOW, [middle]).fetchone()
        if row is None or row[0] <= low:
            low = middle  # no block is kept between
        elif row[2] <= timestamp:
            best, low = Cut(*row), middle
        else:
            high = row[0] - 1
    if best is None:
        raise IndexBehind(f"the index begins after {timestamp}")
    return best


def check_cut(db: Database, cut: Cut) -> None:
    """Raises `CutOrphaned` if the chain has another block there, `IndexBehind` below it."""
    if cut_now(db).number < cut.number:
        raise IndexBehind(f"the index has not come to block {cut.number}")
    row = db.execute("SELECT hash FROM blocks WHERE number = ?", [cut.number]).fetchone()
    if row is not None and row[0] != cut.hash:
        raise CutOrphaned(f"block {cut.number} is another one now")


def events_of_borrower(db: Database, wallet: str, cut: Cut) -> Iterator[BookEvent]:
    """Every event of every loan of a borrower up to the cut, loan by loan, in chain order."""
    found = db.execute(_OF_BORROWER, [wallet, event_id(cut.number + 1, 0)])
    found.row_factory = sqlite3.Row
    return (event_of(row) for row in found)
