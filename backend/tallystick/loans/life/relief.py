"""Waiver, write-off, recovery and refund: amounts that leave or return outside the schedule."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.loans.errors import InputInvalid
from tallystick.loans.life.book import Book
from tallystick.loans.life.payments import Applied
from tallystick.loans.life.terms import Component, Event


@dataclass(slots=True)
class Outside:
    """Sums kept beside the book."""

    overpaid: int = 0
    recovered: int = 0
    written_off: int | None = None


def waive(book: Book, event: Event) -> Applied:
    """Release an amount of one component that is due (principal: also what is to come)."""
    book.advance(event.when)
    component = event.component or Component.INTEREST
    lines = book.lines[: book.billed]
    owed = sum(line.unpaid(component) for line in lines)
    if component is Component.PENALTY:
        owed = book.penalty_owed
    to_come = book.balance if component is Component.PRINCIPAL and book.running else 0
    amount = owed if event.amount is None else event.amount
    if amount > owed + to_come:
        raise InputInvalid(
            f"{event.pointer}/amount", f"must not exceed what is owed as {component}"
        )
    applied = Applied()
    applied.add(component, amount)
    if component is Component.PENALTY:
        book.penalty_settled += amount
        return applied
    left = amount
    for line in lines:
        left -= line.settle(component, left, event.when)
    if left:
        book.cut(event.when)
        book.balance -= left
        applied.prepaid = left
        book.relevel()
    return applied


def write_off(book: Book, outside: Outside, event: Event) -> Applied:
    """Give up everything outstanding: claims, penalty and the principal to come."""
    book.advance(event.when)
    applied = Applied(penalty=book.penalty_owed)
    book.penalty_settled += applied.penalty
    for line in book.lines[: book.billed]:
        for component in (Component.FEE, Component.INTEREST, Component.PRINCIPAL):
            applied.add(component, line.settle(component, line.unpaid(component), event.when))
    applied.principal += book.balance
    applied.prepaid = book.balance
    if applied.total == 0:
        raise InputInvalid(f"{event.pointer}/type", "needs something outstanding")
    book.close()
    outside.written_off = applied.total
    return applied


def recover(outside: Outside, event: Event) -> None:
    """Money that comes after a write-off, never more than was written off."""
    amount = event.amount or 0
    if outside.written_off is None:
        raise InputInvalid(f"{event.pointer}/type", "needs a write_off before it")
    if outside.recovered + amount > outside.written_off:
        raise InputInvalid(f"{event.pointer}/amount", "must not exceed what was written off")
    outside.recovered += amount


def refund(outside: Outside, event: Event) -> None:
    """Give back what was paid too much."""
    amount = event.amount or 0
    if amount > outside.overpaid:
        raise InputInvalid(f"{event.pointer}/amount", "must not exceed what was overpaid")
    outside.overpaid -= amount
