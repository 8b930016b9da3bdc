"""The dates on which a loan asks for money, for a calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from tallystick.loans.calendar import date_of
from tallystick.loans.events import EventRef
from tallystick.loans.fold import LoanState
from tallystick.loans.ledger import open_rows
from tallystick.loans.offline.result import ScheduleResult


class Due(NamedTuple):
    """What row `n` still asks for on its due date, in the currency's smallest unit, above 0."""

    n: int
    due_date: date
    amount: int


@dataclass(frozen=True, slots=True)
class Dues:
    """Due dates of one loan. `name` identifies it for good; `rows` is how many it has in all.

    `written` (Unix seconds) is when the loan last changed, `revision` how often it has.
    """

    name: str
    rows: int
    entries: tuple[Due, ...]
    written: int
    revision: int


def loan_dues(loan: LoanState) -> Dues:
    """The rows of a recorded loan that are not fully paid; none once it is closed."""
    entries = tuple(
        Due(row.row + 1, date_of(row.due), row.unpaid)
        for row in open_rows(loan.agreement, loan.stored)
        if row.unpaid
    )
    written = max(ref.timestamp for ref in (loan.originated, *_refs(loan)))
    changes = len(loan.payments) + len(loan.changes)
    return Dues(loan.loan_id.hex(), loan.agreement.count, entries, written, changes)


def _refs(loan: LoanState) -> Iterator[EventRef]:
    return (event.ref for event in (*loan.payments, *loan.changes))


def computed_dues(result: ScheduleResult, name: str, written: int) -> Dues:
    """The rows of a computed loan; `name` keeps its entries apart from other loans'."""
    entries = tuple(Due(row.n, row.due_date, row.total) for row in result.rows if row.total)
    return Dues(name, len(result.rows), entries, written, 0)
