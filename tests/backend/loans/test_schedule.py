from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.strategies import agreements, make_agreement

from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import begin_day, date_from_ymd, due_dates, due_day
from tallystick.loans.kinds import Amortization, Frequency
from tallystick.loans.schedule import (
    accrued_interest,
    row_interest,
    row_principal,
    schedule,
    year_fraction,
)


@given(agreements(max_count=60))
def test_the_schedule_is_its_rows_one_by_one(agreement: Agreement) -> None:
    balance = agreement.principal
    for k, row in enumerate(schedule(agreement)):
        interest = row_interest(agreement, k, balance)
        principal = row_principal(agreement, k, balance, interest)
        balance -= principal
        assert row == (k + 1, due_day(agreement, k), row.due_date, principal, interest, balance)
        assert row.due_date == due_dates(agreement)[k]


@given(agreements(max_count=40))
def test_rows_sum_to_the_principal_and_never_go_negative(agreement: Agreement) -> None:
    rows = schedule(agreement)
    assert sum(row.principal for row in rows) == agreement.principal
    assert rows[-1].balance == 0
    assert 1 <= len(rows) <= agreement.count
    balance = agreement.principal
    for row in rows:
        assert row.principal >= 0
        assert row.interest >= 0
        assert row.interest % agreement.quantum == 0
        balance -= row.principal
        assert row.balance == balance
        assert row.due_day == due_day(agreement, row.n - 1)
        assert balance > 0 or row is rows[-1]


@given(agreements())
def test_interest_is_the_exact_one_rounded(agreement: Agreement) -> None:
    balance = agreement.principal
    for row in schedule(agreement):
        years = Fraction(*year_fraction(agreement, row.n - 1))
        exact = balance * Fraction(agreement.annual_rate, RATE_SCALE) * years
        assert 2 * abs(row.interest - exact) <= agreement.quantum
        balance = row.balance


@given(agreements())
def test_no_interest_without_a_rate(agreement: Agreement) -> None:
    assert all(row.interest == 0 for row in schedule(replace(agreement, annual_rate=0)))


@given(agreements(), st.data())
def test_accrual_rises_from_zero_to_the_rows_interest(
    agreement: Agreement, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, agreement.count - 1))
    begin, due = begin_day(agreement, row), due_day(agreement, row)
    since = data.draw(st.integers(begin, due - 1))
    whole = row_interest(agreement, row, agreement.principal, since)
    days = sorted(data.draw(st.lists(st.integers(since, due - 1), min_size=2, max_size=5)))
    accrued = [accrued_interest(agreement, row, agreement.principal, since, day) for day in days]
    assert accrued == sorted(accrued)
    assert accrued[-1] <= whole
    assert accrued_interest(agreement, row, agreement.principal, since, since) == 0
    assert row_interest(agreement, row, agreement.principal, begin) == row_interest(
        agreement, row, agreement.principal
    )


def test_level_year_by_hand() -> None:
    """1,200.00 at 1 % a month: 106.62 a month, the last row takes the residue."""
    rows = schedule(make_agreement())
    cents = [(row.interest // 10_000, row.principal // 10_000) for row in rows]
    assert cents[0] == (1200, 9462)
    assert cents[1] == (1105, 9557)  # 1 % of 1105.38 = 11.0538
    assert [row.due_date.day for row in rows] == [28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31]
    assert sum(principal for _, principal in cents) == 120_000
    assert all(interest + principal == 10_662 for interest, principal in cents[:-1])


def test_weeks_bear_actual_365() -> None:
    agreement = make_agreement(
        frequency=Frequency.WEEKS, due_day=0, every=2, first_due_date=20260210, count=2
    )
    assert year_fraction(agreement, 0) == (10, 365)
    assert year_fraction(agreement, 1) == (14, 365)


@pytest.mark.parametrize(
    ("start", "first", "due", "expected"),
    [
        (20260131, 20260228, 31, 30),  # regular: the start is its month's end
        (20260228, 20260331, 31, 30),  # regular, from a clamped start
        (20260115, 20260215, 15, 30),
        (20260115, 20260220, 20, 35),  # broken: 30E/360
        (20260131, 20260201, 1, 1),
        (20260130, 20260131, 31, 0),  # never below 0
        (20260115, 20260315, 15, 60),  # two months, broken because `every` is one
    ],
)
def test_first_period_of_months(start: int, first: int, due: int, expected: int) -> None:
    agreement = make_agreement(start_date=start, first_due_date=first, due_day=due)
    assert year_fraction(agreement, 0) == (expected, 360)
    assert year_fraction(agreement, 1) == (30, 360)


def test_kinds_repay_as_named() -> None:
    interest_only = schedule(
        make_agreement(amortization=Amortization.INTEREST_ONLY, installment=0, count=3)
    )
    assert [row.principal for row in interest_only] == [0, 0, 1_200_000_000]
    assert [row.interest for row in interest_only] == [12_000_000] * 3
    equal = schedule(
        make_agreement(amortization=Amortization.EQUAL_PRINCIPAL, installment=400_000_000, count=3)
    )
    assert [row.principal for row in equal] == [400_000_000] * 3
    assert [row.interest for row in equal] == [12_000_000, 8_000_000, 4_000_000]
    bullet = schedule(
        make_agreement(
            amortization=Amortization.BULLET,
            installment=0,
            count=1,
            every=12,
            first_due_date=20270131,
        )
    )
    assert [(row.principal, row.interest) for row in bullet] == [(1_200_000_000, 144_000_000)]
    assert date_from_ymd(20270131) == bullet[0].due_date
