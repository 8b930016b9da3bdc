"""A loan as a table row, and back without loss.

What the chain said is stored once, in the events: a row names them by id, and agreement and
references of a `LoanState` are read from the events again.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from tallystick.chain import codec
from tallystick.chain.words import agreement_from_words
from tallystick.db import pack_amount, unpack_amount
from tallystick.loans.account import Account
from tallystick.loans.agreement import Status
from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.events import CollectFailed, EventRef, Originated
from tallystick.loans.fold import LoanState
from tallystick.loans.ledger import Debt, Penalty, Split
from tallystick.loans.tally import Tally

IMMUTABLE = (
    "id",
    "loan_id",
    "book_id",
    "borrower",
    "lender",
    "token",
    "principal",
    "start_day",
    "maturity_day",
)
MUTABLE = (  # the status first
    "status",
    "outstanding",
    "next_due_day",
    "balance",
    "row_paid",
    "row",
    "accrued_to",
    "late",
    "penalty_points",
    "penalty_paid",
    "penalty_day",
    "paid_penalty",
    "paid_interest",
    "paid_principal",
    "credited",
    "payment_count",
    "closed",
    "failed",
)

_LABELS = {status: status.label for status in Status}


def immutable_values(id_: int, book_id: int, event: Originated) -> tuple[Any, ...]:
    """Values of the columns `IMMUTABLE`; `id_` is the event's."""
    agreement = event.agreement
    return (
        id_,
        event.loan_id,
        book_id,
        agreement.borrower,
        event.lender,
        agreement.token,
        pack_amount(agreement.principal),
        begin_day(agreement, 0),
        due_day(agreement, agreement.count - 1),
    )


def mutable_values(tally: Tally[int]) -> tuple[Any, ...]:
    """Values of the columns `MUTABLE`."""
    account = tally.account
    penalty, interest, principal = tally.paid
    outstanding, next_due = account.standing()
    return (
        _LABELS[account.status],
        pack_amount(outstanding),
        next_due,
        pack_amount(account.balance),
        pack_amount(account.row_paid),
        account.row,
        account.accrued_to,
        1 if account.late else 0,
        pack_amount(account.points),
        pack_amount(account.penalty_paid),
        account.penalty_day,
        pack_amount(penalty),
        pack_amount(interest),
        pack_amount(principal),
        pack_amount(tally.credited),
        tally.payments,
        tally.closed,
        tally.failed,
    )


def tally_of(row: sqlite3.Row) -> Tally[int]:
    """What `mutable_values` was made from; `row` holds the origination's data as well."""
    amount = unpack_amount
    account = Account(agreement_from_words(row["data"]))
    account.balance, account.row_paid = amount(row["balance"]), amount(row["row_paid"])
    account.row, account.accrued_to = row["row"], row["accrued_to"]
    account.status, account.late = Status.from_label(row["status"]), bool(row["late"])
    account.points, account.penalty_paid = (
        amount(row["penalty_points"]),
        amount(row["penalty_paid"]),
    )
    account.penalty_day = row["penalty_day"]
    return Tally(
        row["loan_id"],
        account,
        paid=(
            amount(row["paid_penalty"]),
            amount(row["paid_interest"]),
            amount(row["paid_principal"]),
        ),
        credited=amount(row["credited"]),
        payments=row["payment_count"],
        closed=row["closed"],
        failed=row["failed"],
    )


def state_of(row: sqlite3.Row, closed: EventRef | None, failed: CollectFailed | None) -> LoanState:
    """The state without its payments. `row` holds the loan and its originating event; `closed`
    and `failed` are the events that it names."""
    amount = unpack_amount
    return LoanState(
        loan_id=row["loan_id"],
        agreement=agreement_from_words(row["data"]),
        debt=Debt(
            amount(row["balance"]),
            amount(row["row_paid"]),
            row["row"],
            row["accrued_to"],
            Status.from_label(row["status"]),
            bool(row["late"]),
        ),
        penalty=Penalty(
            amount(row["penalty_points"]), amount(row["penalty_paid"]), row["penalty_day"]
        ),
        lender=row["lender"],
        originated=ref_of(row),
        paid=Split(
            amount(row["paid_penalty"]), amount(row["paid_interest"]), amount(row["paid_principal"])
        ),
        credited=amount(row["credited"]),
        closed=closed,
        collect_failed=failed,
    )


def ref_of(row: sqlite3.Row) -> EventRef:
    """Where the event in a row of `repository.EVENTS` stands."""
    return EventRef(
        row["chain_id"],
        row["book"],
        row["block_number"],
        row["block_hash"],
        row["timestamp"],
        row["tx_hash"],
        row["log_index"],
    )


def failure_in(row: sqlite3.Row) -> CollectFailed:
    """The `CollectFailed` event in a row of `repository.EVENTS`."""
    event = codec.decode(row["topics"], row["data"], ref_of(row))
    if not isinstance(event, CollectFailed):
        raise TypeError(f"not a failed collection: {event!r}")
    return event
