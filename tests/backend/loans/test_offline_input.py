from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tallystick.loans.errors import InputInvalid
from tallystick.loans.kinds import Frequency
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.offline.terms import DaysInMonth, DaysInYear, InterestMethod, Plan

LOAN: dict[str, Any] = {
    "principal": "1200.00",
    "annual_rate_pct": "12",
    "number_of_repayments": 12,
    "disbursement_date": "2026-01-31",
}
CUSTOM: dict[str, Any] = {
    "principal": "1200.00",
    "annual_rate_pct": "12",
    "disbursement_date": "2026-01-31",
    "amortization": "custom",
    "custom_rows": [
        {"due_date": "2026-06-30", "principal": "0"},
        {"due_date": "2026-10-31", "total": "860.00"},
        {"due_date": "2027-01-31"},
    ],
}


def test_defaults() -> None:
    terms = parse_schedule_input(LOAN)
    assert terms.principal == 120_000
    assert terms.annual_rate == Fraction(12, 100)
    assert (terms.repay_every, terms.frequency) == (1, Frequency.MONTHS)
    assert terms.amortization is Plan.EQUAL_INSTALLMENTS
    assert terms.interest_method is InterestMethod.DECLINING
    assert (terms.days_in_month, terms.days_in_year) == (DaysInMonth.THIRTY, DaysInYear.D360)
    assert terms.first_repayment_date is None
    weekly = parse_schedule_input({**LOAN, "frequency": "weeks"})
    assert weekly.days_in_year is DaysInYear.D365


def test_null_is_absent() -> None:
    assert parse_schedule_input({**LOAN, "installment_multiple_of": None}) == parse_schedule_input(
        LOAN
    )


@pytest.mark.parametrize("rate", ["9.4822", 9.4822])
def test_a_rate_may_be_a_number_and_stays_exact(rate: object) -> None:
    terms = parse_schedule_input({**LOAN, "annual_rate_pct": rate})
    assert terms.annual_rate == Fraction(94_822, 1_000_000)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("/principal", {"principal": None}),
    ("/principal", {"principal": "0"}),
    ("/principal", {"principal": "-1"}),
    ("/principal", {"principal": 1200.0}),
    ("/principal", {"principal": 12.5}),
    ("/principal", {"principal": "1e3"}),
    ("/principal", {"principal": "1,200"}),
    ("/principal", {"principal": "1.001"}),
    ("/principal", {"principal": "NaN"}),
    ("/annual_rate_pct", {"annual_rate_pct": "-1"}),
    ("/annual_rate_pct", {"annual_rate_pct": "10000.1"}),
    ("/annual_rate_pct", {"annual_rate_pct": True}),
    ("/annual_rate_pct", {"annual_rate_pct": float("nan")}),
    ("/number_of_repayments", {"number_of_repayments": 0}),
    ("/number_of_repayments", {"number_of_repayments": 601}),
    ("/number_of_repayments", {"number_of_repayments": "12"}),
    ("/number_of_repayments", {"number_of_repayments": True}),
    ("/number_of_repayments", {"number_of_repayments": None}),
    ("/repay_every", {"repay_every": 0}),
    ("/repay_every", {"repay_every": 121}),
    ("/frequency", {"frequency": "years"}),
    ("/disbursement_date", {"disbursement_date": "2026-02-30"}),
    ("/disbursement_date", {"disbursement_date": "20260131"}),
    ("/disbursement_date", {"disbursement_date": "2200-01-01"}),
    ("/disbursement_date", {"disbursement_date": 20260131}),
    ("/first_repayment_date", {"first_repayment_date": "2026-01-31"}),
    ("/amortization", {"amortization": "annuity"}),
    ("/interest_method", {"interest_method": "compound"}),
    ("/days_in_month", {"days_in_month": "31"}),
    ("/days_in_year", {"days_in_year": 366}),
    ("/interest_calculation_period", {"interest_calculation_period": "weekly"}),
    ("/money_scale", {"money_scale": 19}),
    ("/money_scale", {"money_scale": -1}),
    ("/installment_multiple_of", {"installment_multiple_of": "0"}),
    ("/grace_on_principal", {"grace_on_principal": 12}),
    ("/grace_on_interest_payment", {"grace_on_interest_payment": -1}),
    ("/interest_free_periods", {"interest_free_periods": 13}),
    ("/down_payment_pct", {"down_payment_pct": "101"}),
    ("/fixed_principal_pct", {"fixed_principal_pct": "5"}),
    ("/fixed_principal_pct", {"amortization": "fixed_principal_percent_with_balloon"}),
    ("/grace_on_principal", {"amortization": "bullet", "grace_on_principal": 1}),
    ("/custom_rows", {"custom_rows": []}),
    ("/custom_rows", {"amortization": "custom"}),
    ("/anual_rate_pct", {"anual_rate_pct": "12"}),
    ("/a~1b~0c", {"a/b~c": 1}),
]


