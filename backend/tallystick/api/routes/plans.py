"""The repayment plan that a budget carries."""

from __future__ import annotations

from fastapi import APIRouter

from tallystick.api.calculator import input_problem
from tallystick.api.problems import document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.schemas.plans import PlanAnswer, PlanQuestion
from tallystick.loans.recommend.parse import parse_recommend_input
from tallystick.loans.recommend.recommend import recommend

router = APIRouter(prefix="/v1/quotes", tags=["quotes"], route_class=LedgerRoute)


@router.post(
    "/plan",
    operation_id="quote_plan",
    summary="Recommend a repayment plan",
    response_model_exclude_unset=True,
    responses=document_responses("terms_invalid"),
)
def quote_plan(question: PlanQuestion) -> PlanAnswer:
    """The same answer as `tallystick recommend`; needs no chain and keeps nothing. That no plan
    fits is an answer too: `plan` is then null."""
    with input_problem():
        answer = recommend(parse_recommend_input(question.model_dump(exclude_none=True)))
    return PlanAnswer.model_validate(answer.to_json())
