"""One number for all that an index says, so that two can be compared."""

# ruff: noqa: S608 - only names of our own columns are put into queries

from __future__ import annotations

import hashlib

from tallystick.db import Database, snapshot
from tallystick.indexer import repository
from tallystick.indexer.repository import EVENTS
from tallystick.indexer.rows import IMMUTABLE, MUTABLE
from tallystick.indexer.schema import event_id

# Row numbers of books and keys of chains are left out: they tell the order in which they were
# added, not what the chain said.
_PLACE = (1 << 52) - 1
_EVENT = "chain_id, block_number, log_index, book, block_hash, timestamp, tx_hash, topics, data"
_IDS = ("id", "terms", "closed", "failed")
_LOAN = ", ".join(
    f"{column} & {_PLACE}" if column in _IDS else column
    for column in (*IMMUTABLE, *MUTABLE)
    if column != "book_id"
)
_OF_CHAIN = f"BETWEEN :first AND :first + {_PLACE}"
_QUERIES = (
    "SELECT chain_id, genesis_hash, number, hash, timestamp FROM chains WHERE key = :key",
    "SELECT address, from_block, number FROM books WHERE chain_id = :chain_id ORDER BY address",
    f"SELECT {_EVENT} FROM ({EVENTS} WHERE e.id {_OF_CHAIN} ORDER BY e.id)",
    f"SELECT id & {_PLACE}, loan & {_PLACE} FROM events WHERE id {_OF_CHAIN} ORDER BY id",
    f"SELECT {_LOAN} FROM loans WHERE id {_OF_CHAIN} ORDER BY id",
    f"SELECT event & {_PLACE}, hash FROM event_rows WHERE event {_OF_CHAIN} ORDER BY event",
)


def digest(db: Database, chain_id: int | None = None) -> str:
    """SHA-256, hex, over cursor, events and loans of a chain, or of all in the order of their ids.

    Equal for any two indexes of the same books at the same blocks, however they came there.
    """
    sha = hashlib.sha256()
    with snapshot(db):
        found = sorted((one.chain_id, one.key) for one in repository.chains(db))
        for id_, key in found:
            if chain_id in (None, id_):
                values = {"chain_id": id_, "key": key, "first": event_id(0, 0, key)}
                for query in _QUERIES:
                    sha.update(query.encode())
                    for row in db.execute(query, values):  # ints, text, bytes, None: one form each
                        sha.update(repr(tuple(row)).encode())
    return sha.hexdigest()