@pytest.mark.parametrize(("pointer", "fields"), WRONG)
def test_each_wrong_field_is_named(pointer: str, fields: dict[str, Any]) -> None:
    with pytest.raises(InputInvalid) as caught:
        parse_schedule_input({**LOAN, **fields})
    assert caught.value.pointer == pointer
    assert caught.value.rule


def test_the_input_must_be_an_object() -> None:
    with pytest.raises(InputInvalid, match="must be an object"):
        parse_schedule_input([LOAN])


def test_custom_rows_follow_the_season() -> None:
    result = compute_schedule(parse_schedule_input(CUSTOM))
    assert [row[:5] for row in result.rows] == [
        (1, date(2026, 6, 30), 0, 6_000, 120_000),
        (2, date(2026, 10, 31), 81_200, 4_800, 38_800),
        (3, date(2027, 1, 31), 38_800, 1_164, 0),
    ]


def changed(index: int, row: dict[str, Any]) -> dict[str, Any]:
    rows = [dict(item) for item in CUSTOM["custom_rows"]]
    rows[index] = row
    return {**CUSTOM, "custom_rows": rows}


OCTOBER = "2026-10-31"
END = "2027-01-31"


@pytest.mark.parametrize(
    ("pointer", "data"),
    [
        ("/custom_rows/0/due_date", changed(0, {"due_date": "2026-01-31", "principal": "0"})),
        ("/custom_rows/1/due_date", changed(1, {"principal": "1"})),
        ("/custom_rows/1/principal", changed(1, {"due_date": OCTOBER})),
        ("/custom_rows/1/total", changed(1, {"due_date": OCTOBER, "principal": "1", "total": "1"})),
        ("/custom_rows/1/total", changed(1, {"due_date": OCTOBER, "total": "1"})),
        ("/custom_rows/1/total", changed(1, {"due_date": OCTOBER, "total": "2000"})),
        ("/custom_rows/1/principal", changed(1, {"due_date": OCTOBER, "principal": "1200.01"})),
        ("/custom_rows/2/principal", changed(2, {"due_date": END, "principal": "1"})),
        ("/custom_rows/2/total", changed(2, {"due_date": END, "total": "1"})),
        ("/custom_rows/2/pricipal", changed(2, {"due_date": END, "pricipal": "1"})),
        ("/number_of_repayments", {**CUSTOM, "number_of_repayments": 4}),
        ("/first_repayment_date", {**CUSTOM, "first_repayment_date": "2026-06-30"}),
        ("/grace_on_principal", {**CUSTOM, "grace_on_principal": 1}),
        ("/down_payment_pct", {**CUSTOM, "down_payment_pct": "10"}),
    ],
)
def test_each_wrong_custom_row_is_named(pointer: str, data: dict[str, Any]) -> None:
    with pytest.raises(InputInvalid) as caught:
        compute_schedule(parse_schedule_input(data))
    assert caught.value.pointer == pointer


def test_a_whole_number_is_an_amount() -> None:
    text = {
        "principal": "1200",
        "annual_rate_pct": "12",
        "number_of_repayments": 6,
        "disbursement_date": "2026-01-31",
        "installment_multiple_of": "10",
    }
    numbers = text | {"principal": 1200, "installment_multiple_of": 10}
    assert parse_schedule_input(numbers) == parse_schedule_input(text)
