"""Statements of a loan whose life is computed offline, from its terms and events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from tallystick.loans.allocation import RowStatus
from tallystick.loans.life.result import LifeResult, Transaction
from tallystick.loans.statements.amortization import AmortizationRow, AmortizationTable
from tallystick.loans.statements.dues import Due, Dues
from tallystick.loans.statements.sheet import Currency, Money, Sheet, Word

_PARTS = ("penalty", "fee", "interest", "principal")


@dataclass(frozen=True, slots=True)
class TransactionList:
    """Every event as applied, in time order: a receipt for each payment."""

    transactions: tuple[Transaction, ...]

    def to_json(self) -> dict[str, object]:
        """Amounts as integer strings of the currency's smallest unit."""
        return {
            "transactions": [
                {
                    "date": item.when.isoformat(),
                    "type": item.type.value,
                    **{part: str(getattr(item.applied, part)) for part in _PARTS},
                    "total": str(item.applied.total),
                    "outstanding": str(item.outstanding),
                }
                for item in self.transactions
            ]
        }

    def sheet(self, currency: Currency) -> Sheet:
        """One line per event, `outstanding` principal after it."""
        return Sheet(
            title="transactions",
            currency=currency,
            facts=(),
            columns=("date", "entry", *_PARTS, "total", "outstanding"),
            rows=tuple(
                (
                    item.when,
                    Word(f"event.{item.type.value}"),
                    *(Money(getattr(item.applied, part)) for part in _PARTS),
                    Money(item.applied.total),
                    Money(item.outstanding),
                )
                for item in self.transactions
            ),
        )


def life_table(result: LifeResult) -> AmortizationTable:
    """The rows as they stand on the day of the report."""
    rows = tuple(
        AmortizationRow(
            n=row.n,
            due_date=row.due_date,
            principal=row.principal,
            interest=row.interest,
            fee=row.fee,
            balance=row.balance,
            paid=row.paid,
            status=cast("RowStatus", row.status),
        )
        for row in result.rows
    )
    return AmortizationTable(rows, as_of=result.as_of)


def life_dues(result: LifeResult, name: str, written: int) -> Dues:
    """The rows that still ask for money; `name` keeps them apart from other loans' rows."""
    entries = tuple(Due(row.n, row.due_date, row.unpaid) for row in result.rows if row.unpaid)
    return Dues(name, len(result.rows), entries, written, len(result.transactions))
