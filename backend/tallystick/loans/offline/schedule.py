"""The schedule of checked terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tallystick.loans.errors import InputInvalid
from tallystick.loans.offline.charges import fee_at_disbursement, with_fees
from tallystick.loans.offline.interest import (
    InterestOf,
    declining_interest,
    flat_interest,
    period_rates,
)
from tallystick.loans.offline.periods import due_dates
from tallystick.loans.offline.principal import PrincipalOf, principal_plan
from tallystick.loans.offline.result import ScheduleResult, ScheduleRow
from tallystick.loans.offline.terms import InterestMethod, Plan, ScheduleInput


def compute_schedule(terms: ScheduleInput) -> ScheduleResult:
    """The whole schedule of `terms`.

    Raises `InputInvalid` when custom rows or dated charges do not fit the loan.
    """
    rows, installment = _repayments(terms)
    return ScheduleResult(
        rows=tuple(with_fees(terms.charges, rows, terms.disbursement_date)),
        installment=installment,
        money_scale=terms.money_scale,
        disbursement_date=terms.disbursement_date,
        disbursed=terms.principal,
        upfront_fee=fee_at_disbursement(terms.charges, terms.principal),
    )


def _repayments(terms: ScheduleInput) -> tuple[list[ScheduleRow], int | None]:
    """All rows without fees, and the level installment where there is one."""
    down = down_payment(terms)
    rows = (
        [ScheduleRow(1, terms.disbursement_date, down, 0, terms.principal - down)] if down else []
    )
    if down == terms.principal:
        return rows, None
    financed = replace(terms, principal=terms.principal - down) if down else terms
    dues = due_dates(financed)
    rates = period_rates(financed, dues)
    if terms.amortization is Plan.BULLET:
        dues = dues[-1:]
    free = terms.interest_free_periods
    if terms.interest_method is InterestMethod.FLAT:
        interest_of = flat_interest(financed.principal, rates, free, terms.rounding.divide)
    else:
        rates = [(0, 1)] * free + rates[free:]
        interest_of = declining_interest(rates, terms.rounding.divide)
    principal_of, installment = principal_plan(financed, rates)
    rows += _rows(financed, dues, interest_of, principal_of, first=len(rows) + 1)
    return rows, installment


def down_payment(terms: ScheduleInput) -> int:
    """What is paid back on the day of disbursement."""
    part = terms.principal * terms.down_payment
    unit = terms.installment_multiple_of or 1
    rounded = unit * terms.rounding.divide(part.numerator, part.denominator * unit)
    return min(rounded, terms.principal)


def _rows(
    terms: ScheduleInput,
    dues: list[date],
    interest_of: InterestOf,
    principal_of: PrincipalOf,
    first: int,
) -> list[ScheduleRow]:
    rows: list[ScheduleRow] = []
    balance, deferred, last = terms.principal, 0, len(dues) - 1
    grace = terms.grace_on_interest_payment
    declining = terms.interest_method is InterestMethod.DECLINING
    for k, due in enumerate(dues):
        interest = deferred + interest_of(k, balance)
        deferred = 0
        if k < grace:
            interest, deferred = 0, interest
        principal = balance if k == last else principal_of(k, interest, balance)
        balance -= principal
        rows.append(ScheduleRow(first + k, due, principal, interest, balance))
        if balance == 0 and deferred == 0 and declining:
            break
    _check_custom(terms, rows)
    return rows


def _check_custom(terms: ScheduleInput, rows: list[ScheduleRow]) -> None:
    """The last custom row may state its principal; it must then be what is left."""
    if not terms.custom_rows:
        return
    last = len(terms.custom_rows) - 1
    stated = terms.custom_rows[last].principal
    left = rows[last].principal if last < len(rows) else 0
    if stated is not None and stated != left:
        raise InputInvalid(
            f"/custom_rows/{last}/principal", "must be what is left of the principal"
        )
