"""How the owner of some wallets has borrowed and repaid in our books, as of a block of each chain.

A row counts as paid on the day on which nothing of it is owed any more, and as on time until its
due day plus the agreed days of grace. Rows that owe nothing (grace, prepaid) count for nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import NamedTuple

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
from tallystick.wallets.repository import AsOf, check_cut, events_of_borrower

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


class Owed(NamedTuple):
    """To whom, in what: chain id, holder of the claim and token, EIP-55."""

    chain_id: int
    holder: str
    token: str


@dataclass(slots=True)
class CreditHistory:
    """Somebody as borrower. Days are whole UTC days, ratios from 0 to 1; None where there is
    nothing to say.

    `rows_paid` and `rows_on_time` count installments, `rows_unpaid` those due before the day of the
    cut and not paid, `rows_late` those of both that passed their days of grace; `late_days` sums
    the days of paid ones after their due day. `lost_loans` are those in default or written off,
    also once they were cured. `utilisation` is
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
    rows_late: int = 0
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
    lost_loans: int = 0
    guarantees_called: int = 0
    collateral_sold: int = 0
    failed_collections: int = 0
    on_watch: int = 0
    utilisation: float | None = None
    on_time_share: float | None = None
    paid_by_others: float | None = None
    age_days: int | None = None
    days_since_payment: int | None = None
    outstanding: dict[Owed, int] = field(default_factory=dict)
    """Outstanding principal in base units."""

    def features(self) -> dict[str, float | None]:
        """The figures that a scorecard may use, by column name."""
        values = asdict(self)
        del values["outstanding"]
        return {f"chain_{name}": value for name, value in values.items()}


def credit_history(db: Database, wallets: Collection[str], chains: Iterable[AsOf]) -> CreditHistory:
    """The history of whoever has these wallets (EIP-55), on all `chains`; only events up to each
    one's cut are read.

    Raises `IndexBehind`, `CutOrphaned`.
    """
    tally = _Tally(frozenset(wallets))
    with snapshot(db):
        for chain in chains:
            check_cut(db, chain.cut)
            for wallet in wallets:
                tally.add(events_of_borrower(db, wallet, chain.cut), chain.day)
    return tally.history()


def history_of(events: Iterable[BookEvent], wallets: Collection[str], day: int) -> CreditHistory:
    """The history that events of a borrower's loans, loan by loan, tell on a `day`."""
    tally = _Tally(frozenset(wallets))
    tally.add(events, day)
    return tally.history()


class _Tally:
    """Adds up loans, chain by chain."""

    def __init__(self, wallets: frozenset[str]) -> None:
        self._wallets = wallets
        self._found = CreditHistory()
        self._others = 0
        self._ratios = list[float]()
        self._lenders = set[str]()

    def add(self, events: Iterable[BookEvent], day: int) -> None:
        """Events of one chain, loan by loan, told on its `day`."""
        for _, own in groupby(_of_loans(events), key=lambda event: event.loan_id):
            self._add(list(own), day)

    def history(self) -> CreditHistory:
        """What they make together."""
        found = self._found
        found.lenders = len(self._lenders)
        if found.payments:
            found.paid_by_others = self._others / found.payments
        if self._ratios:
            found.utilisation = sum(self._ratios) / len(self._ratios)
        known = found.rows_paid + found.rows_unpaid
        if known:
            found.on_time_share = found.rows_on_time / known
        return found

    def _add(self, told: list[LoanEvent], day: int) -> None:
        found, loan = self._found, fold(told)
        for event in told:
            name = _COUNTED.get(type(event))
            if name:
                setattr(found, name, getattr(found, name) + 1)
        found.lost_loans += any(isinstance(event, Defaulted | WrittenOff) for event in told)
        age = day - day_at(loan.originated.timestamp)
        found.age_days = age if found.age_days is None else max(found.age_days, age)
        if loan.payments:
            since = day - loan.payments[-1].day
            least = found.days_since_payment
            found.days_since_payment = since if least is None else min(least, since)
        self._others += sum(payment.payer not in self._wallets for payment in loan.payments)
        self._lenders.add(loan.original.lender)
        _add_loan(found, loan, day, self._ratios)


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
    owed = Owed(loan.originated.chain_id, loan.holder, loan.agreement.token)
    history.outstanding[owed] = history.outstanding.get(owed, 0) + now.outstanding
    unpaid = [row.due for row in _rows_due(loan.agreement, loan.stored, day - 1)]
    history.rows_unpaid += len(unpaid)
    history.rows_late += sum(day - due > terms.grace_days for due in unpaid)
    history.rows_late_30 += sum(day - due > 30 for due in unpaid)
    if unpaid:
        history.late_days_now = max(history.late_days_now, day - unpaid[0])
        history.worst_late_days = max(history.worst_late_days, day - unpaid[0])


def _late(history: CreditHistory, days: int, grace: int) -> None:
    history.rows_on_time += days <= grace
    history.rows_late += days > grace
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
