"""Changes of a running loan: money, rate, dates, relief."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from fractions import Fraction

from tallystick.loans.calendar import month_days
from tallystick.loans.errors import InputInvalid
from tallystick.loans.kinds import Frequency
from tallystick.loans.life.book import Book, Line
from tallystick.loans.life.terms import Component, Event, EventType
from tallystick.loans.offline.periods import dates_from, years_between
from tallystick.loans.offline.terms import MAX_ROWS


def change(book: Book, event: Event) -> None:
    """Apply an event that moves no money of the borrower; raises `InputInvalid` where it cannot."""
    book.advance(event.when)
    if not book.running and event.type not in (EventType.FEE, EventType.RE_AGE):
        raise InputInvalid(f"{event.pointer}/date", "must lie before the last row is due")
    _CHANGES[event.type](book, event)


def _disburse(book: Book, event: Event) -> None:
    book.cut(event.when)
    book.balance += event.amount or 0
    book.relevel()


def _add_fee(book: Book, event: Event) -> None:
    """A fee is due with the next row; after the last one it is due with that."""
    if book.running:
        book.late_fee += event.amount or 0
    elif book.lines:
        claim = book.lines[-1].claim
        claim[Component.FEE] = claim.get(Component.FEE, 0) + (event.amount or 0)
        book.lines[-1].settled_on = None


def _change_rate(book: Book, event: Event) -> None:
    book.cut(event.when)
    before = book.flat_interest()
    book.rate = event.annual_rate or Fraction(0)
    after = book.flat_interest()
    if before is not None and after is not None:
        _change_flat(book, event.when, after - before)
    elif not event.keep_installment:
        book.relevel()


def _change_flat(book: Book, day: date, more: int) -> None:
    """Flat rows to come bear the new rate, the open one for the days that are left of it."""
    for line in book.lines[book.billed :]:
        if line.flat is not None and not line.free:
            share = Fraction((line.due - max(day, line.begin)).days, (line.due - line.begin).days)
            line.flat = max(line.flat + book.round(abs(more) * share) * (1 if more > 0 else -1), 0)


def _shift_dates(book: Book, event: Event) -> None:
    """The open row is due on the new date and the rows after it follow; the installment stays."""
    due = event.due_date
    if due is None or due <= book.open.begin:
        raise InputInvalid(f"{event.pointer}/due_date", "must lie after the period's begin")
    lines = book.lines[book.billed :]
    with _within_the_calendar(event):
        dues = dates_from(due, book.terms.frequency, book.terms.repay_every, len(lines))
    begin = lines[0].begin
    for line, new in zip(lines, dues, strict=True):
        line.begin, line.due = begin, new
        line.years = Fraction(*years_between(book.terms, begin, new))
        begin = new
    book.anchor = due.day


def _extend(book: Book, event: Event) -> None:
    _append(book, event.count or 0, event)
    book.relevel()


def _append(book: Book, count: int, event: Event) -> None:
    if len(book.lines) + count > 2 * MAX_ROWS:
        raise InputInvalid(
            f"{event.pointer}/count", f"must keep the loan within {2 * MAX_ROWS} rows"
        )
    every, begin = book.terms.repay_every, book.lines[-1].due
    with _within_the_calendar(event):
        if book.terms.frequency is Frequency.MONTHS:
            dues = month_days(begin.year, begin.month + every, every, book.anchor, count)
        else:
            dues = dates_from(begin, book.terms.frequency, every, count + 1)[1:]
    for due in dues:
        years = Fraction(*years_between(book.terms, begin, due))
        book.lines.append(Line(begin, due, years, flat=book.flat_interest()))
        begin = due


def _pause(book: Book, event: Event) -> None:
    """The next rows ask for nothing; their interest is collected with the row after them."""
    count = event.count or 0
    to_come = len(book.lines) - book.billed
    if event.extend:
        _append(book, count, event)
    elif count >= to_come:
        raise InputInvalid(f"{event.pointer}/count", "must leave a row to pay")
    for line in book.lines[book.billed : book.billed + count]:
        line.principal_grace = line.interest_grace = True
    book.relevel()


def _take_back(book: Book) -> None:
    """Unpaid claims leave their rows: principal to the balance, the rest to the next row."""
    returned = 0
    for line in book.lines[: book.billed]:
        principal, interest, fee = (
            line.unpaid(part) for part in (Component.PRINCIPAL, Component.INTEREST, Component.FEE)
        )
        if principal or interest or fee:
            line.claim, line.moved = dict(line.settled), True
        returned += principal
        line.balance += returned
        book.deferred += interest
        book.late_fee += fee
    book.balance += returned


def _re_amortize(book: Book, event: Event) -> None:
    book.cut(event.when)
    _take_back(book)
    book.relevel()


def _re_age(book: Book, event: Event) -> None:
    """All that is outstanding is repaid over new rows from a new first due date."""
    book.cut(event.when)
    accrued = book.accrued if book.running else Fraction(0)
    _take_back(book)
    if book.balance == 0:
        raise InputInvalid(f"{event.pointer}/type", "needs principal outstanding")
    del book.lines[book.billed :]
    due, count = event.due_date or event.when, event.count or 1
    frequency, every = event.frequency or book.terms.frequency, event.repay_every or 1
    begin = event.when
    with _within_the_calendar(event):
        dues = dates_from(due, frequency, every, count)
    for new in dues:
        years = Fraction(*years_between(book.terms, begin, new, frequency))
        book.lines.append(Line(begin, new, years))
        begin = new
    book.anchor = due.day
    book.since, book.accrued = event.when, accrued
    book.relevel()


@contextmanager
def _within_the_calendar(event: Event) -> Iterator[None]:
    try:
        yield
    except (ValueError, OverflowError) as error:
        raise InputInvalid(event.pointer, "must not lead beyond the year 9999") from error


_CHANGES: dict[EventType, Callable[[Book, Event], None]] = {
    EventType.DISBURSEMENT: _disburse,
    EventType.FEE: _add_fee,
    EventType.RATE_CHANGE: _change_rate,
    EventType.RESCHEDULE: _shift_dates,
    EventType.EXTRA_TERMS: _extend,
    EventType.HOLIDAY: _pause,
    EventType.RE_AMORTIZE: _re_amortize,
    EventType.RE_AGE: _re_age,
}
