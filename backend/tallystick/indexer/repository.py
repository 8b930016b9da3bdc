"""All reads of the index. Nothing here writes; wrap several reads in `db.snapshot`.

What is known of a book that still catches up is not shown.
"""

# ruff: noqa: S608 - queries are put together from our own text

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tallystick.chain.codec import TOPICS
from tallystick.db import Database, SchemaOutdated, open_database, require_schema, unpack_amount
from tallystick.indexer.rows import event_of, failure_in, ref_of, state_of, tally_of
from tallystick.indexer.schema import MOST_LOGS, READABLE, block_id, chain_of, event_id, schema
from tallystick.loans.events import BookEvent, Claimed, LoanEvent, NonceRevoked
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.kinds import Status
from tallystick.loans.tally import Tally

TX_HASH = "(SELECT x.hash FROM transactions x WHERE x.id <= e.id ORDER BY x.id DESC LIMIT 1)"
"""The hash of the transaction of event `e`: of the last one that began before its place."""
_IN_TRANSACTION = (
    "SELECT i.{column} FROM transactions x JOIN events i ON i.id >= x.id AND i.id < "
    "coalesce((SELECT min(n.id) FROM transactions n WHERE n.id > x.id), 1 << 62) WHERE x.hash = ?"
)
_REF = f"""
    k.chain_id, k.address AS book, b.hash AS block_hash, b.timestamp,
    e.block_number, e.log_index, {TX_HASH} AS tx_hash, e.topics, e.data,
    (SELECT c.code FROM event_rows r JOIN custom_rows c USING (hash) WHERE r.event = e.id) AS code
"""
_TERMS = """
    t.topics AS terms_topics, t.data AS terms_data,
    (SELECT c.code FROM event_rows r JOIN custom_rows c USING (hash) WHERE r.event = l.terms)
    AS terms_code
"""
_PLACE = """
    JOIN blocks b ON b.id = e.id >> 20
    JOIN books k ON k.id = e.book_id
"""
_HASH_DIGITS = 64
_MOST_REORGS = 1_000
"""One after another that a reader may have slept through."""
EVENTS = f"SELECT {_REF} FROM events e {_PLACE}"
"""Events with all that is known of where they stand."""
LOANS = (
    f"SELECT l.*, {_REF}, {_TERMS} FROM loans l JOIN events e ON e.id = l.id {_PLACE} "
    "LEFT JOIN events t ON t.id = l.terms "
)
"""Loans, each with its originating event and that of the terms in force, if they are others."""


Position = tuple[int, int]
"""Block number and log index."""


class Cursor(NamedTuple):
    """The block at which everything in the index is exact; `timestamp` in Unix seconds."""

    number: int
    hash: bytes
    timestamp: int


class Standing(NamedTuple):
    """What is sure of the index, as numbers of blocks at most the cursor's.

    Up to `proven` no log can be missing. `safe` and `finalized` are the chain's; None where it does
    not say, or not yet.
    """

    proven: int | None
    safe: int | None
    finalized: int | None

    def finality(self, block: int) -> Literal["latest", "safe", "finalized"]:
        """How sure the chain is of a block that is indexed."""
        if self.finalized is not None and block <= self.finalized:
            return "finalized"
        return "safe" if self.safe is not None and block <= self.safe else "latest"


class Chain(NamedTuple):
    """A chain of the index, and the block at which all its books are exact. `key` is its own."""

    key: int
    chain_id: int
    cursor: Cursor
    standing: Standing


class Book(NamedTuple):
    """A contract that is indexed from `from_block` on.

    `at` is None for a book that stands where its chain's cursor does; another one, added later,
    still catches up and is exact at this block, number and hash.
    """

    id: int
    chain_id: int
    address: str
    from_block: int
    at: tuple[int, bytes] | None


@dataclass(frozen=True, slots=True)
class LoanFilter:
    """Conditions that all must hold; None matches everything. Addresses EIP-55.

    `lender` is whoever holds the claim now; `party` is borrower, first lender or holder; `digits`
    are a loan id, its beginning, or the hash of a transaction that concerned the loan, as
    lower-case hexadecimal digits; `due_by` (days since 1970-01-01) matches loans whose oldest
    unpaid row is due on or before that day. `chain` is the key of a chain, `book` the id of a book.
    """

    borrower: str | None = None
    lender: str | None = None
    party: str | None = None
    token: str | None = None
    digits: str | None = None
    status: Status | None = None
    due_by: int | None = None
    chain: int | None = None
    book: int | None = None


