"""Where the writer stands, in the database: one cursor for each chain, and one for each book that
catches up. They only move from where the writer knows them to be, in the transaction that writes
what is new there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from tallystick.chain.deployment import ChainIdentity, Deployment
from tallystick.indexer.errors import OtherBook, WriterOvertaken
from tallystick.indexer.repository import Book, Cursor
from tallystick.indexer.schema import FOLD, MOST_CHAINS, block_id
from tallystick.indexer.source import Header


def begin_chain(connection: sqlite3.Connection, identity: ChainIdentity, base: Header) -> None:
    """Puts a new chain's cursor at `base`. Raises OverflowError."""
    (key,) = connection.execute("SELECT coalesce(max(key) + 1, 0) FROM chains").fetchone()
    if key >= MOST_CHAINS:
        raise OverflowError(f"an index holds {MOST_CHAINS} chains at most")
    (others,) = connection.execute("SELECT count(*) FROM chains").fetchone()
    connection.execute(
        "INSERT INTO chains (chain_id, key, genesis_hash, number, hash, timestamp, "
        "proven, proven_hash, fold) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            identity.chain_id,
            key,
            identity.genesis_hash,
            *base[:2],
            base.timestamp,
            *base[:2],
            FOLD if others else 0,  # the tables may be those of an earlier release
        ),
    )


def add_book(
    connection: sqlite3.Connection, chain: int, deployment: Deployment, base: Header
) -> None:
    """Adds a book of the chain with this key, unless it is known; `base` is the block before its
    first. Where that is behind the chain's cursor, the book catches up. Raises OtherBook."""
    wanted = deployment.chain_id, deployment.book
    found = connection.execute(
        "SELECT from_block FROM books WHERE chain_id = ? AND address = ?", wanted
    ).fetchone()
    if found is not None:
        if found[0] != deployment.from_block:
            raise OtherBook(
                f"this index has the book {deployment.book} from block {found[0]} on, not from "
                f"block {deployment.from_block}: use another --db"
            )
        return
    (top,) = connection.execute("SELECT number FROM chains WHERE key = ?", (chain,)).fetchone()
    at = base[:2] if base.number < top else (None, None)
    connection.execute(
        "INSERT INTO books (chain_id, address, from_block, number, hash) VALUES (?, ?, ?, ?, ?)",
        (*wanted, deployment.from_block, *at),
    )
    if base.number <= top:
        put_blocks(connection, chain, [base])


def move_chain(
    connection: sqlite3.Connection, chain: int, old: Cursor, new: Cursor, live: int
) -> None:
    """Moves the cursor of the chain with this key, if it stands at `old` and `live` books follow
    it, as when the writer looked. Raises WriterOvertaken."""
    moved = connection.execute(
        "UPDATE chains SET number = ?, hash = ?, timestamp = ? "
        "WHERE key = ? AND number = ? AND hash = ? AND "
        "(SELECT count(*) FROM books b WHERE b.chain_id = chains.chain_id AND b.number IS NULL)"
        " = ?",
        (*new, chain, old.number, old.hash, live),
    )
    if moved.rowcount != 1:
        raise WriterOvertaken(f"the stored cursor is no longer at block {old.number}")


def move_book(connection: sqlite3.Connection, book: Book, to: tuple[int, bytes] | None) -> None:
    """Moves a book that catches up, with None to where its chain's cursor is. Raises
    WriterOvertaken."""
    assert book.at is not None  # noqa: S101 - only such a book moves by itself
    moved = connection.execute(
        "UPDATE books SET number = ?, hash = ? WHERE id = ? AND number = ? AND hash = ?",
        (*(to or (None, None)), book.id, *book.at),
    )
    if moved.rowcount != 1:
        raise WriterOvertaken(f"book {book.address} is no longer at block {book.at[0]}")


def set_proven(connection: sqlite3.Connection, chain: int, number: int, hash_: bytes) -> None:
    """Up to this block of the chain with this key no log can be missing."""
    connection.execute(
        "UPDATE chains SET proven = ?, proven_hash = ? WHERE key = ?", (number, hash_, chain)
    )


def put_blocks(connection: sqlite3.Connection, chain: int, headers: Sequence[Header]) -> None:
    """Keeps these headers of the chain with this key."""
    base = block_id(0, chain)
    connection.executemany(
        "INSERT OR IGNORE INTO blocks VALUES (?, ?, ?, ?)",
        [(base | h.number, h.hash, h.parent, h.timestamp) for h in headers],
    )
