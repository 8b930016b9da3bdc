"""The overview: what is owed, what falls due next, and what waits for an answer."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import applications, identity, messages, repairs
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.messages import Notes
from tallystick.api.schemas.applications import ApplicationSummary
from tallystick.api.schemas.repairs import RepairSummary
from tallystick.web.accounts import Side, sums
from tallystick.web.own.loans import loans_of
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

MOST_NOTES = 5

router = own_router()


@router.get("")
def show_home(
    request: Request, state: State, access: Gate, notes: Notes, caller: Who
) -> HTMLResponse:
    """All loans of all one's wallets, with what asks for attention first."""
    with state.snapshot() as snapshot:
        owes = loans_of(snapshot, access, caller)
        owed = loans_of(snapshot, access, caller, "lender")
        sides = [Side("borrower", owes, sums(owes.data)), Side("lender", owed, sums(owed.data))]
        return page(
            request,
            "own/home.html",
            snapshot,
            me=identity.get_me(access, caller),
            sides=sides,
            alerts=[loan for loan in owes.data if loan.days_past_due],
            notes=messages.list_my_messages(state, access, notes, caller, MOST_NOTES, unread=True),
            applications=_open_applications(request, state, caller),
            repairs=_open_repairs(request, caller),
        )


def _open_applications(request: Request, state: State, caller: Who) -> list[ApplicationSummary]:
    if request.app.state.lending is None:
        return []
    found = applications.list_applications(state, caller).data
    return [each for each in found if each.status in ("offered", "accepted", "in_review")]


def _open_repairs(request: Request, caller: Who) -> list[RepairSummary]:
    if request.app.state.repairs is None:
        return []
    found = repairs.list_repairs(request.app.state.repairs, caller).data
    return [each for each in found if each.closed_at is None]
