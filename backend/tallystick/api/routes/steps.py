"""What may be done about a loan that is not paid, and when."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter

from tallystick.api.problems import document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.loans import LoanId, State
from tallystick.api.schemas.steps import LoanStep, LoanSteps
from tallystick.api.schemas.types import iso_date
from tallystick.api.snapshot import Snapshot, hex_of, loan_id_bytes
from tallystick.loans.fold import LoanState
from tallystick.loans.ledger import owed_at
from tallystick.loans.steps import StepKind, steps_of

router = APIRouter(prefix="/v1/loans", tags=["loans"], route_class=LedgerRoute)

_BY: dict[StepKind, Literal["holder", "anybody", "nobody"]] = {
    "penalty": "nobody",
    "draw_guarantor": "anybody",
    "sell_collateral": "anybody",
    "release_collateral": "anybody",
}


@router.get(
    "/{loan_id}/steps",
    operation_id="get_loan_steps",
    summary="What the terms provide for when the borrower does not pay, and from when on",
    responses=document_responses("loan_not_found", "index_not_ready"),
)
def get_steps(state: State, loan_id: LoanId) -> LoanSteps:
    """As of today. `POST /v1/loans/{loan_id}/transactions` prepares the steps that are possible;
    collateral is bought from the book directly."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        return steps_answer(snapshot, snapshot.find(loan_id_bytes(loan_id)))


def steps_answer(snapshot: Snapshot, loan: LoanState) -> LoanSteps:
    """The steps of a loan today."""
    owed = owed_at(loan.agreement, loan.stored, snapshot.today)
    return LoanSteps(
        loan_id=hex_of(loan.loan_id),
        days_past_due=owed.days_past_due,
        data=[
            LoanStep.model_validate(
                {
                    "kind": step.kind,
                    "state": step.state,
                    "by": _BY.get(step.kind, "holder"),
                    "days": step.days,
                    "from": None if step.day is None else iso_date(step.day),
                }
            )
            for step in steps_of(loan, snapshot.today)
        ],
        as_of=snapshot.as_of(),
    )
