"""The overview: what is owed, what falls due next, and what waits for an answer."""

from __future__ import annotations

from typing import Literal

from fastapi import Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import applications, identity, messages, repairs
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.messages import Notes
from tallystick.api.schemas.applications import ApplicationSummary
from tallystick.api.schemas.loans import Loan
from tallystick.api.schemas.repairs import RepairSummary
from tallystick.api.snapshot import Snapshot
from tallystick.web.accounts import Side, sums
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

MOST_LOANS = 100
"""Of each wallet and side."""
MOST_NOTES = 5

router = own_router()


@router.get("")
def show_home(
    request: Request, state: State, access: Gate, notes: Notes, caller: Who
) -> HTMLResponse:
    """All loans of all one's wallets, with what asks for attention first."""
    wallets = [wallet.address for wallet in access.wallets.of_subject(caller.subject)]
    with state.snapshot() as snapshot:
        sides = [_side(snapshot, "borrower", wallets), _side(snapshot, "lender", wallets)]
        return page(
            request,
            "own/home.html",
            snapshot,
            me=identity.get_me(access, caller),
            sides=sides,
            alerts=[loan for loan in sides[0].page.data if loan.days_past_due],
            notes=messages.list_my_messages(state, access, notes, caller, MOST_NOTES, unread=True),
            applications=_open_applications(request, state, caller),
            repairs=_open_repairs(request, caller),
        )


def _side(snapshot: Snapshot, name: Literal["borrower", "lender"], wallets: list[str]) -> Side:
    """One side over several wallets."""
    borrows = name == "borrower"
    pages = [
        snapshot.page(
            borrower=wallet if borrows else None,
            lender=None if borrows else wallet,
            limit=MOST_LOANS,
        )
        for wallet in wallets
    ]
    loans = sorted((loan for found in pages for loan in found.data), key=_urgency)
    more = any(found.has_more for found in pages)
    whole = pages[0].model_copy(update={"data": loans, "has_more": more})
    return Side(name, whole, sums(loans))


def _urgency(loan: Loan) -> tuple[int, str]:
    """The most overdue first, then what falls due next, then what is closed."""
    return -loan.days_past_due, loan.next_due.due_date if loan.next_due else "9999"


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
