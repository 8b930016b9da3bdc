"""The schedule that an agreement decides, row by row: `docs/ledger.md`, "Interest of a row"."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_of, due_dates
from tallystick.loans.rows import Rows


class Row(NamedTuple):
    """One row: `n` counts from 1, amounts in base units, `balance` is left after it.

    `interest` is what the row asks for: nothing during a grace on interest, and what was deferred
    in the row after it.
    """

    n: int
    due_day: int
    due_date: date
    principal: int
    interest: int
    balance: int


def schedule(agreement: Agreement) -> list[Row]:
    """The whole schedule as agreed. Ends early when the balance reaches 0."""
    rows: list[Row] = []
    plan, dates = Rows(agreement), due_dates(agreement)
    interest_of, principal_of = plan.interest, plan.principal
    balance, begin, deferred, free = agreement.principal, plan.start, 0, agreement.grace_interest
    for k, due in enumerate(dates):
        day = day_of(due)
        interest = interest_of(k, balance, begin, day, begin)
        principal = principal_of(k, balance, interest)
        balance -= principal
        if k < free:
            deferred, interest = deferred + interest, 0
        elif deferred:
            deferred, interest = 0, deferred + interest
        rows.append(Row(k + 1, day, due, principal, interest, balance))
        if not balance:
            break
        begin = day
    return rows
