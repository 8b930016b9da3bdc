"""Papers to keep: statements, amortization tables and receipts, as PDF and CSV."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import HTMLResponse

from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.snapshot import loan_id_bytes
from tallystick.web.own.loans import loans_of
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

MOST_RECEIPTS = 12
"""Of each loan, the newest."""

router = own_router()


@router.get("/statements")
def show_statements(request: Request, state: State, access: Gate, caller: Who) -> HTMLResponse:
    """One row of papers for each loan."""
    with state.snapshot() as snapshot:
        loans = loans_of(snapshot, access, caller).data
        counts = {
            loan.loan_id: len(snapshot.find(loan_id_bytes(loan.loan_id)).payments) for loan in loans
        }
        return page(
            request,
            "own/statements.html",
            snapshot,
            loans=loans,
            receipts={
                loan_id: range(count, max(0, count - MOST_RECEIPTS), -1)
                for loan_id, count in counts.items()
            },
        )
