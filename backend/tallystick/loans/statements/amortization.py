"""The amortization table of a loan as agreed, with what was paid, or of a loan only computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from tallystick.loans.allocation import RowStatus, allocate
from tallystick.loans.calendar import date_of
from tallystick.loans.fold import LoanState
from tallystick.loans.offline.result import ScheduleResult
from tallystick.loans.statements.sheet import Cell, Currency, Money, Sheet, Word


class AmortizationRow(NamedTuple):
    """One row: amounts as agreed, `balance` the principal left after it.

    `paid` is interest, principal and what was prepaid.
    """

    n: int
    due_date: date
    principal: int
    interest: int
    fee: int
    balance: int
    paid: int = 0
    status: RowStatus = "upcoming"

    @property
    def total(self) -> int:
        """Principal, interest and fee together."""
        return self.principal + self.interest + self.fee


@dataclass(frozen=True, slots=True)
class AmortizationTable:
    """All rows of a loan; `loan_id` is None for one that is not recorded.

    Without `as_of` the loan is only planned: nothing is said of payments.
    """

    rows: tuple[AmortizationRow, ...]
    loan_id: bytes | None = None
    as_of: date | None = None

    def to_json(self) -> dict[str, object]:
        """Amounts as integer strings of the currency's smallest unit."""
        return {
            "loan_id": None if self.loan_id is None else "0x" + self.loan_id.hex(),
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "rows": [
                {
                    "n": row.n,
                    "due_date": row.due_date.isoformat(),
                    "principal": str(row.principal),
                    "interest": str(row.interest),
                    "fee": str(row.fee),
                    "total": str(row.total),
                    "balance": str(row.balance),
                    "paid": str(row.paid),
                    "status": row.status,
                }
                for row in self.rows
            ],
            "totals": {
                "principal": str(sum(row.principal for row in self.rows)),
                "interest": str(sum(row.interest for row in self.rows)),
                "fee": str(sum(row.fee for row in self.rows)),
                "total": str(sum(row.total for row in self.rows)),
            },
        }

    def sheet(self, currency: Currency) -> Sheet:
        """Fees and payments have columns only where there are any."""
        facts: list[tuple[str, Cell]] = []
        if self.loan_id is not None:
            facts.append(("loan", "0x" + self.loan_id.hex()))
        if self.as_of is not None:
            facts.append(("as_of", self.as_of))
        fees = any(row.fee for row in self.rows)
        columns = ["n", "due_date", "principal", "interest", "total", "balance"]
        if fees:
            columns.insert(4, "fee")
        if self.as_of is not None:
            columns += ["paid", "status"]
        return Sheet(
            title="amortization_table",
            currency=currency,
            facts=tuple(facts),
            columns=tuple(columns),
            rows=tuple(tuple(_cell(row, column) for column in columns) for row in self.rows),
            totals=tuple(self._total(column) for column in columns),
        )

    def _total(self, column: str) -> Cell:
        if column in ("n", "due_date", "balance", "status"):
            return None
        return Money(sum(getattr(row, column) for row in self.rows))


def amortization_table(state: LoanState, day: int) -> AmortizationTable:
    """The table of a recorded loan as it stands on `day`, days since 1970-01-01."""
    rows = tuple(
        AmortizationRow(
            n=row.agreed.n,
            due_date=row.agreed.due_date,
            principal=row.agreed.principal,
            interest=row.agreed.interest,
            fee=0,
            balance=row.agreed.balance,
            paid=row.paid_interest + row.paid_principal + row.prepaid,
            status=row.status(day),
        )
        for row in allocate(state)
    )
    return AmortizationTable(rows, state.loan_id, date_of(day))


def computed_table(result: ScheduleResult) -> AmortizationTable:
    """The table of a loan that the calculator computed."""
    return AmortizationTable(
        tuple(
            AmortizationRow(row.n, row.due_date, row.principal, row.interest, row.fee, row.balance)
            for row in result.rows
        )
    )


def _cell(row: AmortizationRow, column: str) -> Cell:
    value = getattr(row, column)
    if column in ("n", "due_date"):
        return value  # type: ignore[no-any-return]
    return Word(f"status.{value}") if column == "status" else Money(value)