def open_index(path: Path) -> Database:
    """A connection that only reads. Raises DatabaseMissing, SchemaOutdated."""
    db = open_database(path, readonly=True)
    try:
        require_schema(db, schema)
    except sqlite3.OperationalError as error:  # its journal waits for somebody who may write
        db.close()
        raise SchemaOutdated(
            f"the index at {path} was interrupted when it was begun ({error}): start its writer"
        ) from error
    except BaseException:
        db.close()
        raise
    return db


def chains(db: Database) -> list[Chain]:
    """The chains that are indexed, the first one first; none while their loans are folded
    again of which this release cannot show the old ones."""
    found = db.execute(
        "SELECT key, chain_id, number, hash, timestamp, "
        "min(proven, number), min(safe, number), min(finalized, number) "
        f"FROM chains WHERE fold IN ({', '.join(map(str, READABLE))}) ORDER BY key"
    )
    return [Chain(row[0], row[1], Cursor(*row[2:5]), Standing(*row[5:])) for row in found]


def chain(db: Database, chain_id: int | None = None) -> Chain | None:
    """The chain with this id, or the first one; None before its first block."""
    return next((one for one in chains(db) if chain_id in (None, one.chain_id)), None)


def cursor(db: Database, chain_id: int | None = None) -> Cursor | None:
    """How far the index of a chain, or of the first one, has come; None before its first block."""
    found = chain(db, chain_id)
    return found and found.cursor


def standing(db: Database, chain_id: int | None = None) -> Standing:
    """What is sure of the index of a chain, or of the first one."""
    found = chain(db, chain_id)
    return found.standing if found else Standing(None, None, None)


def books(db: Database, chain_id: int | None = None) -> list[Book]:
    """The books of one chain or of all, in the order in which they were added."""
    found = db.execute(
        "SELECT id, chain_id, address, from_block, number, hash FROM books "
        "WHERE chain_id = coalesce(?, chain_id) ORDER BY id",
        [chain_id],
    )
    return [
        Book(id_, of, address, from_block, None if number is None else (number, hash_))
        for id_, of, address, from_block, number, hash_ in found
    ]


def book(db: Database, chain_id: int, address: str) -> Book | None:
    """The book at an address (EIP-55) of a chain; None if it is not indexed."""
    return next((one for one in books(db, chain_id) if one.address == address), None)


def get_loan(db: Database, loan_id: bytes) -> LoanState | None:
    """The state of a loan with all its payments and changes; None for an unknown id.

    The state is the stored one; payments and changes follow from the events.
    """
    state = get_loan_bare(db, loan_id)
    if state is None:
        return None
    life = fold(events_of(db, loan_id))
    return replace(state, payments=life.payments, changes=life.changes)


def get_loan_bare(db: Database, loan_id: bytes) -> LoanState | None:
    """The state of a loan without payments and changes; None for an unknown id."""
    row = _one(db, f"{LOANS} WHERE l.loan_id = ?{_shown(db, 'l')}", loan_id)
    return row and _bare(db, row)


def get_tally(
    db: Database, book_id: int, loan_id: bytes
) -> tuple[int, Tally[int], int | None] | None:
    """The id of a loan's row, its running totals and the id of its latest amendment, for the
    writer; None for a loan that is not the book's."""
    row = _one(db, f"{LOANS} WHERE l.loan_id = ? AND l.book_id = ?", loan_id, book_id)
    return row and (row["id"], tally_of(row), row["terms"])


def loan_ids(db: Database, book_id: int) -> list[bytes]:
    """Every loan of a book."""
    found = db.execute("SELECT loan_id FROM loans WHERE book_id = ? ORDER BY id", [book_id])
    return [loan_id for (loan_id,) in found]


def count_amendments(db: Database, loan_id: bytes) -> int:
    """How often the terms of a loan were amended."""
    row = _one(
        db,
        "SELECT count(*) FROM events WHERE substr(topics, 1, 32) = ? "
        "AND loan = (SELECT id FROM loans WHERE loan_id = ?)",
        TOPICS["Amended"],
        loan_id,
    )
    return int(row[0])


def list_loans(
    db: Database,
    conditions: LoanFilter | None = None,
    after: bytes | None = None,
    limit: int = 50,
) -> list[LoanState]:
    """Up to `limit` loans of a chain, newest first, that follow loan `after`, which may be of
    another chain. Payments are left out. Without `conditions.chain`, one chain after another.

    An unknown `after` gives an empty page.
    """
    rows = select_loans(db, LOANS, conditions, after, limit)
    return [_bare(db, row) for row in _rows(rows)]


