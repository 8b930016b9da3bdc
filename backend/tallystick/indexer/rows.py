"""A loan's state as table rows, and back without loss.

Events are stored once: rows name them by (block, log index), and the references inside a
`LoanState` are read from the events again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import orjson

from tallystick.chain import codec
from tallystick.db import pack_amount, unpack_amount
from tallystick.loans.agreement import Agreement, Status
from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.events import CollectFailed, EventRef
from tallystick.loans.fold import LoanState, Payment
from tallystick.loans.ledger import Debt, Penalty, Split, owed_at

Position = tuple[int, int]
"""Block number and log index."""

IMMUTABLE = (
    "loan_id",
    "chain_id",
    "book_id",
    "borrower",
    "token",
    "principal",
    "start_day",
    "maturity_day",
    "originated_block",
    "originated_log",
    "agreement",
)
MUTABLE = (
    "lender",
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
    "closed_block",
    "closed_log",
    "failed_block",
    "failed_log",
)
PAYMENT = (
    "loan_id",
    "number",
    "block_number",
    "log_index",
    "payer",
    "day",
    "penalty",
    "interest",
    "principal",
    "outstanding",
    "collected",
    "row",
)


def immutable_values(state: LoanState, book_id: int) -> tuple[Any, ...]:
    """Values of the columns `IMMUTABLE`."""
    agreement, ref = state.agreement, state.originated
    return (
        state.loan_id,
        ref.chain_id,
        book_id,
        agreement.borrower,
        agreement.token,
        pack_amount(agreement.principal),
        begin_day(agreement, 0),
        due_day(agreement, agreement.count - 1),
        ref.block_number,
        ref.log_index,
        orjson.dumps(agreement.to_json()).decode(),
    )


def mutable_values(state: LoanState, payment_count: int) -> tuple[Any, ...]:
    """Values of the columns `MUTABLE`."""
    debt, penalty, paid = state.debt, state.penalty, state.paid
    outstanding, next_due = _standing(state)
    return (
        state.lender,
        debt.status.label,
        pack_amount(outstanding),
        next_due,
        pack_amount(debt.balance),
        pack_amount(debt.row_paid),
        debt.row,
        debt.accrued_to,
        int(debt.late),
        pack_amount(penalty.points),
        pack_amount(penalty.paid),
        penalty.day,
        pack_amount(paid.penalty),
        pack_amount(paid.interest),
        pack_amount(paid.principal),
        pack_amount(state.credited),
        payment_count,
        *_position(state.closed),
        *_position(state.collect_failed.ref if state.collect_failed else None),
    )


def payment_values(loan_id: bytes, number: int, payment: Payment) -> tuple[Any, ...]:
    """Values of the columns `PAYMENT`; `number` counts the loan's payments from 1."""
    return (
        loan_id,
        number,
        payment.ref.block_number,
        payment.ref.log_index,
        payment.payer,
        payment.day,
        pack_amount(payment.split.penalty),
        pack_amount(payment.split.interest),
        pack_amount(payment.split.principal),
        pack_amount(payment.outstanding),
        int(payment.collected),
        payment.row,
    )


def state_of(
    row: sqlite3.Row,
    payments: list[sqlite3.Row],
    refs: Mapping[Position, EventRef],
    failed: CollectFailed | None,
) -> LoanState:
    """The state that the rows were made from; without payments if those are left out.

    `failed` is the event at the row's ``failed_block`` and ``failed_log``.
    """
    amount = unpack_amount
    return LoanState(
        loan_id=row["loan_id"],
        agreement=Agreement.from_json(orjson.loads(row["agreement"])),
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
        originated=refs[row["originated_block"], row["originated_log"]],
        payments=tuple(_payment(payment, refs) for payment in payments),
        paid=Split(
            amount(row["paid_penalty"]), amount(row["paid_interest"]), amount(row["paid_principal"])
        ),
        credited=amount(row["credited"]),
        closed=refs.get((row["closed_block"], row["closed_log"])),
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


def _payment(row: sqlite3.Row, refs: Mapping[Position, EventRef]) -> Payment:
    return Payment(
        ref=refs[row["block_number"], row["log_index"]],
        payer=row["payer"],
        day=row["day"],
        split=Split(
            unpack_amount(row["penalty"]),
            unpack_amount(row["interest"]),
            unpack_amount(row["principal"]),
        ),
        outstanding=unpack_amount(row["outstanding"]),
        collected=bool(row["collected"]),
        row=row["row"],
    )


def _position(ref: EventRef | None) -> tuple[int | None, int | None]:
    return (ref.block_number, ref.log_index) if ref else (None, None)


def _standing(state: LoanState) -> tuple[int, int | None]:
    """Outstanding principal, and the due day of the oldest row that owes something."""
    agreement, debt = state.agreement, state.debt
    if debt.status is not Status.ACTIVE:
        return 0, None
    day = due_day(agreement, debt.row)
    while True:  # a row that owes nothing is passed over on the day it would be due
        owed = owed_at(agreement, debt, state.penalty, day)
        if owed.due_day == day:
            return owed.outstanding, day
        day = owed.due_day
