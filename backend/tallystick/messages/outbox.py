"""The outbox: what is to be told, to whom, once.

Any part of the service may call `enqueue`, as often as it likes: recipient, kind and key together
are told once. By which channels and when is decided by the dispatcher, from the reader's wishes.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tallystick.db import Database, write
from tallystick.identity.vault.files import PrivateFile, owe_scrub
from tallystick.identity.vault.vault import new_id
from tallystick.messages.errors import FactsInvalid, MessageUnknown
from tallystick.messages.facts import Facts
from tallystick.messages.kinds import kind_named
from tallystick.messages.schema import schema

DAY = 86_400
_RECIPIENT = re.compile(r"subject_[a-z2-7]{26}|0x[0-9a-fA-F]{40}")
_KEY = re.compile(r"[A-Za-z0-9_.:/#-]{1,200}")


@dataclass(frozen=True, slots=True)
class Source:
    """The event that a message tells of: if a reorganisation takes it back, that is told too."""

    chain_id: int
    block: int
    tx_hash: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Times are Unix seconds; `until` it is worth telling."""

    number: int
    message_id: str
    recipient: str
    kind: str
    version: int
    facts: Facts
    key: str
    created_at: int
    until: int
    state: str
    read_at: int | None


_MESSAGE = (
    "number, message_id, subject, kind, version, facts, key, created_at, until, state, read_at"
)


def messages_file(path: Path) -> PrivateFile:
    """The file of messages, made if there is none."""
    return PrivateFile(path, schema)


def enqueue(
    db: Database,
    recipient: str,
    kind: str,
    facts: Facts,
    key: str,
    *,
    topic: str | None = None,
    source: Source | None = None,
    now: int | None = None,
) -> str | None:
    """Puts a message into the outbox; returns its id, or None when it is there already.

    `recipient` is a subject or a wallet, `key` says what makes it one of its kind, such as loan and
    due date. What is not yet delivered of an earlier message under the same `topic` is dropped, for
    this one tells more. Inside the caller's transaction, or in one of its own. Raises
    `KindUnknown`, `FactsInvalid`.
    """
    found = kind_named(kind)
    found.check(facts)
    if not _RECIPIENT.fullmatch(recipient):
        raise FactsInvalid("recipient", "is neither a subject nor a wallet")
    for name, word in (("key", key), ("topic", topic)):
        if word is not None and not _KEY.fullmatch(word):
            raise FactsInvalid(name, "is an id of at most 200 characters")
    at = int(time.time()) if now is None else now
    values = {
        "message_id": new_id("note"),
        "subject": recipient,
        "kind": kind,
        "version": found.version,
        "facts": json.dumps(facts, sort_keys=True),
        "key": key,
        "topic": topic,
        "created_at": at,
        "until": at + found.days * DAY,
        "chain_id": source and source.chain_id,
        "block": source and source.block,
        "tx_hash": source and source.tx_hash,
    }
    if db.conn.in_transaction:
        return _insert(db.conn, values)
    with write(db) as conn:
        return _insert(conn, values)


def inbox(
    db: Database,
    recipients: list[str],
    limit: int,
    before: int | None = None,
    *,
    unread: bool = False,
) -> list[Message]:
    """What was told to a subject and its wallets, newest first, older than message `before`."""
    rows = db.execute(
        f"SELECT {_MESSAGE} FROM messages"  # noqa: S608 - our own text
        f" WHERE subject IN ({', '.join('?' * len(recipients))}) AND number < ?"
        f" AND state <> 'withdrawn'{' AND read_at IS NULL' if unread else ''}"
        " ORDER BY number DESC LIMIT ?",
        [*recipients, 2**62 if before is None else before, limit],
    )
    return [read_message(row) for row in rows]


def by_id(db: Database, message_id: str) -> Message | None:
    """Whosever it is."""
    row = db.execute(
        f"SELECT {_MESSAGE} FROM messages WHERE message_id = ?",  # noqa: S608
        (message_id,),
    ).fetchone()
    return None if row is None else read_message(row)


