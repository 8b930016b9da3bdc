"""One's data: what is kept, for what it may be used, taking it along, and erasing it."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import identity, rights
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.identity.rights.records import RECORDS
from tallystick.web.own.identity import record_of
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

router = own_router()


@router.get("/privacy")
def show_privacy(request: Request, state: State, access: Gate, caller: Who) -> HTMLResponse:
    """Records, consents, restriction, export, erasure, sessions and wallets."""
    given = rights.list_consents(access, caller).data
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/privacy.html",
            snapshot,
            me=identity.get_me(access, caller),
            sessions=identity.list_sessions(access, caller).data,
            contact=record_of(access, caller, "contact"),
            person=record_of(access, caller, "person"),
            fields=RECORDS,
            texts=rights.list_consent_texts().data,
            given={one.purpose: one for one in given if one.withdrawn_at is None},
            restricted=access.rights.restricted_since(caller.subject),
        )
