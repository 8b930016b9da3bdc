"""Four eyes: requests, and somebody else's word on them; and who has which role."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tallystick.api.identity_problems import identity_problem
from tallystick.api.people import TAG, PrivateRoute, session_responses
from tallystick.api.routes.identity import Gate, Who, signed
from tallystick.api.schemas import authority as schemas
from tallystick.api.schemas.identity import SignedMessage
from tallystick.api.schemas.types import rfc3339, rfc3339_or_none
from tallystick.identity.authority.approvals import Approval
from tallystick.identity.authority.matters import Matter

router = APIRouter(prefix="/v1", tags=[TAG], route_class=PrivateRoute)

_DECIDING = ("approval_not_found", "approval_closed", "same_eyes")


@router.get(
    "/approvals",
    operation_id="list_approvals",
    summary="Requests for approval, newest first",
    responses=session_responses("approval_not_found"),
)
def list_approvals(
    access: Gate,
    state: Annotated[
        schemas.State | None, Query(description="Only these", examples=["pending"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])] = 20,
    starting_after: Annotated[
        schemas.ApprovalId | None,
        Query(
            description="Last one of the page before",
            examples=["approval_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ] = None,
) -> schemas.ApprovalPage:
    with identity_problem():
        after = None if starting_after is None else access.approvals.get(starting_after)
        found = access.approvals.page(state, after, limit + 1)
    return schemas.ApprovalPage(
        data=[approval_answer(one) for one in found[:limit]], has_more=len(found) > limit
    )


@router.post(
    "/approvals",
    status_code=201,
    operation_id="request_approval",
    summary="Ask for an act that needs a second person",
    responses=session_responses(),
)
def request_approval(access: Gate, caller: Who, given: schemas.ApprovalRequest) -> schemas.Approval:
    """Waits three days. Asked again in the same words, the request that waits is answered.

    Roles: `administrator` for roles and keys; `collector` and `risk_officer` for write-offs and
    waivers, which a `risk_officer` checks.
    """
    with identity_problem():
        made = access.approvals.request(
            caller.subject, Matter(given.matter), given.object, given.content
        )
    return approval_answer(made)


@router.get(
    "/approvals/{approval_id}",
    operation_id="get_approval",
    summary="One request for approval",
    responses=session_responses("approval_not_found"),
)
def get_approval(access: Gate, approval_id: schemas.ApprovalId) -> schemas.Approval:
    with identity_problem():
        return approval_answer(access.approvals.get(approval_id))


@router.post(
    "/approvals/{approval_id}/approve",
    operation_id="approve",
    summary="Agree to what another person asked for",
    responses=session_responses(
        *_DECIDING,
        "signed_message_refused",
        "checks_not_passed",
        "case_closed",
        "chain_unavailable",
    ),
)
def approve(
    access: Gate, caller: Who, approval_id: schemas.ApprovalId, given: SignedMessage
) -> schemas.Approval:
    """Signed (act `approve`) over exactly what was asked for. Roles change at once; everything else
    is then done by `use`."""
    with identity_problem():
        return approval_answer(access.approve(caller.session, approval_id, signed(given)))


@router.post(
    "/approvals/{approval_id}/refuse",
    operation_id="refuse",
    summary="Disagree with what another person asked for",
    responses=session_responses(*_DECIDING),
)
def refuse(access: Gate, caller: Who, approval_id: schemas.ApprovalId) -> schemas.Approval:
    with identity_problem():
        return approval_answer(access.approvals.refuse(caller.subject, approval_id))


@router.post(
    "/approvals/{approval_id}/withdraw",
    operation_id="withdraw_request",
    summary="Take one's own request back",
    responses=session_responses("approval_not_found", "approval_closed"),
)
def withdraw_request(
    access: Gate, caller: Who, approval_id: schemas.ApprovalId
) -> schemas.Approval:
    with identity_problem():
        return approval_answer(access.approvals.withdraw(caller.subject, approval_id))


@router.post(
    "/approvals/{approval_id}/use",
    operation_id="use_approval",
    summary="Use an approval up",
    responses=session_responses("approval_not_found", "approval_closed", "erasure_unfinished"),
)
def use_approval(access: Gate, caller: Who, approval_id: schemas.ApprovalId) -> schemas.Approval:
    """Once, within three days. `rotate_keys` is carried out by this call; a write-off and a waiver
    are signed and sent by the lender's wallet, and this call records that they may be."""
    with identity_problem():
        return approval_answer(access.use_approval(caller.session, approval_id))


@router.get(
    "/roles",
    operation_id="list_roles",
    summary="Every role that was granted",
    responses=session_responses(),
)
def list_roles(access: Gate) -> schemas.Grants:
    """Granted and taken by `POST /v1/approvals`. Administrators named by the settings are not in
    it."""
    return schemas.Grants(
        data=[
            schemas.Grant(subject=subject, role=role, granted_at=rfc3339(at))
            for subject, role, at in access.grants.holders()
        ]
    )


def approval_answer(found: Approval) -> schemas.Approval:
    """A request as its answer."""
    return schemas.Approval(
        approval_id=found.approval_id,
        matter=found.matter,
        object=found.object,
        content=found.content,
        sha256="0x" + found.digest.hex(),
        state=found.state,  # type: ignore[arg-type]
        maker=found.maker,
        made_at=rfc3339(found.made_at),
        expires_at=rfc3339(found.expires_at),
        checker=found.checker,
        decided_at=rfc3339_or_none(found.decided_at),
        done_at=rfc3339_or_none(found.done_at),
    )
