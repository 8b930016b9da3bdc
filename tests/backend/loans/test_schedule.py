from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.oracle import years
from tests.backend.loans.strategies import agreements, make_agreement

from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import date_from_ymd, due_dates, due_day
from tallystick.loans.kinds import Amortization, DayCount, Frequency, InterestMethod
from tallystick.loans.rows import Rows
from tallystick.loans.schedule import schedule


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
        assert row.due_date == due_dates(agreement)[row.n - 1]
        balance -= row.principal
        assert row.balance == balance
        assert row.due_day == due_day(agreement, row.n - 1)
        assert balance > 0 or row is rows[-1]


@given(agreements())
def test_interest_is_the_exact_one_rounded(agreement: Agreement) -> None:
    rows, balance = Rows(agreement), agreement.principal
    for row in schedule(agreement):
        rate = Fraction(agreement.annual_rate, RATE_SCALE) * years(agreement, row.n - 1)
        begin, due = rows.begin(row.n - 1), row.due_day
        own = rows.interest(row.n - 1, balance, begin, due, begin)
        flat = agreement.interest_method is InterestMethod.FLAT
        exact = rate * (agreement.principal if flat else balance)
        assert 2 * abs(own - exact) <= agreement.quantum
        balance = row.balance


@given(agreements())
def test_no_interest_without_a_rate(agreement: Agreement) -> None:
    assert all(row.interest == 0 for row in schedule(replace(agreement, annual_rate=0)))


@given(agreements(), st.data())
def test_accrual_rises_from_zero_to_the_rows_interest(
    agreement: Agreement, data: st.DataObject
) -> None:
    rows, k = Rows(agreement), data.draw(st.integers(0, agreement.count - 1))
    begin, due = rows.begin(k), rows.due(k)
    since = data.draw(st.integers(begin, due - 1))
    whole = rows.interest(k, agreement.principal, begin, due, since)
    days = sorted(data.draw(st.lists(st.integers(since, due - 1), min_size=2, max_size=5)))
    accrued = [rows.accrued(k, agreement.principal, begin, due, since, day) for day in days]
    assert accrued == sorted(accrued)
    assert accrued[-1] <= whole
    assert rows.accrued(k, agreement.principal, begin, due, since, since) == 0


def test_level_year_by_hand() -> None:
    """1,200.00 at 1 % a month: 106.62 a month, the last row takes the residue."""
    rows = schedule(make_agreement())
    cents = [(row.interest // 10_000, row.principal // 10_000) for row in rows]
    assert cents[0] == (1200, 9462)
    assert cents[1] == (1105, 9557)  # 1 % of 1105.38 = 11.0538
    assert [row.due_date.day for row in rows] == [28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31]
    assert sum(principal for _, principal in cents) == 120_000
    assert all(interest + principal == 10_662 for interest, principal in cents[:-1])


def interest_of(agreement: Agreement) -> list[int]:
    return [row.interest for row in schedule(agreement)]


ONE_ROW = {"amortization": Amortization.BULLET, "installment": 0, "count": 1, "quantum": 1}


@pytest.mark.parametrize(
    ("day_count", "start", "due", "expected"),
    # 1,200.00 at 12 %; 15 January to 31 March 2026: 75 days, 75 by 30E/360 too
    [
        (DayCount.ACTUAL_365, 20260115, 20260331, round(144_000_000 * Fraction(75, 365))),
        (DayCount.ACTUAL_360, 20260115, 20260331, 30_000_000),
        (DayCount.THIRTY_360, 20260115, 20260331, 30_000_000),
        (DayCount.THIRTY_360, 20260130, 20260131, 0),  # the 31st counts as the 30th
        (DayCount.ACTUAL_365, 20240228, 20240301, round(144_000_000 * Fraction(2, 365))),
    ],
)
def test_day_counts_by_hand(day_count: DayCount, start: int, due: int, expected: int) -> None:
    agreement = make_agreement(
        **ONE_ROW,
        frequency=Frequency.DAYS,
        due_day=0,
        start_date=start,
        first_due_date=due,
        day_count=day_count,
    )
    assert interest_of(agreement) == [expected]


def test_actual_days_of_months_differ() -> None:
    """ISDA 2006 section 4.16(d) and (e): 31, 28 and 31 days over 365 and over 360."""
    terms = {
        "amortization": Amortization.INTEREST_ONLY,
        "installment": 0,
        "quantum": 1,
        "count": 3,
        "start_date": 20260101,
        "first_due_date": 20260201,
        "due_day": 1,
        "principal": 365_000_000,
        "annual_rate": 100_000_000,
    }
    actual = make_agreement(**terms, day_count=DayCount.ACTUAL_365)
    assert interest_of(actual) == [3_100_000, 2_800_000, 3_100_000]
    banker = make_agreement(**(terms | {"principal": 360_000_000}), day_count=DayCount.ACTUAL_360)
    assert interest_of(banker) == [3_100_000, 2_800_000, 3_100_000]


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
    agreement = make_agreement(
        start_date=start,
        first_due_date=first,
        due_day=due,
        annual_rate=RATE_SCALE * 3 // 10,  # 1,000,000 a day
        amortization=Amortization.INTEREST_ONLY,
        installment=0,
    )
    assert interest_of(agreement)[:2] == [1_000_000 * expected, 30_000_000]


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
