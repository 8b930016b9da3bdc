"""The quote is the calculator's, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.api.problems import Problem
from tallystick.api.routes.quotes import quote_schedule
from tallystick.api.schemas.quotes import ScheduleQuote
from tallystick.loans.offline.parse import SCHEDULE_FIELDS, parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule

TERMS: dict[str, Any] = {
    "principal": "1200.00",
    "annual_rate_pct": "12",
    "number_of_repayments": 12,
    "disbursement_date": "2026-01-31",
}


def test_the_input_has_the_calculators_names() -> None:
    assert set(ScheduleQuote.model_fields) == SCHEDULE_FIELDS


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"amortization": "bullet", "frequency": "days", "repay_every": 90},
        {"amortization": "interest_only", "down_payment_pct": "10", "interest_method": "flat"},
        {"charges": [{"when": "disbursement", "percent": "1.5"}]},
    ],
)
def test_the_answer_is_the_calculators(more: dict[str, Any]) -> None:
    answer = quote_schedule(ScheduleQuote.model_validate(TERMS | more))
    expected = compute_schedule(parse_schedule_input(TERMS | more)).to_json()
    assert answer.model_dump() == expected


def test_a_broken_rule_names_the_field() -> None:
    terms = TERMS | {"charges": [{"when": "disbursement"}]}
    with pytest.raises(Problem) as caught:
        quote_schedule(ScheduleQuote.model_validate(terms))
    assert caught.value.code == "terms_invalid"
    assert caught.value.errors[0].pointer == "#/charges/0/amount"
