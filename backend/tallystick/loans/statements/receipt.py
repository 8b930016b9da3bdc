"""The receipt of one payment: to which rows it went, and what was left to repay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from tallystick.loans.allocation import RowStanding, rows_after
from tallystick.loans.calendar import date_of
from tallystick.loans.fold import LoanState, Payment
from tallystick.loans.position import Position
from tallystick.loans.replay import replay
from tallystick.loans.statements.sheet import Currency, Money, Sheet


class ReceiptLine(NamedTuple):
    """What of the payment went to row `n`, base units; `prepaid` is principal ahead of its date."""

    n: int
    due_date: date
    interest: int
    principal: int
    prepaid: int
    completed: bool

    @property
    def total(self) -> int:
        """Everything that went to the row."""
        return self.interest + self.principal + self.prepaid


@dataclass(frozen=True, slots=True)
class Receipt:
    """How payment `number` (from 1) of a loan was applied.

    Lines, penalty and fee sum to the payment; principal outstanding falls by its principal.
    """

    loan_id: bytes
    number: int
    payment: Payment
    lines: tuple[ReceiptLine, ...]
    outstanding_before: int

    def to_json(self) -> dict[str, object]:
        """Amounts as integer strings of base units."""
        split, ref = self.payment.split, self.payment.ref
        return {
            "loan_id": "0x" + self.loan_id.hex(),
            "payment": self.number,
            "date": date_of(self.payment.day).isoformat(),
            "payer": self.payment.payer,
            "source": self.payment.source.label,
            "penalty": str(split.penalty),
            "interest": str(split.interest),
            "fee": str(split.fee),
            "principal": str(split.principal),
            "total": str(split.total),
            "rows": [
                {
                    "n": line.n,
                    "due_date": line.due_date.isoformat(),
                    "interest": str(line.interest),
                    "principal": str(line.principal),
                    "prepaid": str(line.prepaid),
                    "total": str(line.total),
                    "completed": line.completed,
                }
                for line in self.lines
            ],
            "outstanding_before": str(self.outstanding_before),
            "outstanding_after": str(self.payment.outstanding),
            "transaction_hash": "0x" + ref.tx_hash.hex(),
            "log_index": ref.log_index,
        }

    def sheet(self, currency: Currency) -> Sheet:
        """One line per row of the schedule."""
        split = self.payment.split
        return Sheet(
            title="receipt",
            currency=currency,
            facts=(
                ("loan", "0x" + self.loan_id.hex()),
                ("payment", self.number),
                ("date", date_of(self.payment.day)),
                ("payer", self.payment.payer),
                ("transaction", "0x" + self.payment.ref.tx_hash.hex()),
                ("amount_paid", Money(split.total)),
                ("penalty", Money(split.penalty)),
                ("interest", Money(split.interest)),
                *((("fee", Money(split.fee)),) if split.fee else ()),
                ("principal", Money(split.principal)),
                ("outstanding_before", Money(self.outstanding_before)),
                ("outstanding_after", Money(self.payment.outstanding)),
            ),
            columns=("n", "due_date", "interest", "principal", "prepaid", "total"),
            rows=tuple(
                (
                    line.n,
                    line.due_date,
                    Money(line.interest),
                    Money(line.principal),
                    Money(line.prepaid),
                    Money(line.total),
                )
                for line in self.lines
            ),
            totals=(
                None,
                None,
                Money(sum(line.interest for line in self.lines)),
                Money(sum(line.principal for line in self.lines)),
                Money(sum(line.prepaid for line in self.lines)),
                Money(sum(line.total for line in self.lines)),
            ),
        )


def receipt(loan: LoanState, number: int) -> Receipt:
    """The receipt of payment `number`, counted from 1; raises `IndexError` when there is none."""
    if not 1 <= number <= len(loan.payments):
        raise IndexError(f"the loan has payments 1 to {len(loan.payments)}")
    steps = list(replay(loan))
    at = next(index for index, step in enumerate(steps) if step.number == number)
    terms, step = steps[at - 1].terms if at else loan.original, steps[at]
    before, after = (
        rows_after(loan.original, steps[:at]),
        rows_after(loan.original, steps[: at + 1]),
    )
    lines = [_line(old, new) for old, new in zip(before, after, strict=True)]
    paid = tuple(line for line in lines if line.total or line.completed)
    outstanding, _ = Position(terms, step.before).standing()
    return Receipt(loan.loan_id, number, loan.payments[number - 1], paid, outstanding)


def _line(before: RowStanding, after: RowStanding) -> ReceiptLine:
    return ReceiptLine(
        n=after.agreed.n,
        due_date=after.agreed.due_date,
        interest=after.paid_interest - before.paid_interest,
        principal=after.paid_principal - before.paid_principal,
        prepaid=after.prepaid - before.prepaid,
        completed=before.paid_day is None and after.paid_day is not None,
    )
