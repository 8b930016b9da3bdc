"""Schedules of loans that do not exist."""

from __future__ import annotations

from fastapi import APIRouter

from tallystick.api.problems import FieldError, Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.schemas.quotes import QuoteAnswer, ScheduleQuote
from tallystick.loans.errors import InputInvalid
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule

router = APIRouter(prefix="/v1/quotes", tags=["quotes"], route_class=LedgerRoute)


@router.post(
    "/schedule",
    operation_id="quote_schedule",
    summary="Compute a schedule offline",
    responses=document_responses("terms_invalid"),
)
def quote_schedule(terms: ScheduleQuote) -> QuoteAnswer:
    """The same calculator as `tallystick schedule`; needs no chain and keeps nothing."""
    try:
        result = compute_schedule(parse_schedule_input(terms.model_dump(exclude_none=True)))
    except InputInvalid as error:
        name = error.pointer.removeprefix("/") or "the body"
        field = FieldError(error.rule, pointer="#" + error.pointer)
        raise Problem("terms_invalid", f"{name} {error.rule}.", errors=[field]) from error
    return QuoteAnswer.model_validate(result.to_json())
