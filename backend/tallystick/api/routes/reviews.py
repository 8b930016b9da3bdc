"""The reviewers' queue of identity cases. Whatever is read here is in the trail."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tallystick.api.identity_problems import identity_problem
from tallystick.api.people import TAG, PrivateRoute, session_responses
from tallystick.api.routes.approvals import approval_answer
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.kyc import CaseId, PartName, case_answer
from tallystick.api.schemas import authority
from tallystick.api.schemas import kyc as schemas
from tallystick.identity.kyc.levels import Check, Outcome, Part
from tallystick.identity.kyc.store import Case

router = APIRouter(prefix="/v1/identity/cases", tags=[TAG], route_class=PrivateRoute)

_REVIEWING = ("case_not_found", "case_closed", "same_eyes")


@router.get(
    "",
    operation_id="list_cases",
    summary="Identity cases, oldest first",
    responses=session_responses("case_not_found"),
)
def list_cases(
    access: Gate,
    state: Annotated[
        schemas.CaseState | None, Query(description="Only these", examples=["in_review"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])] = 20,
    starting_after: Annotated[
        schemas.CaseId | None,
        Query(
            description="Last one of the page before",
            examples=["case_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ] = None,
) -> schemas.CasePage:
    with identity_problem():
        after = None if starting_after is None else access.cases.get(starting_after)
        found = access.cases.page(state, after, limit + 1)
    return schemas.CasePage(
        data=[_answer(case) for case in found[:limit]], has_more=len(found) > limit
    )


@router.get(
    "/{case_id}",
    operation_id="get_case",
    summary="One identity case",
    responses=session_responses("case_not_found"),
)
def get_case(access: Gate, case_id: CaseId) -> schemas.ReviewCase:
    with identity_problem():
        return _answer(access.cases.get(case_id))


@router.get(
    "/{case_id}/evidence",
    operation_id="get_case_evidence",
    summary="What the document and its bearer say",
    responses=session_responses("case_not_found", "record_not_found"),
)
def get_case_evidence(access: Gate, caller: Who, case_id: CaseId) -> schemas.Evidence:
    with identity_problem():
        subject = access.cases.get(case_id).subject
        document = access.cases.document(caller.subject, case_id)
        person = access.rights.read(caller.subject, subject, "person", "identity_check")
    return schemas.Evidence(
        document=schemas.CaseDocument(type=document["type"], data=document["data"]),  # type: ignore[arg-type]
        person={name: value.decode() for name, value in person.fields.items()},
    )


@router.get(
    "/{case_id}/files/{part}",
    operation_id="get_case_file",
    summary="An image of a case",
    responses=session_responses("case_not_found")
    | {200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}},
    response_class=Response,
)
def get_case_file(access: Gate, caller: Who, case_id: CaseId, part: PartName) -> Response:
    with identity_problem():
        image = access.cases.file(caller.subject, case_id, Part(part))
    return Response(image, media_type="image/jpeg")


@router.post(
    "/{case_id}/proposal",
    status_code=201,
    operation_id="propose_level",
    summary="Judge a case, and ask another reviewer to approve it",
    responses=session_responses(*_REVIEWING, "checks_not_passed"),
)
def propose_level(
    access: Gate, caller: Who, case_id: CaseId, given: schemas.Proposal
) -> authority.Approval:
    """The other one approves by `POST /v1/approvals/{approval_id}/approve`."""
    judged = {Check(check): Outcome(outcome) for check, outcome in given.judged.items()}
    with identity_problem():
        return approval_answer(access.cases.propose(caller.subject, case_id, judged))


@router.post(
    "/{case_id}/refusal",
    operation_id="refuse_case",
    summary="Refuse a case",
    responses=session_responses(*_REVIEWING),
)
def refuse_case(
    access: Gate, caller: Who, case_id: CaseId, given: schemas.Refusal
) -> schemas.ReviewCase:
    """Its subject sees the reason and may open another case."""
    with identity_problem():
        return _answer(access.cases.refuse(caller.subject, case_id, given.reason))


def _answer(case: Case) -> schemas.ReviewCase:
    return schemas.ReviewCase(
        **case_answer(case).model_dump(), subject=case.subject, approval_id=case.approval_id
    )
