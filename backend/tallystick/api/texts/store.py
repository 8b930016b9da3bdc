"""The file of texts. It is a cache: whatever is missing, old or lost is written again.

Texts written by a release that writes otherwise are dropped when the file is opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import orjson

from tallystick.api.schemas.loans import LoanAnswer
from tallystick.api.texts.text import Brief, Rest, Text
from tallystick.db import Database, open_database, write
from tallystick.indexer.marks import LAST_BLOCK, MARKS, Mark
from tallystick.indexer.repository import LoanFilter, select_loans
from tallystick.indexer.schema import FOLD

_BRIEF = "t.due, t.status, t.token, t.closed, t.brief"
FORM = 1
"""To be raised when the same loan is written otherwise and `LoanAnswer` stays as it is."""


def texts_file(index: Path) -> Path:
    """Where the texts of an index are."""
    return index.with_name(index.stem + "-texts.db")


def open_texts(index: Path) -> Database:
    """A connection that may write, with the table in this release's form."""
    db = open_database(texts_file(index), rebuildable=True)
    form = _form()
    with write(db) as connection:
        if connection.execute("PRAGMA user_version").fetchone() != (form,):
            connection.execute("DROP TABLE IF EXISTS texts")
            connection.execute(
                "CREATE TABLE texts (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, "
                "since INTEGER NOT NULL, until INTEGER NOT NULL, due INTEGER, "
                "status TEXT NOT NULL, token TEXT NOT NULL, escrow TEXT, closed INTEGER, "
                "brief BLOB NOT NULL, rest BLOB NOT NULL) STRICT"
            )
            connection.execute(f"PRAGMA user_version = {form}")
    return db


def attach_texts(index: Database, path: Path) -> None:
    """Lets `page_of_briefs` see the texts; `index` is a connection to the index at `path`."""
    index.execute("ATTACH ? AS written", [f"{texts_file(path).absolute().as_uri()}?mode=ro"])


def page_of_briefs(
    index: Database, day: int, conditions: LoanFilter, after: bytes | None, limit: int
) -> list[tuple[int, bytes, Brief | None]]:
    """Of the loans that `repository.list_loans` lists: id in the index, loan id, and brief; None
    instead of a brief where there is none that holds on the day. `index` has its texts attached."""
    columns = (
        f"SELECT l.id AS id, l.loan_id, {_BRIEF} FROM loans l "  # noqa: S608 - ours, and a number
        f"CROSS JOIN blocks b ON b.id = {LAST_BLOCK} "
        "LEFT JOIN written.texts t ON t.id = l.id AND t.hash = b.hash "
        f"AND {day:d} BETWEEN t.since AND t.until"
    )
    rows = select_loans(index, columns, conditions, after, limit)
    return [(row[0], row[1], None if row[3] is None else Brief._make(row[2:])) for row in rows]


def text_of(db: Database, mark: Mark, day: int) -> tuple[Brief, Rest] | None:
    """The text of a mark; None if there is none that holds on the day."""
    row = db.execute(
        f"SELECT {_BRIEF}, t.escrow, t.rest FROM texts t "  # noqa: S608 - ours
        "WHERE id = ? AND hash = ? AND ? BETWEEN since AND until",
        [mark.row, mark.hash, day],
    ).fetchone()
    return None if row is None else (Brief._make(row[:-2]), Rest._make(row[-2:]))


def missing(db: Database, marks: Sequence[Mark], day: int) -> list[Mark]:
    """Those marks without a text that holds on the day."""
    holes = ", ".join("?" * len(marks))
    kept = set(
        db.execute(
            f"SELECT id, hash FROM texts WHERE ? BETWEEN since AND until AND id IN ({holes})",  # noqa: S608 - ours
            [day, *(mark.row for mark in marks)],
        )
    )
    return [mark for mark in marks if (mark.row, mark.hash) not in kept]


def attach_index(db: Database, index: Path) -> None:
    """Lets `stale_rows` see the index."""
    db.execute("ATTACH ? AS loan_index", [f"{index.absolute().as_uri()}?mode=ro"])


def stale_rows(db: Database, after: int, last: int, day: int) -> list[int]:
    """Ids in the index of the loans after one and up to another without a text that holds on the
    day. What is found may have changed at the next look, as the index has a snapshot of its own
    here; many loans are looked at in one statement."""
    rows = db.execute(
        f"{MARKS} LEFT JOIN texts t ON t.id = l.id AND t.hash = b.hash "
        "AND ? BETWEEN t.since AND t.until WHERE l.id > ? AND l.id <= ? AND t.id IS NULL",
        [day, after, last],
    )
    return [row[0] for row in rows]


def put_texts(db: Database, texts: Iterable[tuple[Mark, Text]]) -> None:
    """Keeps texts in place of older ones."""
    with write(db) as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO texts (id, hash, since, until, "
            "due, status, token, closed, brief, escrow, rest) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (mark.row, mark.hash, text.since, text.until, *text.brief, *text.rest)
                for mark, text in texts
            ],
        )


def _form() -> int:
    """A number that another form of texts hardly shares."""
    schema = orjson.dumps([FORM, FOLD, LoanAnswer.model_json_schema()])
    return int.from_bytes(hashlib.sha256(schema).digest()[:4], "big") >> 1
