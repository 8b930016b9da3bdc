"""Identity cases: what was handed in beside what its owner says, the checks, two people's word."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.problems import Problem
from tallystick.api.routes import approvals, reviews
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.kyc import CaseId
from tallystick.api.routes.loans import State
from tallystick.api.schemas import kyc
from tallystick.identity.kyc.levels import CHECKS, Level
from tallystick.web.rendering import page
from tallystick.web.staff.places import may
from tallystick.web.staff.router import staff_router

PAGE_SIZE = 25
REFUSALS = (
    "image_unreadable",
    "name_differs",
    "birth_date_differs",
    "expired",
    "not_the_same_person",
    "listed",
    "forged",
)
"""Reasons to refuse a case that the page offers; its owner reads them."""

router = staff_router()


@router.get("/identity")
def show_cases(
    request: Request,
    state: State,
    access: Gate,
    show: Annotated[kyc.CaseState | None, Query(alias="state")] = None,
    after: Annotated[kyc.CaseId | None, Query()] = None,
    *,
    everything: Annotated[bool, Query(alias="all")] = False,
) -> HTMLResponse:
    """Cases in one state, else those that wait for us, or all; oldest first."""
    wanted = show or (None if everything else "in_review")
    found = reviews.list_cases(access, wanted, PAGE_SIZE, after)
    with state.snapshot() as snapshot:
        return page(request, "staff/cases.html", snapshot, found=found, wanted=wanted or "all")


@router.get("/identity/{case_id}")
def show_case(
    request: Request, state: State, access: Gate, caller: Who, case_id: CaseId
) -> HTMLResponse:
    """One case. The evidence is shown to whoever may read it, which then is in the trail."""
    case = reviews.get_case(access, case_id)
    asked = None if case.approval_id is None else approvals.get_approval(access, case.approval_id)
    reads = may(caller, "GET /v1/identity/cases/{case_id}/evidence") and case.state != "open"
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/case.html",
            snapshot,
            case=case,
            asked=asked,
            me=caller.subject,
            own=case.subject == caller.subject,
            evidence=_evidence(access, caller, case_id) if reads else None,
            reads=reads,
            checks=[check.value for check in CHECKS[Level(case.level)]],
            found={one.check: one for one in case.checks},
            refusals=REFUSALS,
        )


def _evidence(access: Gate, caller: Who, case_id: str) -> kyc.Evidence | None:
    """What the document and its bearer say; None once it was deleted."""
    try:
        return reviews.get_case_evidence(access, caller, case_id)
    except Problem as problem:
        if problem.code not in ("record_not_found", "case_not_found", "unauthorized"):
            raise
        return None
