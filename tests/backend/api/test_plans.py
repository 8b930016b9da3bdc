"""The recommendation over HTTP is the recommendation, field by field."""

from __future__ import annotations

from typing import Any

import pytest
from tests.backend.loans.recommend.build import KINDS, ask, loan

from tallystick.api.problems import Problem
from tallystick.api.routes.plans import quote_plan
from tallystick.api.routes.quotes import quote_schedule
from tallystick.api.schemas.plans import PlanQuestion, Product
from tallystick.api.schemas.quotes import ScheduleQuote
from tallystick.loans.recommend.parse import LOAN_FIELDS, OWN_FIELDS, PRODUCT_FIELDS

HARVEST: list[int | str] = ["0"] * 7 + ["6000.00"] + ["0"] * 4


def test_the_question_has_the_recommendations_names() -> None:
    assert set(PlanQuestion.model_fields) == LOAN_FIELDS | OWN_FIELDS
    assert set(Product.model_fields) == PRODUCT_FIELDS


@pytest.mark.parametrize(
    "question",
    [
        loan("3000.00", ["400.00"], kinds=KINDS, most=12, least=3),
        loan("8000.00", HARVEST, kinds=KINDS, most=24),
        loan("9000.00", ["400.00"], kinds=KINDS, most=12),
        loan("900.00", ["0"], kinds=["custom"], most=12),
    ],
)
def test_the_answer_is_the_recommendation(question: dict[str, Any]) -> None:
    answer = quote_plan(PlanQuestion.model_validate(question))
    assert answer.model_dump(by_alias=True, exclude_unset=True) == ask(question).to_json()


def test_the_schedule_input_can_be_posted_to_the_schedule() -> None:
    question = loan("8000.00", HARVEST, kinds=["custom"], most=24)
    plan = quote_plan(PlanQuestion.model_validate(question)).plan
    assert plan is not None
    assert quote_schedule(ScheduleQuote.model_validate(plan.schedule_input)) == plan.schedule


def test_uncertain_amounts_are_taken() -> None:
    question = loan("900.00", ["0"], kinds=["custom"], most=12)
    question["budget"]["months"][0] |= {
        "income": {"quantiles": {"10": "500.00", "50": "700.00"}},
        "expense": {"expected": "100.00", "deviation": "50.00"},
    }
    answer = quote_plan(PlanQuestion.model_validate(question | {"caution": {"deviations": "2"}}))
    assert answer.months[0].limit == "300.00"


def test_a_broken_rule_names_the_field() -> None:
    question = loan("900.00", ["500.00", "500.00"], kinds=["custom"], most=12)
    question["budget"]["months"][1]["month"] = "2026-07"
    with pytest.raises(Problem) as caught:
        quote_plan(PlanQuestion.model_validate(question))
    assert caught.value.code == "terms_invalid"
    assert caught.value.errors[0].pointer == "#/budget/months/1/month"
