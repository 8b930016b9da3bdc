"""Loans that do not exist yet, and what may become of those that do: computed, never kept."""

from __future__ import annotations

from fastapi import APIRouter

from tallystick.api.calculator import input_problem
from tallystick.api.problems import document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.schemas.lives import (
    LifeTerms,
    PayoffAnswer,
    PrepaymentAnswer,
    PrepaymentQuestion,
    RestructuringAnswer,
    RestructuringQuestion,
)
from tallystick.api.schemas.quotes import CostAnswer, QuoteAnswer, ScheduleQuote
from tallystick.loans.life.parse import parse_life_input
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.quotes.prepayment import compare_prepayment, parse_prepayment, quote_payoff
from tallystick.loans.quotes.quote import quote
from tallystick.loans.quotes.restructuring import compare_restructuring, parse_proposal

router = APIRouter(
    prefix="/v1/quotes",
    tags=["quotes"],
    route_class=LedgerRoute,
    responses=document_responses("terms_invalid"),
)


@router.post("", operation_id="quote", summary="Quote a loan with its annual percentage rate")
def quote_loan(terms: ScheduleQuote) -> CostAnswer:
    """The same answer as `tallystick quote`: schedule, whole cost and rates."""
    with input_problem():
        result = quote(parse_schedule_input(terms.model_dump(exclude_none=True)))
    return CostAnswer.model_validate(result.to_json())


@router.post("/schedule", operation_id="quote_schedule", summary="Compute a schedule offline")
def quote_schedule(terms: ScheduleQuote) -> QuoteAnswer:
    """The same calculator as `tallystick schedule`; needs no chain and keeps nothing."""
    with input_problem():
        result = compute_schedule(parse_schedule_input(terms.model_dump(exclude_none=True)))
    return QuoteAnswer.model_validate(result.to_json())


@router.post("/payoff", operation_id="quote_payoff", summary="Tell what closes a loan on a day")
def quote_closing(terms: LifeTerms) -> PayoffAnswer:
    """The same answer as `tallystick payoff`, on `as_of`: what closes the loan, what that saves."""
    with input_problem():
        life = parse_life_input(terms.model_dump(exclude_none=True))
        result = quote_payoff(life, life.as_of)
    return PayoffAnswer.model_validate(result.to_json())


@router.post(
    "/prepayment",
    operation_id="quote_prepayment",
    summary="Compare the ways of paying an amount ahead",
)
def quote_prepayment(question: PrepaymentQuestion) -> PrepaymentAnswer:
    """The same answer as `tallystick payoff --prepay`: each way of paying `prepay` on `as_of`."""
    with input_problem():
        life, amount = parse_prepayment(question.model_dump(exclude_none=True))
        result = compare_prepayment(life, life.as_of, amount)
    return PrepaymentAnswer.model_validate(result.to_json())


@router.post(
    "/restructuring",
    operation_id="quote_restructuring",
    summary="Compare a loan before and after a proposal",
)
def quote_restructuring(question: RestructuringQuestion) -> RestructuringAnswer:
    """The same answer as `tallystick quote` with a `proposal`."""
    with input_problem():
        life, proposal = parse_proposal(question.model_dump(exclude_none=True))
        result = compare_restructuring(life, proposal)
    return RestructuringAnswer.model_validate(result.to_json())
