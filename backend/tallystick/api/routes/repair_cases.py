"""Repair for those who service loans of the service's own lender. Every read is in the trail."""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import Problem
from tallystick.api.repair_input import proposal_of
from tallystick.api.repairing import TAG, answer, debt_of, repair_problem, repairs_of, summary
from tallystick.api.routes.identity import Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.repairs import ERRORS, OFFER_ERRORS, Number, RepairId, Repairing
from tallystick.api.schemas import repairs as schemas
from tallystick.repair import consent, store
from tallystick.repair.flow import Repairs
from tallystick.repair.rules import Cause, Severity
from tallystick.repair.store import Case, Stage

router = APIRouter(
    prefix="/v1/repair-cases",
    tags=[TAG],
    route_class=PrivateRoute,
    dependencies=[Depends(repairs_of)],
)


@router.get(
    "",
    operation_id="list_repair_cases",
    summary="Repairs, oldest first",
    responses=session_responses(*ERRORS),
)
def list_repair_cases(
    repairs: Repairing,
    stage: Annotated[
        schemas.StageWord | None, Query(description="Only in this stage", examples=["assessment"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])] = 20,
    starting_after: Annotated[
        str | None,
        Query(
            max_length=64,
            description="Last one of the page before",
            examples=["repair_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ] = None,
) -> schemas.RepairPage:
    wanted = None if stage is None else Stage(stage)
    with repair_problem(), repairs.access.file.open() as db:
        after = None if starting_after is None else store.get(db, starting_after)
        found = store.page(db, wanted, after, limit + 1)
    data = [summary(case) for case in found[:limit]]
    return schemas.RepairPage(data=data, has_more=len(found) > limit)


@router.get(
    "/{repair_id}",
    operation_id="get_repair_case",
    summary="A repair with what the borrower told",
    responses=session_responses(*ERRORS),
)
def get_repair_case(
    state: State, repairs: Repairing, caller: Who, repair_id: RepairId
) -> schemas.RepairFile:
    with repair_problem():
        case = _case(repairs, caller, repair_id)
        given = repairs.application(case, caller.subject)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            return schemas.RepairFile(
                repair=answer(repairs, snapshot, index, case),
                words=given.text,
                budget=given.budget,
                lump_sum=given.lump_sum,
                evidence=[
                    schemas.RepairEvidence(
                        kind=one.kind, content=base64.b64encode(one.content).decode()
                    )
                    for one in given.evidence
                ],
            )


@router.get(
    "/{repair_id}/evidence/{place}",
    operation_id="get_repair_evidence",
    summary="A document that the borrower handed in",
    response_class=Response,
    responses=session_responses(*ERRORS)
    | {
        200: {
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            }
        }
    },
)
def get_repair_evidence(
    repairs: Repairing,
    caller: Who,
    repair_id: RepairId,
    place: Annotated[int, Path(ge=1, le=8, description="Counts from 1", examples=[1])],
) -> Response:
    """To be saved, never shown by the browser: it is whatever a stranger chose to send."""
    with repair_problem():
        case = _case(repairs, caller, repair_id)
        given = repairs.application(case, caller.subject)
    if place > len(given.evidence):
        raise Problem("repair_not_found", "There is no such document.")
    headers = {
        "Content-Disposition": f'attachment; filename="evidence-{place}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    content = given.evidence[place - 1].content
    return Response(content, headers=headers, media_type="application/octet-stream")


@router.post(
    "/{repair_id}/problem",
    operation_id="identify_repair_problem",
    summary="Say what the problem is",
    responses=session_responses(*OFFER_ERRORS, "same_eyes"),
)
def identify_repair_problem(
    state: State, repairs: Repairing, caller: Who, repair_id: RepairId, given: schemas.ProblemInput
) -> schemas.Repair:
    """For what the rules referred to a person; the plans follow at once."""
    with repair_problem():
        case = _case(repairs, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            debt = debt_of(snapshot, case.loan_id)
            severity, cause = Severity(given.severity), Cause(given.cause)
            case = repairs.identify(caller.subject, case, debt, severity, cause)
            return answer(repairs, snapshot, index, case)


@router.post(
    "/{repair_id}/offers",
    status_code=201,
    operation_id="make_service_offer",
    summary="Propose a plan to both sides",
    responses=session_responses(*OFFER_ERRORS, "same_eyes"),
)
def make_service_offer(
    state: State, repairs: Repairing, caller: Who, repair_id: RepairId, given: schemas.PlanInput
) -> schemas.Repair:
    with repair_problem():
        case = _case(repairs, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            debt = debt_of(snapshot, case.loan_id)
            plan = proposal_of(given, repairs.rules_of(case), debt)
            repairs.propose(caller.subject, case, debt, "service", plan)
            return answer(repairs, snapshot, index, case)


@router.post(
    "/{repair_id}/offers/{number}/proposal",
    status_code=201,
    operation_id="propose_repair_offer",
    summary="Ask a second person to let the lender accept an offer",
    responses=session_responses(*OFFER_ERRORS, "same_eyes"),
)
def propose_repair_offer(
    state: State, repairs: Repairing, caller: Who, repair_id: RepairId, number: Number
) -> schemas.OfferApproval:
    with repair_problem():
        case = _case(repairs, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot:
            debt = debt_of(snapshot, case.loan_id)
            with repairs.access.file.open() as db:
                offer = store.offer_of(db, case.case_id, number)
            asked = consent.ask_approval(repairs, case, offer, caller.subject, debt)
    return schemas.OfferApproval(
        repair_id=case.case_id,
        number=number,
        approval_id=asked.approval_id,
        digest=offer.digest,
    )


@router.post(
    "/{repair_id}/offers/{number}/approval",
    operation_id="approve_repair_offer",
    summary="Let the lender accept what two people agreed on",
    responses=session_responses(
        *OFFER_ERRORS, "same_eyes", "approval_not_found", "approval_closed"
    ),
)
def approve_repair_offer(
    state: State, repairs: Repairing, caller: Who, repair_id: RepairId, number: Number
) -> schemas.Repair:
    """Uses the approval up."""
    with repair_problem():
        case = _case(repairs, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            debt = debt_of(snapshot, case.loan_id)
            with repairs.access.file.open() as db:
                offer = store.offer_of(db, case.case_id, number)
            case, _ = consent.use_approval(repairs, index, case, offer, caller.subject, debt)
            return answer(repairs, snapshot, index, case)


@router.post(
    "/{repair_id}/refusal",
    operation_id="refuse_repair",
    summary="Refuse a repair",
    responses=session_responses(*ERRORS, "same_eyes"),
)
def refuse_repair(
    state: State, repairs: Repairing, caller: Who, repair_id: RepairId, given: schemas.RefusalInput
) -> schemas.Repair:
    with repair_problem():
        case = _case(repairs, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            case = repairs.end(caller.subject, case, Stage.REFUSED, given.reason, snapshot.now)
            return answer(repairs, snapshot, index, case)


def _case(repairs: Repairs, caller: Who, repair_id: str) -> Case:
    """Raises `RepairUnknown`, and `Problem` for one's own: nobody decides about himself."""
    with repairs.access.file.open() as db:
        case = store.get(db, repair_id)
    if case.subject == caller.subject:
        raise Problem("same_eyes", "Somebody else decides about your repair.")
    return case
