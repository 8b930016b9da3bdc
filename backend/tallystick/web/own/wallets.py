"""The wallets of one person or firm: binding a further one, and unbinding."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import identity
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

router = own_router()


@router.get("/wallets")
def show_wallets(request: Request, state: State, access: Gate, caller: Who) -> HTMLResponse:
    """All that are bound, what each owes and is owed, and how to bind another."""
    me = identity.get_me(access, caller)
    with state.snapshot() as snapshot:
        running = {
            wallet.address: (
                len(snapshot.page(borrower=wallet.address, limit=1).data) > 0,
                len(snapshot.page(lender=wallet.address, limit=1).data) > 0,
            )
            for wallet in me.wallets
        }
        return page(request, "own/wallets.html", snapshot, me=me, running=running)