def loans_of(db: Database, ids: Sequence[int]) -> list[LoanState]:
    """The loans with these ids of rows, without payments and changes."""
    holes = ", ".join("?" * len(ids))
    rows = db.execute(f"{LOANS} WHERE l.id IN ({holes}){_shown(db, 'l')}", ids)
    return [_bare(db, row) for row in _rows(rows)]


def select_loans(
    db: Database,
    columns: str,
    conditions: LoanFilter | None,
    after: bytes | None,
    limit: int,
) -> sqlite3.Cursor:
    """Rows of the loans that `list_loans` lists. `columns` is a SELECT from `loans l` that names
    an `id`."""
    conditions = conditions or LoanFilter()
    where, parameters = _where(conditions)
    if after is not None:
        where.append("l.id < ?")
        parameters.append(_below(db, after, conditions.chain))
    # Each way to match walks its own index in order; SQLite merges them without sorting.
    ways = _ways(conditions)
    shown = _shown(db, "l")
    selects = [f"{columns} WHERE {' AND '.join([*where, way])}{shown}" for way, _ in ways]
    return db.execute(
        " UNION ALL ".join(selects) + " ORDER BY id DESC LIMIT ?",
        [value for _, values in ways for value in (*parameters, *values)] + [limit],
    )


def due_loans(
    db: Database, book_id: int, day: int, limit: int, after: tuple[int, bytes] | None = None
) -> list[LoanState]:
    """A book's loans with something due on or before `day` that it may pull, the longest overdue
    first, payments left out.

    `after` is (due day, loan id) of the last one of the page before; see `next_due`.
    """
    rows = db.execute(
        f"{LOANS} WHERE +l.book_id = ? AND l.manual = 0 AND l.next_due_day <= ? "
        "AND (l.next_due_day, l.id) > "
        f"(?, coalesce((SELECT id FROM loans WHERE loan_id = ?), -1)){_shown(db, 'l')} "
        "ORDER BY l.next_due_day, l.id LIMIT ?",
        [book_id, day, *(after or (-1, b"")), limit],
    )
    return [_bare(db, row) for row in _rows(rows)]


def guaranteed_loans(db: Database, book_id: int, day: int, limit: int) -> list[LoanState]:
    """Up to `limit` loans of a book whose guarantor can be drawn on on `day`, payments left out."""
    rows = db.execute(
        f"{LOANS} WHERE +l.book_id = ? AND l.guarantee_day <= ?{_shown(db, 'l')} "
        "ORDER BY l.id LIMIT ?",
        [book_id, day, limit],
    )
    return [_bare(db, row) for row in _rows(rows)]


def asking_loans(
    db: Database,
    chain: int,
    days: tuple[int, int],
    limit: int,
    after: tuple[int, bytes] | None = None,
) -> list[LoanState]:
    """Loans of the chain with key `chain` whose oldest unpaid row is due within `days` (first and
    last, since 1970-01-01), the earliest first, payments left out.

    `after` is (due day, loan id) of the last one of the page before; see `next_due`.
    """
    rows = db.execute(
        f"{LOANS} WHERE l.next_due_day BETWEEN ? AND ? AND +l.id BETWEEN ? AND ? "
        "AND (l.next_due_day, l.id) > "
        f"(?, coalesce((SELECT id FROM loans WHERE loan_id = ?), -1)){_shown(db, 'l')} "
        "ORDER BY l.next_due_day, l.id LIMIT ?",
        [*days, *_ids_of(chain), *(after or (-1, b"")), limit],
    )
    return [_bare(db, row) for row in _rows(rows)]


def next_due(db: Database, loan_id: bytes) -> int | None:
    """Due day (since 1970-01-01) of the oldest row that owes something; None when closed."""
    row = _one(db, "SELECT next_due_day FROM loans WHERE loan_id = ?", loan_id)
    return None if row is None else row[0]


def exposures(
    db: Database,
    token: str,
    lender: str | None = None,
    chain: int | None = None,
    book: int | None = None,
) -> Iterator[tuple[int, int]]:
    """Due day of the oldest unpaid row and outstanding principal of every active loan in `token`.

    Streamed, so that any number of loans takes the same memory. `lender` None means all holders,
    `book` None all books; `chain` is the key of the token's chain.
    """
    where, parameters = _where(LoanFilter(token=token, lender=lender, chain=chain, book=book))
    rows = db.execute(
        "SELECT next_due_day, outstanding FROM loans l "
        f"WHERE next_due_day IS NOT NULL AND {' AND '.join(where)}{_shown(db, 'l')}",
        parameters,
    )
    return ((due_day, unpack_amount(outstanding)) for due_day, outstanding in rows)


