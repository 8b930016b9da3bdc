"""A loan's past, step by step, from what is known of it now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tallystick.loans import servicing
from tallystick.loans.account import Account
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_at
from tallystick.loans.debt import State
from tallystick.loans.events import (
    Accelerated,
    Amended,
    Change,
    Defaulted,
    WrittenOff,
)
from tallystick.loans.fold import LoanState, Payment
from tallystick.loans.kinds import Source


class Step(NamedTuple):
    """A payment or change on `day`, with the loan's state before it and after it.

    `number` counts payments from 1; None for a change. `terms` are in force after the step.
    """

    day: int
    event: Payment | Change
    number: int | None
    before: State
    after: State
    terms: Agreement


def replay(loan: LoanState) -> Iterator[Step]:
    """Every payment and every change to the debt since origination, in chain order."""
    account = Account(loan.original)
    number = 0
    for event in sorted((*loan.payments, *loan.changes), key=_place):
        before = account.state()
        day = day_at(event.ref.timestamp)
        if isinstance(event, Payment):
            number += 1
            _pay(account, event)
            yield Step(day, event, number, before, account.state(), account.agreement)
        elif isinstance(event, (Amended, Accelerated, Defaulted, WrittenOff)):
            _change(account, event, day)
            yield Step(day, event, None, before, account.state(), account.agreement)


def _place(event: Payment | Change) -> tuple[int, int]:
    return event.ref.block_number, event.ref.log_index


def _pay(account: Account, payment: Payment) -> None:
    total = payment.split.total
    if payment.source is Source.SETTLEMENT:
        servicing.settle(account, payment.day, total)
    elif payment.source is Source.COLLECTED:
        account.pay(payment.day, None)
    else:
        account.pay(payment.day, total, ahead=payment.source is Source.PAID)


def _change(
    account: Account, event: Amended | Accelerated | Defaulted | WrittenOff, day: int
) -> None:
    match event:
        case Amended():
            servicing.amend(account, day, event.agreement, event.amendment)
        case Accelerated():
            servicing.accelerate(account, day)
        case Defaulted():
            servicing.declare_default(account, day)
        case WrittenOff():
            servicing.write_off(account, day)
