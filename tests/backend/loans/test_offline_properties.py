from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.backend.loans.strategies import make_agreement

from tallystick.loans.annuity import level_payment
from tallystick.loans.calendar import month_day, ymd_of
from tallystick.loans.installment import level_installment, usual_day_count
from tallystick.loans.kinds import Amortization, Frequency
from tallystick.loans.offline.interest import period_rates
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.periods import due_dates, period_years
from tallystick.loans.offline.result import ScheduleResult, decimal
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.offline.terms import RateType
from tallystick.loans.rounding import Rounding
from tallystick.loans.schedule import schedule

PLANS = [
    "equal_installments",
    "equal_principal",
    "interest_only",
    "bullet",
    "fixed_principal_percent_with_balloon",
]


@st.composite
def inputs(draw: st.DrawFn, plans: list[str] = PLANS, max_count: int = 24) -> dict[str, Any]:
    """Schedule inputs that the parser accepts."""
    plan = draw(st.sampled_from(plans))
    count = draw(st.integers(1, max_count))
    scale = draw(st.sampled_from([0, 2, 2, 2, 3, 8, 18]))
    disbursed = draw(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
    data: dict[str, Any] = {
        "principal": decimal(draw(st.integers(1, 10 ** draw(st.integers(1, 20)))), scale),
        "annual_rate_pct": str(draw(st.sampled_from(["0", "0.5", "7", "9.4822", "24", "365"]))),
        "number_of_repayments": count,
        "repay_every": draw(st.integers(1, 5)),
        "frequency": draw(st.sampled_from(["days", "weeks", "months"])),
        "disbursement_date": disbursed.isoformat(),
        "amortization": plan,
        "interest_method": draw(st.sampled_from(["declining", "declining", "flat"])),
        "days_in_month": draw(st.sampled_from(["30", "actual"])),
        "days_in_year": draw(st.sampled_from(["360", "364", "365", "actual"])),
        "interest_calculation_period": draw(st.sampled_from(["daily", "same_as_repayment"])),
        "money_scale": scale,
    }
    if draw(st.booleans()):
        first = disbursed + timedelta(days=draw(st.integers(1, 400)))
        data["first_repayment_date"] = first.isoformat()
    if plan == "fixed_principal_percent_with_balloon":
        data["fixed_principal_pct"] = draw(st.sampled_from(["1", "5.5", "33", "100"]))
    if plan != "bullet":
        data["grace_on_principal"] = draw(st.integers(0, min(3, count - 1)))
        data["grace_on_interest_payment"] = draw(st.integers(0, min(3, count - 1)))
        data["interest_free_periods"] = draw(st.integers(0, min(3, count)))
    if draw(st.booleans()):
        data["installment_multiple_of"] = decimal(draw(st.integers(1, 500)), scale)
    if data["interest_method"] == "declining" and draw(st.booleans()):
        data["rate_type"] = draw(st.sampled_from(RateType)).value
    if draw(st.booleans()):
        data["rounding"] = draw(st.sampled_from(Rounding)).value
    if draw(st.booleans()):
        data["installment_rounding"] = draw(st.sampled_from(Rounding)).value
    if draw(st.booleans()):
        data["down_payment_pct"] = draw(st.sampled_from(["10", "25", "33.3", "100"]))
    return data


def compute(data: dict[str, Any]) -> ScheduleResult:
    return compute_schedule(parse_schedule_input(data))


@given(inputs())
def test_rows_sum_to_the_principal_and_no_amount_is_negative(data: dict[str, Any]) -> None:
    terms = parse_schedule_input(data)
    result = compute_schedule(terms)
    assert result.principal == terms.principal
    assert [row.n for row in result.rows] == list(range(1, len(result.rows) + 1))
    balance = terms.principal
    before = terms.disbursement_date
    for row in result.rows:
        assert row.principal >= 0
        assert row.interest >= 0
        balance -= row.principal
        assert row.balance == balance
        assert row.due_date >= before
        before = row.due_date
    assert balance == 0


@given(inputs())
def test_no_rate_no_interest(data: dict[str, Any]) -> None:
    assert compute({**data, "annual_rate_pct": "0"}).interest == 0


@given(inputs())
def test_a_higher_rate_never_costs_less(data: dict[str, Any]) -> None:
    assume(data["interest_method"] == "flat" or data["amortization"] != "equal_installments")
    lower, higher = compute(data), compute({**data, "annual_rate_pct": "366"})
    assert lower.interest <= higher.interest


@given(inputs(plans=["equal_principal", "interest_only"]))
def test_grace_keeps_the_number_of_rows_and_pays_interest_only(data: dict[str, Any]) -> None:
    data = {**data, "interest_method": "flat", "down_payment_pct": "0", "rate_type": "nominal"}
    rows = compute(data).rows
    assert len(rows) == data["number_of_repayments"]
    assert all(row.principal == 0 for row in rows[: data["grace_on_principal"]])
    quiet = max(data["grace_on_interest_payment"], data["interest_free_periods"])
    assert all(row.interest == 0 for row in rows[:quiet])


@given(inputs(), st.integers(1, 3))
def test_deferred_interest_is_collected_and_not_lost(data: dict[str, Any], grace: int) -> None:
    """Interest only: deferring moves interest, it neither grows nor shrinks."""
    assume(data["number_of_repayments"] > grace)
    data = {**data, "amortization": "interest_only", "interest_free_periods": 0}
    data.pop("fixed_principal_pct", None)
    plain = compute({**data, "grace_on_interest_payment": 0}).rows
    deferred = compute({**data, "grace_on_interest_payment": grace}).rows
    down = len(plain) - data["number_of_repayments"]
    if down < 0:  # a down payment of 100 % leaves nothing to schedule
        return
    plain, deferred = plain[down:], deferred[down:]
    assert [row.interest for row in deferred[:grace]] == [0] * grace
    assert deferred[grace].interest == sum(row.interest for row in plain[: grace + 1])
    assert deferred[grace + 1 :] == plain[grace + 1 :]


@given(inputs(plans=["equal_installments"]))
def test_level_rows_are_level(data: dict[str, Any]) -> None:
    data = {**data, "interest_method": "declining", "grace_on_interest_payment": 0}
    data.pop("first_repayment_date", None)
    terms = parse_schedule_input(data)
    result = compute_schedule(terms)
    down = 1 if result.rows[0].due_date == terms.disbursement_date else 0
    for row in result.rows[down + terms.grace_on_principal : -1]:
        # Interest above the installment (a free period before an extreme rate) is due all the same.
        assert row.total == max(result.installment or 0, row.interest)


@given(
    st.integers(1, 10**20),
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(10**6, 10**12)), min_size=1, max_size=40),
    st.integers(1, 10**6),
    st.sampled_from(Rounding),
)
def test_level_payment_is_exact(
    principal: int, rates: list[tuple[int, int]], quantum: int, mode: Rounding
) -> None:
    factor, discount = Fraction(0), Fraction(1)
    for numerator, denominator in rates:
        discount /= 1 + Fraction(numerator, denominator)
        factor += discount
    exact = principal / factor / quantum
    nearest = {
        Rounding.HALF_EVEN: round(exact),
        Rounding.HALF_UP: floor(exact + Fraction(1, 2)),
        Rounding.UP: ceil(exact),
        Rounding.DOWN: floor(exact),
    }
    assert level_payment(principal, rates, quantum, mode.divide) == quantum * nearest[mode]


