"""Loans that fall behind: the queue, and one case with all that was done and may be done in it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.problems import Problem
from tallystick.api.routes import approvals, collections
from tallystick.api.routes.collections import Id, Works
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas import servicing
from tallystick.api.schemas.authority import Approval
from tallystick.api.snapshot import Snapshot, loan_id_bytes
from tallystick.web.rendering import page
from tallystick.web.staff.router import staff_router

PAGE_SIZE = 25

router = staff_router()


@router.get("/collections")
def show_collections(
    request: Request,
    state: State,
    desk: Works,
    caller: Who,
    token: Annotated[str, Query(max_length=42)] = "",
    whose: Literal["all", "mine"] = "all",
    show: Annotated[servicing.CaseState | None, Query(alias="state")] = None,
    after: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """The cases of one token, the one from which most is expected first."""
    tokens = collections.list_collection_tokens(state, desk).data
    chosen = token or (tokens[0].token.address if tokens else "")
    found = servicing.CollectionPage(data=[], has_more=False)
    if chosen:
        found = collections.list_collections(
            desk, caller, chosen, whose, show, PAGE_SIZE, after or None
        )
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/collections.html",
            snapshot,
            tokens=tokens,
            token=snapshot.token(chosen) if chosen else None,
            found=found,
            whose=whose,
            show=show,
            me=caller.subject,
        )


@router.get("/collections/{collection_id}")
def show_collection(
    request: Request, state: State, desk: Works, access: Gate, caller: Who, collection_id: Id
) -> HTMLResponse:
    """One case: standing, whether one may call now, contacts, promises, history, what to do."""
    file = collections.get_collection(desk, collection_id)
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/collection.html",
            snapshot,
            file=file,
            case=file.case,
            token=snapshot.token(file.case.token),
            due=_next_due(snapshot, file.case.loan_id),
            refused=_contact_refusal(desk, collection_id),
            agencies=desk.policy.agencies,
            asked=_hand_over(access, collection_id),
            me=caller.subject,
        )


def _contact_refusal(desk: Works, collection_id: str) -> Problem | None:
    """Why the borrower may not be contacted now; None where one may."""
    try:
        collections.check_contact(desk, collection_id)
    except Problem as problem:
        if problem.code not in ("contact_refused", "matter_over"):
            raise
        return problem
    return None


def _hand_over(access: Gate, collection_id: str) -> Approval | None:
    """The newest request to hand the case over that waits."""
    waiting = approvals.list_approvals(access, "pending", 100).data
    return next((one for one in waiting if one.object == collection_id), None)


def _next_due(snapshot: Snapshot, loan_id: str) -> str | None:
    """What the loan owes next, base units; None where the chain has taken it back."""
    try:
        answer = snapshot.loan_answer(snapshot.find(loan_id_bytes(loan_id)))
    except Problem:
        return None
    return answer.next_due.amount if answer.next_due else None
