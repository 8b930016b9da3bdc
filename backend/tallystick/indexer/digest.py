"""One number for all that an index says, so that two can be compared."""

# ruff: noqa: S608 - only names of our own columns are put into queries

from __future__ import annotations

import hashlib

from tallystick.db import Database, snapshot
from tallystick.indexer.repository import EVENTS
from tallystick.indexer.rows import IMMUTABLE, MUTABLE

# Row numbers of books are left out: they tell the order of insertion, not what the chain said.
_EVENT = "chain_id, block_number, log_index, book, block_hash, timestamp, tx_hash, topics, data"
_LOAN = ", ".join(column for column in (*IMMUTABLE, *MUTABLE) if column != "book_id")
_QUERIES = (
    "SELECT chain_id, genesis_hash, number, hash, timestamp FROM chains ORDER BY chain_id",
    "SELECT chain_id, address, from_block FROM books ORDER BY chain_id, address",
    f"SELECT {_EVENT} FROM ({EVENTS} ORDER BY e.id)",
    "SELECT id, loan FROM events ORDER BY id",
    f"SELECT {_LOAN} FROM loans ORDER BY id",
    "SELECT event, hash FROM event_rows ORDER BY event",
)


def digest(db: Database) -> str:
    """SHA-256, hex, over cursor, events and loans.

    Equal for any two indexes of one book at one block, however they came there.
    """
    sha = hashlib.sha256()
    with snapshot(db):
        for query in _QUERIES:
            sha.update(query.encode())
            for row in db.execute(query):
                sha.update(repr(tuple(row)).encode())  # ints, text, bytes and None: one form each
    return sha.hexdigest()
