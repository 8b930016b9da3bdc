"""The trail in the database: written with the fact it tells of, in one transaction."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from typing import Any

from tallystick.db import Database
from tallystick.trail.entry import START, Entry, Fact, link

_COLUMNS = "number, at, actor, act, object, purpose, salt, chain"


def append(conn: sqlite3.Connection, fact: Fact, now: int) -> Entry:
    """Adds an entry within the caller's write transaction."""
    row = conn.execute("SELECT number, chain FROM trail ORDER BY number DESC LIMIT 1").fetchone()
    number, before = row or (0, START)
    entry = Entry(number + 1, now, fact, secrets.token_bytes(32))
    conn.execute(
        f"INSERT INTO trail ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            entry.number,
            entry.at,
            fact.actor,
            fact.act,
            fact.object,
            fact.purpose,
            entry.salt,
            link(before, entry.leaf()),
        ),
    )
    return entry


def entries(db: Database, first: int = 1) -> Iterator[tuple[Entry, bytes]]:
    """Entries from `first` on with the chain's hash that is stored with each."""
    for row in db.execute(
        f"SELECT {_COLUMNS} FROM trail WHERE number >= ? ORDER BY number",  # noqa: S608
        (first,),
    ):
        yield _entry(row), row[7]


def entries_about(db: Database, object_: str) -> list[Entry]:
    """Every entry about an object or a part of it, written `object/part`, oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM trail WHERE object = :whole"  # noqa: S608
        " OR (object > :whole || '/' AND object < :whole || '0') ORDER BY number",
        {"whole": object_},
    )
    return [_entry(row) for row in rows]


def page(
    db: Database, before: int | None, limit: int, *, actor: str | None = None, object_: str = ""
) -> list[Entry]:
    """Entries, newest first, those before entry `before`; of one actor, or about an object or a
    part of it, or all."""
    where, values = ["number < coalesce(:before, 9223372036854775807)"], {"before": before}
    if actor is not None:
        where.append("actor = :actor")
    if object_:
        where.append("(object = :whole OR (object > :whole || '/' AND object < :whole || '0'))")
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM trail WHERE {' AND '.join(where)}"  # noqa: S608 - our own text
        " ORDER BY number DESC LIMIT :limit",
        values | {"actor": actor, "whole": object_, "limit": limit},
    )
    return [_entry(row) for row in rows]


def chain_at(db: Database, number: int) -> bytes | None:
    """The chain's stored hash after entry `number`; None when there is no such entry."""
    if number == 0:
        return START
    row = db.execute("SELECT chain FROM trail WHERE number = ?", (number,)).fetchone()
    return None if row is None else bytes(row[0])


def number_of(db: Database, chain: bytes) -> int | None:
    """The entry after which the chain's hash was `chain`."""
    row = db.execute("SELECT number FROM trail WHERE chain = ?", (chain,)).fetchone()
    return None if row is None else int(row[0])


def last(db: Database) -> tuple[int, bytes]:
    """Number of the newest entry and the chain's hash after it; 0 and zeros for an empty trail."""
    row = db.execute("SELECT number, chain FROM trail ORDER BY number DESC LIMIT 1").fetchone()
    return (0, START) if row is None else (int(row[0]), bytes(row[1]))


def _entry(row: Any) -> Entry:
    number, at, actor, act, object_, purpose, salt, _ = row
    return Entry(number, at, Fact(actor, act, object_, purpose), salt)
