from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.backend.loans.oracle import Loan, years
from tests.backend.loans.strategies import agreements

from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import date_from_ymd
from tallystick.loans.errors import AgreementInvalid
from tallystick.loans.installment import equal_principal_installment, level_installment
from tallystick.loans.kinds import Amortization, Frequency, InterestMethod
from tallystick.loans.schedule import schedule


def exact_annuity(agreement: Agreement) -> Fraction:
    """Solved by discounting each row, a different way from the closed form under test."""
    discount, total = Fraction(1), Fraction(0)
    rate = Fraction(agreement.annual_rate, RATE_SCALE)
    repaying = range(agreement.grace_principal, agreement.count)
    if agreement.interest_method is InterestMethod.FLAT:
        interest = sum(rate * years(agreement, row) for row in repaying)
        return agreement.principal * (1 + interest) / len(repaying)
    for row in repaying:
        discount /= 1 + rate * years(agreement, row)
        total += discount
    return agreement.principal / total


def found(agreement: Agreement) -> int:
    return level_installment(
        agreement.principal,
        agreement.annual_rate,
        agreement.quantum,
        agreement.frequency,
        agreement.every,
        agreement.count,
        date_from_ymd(agreement.start_date),
        date_from_ymd(agreement.first_due_date),
        agreement.due_day,
        day_count=agreement.day_count,
        interest_method=agreement.interest_method,
        grace_principal=agreement.grace_principal,
    )


@given(agreements(max_count=20))
def test_level_installment_is_the_annuity_rounded_half_even(agreement: Agreement) -> None:
    exact = exact_annuity(agreement) / agreement.quantum
    assert found(agreement) == agreement.quantum * max(round(exact), 1)


@given(agreements(max_count=40, kinds=(Amortization.LEVEL,)))
def test_level_installment_leaves_little_for_the_last_row(agreement: Agreement) -> None:
    assume(agreement.annual_rate <= RATE_SCALE)
    agreement = replace(agreement, interest_method=InterestMethod.DECLINING)
    installment = found(agreement)
    rows = schedule(replace(agreement, installment=installment))
    # Half a quantum of the installment and of each row's interest grow with the loan.
    growth = Fraction(1)
    for k in range(agreement.count):
        growth *= 1 + Fraction(agreement.annual_rate, RATE_SCALE) * years(agreement, k)
    repaying = rows[agreement.grace_principal :]
    if len(rows) == agreement.count and all(row.principal for row in repaying):
        last = Loan(replace(agreement, installment=installment)).rows()[-1]
        off = abs(last.own + last.principal - installment)
        assert off <= growth * agreement.quantum * agreement.count


def test_known_installments() -> None:
    start, first = date(2026, 1, 15), date(2026, 2, 15)
    year = level_installment(1_200_00, 120_000_000, 1, Frequency.MONTHS, 1, 12, start, first, 15)
    assert year == 106_62
    free = level_installment(1_000_00, 0, 1, Frequency.MONTHS, 1, 3, start, first, 15)
    assert free == 333_33
    one = level_installment(1_000_00, 120_000_000, 1, Frequency.MONTHS, 1, 1, start, first, 15)
    assert one == 1_010_00


def test_flat_installment_by_hand() -> None:
    """1,000.00 for 10 months at 2 % a month flat: 100.00 and 20.00 of interest every month."""
    start, first = date(2026, 1, 15), date(2026, 2, 15)
    terms = (1_000_00, 240_000_000, 1, Frequency.MONTHS, 1, 10, start, first, 15)
    assert level_installment(*terms, interest_method=InterestMethod.FLAT) == 120_00


def test_level_installment_is_never_nothing() -> None:
    start, first = date(2026, 1, 15), date(2026, 2, 15)
    assert level_installment(3, 0, 1, Frequency.MONTHS, 1, 12, start, first, 15) == 1


@given(st.integers(1, 10**12), st.integers(1, 600), st.integers(1, 10**6))
def test_equal_principal_leaves_something_for_the_last_row(
    principal: int, count: int, quantum: int
) -> None:
    assume(quantum <= principal)
    if principal < count:
        with pytest.raises(AgreementInvalid, match="count"):
            equal_principal_installment(principal, count, quantum)
        return
    installment = equal_principal_installment(principal, count, quantum)
    assert installment >= 1
    assert installment * (count - 1) < principal
    if count > 1 and (principal - 1) // (count - 1) >= quantum:
        assert installment % quantum == 0


def test_equal_principal_known() -> None:
    assert equal_principal_installment(1_000_00, 3, 1) == 333_33
    assert equal_principal_installment(1_000_00, 3, 100) == 333_00
    assert equal_principal_installment(5, 3, 1) == 2
    assert equal_principal_installment(3, 2, 1) == 2
    assert equal_principal_installment(100, 1, 1) == 100
