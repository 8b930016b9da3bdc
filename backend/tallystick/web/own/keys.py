"""Keys by which programs act: made by a signature, shown once, ended at will."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import api_keys
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.identity.authority.keys import LONGEST_DAYS, MOST_PER_MINUTE
from tallystick.identity.authority.roles import Role
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

router = own_router()


@router.get("/keys")
def show_keys(request: Request, state: State, access: Gate, caller: Who) -> HTMLResponse:
    """One's own keys and a new one; whoever is no integrator learns how to become one."""
    integrates = Role.INTEGRATOR in caller.roles
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/keys.html",
            snapshot,
            integrates=integrates,
            keys=api_keys.list_api_keys(access, caller).data if integrates else [],
            origin=access.place.origin,
            longest_days=LONGEST_DAYS,
            most_per_minute=MOST_PER_MINUTE,
        )
