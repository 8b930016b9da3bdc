"""Where a loan stands after its events, and the JSON form of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tallystick.loans.life.book import Line
from tallystick.loans.life.payments import Applied
from tallystick.loans.life.terms import Component, EventType
from tallystick.loans.offline.result import decimal

_CLAIMS = (Component.FEE, Component.INTEREST, Component.PRINCIPAL)


@dataclass(frozen=True, slots=True)
class LifeRow:
    """One row as it now stands; `paid` and `unpaid` are of its fee, interest and principal."""

    n: int
    due_date: date
    principal: int
    interest: int
    fee: int
    balance: int
    paid: int
    unpaid: int
    status: str

    @classmethod
    def of(cls, n: int, line: Line, *, billed: bool, as_of: date) -> LifeRow:
        """The row of a line; one that is not `billed` yet is what it would be without events."""
        fee, interest, principal = (line.claim.get(part, 0) for part in _CLAIMS)
        unpaid = line.unpaid_total
        if line.moved:
            status = "moved"
        elif unpaid == 0 and (billed or line.settled_on is not None):
            late = line.settled_on is not None and line.settled_on > line.due
            status = "paid_late" if late else "paid"
        elif line.due > as_of:
            status = "upcoming"
        else:
            status = "overdue" if line.due < as_of else "due"
        paid = fee + interest + principal - unpaid
        return cls(n, line.due, principal, interest, fee, line.balance, paid, unpaid, status)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One event as applied; `outstanding` principal is after it."""

    when: date
    type: EventType
    amount: int | None
    applied: Applied
    outstanding: int


@dataclass(frozen=True, slots=True)
class LifeResult:
    """The report as of a day. Amounts in units of 10^-money_scale."""

    rows: tuple[LifeRow, ...]
    transactions: tuple[Transaction, ...]
    money_scale: int
    as_of: date
    due: Applied
    outstanding: int
    payoff: int
    days_past_due: int
    installment: int | None
    overpaid: int
    written_off: int | None
    recovered: int
    upfront_fee: int

    @property
    def interest(self) -> int:
        """All interest of the loan, paid or still to come if nothing else happens."""
        ahead = sum(item.applied.prepaid_interest for item in self.transactions)
        return ahead + sum(row.interest for row in self.rows)

    @property
    def status(self) -> str:
        """`written_off`, `closed`, `overdue` or `active`."""
        if self.written_off is not None:
            return "written_off"
        if self.payoff == 0:
            return "closed"
        return "overdue" if self.days_past_due else "active"

    def to_json(self) -> dict[str, object]:
        """Rows, transactions, standing and totals; every amount a decimal string."""

        def money(units: int) -> str:
            return decimal(units, self.money_scale)

        rows = self.rows
        principal, interest = (
            sum(row.principal for row in rows),
            sum(row.interest for row in rows),
        )
        fee = self.upfront_fee + sum(row.fee for row in rows)
        return {
            "as_of": self.as_of.isoformat(),
            "status": self.status,
            "installment": None if self.installment is None else money(self.installment),
            "outstanding": money(self.outstanding),
            "due": {part.value: money(getattr(self.due, part.value)) for part in Component}
            | {"total": money(self.due.total)},
            "days_past_due": self.days_past_due,
            "payoff": money(self.payoff),
            "overpaid": money(self.overpaid),
            "written_off": money(self.written_off or 0),
            "recovered": money(self.recovered),
            "rows": [
                {
                    "n": row.n,
                    "due_date": row.due_date.isoformat(),
                    "principal": money(row.principal),
                    "interest": money(row.interest),
                    "fee": money(row.fee),
                    "total": money(row.principal + row.interest + row.fee),
                    "balance": money(row.balance),
                    "paid": money(row.paid),
                    "unpaid": money(row.unpaid),
                    "status": row.status,
                }
                for row in rows
            ],
            "totals": {
                "principal": money(principal),
                "interest": money(interest),
                "fee": money(fee),
                "total": money(principal + interest + fee),
            },
            "transactions": [
                {
                    "date": item.when.isoformat(),
                    "type": item.type.value,
                    "amount": None if item.amount is None else money(item.amount),
                    **{part.value: money(getattr(item.applied, part.value)) for part in Component},
                    "prepaid": money(item.applied.prepaid),
                    "prepaid_interest": money(item.applied.prepaid_interest),
                    "overpaid": money(item.applied.overpaid),
                    "outstanding": money(item.outstanding),
                    "rows": [
                        {"n": n, "component": part.value, "amount": money(units)}
                        for n, part, units in item.applied.rows
                    ],
                }
                for item in self.transactions
            ],
        }
