"""What should come in by month, and what came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tallystick.loans.calendar import day_at
from tallystick.loans.debt import NOTHING, Split
from tallystick.loans.delinquency.months import month_label, month_of
from tallystick.loans.events import Amended
from tallystick.loans.fold import LoanState
from tallystick.loans.schedule import Row, schedule


@dataclass(frozen=True, slots=True)
class MonthFlow:
    """One month, base units: rows of the agreed schedules due in it, payments received in it."""

    month: int
    expected: Split
    received: Split

    def to_json(self) -> dict[str, object]:
        """Amounts as integer strings."""
        expected = {
            "interest": str(self.expected.interest),
            "principal": str(self.expected.principal),
            "total": str(self.expected.total),
        }
        received = {
            "penalty": str(self.received.penalty),
            "interest": str(self.received.interest),
            "fee": str(self.received.fee),
            "principal": str(self.received.principal),
            "total": str(self.received.total),
        }
        return {"month": month_label(self.month), "expected": expected, "received": received}


def monthly_cashflow(loans: Iterable[LoanState]) -> list[MonthFlow]:
    """Every month in which something was expected or received, in order; loans of one token.

    Expected is the schedule as signed; after an amendment, that of the new terms. Over the life of
    a loan that closes and was never amended, principal received is principal expected; interest
    differs by what was prepaid, penalties and fees come on top.
    """
    expected: dict[int, Split] = {}
    received: dict[int, Split] = {}
    for loan in loans:
        for row in agreed_rows(loan):
            month = month_of(row.due_day)
            expected[month] = expected.get(month, NOTHING) + Split(
                interest=row.interest, principal=row.principal
            )
        for payment in loan.payments:
            month = month_of(payment.day)
            received[month] = received.get(month, NOTHING) + payment.split
    return [
        MonthFlow(month, expected.get(month, NOTHING), received.get(month, NOTHING))
        for month in sorted(expected.keys() | received.keys())
    ]


def agreed_rows(loan: LoanState) -> Iterator[Row]:
    """The rows of all terms, each until the next ones took their place."""
    terms = loan.original
    for change in loan.changes:
        if isinstance(change, Amended):
            day = day_at(change.ref.timestamp)
            yield from (row for row in schedule(terms) if row.due_day <= day)
            terms = change.agreement
    yield from schedule(terms)
