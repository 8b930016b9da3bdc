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

    @property
    def total(self) -> int:
        """Principal and interest together."""
        return self.principal + self.interest


@dataclass(frozen=True, slots=True)
class ScheduleResult:
    """A computed schedule. `installment` is the level payment where there is one."""

    rows: tuple[ScheduleRow, ...]
    installment: int | None
    money_scale: int

    @property
    def principal(self) -> int:
        """Sum of principal."""
        return sum(row.principal for row in self.rows)

    @property
    def interest(self) -> int:
        """Sum of interest."""
        return sum(row.interest for row in self.rows)

    def to_json(self) -> dict[str, object]:
        """Rows and totals, every amount a decimal string with `money_scale` decimals."""
        scale = self.money_scale
        principal, interest = self.principal, self.interest
        return {
            "installment": None if self.installment is None else decimal(self.installment, scale),
            "rows": [
                {
                    "n": row.n,
                    "due_date": row.due_date.isoformat(),
                    "principal": decimal(row.principal, scale),
                    "interest": decimal(row.interest, scale),
                    "total": decimal(row.total, scale),
                    "balance": decimal(row.balance, scale),
                }
                for row in self.rows
            ],
            "totals": {
                "principal": decimal(principal, scale),
                "interest": decimal(interest, scale),
                "total": decimal(principal + interest, scale),
            },
        }


def decimal(units: int, scale: int) -> str:
    """Units of 10^-scale as a decimal string with exactly `scale` decimals."""
    if scale == 0:
        return str(units)
    sign = "-" if units < 0 else ""
    whole, rest = divmod(abs(units), 10**scale)
    return f"{sign}{whole}.{rest:0{scale}d}"
