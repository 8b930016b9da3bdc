"""Principal of every row before the last, which always repays what is left."""

from __future__ import annotations

from collections.abc import Callable

from tallystick.loans.annuity import Rate, level_payment
from tallystick.loans.errors import InputInvalid
from tallystick.loans.offline.interest import flat_share, total
from tallystick.loans.offline.terms import InterestMethod, Plan, ScheduleInput

PrincipalOf = Callable[[int, int, int], int]
"""Principal of row k (from 0) given the interest due in it and the balance before it."""


def principal_plan(terms: ScheduleInput, rates: list[Rate]) -> tuple[PrincipalOf, int | None]:
    """The plan's principal, and the level installment where there is one."""
    equal = terms.amortization in (Plan.EQUAL_INSTALLMENTS, Plan.EQUAL_PRINCIPAL)
    if equal and terms.interest_method is InterestMethod.FLAT:
        principal, installment = flat_level(terms, rates)
        return _fixed(terms, principal), installment
    if terms.amortization is Plan.EQUAL_INSTALLMENTS:
        return _level(terms, rates)
    if terms.custom_rows:
        return _custom(terms), None
    return _fixed(terms, fixed_principal(terms, len(rates))), None


def fixed_principal(terms: ScheduleInput, count: int) -> int:
    """Principal of each of `count` rows after the grace, for plans that fix it on a balance."""
    if terms.amortization is Plan.EQUAL_PRINCIPAL:
        return terms.rounding.divide(terms.principal, count - terms.grace_on_principal)
    if terms.fixed_principal is not None:
        part = terms.principal * terms.fixed_principal
        return terms.rounding.divide(part.numerator, part.denominator)
    return 0


def flat_level(terms: ScheduleInput, rates: list[Rate]) -> tuple[int, int]:
    """Principal and total of each row after the grace, for equal plans with flat interest."""
    paying = len(rates) - terms.grace_on_principal
    divide, unit = terms.rounding.divide, terms.installment_multiple_of
    share, _ = flat_share(terms.principal, rates, terms.interest_free_periods, divide)
    level = divide(terms.principal, paying) + share
    if unit:
        rise, base = total(rates)
        exact = terms.principal * (base * len(rates) + rise * paying)
        multiples = terms.installment_rounding.divide(exact, base * len(rates) * paying * unit)
        level = unit * max(multiples, 1)
    # Grace and free periods move interest, never the principal of a row.
    return max(level - share, 0), level


def _level(terms: ScheduleInput, rates: list[Rate]) -> tuple[PrincipalOf, int]:
    unit = terms.installment_multiple_of or 1
    grace, collecting = terms.grace_on_principal, terms.grace_on_interest_payment
    divide = terms.installment_rounding.divide
    installment = max(level_payment(terms.principal, rates[grace:], unit, divide), unit)
    level = installment

    def principal(k: int, interest: int, balance: int) -> int:
        nonlocal level
        if k < grace:
            return 0
        if interest >= level and k == collecting > 0:
            # Deferred interest has eaten the installment: level the rows that follow anew.
            level = max(level_payment(balance, rates[k + 1 :], unit, divide), unit)
            return 0
        if interest >= level:
            return 0
        return min(level - interest, balance)

    return principal, installment


def _fixed(terms: ScheduleInput, amount: int) -> PrincipalOf:
    grace = terms.grace_on_principal

    def principal(k: int, _interest: int, balance: int) -> int:
        return min(amount, balance) if k >= grace else 0

    return principal


def _custom(terms: ScheduleInput) -> PrincipalOf:
    def principal(k: int, interest: int, balance: int) -> int:
        row = terms.custom_rows[k]
        pointer = f"/custom_rows/{k}"
        if row.total is not None:
            if row.total < interest:
                raise InputInvalid(f"{pointer}/total", "must cover the interest of the row")
            if row.total - interest > balance:
                raise InputInvalid(f"{pointer}/total", "must not exceed interest and balance")
            return row.total - interest
        amount = row.principal or 0
        if amount > balance:
            raise InputInvalid(f"{pointer}/principal", "must not exceed the balance")
        return amount

    return principal
