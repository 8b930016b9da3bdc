"""What was told of events, when a reorganisation takes them back.

The message of an event that vanished is in doubt until the chain is longer than it was: mostly its
transaction is mined again. If it is not, what nobody got is withdrawn, and what somebody got is
corrected. Should the transaction come back later still, it is told anew.
"""

from __future__ import annotations

import json
import sqlite3

from tallystick.db import Database
from tallystick.loans.calendar import date_of, day_at
from tallystick.messages.drafts import Draft
from tallystick.messages.kinds import kind_named
from tallystick.messages.outbox import enqueue

BLOCKS = 2
"""Beyond the height at which a message was made, before it is given up."""


def confirm(db: Database, draft: Draft, now: int) -> str | None:
    """Puts the message of an event into the outbox, or notes where the event stands now.

    Returns the id of a new message. Within the caller's transaction.
    """
    assert draft.source is not None  # noqa: S101 - of events only
    again, key = 0, draft.key
    while True:
        told = enqueue(
            db, draft.recipient, draft.kind, draft.facts, key, source=draft.source, now=now
        )
        if told is not None:
            return told
        number, corrected = db.execute(
            "SELECT number, corrected FROM messages WHERE subject = ? AND kind = ? AND key = ?",
            (draft.recipient, draft.kind, key),
        ).fetchone()
        if not corrected:
            db.execute(
                "UPDATE messages SET block = ?, doubtful = NULL WHERE number = ?",
                (draft.source.block, number),
            )
            return None
        again += 1
        key = f"{draft.key}#{again}"


def doubt(conn: sqlite3.Connection, chain_id: int, ancestor: int, height: int) -> None:
    """The chain took back its blocks above `ancestor`; it had reached `height`."""
    conn.execute(
        "UPDATE messages SET doubtful = ? WHERE chain_id = ? AND block > ? AND corrected = 0",
        (height + BLOCKS, chain_id, ancestor),
    )


def settle(db: Database, chain_id: int, height: int, now: int) -> None:
    """Withdraws or corrects what the chain, now at `height`, has not brought back."""
    rows = db.execute(
        "SELECT m.number, m.message_id, m.subject, m.kind, m.facts, m.created_at,"
        " m.tx_hash, m.read_at IS NOT NULL OR EXISTS (SELECT 1 FROM deliveries d"
        "  WHERE d.number = m.number AND (d.state = 'sent' OR d.leased_until > 0))"
        " FROM messages m WHERE m.chain_id = ? AND m.doubtful <= ?",
        (chain_id, height),
    ).fetchall()
    for number, message_id, subject, kind, facts, created_at, tx_hash, known in rows:
        db.execute(
            "UPDATE deliveries SET state = 'dropped', reason = 'withdrawn', ended_at = unixepoch()"
            " WHERE number = ? AND state = 'pending'",
            (number,),
        )
        db.execute(
            "UPDATE messages SET doubtful = NULL, corrected = 1,"
            " state = CASE WHEN ? THEN state ELSE 'withdrawn' END WHERE number = ?",
            (known, number),
        )
        about = kind_named("correction").languages["en"].words["about"]
        if known and kind in about:
            told = {
                "loan": json.loads(facts)["loan"],
                "about": kind,
                "told_on": date_of(day_at(created_at)).isoformat(),
                "tx": f"0x{tx_hash.hex()}",
            }
            enqueue(db, subject, "correction", told, message_id, now=now)
