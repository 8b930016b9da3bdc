"""Which version of a loan the index holds, told without reading the loan.

For whoever keeps something made of a loan: it is still right while the loan's mark is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tallystick.db import Database
from tallystick.indexer.schema import event_id

LAST_BLOCK = "(SELECT max(e.id) FROM events e WHERE e.loan = l.id) >> 20"
"""The id of the last block in which something happened to the loan in a row `l` of `loans`."""
MARKS = f"""
    SELECT l.id AS id, l.book_id, l.loan_id, b.hash FROM loans l
    CROSS JOIN blocks b ON b.id = {LAST_BLOCK}
"""  # noqa: S608 - our text


class Mark(NamedTuple):
    """`row` and `book` are ids of the index; `hash` is of the last block in which something
    happened to the loan, so that of two equal marks everything about the loan is equal."""

    row: int
    book: int
    loan_id: bytes
    hash: bytes

    @property
    def block(self) -> int:
        """Number of the block of its origination."""
        return block_of(self.row)


def block_of(event: int) -> int:
    """Number of the block of an event, by its id."""
    return event >> 20 & 0xFFFFFFFF


def mark_of(db: Database, loan_id: bytes) -> Mark | None:
    """The mark of a loan, shown or not; None for an unknown id."""
    found = db.execute(f"{MARKS} WHERE l.loan_id = ?", [loan_id]).fetchone()
    return found and Mark(*found)


def marks_of(db: Database, rows: Sequence[int]) -> list[Mark]:
    """The marks of loans by their ids in the index, in no order."""
    holes = ", ".join("?" * len(rows))
    return [Mark(*row) for row in db.execute(f"{MARKS} WHERE l.id IN ({holes})", rows)]


def loan_further_on(db: Database, chain: int, after: int, steps: int) -> int | None:
    """The id in the index of the loan that many steps after an id, or of the chain's last one; None
    after that."""
    first, end = max(after, event_id(0, 0, chain)), event_id(0, 0, chain + 1)
    (found,) = db.execute(
        "SELECT max(id) FROM (SELECT id FROM loans WHERE id > ? AND id < ? ORDER BY id LIMIT ?)",
        [first, end, steps],
    ).fetchone()
    return None if found is None else int(found)


def touched(db: Database, chain: int, after: int, limit: int) -> list[tuple[int, int]]:
    """Up to `limit` events of the chain with this key, after the one with id `after`, in order:
    the event's id, and the id of its loan in the index."""
    return db.execute(
        "SELECT id, loan FROM events WHERE id > ? AND id < ? AND loan IS NOT NULL "
        "ORDER BY id LIMIT ?",
        [after, event_id(0, 0, chain + 1), limit],
    ).fetchall()


def hidden_books(db: Database) -> set[int]:
    """Ids of the books that still catch up, of which nothing is shown."""
    return {id_ for (id_,) in db.execute("SELECT id FROM books WHERE number IS NOT NULL")}
