"""How money is applied: to what is due in the agreed order, then in advance."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil

from tallystick.loans.life.book import Book, Line
from tallystick.loans.life.terms import Across, Component, InAdvance, PrepayInterest, Rules


@dataclass(slots=True)
class Applied:
    """How one payment was applied.

    `prepaid` principal and `prepaid_interest` belong to no row: principal paid beyond any claim,
    and the interest of a period that such a payment settled at once. `rows` tells which part of
    which row (from 1) was settled, in that order: what a receipt shows.
    """

    penalty: int = 0
    fee: int = 0
    interest: int = 0
    principal: int = 0
    prepaid: int = 0
    prepaid_interest: int = 0
    overpaid: int = 0
    rows: list[tuple[int, Component, int]] = field(default_factory=list)

    def add(self, component: Component, amount: int) -> None:
        """Count `amount` under its component."""
        setattr(self, component.value, getattr(self, component.value) + amount)

    @property
    def total(self) -> int:
        """All that was used, without what was paid too much."""
        return self.penalty + self.fee + self.interest + self.principal


def pay(book: Book, rules: Rules, day: date, amount: int) -> Applied:
    """Apply `amount` on `day`. What exceeds the payoff is `overpaid`."""
    book.advance(day)
    applied = Applied()
    left = _pay_claims(book, rules, day, amount, applied)
    if rules.in_advance is InAdvance.NEXT_INSTALLMENT:
        while left and book.running:
            book.bill()
            left = _pay_claims(book, rules, day, left, applied)
    elif left and book.running and _nothing_due(book):
        left = _prepay(book, rules, day, left, applied)
    applied.overpaid = left
    book.forgive_remainder()
    return applied


def payoff(book: Book, rules: Rules, day: date) -> int:
    """What closes the loan on `day`. The book is advanced to that day."""
    book.advance(day)
    due = book.penalty_owed + sum(line.unpaid_total for line in book.lines[: book.billed])
    if not book.running:
        return due
    if rules.in_advance is InAdvance.NEXT_INSTALLMENT:
        return due + _all_to_come(book)
    return due + book.balance + book.late_fee + _ahead_of_closing(book, rules, day)


def _pay_claims(book: Book, rules: Rules, day: date, left: int, applied: Applied) -> int:
    billed = enumerate(book.lines[: book.billed], start=1)
    claims = [(n, line) for n, line in billed if line.unpaid_total]
    if rules.across is Across.COMPONENT:
        for component in rules.order:
            left = _pay_component(book, component, claims, day, left, applied)
        return left
    # Penalty belongs to no row: it comes before or after all of them, as the order says.
    if rules.order[0] is Component.PENALTY:
        left = _pay_component(book, Component.PENALTY, claims, day, left, applied)
    for claim in claims:
        for component in rules.order:
            if component is not Component.PENALTY:
                left = _pay_component(book, component, [claim], day, left, applied)
    return _pay_component(book, Component.PENALTY, claims, day, left, applied)


def _pay_component(
    book: Book,
    component: Component,
    claims: list[tuple[int, Line]],
    day: date,
    left: int,
    applied: Applied,
) -> int:
    if component is Component.PENALTY:
        used = min(left, book.penalty_owed)
        book.penalty_settled += used
        applied.penalty += used
        return left - used
    for n, line in claims:
        used = line.settle(component, left, day)
        if used:
            applied.add(component, used)
            applied.rows.append((n, component, used))
        left -= used
    return left


def _nothing_due(book: Book) -> bool:
    return book.penalty_owed == 0 and not any(
        line.unpaid_total for line in book.lines[: book.billed]
    )


def _interest_run(book: Book, rules: Rules, day: date) -> int:
    """Interest of the open row up to the day that a prepayment pays it to.

    To the day it is rounded up, to the lender, so that many small prepayments cannot round interest
    away, but never above the row's own. Interest that waits for its row is rounded like the row's.
    """
    mode = rules.prepay_interest
    if mode is PrepayInterest.AT_DUE:
        return book.round(book.exact_interest(day))
    whole = book.round(book.exact_interest(book.open.due))
    return (
        whole
        if mode is PrepayInterest.TO_PERIOD_END
        else min(ceil(book.exact_interest(day)), whole)
    )


def _ahead_of_closing(book: Book, rules: Rules, day: date) -> int:
    """Interest still to be paid, the deferred included, when the whole balance is paid."""
    return max(_interest_run(book, rules, day) + book.deferred - book.credit, 0)


def _prepay(book: Book, rules: Rules, day: date, left: int, applied: Applied) -> int:
    interest = _ahead_of_closing(book, rules, day)
    if left >= interest + book.late_fee + book.balance:
        left -= interest + book.late_fee + book.balance
        applied.interest += interest
        applied.prepaid_interest += interest + book.credit
        applied.fee += book.late_fee
        applied.principal += book.balance
        applied.prepaid += book.balance
        book.close()
        return left
    if rules.prepay_interest is PrepayInterest.AT_DUE:
        book.cut(day)
    else:
        run = _interest_run(book, rules, day)
        interest = min(max(run - book.credit, 0), left)
        applied.interest += interest
        book.credit += interest
        left -= interest
        if left == 0:
            return 0
        full = rules.prepay_interest is PrepayInterest.TO_PERIOD_END
        book.since = book.open.due if full else max(day, book.since)
        book.accrued = Fraction(0)
        book.credit -= run
        applied.prepaid_interest += run
    principal = min(left, book.balance)
    book.balance -= principal
    applied.principal += principal
    applied.prepaid += principal
    if rules.in_advance is InAdvance.REDUCE_INSTALLMENT:
        book.relevel()
    # What is left then is less than the interest that waits for its row.
    book.credit += left - principal
    applied.interest += left - principal
    return 0


def _all_to_come(book: Book) -> int:
    """Every claim still to be billed, were all rows billed today."""
    ahead = deepcopy(book)
    first = ahead.billed
    while ahead.running:
        ahead.bill()
    return sum(line.unpaid_total for line in ahead.lines[first:])