def events_of(db: Database, loan_id: bytes) -> list[LoanEvent]:
    """A loan's events in chain order, decoded from what the chain said."""
    of_loan = "WHERE e.loan = (SELECT id FROM loans WHERE loan_id = ?) ORDER BY e.id"
    found = _events(db, of_loan, [loan_id])
    return [event for event in found if not isinstance(event, Claimed | NonceRevoked)]


def events_in(db: Database, tx_hash: bytes) -> list[BookEvent]:
    """The book's events of one transaction."""
    ids = _IN_TRANSACTION.format(column="id")
    return list(_events(db, f"WHERE e.id IN ({ids}){_shown(db, 'e')} ORDER BY e.id", [tx_hash]))


def paid_through(db: Database, channel: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """Payments through a channel (its tag of 32 bytes), of every chain, oldest first: the
    channel's own reference, base units, hash of the transaction. Reads all events."""
    rows = db.execute(
        f"SELECT substr(e.topics, 97, 32), e.data, {TX_HASH} FROM events e "
        "WHERE substr(e.topics, 1, 32) = ? AND substr(e.topics, 65, 32) = ?"
        f"{_shown(db, 'e')} ORDER BY e.id",
        (TOPICS["PaidThrough"], channel),
    )
    return ((ref, int.from_bytes(data[:32], "big"), tx_hash) for ref, data, tx_hash in rows)


def recent_events(db: Database, limit: int, before: Position | None = None) -> list[BookEvent]:
    """Up to `limit` events, newest first, older than `before` (block, log index) if given."""
    bound = 2**62 if before is None else event_id(*before)
    ordered = f"WHERE e.id < ?{_shown(db, 'e')} ORDER BY e.id DESC LIMIT ?"
    return list(_events(db, ordered, [bound, limit]))


def events_after(
    db: Database, after: Position, limit: int, concerning: LoanFilter | None = None
) -> list[BookEvent]:
    """Up to `limit` events of a chain, oldest first, that follow the one at `after`.

    `concerning` keeps those of one loan (`digits`, whole), of a `borrower`, `lender` or `token`, or
    of a `book`; its `chain`, 0 by default, is that of `after`.
    """
    wanted = concerning or LoanFilter()
    where = ["e.id > ? AND e.id <= ?"]
    block, log_index = after
    chain = wanted.chain or 0
    first = event_id(block, min(log_index, MOST_LOGS - 1), chain)
    parameters: list[Any] = [first, _ids_of(chain)[1]]
    if wanted.book is not None:
        where.append("e.book_id = ?")
        parameters.append(wanted.book)
    if wanted.digits is not None:
        where.append("e.loan = (SELECT id FROM loans WHERE loan_id = ?)")
        parameters.append(bytes.fromhex(wanted.digits))
    for name, column in (("borrower", "borrower"), ("lender", "holder"), ("token", "token")):
        value = getattr(wanted, name)
        if value is not None:
            where.append(f"(SELECT {column} FROM loans l WHERE l.id = e.loan) = ?")
            parameters.append(value)
    ordered = f"WHERE {' AND '.join(where)}{_shown(db, 'e')} ORDER BY e.id LIMIT ?"
    return list(_events(db, ordered, [*parameters, limit]))


def chains_with(db: Database, token: str) -> list[int]:
    """Ids of the chains on which there are loans in a token of this address (EIP-55)."""
    found = "SELECT 1 FROM loans WHERE token = ? AND id BETWEEN ? AND ? LIMIT 1"
    return [
        one.chain_id
        for one in chains(db)
        if db.execute(found, [token, *_ids_of(one.key)]).fetchone()
    ]


def place_of(db: Database, loan_id: bytes) -> tuple[int, str] | None:
    """Chain id and book of a loan; None for an unknown id."""
    row = _one(
        db,
        "SELECT k.chain_id, k.address FROM loans l JOIN books k ON k.id = l.book_id "
        "WHERE l.loan_id = ?",
        loan_id,
    )
    return row and (row[0], row[1])


def recent_blocks(db: Database, limit: int, last: int, chain: int = 0) -> list[tuple[int, bytes]]:
    """Number and hash of up to `limit` kept blocks up to `last` of the chain with key `chain`,
    highest first."""
    return db.execute(
        "SELECT number, hash FROM blocks WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?",
        [block_id(0, chain), block_id(last, chain), limit],
    ).fetchall()


def survivor(db: Database, hash_: bytes, chain: int = 0) -> tuple[int, bytes] | None:
    """Of a block that was taken back: number and hash of the newest one below that stayed.

    None for a block that was never seen, or too long ago.
    """
    for _ in range(_MOST_REORGS):
        found = db.execute(
            "SELECT ancestor, ancestor_hash FROM orphans "
            "WHERE hash = ? AND chain = ? ORDER BY id DESC LIMIT 1",
            [hash_, chain],
        ).fetchone()
        if found is None:
            return None
        number, hash_ = found
        if recent_blocks(db, 1, number, chain) == [(number, hash_)]:
            return number, hash_
    return None


def _shown(db: Database, table: str) -> str:
    """Leaves out what belongs to books that still catch up: it is not true at the cursor."""
    hidden = [str(id_) for (id_,) in db.execute("SELECT id FROM books WHERE number IS NOT NULL")]
    return f" AND +{table}.book_id NOT IN ({', '.join(hidden)})" if hidden else ""


def _events(db: Database, where: str, parameters: list[Any]) -> Iterator[BookEvent]:
    for row in _rows(db.execute(EVENTS + where, parameters)):
        yield event_of(row)


def _bare(db: Database, row: sqlite3.Row) -> LoanState:
    closed = row["closed"] and ref_of(_event_row(db, row["closed"]))
    failed = row["failed"] and failure_in(_event_row(db, row["failed"]))
    return state_of(row, closed, failed)


def _event_row(db: Database, id_: int) -> sqlite3.Row:
    return next(_rows(db.execute(EVENTS + "WHERE e.id = ?", [id_])))


def _where(conditions: LoanFilter) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    parameters: list[Any] = []
    for name, column in (("borrower", "borrower"), ("lender", "holder"), ("token", "token")):
        value = getattr(conditions, name)
        if value is not None:
            where.append(f"l.{column} = ?")
            parameters.append(value)
    if conditions.status is not None:
        where.append("l.status = ?")
        parameters.append(conditions.status.label)
    if conditions.chain is not None:
        where.append("l.id BETWEEN ? AND ?")
        parameters += _ids_of(conditions.chain)
    if conditions.book is not None:
        where.append("l.book_id = ?")
        parameters.append(conditions.book)
    if conditions.due_by is not None:
        where.append("l.next_due_day <= ?")
        parameters.append(conditions.due_by)
    return where, parameters


def _ids_of(chain: int) -> tuple[int, int]:
    """The least and the greatest id of a chain."""
    return event_id(0, 0, chain), event_id(0, 0, chain + 1) - 1


def _below(db: Database, loan_id: bytes, chain: int | None) -> int | None:
    """The id below which the loans of a chain follow a loan in a list of several chains, where the
    newest come first, and of the same second those of the chain that was added last."""
    row = _one(
        db,
        "SELECT l.id, b.timestamp FROM loans l JOIN blocks b ON b.id = l.id >> 20 "
        "WHERE l.loan_id = ?",
        loan_id,
    )
    if row is None or chain is None or chain == chain_of(row["id"]):
        return row and int(row["id"])
    until = row["timestamp"] + (1 if chain < chain_of(row["id"]) else 0)
    low, high = 0, block_id(0, 1)  # the first kept block of that time or later
    while low < high:
        middle = (low + high) // 2
        found = _one(
            db,
            "SELECT number, timestamp FROM blocks WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1",
            block_id(middle, chain),
            block_id(0, chain + 1) - 1,
        )
        if found is None or found["timestamp"] >= until:
            high = middle
        else:
            low = found["number"] + 1
    return event_id(low, 0, chain)


def _ways(conditions: LoanFilter) -> list[tuple[str, list[Any]]]:
    """Alternative conditions of which no two hold for one loan."""
    party, digits = conditions.party, conditions.digits
    if party is not None:
        return [
            ("borrower = ?", [party]),
            ("holder = ? AND borrower <> ?", [party, party]),
            ("lender = ? AND holder <> ? AND borrower <> ?", [party, party, party]),
        ]
    if digits is None:
        return [("l.id > 0", [])]
    if len(digits) == _HASH_DIGITS:
        return [
            ("loan_id = ?", [bytes.fromhex(digits)]),
            (
                f"l.id IN ({_IN_TRANSACTION.format(column='loan')})",
                [bytes.fromhex(digits)],
            ),
        ]
    bounds = [bytes.fromhex(digits.ljust(_HASH_DIGITS, end)) for end in "0f"]
    return [("loan_id BETWEEN ? AND ?", bounds)]


def _rows(found: sqlite3.Cursor) -> Iterator[sqlite3.Row]:
    found.row_factory = sqlite3.Row
    return found


def _one(db: Database, sql: str, *parameters: Any) -> Any:
    return next(_rows(db.execute(sql, parameters)), None)
