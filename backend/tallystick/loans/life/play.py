"""Plays a life event by event and reports where the loan stands."""

from __future__ import annotations

from copy import deepcopy

from tallystick.loans.errors import InputInvalid
from tallystick.loans.life.book import Book
from tallystick.loans.life.changes import change
from tallystick.loans.life.payments import Applied, pay, payoff
from tallystick.loans.life.relief import Outside, recover, refund, waive, write_off
from tallystick.loans.life.result import LifeResult, LifeRow, Transaction
from tallystick.loans.life.terms import Component, Event, EventType, LifeInput
from tallystick.loans.offline.schedule import compute_schedule


def play(life: LifeInput) -> LifeResult:
    """Apply every event in order and report as of the given day; raises `InputInvalid`."""
    compute_schedule(life.schedule)  # custom rows and dated charges must fit the loan
    book, outside = Book(life), Outside()
    transactions: list[Transaction] = []
    for event in life.events:
        applied = _step(book, outside, life, event)
        amount = event.amount if event.amount is not None else applied.total or None
        transactions.append(
            Transaction(event.when, event.type, amount, applied, _outstanding(book))
        )
    return _report(book, outside, life, tuple(transactions))


def _step(book: Book, outside: Outside, life: LifeInput, event: Event) -> Applied:
    if outside.written_off is not None and event.type not in (
        EventType.RECOVERY,
        EventType.REFUND,
    ):
        raise InputInvalid(f"{event.pointer}/type", "must be recovery or refund after a write_off")
    if event.type is EventType.PAYMENT:
        applied = pay(book, life.rules, event.when, event.amount or 0)
        outside.overpaid += applied.overpaid
        return applied
    if event.type is EventType.WAIVER:
        return waive(book, event)
    if event.type is EventType.WRITE_OFF:
        return write_off(book, outside, event)
    if event.type is EventType.RECOVERY:
        recover(outside, event)
    elif event.type is EventType.REFUND:
        refund(outside, event)
    else:
        change(book, event)
    return Applied()


def _outstanding(book: Book) -> int:
    """Principal lent and not yet repaid, billed or not."""
    return book.balance + sum(
        line.unpaid(Component.PRINCIPAL) for line in book.lines[: book.billed]
    )


def _report(
    book: Book, outside: Outside, life: LifeInput, transactions: tuple[Transaction, ...]
) -> LifeResult:
    total = payoff(book, life.rules, life.as_of)
    claims = [line for line in book.lines[: book.billed] if line.due <= life.as_of]
    due = Applied(penalty=book.penalty_owed)
    for component in (Component.FEE, Component.INTEREST, Component.PRINCIPAL):
        due.add(component, sum(line.unpaid(component) for line in claims))
    oldest = min((line.due for line in claims if line.unpaid_total), default=life.as_of)
    outstanding, installment = _outstanding(book), book.level
    ahead = deepcopy(book)
    while ahead.running:
        ahead.bill()
    rows = tuple(
        LifeRow.of(k + 1, line, billed=k < book.billed, as_of=life.as_of)
        for k, line in enumerate(ahead.lines)
    )
    return LifeResult(
        rows=rows,
        transactions=transactions,
        money_scale=life.schedule.money_scale,
        as_of=life.as_of,
        due=due,
        outstanding=outstanding,
        payoff=0 if outside.written_off is not None else total,
        days_past_due=max(0, (life.as_of - oldest).days),
        installment=installment if book.running else None,
        overpaid=outside.overpaid,
        written_off=outside.written_off,
        recovered=outside.recovered,
        upfront_fee=book.upfront_fee,
    )