@pytest.mark.parametrize(
    ("mode", "payments"),
    [
        ("half_even", [0, 1, 2, 2, 2]),
        ("half_up", [1, 1, 2, 2, 3]),
        ("up", [1, 1, 2, 2, 3]),
        ("down", [0, 1, 1, 2, 2]),
    ],
)
def test_level_payment_of_a_tie(mode: str, payments: list[int]) -> None:
    """Halves and whole numbers, where an interval alone cannot tell."""
    free, divide = [(0, 1)] * 2, Rounding(mode).divide
    assert [level_payment(principal, free, 1, divide) for principal in range(1, 6)] == payments


@given(inputs())
def test_interest_rounded_up_is_at_least_that_rounded_down(data: dict[str, Any]) -> None:
    """On the same balances: interest only, so that rounding moves no principal."""
    plain = {"interest_method": "declining", "down_payment_pct": "0"}
    data = {**data, **plain, "amortization": "interest_only", "grace_on_interest_payment": 0}
    data.pop("fixed_principal_pct", None)
    down, even, half_up, up = (
        compute({**data, "rounding": mode}).rows for mode in ("down", "half_even", "half_up", "up")
    )
    for least, tie, half, most in zip(down, even, half_up, up, strict=True):
        assert least.interest <= tie.interest <= half.interest <= most.interest
        assert most.interest - least.interest <= 1


