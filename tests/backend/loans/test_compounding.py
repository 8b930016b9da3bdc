"""Rates that are quoted compounded."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.loans.errors import InputInvalid
from tallystick.loans.life.parse import parse_life_input
from tallystick.loans.life.play import play
from tallystick.loans.offline.compounding import period_rate
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.offline.terms import RateType
from tallystick.loans.quotes.quote import quote

LOAN: dict[str, Any] = {
    "principal": "100000",
    "annual_rate_pct": "6",
    "number_of_repayments": 24,
    "disbursement_date": "2026-01-15",
}
UNIT = Fraction(1, 10**40)
rates = st.integers(0, 10**6).map(lambda n: Fraction(n, 10**6))


@given(rates, st.integers(1, 12), st.integers(1, 60))
def test_a_period_rate_is_the_nearest_of_forty_decimals(rate: Fraction, p: int, q: int) -> None:
    """Exact integers decide: `(1 + r)^q` lies between the powers of the neighbours' midpoints."""
    years = Fraction(p, q)
    for kind, times in ((RateType.EFFECTIVE_ANNUAL, 1), (RateType.NOMINAL_SEMIANNUAL, 2)):
        found = period_rate(rate, kind, years)
        exact = (1 + rate / times) ** (times * p)
        assert (10**40 * found).denominator == 1
        assert (1 + found - UNIT / 2) ** q <= exact <= (1 + found + UNIT / 2) ** q


@given(rates, st.integers(1, 365))
def test_whole_years_and_halves_compound_exactly(rate: Fraction, days: int) -> None:
    year, half = Fraction(1), Fraction(1, 2)
    assert period_rate(rate, RateType.EFFECTIVE_ANNUAL, year) == rate
    assert period_rate(rate, RateType.NOMINAL_SEMIANNUAL, half) == rate / 2
    assert period_rate(rate, RateType.NOMINAL_SEMIANNUAL, year) == (1 + rate / 2) ** 2 - 1
    part = period_rate(rate, RateType.EFFECTIVE_ANNUAL, Fraction(days, 365))
    rest = period_rate(rate, RateType.EFFECTIVE_ANNUAL, Fraction(365 - days, 365))
    assert abs((1 + part) * (1 + rest) - 1 - rate) <= 3 * UNIT


def test_an_effective_rate_is_the_annual_percentage_rate() -> None:
    found = quote(parse_schedule_input(LOAN | {"rate_type": "effective_annual"})).to_json()
    assert found["apr_pct"] == "6.00"


def test_quoting_makes_no_difference_without_interest_or_with_one_row_of_a_year() -> None:
    def rows(kind: str, **more: Any) -> object:
        return compute_schedule(parse_schedule_input(LOAN | more | {"rate_type": kind})).rows

    assert rows("effective_annual", annual_rate_pct="0") == rows("nominal", annual_rate_pct="0")
    yearly = {"number_of_repayments": 5, "repay_every": 12}
    assert rows("effective_annual", **yearly) == rows("nominal", **yearly)
    assert rows("nominal_semiannual", repay_every=6) == rows("nominal", repay_every=6)


def test_a_bullet_compounds_over_its_whole_term() -> None:
    terms = LOAN | {"amortization": "bullet", "rate_type": "effective_annual"}
    (row,) = compute_schedule(parse_schedule_input(terms)).rows
    assert row.interest == 1_236_000  # 100000 * (1.06^2 - 1), in cents


def test_a_changed_rate_is_quoted_alike() -> None:
    event = {"date": "2026-01-15", "type": "rate_change", "annual_rate_pct": "9"}
    life = play(parse_life_input(LOAN | {"rate_type": "effective_annual", "events": [event]}))
    other = LOAN | {"rate_type": "effective_annual", "annual_rate_pct": "9"}
    assert life.installment == compute_schedule(parse_schedule_input(other)).installment


@pytest.mark.parametrize(
    ("pointer", "more"),
    [
        ("/rate_type", {"rate_type": "monthly"}),
        ("/rate_type", {"rate_type": "effective_annual", "interest_method": "flat"}),
        (
            "/annual_rate_pct",
            {"rate_type": "effective_annual", "annual_rate_pct": "10000", "repay_every": 120},
        ),
    ],
)
def test_each_wrong_rate_is_named(pointer: str, more: dict[str, Any]) -> None:
    with pytest.raises(InputInvalid) as caught:
        compute_schedule(parse_schedule_input(LOAN | more))
    assert caught.value.pointer == pointer
