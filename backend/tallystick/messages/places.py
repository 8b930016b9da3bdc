"""How far whatever makes messages has read, kept with the messages."""

from __future__ import annotations

import sqlite3

from tallystick.db import Database


def place(out: Database, name: str) -> str | None:
    """Where the reader `name` stands; None before its first time."""
    row = out.execute("SELECT place FROM places WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def set_place(conn: sqlite3.Connection, name: str, value: str) -> None:
    """Within the transaction of the messages that it made."""
    conn.execute(
        "INSERT INTO places (name, place) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET place = excluded.place",
        (name, value),
    )