@given(inputs(plans=["bullet"]))
def test_bullet_is_one_row_of_simple_interest(data: dict[str, Any]) -> None:
    data = {**data, "down_payment_pct": "0", "rate_type": "nominal"}
    terms = parse_schedule_input(data)
    (row,) = compute_schedule(terms).rows
    dues = due_dates(terms)
    years = sum(Fraction(*length) for length in period_years(terms, dues))
    assert row.due_date == dues[-1]
    interest = terms.principal * terms.annual_rate * years
    assert row.interest == terms.rounding.divide(interest.numerator, interest.denominator)


@given(inputs())
def test_actual_days_add_up(data: dict[str, Any]) -> None:
    data = {**data, "days_in_month": "actual", "interest_calculation_period": "daily"}
    terms = parse_schedule_input({**data, "days_in_year": "365"})
    dues = due_dates(terms)
    days = sum(Fraction(*length) for length in period_years(terms, dues)) * 365
    assert days == (dues[-1] - terms.disbursement_date).days
    split = parse_schedule_input({**data, "days_in_year": "actual"})
    whole = sum(Fraction(*length) for length in period_years(split, dues))
    years = Fraction(0)
    for ordinal in range(terms.disbursement_date.toordinal() + 1, dues[-1].toordinal() + 1):
        year = date.fromordinal(ordinal).year
        years += Fraction(1, (date(year + 1, 1, 1) - date(year, 1, 1)).days)
        if ordinal - terms.disbursement_date.toordinal() > 4000:
            return
    assert whole == years


@given(
    st.integers(100, 10**12),
    st.integers(0, 4000),
    st.dates(date(1990, 1, 1), date(2090, 12, 31)),
    st.sampled_from(list(Frequency)),
    st.integers(1, 6),
    st.integers(1, 60),
    st.sampled_from(["equal_installments", "equal_principal", "interest_only"]),
)
def test_regular_schedules_equal_the_agreements(
    principal: int, rate: int, start: date, frequency: Frequency, every: int, count: int, plan: str
) -> None:
    """What is quoted offline is what the contract computes from the signed terms."""
    assume(principal >= count)
    months = frequency is Frequency.MONTHS
    data = {
        "principal": decimal(principal, 2),
        "annual_rate_pct": decimal(rate, 2),
        "number_of_repayments": count,
        "repay_every": every,
        "frequency": frequency.label,
        "disbursement_date": start.isoformat(),
        "amortization": plan,
    }
    result = compute(data)
    first = result.rows[0].due_date
    due_day = start.day if months else 0
    annual_rate = rate * 100_000
    kinds = {
        "equal_installments": Amortization.LEVEL,
        "equal_principal": Amortization.EQUAL_PRINCIPAL,
        "interest_only": Amortization.INTEREST_ONLY,
    }
    installment = 0
    if plan == "equal_installments":
        installment = level_installment(
            principal, annual_rate, 1, frequency, every, count, start, first, due_day
        )
    elif plan == "equal_principal":
        installment = round(Fraction(principal, count))
        assume(installment >= 1 and installment * (count - 1) < principal)
    rows = schedule(
        make_agreement(
            principal=principal,
            quantum=1,
            installment=installment,
            annual_rate=annual_rate,
            amortization=kinds[plan],
            frequency=frequency,
            day_count=usual_day_count(frequency),
            every=every,
            count=count,
            start_date=ymd_of(start),
            first_due_date=ymd_of(first),
            due_day=due_day,
        )
    )
    assert [row[:5] for row in result.rows] == [
        (row.n, row.due_date, row.principal, row.interest, row.balance) for row in rows
    ]


def test_months_from_the_31st() -> None:
    data = {
        "principal": "100",
        "annual_rate_pct": "0",
        "number_of_repayments": 14,
        "disbursement_date": "2027-01-31",
    }
    dues = [row.due_date for row in compute(data).rows]
    assert dues[:3] == [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]
    assert dues[12] == date(2028, 2, 29)
    assert all(due == month_day(2027, 1, k + 1, 31) for k, due in enumerate(dues))


def test_rates_of_a_regular_month_are_the_nominal_twelfth() -> None:
    terms = parse_schedule_input(
        {
            "principal": "1",
            "annual_rate_pct": "12",
            "number_of_repayments": 3,
            "repay_every": 2,
            "disbursement_date": "2026-01-31",
        }
    )
    rates = period_rates(terms, due_dates(terms))
    assert {Fraction(*rate) for rate in rates} == {Fraction(2, 100)}
