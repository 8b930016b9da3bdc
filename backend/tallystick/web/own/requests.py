"""Repair as whoever holds the claim sees it: requests, plans beside each other, an answer."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Path, Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import repairs
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.repairs import Repairing
from tallystick.api.snapshot import loan_id_bytes
from tallystick.loans.calendar import month_day
from tallystick.web.own.repairs import pictures_of
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

router = own_router()


@router.get("/lending/requests")
def show_requests(
    request: Request, state: State, access: Gate, repairing: Repairing, caller: Who
) -> HTMLResponse:
    """Borrowers who cannot pay as agreed, the newest request first."""
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/requests.html",
            snapshot,
            repairs=repairs.list_repair_requests(repairing, access, caller).data,
        )


@router.get("/lending/requests/{repair_id}")
def show_request(
    request: Request,
    state: State,
    access: Gate,
    repairing: Repairing,
    caller: Who,
    repair_id: Annotated[str, Path(max_length=64)],
) -> HTMLResponse:
    """One request without what the borrower told in confidence."""
    repair = repairs.get_repair_request(state, repairing, access, caller, repair_id)
    with state.snapshot(loan_id_bytes(repair.loan_id)) as snapshot:
        today = date.fromisoformat(snapshot.as_of().today)
        loan = snapshot.loan_answer(snapshot.find(loan_id_bytes(repair.loan_id)))
        return page(
            request,
            "own/request.html",
            snapshot,
            repair=repair,
            loan=loan,
            pictures=pictures_of(repair.offers, loan.token.decimals or 0),
            next_month=month_day(today.year, today.month, 1, today.day).isoformat(),
        )
