"""Regulation Z, Appendix J, beyond its examples with dates, which are golden tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.loans.kinds import Frequency
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.result import decimal
from tallystick.loans.quotes.quote import Quote, quote
from tallystick.loans.quotes.rates import NoRate, percent
from tallystick.loans.quotes.reg_z import UnitPeriods, reg_z_rate, unit_periods

LOAN: dict[str, Any] = {
    "principal": "1200",
    "annual_rate_pct": "12",
    "number_of_repayments": 12,
    "disbursement_date": "2026-01-15",
}


def quoted(**more: Any) -> Quote:
    return quote(parse_schedule_input(LOAN | more))


def test_the_semimonthly_example() -> None:
    """(c)(1)(iii): 5000 on 23 February, 24 payments of 219.17 from 1 March, 6 days of 15."""
    periods = UnitPeriods(Fraction(24), 0, Fraction(6, 15))
    assert percent(reg_z_rate(500_000, [21_917] * 24, periods)) == "10.34"


@pytest.mark.parametrize(
    ("start", "first", "frequency", "every", "single", "expected"),
    [
        # a single payment within a year: whole months, else days
        ("2026-01-15", "2026-07-15", "DAYS", 181, True, (2, 1, 0)),
        ("2026-01-31", "2026-02-28", "MONTHS", 1, True, (12, 1, 0)),
        ("2026-01-15", "2026-07-16", "MONTHS", 6, True, ("365/182", 1, 0)),
        # and beyond a year: years, then months or days
        ("2026-01-15", "2027-07-15", "MONTHS", 18, True, (1, 1, "6/12")),
        ("2026-01-15", "2027-07-16", "MONTHS", 18, True, (1, 1, "182/365")),
        ("2026-01-15", "2028-01-15", "MONTHS", 24, True, (1, 2, 0)),
        # payments
        ("2026-01-31", "2026-02-28", "MONTHS", 1, False, (12, 1, 0)),
        ("2026-01-10", "2026-03-01", "MONTHS", 2, False, (6, 0, "52/60")),
        ("2026-01-10", "2026-01-17", "WEEKS", 2, False, (26, 0, "1/2")),
        ("2026-01-10", "2026-01-22", "DAYS", 10, False, ("73/2", 1, "1/5")),
        ("2026-01-10", "2027-02-10", "MONTHS", 12, False, (1, 1, "1/12")),
    ],
)
def test_unit_periods_by_hand(
    start: str, first: str, frequency: str, every: int, single: bool, expected: tuple[Any, int, Any]
) -> None:
    found = unit_periods(
        date.fromisoformat(start),
        date.fromisoformat(first),
        Frequency[frequency],
        every,
        single=single,
    )
    per_year, full, fraction = expected
    assert found == UnitPeriods(Fraction(per_year), full, Fraction(fraction))


@given(
    st.integers(1_000, 10**9),
    st.integers(0, 5_000),
    st.dates(date(1990, 1, 1), date(2090, 12, 31)),
    st.integers(2, 60),
    st.integers(1, 12),
)
def test_regular_loans_have_their_nominal_rate(
    principal: int, rate: int, start: date, count: int, every: int
) -> None:
    found = quoted(
        principal=decimal(principal, 2),
        annual_rate_pct=decimal(rate, 2),
        disbursement_date=start.isoformat(),
        number_of_repayments=count,
        repay_every=every,
    )
    assert found.apr_reg_z is not None
    assert abs(found.apr_reg_z - found.nominal) < Decimal("1e-20") * (1 + found.nominal)


def test_a_down_payment_and_fees_lower_what_is_financed() -> None:
    plain = quoted(principal="1000").apr_reg_z
    assert quoted(principal="1250", down_payment_pct="20").apr_reg_z == plain
    with_fee = quoted(principal="1000", charges=[{"when": "disbursement", "amount": "30"}])
    assert plain is not None
    assert with_fee.apr_reg_z is not None
    assert with_fee.apr_reg_z > plain


def test_without_a_unit_period_there_is_no_rate() -> None:
    assert quoted(repay_every=13).apr_reg_z is None
    assert quoted(repay_every=53, frequency="weeks").apr_reg_z is None
    rows = [{"due_date": "2026-03-01", "principal": "500"}, {"due_date": "2026-07-20"}]
    custom = {"amortization": "custom", "custom_rows": rows, "number_of_repayments": None}
    assert quoted(**custom).apr_reg_z is None
    assert quoted(**custom).to_json()["apr_reg_z_pct"] is None
    assert quoted().to_json()["apr_reg_z_pct"] == "12.00"


@pytest.mark.parametrize(("financed", "payments"), [(0, [1]), (-1, [1]), (2, [1])])
def test_money_that_never_comes_back_has_no_rate(financed: int, payments: list[int]) -> None:
    with pytest.raises(NoRate):
        reg_z_rate(financed, payments, UnitPeriods(Fraction(12), 1, Fraction(0)))
