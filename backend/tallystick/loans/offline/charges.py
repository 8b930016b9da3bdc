"""Fees: at disbursement, in every installment, or on a date; a fixed amount or a percentage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from tallystick.loans.errors import InputInvalid
from tallystick.loans.offline.fields import Fields
from tallystick.loans.offline.result import ScheduleRow
from tallystick.loans.rounding import Rounding

_MOST = 50


class ChargeTime(StrEnum):
    """When a fee is due."""

    DISBURSEMENT = "disbursement"
    INSTALLMENT = "installment"
    DATE = "date"


class ChargeBase(StrEnum):
    """What a percentage is taken of: of the loan, or of the row for a fee per installment."""

    PRINCIPAL = "principal"
    INTEREST = "interest"
    BOTH = "principal_and_interest"


@dataclass(frozen=True, slots=True)
class Charge:
    """One fee: `amount` in units of 10^-money_scale, or `percent` as a fraction of `base`."""

    when: ChargeTime
    amount: int | None
    percent: Fraction
    base: ChargeBase
    due_date: date | None
    rounding: Rounding = Rounding.HALF_EVEN

    def of(self, principal: int, interest: int) -> int:
        """The fee on these amounts."""
        if self.amount is not None:
            return self.amount
        base = 0
        if self.base is not ChargeBase.INTEREST:
            base += principal
        if self.base is not ChargeBase.PRINCIPAL:
            base += interest
        return self.rounding.divide(base * self.percent.numerator, self.percent.denominator)


def parse_charges(
    source: Fields, scale: int, disbursed: date, rounding: Rounding
) -> tuple[Charge, ...]:
    """The charges of an input, none when the field is absent; raises `InputInvalid`."""
    name = "charges"
    if not source.given(name):
        return ()
    items = source.raw(name)
    if not isinstance(items, (list, tuple)) or len(items) > _MOST:
        raise source.error(name, f"must be an array of at most {_MOST} charges")
    pointer = source.pointer(name)
    return tuple(
        _charge(Fields(item, f"{pointer}/{index}"), scale, disbursed, rounding)
        for index, item in enumerate(items)
    )


def _charge(source: Fields, scale: int, disbursed: date, rounding: Rounding) -> Charge:
    source.refuse_unknown(frozenset(("name", "when", "amount", "percent", "of", "due_date")))
    when = source.choice("when", ChargeTime)
    if source.given("amount") == source.given("percent"):
        raise source.error("amount", "is required, or percent, but not both")
    amount = source.money("amount", scale) if source.given("amount") else None
    percent = source.percent("percent", 100) if amount is None else Fraction(0)
    if amount is not None and source.given("of"):
        raise source.error("of", "belongs to percent only")
    base = source.choice("of", ChargeBase, default=ChargeBase.PRINCIPAL)
    if when is ChargeTime.DISBURSEMENT and base is not ChargeBase.PRINCIPAL:
        raise source.error("of", "must be principal for a charge at disbursement")
    due = source.day("due_date") if when is ChargeTime.DATE else None
    if due is None and source.given("due_date"):
        raise source.error("due_date", "belongs to charges on a date only")
    if due is not None and due < disbursed:
        raise source.error("due_date", "must not lie before disbursement_date")
    return Charge(when, amount, percent, base, due, rounding)


def fee_at_disbursement(charges: tuple[Charge, ...], principal: int) -> int:
    """What is kept back from the amount lent."""
    chosen = [charge for charge in charges if charge.when is ChargeTime.DISBURSEMENT]
    return sum(charge.of(principal, 0) for charge in chosen)


def with_fees(
    charges: tuple[Charge, ...], rows: list[ScheduleRow], disbursed: date
) -> list[ScheduleRow]:
    """The rows with their fees. A fee on a date is due with the first row on or after that date.

    A down payment, due on the day of disbursement, bears no fee. Raises `InputInvalid` for a date
    after the last row.
    """
    if not charges:
        return rows
    fees = [0] * len(rows)
    principal = sum(row.principal for row in rows)
    interest = sum(row.interest for row in rows)
    chargeable = [k for k, row in enumerate(rows) if row.due_date > disbursed]
    for index, charge in enumerate(charges):
        if charge.when is ChargeTime.INSTALLMENT:
            for k in chargeable:
                fees[k] += charge.of(rows[k].principal, rows[k].interest)
        elif charge.due_date is not None:
            after = [k for k in chargeable if rows[k].due_date >= charge.due_date]
            if not after:
                raise InputInvalid(f"/charges/{index}/due_date", "must not lie after the last row")
            fees[after[0]] += charge.of(principal, interest)
    return [row._replace(fee=fee) if fee else row for row, fee in zip(rows, fees, strict=True)]
