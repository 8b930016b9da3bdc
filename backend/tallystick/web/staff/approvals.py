"""Four eyes: what others ask for, one's own requests, and the word of a second person."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.problems import Problem
from tallystick.api.routes import approvals
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas import authority
from tallystick.api.schemas.types import Token
from tallystick.api.snapshot import Snapshot, loan_id_bytes
from tallystick.identity.authority.matters import RULES
from tallystick.web.rendering import page
from tallystick.web.staff.router import staff_router

PAGE_SIZE = 25

router = staff_router()


@router.get("/approvals")
def show_approvals(
    request: Request,
    state: State,
    access: Gate,
    caller: Who,
    show: Annotated[authority.State | None, Query(alias="state")] = None,
    after: Annotated[authority.ApprovalId | None, Query()] = None,
    *,
    everything: Annotated[bool, Query(alias="all")] = False,
) -> HTMLResponse:
    """Requests in one state, else those that wait, or all."""
    wanted = show or (None if everything else "pending")
    found = approvals.list_approvals(access, wanted, PAGE_SIZE, after)
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/approvals.html",
            snapshot,
            found=found,
            wanted=wanted or "all",
            me=caller.subject,
        )


@router.get("/approvals/{approval_id}")
def show_approval(
    request: Request,
    state: State,
    access: Gate,
    caller: Who,
    approval_id: authority.ApprovalId,
) -> HTMLResponse:
    """What exactly is asked for and what would follow; the second person's word."""
    found = approvals.get_approval(access, approval_id)
    rule = RULES[found.matter]
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/approval.html",
            snapshot,
            asked=found,
            me=caller.subject,
            concerned=caller.subject in (found.maker, found.object),
            checks=bool(caller.roles & rule.checkers),
            uses=bool(caller.roles & (rule.makers | rule.checkers)),
            checkers=sorted(rule.checkers),
            token=_token_of(snapshot, found),
        )


def _token_of(snapshot: Snapshot, asked: authority.Approval) -> Token | None:
    """The token of the loan that a request is about; None where there is none of this id."""
    if "amount" not in asked.content:
        return None
    try:
        return snapshot.loan_answer(snapshot.find(loan_id_bytes(asked.object))).token
    except Problem:
        return None
