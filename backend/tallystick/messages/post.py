"""Deliveries in the database: made, leased, ended. Times are Unix seconds.

A delivery is leased, so any number of dispatchers may work; one that dies in the middle only means
that the message goes out again, with the same id. A clock that was set back neither holds a
delivery up nor lets a lease run for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from random import SystemRandom

from tallystick.db import Database, write
from tallystick.messages.outbox import DAY, Message, read_message
from tallystick.messages.transports import Result

LEASE_SECONDS = 120
WAITS = (30, 120, 600, 1800, 7200, 21_600, 43_200, 86_400)
"""Seconds before each further try."""
WEEK = 7 * DAY
_FARTHEST = WEEK + DAY
"""No wait is longer: what is to be tried later than this was written by another clock."""
KEEP_SECONDS = 400 * DAY
_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for one subject (or wallet) by one channel."""

    message: Message
    channel: str
    subject: str
    tries: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How a message goes out; `dropped` says why by a channel it does not."""

    message: Message
    subject: str
    channels: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...] = ()


def unrouted(db: Database, limit: int) -> list[Message]:
    """Messages of which nobody has decided how they go out, oldest first; none that a
    reorganisation has put in doubt."""
    rows = db.execute(
        "SELECT number, message_id, subject, kind, version, facts, key, created_at, until, state,"
        " read_at FROM messages WHERE state = 'new' AND doubtful IS NULL"
        " ORDER BY number LIMIT ?",
        (limit,),
    )
    return [read_message(row) for row in rows]


def route(db: Database, plans: Iterable[Plan], now: int) -> None:
    """Makes the deliveries that were planned."""
    with write(db) as conn:
        for plan in plans:
            number = plan.message.number
            moved = conn.execute(
                "UPDATE messages SET state = 'routed' WHERE number = ? AND state = 'new'", (number,)
            )
            if moved.rowcount == 0:  # another dispatcher did it
                continue
            conn.executemany(
                "INSERT INTO deliveries"
                " (number, channel, subject, state, reason, next_at, ended_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    *(
                        (number, channel, plan.subject, "pending", None, now, None)
                        for channel in plan.channels
                    ),
                    *(
                        (number, channel, plan.subject, "dropped", reason, now, now)
                        for channel, reason in plan.dropped
                    ),
                ],
            )


def lease(db: Database, limit: int, now: int, resting: Collection[str]) -> list[Delivery]:
    """Deliveries to try now, one of each subject, nobody else's for two minutes."""
    marks = ", ".join("?" * len(resting))
    with write(db) as conn:
        rows = conn.execute(
            "SELECT m.number, m.message_id, m.subject, m.kind, m.version, m.facts, m.key,"  # noqa: S608
            " m.created_at, m.until, m.state, m.read_at, d.channel, d.subject, d.tries"
            " FROM deliveries d JOIN messages m USING (number)"
            " WHERE d.state = 'pending' AND (d.next_at <= ? OR d.next_at > ?)"
            " AND m.doubtful IS NULL"
            f" AND d.channel NOT IN ({marks})"
            " AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.subject = d.subject"
            "  AND o.state = 'pending' AND o.leased_until BETWEEN ? AND ?)"
            " ORDER BY d.next_at, d.number LIMIT ?",
            [now, now + _FARTHEST, *resting, now + 1, now + LEASE_SECONDS, 8 * limit],
        ).fetchall()
        first: dict[str, Delivery] = {}
        for row in rows:
            delivery = Delivery(read_message(row[:11]), *row[11:])
            if len(first) < limit:
                first.setdefault(delivery.subject, delivery)
        conn.executemany(
            "UPDATE deliveries SET leased_until = ? WHERE number = ? AND channel = ?",
            [(now + LEASE_SECONDS, one.message.number, one.channel) for one in first.values()],
        )
    return list(first.values())


def postpone(db: Database, delivery: Delivery, until: int) -> None:
    """Not now: it counts as no try."""
    _end(db, delivery, "pending", None, until, None)


def drop(db: Database, delivery: Delivery, reason: str, now: int) -> None:
    """Not at all."""
    _end(db, delivery, "dropped", reason, now, now)


def record(db: Database, delivery: Delivery, result: Result, now: int) -> None:
    """Writes how a try ended, and when the next one is. An unreachable channel uses up no try."""
    with write(db) as conn:
        conn.execute(
            "INSERT INTO attempts (number, channel, try, at, status, error, milliseconds)"
            " SELECT :number, :channel, (SELECT coalesce(max(try), 0) + 1 FROM attempts"
            "  WHERE number = :number AND channel = :channel), :at, :status, :error, :ms"
            " WHERE EXISTS (SELECT 1 FROM deliveries"
            "  WHERE number = :number AND channel = :channel)",
            {
                "number": delivery.message.number,
                "channel": delivery.channel,
                "at": now,
                "status": result.status,
                "error": result.error,
                "ms": result.milliseconds,
            },
        )
    if result.sent:
        _end(db, delivery, "sent", None, now, now, tries=1)
    elif result.final or (delivery.tries >= len(WAITS) and not result.unreachable):
        _end(db, delivery, "failed", result.error, now, now, tries=1)
    else:
        wait = WAITS[min(delivery.tries, len(WAITS) - 1)]
        jittered = max(1, round(wait * _random.uniform(0.8, 1.2)))
        tries = 0 if result.unreachable else 1
        _end(db, delivery, "pending", result.error, now + jittered, None, tries=tries)


def sent_times(db: Database, subject: str, now: int) -> list[tuple[str, int]]:
    """Channel and time of what reached a subject in the last seven days, oldest first."""
    return db.execute(
        "SELECT channel, ended_at FROM deliveries WHERE subject = ? AND state = 'sent'"
        " AND ended_at > ? ORDER BY ended_at",
        (subject, now - WEEK),
    ).fetchall()


def counts(db: Database) -> dict[tuple[str, str], int]:
    """Deliveries by channel and state."""
    rows = db.execute("SELECT channel, state, count(*) FROM deliveries GROUP BY channel, state")
    return {(channel, state): count for channel, state, count in rows}


def prune(db: Database, now: int) -> int:
    """Deletes messages of more than a year ago; returns how many."""
    with write(db) as conn:
        return conn.execute(
            "DELETE FROM messages WHERE created_at < ?", (now - KEEP_SECONDS,)
        ).rowcount


def _end(
    db: Database,
    delivery: Delivery,
    state: str,
    reason: str | None,
    next_at: int,
    ended_at: int | None,
    *,
    tries: int = 0,
) -> None:
    with write(db) as conn:
        conn.execute(
            "UPDATE deliveries SET state = ?, reason = ?, next_at = ?, ended_at = ?,"
            " tries = tries + ?, leased_until = 0 WHERE number = ? AND channel = ?"
            # one that was superseded or withdrawn meanwhile stays so, unless it is out already
            " AND (state = 'pending' OR ? = 'sent')",
            (
                state,
                reason,
                next_at,
                ended_at,
                tries,
                delivery.message.number,
                delivery.channel,
                state,
            ),
        )
