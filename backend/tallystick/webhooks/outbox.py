"""The outbox: messages that wait for receivers, and how each try ended.

What the chain tells lies in the index, written in one transaction with the fact. A webhook's place
in it moves in one transaction with the messages that it makes, so nothing is lost or told twice.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from random import SystemRandom

from tallystick.db import write
from tallystick.identity.vault import Vault
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.vault import new_id
from tallystick.webhooks.errors import WebhookUnknown
from tallystick.webhooks.places import FactPlace
from tallystick.webhooks.send import Result
from tallystick.webhooks.store import Webhook, Webhooks

WAITS = (5, 30, 120, 600, 1800, 7200, 21_600, 43_200, 86_400, 86_400)
"""Seconds before each further try: eleven tries over almost three days."""
LEASE_SECONDS = 60
KEEP_SECONDS = 30 * 86_400
_GONE = 410
_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Times are Unix seconds."""

    message_id: str
    webhook_id: str
    sequence: int
    type: str
    body: str
    created_at: int
    state: str
    tries: int
    next_at: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try; `at` in Unix seconds."""

    number: int
    at: int
    result: Result


_MESSAGE = "message_id, webhook_id, sequence, type, body, created_at, state, tries, next_at"


class Outbox:
    """Messages in the file of the webhooks. Safe to share between threads."""

    def __init__(self, file: PrivateFile, vault: Vault, webhooks: Webhooks) -> None:
        self._file = file
        self._vault = vault
        self._webhooks = webhooks

    def advance(
        self, hook: Webhook, place: str, events: Iterable[tuple[str, dict[str, object]]]
    ) -> bool:
        """Puts events into the outbox and moves the webhook's place past them, both or neither.

        False, and nothing is done, when another process did it meanwhile.
        """
        with self._file.open() as db, write(db) as conn:
            moved = conn.execute(
                "UPDATE webhooks SET place = ? WHERE webhook_id = ? AND place IS ?",
                (place, hook.webhook_id, hook.place),
            )
            if moved.rowcount == 0:
                return False
            for type_, data in events:
                self._enqueue(conn, hook.webhook_id, type_, data)
        return True

    def fact_place(self, hook: Webhook) -> FactPlace | None:
        """How far the webhook was told of facts; None before the first look."""
        with self._file.open() as db:
            row = db.execute(
                "SELECT trail, decisions FROM fact_places WHERE webhook_id = ?", (hook.webhook_id,)
            ).fetchone()
        return None if row is None else FactPlace(*row)

    def tell_facts(
        self,
        hook: Webhook,
        before: FactPlace | None,
        after: FactPlace,
        facts: Iterable[tuple[str, dict[str, object]]],
    ) -> bool:
        """As `advance`, for the facts between two places."""
        with self._file.open() as db, write(db) as conn:
            if before is None:
                moved = conn.execute(
                    "INSERT INTO fact_places (webhook_id, trail, decisions)"
                    " SELECT webhook_id, ?, ? FROM webhooks WHERE webhook_id = ?"
                    " ON CONFLICT DO NOTHING",
                    (*after, hook.webhook_id),
                )
            else:
                moved = conn.execute(
                    "UPDATE fact_places SET trail = ?, decisions = ?"
                    " WHERE webhook_id = ? AND trail = ? AND decisions = ?",
                    (*after, hook.webhook_id, *before),
                )
            if moved.rowcount == 0:  # another process did it, or the webhook is gone
                return False
            for type_, data in facts:
                self._enqueue(conn, hook.webhook_id, type_, data)
        return True

    def enqueue(
        self, subject: str, webhook_id: str, type_: str, data: dict[str, object] | None = None
    ) -> Message:
        """A message that no event tells, such as to try a receiver out. Raises `WebhookUnknown`."""
        self._webhooks.get(subject, webhook_id)
        with self._file.open() as db, write(db) as conn:
            message_id = self._enqueue(conn, webhook_id, type_, data or {})
        return self.message(subject, webhook_id, message_id)

    def lease(self, limit: int) -> list[Message]:
        """Messages to deliver now, one of each webhook, nobody else's for a minute."""
        now = self._vault.now()
        with self._file.open() as db, write(db) as conn:
            rows = conn.execute(
                f"SELECT {_MESSAGE} FROM messages m"  # noqa: S608
                " WHERE state = 'pending' AND next_at <= :now AND NOT EXISTS ("
                "  SELECT 1 FROM messages o WHERE o.webhook_id = m.webhook_id"
                "  AND o.leased_until > :now)"
                " AND sequence = (SELECT min(sequence) FROM messages o"
                "  WHERE o.webhook_id = m.webhook_id AND o.state = 'pending'"
                "  AND o.next_at <= :now)"
                " ORDER BY next_at LIMIT :limit",
                {"now": now, "limit": limit},
            ).fetchall()
            conn.executemany(
                "UPDATE messages SET leased_until = ? WHERE message_id = ?",
                [(now + LEASE_SECONDS, row[0]) for row in rows],
            )
        return [Message(*row) for row in rows]

    def record(self, message: Message, result: Result) -> None:
        """Writes how an attempt ended, and when the next one is.

        410 ends the webhook's own wish to be told: the message fails at once.
        """
        now = self._vault.now()
        with self._file.open() as db, write(db) as conn:
            (number,) = conn.execute(
                "SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE message_id = ?",
                (message.message_id,),
            ).fetchone()
            state, next_at = "delivered", now
            if not result.delivered:
                over = message.tries >= len(WAITS) or result.status == _GONE
                state = "failed" if over else "pending"
                next_at = now if over else now + _jittered(WAITS[message.tries])
            updated = conn.execute(
                "UPDATE messages SET state = ?, tries = tries + 1, next_at = ?, leased_until = 0"
                " WHERE message_id = ?",
                (state, next_at, message.message_id),
            )
            if updated.rowcount:  # else it was deleted meanwhile
                conn.execute(
                    "INSERT INTO attempts (message_id, number, at, status, error, milliseconds)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        message.message_id,
                        number,
                        now,
                        result.status,
                        result.error,
                        result.milliseconds,
                    ),
                )

    def resend(self, subject: str, webhook_id: str, message_id: str) -> Message:
        """Delivers a message once more, with all its tries. Raises `WebhookUnknown`."""
        self.message(subject, webhook_id, message_id)
        with self._file.open() as db, write(db) as conn:
            conn.execute(
                "UPDATE messages SET state = 'pending', tries = 0, next_at = ?"
                " WHERE message_id = ?",
                (self._vault.now(), message_id),
            )
        return self.message(subject, webhook_id, message_id)

    def message(self, subject: str, webhook_id: str, message_id: str) -> Message:
        """Raises `WebhookUnknown`."""
        self._webhooks.get(subject, webhook_id)
        with self._file.open() as db:
            row = db.execute(
                f"SELECT {_MESSAGE} FROM messages WHERE message_id = ? AND webhook_id = ?",  # noqa: S608
                (message_id, webhook_id),
            ).fetchone()
        if row is None:
            raise WebhookUnknown
        return Message(*row)

    def page(
        self, subject: str, webhook_id: str, after: Message | None, limit: int
    ) -> list[Message]:
        """The delivery log, newest first. Raises `WebhookUnknown`."""
        self._webhooks.get(subject, webhook_id)
        with self._file.open() as db:
            rows = db.execute(
                f"SELECT {_MESSAGE} FROM messages WHERE webhook_id = ?"  # noqa: S608
                " AND sequence < coalesce(?, sequence + 1) ORDER BY sequence DESC LIMIT ?",
                (webhook_id, after and after.sequence, limit),
            ).fetchall()
        return [Message(*row) for row in rows]

    def attempts(self, message_id: str) -> list[Attempt]:
        """Every try of a message, first one first."""
        with self._file.open() as db:
            rows = db.execute(
                "SELECT number, at, status, error, milliseconds FROM attempts"
                " WHERE message_id = ? ORDER BY number",
                (message_id,),
            ).fetchall()
        return [Attempt(number, at, Result(*rest)) for number, at, *rest in rows]

    def prune(self) -> int:
        """Deletes what was delivered or given up a month ago; returns how many."""
        with self._file.open() as db, write(db) as conn:
            return conn.execute(
                "DELETE FROM messages WHERE state <> 'pending' AND created_at < ?",
                (self._vault.now() - KEEP_SECONDS,),
            ).rowcount

    def _enqueue(
        self, conn: sqlite3.Connection, webhook_id: str, type_: str, data: dict[str, object]
    ) -> str:
        now, message_id = self._vault.now(), new_id("msg")
        (sequence,) = conn.execute(
            "UPDATE webhooks SET sequence = sequence + 1 WHERE webhook_id = ? RETURNING sequence",
            (webhook_id,),
        ).fetchone()
        body = {"type": type_, "sequence": sequence, "created_at": now, "data": data}
        conn.execute(
            "INSERT INTO messages"
            " (message_id, webhook_id, sequence, type, body, created_at, state, next_at)"
            " VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)",
            (message_id, webhook_id, sequence, type_, json.dumps(body), now, now),
        )
        return message_id


def _jittered(seconds: int) -> int:
    """Up to a fifth earlier or later, so that receivers that fail together are not hit together."""
    return max(1, round(seconds * _random.uniform(0.8, 1.2)))
