"""Repairs of loans of our own lender: what the rules left to people, plans, two people's word."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.problems import Problem
from tallystick.api.routes import approvals, repair_cases
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.repairs import Repairing
from tallystick.api.schemas.authority import Approval
from tallystick.api.schemas.repairs import Repair, StageWord
from tallystick.api.snapshot import loan_id_bytes
from tallystick.web.own.repairs import pictures_of
from tallystick.web.rendering import page
from tallystick.web.staff.router import staff_router

PAGE_SIZE = 25

router = staff_router()


@router.get("/repairs")
def show_repair_cases(
    request: Request,
    state: State,
    repairing: Repairing,
    show: Annotated[StageWord | None, Query(alias="stage")] = None,
    after: Annotated[str, Query(max_length=64)] = "",
    *,
    everything: Annotated[bool, Query(alias="all")] = False,
) -> HTMLResponse:
    """Cases in one stage, else those that wait for a person, or all; oldest first."""
    wanted = show or (None if everything else "problem")
    found = repair_cases.list_repair_cases(repairing, wanted, PAGE_SIZE, after or None)
    with state.snapshot() as snapshot:
        return page(request, "staff/repairs.html", snapshot, found=found, wanted=wanted or "all")


@router.get("/repairs/{repair_id}")
def show_repair_case(
    request: Request,
    state: State,
    repairing: Repairing,
    access: Gate,
    caller: Who,
    repair_id: Annotated[str, Path(max_length=64)],
) -> HTMLResponse:
    """What the borrower told, the plans with what they mean, and our word. The read is in the
    trail."""
    file = repair_cases.get_repair_case(state, repairing, caller, repair_id)
    repair = file.repair
    with state.snapshot(loan_id_bytes(repair.loan_id)) as snapshot:
        loan = snapshot.loan_answer(snapshot.find(loan_id_bytes(repair.loan_id)))
        return page(
            request,
            "staff/repair.html",
            snapshot,
            file=file,
            repair=repair,
            loan=loan,
            asked=_asked(access, repair),
            pictures=pictures_of(repair.offers, loan.token.decimals or 0),
            me=caller.subject,
        )


def _asked(access: Gate, repair: Repair) -> dict[int, Approval]:
    """The request for each offer that somebody proposed to accept, by the offer's number."""
    found = {}
    for offer in repair.offers:
        if offer.approval_id is None:
            continue
        try:
            found[offer.number] = approvals.get_approval(access, offer.approval_id)
        except Problem as problem:
            if problem.code != "approval_not_found":
                raise
    return found
