"""Objections to decisions, disputes and complaints, disputed entries of credit records: the lists
of what waits, and one with what was written and the answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.problems import Problem
from tallystick.api.routes import credit_records, credit_reviews, disputes, objections
from tallystick.api.routes.collections import Works
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.objections import ObjectionId
from tallystick.api.routes.repairs import Repairing
from tallystick.api.schemas.applications import CreditReview
from tallystick.web.rendering import page
from tallystick.web.staff.router import staff_router

PAGE_SIZE = 25
RECORD_REASONS = ("payment_found", "wrong_loan", "wrong_date", "our_error", "chain_says_so")
"""Words under which a disputed entry is answered."""

router = staff_router()

Id = Annotated[str, Path(max_length=64)]
After = Annotated[str, Query(max_length=64)]


@router.get("/objections")
def show_objections(
    request: Request, state: State, access: Gate, after: After = ""
) -> HTMLResponse:
    """Objections that wait, the one that is due first at the head."""
    found = objections.list_objections(access, PAGE_SIZE, after or None)
    with state.snapshot() as snapshot:
        return page(request, "staff/objections.html", snapshot, found=found, now=access.vault.now())


@router.get("/objections/{objection_id}")
def show_objection(
    request: Request, state: State, access: Gate, caller: Who, objection_id: ObjectionId
) -> HTMLResponse:
    """What somebody wrote, which then is in the trail; the answer is given in its review."""
    found = objections.get_objection(access, objection_id)
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/objection.html",
            snapshot,
            objection=found,
            words_of_it=objections.get_objection_words(access, caller, objection_id),
            reviews=_reviews(request, state, found.decision),
            me=caller.subject,
        )


@router.get("/disputes")
def show_disputes(request: Request, state: State, desk: Works, after: After = "") -> HTMLResponse:
    """Disputes and complaints that wait, the one that is due first at the head."""
    found = disputes.list_disputes(desk, PAGE_SIZE, after or None)
    with state.snapshot() as snapshot:
        return page(request, "staff/disputes.html", snapshot, found=found)


@router.get("/disputes/{dispute_id}")
def show_dispute(
    request: Request, state: State, desk: Works, caller: Who, dispute_id: Id
) -> HTMLResponse:
    """What was written, and the answer. That it was read is in the trail."""
    found = disputes.get_dispute(desk, caller, dispute_id)
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/dispute.html",
            snapshot,
            found=found,
            matter=found.dispute,
            me=caller.subject,
        )


@router.get("/record-disputes")
def show_record_disputes(request: Request, state: State, repairing: Repairing) -> HTMLResponse:
    """Disputed entries of credit records, the one that is due first before the others."""
    found = credit_records.list_record_disputes(state, repairing, PAGE_SIZE)
    with state.snapshot() as snapshot:
        return page(request, "staff/record_disputes.html", snapshot, disputes=found.data)


@router.get("/record-disputes/{dispute_id}")
def show_record_dispute(
    request: Request, state: State, repairing: Repairing, caller: Who, dispute_id: Id
) -> HTMLResponse:
    """One entry, what its subject says, and the answer."""
    found = credit_records.get_record_dispute(state, repairing, caller, dispute_id)
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/record_dispute.html",
            snapshot,
            file=found,
            dispute=found.dispute,
            reasons=RECORD_REASONS,
        )


def _reviews(request: Request, state: State, application_id: str) -> list[CreditReview]:
    """The reviews of a decision, where this service lends."""
    if request.app.state.lending is None:
        return []
    try:
        waiting, closed = (
            credit_reviews.list_credit_reviews(state, which, application=application_id).data
            for which in ("open", "closed")
        )
    except Problem as problem:
        if problem.code != "application_not_found":
            raise
        return []
    return [one for one in (*waiting, *closed) if one.cause == "objection"]
