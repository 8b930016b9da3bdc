"""What the calculator answers, and its JSON form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class ScheduleRow(NamedTuple):
    """One row: amounts in units of 10^-money_scale, `balance` is the principal left after it."""

    n: int
    due_date: date
    principal: int
    interest: int
    balance: int
    fee: int = 0

    @property
    def total(self) -> int:
        """Principal, interest and fee together."""
        return self.principal + self.interest + self.fee


@dataclass(frozen=True, slots=True)
class ScheduleResult:
    """A computed schedule. `installment` is the level payment where there is one.

    `disbursed` on `disbursement_date` is the principal, of which `upfront_fee` is kept back.
    """

    rows: tuple[ScheduleRow, ...]
    installment: int | None
    money_scale: int
    disbursement_date: date
    disbursed: int
    upfront_fee: int = 0

    @property
    def principal(self) -> int:
        """Sum of principal."""
        return sum(row.principal for row in self.rows)

    @property
    def interest(self) -> int:
        """Sum of interest."""
        return sum(row.interest for row in self.rows)

    @property
    def fee(self) -> int:
        """Sum of fees, the one kept back at disbursement included."""
        return self.upfront_fee + sum(row.fee for row in self.rows)

    def to_json(self) -> dict[str, object]:
        """Rows and totals, every amount a decimal string with `money_scale` decimals."""
        scale = self.money_scale
        principal, interest, fee = self.principal, self.interest, self.fee
        return {
            "disbursement": {
                "date": self.disbursement_date.isoformat(),
                "principal": decimal(self.disbursed, scale),
                "fee": decimal(self.upfront_fee, scale),
                "net": decimal(self.disbursed - self.upfront_fee, scale),
            },
            "installment": None if self.installment is None else decimal(self.installment, scale),
            "rows": [
                {
                    "n": row.n,
                    "due_date": row.due_date.isoformat(),
                    "principal": decimal(row.principal, scale),
                    "interest": decimal(row.interest, scale),
                    "fee": decimal(row.fee, scale),
                    "total": decimal(row.total, scale),
                    "balance": decimal(row.balance, scale),
                }
                for row in self.rows
            ],
            "totals": {
                "principal": decimal(principal, scale),
                "interest": decimal(interest, scale),
                "fee": decimal(fee, scale),
                "total": decimal(principal + interest + fee, scale),
            },
        }


def decimal(units: int, scale: int) -> str:
    """Units of 10^-scale as a decimal string with exactly `scale` decimals."""
    if scale == 0:
        return str(units)
    sign = "-" if units < 0 else ""
    whole, rest = divmod(abs(units), 10**scale)
    return f"{sign}{whole}.{rest:0{scale}d}"
