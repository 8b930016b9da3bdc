"""All statements on the file of the close."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.db import Database, migrate, open_database, pack_amount, require_schema, write
from tallystick.loans.delinquency.policy import Policy
from tallystick.servicing.close.ledger import End
from tallystick.servicing.close.line import Line
from tallystick.servicing.close.schema import schema
from tallystick.servicing.errors import CloseTaken

LINE = "due_day, days, bucket, class, outstanding, provision"
_CLOSE = (
    "c.id, b.chain_id, b.address, c.day, c.zone, c.ended_at, c.mark, c.mark_hash, c.policy,"
    " c.after, c.loans, c.lines, c.begun_at, c.done_at"
    " FROM closes c JOIN close_books b ON b.id = c.book"
)
Sums = dict[tuple[str, int, int], list[int]]
"""Loans, outstanding and provision by token, class and bucket."""


@dataclass(frozen=True, slots=True)
class Close:
    """The close of one book and business date. `lines` it wrote, of `loans` that ran; `done_at`
    None: not finished."""

    id: int
    chain_id: int
    book: str
    day: int
    zone: str
    ended_at: int
    end: End
    policy: Policy
    after: int
    loans: int
    lines: int
    begun_at: int
    done_at: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """A loan with the line that holds now, and since when."""

    key: int
    loan_id: bytes
    token: str
    day: int
    line: Line


@dataclass(frozen=True, slots=True)
class Sum:
    """Loans of a close in one token, class and bucket; amounts in base units."""

    token: str
    asset_class: int
    bucket: int
    loans: int
    outstanding: int
    provision: int


def open_close_file(path: Path) -> Database:
    """The file of closes, made if there is none.

    The first close writes as many ids of loans as there are, each at a random place of an index.
    """
    db = open_database(path, scattered=True)
    migrate(db, schema)
    return db


def read_close_file(path: Path) -> Database:
    """The same for reading. Raises `DatabaseMissing`, `SchemaOutdated`."""
    db = open_database(path, readonly=True)
    require_schema(db, schema)
    return db


def book_key(conn: sqlite3.Connection, chain_id: int, address: str) -> int:
    """The key of a book, given one if it has none."""
    conn.execute(
        "INSERT INTO close_books (chain_id, address) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (chain_id, address),
    )
    (key,) = conn.execute(
        "SELECT id FROM close_books WHERE chain_id = ? AND address = ?", (chain_id, address)
    ).fetchone()
    return int(key)


def begin(db: Database, chain_id: int, book: str, row: Mapping[str, Any]) -> Close:
    """The close of a date, begun if it was not. `row` has the columns day to policy."""
    with write(db) as conn:
        key = book_key(conn, chain_id, book)
        conn.execute(
            "INSERT INTO closes (book, day, zone, ended_at, mark, mark_hash, policy, after,"
            " begun_at) VALUES (:book, :day, :zone, :ended_at, :mark, :mark_hash, :policy,"
            " 0, :now) ON CONFLICT (book, day) DO NOTHING",
            {"book": key, **row},
        )
    return _one(db, "WHERE c.book = ? AND c.day = ?", (key, row["day"]))


def closes(
    db: Database, chain_id: int, book: str, limit: int, before: int | None = None
) -> list[Close]:
    """Closes of a book, the newest date first, those before a day."""
    return _closes(
        db,
        "WHERE b.chain_id = ? AND b.address = ? AND c.day < coalesce(?, c.day + 1)"
        " ORDER BY c.day DESC LIMIT ?",
        (chain_id, book, before, limit),
    )


def place_of(db: Database, loan_id: bytes) -> tuple[int, str] | None:
    """Chain id and book of a loan that was closed; None for one that never was."""
    row = db.execute(
        "SELECT b.chain_id, b.address FROM close_loans l JOIN close_books b ON b.id = l.book"
        " WHERE l.loan_id = ?",
        (loan_id,),
    ).fetchone()
    return None if row is None else (row[0], row[1])


def newest(db: Database) -> Close | None:
    """The close of any book that was begun last."""
    found = _closes(db, "ORDER BY c.id DESC LIMIT 1", ())
    return found[0] if found else None


def close_of(db: Database, chain_id: int, book: str, day: int) -> Close | None:
    """The close of a business date; None when there is none."""
    found = closes(db, chain_id, book, 1, day + 1)
    return found[0] if found and found[0].day == day else None


def current(db: Database, loan_ids: Iterable[bytes]) -> dict[bytes, Known]:
    """The lines that hold now of loans that have one."""
    ids = list(loan_ids)
    marks = ", ".join("?" * len(ids))
    rows = db.execute(
        f"SELECT key, loan_id, token, day, {LINE} FROM close_loans WHERE loan_id IN ({marks})",  # noqa: S608
        ids,
    )
    return {row[1]: Known(row[0], row[1], row[2], row[3], Line(*row[4:])) for row in rows}


def line_at(db: Database, key: int, day: int) -> Line | None:
    """What the closes say of a loan at the end of a date, corrections included."""
    row = db.execute(
        f"SELECT {LINE} FROM close_lines WHERE loan = ? AND day <= ?"  # noqa: S608
        " ORDER BY day DESC, version DESC LIMIT 1",
        (key, day),
    ).fetchone()
    return None if row is None else Line(*row)


def lines_of(
    db: Database, loan_id: bytes, limit: int, before: tuple[int, int]
) -> list[tuple[int, int, Line]]:
    """Day, version and line of up to `limit` lines of a loan before a day and version, the newest
    first."""
    rows = db.execute(
        f"SELECT day, version, {LINE} FROM close_lines"  # noqa: S608
        " WHERE loan = (SELECT key FROM close_loans WHERE loan_id = ?) "
        " AND (day, version) < (?, ?) ORDER BY day DESC, version DESC LIMIT ?",
        (loan_id, *before, limit),
    )
    return [(row[0], row[1], Line(*row[2:])) for row in rows]


def add_lines(
    conn: sqlite3.Connection, book: int, day: int, new: list[tuple[bytes, str, Line]]
) -> None:
    """First versions of lines of loans, known or not, and what holds now."""
    if not new:
        return
    conn.executemany(
        f"INSERT INTO close_loans (loan_id, book, token, day, {LINE})"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (loan_id) DO UPDATE SET"
        " day = excluded.day, due_day = excluded.due_day, days = excluded.days,"
        " bucket = excluded.bucket, class = excluded.class, outstanding = excluded.outstanding,"
        " provision = excluded.provision",
        [(loan_id, book, token, day, *line) for loan_id, token, line in new],
    )
    conn.executemany(
        f"INSERT INTO close_lines (loan, day, version, {LINE})"  # noqa: S608
        " SELECT key, ?, 0, ?, ?, ?, ?, ?, ? FROM close_loans WHERE loan_id = ?",
        [(day, *line, loan_id) for loan_id, _, line in new],
    )


def add_loan(
    conn: sqlite3.Connection, book: int, loan_id: bytes, token: str, day: int, line: Line
) -> int:
    """The key of a loan of which no line was written yet."""
    (key,) = conn.execute(
        f"INSERT INTO close_loans (loan_id, book, token, day, {LINE})"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key",
        (loan_id, book, token, day, *line),
    ).fetchone()
    return int(key)


def set_current(conn: sqlite3.Connection, key: int, day: int, line: Line) -> None:
    """The line of a loan that holds now."""
    conn.execute(
        f"UPDATE close_loans SET (day, {LINE}) = (?, ?, ?, ?, ?, ?, ?) WHERE key = ?",  # noqa: S608
        (day, *line, key),
    )


def advance(conn: sqlite3.Connection, close: Close, after: int, loans: int, lines: int) -> None:
    """Moves a close past the loans of a page. Raises `CloseTaken` when another process did."""
    moved = conn.execute(
        "UPDATE closes SET after = ?, loans = loans + ?, lines = lines + ?"
        " WHERE id = ? AND after = ? AND done_at IS NULL",
        (after, loans, lines, close.id, close.after),
    )
    if moved.rowcount == 0:
        raise CloseTaken(f"another process closes {close.book}")


def add_sums(conn: sqlite3.Connection, close: int, added: Sums) -> None:
    """Adds to the sums of a close; corrections also take away."""
    for (token, asset_class, bucket), (loans, outstanding, provision) in added.items():
        place = (close, token, asset_class, bucket)
        row = conn.execute(
            "SELECT loans, outstanding, provision FROM close_sums"
            " WHERE close = ? AND token = ? AND class = ? AND bucket = ?",
            place,
        ).fetchone() or (0, 0, 0)
        conn.execute(
            "INSERT INTO close_sums (close, token, class, bucket, loans, outstanding, provision)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET loans = excluded.loans,"
            " outstanding = excluded.outstanding, provision = excluded.provision",
            (
                *place,
                row[0] + loans,
                pack_amount(int(row[1]) + outstanding),
                pack_amount(int(row[2]) + provision),
            ),
        )


def sums(db: Database, close: int) -> list[Sum]:
    """What a close adds up to, without empty cells."""
    rows = db.execute(
        "SELECT token, class, bucket, loans, outstanding, provision FROM close_sums"
        " WHERE close = ? AND loans > 0 ORDER BY token, class, bucket",
        (close,),
    )
    return [
        Sum(token, class_, bucket, loans, int(outstanding), int(provision))
        for token, class_, bucket, loans, outstanding, provision in rows
    ]


def set_end(conn: sqlite3.Connection, close: int, end: End) -> None:
    """What the chain says now of the end of a close."""
    conn.execute("UPDATE closes SET mark = ?, mark_hash = ? WHERE id = ?", (*end, close))


def finish(db: Database, close: Close, now: int) -> Close:
    """Every loan is done."""
    with write(db) as conn:
        conn.execute(
            "UPDATE closes SET done_at = ? WHERE id = ? AND done_at IS NULL", (now, close.id)
        )
    return _one(db, "WHERE c.id = ?", (close.id,))


def _one(db: Database, where: str, parameters: tuple[Any, ...]) -> Close:
    return _closes(db, where, parameters)[0]


def _closes(db: Database, where: str, parameters: tuple[Any, ...]) -> list[Close]:
    rows = db.execute(f"SELECT {_CLOSE} {where}", parameters)
    return [_close(row) for row in rows.fetchall()]


def _close(row: tuple[Any, ...]) -> Close:
    id_, chain_id, book, day, zone, ended_at, mark, mark_hash, policy, *rest = row
    end, rules = End(mark, mark_hash), Policy.from_json(json.loads(policy))
    return Close(id_, chain_id, book, day, zone, ended_at, end, rules, *rest)
