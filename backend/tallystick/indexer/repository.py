"""All reads of the index. Nothing here writes; wrap several reads in `db.snapshot`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from tallystick.chain import codec
from tallystick.db import open_database, require_schema, unpack_amount
from tallystick.indexer.rows import Position, failure_in, ref_of, state_of
from tallystick.indexer.schema import schema
from tallystick.loans.agreement import Status
from tallystick.loans.events import BookEvent, Claimed, EventRef, LoanEvent, NonceRevoked
from tallystick.loans.fold import LoanState

EVENTS = """
    SELECT e.*, k.address AS book, b.hash AS block_hash, b.timestamp
    FROM events e
    JOIN blocks b ON b.chain_id = e.chain_id AND b.number = e.block_number
    JOIN books k ON k.id = e.book_id
"""
_HASH_DIGITS = 64
_IN_ORDER = " ORDER BY e.chain_id, e.block_number, e.log_index"


class Cursor(NamedTuple):
    """The block at which everything in the index is exact; `timestamp` in Unix seconds."""

    number: int
    hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Book:
    """The contract that is indexed."""

    chain_id: int
    address: str
    from_block: int


@dataclass(frozen=True, slots=True)
class LoanFilter:
    """Conditions that all must hold; None matches everything. Addresses EIP-55.

    `party` is borrower or lender; `digits` are a loan id, its beginning, or the hash of a
    transaction that concerned the loan, as lower-case hexadecimal digits; `due_by` (days since
    1970-01-01) matches loans whose oldest unpaid row is due on or before that day.
    """

    borrower: str | None = None
    lender: str | None = None
    party: str | None = None
    token: str | None = None
    digits: str | None = None
    status: Status | None = None
    due_by: int | None = None


def open_index(path: Path) -> Database:
    """A connection that only reads. Raises DatabaseMissing, SchemaOutdated."""
    db = open_database(path, readonly=True)
    try:
        require_schema(db, schema)
    except BaseException:
        db.close()
        raise
    return db


def cursor(db: Database) -> Cursor | None:
    """How far the index has come; None before the first block."""
    row = _one(db, "SELECT number, hash, timestamp FROM chains")
    return row and Cursor(*row)


def book(db: Database) -> Book | None:
    """The book that is indexed; None before the first block."""
    row = _one(db, "SELECT chain_id, address, from_block FROM books")
    return row and Book(*row)


def get_loan(db: Database, loan_id: bytes) -> LoanState | None:
    """The state of a loan with all its payments; None for an unknown id."""
    row = _one(db, "SELECT * FROM loans WHERE loan_id = ?", loan_id)
    return row and _load(db, row, with_payments=True)


def get_loan_bare(db: Database, loan_id: bytes) -> tuple[LoanState, int] | None:
    """The state without its payments, and how many they are."""
    row = _one(db, "SELECT * FROM loans WHERE loan_id = ?", loan_id)
    return row and (_load(db, row, with_payments=False), row["payment_count"])


def list_loans(
    db: Database,
    conditions: LoanFilter | None = None,
    after: bytes | None = None,
    limit: int = 50,
) -> list[LoanState]:
    """Up to `limit` loans, newest first, that follow loan `after`. Payments are left out.

    An unknown `after` gives an empty page.
    """
    conditions = conditions or LoanFilter()
    where, parameters = _where(conditions)
    if after is not None:
        where.append(
            "(originated_block, originated_log) < "
            "(SELECT originated_block, originated_log FROM loans WHERE loan_id = ?)"
        )
        parameters.append(after)
    # Each way to match walks its own index in order; SQLite merges them without sorting.
    ways = _ways(conditions)
    selects = [
        f"SELECT * FROM loans WHERE {' AND '.join([*where, way])} "  # noqa: S608 - ours
        for way, _ in ways
    ]
    rows = db.execute(
        " UNION ALL ".join(selects) + "ORDER BY originated_block DESC, originated_log DESC LIMIT ?",
        [value for _, values in ways for value in (*parameters, *values)] + [limit],
    )
    return [_load(db, row, with_payments=False) for row in _rows(rows)]


def due_loans(
    db: Database, day: int, limit: int, after: tuple[int, bytes] | None = None
) -> list[LoanState]:
    """Loans with something due on or before `day`, the longest overdue first, payments left out.

    `after` is (due day, loan id) of the last one of the page before; see `next_due`.
    """
    rows = db.execute(
        "SELECT * FROM loans WHERE next_due_day <= ? AND (next_due_day, loan_id) > (?, ?) "
        "ORDER BY next_due_day, loan_id LIMIT ?",
        [day, *(after or (-1, b"")), limit],
    )
    return [_load(db, row, with_payments=False) for row in _rows(rows)]


def next_due(db: Database, loan_id: bytes) -> int | None:
    """Due day (since 1970-01-01) of the oldest row that owes something; None when closed."""
    row = _one(db, "SELECT next_due_day FROM loans WHERE loan_id = ?", loan_id)
    return None if row is None else row[0]


def exposures(db: Database, token: str, lender: str | None = None) -> Iterator[tuple[int, int]]:
    """Due day of the oldest unpaid row and outstanding principal of every active loan in `token`.

    Streamed, so that any number of loans takes the same memory. `lender` None means all lenders.
    """
    where, parameters = _where(LoanFilter(token=token, lender=lender))
    rows = db.execute(
        "SELECT next_due_day, outstanding FROM loans "  # noqa: S608 - our own text
        f"WHERE next_due_day IS NOT NULL AND {' AND '.join(where)}",
        parameters,
    )
    return ((due_day, unpack_amount(outstanding)) for due_day, outstanding in rows)


def events_of(db: Database, loan_id: bytes) -> list[LoanEvent]:
    """A loan's events in chain order, decoded from what the chain said."""
    found = _events(db, "WHERE e.loan_id = ?", [loan_id])
    return [event for event in found if not isinstance(event, Claimed | NonceRevoked)]