def find(db: Database, recipients: list[str], message_id: str) -> Message:
    """One's own. Raises `MessageUnknown`."""
    found = by_id(db, message_id)
    if found is None or found.recipient not in recipients:
        raise MessageUnknown(message_id)
    return found


def told_at(db: Database, recipient: str, kind: str, key: str) -> int | None:
    """When a recipient's newest message of a kind whose key begins with `key` was made; None if
    there is none."""
    found = db.execute(
        "SELECT max(created_at) FROM messages WHERE subject = ? AND kind = ?"
        " AND substr(key, 1, ?) = ? AND state <> 'withdrawn'",
        (recipient, kind, len(key), key),
    )
    (at,) = found.fetchone()
    return None if at is None else int(at)


def mark_read(db: Database, message: Message, now: int) -> None:
    """The reader has seen it."""
    with write(db) as conn:
        conn.execute(
            "UPDATE messages SET read_at = coalesce(read_at, ?) WHERE number = ?",
            (now, message.number),
        )


def newest(db: Database, limit: int) -> Iterator[tuple[Message, list[tuple[str, str, str | None]]]]:
    """The newest messages with their deliveries: channel, state, reason."""
    rows = db.execute(
        f"SELECT {_MESSAGE} FROM messages ORDER BY number DESC LIMIT ?",  # noqa: S608
        (limit,),
    ).fetchall()
    for row in rows:
        message = read_message(row)
        yield message, deliveries(db, message)


def deliveries(db: Database, message: Message) -> list[tuple[str, str, str | None]]:
    """Channel, state and reason of each delivery."""
    return db.execute(
        "SELECT channel, state, reason FROM deliveries WHERE number = ? ORDER BY channel",
        (message.number,),
    ).fetchall()


def forget(file: PrivateFile, recipient: str, now: int) -> None:
    """Deletes everything of a recipient and overwrites it."""
    with file.open() as db, write(db) as conn:
        conn.execute(
            "DELETE FROM messages"
            " WHERE number IN (SELECT number FROM deliveries WHERE subject = ?)",
            (recipient,),
        )
        for table in ("messages", "preferences", "calendars"):
            conn.execute(f"DELETE FROM {table} WHERE subject = ?", (recipient,))  # noqa: S608
        owe_scrub(conn, now)
    file.scrub()


def _insert(conn: sqlite3.Connection, values: dict[str, object]) -> str | None:
    columns = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    added = conn.execute(
        f"INSERT INTO messages ({columns}, state) VALUES ({places}, 'new')"  # noqa: S608
        " ON CONFLICT (subject, kind, key) DO NOTHING RETURNING number",
        values,
    ).fetchone()
    if added is None:
        return None
    if values["topic"] is not None:
        _supersede(conn, str(values["topic"]), str(values["subject"]), added[0])
    return str(values["message_id"])


def _supersede(conn: sqlite3.Connection, topic: str, recipient: str, number: int) -> None:
    """Whoever was away for a week gets the newest reminder, not seven."""
    earlier = (
        "SELECT number FROM messages WHERE topic = ? AND subject = ? AND number < ?"
        " AND state IN ('new', 'routed')"
    )
    values = (topic, recipient, number)
    conn.execute(
        "UPDATE deliveries SET state = 'dropped', reason = 'superseded', ended_at = unixepoch()"  # noqa: S608
        f" WHERE state = 'pending' AND number IN ({earlier})",
        values,
    )
    conn.execute(
        "UPDATE messages SET state = 'superseded' WHERE state = 'new' AND topic = ?"
        " AND subject = ? AND number < ?",
        values,
    )


def read_message(row: tuple[object, ...]) -> Message:
    """A message from a row with its columns in order."""
    number, message_id, recipient, kind, version, facts, *rest = row
    return Message(number, message_id, recipient, kind, version, json.loads(str(facts)), *rest)  # type: ignore[arg-type]
