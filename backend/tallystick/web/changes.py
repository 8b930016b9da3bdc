"""A change of a loan before it takes effect: in words, as the wallet shows it, and to sign."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tallystick.api.change_view import change_answer
from tallystick.api.routes.changes import find_change
from tallystick.api.routes.loans import State
from tallystick.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/changes/{change_id}")
def show_change(request: Request, state: State, change_id: str) -> HTMLResponse:
    """Whoever knows the address may read it, as with offers."""
    found = find_change(state, change_id)
    with state.snapshot(found.loan_id) as snapshot:
        change = change_answer(snapshot, found)
        response = page(
            request,
            "change.html",
            snapshot,
            change=change,
            parties=sorted(found.parties.items()),
        )
    response.headers["Cache-Control"] = "no-store"
    return response
