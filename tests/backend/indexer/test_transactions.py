"""Which transaction an event belongs to, also where several books share one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.backend.api import crowd

from tallystick.chain.codec import TOPICS
from tallystick.chain.deployment import ChainIdentity, Deployment
from tallystick.db import Database, open_database
from tallystick.indexer import repository
from tallystick.indexer.digest import digest
from tallystick.indexer.repository import Cursor
from tallystick.indexer.schema import schema
from tallystick.indexer.source import Batch, Header, Log
from tallystick.indexer.store import Store

BOOKS = [crowd.account(0xB0, 1), crowd.account(0xB0, 2)]
HEADERS = [Header(n, bytes([n]) * 32, bytes([n - 1]) * 32, 1_000 + n, 0) for n in range(1, 4)]
BASE = Header(0, bytes(32), bytes(32), 1_000, 0)
# of each log its block and place, its transaction and its book
LOGS = [
    *((1, 0, "a", 0), (1, 1, "a", 1), (1, 2, "a", 0), (1, 3, "b", 1), (1, 4, "c", 0)),
    *((2, 0, "d", 1), (2, 1, "d", 0), (2, 2, "e", 0), (2, 3, "e", 1), (3, 0, "f", 0)),
]


def transaction(name: str) -> bytes:
    return name.encode() * 32


def logs(*books: int) -> list[Log]:
    """Each says that an account took its nonce back, which concerns no loan."""
    found = []
    for block, index, name, book in LOGS:
        if book in books:
            topics = TOPICS["NonceRevoked"] + bytes(31) + b"\1"
            place = block, index, HEADERS[block - 1].hash, transaction(name)
            found.append(Log(*place, topics, bytes(31) + b"\2", book + 1))
    return found


def assert_right(db: Database, known: set[int]) -> None:
    for name in "abcdef":
        wanted = [(b, i) for b, i, of, book in LOGS if of == name and book in known]
        found = repository.events_in(db, transaction(name))
        assert [(e.ref.block_number, e.ref.log_index) for e in found] == wanted
        assert {e.ref.tx_hash for e in found} <= {transaction(name)}


def begun(path: Path) -> tuple[Database, Store]:
    db = open_database(path)
    store = Store(db, 1)
    store.open(ChainIdentity(1, BASE.hash, b""), Deployment(1, BOOKS[0], 1), BASE)
    return db, store


@pytest.fixture
def together(tmp_path: Path) -> str:
    """The digest of an index that read both books at once."""
    db, store = begun(tmp_path / "together.db")
    store.add(Deployment(1, BOOKS[1], 1), BASE)
    store.append(Cursor(*BASE[:2], BASE.timestamp), [Batch(HEADERS, logs(0, 1))], 3)
    assert_right(db, {0, 1})
    with db:
        return digest(db)


def test_a_book_that_comes_later_and_is_read_twice(tmp_path: Path, together: str) -> None:
    db, store = begun(tmp_path / "later.db")
    cursor = store.append(Cursor(*BASE[:2], BASE.timestamp), [Batch(HEADERS, logs(0))], 3)
    store.add(Deployment(1, BOOKS[1], 1), BASE)
    for _ in range(2):
        store.catch_up(store.books[1], Batch(HEADERS[:2], logs(1)))
        assert_right(db, {0})  # what catches up is not shown
        store.restart(store.books[1], BASE)
        assert_right(db, {0})
    store.catch_up(store.books[1], Batch(HEADERS, logs(1)))
    store.join(store.books[1], cursor)
    assert_right(db, {0, 1})
    assert digest(db) == together
    db.close()


def test_a_reorg_takes_transactions_back(tmp_path: Path, together: str) -> None:
    db, store = begun(tmp_path / "reorg.db")
    store.add(Deployment(1, BOOKS[1], 1), BASE)
    cursor = store.append(Cursor(*BASE[:2], BASE.timestamp), [Batch(HEADERS, logs(0, 1))], 3)
    cursor = store.rewind(cursor, HEADERS[0])
    assert repository.events_in(db, transaction("d")) == []
    store.append(cursor, [Batch(HEADERS[1:], [log for log in logs(0, 1) if log[0] > 1])], 3)
    assert digest(db) == together
    db.close()


def test_an_index_of_the_release_before_is_taken_over(tmp_path: Path, together: str) -> None:
    db, store = begun(tmp_path / "before.db")
    store.add(Deployment(1, BOOKS[1], 1), BASE)
    store.append(Cursor(*BASE[:2], BASE.timestamp), [Batch(HEADERS, logs(0, 1))], 3)
    make_old(db)
    assert schema.pending(db) == ["m012_transactions"]
    Store(db, 1)
    assert_right(db, {0, 1})
    assert digest(db) == together
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_schema")}
    assert "loans_2_by_borrower" in names
    assert not any("borrower_and" in name for name in names if name)
    db.close()


def make_old(db: Database) -> None:
    """As the step before `m012_transactions` left it."""
    db.executescript("""
    ALTER TABLE events ADD COLUMN tx_hash BLOB NOT NULL DEFAULT x'';
    UPDATE events SET tx_hash = (SELECT hash FROM transactions t WHERE t.id <= events.id
        ORDER BY t.id DESC LIMIT 1);
    CREATE INDEX events_by_transaction ON events (tx_hash);
    CREATE INDEX loans_2_by_borrower_and_status ON loans (borrower, status);
    DROP TABLE transactions;
    DELETE FROM _sqlite_migrations WHERE name = 'm012_transactions';
    """)
