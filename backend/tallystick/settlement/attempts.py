"""What the keeper tried, and when it tries again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from tallystick.db import Database, pack_amount, unpack_amount, write

RETRY_AFTER = (60, 300, 1_800, 7_200, 21_600)
"""Seconds to the next try after the first, second, ... failure in a row; the last one stays."""

_OF = " of "
_COLUMNS = (
    "loan_id, attempted_at, amount, reason, detail, failures, retry_at, tx_hash, block_number"
)


class Reason(StrEnum):
    """Why a due amount could not be pulled."""

    ALLOWANCE = "allowance_too_small"
    BALANCE = "balance_too_small"
    TOKEN = "token_refused"  # noqa: S105  (not a password)
    """Allowance and balance suffice: the token is paused, or blocks one of the accounts."""
    REFUSED = "refused"
    """The book or the node refused the call; `detail` tells how."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to collect. `reason` is None when it succeeded.

    `amount`: base units pulled, or due when it failed; `attempted_at` and `retry_at`: chain time,
    Unix seconds; `failures`: failed tries in a row, this one included.
    """

    loan_id: bytes
    attempted_at: int
    amount: int
    reason: Reason | None = None
    detail: str | None = None
    failures: int = 0
    retry_at: int | None = None
    tx_hash: bytes | None = None
    block_number: int | None = None

    @property
    def shortfall(self) -> tuple[int, int] | None:
        """Base units that were there and that were needed, when the former were too few."""
        if self.reason not in (Reason.ALLOWANCE, Reason.BALANCE) or self.detail is None:
            return None
        available, required = self.detail.split(_OF)
        return int(available), int(required)


def shortfall_text(available: int, required: int) -> str:
    """`detail` of an attempt that found too little; base units."""
    return f"{available}{_OF}{required}"


def record_success(
    db: Database, loan_id: bytes, at: int, amount: int, tx_hash: bytes, block_number: int
) -> Attempt:
    """Stores that `amount` was pulled by a mined transaction."""
    attempt = Attempt(loan_id, at, amount, tx_hash=tx_hash, block_number=block_number)
    return _insert(db, attempt)


def record_failure(
    db: Database,
    loan_id: bytes,
    at: int,
    amount: int,
    reason: Reason,
    detail: str | None = None,
    retry_after: Sequence[int] = RETRY_AFTER,
) -> Attempt:
    """Stores that `amount` could not be pulled, and schedules the next try."""
    last = last_attempt(db, loan_id)
    failures = 1 + (last.failures if last else 0)
    retry_at = at + retry_after[min(failures, len(retry_after)) - 1]
    return _insert(db, Attempt(loan_id, at, amount, reason, detail, failures, retry_at))


def last_attempt(db: Database, loan_id: bytes) -> Attempt | None:
    """The latest attempt for a loan."""
    found = attempts_of(db, loan_id, 1)
    return found[0] if found else None


def last_attempts(db: Database, loan_ids: Iterable[bytes]) -> dict[bytes, Attempt]:
    """The latest attempt for each of the loans that has one; none where no keeper ever worked."""
    if not _exists(db):
        return {}
    wanted = list(loan_ids)
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM collection_attempts WHERE id IN ("  # noqa: S608  (constant text)
        "SELECT max(id) FROM collection_attempts "
        f"WHERE loan_id IN ({', '.join('?' * len(wanted))}) GROUP BY loan_id)",
        wanted,
    )
    return {row[0]: _attempt(row) for row in rows}


def attempts_of(db: Database, loan_id: bytes, limit: int) -> list[Attempt]:
    """The attempts for a loan, latest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM collection_attempts"  # noqa: S608  (constant columns)
        " WHERE loan_id = ? ORDER BY id DESC LIMIT ?",
        (loan_id, limit),
    )
    return [_attempt(row) for row in rows]


def last_number(db: Database) -> int:
    """Number of the latest attempt of all; 0 where no keeper ever worked."""
    if not _exists(db):
        return 0
    return int(db.execute("SELECT coalesce(max(id), 0) FROM collection_attempts").fetchone()[0])


def failures_after(db: Database, number: int, limit: int) -> list[tuple[int, Attempt]]:
    """Up to `limit` failed attempts after one, with their numbers, oldest first."""
    if not _exists(db):
        return []
    rows = db.execute(
        f"SELECT id, {_COLUMNS} FROM collection_attempts"  # noqa: S608  (constant columns)
        " WHERE id > ? AND reason IS NOT NULL ORDER BY id LIMIT ?",
        (number, limit),
    )
    return [(row[0], _attempt(row[1:])) for row in rows]


class Pulse(NamedTuple):
    """When the keeper last tried and last succeeded (chain time, Unix seconds), and how many loans
    wait for their next try."""

    last: int | None
    last_success: int | None
    held_back: int


def pulse(db: Database, now: int) -> Pulse:
    """What the log says of the keeper at `now`; nothing where no keeper ever worked."""
    if not _exists(db):
        return Pulse(None, None, 0)
    newest = "SELECT attempted_at FROM collection_attempts {} ORDER BY id DESC LIMIT 1"
    tried = db.execute(newest.format("")).fetchone()
    done = db.execute(newest.format("WHERE retry_at IS NULL")).fetchone()
    return Pulse(tried and tried[0], done and done[0], len(held_back(db, now)))


def held_back(db: Database, now: int) -> set[bytes]:
    """Loans whose last attempt failed and whose next try lies after `now` (chain time)."""
    rows = db.execute(
        "SELECT loan_id FROM collection_attempts a WHERE retry_at > ? AND id ="
        " (SELECT max(id) FROM collection_attempts WHERE loan_id = a.loan_id)",
        (now,),
    )
    return {loan_id for (loan_id,) in rows}


def _exists(db: Database) -> bool:
    table = "SELECT 1 FROM sqlite_schema WHERE name = 'collection_attempts'"
    return db.execute(table).fetchone() is not None


def _insert(db: Database, attempt: Attempt) -> Attempt:
    with write(db) as connection:
        connection.execute(
            f"INSERT INTO collection_attempts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (
                attempt.loan_id,
                attempt.attempted_at,
                pack_amount(attempt.amount),
                attempt.reason,
                attempt.detail,
                attempt.failures,
                attempt.retry_at,
                attempt.tx_hash,
                attempt.block_number,
            ),
        )
    return attempt


def _attempt(row: tuple[Any, ...]) -> Attempt:
    loan_id, at, amount, reason, *rest = row
    return Attempt(loan_id, at, unpack_amount(amount), Reason(reason) if reason else None, *rest)
