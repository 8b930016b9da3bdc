"""Every rule of the input, by the pointer and the words that its error names."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from tests.backend.loans.recommend.build import KINDS, ask, inputs, loan

from tallystick.loans.errors import InputInvalid
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.recommend.parse import parse_recommend_input
from tallystick.loans.recommend.schedule_json import percent_text, schedule_json

BALLOON = "fixed_principal_percent_with_balloon"


def put(data: dict[str, Any], pointer: str, value: object) -> None:
    *path, name = pointer.strip("/").split("/")
    place: Any = data
    for part in path:
        place = place[int(part)] if isinstance(place, list) else place[part]
    if isinstance(place, list):
        place[int(name)] = value
    else:
        place[name] = value


@pytest.mark.parametrize(
    ("pointer", "value", "at", "says"),
    [
        ("/interest_method", "flat", None, "is not a field of this input"),
        ("/principal", None, None, "is required"),
        ("/principal", "-5", None, "decimal string"),
        ("/annual_rate_pct", "x", None, "percentage"),
        ("/max_share_pct", "0", None, "must be above 0"),
        ("/max_share_pct", "101", None, "at most 100"),
        ("/product", None, None, "is required"),
        ("/product/price", 1, None, "is not a field"),
        ("/product/amortization", [], None, "at least one value"),
        ("/product/amortization", "bullet", None, "must be an array"),
        ("/product/amortization/1", "level", None, "must be one of"),
        ("/product/amortization/1", "equal_installments", None, "must not be repeated"),
        ("/product/number_of_repayments/most", 361, None, "from 1 to 360"),
        ("/product/number_of_repayments/least", 13, None, "from 1 to 12"),
        ("/product/grace_on_principal", [0, -1], "/product/grace_on_principal/1", "integer"),
        ("/product/grace_on_principal", list(range(7)), "/product/fixed_principal_pct", "variants"),
        ("/product/fixed_principal_pct", ["0"], None, "must be above 0"),
        ("/product/fixed_principal_pct", None, None, "is required"),
        ("/product/may_skip_rows", "yes", None, "true or false"),
        ("/product/least_principal", "5000.01", "/principal", "least_principal"),
        ("/caution", {"deviations": "11"}, "/caution/deviations", "at most 10"),
        ("/caution", {"quantile_pct": "0"}, "/caution/quantile_pct", "above 0"),
        ("/caution", {"quantile_pct": "60"}, "/caution/quantile_pct", "at most 50"),
        ("/budget/months", [], None, "1 to 600 months"),
        ("/budget/months/0/month", "2026-13", None, "YYYY-MM"),
        ("/budget/months/1/month", "2026-04", None, "must be 2026-03, the next one"),
        ("/budget/months/0/month", "2026-01", "/budget/months/1/month", "must be 2026-02"),
        ("/budget/months/0/income", None, None, "is required"),
        ("/budget/months/0/income", "1.005", None, "at most 2 decimals"),
        ("/budget/months/0/income", {"expected": "1"}, None, "exactly one of low, deviation"),
        (
            "/budget/months/0/income",
            {"expected": "1", "low": "2"},
            "/budget/months/0/income/low",
            "must not be above expected",
        ),
        (
            "/budget/months/0/expense",
            {"expected": "2", "high": "1"},
            "/budget/months/0/expense/high",
            "must not be below expected",
        ),
        (
            "/budget/months/0/expense",
            {"expected": "2", "low": "1"},
            "/budget/months/0/expense/low",
            "is not a field",
        ),
        (
            "/budget/months/0/income",
            {"quantiles": {"10": "5", "50": "4"}},
            "/budget/months/0/income/quantiles",
            "must not fall",
        ),
        (
            "/budget/months/0/income",
            {"quantiles": {"25": "5", "50": "6"}},
            "/budget/months/0/income/quantiles",
            "must reach the 10 % quantile",
        ),
        (
            "/budget/months/0/income",
            {"quantiles": {"half": "5"}},
            "/budget/months/0/income/quantiles/half",
            "must be named by a percentage",
        ),
        (
            "/budget/months/0/income",
            {"expected": "5", "quantiles": {"10": "5", "50": "6"}},
            "/budget/months/0/income/expected",
            "beside quantiles",
        ),
        ("/budget/months/0/debt_service", "-1", None, "decimal string"),
        ("/budget/repeats", 1, None, "true or false"),
        ("/first_repayment_date", "2026-01-31", "/budget/months", "must begin in 2026-01"),
    ],
)
def test_wrong_input_is_refused_by_pointer_and_rule(
    pointer: str, value: object, at: str | None, says: str
) -> None:
    data = loan("5000.00", ["900.00", "800.00"], kinds=KINDS, most=12)
    data["product"] |= {"grace_on_principal": [0], "may_skip_rows": True}
    put(data, pointer, value)
    with pytest.raises(InputInvalid) as refused:
        ask(data)
    assert refused.value.pointer == (at or pointer)
    assert says in refused.value.rule


def test_a_share_belongs_to_the_balloon_plan_only() -> None:
    data = loan("5000.00", ["900.00"], kinds=["bullet"], most=12)
    data["product"]["fixed_principal_pct"] = ["5"]
    with pytest.raises(InputInvalid, match=f"belongs to amortization {BALLOON} only"):
        ask(data)


def test_a_budget_must_reach_the_least_term() -> None:
    data = loan("5000.00", ["900.00"] * 3, kinds=KINDS, most=12, least=4, repeats=False)
    with pytest.raises(InputInvalid, match="must reach the repayment of 2026-05-15"):
        ask(data)


@given(inputs())
def test_the_schedule_input_of_an_answer_says_all_of_its_terms(data: dict[str, Any]) -> None:
    answer = ask(copy.deepcopy(data))
    for option in (answer.plan, *answer.alternatives, answer.largest):
        if option is not None and option.candidate is not None:
            terms = option.candidate.terms
            assert parse_schedule_input(schedule_json(terms)) == terms


def test_percentages_are_written_exactly() -> None:
    assert [percent_text(Fraction(n, d)) for n, d in ((1, 10), (87, 2000), (1, 1), (0, 1))] == [
        "10",
        "4.35",
        "100",
        "0",
    ]


def test_an_input_is_not_changed_by_asking() -> None:
    data = loan("5000.00", ["900.00"], kinds=KINDS, most=12)
    before = copy.deepcopy(data)
    assert parse_recommend_input(data) == parse_recommend_input(before)
    ask(data)
    assert data == before
