"""An index of very many loans, made from one of fewer by copying its rows in SQL.

Every copy has ids, hashes and blocks of its own, after those of the original; what a loan agreed
and owes is the original's. Texts are copied with their loans, so nothing has to be written.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tallystick.api.texts.store import texts_file
from tallystick.db import Database, open_database, write
from tallystick.indexer.schema import block_id, event_id

COPY = """
INSERT INTO blocks (id, hash, parent, timestamp)
SELECT id + :blocks, randomblob(32), parent, timestamp + :blocks FROM blocks
WHERE id BETWEEN 1 AND (:end >> 20) - 1;

INSERT INTO events (id, book_id, loan, topics, data)
SELECT id + :ids, book_id, loan + :ids, topics, data FROM events WHERE id < :end;

INSERT INTO transactions (id, hash)
SELECT id + :ids, randomblob(32) FROM transactions WHERE id < :end;

INSERT INTO loans (id, loan_id, {columns})
SELECT id + :ids, randomblob(32), {columns} FROM loans WHERE id < :end;

INSERT INTO kept.texts
    (id, hash, since, until, due, status, token, closed, escrow, rest, brief)
SELECT t.id + :ids, b.hash, since, until, due, t.status, t.token, t.closed, escrow, rest, CAST(
    replace(CAST(t.brief AS TEXT), lower(hex(o.loan_id)), lower(hex(l.loan_id))) AS BLOB
)
FROM kept.texts t
JOIN loans o ON o.id = t.id
JOIN loans l ON l.id = t.id + :ids
JOIN blocks b ON b.id = l.id >> 20
WHERE t.id < :end
"""


def multiply(original: Path, index: Path, times: int) -> None:
    """Makes `index` hold `times` as many loans as `original`, with texts for all."""
    for from_, to in ((original, index), (texts_file(original), texts_file(index))):
        with open_database(from_) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(from_, to)
    with open_database(index, rebuildable=True) as db:
        db.execute("ATTACH ? AS kept", [str(texts_file(index))])
        db.execute("PRAGMA foreign_keys = OFF")
        (blocks,) = db.execute("SELECT number FROM chains").fetchone()
        for copy in range(1, times):
            _copy(db, blocks, copy * blocks)
        with write(db) as connection:
            connection.execute(
                "UPDATE chains SET (number, hash, timestamp) ="
                " (SELECT id, hash, timestamp FROM blocks ORDER BY id DESC LIMIT 1)"
            )


def _copy(db: Database, blocks: int, ahead: int) -> None:
    """The first `blocks` blocks again, `ahead` blocks later."""
    names = [row[1] for row in db.execute("PRAGMA table_info(loans)")]
    columns = ", ".join(name for name in names if name not in ("id", "loan_id"))
    shift = {"blocks": block_id(ahead), "ids": event_id(ahead, 0), "end": event_id(blocks + 1, 0)}
    with write(db) as connection:
        for statement in COPY.format(columns=columns).split(";"):
            wanted = {name: value for name, value in shift.items() if f":{name}" in statement}
            connection.execute(statement, wanted)