def events_in(db: Database, tx_hash: bytes) -> list[BookEvent]:
    """The book's events of one transaction."""
    return list(_events(db, "WHERE e.tx_hash = ?", [tx_hash]))


def recent_events(db: Database, limit: int, before: Position | None = None) -> list[BookEvent]:
    """Up to `limit` events, newest first, older than `before` if given."""
    rows = db.execute(
        f"{EVENTS} WHERE e.chain_id = (SELECT chain_id FROM chains) "  # noqa: S608 - our own text
        "AND (e.block_number, e.log_index) < (?, ?) "
        "ORDER BY e.block_number DESC, e.log_index DESC LIMIT ?",
        [*(before or (2**62, 0)), limit],
    )
    return [codec.decode(row["topics"], row["data"], ref_of(row)) for row in _rows(rows)]


def events_after(
    db: Database, after: Position, limit: int, concerning: LoanFilter | None = None
) -> list[BookEvent]:
    """Up to `limit` events, oldest first, that follow the one at `after`.

    `concerning` keeps those of one loan (`digits`, whole) or of a `borrower` or `lender`.
    """
    wanted = concerning or LoanFilter()
    where = ["e.chain_id = (SELECT chain_id FROM chains)"]
    where.append("(e.block_number, e.log_index) > (?, ?)")
    parameters: list[Any] = [*after]
    if wanted.digits is not None:
        where.append("e.loan_id = ?")
        parameters.append(bytes.fromhex(wanted.digits))
    for column in ("borrower", "lender"):
        value = getattr(wanted, column)
        if value is not None:
            where.append(f"(SELECT {column} FROM loans l WHERE l.loan_id = e.loan_id) = ?")  # noqa: S608
            parameters.append(value)
    text = f"WHERE {' AND '.join(where)}{_IN_ORDER} LIMIT ?"
    return list(_events(db, text, [*parameters, limit], order=""))


def recent_blocks(db: Database, limit: int, last: int) -> list[tuple[int, bytes]]:
    """Number and hash of up to `limit` kept blocks up to `last`, highest first."""
    return db.execute(
        "SELECT number, hash FROM blocks WHERE chain_id = (SELECT chain_id FROM chains) "
        "AND number <= ? ORDER BY number DESC LIMIT ?",
        [last, limit],
    ).fetchall()


def _events(
    db: Database, where: str, parameters: list[Any], order: str = _IN_ORDER
) -> Iterator[BookEvent]:
    for row in _rows(db.execute(EVENTS + where + order, parameters)):
        yield codec.decode(row["topics"], row["data"], ref_of(row))


def _load(db: Database, row: sqlite3.Row, *, with_payments: bool) -> LoanState:
    wanted = [(row["originated_block"], row["originated_log"])]
    if row["closed_block"] is not None:
        wanted.append((row["closed_block"], row["closed_log"]))
    failed = None
    payments: list[sqlite3.Row] = []
    if with_payments:
        loan_id = row["loan_id"]
        refs = _refs(_rows(db.execute(EVENTS + "WHERE e.loan_id = ?", [loan_id])))
        payments = list(
            _rows(db.execute("SELECT * FROM payments WHERE loan_id = ? ORDER BY number", [loan_id]))
        )
    else:
        refs = _refs(_event_row(db, row["chain_id"], *position) for position in wanted)
    if row["failed_block"] is not None:
        failed = failure_in(_event_row(db, row["chain_id"], row["failed_block"], row["failed_log"]))
    return state_of(row, payments, refs, failed)


def _refs(rows: Iterable[sqlite3.Row]) -> dict[Position, EventRef]:
    return {(row["block_number"], row["log_index"]): ref_of(row) for row in rows}


def _event_row(db: Database, chain_id: int, block: int, log_index: int) -> sqlite3.Row:
    where = "WHERE e.chain_id = ? AND e.block_number = ? AND e.log_index = ?"
    return next(_rows(db.execute(EVENTS + where, [chain_id, block, log_index])))


def _where(conditions: LoanFilter) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    parameters: list[Any] = []
    for column in ("borrower", "lender", "token"):
        value = getattr(conditions, column)
        if value is not None:
            where.append(f"{column} = ?")
            parameters.append(value)
    if conditions.status is not None:
        where.append("status = ?")
        parameters.append(conditions.status.label)
    if conditions.due_by is not None:
        where.append("next_due_day <= ?")
        parameters.append(conditions.due_by)
    return where, parameters


def _ways(conditions: LoanFilter) -> list[tuple[str, list[Any]]]:
    """Alternative conditions of which no two hold for one loan."""
    party, digits = conditions.party, conditions.digits
    if party is not None:
        return [("borrower = ?", [party]), ("lender = ? AND borrower <> ?", [party, party])]
    if digits is None:
        return [("TRUE", [])]
    if len(digits) == _HASH_DIGITS:
        return [
            ("loan_id = ?", [bytes.fromhex(digits)]),
            (
                "loan_id IN (SELECT loan_id FROM events WHERE tx_hash = ?)",
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
