"""What the keeper tried, and when it tries again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from tallystick.db import pack_amount, unpack_amount, write

RETRY_AFTER = (60, 300, 1_800, 7_200, 21_600)
"""Seconds to the next try after the first, second, ... failure in a row; the last one stays."""

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


def record_success(
    db: Database, loan_id: bytes, at: int, amount: int, tx_hash: bytes, block_number: int
) -> Attempt:
    """Stores that `amount` was pulled by a mined transaction."""
    attempt = Attempt(loan_id, at, amount, tx_hash=tx_hash, block_number=block_number)
    return _insert(db, attempt)


def record_failure(
    db: Database, loan_id: bytes, at: int, amount: int, reason: Reason, detail: str | None = None
) -> Attempt:
    """Stores that `amount` could not be pulled, and schedules the next try."""
    last = last_attempt(db, loan_id)
    failures = 1 + (last.failures if last else 0)
    retry_at = at + RETRY_AFTER[min(failures, len(RETRY_AFTER)) - 1]
    return _insert(db, Attempt(loan_id, at, amount, reason, detail, failures, retry_at))


def last_attempt(db: Database, loan_id: bytes) -> Attempt | None:
    """The latest attempt for a loan."""
    found = attempts_of(db, loan_id, 1)
    return found[0] if found else None


def attempts_of(db: Database, loan_id: bytes, limit: int) -> list[Attempt]:
    """The attempts for a loan, latest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM collection_attempts"  # noqa: S608  (constant columns)
        " WHERE loan_id = ? ORDER BY id DESC LIMIT ?",
        (loan_id, limit),
    )
    return [_attempt(row) for row in rows]


def held_back(db: Database, now: int) -> set[bytes]:
    """Loans whose last attempt failed and whose next try lies after `now` (chain time)."""
    rows = db.execute(
        "SELECT loan_id FROM collection_attempts WHERE retry_at > ? AND id IN"
        " (SELECT max(id) FROM collection_attempts GROUP BY loan_id)",
        (now,),
    )
    return {loan_id for (loan_id,) in rows}


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
