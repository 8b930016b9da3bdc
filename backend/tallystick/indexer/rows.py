"""A loan as a table row, and back without loss.

What the chain said is stored once, in the events: a row names them by id, and agreements and
references of a `LoanState` are read from the events again.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

import orjson

from tallystick.chain import codec
from tallystick.chain.words import terms_from_words, with_plan
from tallystick.db import pack_amount, unpack_amount
from tallystick.loans.account import Account
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.debt import Carry, Debt, Escrow, Guarantee, Penalty, Split, State
from tallystick.loans.events import Amended, BookEvent, CollectFailed, EventRef, Originated
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Status
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
)
STEADY = ("status", "maturity_day", "holder")
"""Columns that change rarely and stand in many indexes, which SQLite would all write again."""
MUTABLE = (
    "outstanding",
    "next_due_day",
    "balance",
    "row_paid",
    "row",
    "accrued_to",
    "late",
    "accelerated",
    "manual",
    "assigned",
    "watch_left",
    "watch_rows",
    "penalty_points",
    "penalty_paid",
    "penalty_day",
    "deferred",
    "installment",
    "terms",
    "guarantees",
    "guarantee_day",
    "escrow_token",
    "escrow_amount",
    "paid_penalty",
    "paid_interest",
    "paid_fee",
    "paid_principal",
    "credited",
    "payment_count",
    "closed",
    "failed",
)
PLAIN = (
    "outstanding",
    "next_due_day",
    "balance",
    "row",
    "accrued_to",
    "paid_interest",
    "paid_principal",
    "payment_count",
)
"""Columns that change while a tally is `plain` and no guarantor waits for a due day."""

_LABELS = {status: status.label for status in Status}
_NO_GUARANTEE = Guarantee()


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
    )


def steady_values(tally: Tally[int]) -> tuple[Any, ...]:
    """Values of the columns `STEADY`."""
    agreement = tally.account.agreement
    maturity = due_day(agreement, agreement.count - 1)
    return _LABELS[tally.account.status], maturity, tally.holder


def mutable_values(tally: Tally[int], terms: int | None) -> tuple[Any, ...]:
    """Values of the columns `MUTABLE`; `terms` is the id of the latest amendment."""
    account = tally.account
    penalty, interest, fee, principal = tally.paid
    outstanding, next_due = account.standing()
    return (
        pack_amount(outstanding),
        next_due,
        pack_amount(account.balance),
        pack_amount(account.row_paid),
        account.row,
        account.accrued_to,
        1 if account.late else 0,
        1 if account.accelerated else 0,
        1 if account.manual else 0,
        1 if account.assigned else 0,
        account.watch_left,
        account.watch_rows,
        pack_amount(account.points),
        pack_amount(account.penalty_paid),
        account.penalty_day,
        pack_amount(account.deferred),
        pack_amount(account.installment),
        terms,
        _guarantees_text(tally),
        None if next_due is None else _guarantee_day(tally, next_due),
        tally.escrow.token,
        pack_amount(tally.escrow.amount),
        pack_amount(penalty),
        pack_amount(interest),
        pack_amount(fee),
        pack_amount(principal),
        pack_amount(tally.credited),
        tally.payments,
        tally.closed,
        tally.failed,
    )


def plain_values(tally: Tally[int]) -> tuple[Any, ...]:
    """Values of the columns `PLAIN`."""
    account = tally.account
    _, interest, _, principal = tally.paid
    outstanding, next_due = account.standing()
    return (
        pack_amount(outstanding),
        next_due,
        pack_amount(account.balance),
        account.row,
        account.accrued_to,
        pack_amount(interest),
        pack_amount(principal),
        tally.payments,
    )


def _guarantees_text(tally: Tally[int]) -> str | None:
    if not tally.guarantees:
        return None
    found = {who: [str(g.drawn), str(g.recourse)] for who, g in tally.guarantees.items()}
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS).decode()


def _guarantee_day(tally: Tally[int], next_due: int) -> int | None:
    """The day from which something can be drawn from the guarantor."""
    conditions = tally.account.agreement.conditions
    if not conditions.guarantee_days:
        return None
    drawn = tally.guarantees.get(conditions.guarantor, _NO_GUARANTEE).drawn
    return next_due + conditions.guarantee_days if drawn < conditions.guaranteed else None


def tally_of(row: sqlite3.Row) -> Tally[int]:
    """What `mutable_values` was made from; `row` is one of `repository.LOANS`."""
    amount = unpack_amount
    terms, agreement = _in_force(row)
    return Tally(
        row["loan_id"],
        Account(agreement, _stored(row)),
        row["holder"],
        terms=terms,
        guarantees=_guarantees(row),
        escrow=_escrow(row),
        paid=(
            amount(row["paid_penalty"]),
            amount(row["paid_interest"]),
            amount(row["paid_fee"]),
            amount(row["paid_principal"]),
        ),
        credited=amount(row["credited"]),
        payments=row["payment_count"],
        closed=row["closed"],
        failed=row["failed"],
    )


def state_of(row: sqlite3.Row, closed: EventRef | None, failed: CollectFailed | None) -> LoanState:
    """The state without payments and changes. `row` is one of `repository.LOANS`; `closed` and
    `failed` are the events that it names."""
    amount = unpack_amount
    original = _planned(terms_from_words(row["data"]), row["code"])
    terms, agreement = _in_force(row, original)
    return LoanState(
        loan_id=row["loan_id"],
        original=original,
        agreement=agreement,
        terms=terms,
        stored=_stored(row),
        holder=row["holder"],
        originated=ref_of(row),
        guarantees=_guarantees(row),
        escrow=_escrow(row),
        paid=Split(
            amount(row["paid_penalty"]),
            amount(row["paid_interest"]),
            amount(row["paid_fee"]),
            amount(row["paid_principal"]),
        ),
        credited=amount(row["credited"]),
        closed=closed,
        collect_failed=failed,
    )


def _in_force(row: sqlite3.Row, original: Agreement | None = None) -> tuple[bytes, Agreement]:
    """Digest of the terms in force, and the terms; `original` if it was read already."""
    if row["terms"] is None:
        agreement = original or _planned(terms_from_words(row["data"]), row["code"])
        return row["loan_id"], agreement
    agreement = _planned(terms_from_words(row["terms_data"]), row["terms_code"])
    return row["terms_topics"][64:96], agreement


def _planned(agreement: Agreement, code: bytes | None) -> Agreement:
    return agreement if code is None else with_plan(agreement, code)


def _stored(row: sqlite3.Row) -> State:
    amount = unpack_amount
    deferred, installment = amount(row["deferred"]), amount(row["installment"])
    debt = Debt(
        balance=amount(row["balance"]),
        row_paid=amount(row["row_paid"]),
        row=row["row"],
        accrued_to=row["accrued_to"],
        status=Status.from_label(row["status"]),
        late=bool(row["late"]),
        carried=bool(deferred or installment),
        accelerated=bool(row["accelerated"]),
        manual=bool(row["manual"]),
        assigned=bool(row["assigned"]),
        amended=row["terms"] is not None,
        watch_left=row["watch_left"],
        watch_rows=row["watch_rows"],
    )
    points, paid = amount(row["penalty_points"]), amount(row["penalty_paid"])
    return State(debt, Penalty(points, paid, row["penalty_day"]), Carry(deferred, installment))


def _guarantees(row: sqlite3.Row) -> dict[str, Guarantee]:
    if row["guarantees"] is None:
        return {}
    found: dict[str, list[str]] = orjson.loads(row["guarantees"])
    return {who: Guarantee(int(drawn), int(recourse)) for who, (drawn, recourse) in found.items()}


def _escrow(row: sqlite3.Row) -> Escrow:
    return Escrow(row["escrow_token"], unpack_amount(row["escrow_amount"]))


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


def event_of(row: sqlite3.Row) -> BookEvent:
    """The event in a row of `repository.EVENTS`, with the custom rows of its terms."""
    event = codec.decode(row["topics"], row["data"], ref_of(row))
    return with_rows(event, row["code"])


def with_rows(event: BookEvent, code: bytes | None) -> BookEvent:
    """The event with the custom rows of its terms, if they have some."""
    if code is None or not isinstance(event, Originated | Amended):
        return event
    return replace(event, agreement=with_plan(event.agreement, code))


def failure_in(row: sqlite3.Row) -> CollectFailed:
    """The `CollectFailed` event in a row of `repository.EVENTS`."""
    event = event_of(row)
    if not isinstance(event, CollectFailed):
        raise TypeError(f"not a failed collection: {event!r}")
    return event
