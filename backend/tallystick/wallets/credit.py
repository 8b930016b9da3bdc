"""How a wallet has borrowed and repaid in our book, as of a block.

A row counts as paid on the day on which nothing of it is owed any more, and as on time until its
due day plus the agreed days of grace. Rows that owe nothing (grace, prepaid) count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby

from tallystick.db import Database, snapshot
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_at
from tallystick.loans.debt import State
from tallystick.loans.delinquency.exposure import exposure
from tallystick.loans.events import (
    Amended,
    BookEvent,
    Claimed,
    CollateralSold,
    CollectFailed,
    Cured,
    Defaulted,
    LoanEvent,
    NonceRevoked,
    RecourseRecorded,
    Restored,
    Settled,
    WrittenOff,
)
from tallystick.loans.fold import LoanState, Payment, fold
from tallystick.loans.kinds import Source
from tallystick.loans.position import OpenRow, Position
from tallystick.loans.replay import replay
from tallystick.wallets.repository import Cut, check_cut, events_of_borrower

_COUNTED: dict[type, str] = {
    Amended: "amendments",
    Restored: "restored",
    Settled: "settled",
    Defaulted: "defaults",
    Cured: "cured",
    WrittenOff: "written_off",
    RecourseRecorded: "guarantees_called",
    CollateralSold: "collateral_sold",
    CollectFailed: "failed_collections",
}


@dataclass(slots=True)
class CreditHistory:
    """A wallet as borrower. Days are whole UTC days, ratios from 0 to 1; None where there is
    nothing to say.

    `rows_paid` and `rows_on_time` count installments, `rows_unpaid` those due before the day of the
    cut and not paid; `late_days` sums the days of paid ones after their due day. `utilisation` is
    the mean over open loans of outstanding over principal, `paid_by_others` the share of payments
    that other wallets made.
    """

    loans: int = 0
    open_loans: int = 0
    closed_loans: int = 0
    lenders: int = 0
    payments: int = 0
    rows_paid: int = 0
    rows_on_time: int = 0
    rows_late_30: int = 0
    rows_unpaid: int = 0
    late_days: int = 0
    worst_late_days: int = 0
    late_days_now: int = 0
    amendments: int = 0
    restored: int = 0
    settled: int = 0
    defaults: int = 0
    cured: int = 0
    written_off: int = 0
    guarantees_called: int = 0
    collateral_sold: int = 0
    failed_collections: int = 0
    on_watch: int = 0
    utilisation: float | None = None
    on_time_share: float | None = None
    paid_by_others: float | None = None
    age_days: int | None = None
    days_since_payment: int | None = None
    outstanding: dict[str, int] = field(default_factory=dict)
    """Outstanding principal in base units by token."""

    def features(self) -> dict[str, float | None]:
        """The figures that a scorecard may use, by column name."""
        values = asdict(self)
        del values["outstanding"]
        return {f"chain_{name}": value for name, value in values.items()}


def credit_history(db: Database, wallet: str, cut: Cut) -> CreditHistory:
    """The history of a wallet (EIP-55) up to the cut; only its events up to there are read.

    Raises `IndexBehind`, `CutOrphaned`.
    """
    with snapshot(db):
        check_cut(db, cut)
        events = list(events_of_borrower(db, wallet, cut))
    return history_of(events, wallet, day_at(cut.timestamp))


def history_of(events: Iterable[BookEvent], wallet: str, day: int) -> CreditHistory:
    """The history that events of a borrower's loans, loan by loan, tell on a `day`."""
    history = CreditHistory()
    others, ratios, lenders = 0, list[float](), set[str]()
    first: int | None = None
    last: int | None = None
    for _, own in groupby(_of_loans(events), key=lambda event: event.loan_id):
        told = list(own)
        loan = fold(told)
        for event in told:
            name = _COUNTED.get(type(event))
            if name:
                setattr(history, name, getattr(history, name) + 1)
        began = day_at(loan.originated.timestamp)
        first = began if first is None else min(first, began)
        if loan.payments:
            last = max(last or 0, loan.payments[-1].day)
        others += sum(payment.payer != wallet for payment in loan.payments)
        lenders.add(loan.original.lender)
        _add_loan(history, loan, day, ratios)
    history.lenders = len(lenders)
    if history.payments:
        history.paid_by_others = others / history.payments
    if ratios:
        history.utilisation = sum(ratios) / len(ratios)
    known = history.rows_paid + history.rows_unpaid
    if known:
        history.on_time_share = history.rows_on_time / known
    history.age_days = None if first is None else day - first
    history.days_since_payment = None if last is None else day - last
    return history


def _of_loans(events: Iterable[BookEvent]) -> Iterator[LoanEvent]:
    return (event for event in events if not isinstance(event, Claimed | NonceRevoked))


def _add_loan(history: CreditHistory, loan: LoanState, day: int, ratios: list[float]) -> None:
    history.loans += 1
    history.payments += len(loan.payments)
    terms = loan.original
    for step in replay(loan):
        if isinstance(step.event, Payment) and step.event.source is not Source.SETTLEMENT:
            for due in _rows_closed(terms, step.before, step.after, step.day):
                history.rows_paid += 1
                _late(history, step.day - due, terms.grace_days)
        terms = step.terms
    now = exposure(loan.agreement, loan.stored)
    if now is None:
        history.closed_loans += 1
        return
    history.open_loans += 1
    history.on_watch += loan.debt.watch_left > 0
    ratios.append(now.outstanding / loan.agreement.principal)
    token = loan.agreement.token
    history.outstanding[token] = history.outstanding.get(token, 0) + now.outstanding
    unpaid = [row.due for row in _rows_due(loan.agreement, loan.stored, day - 1)]
    history.rows_unpaid += len(unpaid)
    history.rows_late_30 += sum(day - due > 30 for due in unpaid)
    if unpaid:
        history.late_days_now = max(history.late_days_now, day - unpaid[0])
        history.worst_late_days = max(history.worst_late_days, day - unpaid[0])


def _late(history: CreditHistory, days: int, grace: int) -> None:
    history.rows_on_time += days <= grace
    history.rows_late_30 += days > 30
    history.late_days += days
    history.worst_late_days = max(history.worst_late_days, days)


def _rows_closed(terms: Agreement, before: State, after: State, day: int) -> list[int]:
    """Due days of the rows that owed something before and owe nothing after."""
    left = exposure(terms, after)
    due = [row.due for row in _rows_due(terms, before, day)]
    return due if left is None else [one for one in due if one < left.due_day]


def _rows_due(terms: Agreement, state: State, day: int) -> Iterator[OpenRow]:
    """Rows that owe something and were due by `day`, oldest first."""
    position = Position(terms, state)
    if not position.is_open:
        return
    for row in position.rows():
        if row.due > day:
            return
        if row.unpaid:
            yield row
