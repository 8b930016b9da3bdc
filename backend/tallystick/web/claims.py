"""A claim for whoever holds it: what may be done when it is not paid, and how it is sold."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tallystick.api.routes.assignments import assignment_answer, find_assignment
from tallystick.api.routes.loans import State
from tallystick.api.routes.steps import steps_answer
from tallystick.api.snapshot import loan_id_bytes
from tallystick.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/loans/{loan_id}/claim")
def show_claim(request: Request, state: State, loan_id: str) -> HTMLResponse:
    """The steps of the terms with their dates, and the form of a sale."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        return page(
            request,
            "claim.html",
            snapshot,
            loan=snapshot.loan_answer(loan),
            due=snapshot.due(loan, snapshot.now),
            steps=steps_answer(snapshot, loan),
        )


@router.get("/assignments/{assignment_id}")
def show_assignment(request: Request, state: State, assignment_id: str) -> HTMLResponse:
    """Whoever knows the address may read it, as with offers."""
    found = find_assignment(state, assignment_id)
    with state.snapshot(found.loan_id) as snapshot:
        sale = assignment_answer(snapshot, found)
        loan = snapshot.find(found.loan_id)
        response = page(
            request,
            "assignment.html",
            snapshot,
            sale=sale,
            loan=snapshot.loan_answer(loan),
            due=snapshot.due(loan, snapshot.now),
            parties=sorted(found.parties.items()),
        )
    response.headers["Cache-Control"] = "no-store"
    return response
